#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "ports/ranked_set.h"

namespace gamekeeper::play {

/// How the ratings of a queue lie, from its board.
struct RatingSpread {
  static constexpr std::array<int, 5> kPercents{5, 25, 50, 75, 95};
  struct Bin {
    int64_t from = 0;  // inclusive; to the next one's, or `width` more
    uint64_t players = 0;
  };

  uint64_t players = 0;
  int64_t lowest = 0, highest = 0;
  int64_t width = 0;       // of a bin, in points
  std::vector<Bin> bins;   // ascending, without gaps; at most 32
  std::array<int64_t, kPercents.size()> percentiles{};  // so many of a hundred stand no higher
};

/// Exact, and a matter of the logarithm of the board's size: the places of the bins' edges are searched for. A board that
/// moves meanwhile moves a few players. Empty for a board without players. The board shows the highest first.
/// Errors: those of the board.
Task<Result<RatingSpread>> spread_of(ports::RankedSet& boards, ports::Board board);

}  // namespace gamekeeper::play
