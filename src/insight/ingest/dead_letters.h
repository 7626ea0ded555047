#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/principal.h"
#include "base/result.h"
#include "base/task.h"
#include "insight/ingest/decode.h"
#include "ports/document_store.h"

namespace gamekeeper::ingest {

/// An event that was refused, kept until somebody mends and replays it or deletes it.
struct DeadLetter {
  std::string id;
  std::string app;
  std::string key;
  bool server_key = false;
  UnixMillis received_at = 0;
  std::string code, detail, field;
  std::string event;  // its own text: usually JSON
  uint64_t version = 0;
};

struct DeadLetterPage {
  std::vector<DeadLetter> items;
  std::string next_cursor;
};

/// Refused events in the DocumentStore. A letter that was replayed or deleted leaves a tombstone, so that the ledger's
/// count of refused events never shrinks.
class DeadLetters {
 public:
  explicit DeadLetters(ports::DocumentStore& store) : store_(store) {}

  /// Durable when it returns.
  Task<Result<void>> add(const Principal& who, UnixMillis received_at, std::vector<Rejection> rejected);
  Task<Result<DeadLetterPage>> list(std::string app, uint32_t limit, std::string cursor);
  Task<Result<DeadLetter>> find(std::string app, std::string id);
  /// Replaces the event's text. Errors: kNotFound.
  Task<Result<DeadLetter>> mend(std::string app, std::string id, std::string event);
  /// Marks a letter as done (replayed or deleted). Errors: kNotFound.
  Task<Result<void>> close(std::string app, std::string id, std::string how);

  /// Open letters of an app.
  Task<Result<uint64_t>> open_count(std::string app);
  /// All events ever refused for a key of an app.
  Task<Result<uint64_t>> refused(std::string app, std::string key);

 private:
  ports::DocumentStore& store_;
};

}  // namespace gamekeeper::ingest
