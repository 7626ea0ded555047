#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/task.h"
#include "play/notifications/notification.h"
#include "ports/document_store.h"

namespace gamekeeper::play {

/// Notifications that one write set puts into inboxes, with exact counts. Used by one coroutine.
class InboxWrites {
 public:
  explicit InboxWrites(ports::DocumentStore& documents) : documents_(documents) {}

  /// Takes over inboxes as they were read: add() need not read them.
  void know(Inbox inbox);
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
    std::map<std::string, Notification> added = {};  // by the key that orders them
  };
  Task<Result<Box*>> box_of(const Notification& notification);
  Task<Result<bool>> had(const Inbox& inbox, const Notification& notification);
  Task<Result<void>> make_room(Box& box, ports::WriteSet& set);

  ports::DocumentStore& documents_;
  std::map<std::string, Box> boxes_;  // by players_own()
};

}  // namespace gamekeeper::play
