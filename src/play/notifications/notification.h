#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <string_view>

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
  uint64_t version = 0;
};

/// What a player's inbox holds: written with every notification that comes, goes or is read, so it is always exact.
struct Inbox {
  std::string app, player_id;
  int64_t total = 0, unread = 0;
  uint64_t version = 0;
};

inline constexpr const char* kNotifications = "notifications";
inline constexpr const char* kInboxes = "inboxes";

/// The same notification has the same id whenever it is made: `about` is what tells it from others of its type.
std::string notification_id(std::string_view app, std::string_view player_id, std::string_view type,
                            std::string_view about);

/// Document ids and keys of a player's things begin so. Player ids may hold any character but control characters.
std::string players_own(std::string_view app, std::string_view player_id);
/// The first text after all that begin with players_own().
std::string after_players_own(std::string_view app, std::string_view player_id);

ports::Put put_of(const Notification& notification);
ports::Put put_of(const Inbox& inbox);
/// Errors: kCorrupt.
Result<Notification> read_notification(const ports::Document& document);
Result<Inbox> read_inbox(const ports::Document& document);

/// {id, type, title, body, data, created_at, read_at}, as players see it.
boost::json::object show(const Notification& notification);

}  // namespace gamekeeper::play
