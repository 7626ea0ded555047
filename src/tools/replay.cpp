#include "tools/replay.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <chrono>
#include <thread>

#include "base/ids.h"
#include "tools/api_client.h"
#include "tools/match_file.h"

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

struct Totals {
  uint64_t sent = 0, accepted = 0, rejected = 0;
  std::string first_refusal;
};

}  // namespace

int replay(const ReplayOptions& options) {
  auto credentials = read_credentials(options.credentials);
  if (!credentials) return fmt::print(stderr, "replay: {}\n", credentials.error().message), 2;
  auto matches = read_matches(options.file);
  if (!matches) return fmt::print(stderr, "replay: {}\n", matches.error().message), 2;

  ApiClient client(options.target, credentials->server_key);
  const auto start = std::chrono::steady_clock::now();
  auto told = start;
  Totals totals;
  std::string batch;
  uint32_t batched = 0;
  auto send = [&]() -> Result<void> {
    if (batched == 0) return {};
    auto sent = client.send_events(batch);
    if (!sent) return std::unexpected(sent.error());
    totals.sent += batched;
    totals.accepted += sent->accepted;
    totals.rejected += sent->rejected;
    if (totals.first_refusal.empty()) totals.first_refusal = sent->first_refusal;
    batch.clear();
    batched = 0;
    return {};
  };
  for (size_t i = 0; i < matches->size(); ++i) {
    const ReplayMatch& match = (*matches)[i];
    if (options.speed > 0) {
      const double due = static_cast<double>(match.time - matches->front().time) / 1000 / options.speed;
      const auto at = start + std::chrono::duration_cast<std::chrono::steady_clock::duration>(Seconds(due));
      if (at > std::chrono::steady_clock::now()) {
        if (auto ok = send(); !ok) return fmt::print(stderr, "replay: {}\n", ok.error().message), 1;
        std::this_thread::sleep_until(at);
      }
    }
    for (const MatchRow& row : match.rows) {
      batch += (batch.empty() ? "" : ",") + session_of(match, row);
      batched += 3;
      if (batched < 3000) continue;
      if (auto ok = send(); !ok) return fmt::print(stderr, "replay: {}\n", ok.error().message), 1;
    }
    const auto now = std::chrono::steady_clock::now();
    if (!options.as_json && now - told > std::chrono::seconds(1)) {
      told = now;
      fmt::print(stderr, "replay: {} of {} matches, {} events accepted\n", i + 1, matches->size(), totals.accepted);
    }
  }
  if (auto ok = send(); !ok) return fmt::print(stderr, "replay: {}\n", ok.error().message), 1;
  const double seconds = Seconds(std::chrono::steady_clock::now() - start).count();
  if (options.as_json) {
    fmt::print("{}\n", json::serialize(json::object{{"matches", matches->size()},
                                                    {"sent", totals.sent},
                                                    {"accepted", totals.accepted},
                                                    {"rejected", totals.rejected},
                                                    {"seconds", seconds}}));
  } else {
    fmt::print("{} matches: {} events sent, {} accepted, {} rejected, {:.1f} s\n", matches->size(), totals.sent,
               totals.accepted, totals.rejected, seconds);
    if (!totals.first_refusal.empty()) fmt::print("first refusal: {}\n", totals.first_refusal);
  }
  return totals.rejected == 0 ? 0 : 1;
}

}  // namespace gamekeeper::tools
