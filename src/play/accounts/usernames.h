#pragma once

#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "ports/document_store.h"

namespace gamekeeper::play {

/// Names of players to show beside their ids; may be a minute old. Bounded, thread-safe.
class Usernames {
 public:
  static constexpr int64_t kFreshMs = 60'000;
  static constexpr size_t kKept = 50'000;  // twice as many at most

  Usernames(ports::DocumentStore& documents, const Clock& clock) : documents_(documents), clock_(clock) {}

  /// In the order asked; empty for who has none or isn't known. Errors: the store's.
  Task<Result<std::vector<std::string>>> of(std::string app, std::vector<std::string> players);

 private:
  struct Name {
    std::string text;
    UnixMillis read = 0;
  };
  using Names = std::unordered_map<std::string, Name>;
  bool recall(const std::string& id, UnixMillis now, std::string& out);
  void keep(std::string id, Name name);

  ports::DocumentStore& documents_;
  const Clock& clock_;
  std::mutex mutex_;
  Names young_, old_;  // when the young are too many they become the old, and the old are forgotten
};

}  // namespace gamekeeper::play
