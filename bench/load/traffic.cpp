#include "load/traffic.h"

#include <fmt/format.h>

#include <charconv>
#include <ctime>
#include <iterator>
#include <random>
#include <vector>

#include "load/players.h"

namespace gamekeeper::bench {
namespace {

std::string head_of(const char* method, const Target& target) {
  std::string head = fmt::format("{} {} HTTP/1.1\r\nHost: {}:{}\r\n", method, target.path, target.host, target.port);
  if (!target.key.empty()) head += "Authorization: Bearer " + target.key + "\r\n";
  return head;
}

std::string post_head(const Target& target) {
  return head_of("POST", target) + "Content-Type: application/json\r\nContent-Length: ";
}

void append_post(std::string& out, std::string_view head, std::string_view body) {
  fmt::format_to(std::back_inserter(out), "{}{}\r\n\r\n", head, body.size());
  out += body;
}

std::string rfc3339(int64_t ms) {
  const auto seconds = static_cast<std::time_t>(ms / 1000);
  std::tm t{};
  gmtime_r(&seconds, &t);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour,
                     t.tm_min, t.tm_sec);
}

class Get final : public Traffic {
 public:
  explicit Get(const Target& target) : request_(head_of("GET", target) + "\r\n") {}
  void next(std::string& out) override { out += request_; }
  uint64_t done(std::string_view) const override { return 1; }

 private:
  std::string request_;
};

class Body final : public Traffic {
 public:
  Body(const Target& target, const std::string& body) { append_post(request_, post_head(target), body); }
  void next(std::string& out) override { out += request_; }
  uint64_t done(std::string_view body) const override { return body.find("\"errors\"") == body.npos; }

 private:
  std::string request_;
};

class Series final : public Traffic {
 public:
  Series(const Target& target, const SeriesOptions& options) : options_(options) {
    const std::string head = post_head(target);
    requests_.reserve(options.ranges);
    for (uint32_t i = 0; i < options.ranges; ++i) {
      const int64_t from = options.from_ms + int64_t{i} * 60'000;
      append_post(requests_.emplace_back(), head, fmt::format(kRequest, rfc3339(from), rfc3339(from + 3'600'000)));
    }
  }
  /// A step that has no divisor in common with the number of ranges visits each before any comes again.
  void next(std::string& out) override {
    at_ = (at_ + 7919) % requests_.size();
    out += requests_[at_];
  }
  uint64_t done(std::string_view body) const override {
    return body.find("\"value\"") != body.npos && body.find("\"errors\"") == body.npos;
  }

