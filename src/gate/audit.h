#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "ports/document_store.h"

namespace gamekeeper::gate {

/// The request that an act came by.
struct AskedBy {
  std::string request_id;
  std::string traceparent = {};  // W3C, of the span that serves it; may be empty
};

/// One act of an administrator, or of a player who ended their account.
struct Act {
  std::string id;
  UnixMillis at = 0;
  std::string actor, role, action, target, app;
  int status = 0;
  std::string request_id;
  std::string traceparent = {};  // for the line in the log; it is not kept
};

struct AuditPage {
  std::vector<Act> items;
  std::string next_cursor;
};

/// What was done, newest first. Acts are only ever added.
class Audit {
 public:
  explicit Audit(ports::DocumentStore& store) : store_(store) {}
  Task<Result<void>> write(Act act);
  /// For an act that is written in the write set of what it did: the put, and the line for the log once it is committed.
  static ports::Put put_of(const Act& act);
  static void say(const Act& act);
  /// Of one app, or of the whole house when `app` is empty.
  Task<Result<AuditPage>> list(uint32_t limit, std::string cursor, std::string app = {});

 private:
  ports::DocumentStore& store_;
};

}  // namespace gamekeeper::gate
