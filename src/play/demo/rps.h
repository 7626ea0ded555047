#pragma once

#include <array>
#include <boost/json/object.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace gamekeeper::play {

enum class RpsHand : uint8_t { kRock, kPaper, kScissors };
enum class RpsEnd : uint8_t { kNot, kPlayed, kResigned, kAway };

std::string_view name_of(RpsHand hand);
std::optional<RpsHand> hand_of(std::string_view name);

/// A match of rock-paper-scissors, first to two rounds, as both players may see it: it lies in the session's state. Seats
/// are places in the session's list of players.
struct RpsGame {
  static constexpr int kWinsNeeded = 2, kRoundsMax = 100;
  static constexpr int64_t kPatienceMs = 30'000;

  struct Round {
    std::array<RpsHand, 2> hands{};
    std::optional<size_t> winner;  // nothing: a draw
  };
  int round = 1;
  std::array<int, 2> wins{};
  std::array<bool, 2> chosen{};
  std::vector<Round> rounds;
  std::optional<size_t> winner;
  RpsEnd end = RpsEnd::kNot;
  UnixMillis claim_at = 0;  // from when who has chosen may take the win; 0: both or none have

  bool is_over() const { return end != RpsEnd::kNot; }
};

/// What was chosen in the round under way. Kept apart from the game: nobody sees it before both have chosen.
struct RpsTable {
  int round = 1;
  std::array<std::optional<RpsHand>, 2> hands{};
};

/// Puts a hand on the table of this round. The same again is harmless. Errors: kConflict `match_over`, `other_round`,
/// `already_chosen`.
Result<void> choose(const RpsGame& game, RpsTable& table, size_t seat, int round, RpsHand hand);
/// Brings the game up to what lies on the table: who has chosen, and once both have, who won the round and perhaps the
/// match. After kRoundsMax rounds the match is a draw.
void play_round(RpsGame& game, const RpsTable& table, UnixMillis now);
/// Errors: kConflict `match_over`.
Result<void> resign(RpsGame& game, size_t seat);
/// The win, for who has chosen while the other stayed away. Errors: kConflict `match_over`, `not_yet`.
Result<void> claim(RpsGame& game, size_t seat, UnixMillis now);

boost::json::object show(const RpsGame& game);
/// Errors: kCorrupt.
Result<RpsGame> read_game(const boost::json::object& state);

}  // namespace gamekeeper::play