 private:
  static constexpr auto kRequest =
      R"({{"query":"query S($from: DateTime!, $to: DateTime!) {{ series(metric: EVENTS, from: $from, to: $to, step: MINUTE) {{ total points {{ time value }} }} }}","operationName":"S","variables":{{"from":"{}","to":"{}"}}}})";
  SeriesOptions options_;
  std::vector<std::string> requests_;
  size_t at_ = 0;
};

class Events final : public Traffic {
 public:
  Events(const Target& target, const EventsOptions& options) : options_(options), head_(post_head(target)) {
    for (uint32_t s = 0; s < options.sessions; ++s) {
      sessions_.push_back(
          {fmt::format(kStart, (options.seed * 7'919'000 + s) % 100'000'000, options.seed % 0xffff'ffff, s), 0});
    }
    for (uint32_t i = 0; i < kGroups * kShapes; ++i) ends_.push_back(end_of(i / kShapes, i));
  }

  void next(std::string& out) override {
    body_.assign(R"({"events":[)");
    for (uint32_t i = 0; i < options_.batch; ++i) {
      if (i % options_.run == 0) at_ = (at_ + 1) % sessions_.size();
      append_event();
    }
    body_.back() = ']';
    body_ += '}';
    append_post(out, head_, body_);
  }

  /// The answer begins {"accepted":N. What was not accepted was not done.
  uint64_t done(std::string_view body) const override {
    constexpr std::string_view kField = "\"accepted\":";
    const size_t at = body.find(kField);
    uint64_t n = 0;
    if (at != body.npos) std::from_chars(body.data() + at + kField.size(), body.data() + body.size(), n);
    return n;
  }
  uint64_t per_request() const override { return options_.batch; }

 private:
  struct Session {
    std::string start;  // of each of its events' JSON, up to the sequence number
    uint64_t seq;
  };
  static constexpr auto kStart = R"({{"player_id":"p{:08}","session_id":"{:08x}-5e55-4c0d-8e21-{:012}","seq":)";
  static constexpr uint32_t kGroups = 40;  // of players with the same country and version
  static constexpr uint32_t kShapes = 25;  // of events in a group, one of them a purchase

  static std::string end_of(uint32_t group, uint32_t i) {
    static constexpr const char* kNames[] = {"level_start", "level_end", "match_joined", "item_used", "heartbeat"};
    static constexpr const char* kCountries[] = {"DE", "US", "JP", "BR"};
    const uint32_t r = i * 2654435761u >> 8;
    const bool purchase = i % kShapes == 0;
    const std::string own = purchase
                                ? fmt::format(R"("amount":{}.99,"currency":"EUR","item_id":"chest_{}")", r % 20, r % 10)
                                : fmt::format(R"("level":{},"score":{})", r % 61, r % 100'003);
    return fmt::format(
        R"(,"name":"{}","properties":{{{},"country":"{}","version":"1.4.{}","mode":"ranked","map":"canyon","latency_ms":{}}}}},)",
        purchase ? "purchase" : kNames[i % 5], own, kCountries[group % 4], group % 10, 8 + r % 133);
  }

  void append_event() {
    Session& session = sessions_[at_];
    body_ += session.start;
    append_number(static_cast<int64_t>(++session.seq));
    if (options_.minutes > 0) {
      body_ += ",\"time\":";
      append_number(options_.from_ms + sent_++ % options_.minutes * 60'000 + 500);
    }
    body_ += ends_[at_ % kGroups * kShapes + session.seq % kShapes];
  }

  void append_number(int64_t n) {
    char digits[24];
    body_.append(digits, std::to_chars(digits, digits + sizeof digits, n).ptr);
  }

  EventsOptions options_;
  std::string head_, body_;
  std::vector<Session> sessions_;
  std::vector<std::string> ends_;
  size_t at_ = 0;
  int64_t sent_ = 0;
};

class Results final : public Traffic {
 public:
  Results(const Target& target, const ResultsOptions& options)
      : options_(options), head_(post_head(target)), state_(options.seed * 0x9e3779b97f4a7c15) {}

  void next(std::string& out) override {
    const uint64_t a = dice() % options_.players, b = (a + 1 + dice() % (options_.players - 1)) % options_.players;
    body_.clear();
    fmt::format_to(
        std::back_inserter(body_),
        R"({{"match_id":"{:08x}-{:08}","teams":[{{"players":["p{}"],"rank":1}},{{"players":["p{}"],"rank":{}}}]}})",
        options_.seed, ++count_, a, b, dice() % 10 == 0 ? 1 : 2);
    append_post(out, head_, body_);
  }
  uint64_t done(std::string_view body) const override { return body.find("\"applied\"") != body.npos; }

 private:
  uint64_t dice() {
    state_ = state_ * 6364136223846793005 + 1442695040888963407;
    return state_ >> 33;
  }

  ResultsOptions options_;
  std::string head_, body_;
  uint64_t state_, count_ = 0;
};

class Board : public Traffic {
 public:
  Board(const Target& target, const BoardOptions& options)
      : path_(target.path + "/players/"),
        head_(fmt::format(" HTTP/1.1\r\nHost: {}:{}\r\nAuthorization: Bearer {}\r\n", target.host, target.port,
                          target.key)),
        players_(options.players),
        random_(options.seed) {}
  uint64_t done(std::string_view body) const override { return body.find("\"rank\"") != body.npos; }

 protected:
  uint64_t draw() { return random_(); }
  std::string line(const char* method) { return method + path_ + player_of(draw() % players_) + head_; }

 private:
  std::string path_, head_;
  uint64_t players_;
  std::mt19937_64 random_;
};

class Scores final : public Board {
 public:
  using Board::Board;
  void next(std::string& out) override {
    const std::string body = fmt::format(R"({{"score":{}}})", draw() % 1'000'000'000);
    append_post(out, line("PUT ") + "Content-Type: application/json\r\nContent-Length: ", body);
  }
};

class Places final : public Board {
 public:
  using Board::Board;
  void next(std::string& out) override { out += line("GET ") + "\r\n"; }
};

}  // namespace

std::unique_ptr<Traffic> make_results(const Target& target, const ResultsOptions& options) {
  return std::make_unique<Results>(target, options);
}

std::unique_ptr<Traffic> make_scores(const Target& target, const BoardOptions& options) {
  return std::make_unique<Scores>(target, options);
}

std::unique_ptr<Traffic> make_places(const Target& target, const BoardOptions& options) {
  return std::make_unique<Places>(target, options);
}

std::unique_ptr<Traffic> make_get(const Target& target) { return std::make_unique<Get>(target); }
std::unique_ptr<Traffic> make_events(const Target& target, const EventsOptions& options) {
  return std::make_unique<Events>(target, options);
}
std::unique_ptr<Traffic> make_series(const Target& target, const SeriesOptions& options) {
  return std::make_unique<Series>(target, options);
}
std::unique_ptr<Traffic> make_body(const Target& target, std::string body) {
  return std::make_unique<Body>(target, body);
}

}  // namespace gamekeeper::bench
