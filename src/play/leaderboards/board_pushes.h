#pragma once

#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/task.h"
#include "play/leaderboards/board.h"
#include "ports/broadcast.h"

namespace gamekeeper::play {

/// Tells who listens to a board of the places that changed on it: at most one `leaderboard_update` a board and flush(),
/// which is called a few times a second, so that a board that is written without a pause does not flood anyone.
/// {board, season, total, changes: [{player_id, rank, score}], more}; `more` counts changes beyond the first 100: who
/// shows a list reads it again. Thread-safe.
class BoardPushes {
 public:
  static constexpr size_t kChangesMax = 100;

  void note(const BoardRecord& board, const std::string& season, const std::vector<ports::Standing>& standings,
            uint64_t total);
  /// One caller.
  Task<void> flush(ports::Broadcast& broadcast);

 private:
  struct Pending {
    std::string app, board, season;
    uint64_t total = 0, more = 0;
    std::unordered_map<std::string, ports::Standing> changes;  // by player
  };
  std::mutex mutex_;
  std::unordered_map<std::string, Pending> pending_;  // by scoped board
};

}  // namespace gamekeeper::play
