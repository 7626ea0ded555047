#pragma once

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

  /// kInvalid `bad_cursor`.
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

/// What lies in a player's inbox. Errors: those of the store, kCorrupt.
Task<Result<Inbox>> load_inbox(ports::DocumentStore& documents, std::string app, std::string player_id);
/// The full sheets `from` to before `to` of an inbox, in order; without those that have gone since it was read.
Task<Result<std::vector<InboxSheet>>> load_sheets(ports::DocumentStore& documents, const Inbox& inbox, int64_t from,
                                                  int64_t to);

}  // namespace gamekeeper::play
