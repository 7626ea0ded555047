#include "play/notifications/inboxes.h"

#include <algorithm>

#include "gate/records.h"
#include "play/accounts/player.h"
#include "play/notifications/preferences.h"

namespace gamekeeper::play {
namespace {

constexpr int kInboxTries = 8;  // of a change that meets other changes

std::unexpected<Error> busy_inbox() {
  return fail(ErrorKind::kOverloaded, "overloaded", "This inbox is being changed by many at once; try again.");
}

ports::Query query_of(const std::string& app, const std::string& player_id, const char* index, uint32_t limit) {
  return {.collection = kNotifications,
          .index = index,
          .from = players_own(app, player_id),
          .to = after_players_own(app, player_id),
          .limit = limit};
}

}  // namespace

Task<Result<Inbox>> load_inbox(ports::DocumentStore& documents, std::string app, std::string player_id) {
  auto found = co_await documents.get(kInboxes, scoped(app, player_id));
  if (!found) co_return std::unexpected(found.error());
  if (!*found) co_return Inbox{.app = std::move(app), .player_id = std::move(player_id)};
  co_return read_inbox(**found);
}

Task<Result<InboxPage>> Inboxes::list(std::string app, std::string player_id, bool only_unread, uint32_t limit,
                                      std::string cursor) {
  ports::Query query = query_of(app, player_id, only_unread ? "unread" : "player", limit);
  query.direction = ports::Direction::kDescending;
  query.cursor = std::move(cursor);
  auto page = co_await documents_.query(std::move(query));
  if (!page) co_return std::unexpected(page.error());
  InboxPage out{.items = {}, .next_cursor = std::move(page->next_cursor)};
  for (const ports::Document& document : page->items) {
    auto n = read_notification(document);
    if (!n) co_return std::unexpected(n.error());
    out.items.push_back(std::move(*n));
  }
  auto inbox = co_await load_inbox(documents_, std::move(app), std::move(player_id));
  if (!inbox) co_return std::unexpected(inbox.error());
  out.unread = inbox->unread;
  co_return out;
}

Task<Result<Notification>> Inboxes::read(std::string app, std::string player_id, std::string id) {
  for (int tries = 0; tries < kInboxTries; ++tries) {
    auto found = co_await documents_.get(kNotifications, players_own(app, player_id) + id);
    if (!found) co_return std::unexpected(found.error());
    if (!*found) co_return fail(ErrorKind::kNotFound, "not_found", "There is no such notification.", "id");
    auto n = read_notification(**found);
    if (!n || n->read_at != 0) co_return n;
    auto inbox = co_await load_inbox(documents_, app, player_id);
    if (!inbox) co_return std::unexpected(inbox.error());
    n->read_at = clock_.now_ms();
    --inbox->unread;
    ports::WriteSet set;
    set.puts = {put_of(*n), put_of(*inbox)};
    auto done = co_await documents_.commit(std::move(set));
    if (done) co_return n;
    if (!gate::is_conflict(done.error())) co_return std::unexpected(done.error());
  }
  co_return busy_inbox();
}

Task<Result<int64_t>> Inboxes::read_all(std::string app, std::string player_id) {
  for (int tries = 0; tries < kInboxTries; ++tries) {
    auto inbox = co_await load_inbox(documents_, app, player_id);
    if (!inbox) co_return std::unexpected(inbox.error());
    if (inbox->unread == 0) co_return 0;
    auto page = co_await documents_.query(query_of(app, player_id, "unread", 2 * kKept));
    if (!page) co_return std::unexpected(page.error());
    ports::WriteSet set;
    for (const ports::Document& document : page->items) {
      auto n = read_notification(document);
      if (!n) co_return std::unexpected(n.error());
      n->read_at = clock_.now_ms();
      set.puts.push_back(put_of(*n));
    }
    const auto marked = static_cast<int64_t>(page->items.size());
    inbox->unread -= marked;
    set.puts.push_back(put_of(*inbox));
    auto done = co_await documents_.commit(std::move(set));
    if (done) co_return marked;
    if (!gate::is_conflict(done.error())) co_return std::unexpected(done.error());
  }
  co_return busy_inbox();
}

Task<Result<InboxWrites::Box*>> InboxWrites::box_of(const Notification& n) {
  const std::string key = players_own(n.app, n.player_id);
  if (const auto known = boxes_.find(key); known != boxes_.end()) co_return &known->second;
  auto inbox = co_await load_inbox(documents_, n.app, n.player_id);
  if (!inbox) co_return std::unexpected(inbox.error());
  co_return &boxes_.emplace(key, Box{.inbox = std::move(*inbox), .added = {}}).first->second;
}

Task<Result<void>> Inboxes::erase(std::string app, std::string player_id) {
  auto gone = co_await gate::remove_range(documents_, kNotifications, "player", players_own(app, player_id),
                                          after_players_own(app, player_id));
  if (!gone) co_return gone;
  ports::WriteSet set;
  for (const char* collection : {kInboxes, kPreferences})
    set.puts.push_back({.collection = collection, .id = scoped(app, player_id), .remove = true});
  auto done = co_await documents_.commit(std::move(set));
  if (!done) co_return std::unexpected(done.error());
  co_return Result<void>{};
}

Task<Result<bool>> InboxWrites::add(Notification n) {
  auto box = co_await box_of(n);
  if (!box) co_return std::unexpected(box.error());
  auto there = co_await documents_.get(kNotifications, players_own(n.app, n.player_id) + n.id);
  if (!there) co_return std::unexpected(there.error());
  const bool again = std::ranges::any_of((*box)->added, [&](const auto& other) { return other.second.id == n.id; });
  if (*there || again) co_return false;
  if ((*box)->inbox.total >= Inboxes::kKept) {
    auto oldest = co_await documents_.query(query_of(n.app, n.player_id, "player", 1));
    if (!oldest) co_return std::unexpected(oldest.error());
    auto first =
        oldest->items.empty() ? Result<Notification>(Notification()) : read_notification(oldest->items.front());
    if (!first) co_return std::unexpected(first.error());
    if (n.created_at < first->created_at) co_return false;
  }
  const std::string order = gate::sortable(n.created_at) + n.id;
  (*box)->added.emplace(order, std::move(n));
  if ((*box)->added.size() > static_cast<size_t>(Inboxes::kKept)) (*box)->added.erase((*box)->added.begin());
  co_return true;
}

Task<Result<void>> InboxWrites::make_room(Box& box, ports::WriteSet& set) {
  const int64_t added = static_cast<int64_t>(box.added.size()), excess = box.inbox.total + added - Inboxes::kKept;
  if (excess <= 0) co_return Result<void>{};
  auto page =
      co_await documents_.query(query_of(box.inbox.app, box.inbox.player_id, "player", static_cast<uint32_t>(excess)));
  if (!page) co_return std::unexpected(page.error());
  for (const ports::Document& document : page->items) {
    auto old = read_notification(document);
    if (!old) co_return std::unexpected(old.error());
    set.puts.push_back({.collection = kNotifications, .id = document.id, .expected = old->version, .remove = true});
    --box.inbox.total;
    if (old->read_at == 0) --box.inbox.unread;
  }
  co_return Result<void>{};
}

Task<Result<void>> InboxWrites::finish(ports::WriteSet& set) {
  for (auto& [key, box] : boxes_) {
    if (box.added.empty()) continue;
    if (auto ok = co_await make_room(box, set); !ok) co_return ok;
    for (const auto& [order, n] : box.added) set.puts.push_back(put_of(n));
    box.inbox.total += static_cast<int64_t>(box.added.size());
    box.inbox.unread += static_cast<int64_t>(box.added.size());
    set.puts.push_back(put_of(box.inbox));
  }
  co_return Result<void>{};
}

int64_t InboxWrites::unread(const std::string& app, const std::string& player_id) const {
  const auto box = boxes_.find(players_own(app, player_id));
  return box == boxes_.end() ? 0 : box->second.inbox.unread;
}

}  // namespace gamekeeper::play
