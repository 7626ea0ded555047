#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "play/leaderboards/season.h"
#include "ports/document_store.h"
#include "ports/ranked_set.h"

namespace gamekeeper::play {

/// What a game says of a leaderboard. The rules that give scores their meaning (order, operator, seasons) are fixed; the
/// way of counting ranks, who may write and which scores are believed may change.
struct BoardRecord {
  static constexpr size_t kIdMax = 128;

  std::string app, id;
  std::string uid;  // what its scores lie under: a board made again under an old id begins empty
  ports::BoardOrder order = ports::BoardOrder::kHighFirst;
  ports::BoardOperator op = ports::BoardOperator::kBest;
  ports::BoardRanking ranking = ports::BoardRanking::kCompetition;
  std::optional<SeasonRule> seasons;
  Season season;  // the one that was under way when the document was written; moved on by the sweep
  int64_t score_min = -ports::kBoardScoreMax, score_max = ports::kBoardScoreMax;  // of what a write may say
  bool client_writes = false;  // players write their own scores
  UnixMillis created_at = 0;  // 0: nobody made it, it is the ranking of a queue
  uint64_t version = 0;
};

std::string_view name_of(ports::BoardOrder order);  // high_first, low_first
std::string_view name_of(ports::BoardOperator op);  // best, last, sum
std::string_view name_of(ports::BoardRanking ranking);  // competition, dense, ordinal
std::optional<ports::BoardOrder> order_of(std::string_view name);
std::optional<ports::BoardOperator> operator_of(std::string_view name);
std::optional<ports::BoardRanking> ranking_of(std::string_view name);

/// 1 to 128 letters, digits and _ . : -, the first a letter or a digit. Errors: kInvalid `bad_id`.
Result<void> check_board_id(std::string_view id);
bool is_queue_board(std::string_view id);

/// A season that is over, as it ended.
struct EndedSeason {
  std::string app, uid;
  Season season;
  uint64_t players = 0;
  UnixMillis ended_at = 0;  // when it was closed
};

inline constexpr const char* kBoards = "boards";
inline constexpr const char* kBoardSeasons = "board_seasons";
inline constexpr const char* kBoardScores = "board_scores";
inline constexpr const char* kBoardRemovals = "board_removals";

ports::Put put_of(const BoardRecord& board);
/// Errors: kCorrupt.
Result<BoardRecord> read_board(const ports::Document& document);
ports::Put put_of(const EndedSeason& ended);
Result<EndedSeason> read_ended_season(const ports::Document& document);

/// What all scores of a board, and of one of its seasons, have in front of their documents' ids. `season` is empty for a
/// board without seasons.
std::string scores_of_board(const BoardRecord& board);
std::string scores_of_season(const BoardRecord& board, std::string_view season);

}  // namespace gamekeeper::play
