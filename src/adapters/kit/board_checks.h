#pragma once

#include <span>

#include "ports/ranked_set.h"

namespace gamekeeper::adapters {

// What every RankedSet refuses before it looks at its board, and how it says so.

/// Errors: kInvalid `bad_member`, `score_out_of_range`, `time_out_of_range`.
Result<void> check_writes(std::span<const ports::ScoreWrite> writes);
/// Errors: kInvalid `bad_limit`.
Result<void> check_page(uint32_t limit);
Result<void> check_around(uint32_t each_way);

std::unexpected<Error> score_too_large();
std::unexpected<Error> other_rules();
std::unexpected<Error> not_on_board();

}  // namespace gamekeeper::adapters
