#include "play/matchmaking/propose.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string_view>
#include <unordered_set>

#include "play/matchmaking/teams.h"
#include "play/ratings/elo.h"

namespace gamekeeper::play {
namespace {

using ports::PooledTicket;
using Pool = std::span<const PooledTicket>;

int size_of(const PooledTicket& ticket) { return static_cast<int>(ticket.players.size()); }

/// Pairs of numbers of the pool, lower rating first.
using Pairs = std::vector<std::pair<uint32_t, uint32_t>>;

/// The disjoint pairs of the greatest sum of (half reaches − gap). Walking up the ratings, a pair is a ticket that opens
/// (worth its half reach + rating) and one that closes (half reach − rating); nested or crossing pairs can be exchanged
/// for side-by-side ones at no loss, so that one open end at a time is enough.
Pairs best_pairs(Pool pool, const std::vector<double>& reach) {
  enum : uint8_t { kOpens = 1, kCloses = 2 };
  std::vector<uint8_t> choice(pool.size(), 0);
  const double middle = pool.empty() ? 0 : pool[pool.size() / 2].rating;  // keeps the sums' digits
  double closed = 0, open = -std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < pool.size(); ++i) {
    if (size_of(pool[i]) != 1) continue;
    const double half = reach[i] / 2, x = pool[i].rating - middle;
    const double as_left = closed + half + x, as_right = open + half - x;
    if (as_left > open) open = as_left, choice[i] |= kOpens;
    if (as_right > closed) closed = as_right, choice[i] |= kCloses;
  }
  Pairs pairs;
  uint32_t right = 0;
  bool is_open = false;
  for (size_t i = pool.size(); i-- > 0;) {
    if (!is_open && (choice[i] & kCloses)) {
      is_open = true;
      right = static_cast<uint32_t>(i);
    } else if (is_open && (choice[i] & kOpens)) {
      is_open = false;
      pairs.emplace_back(static_cast<uint32_t>(i), right);
    }
  }
  std::ranges::reverse(pairs);
  return pairs;
}

/// Others of the pool, the nearest rating first, that accept the anchor and that it accepts. Looks no further than
/// `limit`: those beyond who accept anybody are older, and have had their turn.
class Neighbours {
 public:
  Neighbours(Pool pool, const std::vector<double>& reach, const std::vector<bool>& taken, uint32_t anchor, double limit)
      : pool_(pool), reach_(reach), taken_(taken), anchor_(anchor), limit_(limit), below_(anchor), above_(anchor + 1) {}

  std::optional<uint32_t> next() {
    while (true) {
      while (below_ > 0 && taken_[below_ - 1]) --below_;
      while (above_ < pool_.size() && taken_[above_]) ++above_;
      const double down = below_ > 0 ? gap(below_ - 1) : kNone, up = above_ < pool_.size() ? gap(above_) : kNone;
      if (std::min(down, up) > limit_) return std::nullopt;
      const uint32_t nearest = down <= up ? --below_ : above_++;
      if (gap(nearest) <= (reach_[anchor_] + reach_[nearest]) / 2) return nearest;
    }
  }

 private:
  static constexpr double kNone = std::numeric_limits<double>::infinity();
  double gap(uint32_t i) const { return std::abs(pool_[i].rating - pool_[anchor_].rating); }

