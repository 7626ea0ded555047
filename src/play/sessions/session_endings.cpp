#include "play/sessions/session_endings.h"

#include <boost/json/object.hpp>

namespace gamekeeper::play {

Task<Result<SessionEndings::Found*>> SessionEndings::load(std::string app, std::string id) {
  const std::string key = scoped(app, id);
  if (auto found = sessions_.find(key); found != sessions_.end()) co_return &found->second;
  auto document = co_await documents_.get(kSessions, key);
  if (!document) co_return std::unexpected(document.error());
  if (!*document) co_return fail(ErrorKind::kNotFound, "not_found", "There is no such session.", "session_id");
  auto session = read_session(**document);
  if (!session) co_return std::unexpected(session.error());
  co_return &sessions_.emplace(key, Found{std::move(*session)}).first->second;
}

Task<Result<const Session*>> SessionEndings::find(std::string app, std::string id) {
  auto found = co_await load(std::move(app), std::move(id));
  if (!found) co_return std::unexpected(found.error());
  co_return &(*found)->session;
}

Task<Result<bool>> SessionEndings::complete(std::string app, std::string id, UnixMillis now) {
  auto found = co_await load(std::move(app), std::move(id));
  if (!found) co_return std::unexpected(found.error());
  Session& s = (*found)->session;
  if (s.status != SessionStatus::kActive && s.status != SessionStatus::kPaused) co_return false;
  Session ended = s;
  ended.note(now, "status_changed", {{"from", name_of(s.status)}, {"to", name_of(SessionStatus::kCompleted)}});
  ended.become(SessionStatus::kCompleted, now);
  ended.updated_at = now;
  if (auto ok = co_await count_played(ended); !ok) co_return std::unexpected(ok.error());
  s = std::move(ended);
  (*found)->completed = true;
  co_return true;
}

Task<Result<void>> SessionEndings::count_played(const Session& session) {
  if (!session.was_active) co_return Result<void>{};
  for (const SessionPlayer& p : session.players) {  // all are read before any is counted
    const std::string key = scoped(session.app, p.id);
    if (played_.contains(key)) continue;
    auto document = co_await documents_.get(kStats, key);
    if (!document) co_return std::unexpected(document.error());
    Result<PlayerStats> stats = PlayerStats{};
    if (*document) stats = read_stats(**document);
    if (!stats) co_return std::unexpected(stats.error());
    played_.emplace(key, Played{session.app, p.id, *stats});
  }
  for (const SessionPlayer& p : session.players) {
    PlayerStats& stats = played_.at(scoped(session.app, p.id)).stats;
    ++stats.sessions_played;
    stats.seconds_played += session.seconds_played();
  }
  co_return Result<void>{};
}

void SessionEndings::put_into(ports::WriteSet& set) const {
  for (const auto& [key, found] : sessions_) {
    if (!found.completed) continue;
    set.puts.push_back(put_of(found.session));
    set.facts.push_back(fact_of(found.session, "session.ended", found.session.updated_at));
  }
  for (const auto& [key, played] : played_) set.puts.push_back(put_of(played.app, played.player_id, played.stats));
}

std::vector<const Session*> SessionEndings::completed() const {
  std::vector<const Session*> out;
  for (const auto& [key, found] : sessions_) {
    if (found.completed) out.push_back(&found.session);
  }
  return out;
}

}  // namespace gamekeeper::play
