#pragma once

#include <string>
#include <vector>

#include "adapters/redis/script.h"
#include "ports/ranked_set.h"

namespace gamekeeper::adapters::redis {

// A board stands under four keys of one hash slot. A *value* is a score with its sign turned where high is first: the
// smaller the better. Equal values stand by the bytes of the place, which begins with the time.
//
//   order     sorted set   place = 16 hex digits of the time, ":", member  → value
//   members   hash         member → value, " ", 16 hex digits
//   values    sorted set   each value there is, once  → value
//   counts    hash         value → how many members have it; also "rules" and nothing else beside numbers
std::vector<std::string> board_keys(const std::string& board);

/// "high best"
std::string rules_of(const ports::Board& board);
/// So that texts stand in the order of the times.
std::string hex_of(UnixMillis reached);
UnixMillis time_of(std::string_view hex);

// All take the rules first and refuse others (`board_rules`). A standing is {member, value, hex, position, better, distinct
// better}, the last three numbers; lists begin with the board's size.
const Script& put_script();  // operator, then value, hex and member of each write → size, standings
const Script& find_script();  // members → size, standings or nothing
const Script& page_script();  // position, limit → size, standings
const Script& around_script();  // member, each way → size, standings; nothing when it is not there
const Script& remove_script();  // member → 1 or 0
const Script& count_script();  // → size

}  // namespace gamekeeper::adapters::redis