  Pool pool_;
  const std::vector<double>& reach_;
  const std::vector<bool>& taken_;
  const uint32_t anchor_;
  const double limit_;
  uint32_t below_, above_;
};

Party party_of(Pool pool, uint32_t i) { return {.id = i, .size = size_of(pool[i]), .rating = pool[i].rating}; }

/// The match that the anchor can have now; no teams when there is none.
ProposedMatch match_round(Pool pool, const QueueRules& rules, Neighbours neighbours, uint32_t anchor) {
  TeamFiller filler(rules.teams, rules.team_size);
  bool is_full = filler.add(party_of(pool, anchor));
  for (int looked = 4 * rules.players() + 16; !is_full && looked > 0; --looked) {
    const auto next = neighbours.next();
    if (!next) return {};
    if (size_of(pool[*next]) <= rules.team_size) is_full = filler.add(party_of(pool, *next));
  }
  if (!is_full) return {};
  const std::vector<Party> chosen = filler.chosen();
  ProposedMatch match{.teams = split_evenly(chosen, rules.teams, rules.team_size)};
  for (auto& team : match.teams) {
    for (uint32_t& member : team) member = chosen[member].id;
  }
  return match;
}

std::vector<ProposedMatch> match_teams(Pool pool, const QueueRules& rules, const std::vector<double>& reach) {
  std::vector<uint32_t> oldest_first(pool.size());
  std::iota(oldest_first.begin(), oldest_first.end(), 0u);
  std::ranges::sort(oldest_first, [&](uint32_t a, uint32_t b) {
    return std::tie(pool[a].since, pool[a].id) < std::tie(pool[b].since, pool[b].id);
  });
  const double widest = rules.window_start + rules.window_growth * static_cast<double>(rules.patience_seconds);
  std::vector<bool> taken(pool.size(), false);
  std::vector<ProposedMatch> out;
  for (const uint32_t anchor : oldest_first) {
    if (taken[anchor] || size_of(pool[anchor]) > rules.team_size) continue;
    const double limit = reach[anchor] >= kAnyone ? kAnyone : (reach[anchor] + widest) / 2;
    ProposedMatch match = match_round(pool, rules, Neighbours(pool, reach, taken, anchor, limit), anchor);
    if (match.teams.empty()) continue;
    for (const auto& team : match.teams) {
      for (const uint32_t member : team) taken[member] = true;
    }
    out.push_back(std::move(match));
  }
  return out;
}

/// A pool may hold two tickets of one player for a moment: only one of them can be matched.
void drop_repeated_players(Pool pool, std::vector<ProposedMatch>& matches) {
  std::unordered_set<std::string_view> seen;
  std::erase_if(matches, [&](const ProposedMatch& match) {
    bool is_repeated = false;
    for (const auto& team : match.teams) {
      for (const uint32_t ticket : team) {
        for (const std::string& player : pool[ticket].players) is_repeated |= !seen.insert(player).second;
      }
    }
    return is_repeated;
  });
}

uint64_t mixed(uint64_t x) {  // splitmix64
  x = (x + 0x9E3779B97F4A7C15u);
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

void order_teams(ProposedMatch& match, uint64_t seed) {
  for (size_t i = match.teams.size(); i > 1; --i) {
    seed = mixed(seed);
    std::swap(match.teams[i - 1], match.teams[seed % i]);
  }
}

double rating_of(Pool pool, const std::vector<uint32_t>& team) {
  double sum = 0, players = 0;
  for (const uint32_t ticket : team) {
    sum += pool[ticket].rating * size_of(pool[ticket]);
    players += size_of(pool[ticket]);
  }
  return players > 0 ? sum / players : 0;
}

}  // namespace

double quality_of(std::span<const double> team_ratings) {
  if (team_ratings.empty()) return 0;
  const auto [least, most] = std::ranges::minmax(team_ratings);
  return 2 * ratings::elo_expectation(least, most);
}

std::vector<ProposedMatch> propose(Pool by_rating, const QueueRules& rules, UnixMillis now, uint64_t seed) {
  std::vector<double> reach(by_rating.size());
  std::ranges::transform(by_rating, reach.begin(), [&](const PooledTicket& t) { return reach_of(t, rules, now); });
  std::vector<ProposedMatch> out;
  if (rules.players() == 2) {
    for (const auto& [left, right] : best_pairs(by_rating, reach)) out.push_back({.teams = {{left}, {right}}});
  } else {
    out = match_teams(by_rating, rules, reach);
  }
  drop_repeated_players(by_rating, out);
  for (ProposedMatch& match : out) {
    order_teams(match, seed = mixed(seed));
    std::vector<double> ratings;
    for (const auto& team : match.teams) ratings.push_back(rating_of(by_rating, team));
    match.quality = quality_of(ratings);
  }
  return out;
}

Explanation explain(const PooledTicket& ticket, Pool pool, const QueueRules& rules, UnixMillis now) {
  struct Other {
    double seconds, gap;
    int size;
  };
  const auto seconds_left = [&](const PooledTicket& t) {
    return static_cast<double>(rules.patience_seconds) - static_cast<double>(now - t.since) / 1000;
  };
  std::vector<Other> others;
  for (const PooledTicket& t : pool) {
    if (t.id == ticket.id || size_of(t) > rules.team_size) continue;
    const double gap = std::abs(t.rating - ticket.rating);
    const double missing = gap - (reach_of(ticket, rules, now) + reach_of(t, rules, now)) / 2;
    double seconds = missing <= 0 ? 0 : std::max(0.0, std::min(seconds_left(ticket), seconds_left(t)));
    if (missing > 0 && rules.window_growth > 0) seconds = std::min(seconds, missing / rules.window_growth);
    others.push_back({seconds, gap, size_of(t)});
  }
  Explanation out;
  if (!others.empty()) out.nearest = std::ranges::min(others, {}, &Other::gap).gap;
  std::ranges::sort(others, {}, &Other::seconds);
  int players = size_of(ticket);
  size_t n = 0;
  while (n < others.size() && players < rules.players()) players += others[n++].size;
  if (players < rules.players()) {
    out.blocking_rule = "players";
    return out;
  }
  out.next_expansion_seconds = others[n - 1].seconds;
  if (*out.next_expansion_seconds > 0) {
    out.blocking_rule = "rating_window";
  } else if (rules.players() > 2) {
    TeamFiller filler(rules.teams, rules.team_size);
    bool is_full = filler.add({.size = size_of(ticket)});
    for (size_t i = 0; i < others.size() && others[i].seconds <= 0 && !is_full; ++i)
      is_full = filler.add({.size = others[i].size});
    if (!is_full) out.blocking_rule = "party_sizes", out.next_expansion_seconds.reset();
  }
  return out;
}

}  // namespace gamekeeper::play
