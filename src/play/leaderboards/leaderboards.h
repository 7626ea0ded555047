#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "net/conditions.h"
#include "play/accounts/record_page.h"
#include "play/accounts/usernames.h"
#include "play/leaderboards/board_place.h"
#include "play/leaderboards/live_boards.h"

namespace gamekeeper::play {

struct NewBoard {
  std::string id;
  ports::BoardOrder order = ports::BoardOrder::kHighFirst;
  ports::BoardOperator op = ports::BoardOperator::kBest;
  ports::BoardRanking ranking = ports::BoardRanking::kCompetition;
  std::optional<SeasonRule> seasons;  // an empty time zone is the app's
  int64_t score_min = -ports::kBoardScoreMax, score_max = ports::kBoardScoreMax;
  bool client_writes = false;
};

/// What may change of a board.
struct BoardChange {
  std::optional<ports::BoardRanking> ranking;
  std::optional<int64_t> score_min, score_max;
  std::optional<bool> client_writes;
};

using BoardPage = RecordPage<BoardRecord>;

/// A place on a board as people read it.
struct BoardRow {
  std::string player_id, username;
  int64_t score = 0;
  uint64_t rank = 0;
  double percentile = 0;
  UnixMillis reached_at = 0;
};

struct BoardRows {
  std::vector<BoardRow> items;
  uint64_t total = 0;
  std::string season;  // its id; empty for a board without
  std::string next_cursor = {};
};

/// A player's place, and who stands around it.
struct BoardAround {
  BoardRow player;
  BoardRows rows;
};

struct ScoreToWrite {
  std::string player;
  int64_t score = 0;
  UnixMillis received_at = 0;
  std::string repeat = {};  // what tells a repeat of a sum: a digest of who writes and the Idempotency-Key
};

struct SeasonPage {
  std::optional<Season> current;
  std::vector<EndedSeason> ended;  // newest first
  std::string next_cursor;
};

/// What leaderboards ask others.
struct LeaderboardSources {
  std::function<std::string(const std::string& app)> timezone_of;
  /// Whether the ranking of a queue is whole: not for a while after a start. Empty: always.
  std::function<bool(const std::string& app, const std::string& queue)> is_queue_whole = {};
  /// A player's friends. Empty: nobody has any. Errors: the store's.
  std::function<Task<Result<std::vector<std::string>>>(std::string app, std::string player)> friends_of = {};
  /// The queues of an app in which something was played, by name. Empty: none. Errors: the store's, kInvalid `bad_cursor`.
  std::function<Task<Result<RecordPage<std::string>>>(std::string app, uint32_t limit, std::string cursor)> queues_of =
      {};
};

/// Leaderboards: made and written by game servers, read by all. Boards `queue:…` are the rankings of the queues, which
/// results write. Thread-safe. Errors: those of the stores, kOverloaded `rebuilding` while a board is being read after a
/// start, kNotFound for a board that isn't there, and:
class Leaderboards {
 public:
  static constexpr uint64_t kBoardsMax = 1'000;  // of an app

  Leaderboards(LiveBoards& boards, ports::DocumentStore& documents, ports::RankedSet& ranked, const Clock& clock,
               LeaderboardSources sources);

  /// kInvalid (field), kConflict `exists`, `too_many_boards`.
  Task<Result<BoardRecord>> create(std::string app, NewBoard wanted);
  /// kInvalid, kStale when `if_match` is not the present version.
  Task<Result<BoardRecord>> change(std::string app, std::string id, BoardChange change, net::IfMatch if_match);
  /// With all its scores, of all seasons.
  Task<Result<void>> remove(std::string app, std::string id);
  /// Those that were made, newest first; then the rankings of the queues, by name. kInvalid `bad_cursor`.
  Task<Result<BoardPage>> list(std::string app, uint32_t limit, std::string cursor);
  Task<Result<LiveBoards::Record>> find(std::string app, std::string id);

  /// The score counts for the season of its receipt. kInvalid, kConflict `queue_board`.
  Task<Result<Placed>> write(std::string app, std::string id, ScoreToWrite score);
  /// kNotFound `not_on_board`; kConflict `queue_board`.
  Task<Result<void>> remove_score(std::string app, std::string id, std::string season, std::string player);

  /// `season`: an id, or empty for the one that is under way. kNotFound `no_such_season`; kInvalid `bad_cursor`.
  Task<Result<BoardRows>> rows(std::string app, std::string id, std::string season, uint32_t limit, std::string cursor);
  /// Those of the players who are on the board, in its order.
  Task<Result<BoardRows>> rows_of(std::string app, std::string id, std::string season,
                                  std::vector<std::string> players);
  /// The same of the player and their friends.
  Task<Result<BoardRows>> rows_of_friends(std::string app, std::string id, std::string season, std::string player);
  /// kNotFound `not_on_board`.
  Task<Result<BoardAround>> around(std::string app, std::string id, std::string season, std::string player,
                                   uint32_t each_way);
  /// kInvalid `bad_cursor`.
  Task<Result<SeasonPage>> seasons(std::string app, std::string id, uint32_t limit, std::string cursor);

 private:
  /// A board's scores as they are read: held while that goes on.
  struct View {
    std::string app;
    ports::Board board;
    std::string season;
    int64_t reached_per_ms = 1000;
    std::optional<SeasonScores::Use> use;  // none: a queue's
  };
  Task<Result<void>> add_queue_boards(std::string app, uint32_t limit, std::string cursor, BoardPage& out);
  Task<Result<View>> view(std::string app, std::string id, std::string season);
  Task<Result<std::string>> season_named(LiveBoards::Record record, std::string season);
  Task<Result<void>> add_rows(const View& view, std::vector<ports::Standing> standings, BoardRows& out);

  LiveBoards& boards_;
  ports::DocumentStore& documents_;
  ports::RankedSet& ranked_;
  const Clock& clock_;
  LeaderboardSources sources_;
  Usernames usernames_;
};

}  // namespace gamekeeper::play
