#include "play/notifications/inboxes.h"

#include <algorithm>
#include <charconv>
#include <ranges>

#include "base/turns.h"
#include "gate/records.h"
#include "play/accounts/player.h"
#include "play/notifications/preferences.h"

namespace gamekeeper::play {
namespace {

constexpr int64_t kSheetsAtOnce = 16;

std::unexpected<Error> busy_inbox() {
  return fail(ErrorKind::kOverloaded, "overloaded", "This inbox is being changed by many at once; try again.");
}

/// The number before which a page goes on; at the first one the inbox's end.
Result<int64_t> before_of(const std::string& cursor, const Inbox& inbox) {
  if (cursor.empty()) return inbox.next;
  int64_t number = 0;
  const char* end = cursor.data() + cursor.size();
  const auto [ptr, error] = std::from_chars(cursor.data(), end, number);
  if (error != std::errc{} || ptr != end || number < 0)
    return fail(ErrorKind::kInvalid, "bad_cursor", "The cursor is not one of ours.", "cursor");
  return std::min(number, inbox.next);
}

/// Gathers a page from the newest down: one more than is wanted tells that there is another page.
struct Gathering {
  bool only_unread;
  size_t limit;
  int64_t before, first;  // numbers
  std::vector<Notification> items = {};

  bool is_full() const { return items.size() > limit; }
  void add(std::vector<Notification>& sheet) {
    for (Notification& n : std::views::reverse(sheet)) {
      if (n.number >= before || (only_unread && n.read_at != 0)) continue;
      if (n.number < first || is_full()) return;
      items.push_back(std::move(n));
    }
  }
};

/// How many it has marked.
int64_t mark_all(std::vector<Notification>& items, int64_t first, UnixMillis now) {
  int64_t marked = 0;
  for (Notification& n : items) {
    if (n.number < first || n.read_at != 0) continue;
    n.read_at = now;
    ++marked;
  }
  return marked;
}

Notification* find_in(std::vector<Notification>& items, int64_t first, const std::string& id) {
  const auto found = std::ranges::find(items, id, &Notification::id);
  return found == items.end() || found->number < first ? nullptr : &*found;
}

}  // namespace

Task<Result<Inbox>> load_inbox(ports::DocumentStore& documents, std::string app, std::string player_id) {
  auto found = co_await documents.get(kInboxes, scoped(app, player_id));
  if (!found) co_return std::unexpected(found.error());
  if (!*found) co_return Inbox{.app = std::move(app), .player_id = std::move(player_id)};
  co_return read_inbox(**found);
}

Task<Result<std::vector<InboxSheet>>> load_sheets(ports::DocumentStore& documents, const Inbox& inbox, int64_t from,
                                                  int64_t to) {
  std::vector<InboxSheet> out;
  std::vector<std::string> ids;
  for (int64_t page = from; page < to; ++page) ids.push_back(sheet_id(inbox.app, inbox.player_id, page));
  if (ids.empty()) co_return out;
  auto found = co_await documents.get_all(kInboxSheets, std::move(ids));
  if (!found) co_return std::unexpected(found.error());
  for (const auto& document : *found) {
    if (!document) continue;
    auto sheet = read_sheet(*document);
    if (!sheet) co_return std::unexpected(sheet.error());
    out.push_back(std::move(*sheet));
  }
  co_return out;
}

Task<Result<InboxPage>> Inboxes::list(std::string app, std::string player_id, bool only_unread, uint32_t limit,
                                      std::string cursor) {
  auto inbox = co_await load_inbox(documents_, std::move(app), std::move(player_id));
  if (!inbox) co_return std::unexpected(inbox.error());
  auto before = before_of(cursor, *inbox);
  if (!before) co_return std::unexpected(before.error());
  Gathering page{.only_unread = only_unread, .limit = limit, .before = *before, .first = inbox->first()};
  const int64_t lowest = inbox->first_sheet();
  int64_t to = std::min(inbox->after_sheets(), (*before + Inbox::kSheet - 1) / Inbox::kSheet);
  page.add(inbox->open);
  while (!page.is_full() && to > lowest) {
    const int64_t from = std::max(lowest, to - kSheetsAtOnce);
    auto sheets = co_await load_sheets(documents_, *inbox, from, to);
    if (!sheets) co_return std::unexpected(sheets.error());
    for (InboxSheet& sheet : std::views::reverse(*sheets)) page.add(sheet.items);
    to = from;
  }
  InboxPage out{.items = std::move(page.items), .next_cursor = {}, .unread = inbox->unread};
  if (out.items.size() > limit) {
    out.items.resize(limit);
    out.next_cursor = std::to_string(out.items.back().number);
  }
  co_return out;
}

Task<Result<Notification>> Inboxes::read(std::string app, std::string player_id, std::string id) {
  for (Turns turns; co_await turns.next();) {
    auto inbox = co_await load_inbox(documents_, app, player_id);
    if (!inbox) co_return std::unexpected(inbox.error());
    ports::WriteSet set;
    std::vector<InboxSheet> sheets;
    Notification* n = find_in(inbox->open, inbox->first(), id);
    if (!n) {
      auto loaded = co_await load_sheets(documents_, *inbox, inbox->first_sheet(), inbox->after_sheets());
      if (!loaded) co_return std::unexpected(loaded.error());
      sheets = std::move(*loaded);
    }
    const InboxSheet* on = nullptr;
    for (size_t i = 0; !n && i < sheets.size(); ++i) {
      n = find_in(sheets[i].items, inbox->first(), id);
      on = &sheets[i];
    }
    if (!n) co_return fail(ErrorKind::kNotFound, "not_found", "There is no such notification.", "id");
    if (n->read_at != 0) co_return std::move(*n);
    n->read_at = clock_.now_ms();
    --inbox->unread;
    if (on) set.puts.push_back(put_of(*on));
    set.puts.push_back(put_of(*inbox));
    auto done = co_await documents_.commit(std::move(set));
    if (done) co_return std::move(*n);
    if (!gate::is_conflict(done.error())) co_return std::unexpected(done.error());
  }
  co_return busy_inbox();
}

Task<Result<int64_t>> Inboxes::read_all(std::string app, std::string player_id) {
  for (Turns turns; co_await turns.next();) {
    auto inbox = co_await load_inbox(documents_, app, player_id);
    if (!inbox) co_return std::unexpected(inbox.error());
    if (inbox->unread == 0) co_return 0;
    auto sheets = co_await load_sheets(documents_, *inbox, inbox->first_sheet(), inbox->after_sheets());
    if (!sheets) co_return std::unexpected(sheets.error());
    const UnixMillis now = clock_.now_ms();
    ports::WriteSet set;
    int64_t marked = mark_all(inbox->open, inbox->first(), now);
    for (InboxSheet& sheet : *sheets) {
      const int64_t here = mark_all(sheet.items, inbox->first(), now);
      if (here != 0) set.puts.push_back(put_of(sheet));
      marked += here;
    }
    inbox->unread -= marked;
    set.puts.push_back(put_of(*inbox));
    auto done = co_await documents_.commit(std::move(set));
    if (done) co_return marked;
    if (!gate::is_conflict(done.error())) co_return std::unexpected(done.error());
  }
  co_return busy_inbox();
}

Task<Result<void>> Inboxes::erase(std::string app, std::string player_id) {
  for (Turns turns; co_await turns.next();) {
    auto inbox = co_await load_inbox(documents_, app, player_id);
    if (!inbox) co_return std::unexpected(inbox.error());
    ports::WriteSet set;
    if (inbox->version != 0) {
      ports::Put box = put_of(*inbox);
      box.remove = true;
      set.puts.push_back(std::move(box));
    }
    set.puts.push_back({.collection = kPreferences, .id = scoped(app, player_id), .remove = true});
    for (int64_t page = inbox->first_sheet(); page < inbox->after_sheets(); ++page)
      set.puts.push_back({.collection = kInboxSheets, .id = sheet_id(app, player_id, page), .remove = true});
    auto done = co_await documents_.commit(std::move(set));
    if (done) co_return Result<void>{};
    if (!gate::is_conflict(done.error())) co_return std::unexpected(done.error());
  }
  co_return busy_inbox();
}

}  // namespace gamekeeper::play
