#include "play/sessions/sessions.h"

#include <algorithm>
#include <boost/json.hpp>
#include <functional>
#include <set>

#include "base/ids.h"
#include "events/extract.h"
#include "events/fact.h"
#include "gate/records.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;

constexpr int kTries = 8;  // of a change that meets other changes

std::unexpected<Error> no_such_session() {
  return fail(ErrorKind::kNotFound, "not_found", "There is no such session.", "session_id");
}

std::unexpected<Error> over(const Session& s) {
  return fail(ErrorKind::kConflict, "session_over", "The session is " + std::string(name_of(s.status)) + ".", "status",
              std::string(name_of(s.status)));
}

Result<void> check_bytes(const json::object& object, size_t max, const char* field) {
  if (json::serialize(object).size() <= max) return {};
  return fail(ErrorKind::kInvalid, "field_too_large", "The field is too large.", field, std::to_string(max) + " bytes");
}

/// What the log hears of a session; it stands under the session's first player.
ports::Fact fact_of(const Session& s, std::string_view name, UnixMillis at) {
  json::array players;
  for (const SessionPlayer& p : s.players) players.push_back(json::string(p.id));
  json::object properties{{"session_id", s.id}, {"status", name_of(s.status)}, {"players", std::move(players)}};
  if (!s.mode.empty()) properties["mode"] = s.mode;
  if (is_over(s.status)) properties["seconds_played"] = s.seconds_played();
  const std::string text = json::serialize(properties);
  const std::string& first = s.players.front().id;
  return {scoped(s.app, first),
          events::fact_row({.app = s.app, .player_id = first, .name = name, .at = at, .properties = text})};
}

}  // namespace

void Sessions::live_on(Session& s, UnixMillis now) const {
  s.expires_at = now + (s.has_heartbeat ? options_.grace_ms : options_.silence_ms);
}

Task<void> Sessions::tell_live(const Session& s) {
  if (!options_.live) co_return;
  if (is_over(s.status)) {
    co_await options_.live->session_over(s.id);
    co_return;
  }
  const SessionPlayer& first = s.players.front();
  LiveSession record{.id = s.id,
                     .player_id = first.id,
                     .status = std::string(name_of(s.status)),
                     .rating = first.rating,
                     .timestamp = s.updated_at};
  co_await options_.live->session(std::move(record), std::max<int64_t>(1, s.expires_at - s.updated_at));
}

Task<Result<int64_t>> Sessions::rating_of(std::string app, std::string player_id, std::string field) {
  auto player = co_await documents_.get(kPlayers, scoped(app, player_id));
  if (!player) co_return std::unexpected(player.error());
  if (!*player)
    co_return fail(ErrorKind::kNotFound, "not_found", "There is no such player.", std::move(field), player_id);
  auto document = co_await documents_.get(kStats, scoped(app, player_id));
  if (!document) co_return std::unexpected(document.error());
  if (!*document) co_return kFirstRating;
  auto stats = read_stats(**document);
  if (!stats) co_return std::unexpected(stats.error());
  co_return stats->current_rating;
}

Task<Result<Session>> Sessions::create(std::string app, NewSession wanted) {
  if (wanted.players.empty() || wanted.players.size() > Session::kPlayersMax)
    co_return fail(ErrorKind::kInvalid, "bad_value", "A session has 1 to 256 players.", "players", "1 to 256");
  if (std::set<std::string_view>(wanted.players.begin(), wanted.players.end()).size() != wanted.players.size())
    co_return fail(ErrorKind::kInvalid, "duplicate_player", "A player stands twice in the list.", "players");
  if (!wanted.mode.empty() && !events::is_id_text(wanted.mode))
    co_return fail(ErrorKind::kInvalid, "bad_value", "A mode has at most 128 characters.", "mode", "128 characters");
  if (auto ok = check_bytes(wanted.state, Session::kStateBytesMax, "state"); !ok) co_return std::unexpected(ok.error());
  if (auto ok = check_bytes(wanted.attributes, Session::kDetailsBytesMax, "attributes"); !ok)
    co_return std::unexpected(ok.error());
  const UnixMillis now = clock_.now_ms();
  Session s{.app = app, .id = to_string(make_uuid_v7(now)), .mode = std::move(wanted.mode)};
  for (size_t i = 0; i < wanted.players.size(); ++i) {
    auto rating = co_await rating_of(app, wanted.players[i], "players[" + std::to_string(i) + "]");
    if (!rating) co_return std::unexpected(rating.error());
    s.players.push_back({wanted.players[i], *rating});
  }
  s.state = std::move(wanted.state);
  s.attributes = std::move(wanted.attributes);
  s.created_at = s.updated_at = now;
  s.note(now, "created");
  live_on(s, now);
  ports::WriteSet set;
  set.puts.push_back(put_of(s));
  set.facts.push_back(fact_of(s, "session.created", now));
  auto done = co_await documents_.commit(std::move(set));
  if (!done) co_return std::unexpected(done.error());
  s.version = done->front();
  co_await tell_live(s);
  co_return s;
}

