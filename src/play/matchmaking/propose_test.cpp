#include "play/matchmaking/propose.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <random>
#include <set>

namespace gamekeeper::play {
namespace {

using ports::PooledTicket;
using Pool = std::vector<PooledTicket>;

constexpr UnixMillis kNow = 1'800'000'000'000;

PooledTicket ticket(const std::string& id, double rating, double waited_seconds = 0, int players = 1) {
  PooledTicket t{.id = id, .rating = rating, .since = kNow - std::llround(waited_seconds * 1000)};
  for (int i = 0; i < players; ++i) t.players.push_back(id + "." + std::to_string(i));
  return t;
}
Pool sorted(Pool pool) {
  std::ranges::sort(pool, {}, [](const PooledTicket& t) { return std::pair(t.rating, t.id); });
  return pool;
}
/// "a-b c-d": ids by team and match, each sorted: sides have no order.
std::string text_of(const Pool& pool, const std::vector<ProposedMatch>& matches) {
  std::vector<std::string> texts;
  for (const ProposedMatch& match : matches) {
    std::vector<std::string> teams;
    for (const auto& team : match.teams) {
      std::vector<std::string> ids;
      for (const uint32_t i : team) ids.push_back(pool[i].id);
      std::ranges::sort(ids);
      std::string text;
      for (const std::string& id : ids) text += (text.empty() ? "" : "+") + id;
      teams.push_back(text);
    }
    std::ranges::sort(teams);
    std::string text;
    for (const std::string& team : teams) text += (text.empty() ? "" : "-") + team;
    texts.push_back(text);
  }
  std::ranges::sort(texts);
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : " ") + text;
  return all;
}
std::string proposed(Pool pool, const QueueRules& rules = {}, uint64_t seed = 1) {
  pool = sorted(std::move(pool));
  return text_of(pool, propose(pool, rules, kNow, seed));
}

Pool random_pool(std::mt19937_64& chance, size_t n, int party_max = 1) {
  Pool pool;
  std::normal_distribution<double> rating(1500, 300);
  for (size_t i = 0; i < n; ++i) {
    const int players = 1 + static_cast<int>(chance() % static_cast<uint64_t>(party_max));
    const double at = chance() % 4 == 0 ? 1500 : std::round(rating(chance) * 4) / 4;  // newcomers have equal ratings
    pool.push_back(ticket("t" + std::to_string(i), at, static_cast<double>(chance() % 700) / 10, players));
  }
  return sorted(std::move(pool));
}

double worth(const PooledTicket& a, const PooledTicket& b, const QueueRules& rules) {
  return (reach_of(a, rules, kNow) + reach_of(b, rules, kNow)) / 2 - std::abs(a.rating - b.rating);
}
/// The greatest sum of worth over disjoint pairs, by trying all.
double best_worth(const Pool& pool, const QueueRules& rules, std::vector<bool>& used, size_t from = 0) {
  while (from < pool.size() && used[from]) ++from;
  if (from == pool.size()) return 0;
  used[from] = true;
  double best = best_worth(pool, rules, used, from + 1);
  for (size_t i = from + 1; i < pool.size(); ++i) {
    if (used[i] || worth(pool[from], pool[i], rules) <= 0) continue;
    used[i] = true;
    best = std::max(best, worth(pool[from], pool[i], rules) + best_worth(pool, rules, used, from + 1));
    used[i] = false;
  }
  used[from] = false;
  return best;
}

TEST(ProposeDuels, TakesTheNearestThatAcceptOneAnother) {
  EXPECT_EQ(proposed({}), "");
  EXPECT_EQ(proposed({ticket("a", 1500)}), "");
  EXPECT_EQ(proposed({ticket("a", 1500), ticket("b", 1590)}), "a-b");
  EXPECT_EQ(proposed({ticket("a", 1500), ticket("b", 1610)}), "");
  EXPECT_EQ(proposed({ticket("a", 1500), ticket("b", 1560), ticket("c", 1600), ticket("d", 1660)}), "a-b c-d")
      << "though b and c are nearer";
  EXPECT_EQ(proposed({ticket("a", 1500), ticket("b", 1590), ticket("c", 1600), ticket("d", 1800)}), "b-c");
}

TEST(ProposeDuels, WidensWithTimeForBothAndEndsWithPatience) {
  EXPECT_EQ(proposed({ticket("old", 1500, 10), ticket("new", 1645)}), "new-old");
  EXPECT_EQ(proposed({ticket("old", 1500, 10), ticket("new", 1655)}), "");
  EXPECT_EQ(proposed({ticket("old", 100, 59.9), ticket("new", 3000)}), "");
  EXPECT_EQ(proposed({ticket("old", 100, 60), ticket("new", 3000)}), "new-old");
  EXPECT_EQ(proposed({ticket("old", 100, 60), ticket("new", 3000), ticket("near", 180)}), "near-old");
}

TEST(ProposeDuels, TheLowestAndTheHighestRatedCanMatch) {
  Pool pool;
  for (int i = 0; i < 8; ++i) pool.push_back(ticket(std::string(1, static_cast<char>('a' + i)), 1000 + 50 * i));
  EXPECT_EQ(proposed(pool), "a-b c-d e-f g-h");
  EXPECT_EQ(proposed({ticket("only", 1), ticket("two", 1)}), "only-two");
}

TEST(ProposeDuels, OfEqualsTheOlderGoFirst) {
  EXPECT_EQ(proposed({ticket("a", 1500, 1), ticket("b", 1500, 3), ticket("c", 1500, 2)}), "b-c");
  EXPECT_EQ(proposed({ticket("x", 1450, 1), ticket("m", 1500, 1), ticket("y", 1550, 5)}), "m-y");
}

TEST(ProposeDuels, AreTheBestThereAre) {
  std::mt19937_64 chance(11);
  for (int round = 0; round < 400; ++round) {
    QueueRules rules{.window_start = 1.0 + static_cast<double>(chance() % 200),
                     .window_growth = static_cast<double>(chance() % 20),
                     .patience_seconds = round % 5 == 0 ? 50 : 10'000};
    const Pool pool = random_pool(chance, 2 + chance() % 8);
    double got = 0;
    for (const ProposedMatch& m : propose(pool, rules, kNow, 5)) {
      const double w = worth(pool[m.teams[0][0]], pool[m.teams[1][0]], rules);
      EXPECT_GT(w, 0) << "they accept one another";
      got += w;
    }
    std::vector<bool> used(pool.size());
    const double best = best_worth(pool, rules, used);
    ASSERT_NEAR(got, best, 1e-6 * std::max(1.0, best)) << "round " << round;
  }
}

TEST(ProposeDuels, NoTwoThatAcceptOneAnotherStayBehind) {
  std::mt19937_64 chance(12);
  for (int round = 0; round < 50; ++round) {
    const Pool pool = random_pool(chance, 200);
    const QueueRules rules;
    std::vector<bool> matched(pool.size());
    for (const ProposedMatch& m : propose(pool, rules, kNow, 5)) matched[m.teams[0][0]] = matched[m.teams[1][0]] = true;
    for (size_t i = 0; i < pool.size(); ++i) {
      for (size_t k = i + 1; k < pool.size(); ++k) {
        if (!matched[i] && !matched[k]) {
          ASSERT_LE(worth(pool[i], pool[k], rules), 1e-9);
        }
      }
    }
  }
}

/// What holds for every rule: nobody twice, parties whole, teams full.
void check_matches(const Pool& pool, const QueueRules& rules, const std::vector<ProposedMatch>& matches) {
  std::set<uint32_t> tickets;
  std::set<std::string> players;
  for (const ProposedMatch& match : matches) {
    ASSERT_EQ(match.teams.size(), static_cast<size_t>(rules.teams));
    EXPECT_GE(match.quality, 0);
    EXPECT_LE(match.quality, 1);
    for (const auto& team : match.teams) {
      int size = 0;
      for (const uint32_t i : team) {
        ASSERT_LT(i, pool.size());
        ASSERT_TRUE(tickets.insert(i).second) << "a ticket in two teams";
        for (const std::string& player : pool[i].players) ASSERT_TRUE(players.insert(player).second);
        size += static_cast<int>(pool[i].players.size());
      }
      ASSERT_EQ(size, rules.team_size);
    }
  }
}

TEST(Propose, KeepsItsRulesOverRandomPools) {
  std::mt19937_64 chance(13);
  for (const auto& [size, teams] : std::vector<std::pair<int, int>>{{1, 2}, {2, 2}, {5, 2}, {3, 4}, {1, 8}, {4, 3}}) {
    for (int round = 0; round < 30; ++round) {
      const QueueRules rules{.team_size = size, .teams = teams};
      const Pool pool = random_pool(chance, chance() % 120, round % 2 == 0 ? 1 : size + 1);
      const auto matches = propose(pool, rules, kNow, 7);
      check_matches(pool, rules, matches);
      EXPECT_EQ(text_of(pool, matches), text_of(pool, propose(pool, rules, kNow, 8))) << "the seed decides sides alone";
    }
  }
}

TEST(Propose, IsDeterministicAndGivesBothSidesToEverybody) {
  std::mt19937_64 chance(14);
  const Pool pool = random_pool(chance, 300);
  const auto once = propose(pool, {}, kNow, 99), again = propose(pool, {}, kNow, 99);
  ASSERT_EQ(once.size(), again.size());
  ASSERT_GT(once.size(), 50u);
  size_t stronger_first = 0;
  for (size_t i = 0; i < once.size(); ++i) {
    EXPECT_EQ(once[i].teams, again[i].teams);
    stronger_first += once[i].teams[0][0] > once[i].teams[1][0];
  }
  EXPECT_GT(stronger_first, once.size() / 5);
  EXPECT_LT(stronger_first, once.size() * 4 / 5);
}

TEST(Propose, APlayerWithTwoTicketsIsMatchedOnce) {
  Pool pool = sorted({ticket("a", 1500), ticket("b", 1501), ticket("c", 1700), ticket("d", 1701)});
  pool[2].players = pool[0].players;
  EXPECT_EQ(propose(pool, {}, kNow, 1).size(), 1u);
}

TEST(ProposeTeams, KeepsPartiesWholeAndSplitsFairly) {
  const QueueRules pairs{.team_size = 2};
  EXPECT_EQ(proposed({ticket("a", 1500), ticket("b", 1510), ticket("c", 1520), ticket("d", 1530)}, pairs), "a+d-b+c");
  EXPECT_EQ(proposed({ticket("p", 1500, 0, 2), ticket("c", 1520), ticket("d", 1530)}, pairs), "c+d-p");
  EXPECT_EQ(proposed({ticket("p", 1500, 0, 2), ticket("c", 1520)}, pairs), "");
  const QueueRules threes{.team_size = 3};
  EXPECT_EQ(proposed({ticket("p", 1500, 0, 2), ticket("q", 1500, 0, 2), ticket("r", 1500, 0, 2)}, threes), "");
  EXPECT_EQ(proposed({ticket("p", 1500, 0, 2), ticket("q", 1510, 0, 2), ticket("r", 1520, 0, 2), ticket("a", 1500),
                      ticket("b", 1505)},
                     threes),
            "a+q-b+p");
}

TEST(ProposeTeams, FindsFillingsThatGreedWouldMiss) {
  // Two pairs beside one another leave one place; twos and threes together fill it.
  const QueueRules fives{.team_size = 5};
  EXPECT_EQ(
      proposed({ticket("a", 1500, 0, 2), ticket("b", 1501, 0, 2), ticket("c", 1502, 0, 3), ticket("d", 1503, 0, 3)},
               fives),
      "a+d-b+c");
}

TEST(ProposeTeams, GoFromTheOldestOn) {
  const QueueRules pairs{.team_size = 2};
  Pool pool{ticket("old", 2000, 30)};
  for (int i = 0; i < 4; ++i) pool.push_back(ticket("n" + std::to_string(i), 2120 + i));
  const std::string got = proposed(pool, pairs);
  EXPECT_NE(got.find("old"), std::string::npos) << got;
}

TEST(ProposeTeams, MoreThanTwoTeamsAndFreeForAll) {
  const QueueRules free_for_all{.team_size = 1, .teams = 4};
  EXPECT_EQ(proposed({ticket("a", 1500), ticket("b", 1510), ticket("c", 1520), ticket("d", 1530), ticket("e", 1900)},
                     free_for_all),
            "a-b-c-d");
}

TEST(ProposeTeams, OddOnesAreNotStarved) {
  // The rules widen until patience ends; somebody with nobody near is taken as soon as it is over.
  const QueueRules pairs{.team_size = 2};
  EXPECT_EQ(proposed({ticket("far", 4000, 59), ticket("a", 1500), ticket("b", 1500), ticket("c", 1500)}, pairs), "");
  EXPECT_EQ(proposed({ticket("far", 4000, 60), ticket("a", 1500), ticket("b", 1500), ticket("c", 1500)}, pairs),
            "a+far-b+c");
}

/// Players arrive for ten minutes, at random; how long the one who waits longest waits.
double longest_wait(const std::function<std::vector<ProposedMatch>(const Pool&, UnixMillis)>& policy) {
  std::mt19937_64 chance(15);
  std::normal_distribution<double> rating(1500, 300);
  Pool pool;
  double longest = 0;
  int made = 0;
  for (int second = 0; second < 900; ++second) {
    const UnixMillis now = kNow + second * 1000;
    if (second < 600) {
      pool.push_back(ticket("t" + std::to_string(made++), rating(chance)));
      pool.back().since = now;
    }
    pool = sorted(std::move(pool));
    std::set<uint32_t> gone;
    for (const ProposedMatch& match : policy(pool, now)) {
      for (const auto& team : match.teams) gone.insert(team.begin(), team.end());
    }
    Pool left;
    for (uint32_t i = 0; i < pool.size(); ++i) {
      longest = std::max(longest, static_cast<double>(now - pool[i].since) / 1000);
      if (!gone.contains(i)) left.push_back(pool[i]);
    }
    pool = std::move(left);
  }
  return longest;
}

TEST(ProposeDuels, TheOldestIsNotStarvedAsByLookingFromTheNewest) {
  const QueueRules rules;
  // What is often built: a newcomer takes the nearest in its own window; nobody else is asked.
  const auto newest_asks = [&](const Pool& pool, UnixMillis now) {
    std::vector<ProposedMatch> out;
    for (uint32_t i = 0; i < pool.size(); ++i) {
      if (pool[i].since != now) continue;
      for (uint32_t k = 0; k < pool.size(); ++k) {
        if (k != i && std::abs(pool[k].rating - pool[i].rating) <= rules.window_start && out.empty())
          out.push_back({.teams = {{i}, {k}}});
      }
    }
    return out;
  };
  const double ours = longest_wait([&](const Pool& pool, UnixMillis now) { return propose(pool, rules, now, 1); });
  EXPECT_LE(ours, static_cast<double>(rules.patience_seconds) + 1);
  EXPECT_GT(longest_wait(newest_asks), 2 * ours);
}

TEST(Quality, IsOneWhenEven) {
  EXPECT_DOUBLE_EQ(quality_of(std::vector{1500.0, 1500.0}), 1);
  EXPECT_NEAR(quality_of(std::vector{1500.0, 1900.0}), 2.0 / 11, 1e-12);
  EXPECT_DOUBLE_EQ(quality_of(std::vector{1500.0, 1600.0, 1550.0}), quality_of(std::vector{1600.0, 1500.0}));
}

TEST(Explain, NamesWhatIsMissing) {
  const auto alone = explain(ticket("a", 1500), Pool{ticket("a", 1500)}, {}, kNow);
  EXPECT_EQ(alone.blocking_rule, "players");
  EXPECT_FALSE(alone.nearest || alone.next_expansion_seconds);

  const Pool far{ticket("a", 1500), ticket("b", 1700, 4)};
  const auto window = explain(far[0], far, {}, kNow);
  EXPECT_EQ(window.blocking_rule, "rating_window");
  EXPECT_EQ(window.nearest, 200);
  EXPECT_NEAR(*window.next_expansion_seconds, 8, 1e-9) << "100 points are missing, 20 of them won by b's four seconds";

  const Pool patient{ticket("a", 100), ticket("b", 3000, 50)};
  EXPECT_NEAR(*explain(patient[0], patient, {}, kNow).next_expansion_seconds, 10, 1e-9);

  const Pool near{ticket("a", 1500), ticket("b", 1510)};
  EXPECT_EQ(explain(near[0], near, {}, kNow).blocking_rule, "");
  EXPECT_EQ(explain(near[0], near, {}, kNow).next_expansion_seconds, 0);
}

TEST(Explain, SaysTheTruthAboutTheNextMatch) {
  std::mt19937_64 chance(16);
  const QueueRules rules;
  for (int round = 0; round < 200; ++round) {
    Pool pool = random_pool(chance, 2);
    const auto told = explain(pool[0], pool, rules, kNow);
    ASSERT_TRUE(told.next_expansion_seconds);
    const UnixMillis then = kNow + static_cast<UnixMillis>(std::ceil(*told.next_expansion_seconds * 1000)) + 1;
    EXPECT_EQ(propose(pool, rules, then, 1).size(), 1u);
    if (*told.next_expansion_seconds > 0.01) {
      EXPECT_EQ(propose(pool, rules, then - 20, 1).size(), 0u);
    }
  }
}

TEST(Explain, OfTeamsCountsPlayersAndFillings) {
  const QueueRules threes{.team_size = 3};
  const Pool two{ticket("a", 1500, 0, 2), ticket("b", 1500, 0, 2)};
  EXPECT_EQ(explain(two[0], two, threes, kNow).blocking_rule, "players");
  const Pool odd{ticket("a", 1500, 0, 2), ticket("b", 1500, 0, 2), ticket("c", 1500, 0, 2)};
  EXPECT_EQ(explain(odd[0], odd, threes, kNow).blocking_rule, "party_sizes");
  const Pool far{ticket("a", 1500, 0, 2), ticket("b", 1500), ticket("c", 1900, 0, 3)};
  EXPECT_EQ(explain(far[0], far, threes, kNow).blocking_rule, "rating_window");
}

TEST(Rules, AreChangedFieldByField) {
  auto rules = change_rules({}, {{"team_size", 5}, {"window_growth", 2.5}, {"match_mode", "arena"}});
  ASSERT_TRUE(rules);
  EXPECT_EQ(rules->players(), 10);
  EXPECT_EQ(rules->window_growth, 2.5);
  auto same = change_rules(*rules, show(*rules));
  ASSERT_TRUE(same);
  EXPECT_EQ(show(*same), show(*rules));
  for (const auto& [field, value] : std::vector<std::pair<std::string, boost::json::value>>{{"team_size", 0},
                                                                                            {"team_size", 1.5},
                                                                                            {"teams", 1},
                                                                                            {"teams", "2"},
                                                                                            {"window_start", 0},
                                                                                            {"max_wait_seconds", 0},
                                                                                            {"match_mode", 7}}) {
    auto refused = change_rules({}, {{field, value}});
    ASSERT_FALSE(refused) << field;
    EXPECT_EQ(refused.error().field, field);
  }
  EXPECT_EQ(change_rules({}, {{"team_size", 64}, {"teams", 64}}).error().field, "teams");
}

}  // namespace
}  // namespace gamekeeper::play
