#include "tools/replay_play.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <mutex>
#include <thread>
#include <unordered_set>

#include "base/ids.h"

namespace gamekeeper::tools {
namespace {

namespace json = boost::json;

constexpr size_t kClients = 8;

std::string queue_of(const ReplayMatch& match) { return match.queue.empty() ? "default" : match.queue; }

/// The teams as POST /matches/result takes them. A side counts when it is the whole team's.
json::array teams_of(const ReplayMatch& match) {
  json::array teams;
  std::unordered_map<std::string, size_t> at;
  for (const MatchRow& row : match.rows) {
    const auto [entry, fresh] = row.team.empty() ? std::pair(at.end(), true) : at.try_emplace(row.team, teams.size());
    json::object player{{"player_id", row.player}};
    if (row.score) player["score"] = *row.score;
    if (fresh) {
      json::object& team = teams.emplace_back(json::object{{"rank", row.rank}, {"players", json::array{}}}).as_object();
      if (!row.side.empty()) team["side"] = row.side;
      team["players"].as_array().push_back(std::move(player));
      continue;
    }
    json::object& team = teams[entry->second].as_object();
    team["players"].as_array().push_back(std::move(player));
    if (const json::value* side = team.if_contains("side"); side && side->as_string() != row.side) team.erase("side");
  }
  return teams;
}

std::unexpected<Error> refused(const std::string& what, const Answer& answer) {
  return fail(answer.status == 429 || answer.status >= 500 ? ErrorKind::kUnavailable : ErrorKind::kInvalid, "refused",
              fmt::format("The server answered {} to {}: {}", answer.status, what, answer.body.substr(0, 300)));
}

Result<json::object> object_of(const std::string& what, Result<Answer> answer, std::initializer_list<int> good) {
  if (!answer) return std::unexpected(answer.error());
  boost::system::error_code error;
  json::value value = json::parse(answer->body, error);
  if (std::ranges::find(good, answer->status) == good.end() || error || !value.is_object())
    return refused(what, *answer);
  return std::move(value.as_object());
}

/// Of a call of this replay, the same each time.
std::string key_of(std::string_view act, const ReplayMatch& match) {
  return to_string(make_uuid_from(fmt::format("replay\n{}\n{}\n{}", act, match.id, match.time)));
}

uint64_t applied_in(const json::object& match) {
  const json::value* applied = match.if_contains("applied");
  return applied && applied->is_number() ? applied->to_number<uint64_t>() : 0;
}

}  // namespace

PlayReplay::PlayReplay(const std::string& target, const std::string& server_key,
                       const std::vector<ReplayMatch>& matches)
    : matches_(matches), settler_(target, server_key), standings_(matches.size()) {
  for (size_t i = 0; i < kClients; ++i) clients_.emplace_back(target, server_key);
}

Result<void> PlayReplay::in_parallel(size_t from, size_t to,
                                     const std::function<Result<void>(ApiClient&, size_t)>& work) {
  std::atomic<size_t> next = from;
  std::mutex mutex;
  Result<void> outcome;
  std::vector<std::jthread> threads;
  for (size_t c = 0; c < std::min(kClients, to - from); ++c) {
    threads.emplace_back([&, c] {
      for (size_t i = next++; i < to; i = next++) {
        auto done = work(clients_[c], i);
        if (done) continue;
        next = to;
        std::lock_guard lock(mutex);
        if (outcome) outcome = std::move(done);
      }
    });
  }
  threads.clear();  // waits for all
  return outcome;
}

Result<void> PlayReplay::make_players() {
  std::vector<std::string> players;
  std::unordered_set<std::string_view> known;
  for (const ReplayMatch& match : matches_) {
    for (const MatchRow& row : match.rows) {
      if (known.insert(row.player).second) players.push_back(row.player);
    }
  }
  auto done = in_parallel(0, players.size(), [&](ApiClient& client, size_t i) -> Result<void> {
    const std::string body = json::serialize(json::object{{"player_id", players[i]}});
    auto answer = client.call_patiently("POST", "/api/v1/players", body);
    if (!answer) return std::unexpected(answer.error());
    if (answer->status != 201 && answer->status != 409) return refused("the player " + players[i], *answer);
    players_made_ += answer->status == 201;
    return {};
  });
  counts_.players = players_made_;
  return done;
}

Result<void> PlayReplay::open_sessions(size_t from, size_t to) {
  return in_parallel(from, to, [&](ApiClient& client, size_t i) { return open_session(client, i); });
}

Result<void> PlayReplay::open_session(ApiClient& client, size_t at) {
  const ReplayMatch& match = matches_[at];
  if (teams_of(match).size() < 2) return {};
  const std::string what = "match " + match.id;
  auto known = client.call_patiently("GET", "/api/v1/matches/" + path_part(match.id), {});
  if (known && known->status != 404) {
    auto there = object_of(what, std::move(known), {200});
    if (!there) return std::unexpected(there.error());
    standings_[at].applied = applied_in(*there);
    if (standings_[at].applied != 0) return {};
  }
  json::array players;
  for (const MatchRow& row : match.rows) players.push_back(json::string(row.player));
  const json::object wanted{{"players", std::move(players)},
                            {"mode", queue_of(match)},
                            {"attributes", {{"match_id", match.id}, {"played_at", format_time(match.time)}}}};
  auto made = object_of(
      "the session of " + what,
      client.call_patiently("POST", "/api/v1/sessions", json::serialize(wanted), key_of("open", match)), {201});
  if (!made) return std::unexpected(made.error());
  const std::string session(made->at("session_id").as_string());
  auto begun = object_of(
      "the start of " + what,
      client.call_patiently("PUT", "/api/v1/sessions/" + session, R"({"status":"active"})", key_of("begin", match)),
      {200});
  if (!begun) return std::unexpected(begun.error());
  standings_[at].session = session;
  ++sessions_made_;
  return {};
}

Result<void> PlayReplay::settle(size_t at) {
  const ReplayMatch& match = matches_[at];
  counts_.sessions = sessions_made_;
  if (standings_[at].applied != 0) {
    ++counts_.repeated;
    note_place(match, standings_[at].applied);
    return {};
  }
  json::array teams = teams_of(match);
  if (teams.size() < 2) return ++counts_.left_out, Result<void>{};
  const json::object result{{"match_id", match.id},
                            {"queue", queue_of(match)},
                            {"session_id", standings_[at].session},
                            {"time", format_time(match.time)},
                            {"teams", std::move(teams)}};
  auto done = object_of("the result of match " + match.id,
                        settler_.call_patiently("POST", "/api/v1/matches/result", json::serialize(result)), {200});
  if (!done) return std::unexpected(done.error());
  ++counts_.results;
  note_place(match, applied_in(*done));
  return {};
}

void PlayReplay::note_place(const ReplayMatch& match, uint64_t applied) {
  uint64_t& last = last_applied_[queue_of(match)];
  if (applied < last && counts_.misplaced++ == 0) counts_.first_misplaced = match.id;
  last = std::max(last, applied);
}

}  // namespace gamekeeper::tools
