#include "tools/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <future>
#include <thread>

#include "base/ids.h"
#include "tools/api_client.h"
#include "tools/match_file.h"
#include "tools/replay_play.h"

namespace gamekeeper::tools {
namespace {

namespace json = boost::json;
using Seconds = std::chrono::duration<double>;

std::string event(std::string_view name, const std::string& player, const std::string& session, int seq,
                  UnixMillis time, json::object properties) {
  return json::serialize(json::object{{"name", name},
                                      {"player_id", player},
                                      {"session_id", session},
                                      {"seq", seq},
                                      {"time", time},
                                      {"properties", std::move(properties)}});
}

/// The three events of one player's part in one match.
std::string session_of(const ReplayMatch& match, const MatchRow& row) {
  const std::string session = to_string(make_uuid_from("replay\n" + match.id + "\n" + row.player));
  json::object played{{"match_id", match.id}, {"rank", row.rank}};
  if (row.score) played["score"] = *row.score;
  if (!row.team.empty()) played["team"] = row.team;
  if (match.rows.size() == 2) {
    played["opponent"] = (match.rows[0].player == row.player ? match.rows[1] : match.rows[0]).player;
  }
  return event("session_start", row.player, session, 1, match.time, {}) + "," +
         event("match_played", row.player, session, 2, match.time, std::move(played)) + "," +
         event("session_end", row.player, session, 3, match.time, {});
}

/// Events on their way, in batches.
class EventSender {
 public:
  EventSender(const std::string& target, const std::string& key) : client_(target, key) {}

  Result<void> add(const ReplayMatch& match) {
    for (const MatchRow& row : match.rows) {
      batch_ += (batch_.empty() ? "" : ",") + session_of(match, row);
      batched_ += 3;
      if (batched_ < kBatch) continue;
      if (auto ok = flush(); !ok) return ok;
    }
    return {};
  }
  Result<void> flush() {
    if (batched_ == 0) return {};
    auto done = client_.send_events(batch_);
    if (!done) return std::unexpected(done.error());
    sent += batched_;
    accepted += done->accepted;
    rejected += done->rejected;
    if (first_refusal.empty()) first_refusal = done->first_refusal;
    batch_.clear();
    batched_ = 0;
    return {};
  }

  uint64_t sent = 0, accepted = 0, rejected = 0;
  std::string first_refusal;

 private:
  static constexpr uint32_t kBatch = 3000;
  ApiClient client_;
  std::string batch_;
  uint32_t batched_ = 0;
};

constexpr size_t kAhead = 256;  // matches whose sessions are opened while others are settled

/// One replay: matches in order, each when it is due.
class Replay {
 public:
  Replay(const ReplayOptions& options, const std::string& server_key, const ReplayHistory& history)
      : options_(options),
        history_(history),
        events_(options.target, server_key),
        play_(options.target, server_key, history.matches) {}

  Result<void> run() {
    const size_t count = history_.matches.size();
    std::future<Result<void>> opened;
    if (!options_.events_only) {
      if (auto ok = play_.make_players(); !ok) return ok;
      opened = open(0);
    }
    for (size_t from = 0; from < count; from += kAhead) {
      if (opened.valid()) {
        if (auto ok = opened.get(); !ok) return ok;
        if (from + kAhead < count) opened = open(from + kAhead);
      }
      for (size_t i = from; i < std::min(count, from + kAhead); ++i) {
        if (auto ok = play(i); !ok) return ok;
        tell(i + 1);
      }
    }
    return events_.flush();
  }

  int summarize() const {
    const double seconds = since_start();
    const auto& [players, sessions, results, repeated, left_out, misplaced, first_misplaced] = play_.counts();
    if (options_.as_json) {
      fmt::print("{}\n", json::serialize(json::object{{"matches", history_.matches.size()},
                                                      {"out_of_order", history_.out_of_order},
                                                      {"players", players},
                                                      {"sessions", sessions},
                                                      {"results", results},
                                                      {"repeated", repeated},
                                                      {"left_out", left_out},
                                                      {"misplaced", misplaced},
                                                      {"sent", events_.sent},
                                                      {"accepted", events_.accepted},
                                                      {"rejected", events_.rejected},
                                                      {"seconds", seconds}}));
    } else {
      fmt::print("{} matches: {} new players, {} sessions, {} results, {} known before, {} of one team left out\n",
                 history_.matches.size(), players, sessions, results, repeated, left_out);
      fmt::print("{} events sent, {} accepted, {} rejected, {:.1f} s\n", events_.sent, events_.accepted,
                 events_.rejected, seconds);
      if (!events_.first_refusal.empty()) fmt::print("first refusal: {}\n", events_.first_refusal);
    }
    if (misplaced != 0)
      fmt::print(stderr,
                 "replay: {} results stand in their queue before those of earlier matches, the first that of {}: the "
                 "queue had later matches already. Ratings are those of the order in which results came.\n",
                 misplaced, first_misplaced);
    return events_.rejected == 0 && misplaced == 0 ? 0 : 1;
  }

 private:
  std::future<Result<void>> open(size_t from) {
    const size_t to = std::min(history_.matches.size(), from + kAhead);
    return std::async(std::launch::async, [this, from, to] { return play_.open_sessions(from, to); });
  }

  Result<void> play(size_t i) {
    const ReplayMatch& match = history_.matches[i];
    if (options_.speed > 0) {
      const double due = static_cast<double>(match.time - history_.matches.front().time) / 1000 / options_.speed;
      const auto at = start_ + std::chrono::duration_cast<std::chrono::steady_clock::duration>(Seconds(due));
      if (at > std::chrono::steady_clock::now()) {
        if (auto ok = events_.flush(); !ok) return ok;
        std::this_thread::sleep_until(at);
      }
    }
    if (!options_.events_only) {
      if (auto ok = play_.settle(i); !ok) return ok;
    }
    return events_.add(match);
  }

  void tell(size_t done) {
    const auto now = std::chrono::steady_clock::now();
    if (options_.as_json || now - told_ < std::chrono::seconds(1)) return;
    told_ = now;
    fmt::print(stderr, "replay: {} of {} matches, {} events accepted\n", done, history_.matches.size(),
               events_.accepted);
  }
  double since_start() const { return Seconds(std::chrono::steady_clock::now() - start_).count(); }

  const ReplayOptions& options_;
  const ReplayHistory& history_;
  EventSender events_;
  PlayReplay play_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point told_ = start_;
};

int refuse(const Error& error, int status) { return fmt::print(stderr, "replay: {}\n", error.message), status; }

}  // namespace

int replay(const ReplayOptions& options) {
  auto credentials = read_credentials(options.credentials);
  if (!credentials) return refuse(credentials.error(), 2);
  auto history = read_matches(options.file);
  if (!history) return refuse(history.error(), 2);
  if (history->out_of_order != 0)
    fmt::print(stderr,
               "replay: {} matches of the file are not in order of time, the first at {}; all are replayed in order of "
               "time.\n",
               history->out_of_order, history->first_out_of_order);
  Replay work(options, credentials->server_key, *history);
  if (auto ok = work.run(); !ok) return refuse(ok.error(), 1);
  return work.summarize();
}

}  // namespace gamekeeper::tools
