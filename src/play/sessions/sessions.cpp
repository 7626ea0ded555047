#include "play/sessions/sessions.h"

#include <algorithm>
#include <boost/json.hpp>
#include <functional>
#include <set>

#include "base/ids.h"
#include "base/turns.h"
#include "events/extract.h"
#include "events/fact.h"
#include "gate/records.h"
#include "play/accounts/player_rating.h"
#include "play/sessions/session_endings.h"
#include "play/sessions/session_push.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;

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

}  // namespace

void Sessions::live_on(Session& s, UnixMillis now) const {
  s.expires_at = now + (s.has_heartbeat ? options_.grace_ms : options_.silence_ms);
}

Task<void> Sessions::show(Session s) {
  if (options_.changed && (s.version <= 1 || is_over(s.status))) options_.changed(s);
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
  auto record = co_await read_record(documents_, std::move(app), std::move(player_id));
  if (!record) co_return std::unexpected(record.error());
  co_return record->current_rating;
}

Result<void> Sessions::check(const NewSession& wanted) {
  if (wanted.players.empty() || wanted.players.size() > Session::kPlayersMax)
    return fail(ErrorKind::kInvalid, "bad_value", "A session has 1 to 256 players.", "players", "1 to 256");
  if (std::set<std::string_view>(wanted.players.begin(), wanted.players.end()).size() != wanted.players.size())
    return fail(ErrorKind::kInvalid, "duplicate_player", "A player stands twice in the list.", "players");
  if (!wanted.mode.empty() && !events::is_id_text(wanted.mode))
    return fail(ErrorKind::kInvalid, "bad_value", "A mode has at most 128 characters.", "mode", "128 characters");
  if (auto ok = check_bytes(wanted.state, Session::kStateBytesMax, "state"); !ok) return std::unexpected(ok.error());
  return check_bytes(wanted.attributes, Session::kDetailsBytesMax, "attributes");
}

Result<Session> Sessions::add_to(ports::WriteSet& set, std::string app, NewSession wanted,
                                 std::span<const int64_t> ratings) {
  if (auto ok = check(wanted); !ok) return std::unexpected(ok.error());
  GK_CHECK(ratings.size() == wanted.players.size(), "every player has a rating");
  const UnixMillis now = clock_.now_ms();
  Session s{.app = std::move(app),
            .id = to_string(make_uuid_v7(now)),
            .mode = std::move(wanted.mode),
            .match_id = std::move(wanted.match_id)};
  for (size_t i = 0; i < ratings.size(); ++i)
    s.players.push_back({std::move(wanted.players[i]), ratings[i], i < wanted.teams.size() ? wanted.teams[i] : -1});
  s.state = std::move(wanted.state);
  s.attributes = std::move(wanted.attributes);
  s.created_at = s.updated_at = now;
  s.note(now, "created");
  live_on(s, now);
  set.puts.push_back(put_of(s));
  set.facts.push_back(fact_of(s, "session.created", now));
  return s;
}

Task<Result<Session>> Sessions::create(std::string app, NewSession wanted) {
  if (auto ok = check(wanted); !ok) co_return std::unexpected(ok.error());
  std::vector<int64_t> ratings;
  for (size_t i = 0; i < wanted.players.size(); ++i) {
    auto rating = co_await rating_of(app, wanted.players[i], "players[" + std::to_string(i) + "]");
    if (!rating) co_return std::unexpected(rating.error());
    ratings.push_back(*rating);
  }
  ports::WriteSet set;
  auto s = add_to(set, std::move(app), std::move(wanted), ratings);
  if (!s) co_return s;
  auto done = co_await documents_.commit(std::move(set));
  if (!done) co_return std::unexpected(done.error());
  s->version = done->front();
  co_await push_state(broadcast_, *s);
  co_await show(*s);
  co_return s;
}

Task<Result<Session>> Sessions::read(std::string app, std::string id) {
  auto document = co_await documents_.get(kSessions, scoped(app, id));
  if (!document) co_return std::unexpected(document.error());
  if (!*document) co_return no_such_session();
  co_return read_session(**document);
}

/// Reads, lets `step` change it (Result<bool>: whether there is anything to write), and writes it back over the version
/// that was read; starts again when somebody else was faster.
template <class Step>
Task<Result<Session>> Sessions::update(std::string app, std::string id, Step step, Told told) {
  for (Turns turns; co_await turns.next();) {
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
      SessionEndings endings(documents_);
      if (auto ok = co_await endings.count_played(*s); !ok) co_return std::unexpected(ok.error());
      endings.put_into(set);
    }
    if (s->status != before)
      set.facts.push_back(fact_of(*s, is_over(s->status) ? "session.ended" : "session.updated", now));
    if (s->status != before && s->status == SessionStatus::kCancelled && !s->match_id.empty())
      set.facts.push_back(fact_of(*s, "match.cancelled", now));
    auto done = co_await documents_.commit(std::move(set));
    if (done) {
      s->version = done->front();
      if (told == Told::kYes) co_await push_state(broadcast_, *s);
      co_await show(*s);
      co_return s;
    }
    if (done.error().kind != ErrorKind::kConflict) co_return std::unexpected(done.error());
  }
  co_return fail(ErrorKind::kOverloaded, "overloaded", "This session is being changed by many at once; try again.");
}

Task<Result<Session>> Sessions::change(std::string app, std::string id, SessionChange change, net::IfMatch if_match) {
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
    if (!if_match.admits(s.version))
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
  co_return co_await update(std::move(app), std::move(id), std::move(step), Told::kNo);
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
  ports::Query query = newest_first(kSessions, app, limit, std::move(cursor));
  const auto narrow = [&](const char* index, std::string_view to) {
    query.index = index;
    auto [from, end] = under(app, to);
    query.from = std::move(from);
    query.to = std::move(end);
  };
  if (filter.status) narrow("status", name_of(*filter.status));
  if (filter.player) narrow("player", *filter.player);
  auto page = co_await read_page(documents_, std::move(query), read_session);
  if (page && filter.status) std::erase_if(page->items, [&](const Session& s) { return s.status != *filter.status; });
  co_return page;
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
    ended += is_over(done->status) ? 1 : 0;
  }
  co_return ended;
}

}  // namespace gamekeeper::play
