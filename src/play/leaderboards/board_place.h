#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ports/ranked_set.h"

namespace gamekeeper::play {

/// A place in a board's order that stays one when scores change: behind this standing. As text it is the cursor of a list.
struct BoardPlace {
  int64_t score = 0, reached = 0;
  std::string member;
};

std::string to_text(const BoardPlace& place);  // URL-safe
std::optional<BoardPlace> read_place(std::string_view text);

/// The position of the first standing behind `place`, whether or not who stood there still does. Errors: the ranked set's.
Task<Result<uint64_t>> position_behind(ports::RankedSet& ranked, ports::Board board, BoardPlace place);

}  // namespace gamekeeper::play