Task<Result<Session>> Sessions::read(std::string app, std::string id) {
  auto document = co_await documents_.get(kSessions, scoped(app, id));
  if (!document) co_return std::unexpected(document.error());
  if (!*document) co_return no_such_session();
  co_return read_session(**document);
}

/// Adds an ended session to its players' stats, in the write set that ends it.
Task<Result<void>> Sessions::count_played(const Session& s, ports::WriteSet& set) {
  if (!s.was_active) co_return Result<void>{};
  for (const SessionPlayer& p : s.players) {
    auto document = co_await documents_.get(kStats, scoped(s.app, p.id));
    if (!document) co_return std::unexpected(document.error());
    Result<PlayerStats> stats = PlayerStats{};
    if (*document) stats = read_stats(**document);
    if (!stats) co_return std::unexpected(stats.error());
    ++stats->sessions_played;
    stats->seconds_played += s.seconds_played();
    set.puts.push_back(put_of(s.app, p.id, *stats));
  }
  co_return Result<void>{};
}

/// Reads, lets `step` change it (Result<bool>: whether there is anything to write), and writes it back over the version
/// that was read; starts again when somebody else was faster.
template <class Step>
Task<Result<Session>> Sessions::update(std::string app, std::string id, Step step) {
  for (int tries = 0; tries < kTries; ++tries) {
    auto s = co_await read(app, id);
    if (!s) co_return s;
    const UnixMillis now = clock_.now_ms();
    const SessionStatus before = s->status;
    Result<bool> changed = step(*s, now);
    if (!changed) co_return std::unexpected(changed.error());
    if (!*changed) co_return s;
    s->updated_at = now;
    ports::WriteSet set;
    set.puts.push_back(put_of(*s));
    if (is_over(s->status) && !is_over(before)) {
      if (auto ok = co_await count_played(*s, set); !ok) co_return std::unexpected(ok.error());
    }
    if (s->status != before)
      set.facts.push_back(fact_of(*s, is_over(s->status) ? "session.ended" : "session.updated", now));
    auto done = co_await documents_.commit(std::move(set));
    if (done) {
      s->version = done->front();
      co_await tell_live(*s);
      co_return s;
    }
    if (done.error().kind != ErrorKind::kConflict) co_return std::unexpected(done.error());
  }
  co_return fail(ErrorKind::kOverloaded, "overloaded", "This session is being changed by many at once; try again.");
}

Task<Result<Session>> Sessions::change(std::string app, std::string id, SessionChange change,
                                       std::optional<uint64_t> if_match) {
  if (change.state) {
    if (auto ok = check_bytes(*change.state, Session::kStateBytesMax, "state"); !ok)
      co_return std::unexpected(ok.error());
  }
  if (auto ok = check_bytes(change.details, Session::kDetailsBytesMax, "details"); !ok)
    co_return std::unexpected(ok.error());
  if (change.event && !events::is_id_text(*change.event))
    co_return fail(ErrorKind::kInvalid, "bad_value", "An event's name has 1 to 128 characters.", "event",
                   "128 characters");
  auto step = [this, change, if_match](Session& s, UnixMillis now) -> Result<bool> {
    if (if_match && *if_match != s.version)
      return fail(ErrorKind::kStale, "stale", "The session has changed since; read it again.", "If-Match",
                  std::to_string(s.version));
    if (change.status && *change.status != s.status) {
      if (auto ok = check_transition(s.status, *change.status); !ok) return std::unexpected(ok.error());
      s.note(now, "status_changed", {{"from", name_of(s.status)}, {"to", name_of(*change.status)}});
      s.become(*change.status, now);
    } else if (is_over(s.status)) {
      return over(s);
    }
    if (change.state) s.state = *change.state;
    if (change.event) s.note(now, *change.event, change.details);
    if (!is_over(s.status)) live_on(s, now);
    return true;
  };
  co_return co_await update(std::move(app), std::move(id), std::move(step));
}

