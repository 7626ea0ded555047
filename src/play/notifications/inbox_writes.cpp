#include "play/notifications/inbox_writes.h"

#include <algorithm>
#include <limits>

#include "gate/records.h"
#include "play/notifications/inboxes.h"

namespace gamekeeper::play {
namespace {

/// Takes a notification in; what fills a sheet makes it a document.
void take_in(Inbox& inbox, Notification n, ports::WriteSet& set) {
  n.number = inbox.next++;
  ++inbox.total;
  if (n.read_at == 0) ++inbox.unread;
  inbox.newest = std::max(inbox.newest, n.created_at);
  inbox.open.push_back(std::move(n));
  if (inbox.open.size() < Inbox::kSheet) return;
  for (const Notification& each : inbox.open)
    inbox.newest_on_sheets = std::max(inbox.newest_on_sheets, each.created_at);
  const int64_t page = inbox.open.front().number / Inbox::kSheet;
  ports::Put sheet =
      put_of(InboxSheet{.app = inbox.app, .player_id = inbox.player_id, .page = page, .items = std::move(inbox.open)});
  sheet.expected.reset();  // the inbox's own version says that nobody else has written it
  set.puts.push_back(std::move(sheet));
  inbox.open.clear();
}

/// How many of these before `until` are not read.
int64_t unread_before(const std::vector<Notification>& items, int64_t first, int64_t until) {
  return std::ranges::count_if(
      items, [=](const Notification& n) { return n.number >= first && n.number < until && n.read_at == 0; });
}

}  // namespace

void InboxWrites::know(Inbox inbox) {
  const std::string key = players_own(inbox.app, inbox.player_id);
  boxes_.try_emplace(key, Box{.inbox = std::move(inbox)});
}

Task<Result<InboxWrites::Box*>> InboxWrites::box_of(const Notification& n) {
  const std::string key = players_own(n.app, n.player_id);
  if (const auto known = boxes_.find(key); known != boxes_.end()) co_return &known->second;
  auto inbox = co_await load_inbox(documents_, n.app, n.player_id);
  if (!inbox) co_return std::unexpected(inbox.error());
  co_return &boxes_.emplace(key, Box{.inbox = std::move(*inbox)}).first->second;
}

Task<Result<bool>> InboxWrites::add(Notification n) {
  auto box = co_await box_of(n);
  if (!box) co_return std::unexpected(box.error());
  auto& added = (*box)->added;
  if (std::ranges::any_of(added, [&](const auto& other) { return other.second.id == n.id; })) co_return false;
  auto known = co_await had((*box)->inbox, n);
  if (!known) co_return std::unexpected(known.error());
  if (*known) co_return false;
  const std::string order = gate::sortable(n.created_at) + n.id;
  added.emplace(order, std::move(n));
  if (added.size() > static_cast<size_t>(Inboxes::kKept)) added.erase(added.begin());
  co_return true;
}

/// Whether it was told before. What comes a second time has the time that it had at first, so nearly everything is known
/// to be new by that alone.
Task<Result<bool>> InboxWrites::had(const Inbox& inbox, const Notification& n) {
  if (n.created_at > inbox.newest) co_return false;
  const auto is_it = [&](const Notification& other) { return other.number >= inbox.first() && other.id == n.id; };
  if (std::ranges::any_of(inbox.open, is_it)) co_return true;
  if (n.created_at > inbox.newest_on_sheets) co_return false;
  auto sheets = co_await load_sheets(documents_, inbox, inbox.first_sheet(), inbox.after_sheets());
  if (!sheets) co_return std::unexpected(sheets.error());
  UnixMillis oldest = std::numeric_limits<UnixMillis>::max();
  for (const InboxSheet& sheet : *sheets) {
    if (std::ranges::any_of(sheet.items, is_it)) co_return true;
    for (const Notification& each : sheet.items) {
      if (each.number >= inbox.first()) oldest = std::min(oldest, each.created_at);
    }
  }
  // It may have been here, and gone.
  co_return inbox.total >= Inboxes::kKept&& n.created_at < oldest;
}

Task<Result<void>> InboxWrites::make_room(Box& box, ports::WriteSet& set) {
  Inbox& inbox = box.inbox;
  const int64_t excess = inbox.total + static_cast<int64_t>(box.added.size()) - Inboxes::kKept;
  if (excess <= 0) co_return Result<void>{};
  const int64_t first = inbox.first(), until = first + excess;
  const int64_t last_sheet = std::min(inbox.after_sheets(), (until + Inbox::kSheet - 1) / Inbox::kSheet);
  auto sheets = co_await load_sheets(documents_, inbox, inbox.first_sheet(), last_sheet);
  if (!sheets) co_return std::unexpected(sheets.error());
  for (const InboxSheet& sheet : *sheets) {
    inbox.unread -= unread_before(sheet.items, first, until);
    if (sheet.items.back().number >= until) continue;
    ports::Put gone = put_of(sheet);
    gone.remove = true;
    set.puts.push_back(std::move(gone));
  }
  inbox.unread -= unread_before(inbox.open, first, until);
  inbox.total -= excess;
  co_return Result<void>{};
}

Task<Result<void>> InboxWrites::finish(ports::WriteSet& set) {
  for (auto& [key, box] : boxes_) {
    if (box.added.empty()) continue;
    if (auto ok = co_await make_room(box, set); !ok) co_return ok;
    for (auto& [order, n] : box.added) take_in(box.inbox, std::move(n), set);
    set.puts.push_back(put_of(box.inbox));
  }
  co_return Result<void>{};
}

int64_t InboxWrites::unread(const std::string& app, const std::string& player_id) const {
  const auto box = boxes_.find(players_own(app, player_id));
  return box == boxes_.end() ? 0 : box->second.inbox.unread;
}

}  // namespace gamekeeper::play
