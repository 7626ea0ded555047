#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"

namespace gamekeeper::ports {

inline constexpr int64_t kBoardScoreMax = int64_t{1} << 53;  // either way from 0: what a double holds exactly
inline constexpr size_t kBoardMemberBytesMax = 256;
inline constexpr uint32_t kBoardPageMax = 1000;

enum class BoardOrder : uint8_t { kHighFirst, kLowFirst };
/// What a new score does to the one that is there: the better of the two stays, the new one stays, they are added.
enum class BoardOperator : uint8_t { kBest, kLast, kSum };
/// Ranks of the scores 9 7 7 5: competition 1 2 2 4, dense 1 2 2 3, ordinal 1 2 3 4.
enum class BoardRanking : uint8_t { kCompetition, kDense, kOrdinal };

/// Names a board and says how it is kept. Order and operator belong to the board for its life; the ranking is only a way
/// to ask.
struct Board {
  std::string id;
  BoardOrder order = BoardOrder::kHighFirst;
  BoardOperator op = BoardOperator::kBest;
  BoardRanking ranking = BoardRanking::kCompetition;
};

struct ScoreWrite {
  std::string member;
  int64_t score = 0;
  UnixMillis reached = 0;  // when
};

/// One place on a board.
struct Standing {
  std::string member;
  int64_t score = 0;
  UnixMillis reached = 0;  // since when the member has had this score
  uint64_t rank = 0;  // by the board's ranking, from 1
  uint64_t position = 0;  // in the list, from 0
  double percentile = 0;  // 0 to 100: the share of the board whose score is no better
};

/// Scores in order, with exact ranks at any size. Derived: it can always be rebuilt from what it was written from.
///
/// The order is total and stable: the better score first; of equal ones the one that was reached first; of those the
/// member whose id comes first by bytes. A write that leaves a score as it is leaves its time, too.
/// Writes to one board take effect in the order in which they were acknowledged, and at once for all who ask later.
/// Safe from any thread. Errors of all: kInvalid (field), kConflict `board_rules` when order or operator are not those of
/// the board, kUnavailable. The full promise, as tests: tests/contract/ranked_set_contract.h.
class RankedSet {
 public:
  virtual ~RankedSet() = default;

  /// Writes one after another, making the board with the first; where each member stands afterwards, in their order. All
  /// or none: a member of no or over 256 bytes, or a score or sum over 2^53, refuses the whole. With kSum a repeated
  /// write counts again: who may have to repeat one keeps the sums and writes them with kLast.
  virtual Task<Result<std::vector<Standing>>> put(Board board, std::vector<ScoreWrite> writes) = 0;
  /// As put(), for who reads a board back from what it was written from: nobody asks where they stand, and a refusal may
  /// leave some of them written, so that an implementation may do many at once in the order that suits it. It may put
  /// off the ordering until somebody asks: whoever has filled a large board asks once before others do.
  virtual Task<Result<void>> fill(Board board, std::vector<ScoreWrite> writes) {
    constexpr size_t kAtOnce = 1000;
    for (size_t from = 0; from < writes.size(); from += kAtOnce) {
      const auto first = writes.begin() + static_cast<ptrdiff_t>(from);
      const auto n = static_cast<ptrdiff_t>(std::min(kAtOnce, writes.size() - from));
      auto standings = co_await put(board, std::vector<ScoreWrite>(first, first + n));
      if (!standings) co_return std::unexpected(standings.error());
    }
    co_return Result<void>();
  }
  /// Whether the member was there.
  virtual Task<Result<bool>> remove(Board board, std::string member) = 0;
  /// Where members stand, in the order asked; nothing for those who don't.
  virtual Task<Result<std::vector<std::optional<Standing>>>> find(Board board, std::vector<std::string> members) = 0;
  /// The standings from `position` on (from 0), at most `limit` (up to 1000).
  virtual Task<Result<std::vector<Standing>>> page(Board board, uint64_t position, uint32_t limit) = 0;
  /// The member and up to `each_way` (up to 500) on both sides; kNotFound `not_on_board` when it has no score.
  virtual Task<Result<std::vector<Standing>>> around(Board board, std::string member, uint32_t each_way) = 0;
  /// How many members the board has; 0 for one never written.
  virtual Task<Result<uint64_t>> count(Board board) = 0;
  /// Forgets the board, its rules too.
  virtual Task<Result<void>> drop(Board board) = 0;
};

}  // namespace gamekeeper::ports
