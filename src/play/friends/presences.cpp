#include "play/friends/presences.h"

#include <algorithm>

#include "gate/records.h"
#include "play/accounts/player.h"

namespace gamekeeper::play {
namespace {

constexpr int kHideTries = 8;  // of a change that meets others
constexpr size_t kProcessesKnown = 1000;

}  // namespace

Presences::Presences(ports::DocumentStore& documents, ports::Broadcast& broadcast, const Clock& clock,
                     PresenceSources sources, PresenceOptions options)
    : documents_(documents),
      broadcast_(broadcast),
      clock_(clock),
      sources_(std::move(sources)),
      options_(options),
      book_(options.linger_ms) {}

void Presences::arrived(const std::string& app, const std::string& player) { book_.arrive({app, player}); }

void Presences::left(const std::string& app, const std::string& player) { book_.leave({app, player}, clock_.now_ms()); }

void Presences::session_changed(const std::string& app, const std::string& player) {
  const PlayerName who{app, player};
  if (!options_.is_alone || book_.is_here(who)) book_.note(who);
}

Task<Result<PlayerPresence>> Presences::find(std::string app, std::string player) {
  auto document = co_await documents_.get(kPresences, scoped(app, player));
  if (!document) co_return std::unexpected(document.error());
  if (!*document) co_return PlayerPresence{.app = std::move(app), .player_id = std::move(player), .seats = {}};
  co_return read_presence(**document);
}

void Presences::remember(const PresenceProcess& process) {
  std::lock_guard lock(mutex_);
  if (known_.size() >= kProcessesKnown) known_.clear();
  known_[process.id] = process;
}

/// As far as it was asked before: until then it lives whatever it has said since.
Task<Result<PresenceProcess>> Presences::process_of(std::string id) {
  {
    std::lock_guard lock(mutex_);
    const auto known = known_.find(id);
    if (known != known_.end() && known->second.until > clock_.now_ms()) co_return known->second;
  }
  auto document = co_await documents_.get(kPresenceProcesses, id);
  if (!document) co_return std::unexpected(document.error());
  if (!*document) co_return PresenceProcess{.id = std::move(id)};
  auto process = read_presence_process(**document);
  if (process) remember(*process);
  co_return process;
}

Task<Result<Presences::There>> Presences::look(const PlayerPresence& presence) {
  There out{.last_seen = presence.last_seen};
  for (const auto& [id, since] : presence.seats) {
    auto process = co_await process_of(id);
    if (!process) co_return std::unexpected(process.error());
    if (process->until > clock_.now_ms()) co_return There{.is_there = true};
    out.last_seen = std::max({out.last_seen, since, process->heard_at});
  }
  co_return out;
}

Task<Result<Presence>> Presences::as_is(const PlayerPresence& presence) {
  auto there = co_await look(presence);
  if (!there) co_return std::unexpected(there.error());
  Presence out{.last_seen = there->last_seen, .is_hidden = presence.is_hidden};
  if (!there->is_there) co_return out;
  auto session = co_await sources_.session_of(presence.app, presence.player_id);
  if (!session) co_return std::unexpected(session.error());
  out.status = session->empty() ? PresenceStatus::kOnline : PresenceStatus::kInSession;
  out.session_id = std::move(*session);
  co_return out;
}

Presence Presences::as_shown(const PlayerPresence& presence, Presence real) {
  real.is_hidden = false;
  return presence.is_hidden ? Presence{.last_seen = presence.hidden_seen} : real;
}

Task<Result<Presence>> Presences::read(std::string app, std::string player) {
  auto presence = co_await find(std::move(app), std::move(player));
  if (!presence) co_return std::unexpected(presence.error());
  co_return co_await as_is(*presence);
}

Task<Result<Presence>> Presences::shown(std::string app, std::string player) {
  auto presence = co_await find(std::move(app), std::move(player));
  if (!presence) co_return std::unexpected(presence.error());
  if (presence->is_hidden) co_return as_shown(*presence, {});
  auto real = co_await as_is(*presence);
  if (!real) co_return real;
  co_return as_shown(*presence, std::move(*real));
}

Task<Result<Presence>> Presences::hide(std::string app, std::string player, bool hidden) {
  for (int tries = 0; tries < kHideTries; ++tries) {
    auto presence = co_await find(app, player);
    if (!presence) co_return std::unexpected(presence.error());
    if (!presence->hide(hidden, clock_.now_ms())) co_return co_await as_is(*presence);
    ports::WriteSet set;
    set.puts.push_back(put_of(*presence));
    auto done = co_await documents_.commit(std::move(set));
    if (!done && gate::is_conflict(done.error())) continue;
    if (!done) co_return std::unexpected(done.error());
    auto real = co_await as_is(*presence);
    if (!real) co_return real;
    if (real->status != PresenceStatus::kOffline) {  // else it looks as before
      if (auto told = co_await tell(*presence); !told) co_return std::unexpected(told.error());
    }
    co_return real;
  }
  co_return fail(ErrorKind::kOverloaded, "overloaded", "The player comes and goes too fast; try again.");
}

Task<Result<void>> Presences::erase(std::string app, std::string player) {
  ports::WriteSet set;
  set.puts.push_back({.collection = kPresences, .id = scoped(app, player), .remove = true});
  auto done = co_await documents_.commit(std::move(set));
  if (!done) co_return std::unexpected(done.error());
  co_return Result<void>{};
}

}  // namespace gamekeeper::play