Task<Result<Session>> Sessions::heartbeat(std::string app, std::string id, std::string player_id) {
  auto step = [this, player_id](Session& s, UnixMillis now) -> Result<bool> {
    if (!s.has(player_id)) return no_such_session();
    if (is_over(s.status)) return over(s);
    // One write a quarter of the grace is enough to stay alive.
    if (s.has_heartbeat && s.expires_at - now > options_.grace_ms * 3 / 4) return false;
    s.has_heartbeat = true;
    live_on(s, now);
    return true;
  };
  co_return co_await update(std::move(app), std::move(id), std::move(step));
}

Task<Result<Session>> Sessions::rejoin(std::string app, std::string id, std::string player_id) {
  auto step = [this, player_id](Session& s, UnixMillis now) -> Result<bool> {
    if (!s.has(player_id)) return no_such_session();
    if (is_over(s.status)) return over(s);
    s.has_heartbeat = true;
    live_on(s, now);
    s.note(now, "player_rejoined", {{"player_id", player_id}});
    return true;
  };
  co_return co_await update(std::move(app), std::move(id), std::move(step));
}

Task<Result<Session>> Sessions::remove(std::string app, std::string id) {
  auto step = [](Session& s, UnixMillis now) -> Result<bool> {
    if (s.is_removed) return false;
    if (!is_over(s.status)) {
      const auto next = s.status == SessionStatus::kWaiting ? SessionStatus::kCancelled : SessionStatus::kAbandoned;
      s.note(now, "status_changed", {{"from", name_of(s.status)}, {"to", name_of(next)}});
      s.become(next, now);
    }
    s.is_removed = true;
    return true;
  };
  co_return co_await update(std::move(app), std::move(id), std::move(step));
}

Task<Result<SessionPage>> Sessions::list(std::string app, SessionFilter filter, uint32_t limit, std::string cursor) {
  ports::Query query{.collection = kSessions,
                     .index = "created",
                     .from = scoped(app, ""),
                     .to = app + "0",  // the character after the slash
                     .direction = ports::Direction::kDescending,
                     .limit = limit,
                     .cursor = std::move(cursor)};
  const auto under = [&query](const char* index, const std::string& prefix) {
    query.index = index;
    query.from = prefix + "/";
    query.to = prefix + "0";
  };
  if (filter.status) under("status", scoped(app, name_of(*filter.status)));
  if (filter.player) under("player", scoped(app, *filter.player));
  auto page = co_await documents_.query(std::move(query));
  if (!page) co_return std::unexpected(page.error());
  SessionPage out{.items = {}, .next_cursor = std::move(page->next_cursor)};
  for (const ports::Document& document : page->items) {
    auto s = read_session(document);
    if (!s) co_return std::unexpected(s.error());
    if (!filter.status || s->status == *filter.status) out.items.push_back(std::move(*s));
  }
  co_return out;
}

Task<Result<size_t>> Sessions::sweep() {
  auto page = co_await documents_.query(
      {.collection = kSessions, .index = "silent", .from = {}, .to = gate::sortable(clock_.now_ms()), .limit = 500});
  if (!page) co_return std::unexpected(page.error());
  size_t ended = 0;
  for (const ports::Document& document : page->items) {
    auto silent = read_session(document);
    if (!silent) co_return std::unexpected(silent.error());
    auto step = [](Session& s, UnixMillis now) -> Result<bool> {
      if (s.expires_at == 0 || s.expires_at > now) return false;  // it has spoken since
      const auto next = s.status == SessionStatus::kWaiting ? SessionStatus::kCancelled : SessionStatus::kAbandoned;
      s.note(now, "silent", {{"from", name_of(s.status)}, {"to", name_of(next)}});
      s.become(next, now);
      return true;
    };
    auto done = co_await update(silent->app, silent->id, step);
    if (!done) co_return std::unexpected(done.error());
    ++ended;
  }
  co_return ended;
}

}  // namespace gamekeeper::play
