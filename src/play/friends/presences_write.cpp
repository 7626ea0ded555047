#include <algorithm>

#include "base/ids.h"
#include "base/log.h"
#include "flow/push.h"
#include "gate/records.h"
#include "play/accounts/player.h"
#include "play/friends/presences.h"

namespace gamekeeper::play {
namespace {

constexpr int kSeatTries = 8;  // of a write that meets others
constexpr size_t kSeatsAtOnce = 50, kNewsAtOnce = 1000;
constexpr uint32_t kDeadAtOnce = 10;

}  // namespace

Task<Result<void>> Presences::run_once() {
  for (;;) {
    auto due = book_.take_due(clock_.now_ms(), kSeatsAtOnce);
    if (due.empty()) break;
    if (auto ok = co_await write(std::move(due)); !ok) co_return ok;
  }
  if (auto ok = co_await renew(); !ok) co_return ok;
  if (auto ok = co_await tell_noted(); !ok) co_return ok;
  co_return co_await clear_dead();
}

Task<Result<void>> Presences::leave_all() {
  const auto all = book_.take_all(clock_.now_ms());
  for (size_t from = 0; from < all.size(); from += kSeatsAtOnce) {
    const auto begin = all.begin() + static_cast<ptrdiff_t>(from);
    const auto n = static_cast<ptrdiff_t>(std::min(kSeatsAtOnce, all.size() - from));
    if (auto ok = co_await write({begin, begin + n}); !ok) co_return ok;
  }
  co_return co_await renew();
}

Task<Result<void>> Presences::write(std::vector<PresenceBook::Due> due) {
  Result<bool> done = false;
  for (int tries = 0; tries < kSeatTries; ++tries) {
    if (self_.id.empty()) self_.id = random_token(12);
    done = co_await try_write(due);
    if (!done) break;
    if (*done) co_return Result<void>{};
    auto lost = co_await lost_place();
    if (!lost) {
      done = std::unexpected(lost.error());
      break;
    }
    if (!*lost) continue;
    // We were silent for too long, and somebody takes our seats away: all who are here need new ones.
    self_ = {};
    book_.forget_written();
    co_return Result<void>{};
  }
  for (const PresenceBook::Due& each : due) book_.put_back(each);
  if (!done) co_return std::unexpected(done.error());
  co_return fail(ErrorKind::kOverloaded, "overloaded", "Players come and go too fast; it is tried again.");
}

/// Seats count only with the process that they name, so that is written with them: whose place was taken away cannot leave
/// seats behind. False when another has changed one of the documents.
Task<Result<bool>> Presences::try_write(const std::vector<PresenceBook::Due>& due) {
  const UnixMillis now = clock_.now_ms();
  PresenceProcess self = self_;
  self.until = now + options_.life_ms;
  self.heard_at = now;
  ports::WriteSet set;
  set.puts.push_back(put_of(self));
  std::vector<Moved> moved;
  for (const PresenceBook::Due& each : due) {
    auto presence = co_await find(each.who.app, each.who.player_id);
    if (!presence) co_return std::unexpected(presence.error());
    Moved move{*presence, std::move(*presence)};
    if (each.seated)
      move.after.take_seat(self.id, now);
    else
      move.after.leave_seat(self.id, each.at);
    set.puts.push_back(put_of(move.after));
    moved.push_back(std::move(move));
  }
  auto done = co_await documents_.commit(std::move(set));
  if (!done && gate::is_conflict(done.error())) co_return false;
  if (!done) co_return std::unexpected(done.error());
  self.version = done->front();
  self_ = self;
  remember(self);
  for (const Moved& move : moved) {
    if (auto told = co_await tell_if_moved(move); !told)
      log::warning("presence", "not_told", {log::text("message", told.error().message)});
  }
  co_return true;
}

Task<Result<bool>> Presences::lost_place() {
  auto document = co_await documents_.get(kPresenceProcesses, self_.id);
  if (!document) co_return std::unexpected(document.error());
  co_return (*document ? (*document)->version : 0) != self_.version;
}

/// Who has nobody gives up its place: an idle process writes nothing.
Task<Result<void>> Presences::renew() {
  if (self_.version == 0) co_return Result<void>{};
  if (!book_.is_empty()) {
    if (self_.until - clock_.now_ms() > options_.life_ms * 2 / 3) co_return Result<void>{};
    co_return co_await write({});
  }
  ports::Put gone = put_of(self_);
  gone.remove = true;
  ports::WriteSet set;
  set.puts.push_back(std::move(gone));
  self_ = {};
  auto done = co_await documents_.commit(std::move(set));
  if (!done && !gate::is_conflict(done.error())) co_return std::unexpected(done.error());
  co_return Result<void>{};
}

Task<Result<void>> Presences::tell_noted() {
  for (const PlayerName& who : book_.take_noted(kNewsAtOnce)) {
    auto presence = co_await find(who.app, who.player_id);
    if (!presence) co_return std::unexpected(presence.error());
    if (presence->is_hidden) continue;
    auto there = co_await look(*presence);
    if (!there) co_return std::unexpected(there.error());
    if (!there->is_there) continue;
    if (auto told = co_await tell(*presence); !told) co_return told;
  }
  co_return Result<void>{};
}

Task<Result<void>> Presences::tell_if_moved(const Moved& moved) {
  if (moved.after.is_hidden) co_return Result<void>{};
  auto before = co_await look(moved.before), after = co_await look(moved.after);
  if (!before) co_return std::unexpected(before.error());
  if (!after) co_return std::unexpected(after.error());
  if (before->is_there != after->is_there) co_return co_await tell(moved.after);
  co_return Result<void>{};
}

Task<Result<void>> Presences::tell(const PlayerPresence& presence) {
  auto real = co_await as_is(presence);
  if (!real) co_return std::unexpected(real.error());
  auto friends = co_await sources_.friends_of(presence.app, presence.player_id);
  if (!friends) co_return std::unexpected(friends.error());
  const boost::json::object data = show(presence.player_id, as_shown(presence, std::move(*real)));
  for (const std::string& other : *friends)
    co_await flow::push(broadcast_, flow::player_topic(presence.app, other, "friends"), "presence", data);
  co_return Result<void>{};
}

Task<Result<void>> Presences::clear_dead() {
  const UnixMillis now = clock_.now_ms();
  if (now - looked_for_dead_at_ < options_.life_ms / 3) co_return Result<void>{};
  looked_for_dead_at_ = now;
  auto page = co_await documents_.query({.collection = kPresenceProcesses,
                                         .index = "until",
                                         .from = {},
                                         .to = gate::sortable(now),
                                         .limit = kDeadAtOnce});
  if (!page) co_return std::unexpected(page.error());
  for (const ports::Document& document : page->items) {
    auto dead = read_presence_process(document);
    if (!dead) co_return std::unexpected(dead.error());
    if (dead->id == self_.id) continue;
    if (auto ok = co_await clear(std::move(*dead)); !ok && !gate::is_conflict(ok.error())) co_return ok;
  }
  co_return Result<void>{};
}

/// Takes its place first: should it live after all, it finds out by that with its next write.
Task<Result<void>> Presences::clear(PresenceProcess dead) {
  if (dead.until != 0) {
    dead.until = 0;
    ports::WriteSet set;
    set.puts.push_back(put_of(dead));
    auto done = co_await documents_.commit(std::move(set));
    if (!done) co_return std::unexpected(done.error());
    dead.version = done->front();
  }
  remember(dead);
  for (bool more = true; more;) {
    auto some = co_await clear_some(dead);
    if (!some) co_return std::unexpected(some.error());
    more = *some;
  }
  ports::Put gone = put_of(dead);
  gone.remove = true;
  ports::WriteSet set;
  set.puts.push_back(std::move(gone));
  auto done = co_await documents_.commit(std::move(set));
  if (!done) co_return std::unexpected(done.error());
  co_return Result<void>{};
}

/// Whether there may be more.
Task<Result<bool>> Presences::clear_some(const PresenceProcess& dead) {
  const std::string from = seats_of(dead.id);
  auto page = co_await documents_.query({.collection = kPresences,
                                         .index = "process",
                                         .from = from,
                                         .to = dead.id + '\x20',
                                         .limit = static_cast<uint32_t>(kSeatsAtOnce)});
  if (!page) co_return std::unexpected(page.error());
  if (page->items.empty()) co_return false;
  ports::WriteSet set;
  std::vector<PlayerPresence> gone;
  for (const ports::Document& document : page->items) {
    auto presence = read_presence(document);
    if (!presence) co_return std::unexpected(presence.error());
    const bool is_last = presence->leave_seat(dead.id, dead.heard_at);
    set.puts.push_back(put_of(*presence));
    if (is_last && !presence->is_hidden) gone.push_back(std::move(*presence));
  }
  auto done = co_await documents_.commit(std::move(set));
  if (!done && gate::is_conflict(done.error())) co_return true;  // somebody came back meanwhile
  if (!done) co_return std::unexpected(done.error());
  for (const PlayerPresence& each : gone) {
    if (auto told = co_await tell(each); !told)
      log::warning("presence", "not_told", {log::text("message", told.error().message)});
  }
  co_return true;
}

}  // namespace gamekeeper::play
