#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/task.h"
#include "ports/cache.h"

namespace gamekeeper::play {

struct LiveSession {
  std::string id;
  std::string player_id;  // the first of its players
  std::string status;
  int64_t rating = 0;     // that player's
  UnixMillis timestamp = 0;
};

struct LiveStats {
  int64_t current_rating = 0;
  uint64_t games_played = 0;
  double win_rate = 0;  // 0 to 1
};

/// Records for other programs, to be written after a commit: `sessions:{id}` {player_id, status, rating, timestamp} while a
/// session lives, `player:{id}:stats` {current_rating, games_played, win_rate}. Ids of players are unique in an app alone:
/// those of other apps than the plain one stand under `APP:player:{id}:stats`. Thread-safe. Never fails: what could not be
/// written is logged, and is right again with the next write.
class LiveKeys {
 public:
  /// `cache` must outlive it.
  LiveKeys(ports::Cache& cache, std::string plain_app) : cache_(cache), plain_app_(std::move(plain_app)) {}

  /// `keep_ms`: how long the session may be silent.
  Task<void> session(LiveSession session, int64_t keep_ms);
  Task<void> session_over(std::string id);
  Task<void> stats(std::string app, std::string player_id, LiveStats stats);

 private:
  ports::Cache& cache_;
  const std::string plain_app_;
};

}  // namespace gamekeeper::play
