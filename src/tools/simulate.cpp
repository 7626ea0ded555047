#include "tools/simulate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/json.hpp>
#include <chrono>
#include <cmath>
#include <csignal>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "tools/api_client.h"

namespace gamekeeper::tools {
namespace {

namespace json = boost::json;

std::atomic<bool> interrupted{false};

constexpr std::array<const char*, 3> kPlatforms = {"ios", "android", "pc"};
constexpr std::array<const char*, 8> kCountries = {"DE", "US", "JP", "BR", "FR", "KR", "GB", "IN"};
constexpr std::array<const char*, 3> kVersions = {"1.4.0", "1.4.1", "1.5.0"};
constexpr std::array<const char*, 4> kItems = {"chest_small", "chest_large", "season_pass", "skin_dragon"};
constexpr std::array<double, 4> kPrices = {0.99, 4.99, 9.99, 14.99};

struct Player {
  std::string id, session;
  const char* platform = "";
  const char* country = "";
  const char* version = "";
  uint64_t seq = 0, sessions = 0;
  int left = 0;   // acts until the session ends
  int level = 1;
};

class World {
 public:
  World(uint32_t players, uint64_t seed) : random_(seed), seed_(seed) {
    for (uint32_t i = 0; i < players; ++i) {
      Player p;
      p.id = fmt::format("sim-{:06}", i);
      p.platform = kPlatforms[random_() % 3];
      // Low numbers are commoner, as in life: squaring bends the uniform draw.
      const double u = std::generate_canonical<double, 32>(random_);
      p.country = kCountries[static_cast<size_t>(u * u * kCountries.size())];
      p.version = kVersions[random_() % 3];
      players_.push_back(std::move(p));
    }
  }

  /// The next act of some player, as one event's JSON.
  std::string act(UnixMillis now) {
    Player& p = players_[random_() % players_.size()];
    if (p.left == 0) {
      p.session =
          to_string(make_uuid_from(fmt::format("simulate\n{}\n{}\n{}\n{}", seed_, started_, p.id, p.sessions++)));
      p.seq = 0;
      p.left = 8 + static_cast<int>(random_() % 40);
      return event(p, "session_start", now, {{"platform", p.platform}, {"country", p.country}, {"version", p.version}});
    }
    if (--p.left == 0) return event(p, "session_end", now, {});
    const unsigned dice = random_() % 100;
    if (dice < 40) return event(p, "level_end", now, {{"level", p.level}, {"latency_ms", 8 + random_() % 120}});
    if (dice < 60) {
      const bool won = random_() % 3 != 0;
      if (won) ++p.level;
      return event(
          p, "progression", now,
          {{"status", won ? "complete" : "fail"}, {"level", fmt::format("{}", p.level)}, {"score", random_() % 10000}});
    }
    if (dice < 75) {
      const std::string match = fmt::format("m-{}-{}", started_, matches_ / 2);
      if (matches_++ % 2 == 1) facts_ += (facts_.empty() ? "" : ",") + completed(p, match, now);
      return event(p, "match_played", now, {{"match_id", match}, {"rank", 1 + random_() % 2}});
    }
    if (dice < 85) {
      return event(
          p, "economy", now,
          {{"flow", random_() % 2 ? "source" : "sink"}, {"currency", "gold"}, {"amount", 5 + random_() % 200}});
    }
    if (dice < 88) {
      const size_t item = random_() % kItems.size();
      return event(p, "purchase", now, {{"amount", kPrices[item]}, {"currency", "EUR"}, {"item_id", kItems[item]}});
    }
    if (dice < 90)
      return event(p, "error", now,
                   {{"severity", random_() % 4 ? "warning" : "error"}, {"message", "asset took too long"}});
    return event(p, "item_used", now, {{"item_id", kItems[random_() % kItems.size()]}});
  }

  /// What a game server says of the matches that ended since the last call: once a match.
  std::string take_facts() { return std::exchange(facts_, {}); }

 private:
  std::string completed(const Player& p, const std::string& match, UnixMillis now) {
    return json::serialize(json::object{{"name", "match.completed"},
                                        {"player_id", p.id},
                                        {"id", to_string(make_uuid_from(match))},
                                        {"time", now},
                                        {"properties", json::object{{"match_id", match}}}});
  }

  std::string event(Player& p, std::string_view name, UnixMillis now, json::object properties) {
    return json::serialize(json::object{{"name", name},
                                        {"player_id", p.id},
                                        {"session_id", p.session},
                                        {"seq", ++p.seq},
                                        {"time", now},
                                        {"properties", std::move(properties)}});
  }

  std::mt19937_64 random_;
  uint64_t seed_;
  // Part of every session's id, so that a second run with the same seed makes new sessions.
  UnixMillis started_ = SystemClock().now_ms();
  uint64_t matches_ = 0;
  std::string facts_;
  std::vector<Player> players_;
};

}  // namespace

int simulate(const SimulateOptions& options) {
  auto credentials = read_credentials(options.credentials);
  if (!credentials) return fmt::print(stderr, "simulate: {}\n", credentials.error().message), 2;
  std::signal(SIGINT, [](int) { interrupted = true; });
  std::signal(SIGTERM, [](int) { interrupted = true; });
  ApiClient client(options.target, credentials->write_key), server(options.target, credentials->server_key);
  World world(std::max(1u, options.players), options.seed);
  SystemClock clock;

  const auto start = std::chrono::steady_clock::now();
  auto told = start;
  uint64_t acts = 0, facts = 0, accepted = 0, rejected = 0;
  std::string refusal;
  auto elapsed = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); };
  while (!interrupted && (options.duration_s == 0 || elapsed() < options.duration_s)) {
    const auto due = static_cast<uint64_t>(elapsed() * options.rate);
    if (due <= acts) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      continue;
    }
    const uint64_t count = std::min<uint64_t>(due - acts, 1000);
    std::string batch;
    for (uint64_t i = 0; i < count; ++i) batch += (batch.empty() ? "" : ",") + world.act(clock.now_ms());
    acts += count;
    const std::string matches = world.take_facts();
    for (auto& [sender, events] : {std::pair<ApiClient&, const std::string&>{client, batch}, {server, matches}}) {
      if (events.empty()) continue;
      auto outcome = sender.send_events(events);
      if (!outcome) return fmt::print(stderr, "simulate: {}\n", outcome.error().message), 1;
      accepted += outcome->accepted;
      rejected += outcome->rejected;
      if (&sender == &server) facts += outcome->accepted + outcome->rejected;
      if (refusal.empty()) refusal = outcome->first_refusal;
    }
    if (!options.as_json && std::chrono::steady_clock::now() - told > std::chrono::seconds(5)) {
      told = std::chrono::steady_clock::now();
      fmt::print(stderr, "simulate: {} events accepted, {:.0f} a second\n", accepted,
                 static_cast<double>(accepted) / elapsed());
    }
  }
  const uint64_t sent = acts + facts;
  if (options.as_json) {
    fmt::print("{}\n", json::serialize(json::object{{"sent", sent},
                                                    {"accepted", accepted},
                                                    {"rejected", rejected},
                                                    {"seconds", elapsed()},
                                                    {"seed", options.seed}}));
  } else {
    fmt::print("{} events sent, {} accepted, {} rejected, {:.1f} s\n", sent, accepted, rejected, elapsed());
    if (!refusal.empty()) fmt::print("first refusal: {}\n", refusal);
  }
  return rejected == 0 ? 0 : 1;
}

}  // namespace gamekeeper::tools
