#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace gamekeeper::bench {

/// What the load consists of: makes requests, and judges their answers. One thread.
class Traffic {
 public:
  virtual ~Traffic() = default;

  /// Appends the next whole HTTP request to `out`.
  virtual void next(std::string& out) = 0;
  /// How many units of work (events; else 1) a 2xx answer's body stands for; 0 when it says that something went wrong.
  virtual uint64_t done(std::string_view body) const = 0;
  /// Units of work in one request.
  virtual uint64_t per_request() const { return 1; }
};

struct Target {
  std::string host = "127.0.0.1";
  uint16_t port = 8080;
  std::string path = "/health";
  std::string key;  // sent as a bearer token when not empty
};

std::unique_ptr<Traffic> make_get(const Target& target);

/// POSTs of `batch` events of about 290 bytes in Gamekeeper's envelope: `sessions` client sessions in turn, each of its
/// own player, `run` events of one session together; sequence numbers go on from request to request, so no event
/// repeats. `seed` tells runs on the same server apart.
struct EventsOptions {
  uint32_t batch = 100, run = 100, sessions = 256;
  uint64_t seed = 1;
  /// Not 0: events carry a time, one a minute from here (Unix ms) over `minutes` minutes, in turn.
  int64_t from_ms = 0, minutes = 0;
};
std::unique_ptr<Traffic> make_events(const Target& target, const EventsOptions& options);

/// GraphQL `series` of 60 minutes. The range begins at from_ms + a whole number of minutes below `ranges`, another one in
/// each request: with ranges = 1 all requests are the same.
struct SeriesOptions {
  int64_t from_ms = 0;
  uint32_t ranges = 1;
};
std::unique_ptr<Traffic> make_series(const Target& target, const SeriesOptions& options);

/// Results of duels between `players` players p0, p1, …, who must exist, each match once; `seed` tells runs apart.
struct ResultsOptions {
  uint32_t players = 10'000;
  uint64_t seed = 1;
};
std::unique_ptr<Traffic> make_results(const Target& target, const ResultsOptions& options);

/// One leaderboard (`path`), `players` of them in random turn (bench/load/players.h): PUTs of random scores, or GETs of
/// where they stand.
struct BoardOptions {
  uint64_t players = 100'000;
  uint64_t seed = 1;
};
std::unique_ptr<Traffic> make_scores(const Target& target, const BoardOptions& options);
std::unique_ptr<Traffic> make_places(const Target& target, const BoardOptions& options);

/// POSTs one body, read from a file, again and again. Any 2xx answer without "errors" counts.
std::unique_ptr<Traffic> make_body(const Target& target, std::string body);

}  // namespace gamekeeper::bench
