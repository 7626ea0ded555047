#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace gamekeeper::play {

/// A party (or a single player) that is to stand in one team.
struct Party {
  uint32_t id = 0;
  int size = 1;
  double rating = 0;  // mean of its members
};

/// Finds out, party by party, when those seen so far can fill `teams` teams of `team_size` with none split. Parties of
/// two and more are placed; singles fill what is left. The first party must be in it.
class TeamFiller {
 public:
  TeamFiller(int teams, int team_size) : teams_(teams), team_size_(team_size) {}

  /// Whether the teams can be filled now. The earlier a party came, the sooner it is taken.
  bool add(const Party& party);
  /// The parties that fill the teams; once add() has said yes.
  std::vector<Party> chosen() const;

 private:
  static constexpr size_t kStatesMax = 256;
  struct State {
    std::vector<int> fill;  // players by team, fullest first: teams have no names yet
    int room = 0;
    size_t before = 0;  // the state that `party` was added to; itself: the empty one
    uint32_t party = 0;
  };
  bool is_complete(const State& state) const;
  void place(size_t state, uint32_t party);

  const int teams_, team_size_;
  std::vector<Party> seen_;
  std::vector<uint32_t> singles_;
  std::vector<State> states_;
  size_t complete_ = 0;
};

/// Splits parties that fill the teams exactly so that the difference between the strongest and the weakest team (sums of
/// ratings) is as small as can be found in a bounded search, exact for up to some fifteen singles. Numbers of `parties`
/// by team; nothing when no split was found.
std::vector<std::vector<uint32_t>> split_evenly(std::span<const Party> parties, int teams, int team_size);

}  // namespace gamekeeper::play
