#include "adapters/kit/board_checks.h"

namespace gamekeeper::adapters {

using ports::ScoreWrite;

namespace {

constexpr UnixMillis kReachedMax = (UnixMillis{1} << 55) - 1;

Result<void> check_write(const ScoreWrite& write) {
  if (write.member.empty() || write.member.size() > ports::kBoardMemberBytesMax)
    return fail(ErrorKind::kInvalid, "bad_member", "A member's id has 1 to 256 bytes.", "member", "256");
  if (write.score > ports::kBoardScoreMax || write.score < -ports::kBoardScoreMax) return score_too_large();
  if (write.reached > kReachedMax || write.reached < -kReachedMax)
    return fail(ErrorKind::kInvalid, "time_out_of_range", "The time is not one that can be kept.", "reached");
  return {};
}

}  // namespace

Result<void> check_writes(std::span<const ScoreWrite> writes) {
  for (const ScoreWrite& write : writes) {
    if (auto ok = check_write(write); !ok) return ok;
  }
  return {};
}

Result<void> check_page(uint32_t limit) {
  if (limit <= ports::kBoardPageMax) return {};
  return fail(ErrorKind::kInvalid, "bad_limit", "A page has at most 1000 places.", "limit", "1000");
}

Result<void> check_around(uint32_t each_way) {
  if (each_way <= ports::kBoardPageMax / 2) return {};
  return fail(ErrorKind::kInvalid, "bad_limit", "At most 500 places on each side.", "each_way", "500");
}

std::unexpected<Error> score_too_large() {
  return fail(ErrorKind::kInvalid, "score_out_of_range", "A score, also a sum, lies within 2^53 of zero.", "score",
              "9007199254740992");
}

std::unexpected<Error> other_rules() {
  return fail(ErrorKind::kConflict, "board_rules", "The board is kept by another order or operator.", "board");
}

std::unexpected<Error> not_on_board() {
  return fail(ErrorKind::kNotFound, "not_on_board", "The member has no score on this board.", "member");
}

}  // namespace gamekeeper::adapters
