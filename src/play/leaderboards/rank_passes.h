#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "play/accounts/usernames.h"
#include "play/leaderboards/board.h"
#include "ports/document_store.h"
#include "ports/ranked_set.h"

namespace gamekeeper::play {

/// A board as people and as the ranked set know it.
struct WatchedBoard {
  std::string app, id, season;  // the season's id; empty for a board without
  ports::Board board;
};
WatchedBoard watched(const BoardRecord& board, const std::string& season);
WatchedBoard watched_queue(const std::string& app, const std::string& queue);

/// Says on the log who was passed on a board by whom (`leaderboard.rank_passed`), which notifications tell them: friends of
/// who passes, wherever they stand, and whoever stood in the first hundred. Scores are noted as they are written and looked at by
/// run_once(), about once a second, a bounded number of them: in a storm of scores some passes are not told. A player is
/// told at most once an hour of a board, and of kBoardsAnHour boards. Thread-safe but for run_once().
class RankPasses {
 public:
  static constexpr size_t kMovesMax = 200;  // looked at, a call of run_once()
  static constexpr uint64_t kTop = 100;
  static constexpr size_t kBoardsAnHour = 3;

  using FriendsOf = std::function<Task<Result<std::vector<std::string>>>(std::string app, std::string player)>;

  RankPasses(ports::DocumentStore& documents, ports::RankedSet& ranked, const Clock& clock, Usernames& usernames,
             FriendsOf friends_of)
      : documents_(documents),
        ranked_(ranked),
        clock_(clock),
        usernames_(usernames),
        friends_of_(std::move(friends_of)) {}

  /// The player's score is `now`; it was `before`, or there was none.
  void note(const WatchedBoard& board, const std::string& player, std::optional<int64_t> before, int64_t now);
  /// The same of several: where they stand, and where they stood, if they did.
  void note(const WatchedBoard& board, const std::vector<ports::Standing>& now,
            const std::vector<std::optional<ports::Standing>>& before);
  /// Errors: those of the stores.
  Task<Result<void>> run_once();

 private:
  struct Moves {
    WatchedBoard board;
    std::map<std::string, std::optional<int64_t>> before;  // by player: the score before the first of their moves
  };
  using Standings = std::vector<ports::Standing>;
  Task<Result<void>> look(const WatchedBoard& board, std::string player, std::optional<int64_t> before);
  Task<Result<Standings>> behind(const WatchedBoard& board, const ports::Standing& mover);
  bool may_tell(const WatchedBoard& board, const std::string& player, UnixMillis now);

  ports::DocumentStore& documents_;
  ports::RankedSet& ranked_;
  const Clock& clock_;
  Usernames& usernames_;
  const FriendsOf friends_of_;
  std::mutex mutex_;
  size_t noted_ = 0;
  std::map<std::string, Moves> moves_;  // by the ranked set's name of the board
  int64_t hour_ = 0;
  std::unordered_map<std::string, std::vector<std::string>> told_;  // players, and the boards they heard of this hour
};

}  // namespace gamekeeper::play
