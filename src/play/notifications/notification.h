#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ports/document_store.h"

namespace gamekeeper::play {

/// Something that a player is told, as it lies in their inbox.
struct Notification {
  std::string app, player_id, id;
  std::string type;  // match_found, message …: notification_type.h
  std::string title, body;  // in the player's language
  boost::json::object data;  // what it is about, for programs
  UnixMillis created_at = 0, read_at = 0;  // 0: not read
  int64_t number = 0;  // of the inbox, from 0, in the order in which they came
};

/// What a player's inbox holds: written with every notification that comes, goes or is read, so it is always exact. The
/// newest notifications lie in it; as soon as they are a sheet full they become a document of their own. So what comes
/// writes one document, and finds all of a sheet by the notification's number, without an index.
struct Inbox {
  static constexpr int64_t kSheet = 4;  // what with its keys still lies in one page of an embedded store

  std::string app, player_id;
  int64_t next = 0;  // the number that the next notification gets
  int64_t total = 0, unread = 0;  // it holds the numbers from first() to `next`
  UnixMillis newest = 0;  // the greatest time that it ever held
  UnixMillis newest_on_sheets = 0;
  std::vector<Notification> open;  // the sheet that is not full yet; some may be older than first()
  uint64_t version = 0;

  int64_t first() const { return next - total; }
  int64_t first_open() const { return next - static_cast<int64_t>(open.size()); }  // divisible by kSheet
  /// Full sheets that hold something: from, and the first behind them.
  int64_t first_sheet() const { return first() / kSheet; }
  int64_t after_sheets() const { return first_open() / kSheet; }
};

/// A full sheet: the numbers from page * Inbox::kSheet on.
struct InboxSheet {
  std::string app, player_id;
  int64_t page = 0;
  std::vector<Notification> items;
  uint64_t version = 0;
};

inline constexpr const char* kInboxes = "player_inboxes";
inline constexpr const char* kInboxSheets = "inbox_sheets";

/// The same notification has the same id whenever it is made: `about` is what tells it from others of its type.
std::string notification_id(std::string_view app, std::string_view player_id, std::string_view type,
                            std::string_view about);

/// Document ids and keys of a player's things begin so. Player ids may hold any character but control characters.
std::string players_own(std::string_view app, std::string_view player_id);
/// The first text after all that begin with players_own().
std::string after_players_own(std::string_view app, std::string_view player_id);

ports::Put put_of(const Inbox& inbox);
ports::Put put_of(const InboxSheet& sheet);
std::string sheet_id(std::string_view app, std::string_view player_id, int64_t page);
/// Errors: kCorrupt.
Result<Inbox> read_inbox(const ports::Document& document);
Result<InboxSheet> read_sheet(const ports::Document& document);

/// {id, type, title, body, data, created_at, read_at}, as players see it.
boost::json::object show(const Notification& notification);

}  // namespace gamekeeper::play
