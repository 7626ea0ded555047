// The filters and the core against figures of a plain reference program, written apart from this one, that was given
// the same made-up histories.
#include "play/ratings/core.h"

#include <gtest/gtest.h>

#include <cmath>

#include "play/ratings/model.h"
#include "play/ratings/vector_math.h"

namespace gamekeeper::play::ratings {
namespace {

class Chance {
 public:
  explicit Chance(uint64_t seed) : x_(seed) {}
  uint32_t below(uint32_t n) {
    x_ = x_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<uint32_t>((x_ >> 33) % n);
  }

 private:
  uint64_t x_;
};

PlayerIndex fresh_player(Chance& chance, std::vector<PlayerIndex>& used, uint32_t players) {
  PlayerIndex p = chance.below(players);
  while (std::find(used.begin(), used.end(), p) != used.end()) p = (p + 1) % players;
  used.push_back(p);
  return p;
}

TEST(Core, ForetellsAsTheReferenceDoes) {
  Core core(*core_config("b"));
  core.grow(24, 1);
  Chance chance(7);
  double day = 0, loss = 0;
  std::vector<double> foretold;
  for (int i = 0; i < 600; ++i) {
    day += chance.below(1000) / 250.0;
    const uint32_t sizes[] = {1 + chance.below(3), 1 + chance.below(3)}, home = chance.below(3);
    std::vector<PlayerIndex> used;
    std::vector<Member> members[2];
    Team teams[2];
    for (uint32_t side = 0; side < 2; ++side) {
      uint32_t strength = 0;
      for (uint32_t m = 0; m < sizes[side]; ++m) {
        const PlayerIndex p = fresh_player(chance, used, 24);
        members[side].push_back({p, home == side ? 0 : kNoLabel});
        strength += p;
      }
      teams[side] = {members[side], 1, static_cast<double>(strength / 6 + chance.below(9) + (home == side ? 3 : 0))};
    }
    teams[0].rank = 1 + (teams[0].score < teams[1].score);
    teams[1].rank = 1 + (teams[1].score < teams[0].score);
    double strengths[2];
    const Match match{day, teams};
    core.learn(match, strengths);
    const double p = win_probability(strengths[0], strengths[1]), y = outcome_of(match);
    foretold.push_back(p);
    loss -= y * std::log(p) + (1 - y) * std::log(1 - p);
  }
  EXPECT_EQ(foretold[0], 0.5);
  EXPECT_NEAR(foretold[1], 0.6138658624202368, 1e-9);
  EXPECT_NEAR(foretold[99], 0.31037506515294494, 1e-9);
  EXPECT_NEAR(foretold[399], 0.04192036926947604, 1e-9);
  EXPECT_NEAR(foretold[599], 0.12004495103428706, 1e-9);
  EXPECT_NEAR(loss / 600, 0.5313305883353221, 1e-9);
}

struct RaceFigures {
  double fiftieth, last_first, last_second, last_fifth, squares;
};

RaceFigures race(bool labelled) {
  FieldFilters filters(core_config("b")->field);
  filters.grow(30, 5);
  Chance chance(11);
  double day = 0;
  RaceFigures figures{};
  for (int i = 0; i < 200; ++i) {
    day += chance.below(1000) / 100.0;
    std::vector<PlayerIndex> used;
    const uint32_t entrants = 5 + chance.below(8);
    for (uint32_t e = 0; e < entrants; ++e) fresh_player(chance, used, 30);
    std::sort(used.begin(), used.end());
    std::vector<Member> members;
    std::vector<uint32_t> performance;
    for (PlayerIndex p : used) {
      members.push_back({p, labelled ? p % 5 : kNoLabel});
      performance.push_back(p / 3 + 2 * (p % 5) + chance.below(12));
    }
    std::vector<Team> teams;
    for (size_t e = 0; e < used.size(); ++e) {
      const auto ahead =
          std::count_if(performance.begin(), performance.end(), [&](uint32_t o) { return o > performance[e]; });
      teams.push_back({{&members[e], 1}, static_cast<uint32_t>(1 + ahead)});
    }
    std::vector<double> strengths(teams.size());
    filters.look({day, teams}, strengths);
    filters.learn({day, teams});
    for (double strength : strengths) figures.squares += strength * strength;
    if (i == 50) figures.fiftieth = strengths[0];
    figures.last_first = strengths[0], figures.last_second = strengths[1], figures.last_fifth = strengths[4];
  }
  return figures;
}

TEST(FieldFilters, ForetellsAsTheReferenceDoes) {
  const RaceFigures plain = race(false);
  EXPECT_NEAR(plain.fiftieth, -0.7301324137674784, 1e-9);
  EXPECT_NEAR(plain.last_first, -0.7881008720886887, 1e-9);
  EXPECT_NEAR(plain.last_second, -0.06891600792827128, 1e-9);
  EXPECT_NEAR(plain.last_fifth, -0.1299390260274188, 1e-9);
  EXPECT_NEAR(plain.squares, 566.4704062685518, 1e-7);
  const RaceFigures labelled = race(true);
  EXPECT_NEAR(labelled.fiftieth, -0.8254858556917049, 1e-9);
  EXPECT_NEAR(labelled.last_first, -0.8595091134545023, 1e-9);
  EXPECT_NEAR(labelled.last_second, -0.09406401494229727, 1e-9);
  EXPECT_NEAR(labelled.last_fifth, -0.17695799599193412, 1e-9);
  EXPECT_NEAR(labelled.squares, 635.0195107995444, 1e-7);
}

/// A duel of players 0 and 1 with these scores; ranks as given.
double play(Core& core, double day, double score_a, double score_b, uint32_t rank_a, uint32_t rank_b) {
  const Member a{0, kNoLabel, score_a}, b{1, kNoLabel, score_b};
  const Team teams[] = {{{&a, 1}, rank_a, score_a}, {{&b, 1}, rank_b, score_b}};
  double strengths[2];
  core.learn({day, teams}, strengths);
  return win_probability(strengths[0], strengths[1]);
}

TEST(Core, WhereTheLowerScoreWinsItLearnsThatToo) {
  Core golf(*core_config("b"));
  golf.grow(2, 0);
  double p = 0.5;
  for (int i = 0; i < 40; ++i) p = play(golf, i, 68 + i % 3, 74, 1, 2);
  EXPECT_GT(p, 0.8);
}

TEST(Core, AForfeitWithAScoreAgainstItMovesNoMargin) {
  Core core(*core_config("b"));
  core.grow(2, 0);
  for (int i = 0; i < 10; ++i) play(core, i, 3, 1, 1, 2);
  const double before = play(core, 10, 3, 1, 1, 2);
  play(core, 11, 9, 0, 2, 1);  // led 9:0, then lost at the table
  const double after = play(core, 12, 3, 1, 1, 2);
  EXPECT_GT(after, 0.5);
  EXPECT_LT(after, before);
}

TEST(Core, WithoutScoresTheOutcomesSpeak) {
  Core core(*core_config("auto"));
  core.grow(2, 0);
  double p = 0.5;
  for (int i = 0; i < 30; ++i) p = play(core, i, NAN, NAN, 1, 2);
  EXPECT_GT(p, 0.85);
}

TEST(VectorMath, AgreesWithTheLibrary) {
  for (double x = -699; x < 699; x += 0.37) EXPECT_NEAR(fast_exp(x) / std::exp(x), 1, 1e-15) << x;
  for (double x = 1e-300; x < 1e300; x *= 1.7)
    EXPECT_NEAR(fast_log(x), std::log(x), 1e-15 * std::max(1.0, std::abs(std::log(x)))) << x;
  EXPECT_EQ(fast_exp(0), 1);
  EXPECT_EQ(fast_log(1), 0);
  EXPECT_EQ(sigmoid(0), 0.5);
  for (double x : {-1e308, -800.0, -30.0, 0.0, 30.0, 800.0, 1e308}) {
    EXPECT_GE(sigmoid(x), 0);
    EXPECT_LE(sigmoid(x), 1);
  }
  EXPECT_NEAR(softplus(800), 800, 1e-9);
  EXPECT_NEAR(softplus(0), std::log(2.0), 1e-15);
}

}  // namespace
}  // namespace gamekeeper::play::ratings
