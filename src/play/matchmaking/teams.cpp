#include "play/matchmaking/teams.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace gamekeeper::play {
namespace {

constexpr int kStepsMax = 20'000;

/// Places one party after another, the team that needs rating most first, and goes back as long as it may.
class Splitter {
 public:
  Splitter(std::span<const Party> parties, int teams, int team_size)
      : parties_(parties), room_(static_cast<size_t>(teams), team_size), sum_(static_cast<size_t>(teams), 0.0) {
    order_.resize(parties.size());
    std::iota(order_.begin(), order_.end(), 0u);
    std::ranges::stable_sort(order_, [&](uint32_t a, uint32_t b) {
      const Party &x = parties_[a], &y = parties_[b];
      return x.size != y.size ? x.size > y.size : x.rating > y.rating;
    });
    team_of_.resize(parties.size());
  }

  std::vector<std::vector<uint32_t>> run() {
    place(0);
    std::vector<std::vector<uint32_t>> out;
    if (best_.empty()) return out;
    out.resize(room_.size());
    for (uint32_t p = 0; p < best_.size(); ++p) out[best_[p]].push_back(p);
    return out;
  }

 private:
  void place(size_t n) {
    if (n == order_.size()) return keep();
    const Party& party = parties_[order_[n]];
    std::vector<uint32_t> teams(room_.size());
    std::iota(teams.begin(), teams.end(), 0u);
    std::ranges::stable_sort(teams, {}, [&](uint32_t t) { return sum_[t]; });
    for (size_t i = 0; i < teams.size(); ++i) {
      const uint32_t t = teams[i];
      if (room_[t] < party.size || is_twin_of_earlier(teams, i)) continue;
      if (++steps_ > kStepsMax || spread_ == 0) return;
      room_[t] -= party.size, sum_[t] += party.size * party.rating;
      team_of_[order_[n]] = t;
      place(n + 1);
      room_[t] += party.size, sum_[t] -= party.size * party.rating;
    }
  }

  /// A team like one that was tried already leads to the same splits.
  bool is_twin_of_earlier(const std::vector<uint32_t>& teams, size_t i) const {
    for (size_t k = 0; k < i; ++k) {
      if (room_[teams[k]] == room_[teams[i]] && sum_[teams[k]] == sum_[teams[i]]) return true;
    }
    return false;
  }

  void keep() {
    const auto [least, most] = std::ranges::minmax(sum_);
    if (most - least >= spread_) return;
    spread_ = most - least;
    best_ = team_of_;
  }

  std::span<const Party> parties_;
  std::vector<int> room_;
  std::vector<double> sum_;
  std::vector<uint32_t> order_, team_of_, best_;
  double spread_ = std::numeric_limits<double>::infinity();
  int steps_ = 0;
};

}  // namespace

bool TeamFiller::is_complete(const State& state) const {
  const bool first_is_single = seen_.front().size == 1;
  return state.room <= static_cast<int>(singles_.size()) && (state.room > 0 || !first_is_single);
}

void TeamFiller::place(size_t from, uint32_t party) {
  const int size = seen_[party].size;
  for (size_t team = 0; team < states_[from].fill.size(); ++team) {
    const std::vector<int>& fill = states_[from].fill;
    if (fill[team] + size > team_size_ || (team > 0 && fill[team] == fill[team - 1])) continue;
    State next{.fill = fill, .room = states_[from].room - size, .before = from, .party = party};
    next.fill[team] += size;
    std::ranges::sort(next.fill, std::greater());
    if (states_.size() >= kStatesMax || std::ranges::find(states_, next.fill, &State::fill) != states_.end()) continue;
    states_.push_back(std::move(next));
  }
}

bool TeamFiller::add(const Party& party) {
  const auto n = static_cast<uint32_t>(seen_.size());
  seen_.push_back(party);
  if (n == 0) {
    states_.push_back({.fill = std::vector<int>(static_cast<size_t>(teams_), 0), .room = teams_ * team_size_});
    if (party.size > 1) {
      place(0, 0);
      states_.erase(states_.begin());  // the first party is in every state
      if (!states_.empty()) states_.front().before = 0;
    }
  } else if (party.size > 1) {
    for (size_t s = 0, known = states_.size(); s < known; ++s) place(s, n);
  }
  if (party.size == 1) singles_.push_back(n);
  for (size_t s = 0; s < states_.size(); ++s) {
    if (!is_complete(states_[s])) continue;
    complete_ = s;
    return true;
  }
  return false;
}

std::vector<Party> TeamFiller::chosen() const {
  std::vector<Party> out;
  size_t at = complete_;
  for (; states_[at].before != at; at = states_[at].before) out.push_back(seen_[states_[at].party]);
  if (seen_.front().size > 1) out.push_back(seen_.front());
  const auto room = static_cast<size_t>(states_[complete_].room);
  for (size_t i = 0; i < room; ++i) out.push_back(seen_[singles_[i]]);
  return out;
}

std::vector<std::vector<uint32_t>> split_evenly(std::span<const Party> parties, int teams, int team_size) {
  return Splitter(parties, teams, team_size).run();
}

}  // namespace gamekeeper::play
