#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ports/document_store.h"

namespace gamekeeper::play {

/// applied: it moved ratings. pending: some of its players have reported it. disputed: they did not agree in time.
/// void: taken back; ratings are as if it had not been played.
enum class MatchStatus : uint8_t { kApplied, kPending, kDisputed, kVoid };

std::string_view name_of(MatchStatus status);
std::optional<MatchStatus> match_status_of(std::string_view name);

struct MatchPlayer {
  std::string id;
  std::optional<double> score;
  // Of an applied match: the shown rating, and the deviation afterwards.
  int64_t before = 0, after = 0;
  double deviation = 0;
};

struct MatchTeam {
  uint32_t rank = 1;  // 1 is best; equal ranks are a draw
  std::optional<double> score;
  std::string side;  // whatever else plays for the team and recurs: home, white, a faction; empty: nothing
  std::vector<MatchPlayer> players;
};

/// What somebody says of a match.
struct MatchResult {
  static constexpr size_t kTeamsMax = 100, kPlayersMax = 256;

  std::string match_id, queue, session_id;  // no session: empty
  std::optional<UnixMillis> time;  // nothing: the receipt
  std::vector<MatchTeam> teams;

  /// The same for results that say the same, in whatever order teams and players are listed. Without the match's id.
  std::string digest() const;
  bool has(std::string_view player_id) const;
};

/// One version of a match that players reported, and who stands to it.
struct ReportedResult {
  MatchResult result;
  std::vector<std::string> reporters;
};

struct Match {
  std::string app;
  MatchResult result;  // pending or disputed: the first that was reported
  MatchStatus status = MatchStatus::kPending;
  UnixMillis time = 0;  // when it was played
  UnixMillis received_at = 0;  // when it was first heard of
  UnixMillis settled_at = 0;  // when it was applied; 0: not yet
  uint64_t applied = 0;  // its number among the results of its queue, from 1; kept when it is taken back
  std::string digest;  // of the result
  std::vector<double>
      predicted;  // the chance of each team to come first, before the result was known; empty: not known
  std::vector<ReportedResult> reports;  // while pending or disputed
  UnixMillis deadline = 0;  // pending: when it is disputed; else 0
  std::string reason;  // why it was voided or corrected
  /// No match but a soft reset between two seasons, numbered like a result so that a replay meets it at its place: every
  /// rating keeps this share of its distance from a newcomer's. It has no teams.
  std::optional<double> reset_keep;
  uint64_t version = 0;

  size_t player_count() const;
};

inline constexpr const char* kMatches = "matches";

/// Every document of a queue's matches in `applied` order: index and key range.
inline constexpr const char* kMatchesByNumber = "applied";
std::string match_number_key(std::string_view app, std::string_view queue, uint64_t applied);
/// Prefix of the keys of a player's applied matches in a queue, index kMatchesByPlayer; it ends in a control character.
inline constexpr const char* kMatchesByPlayer = "player";
std::string player_matches_prefix(std::string_view app, std::string_view queue, std::string_view player_id);

/// Writes over the version that the record carries; 0: it must not exist yet.
ports::Put put_of(const Match& match);
/// Errors: kCorrupt.
Result<Match> read_match(const ports::Document& document);

}  // namespace gamekeeper::play
