// What every model promises, on made-up leagues of duels, teams and races.
#include "play/ratings/model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace gamekeeper::play::ratings {
namespace {

/// A match that owns what it is made of.
struct Played {
  double day = 0;
  std::vector<std::vector<Member>> members;
  std::vector<uint32_t> ranks;
  std::vector<Team> teams;

  Match view() {
    teams.clear();
    for (size_t i = 0; i < members.size(); ++i) {
      double score = 0;
      for (const Member& member : members[i]) score += member.score;
      teams.push_back({members[i], ranks[i], score});
    }
    return {day, teams};
  }
  Played turned() const {
    Played other = *this;
    std::reverse(other.members.begin(), other.members.end());
    std::reverse(other.ranks.begin(), other.ranks.end());
    for (auto& team : other.members) std::reverse(team.begin(), team.end());
    return other;
  }
};

constexpr uint32_t kPlayers = 40;

/// Players get better with their number; sides 1 to `teams_max`, sizes 1 to `members_max`; scores, draws, labels.
std::vector<Played> league(uint64_t seed, size_t matches, uint32_t teams_max, uint32_t members_max) {
  std::mt19937_64 chance(seed);
  auto below = [&](uint32_t n) { return static_cast<uint32_t>(chance() % n); };
  std::vector<Played> all;
  double day = 19000;
  for (size_t m = 0; m < matches; ++m) {
    Played match{.day = day += below(100) / 30.0};
    std::vector<uint32_t> players(kPlayers);
    for (uint32_t p = 0; p < kPlayers; ++p) players[p] = p;
    std::shuffle(players.begin(), players.end(), chance);
    const uint32_t teams = 2 + below(teams_max - 1);
    std::vector<double> scores;
    for (uint32_t t = 0; t < teams; ++t) {
      match.members.emplace_back();
      double score = 0;
      const LabelIndex label = below(3) == 0 ? kNoLabel : below(4);
      for (uint32_t n = 1 + below(members_max); n > 0; --n) {
        const double own = players.back() / 4 + below(8);
        match.members.back().push_back({players.back(), label, own});
        score += own;
        players.pop_back();
      }
      scores.push_back(score);
    }
    for (double score : scores)
      match.ranks.push_back(
          1 + static_cast<uint32_t>(std::count_if(scores.begin(), scores.end(), [&](double s) { return s > score; })));
    all.push_back(std::move(match));
  }
  return all;
}

class EveryModel : public testing::TestWithParam<std::string_view> {
 protected:
  Model fresh() {
    auto model = Model::make(GetParam());
    EXPECT_TRUE(model);
    model->grow(kPlayers, 4);
    return std::move(*model);
  }
  static std::vector<std::vector<Played>> leagues() {
    return {league(1, 250, 2, 1), league(2, 250, 2, 4), league(3, 120, 9, 1), league(4, 120, 6, 3)};
  }
};

TEST_P(EveryModel, ForetellsTheSameWhetherItLearnsOrNot) {
  for (auto& matches : leagues()) {
    Model model = fresh();
    for (Played& match : matches) {
      std::vector<double> before(match.members.size()), again(before), learned(before);
      model.predict(match.view(), before);
      model.predict(match.view(), again);
      model.learn(match.view(), learned);
      EXPECT_EQ(before, again);
      EXPECT_EQ(before, learned);
    }
  }
}

TEST_P(EveryModel, TheResultHasNoPartInTheForecast) {
  for (auto& matches : leagues()) {
    Model model = fresh();
    for (size_t m = 0; m + 1 < matches.size(); ++m) {
      std::vector<double> strengths(matches[m].members.size());
      model.learn(matches[m].view(), strengths);
    }
    Played& last = matches.back();
    std::vector<double> as_it_was(last.members.size()), otherwise(as_it_was);
    Model copy = model;
    model.learn(last.view(), as_it_was);
    std::reverse(last.ranks.begin(), last.ranks.end());
    for (auto& team : last.members) {
      for (Member& member : team) member.score = 1000 - member.score;
    }
    copy.learn(last.view(), otherwise);
    EXPECT_EQ(as_it_was, otherwise);
  }
}

TEST_P(EveryModel, TheOrderOfSidesAndMembersMeansNothing) {
  for (auto& matches : leagues()) {
    Model straight = fresh(), turned = fresh();
    std::mt19937_64 chance(5);
    for (Played& match : matches) {
      std::vector<double> a(match.members.size()), b(a);
      Played other = chance() % 2 ? match.turned() : match;
      const bool swapped = other.members[0][0].player != match.members[0][0].player || other.ranks != match.ranks;
      straight.learn(match.view(), a);
      turned.learn(other.view(), b);
      if (swapped) std::reverse(b.begin(), b.end());
      for (size_t i = 1; i < a.size(); ++i) {
        EXPECT_NEAR(win_probability(a[0], a[i]), win_probability(b[0], b[i]), 1e-7);
      }
    }
    for (PlayerIndex p = 0; p < kPlayers; ++p) EXPECT_NEAR(straight.shown(p).mean, turned.shown(p).mean, 1e-4);
  }
}

TEST_P(EveryModel, TheSameMatchesGiveTheSameBits) {
  for (auto& matches : leagues()) {
    Model first = fresh(), second = fresh();
    for (Played& match : matches) {
      std::vector<double> a(match.members.size()), b(a);
      first.learn(match.view(), a);
      second.learn(match.view(), b);
      EXPECT_EQ(a, b);
    }
  }
}

TEST_P(EveryModel, FindsWhoIsBetter) {
  for (auto& matches : leagues()) {
    Model model = fresh();
    double right = 0, pairs = 0;
    for (size_t m = 0; m < matches.size(); ++m) {
      std::vector<double> s(matches[m].members.size());
      model.learn(matches[m].view(), s);
      if (m < matches.size() / 3) continue;
      const auto& ranks = matches[m].ranks;
      for (size_t i = 0; i < s.size(); ++i) {
        for (size_t j = i + 1; j < s.size(); ++j) {
          if (ranks[i] == ranks[j]) continue;
          pairs += 1, right += (s[i] > s[j]) == (ranks[i] < ranks[j]);
        }
      }
    }
    EXPECT_GT(right / pairs, 0.57) << matches[0].members.size();
  }
}

TEST_P(EveryModel, StaysFiniteUnderAbsurdResults) {
  Model model = fresh();
  std::mt19937_64 chance(9);
  for (int m = 0; m < 600; ++m) {
    Played match{.day = m < 300 ? 0.0 : m * 4000.0};
    const uint32_t teams = m % 3 == 0 ? 30 : 2;
    for (uint32_t t = 0; t < teams; ++t) {
      const double score = m % 5 == 0 ? NAN : (t == 0 ? 1 : -1) * kScoreMax;
      match.members.push_back({{t, t % 2 ? 1u : kNoLabel, score}});
      match.ranks.push_back(chance() % 4 == 0 ? 1 : t + 1);
    }
    std::vector<double> s(teams);
    const Match view = match.view();
    ASSERT_TRUE(validate(view));
    model.learn(view, s);
    for (double strength : s) ASSERT_TRUE(std::isfinite(strength)) << m;
    for (PlayerIndex p = 0; p < 30; ++p)
      ASSERT_TRUE(std::isfinite(model.shown(p).mean) && std::isfinite(model.shown(p).deviation)) << m;
  }
}

TEST_P(EveryModel, NewcomersAreLevel) {
  Model model = fresh();
  Played match{.day = 1, .members = {{{0}}, {{1}}}, .ranks = {1, 2}};
  double s[2];
  model.predict(match.view(), s);
  EXPECT_EQ(win_probability(s[0], s[1]), 0.5);
  EXPECT_EQ(model.shown(0).mean, 1500);
}

INSTANTIATE_TEST_SUITE_P(All, EveryModel, testing::ValuesIn(Model::names().begin(), Model::names().end()),
                         [](const auto& info) {
                           std::string name(info.param);
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(Model, AnUnknownNameIsToldWhichThereAre) {
  auto model = Model::make("trueish");
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, "unknown_model");
  EXPECT_NE(model.error().message.find("plackett-luce"), std::string::npos);
}

TEST(Model, HomeIsWorthWhatItIsWorth) {
  for (std::string_view name : Model::names()) {
    Model model = std::move(*Model::make(name));
    model.grow(12, 1);
    std::mt19937_64 chance(3);
    double s[2];
    for (int m = 0; m < 800; ++m) {  // level players, three of four games won at home
      const uint32_t home = static_cast<uint32_t>(chance() % 12),
                     away = (home + 1 + static_cast<uint32_t>(chance() % 11)) % 12;
      const bool won = chance() % 4 != 0;
      Played match{.day = m / 50.0,
                   .members = {{{home, 0, won ? 2.0 : 0.0}}, {{away, kNoLabel, won ? 0.0 : 2.0}}},
                   .ranks = {won ? 1u : 2u, won ? 2u : 1u}};
      model.learn(match.view(), s);
    }
    Played next{.day = 16, .members = {{{0, 0}}, {{1}}}, .ranks = {1, 2}},
        back{.day = 16, .members = {{{0}}, {{1, 0}}}, .ranks = {1, 2}};
    model.predict(next.view(), s);
    const double at_home = win_probability(s[0], s[1]);
    model.predict(back.view(), s);
    EXPECT_NEAR((at_home + 1 - win_probability(s[0], s[1])) / 2, 0.75, 0.08) << name;
  }
}

TEST(Validate, RefusesWhatMeansNothing) {
  const Member member{0, kNoLabel, 1}, absurd{0, kNoLabel, INFINITY};
  const Team team{{&member, 1}, 1, 1}, empty{{}, 1, 1}, unranked{{&member, 1}, 0, 1},
      endless{{&member, 1}, 1, INFINITY}, of_absurd{{&absurd, 1}, 1, 1};
  auto field = [](double day, std::vector<Team> teams) {
    auto ok = validate({day, teams});
    return ok ? std::string("none") : ok.error().field;
  };
  EXPECT_EQ(field(1, {team, team}), "none");
  EXPECT_EQ(field(NAN, {team, team}), "time");
  EXPECT_EQ(field(1, {team}), "teams");
  EXPECT_EQ(field(1, std::vector<Team>(kTeamsMax + 1, team)), "teams");
  EXPECT_EQ(field(1, {team, empty}), "players");
  EXPECT_EQ(field(1, {team, unranked}), "rank");
  EXPECT_EQ(field(1, {team, endless}), "score");
  EXPECT_EQ(field(1, {team, of_absurd}), "score");
}

}  // namespace
}  // namespace gamekeeper::play::ratings
