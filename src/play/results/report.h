#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "play/results/match_record.h"

namespace gamekeeper::play {

/// The body of POST /matches/result, in either of its forms: {match_id, session_id?, queue?, time?, teams:[{players, rank,
/// score?, side?}]}, where a player is an id or {player_id, score?}; or {match_id?, queue?, session_id?, time?, player_id,
/// opponent_id, outcome: win|loss|draw}. `id_if_absent` stands for an absent match_id of the second form; empty: there is
/// none. Errors: kInvalid, naming the field.
Result<MatchResult> read_report(const boost::json::object& body, std::string_view id_if_absent, UnixMillis now);
/// The same without a match_id: of a match that is known already.
Result<MatchResult> read_correction(const boost::json::object& body, std::string match_id, UnixMillis now);

/// Whether a version that players reported is settled: all players of all teams but one stand to it, and players of at least
/// two teams, so that nobody decides a duel alone.
bool is_agreed(const ReportedResult& version);
/// Whether all players of all versions have reported.
bool all_have_spoken(const Match& match);

}  // namespace gamekeeper::play
