#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
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

/// How much an app may leave lying: whatever is reached first. Beyond, the oldest letters go.
struct DeadLetterLimits {
  uint64_t letters_max = 100'000;
  uint64_t bytes_max = uint64_t{256} << 20;  // of the events' texts
};

/// Refused events in the DocumentStore. A letter that was replayed, deleted or pushed out by newer ones is gone; a
/// number for each key remembers it, in the same commit, so that the ledger's count of refused events never shrinks.
///
/// The limits hold for what this process knows of: others that refuse events at the same time may go over them by what
/// they have added since they last counted. Safe from any thread.
class DeadLetters {
 public:
  explicit DeadLetters(ports::DocumentStore& store, DeadLetterLimits limits = {}, Metrics* metrics = nullptr);

  /// Durable when it returns.
  Task<Result<void>> add(const Principal& who, UnixMillis received_at, std::vector<Rejection> rejected);
  Task<Result<DeadLetterPage>> list(std::string app, uint32_t limit, std::string cursor);
  Task<Result<DeadLetter>> find(std::string app, std::string id);
  /// Replaces the event's text. Errors: kNotFound.
  Task<Result<DeadLetter>> mend(std::string app, std::string id, std::string event);
  /// Takes a letter away that was replayed or deleted. Errors: kNotFound.
  Task<Result<void>> close(std::string app, std::string id);

  /// Open letters of an app.
  Task<Result<uint64_t>> open_count(std::string app);
  /// All events ever refused for a key of an app.
  Task<Result<uint64_t>> refused(std::string app, std::string key);

 private:
  /// What an app has lying: counted when it is first needed, then kept up.
  struct Total {
    bool counted = false, tidying = false;
    uint64_t letters = 0, bytes = 0;
  };
  bool must_tidy(const std::string& app, uint64_t letters, uint64_t bytes);
  bool is_counted(const std::string& app);
  Task<Result<void>> tidy(const std::string& app);
  Task<Result<void>> count(const std::string& app);
  Task<Result<std::vector<DeadLetter>>> oldest(const std::string& app);
  /// Removes letters and adds them to the numbers of their keys, in one commit. Errors: kConflict when another was first.
  Task<Result<void>> remove(std::vector<DeadLetter> letters);
  Task<Result<uint64_t>> gone(std::string app, std::string key);

  ports::DocumentStore& store_;
  DeadLetterLimits limits_;
  prometheus::Counter* pushed_out_ = nullptr;
  std::mutex mutex_;
  std::map<std::string, Total> totals_;
};

}  // namespace gamekeeper::ingest
