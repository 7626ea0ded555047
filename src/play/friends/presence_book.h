#pragma once

#include <compare>
#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace gamekeeper::play {

struct PlayerName {
  std::string app, player_id;
  auto operator<=>(const PlayerName&) const = default;
};

/// Whose sockets this process has, what of that is not in the store yet, and of whom there is news to tell. Thread-safe;
/// nothing in it waits. Who comes is due at once; who goes is due after a while, so that a client that only connects anew
/// does not go and come for all friends to see.
class PresenceBook {
 public:
  static constexpr size_t kNotedMax = 20'000;

  explicit PresenceBook(int64_t linger_ms) : linger_ms_(linger_ms) {}

  void arrive(const PlayerName& who);
  void leave(const PlayerName& who, UnixMillis now);
  /// There is news of the player that is told once the store says the same. More than kNotedMax at once are not told: who
  /// asks reads it.
  void note(const PlayerName& who);

  /// A seat to be written or taken away.
  struct Due {
    PlayerName who;
    bool seated = false;
    UnixMillis at = 0;  // when they left
  };
  /// At most `max` that are due, which count as written from then on.
  std::vector<Due> take_due(UnixMillis now, size_t max);
  /// It could not be written.
  void put_back(const Due& due);
  std::vector<PlayerName> take_noted(size_t max);

  /// What was written is gone: all who are here are due again.
  void forget_written();
  /// Those with a written seat, all of whom leave: the process ends.
  std::vector<Due> take_all(UnixMillis now);
  bool is_here(const PlayerName& who) const;
  bool is_empty() const;

 private:
  struct Entry {
    size_t sockets = 0;
    UnixMillis left_at = 0;
    bool is_written = false;
  };
  mutable std::mutex mutex_;
  const int64_t linger_ms_;
  std::map<PlayerName, Entry> here_;
  std::deque<PlayerName> came_;
  std::deque<std::pair<UnixMillis, PlayerName>> went_;
  std::set<PlayerName> noted_;
};

}  // namespace gamekeeper::play
