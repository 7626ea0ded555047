#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "play/ratings/model.h"
#include "play/results/match_record.h"

namespace gamekeeper::play {

/// Who will win in one queue, by the core of play/ratings, which learns every applied match in order. It lives in memory,
/// and is made again from the matches. Thread-safe.
class Predictor {
 public:
  Predictor();

  /// The chance of each team to come first; they add up to 1. Players who are not known are newcomers. Deterministic:
  /// matches of equal players give equal chances.
  std::vector<double> predict(const std::vector<MatchTeam>& teams, UnixMillis at);
  /// The match becomes part of what is known. Matches come in the order in which they were applied; a void one or a reset only counts.
  void learn(const Match& match);
  /// The number of the last match that was learned; 0: none.
  uint64_t learned() const;
  void forget();

 private:
  /// A match as the models see it, its players and sides numbered.
  struct View {
    std::vector<ratings::Member> members;
    std::vector<ratings::Team> teams;
    ratings::Match match;
  };
  ratings::PlayerIndex number_of(std::string_view player, bool make);
  ratings::LabelIndex label_of(std::string_view side, bool make);
  const ratings::Match& see(const std::vector<MatchTeam>& teams, UnixMillis at, bool make);

  mutable std::mutex mutex_;
  ratings::Model model_;
  std::unordered_map<std::string, ratings::PlayerIndex> players_;  // 0 is kept for those who are not known
  std::unordered_map<std::string, ratings::LabelIndex> labels_;
  std::vector<double> strengths_;
  View view_;
  double last_day_ = -1e9;
  uint64_t learned_ = 0;
};

}  // namespace gamekeeper::play
