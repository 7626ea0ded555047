#pragma once

#include <string>

#include "net/http.h"
#include "play/leaderboards/leaderboards.h"

namespace gamekeeper::play {

/// Leaderboards as JSON. Errors of what is read: kInvalid, naming the field.
Result<NewBoard> new_board_of(const net::Request& request);
Result<BoardChange> board_change_of(const net::Request& request);
Result<int64_t> score_of(const net::Request& request);

std::string show(const BoardRecord& board);
std::string show(const BoardRows& rows);
/// {"player_id","username"?,"rank","score","percentile","total","reached_at","season","items"?}
std::string show(const BoardAround& around, bool with_neighbours);
std::string show(const std::string& player, const Placed& placed);
std::string show(const SeasonPage& seasons);

}  // namespace gamekeeper::play
