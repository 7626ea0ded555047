#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "play/notifications/notification.h"
#include "ports/document_store.h"

namespace gamekeeper::play {

struct InboxPage {
  std::vector<Notification> items;  // newest first
  std::string next_cursor;
  int64_t unread = 0;
};

/// Players' inboxes as they use them. Thread-safe. Errors: those of the store, kOverloaded when too many change one inbox
/// at once, and:
class Inboxes {
 public:
  static constexpr int64_t kKept = 500;  // a player; beyond, the oldest go

  Inboxes(ports::DocumentStore& documents, const Clock& clock) : documents_(documents), clock_(clock) {}

  Task<Result<InboxPage>> list(std::string app, std::string player_id, bool only_unread, uint32_t limit,
                               std::string cursor);
  /// Marks it as read; repeating is harmless. kNotFound.
  Task<Result<Notification>> read(std::string app, std::string player_id, std::string id);
  /// How many were not read before.
  Task<Result<int64_t>> read_all(std::string app, std::string player_id);
  /// The whole inbox, and what the player wanted to be told of.
  Task<Result<void>> erase(std::string app, std::string player_id);

 private:
  ports::DocumentStore& documents_;
  const Clock& clock_;
};

/// Notifications that one write set puts into inboxes, with exact counts. Used by one coroutine.
class InboxWrites {
 public:
  explicit InboxWrites(ports::DocumentStore& documents) : documents_(documents) {}

  /// False when it is there already, or is older than all that a full inbox keeps.
  Task<Result<bool>> add(Notification notification);
  /// Puts it all into `set`. Its commit fails with kConflict when an inbox has changed since: then all of it is to be made
  /// anew, with another InboxWrites.
  Task<Result<void>> finish(ports::WriteSet& set);
  /// After finish().
  int64_t unread(const std::string& app, const std::string& player_id) const;

 private:
  struct Box {
    Inbox inbox;
    std::map<std::string, Notification> added;  // by the key that orders them
  };
  Task<Result<Box*>> box_of(const Notification& notification);
  Task<Result<void>> make_room(Box& box, ports::WriteSet& set);

  ports::DocumentStore& documents_;
  std::map<std::string, Box> boxes_;  // by players_own()
};

/// What lies in a player's inbox. Errors: those of the store.
Task<Result<Inbox>> load_inbox(ports::DocumentStore& documents, std::string app, std::string player_id);

}  // namespace gamekeeper::play
