#include "play/results/rating_rules.h"

#include <boost/json.hpp>

#include "play/results/testing/results_fixture.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;

class RatingRulesTest : public ResultsTest {
 protected:
  QueueRecord set(Process& in, json::object change, const std::string& queue = "default") {
    auto record = run(in.results.set_rules("demo", queue, std::move(change)));
    GK_CHECK(record.has_value(), "the rules are set");
    return *record;
  }
  Recomputed recompute(Process& in) {
    auto done = run(in.results.recompute("demo", "default"));
    GK_CHECK(done.has_value(), "the queue is recomputed");
    return *done;
  }
  /// What the stored matches come to by these rules.
  std::map<std::string, std::string> by(const RatingRules& rules) {
    QueueReplay replay("demo", "default", rules);
    for (Match& m : matches(*store)) replay.add(m);
    std::map<std::string, std::string> out;
    for (const auto& [player, rating] : replay.ratings()) out[player] = put_of(rating).body;
    return out;
  }
};

TEST_F(RatingRulesTest, SayWhichFieldIsWrong) {
  const auto error = [](json::object change) {
    auto rules = change_rules({}, change);
    return rules ? std::string() : rules.error().code + " " + rules.error().field + " " + rules.error().limit;
  };
  EXPECT_EQ(error({{"system", "chess"}}),
            "bad_value system auto | glicko2 | elo | elo-decay | plackett-luce | thurstone-mosteller | elo-mm");
  EXPECT_EQ(error({{"system", 1}}), "bad_type system string");
  EXPECT_EQ(error({{"k_factor", 20}}), "bad_value k_factor system elo");
  EXPECT_EQ(error({{"system", "elo"}, {"k_factor", 0}}), "bad_value k_factor 1 to 400");
  EXPECT_EQ(error({{"system", "elo"}, {"k_factor", "high"}}), "bad_type k_factor 1 to 400");
  EXPECT_EQ(error({{"system", "elo"}, {"beta", 100}}),
            "bad_value beta system plackett-luce, thurstone-mosteller or elo-mm");
  EXPECT_EQ(error({{"system", "elo-mm"}, {"beta", 5}}), "bad_value beta 10 to 2000");
  EXPECT_EQ(error({{"placement_games", 1001}}), "bad_value placement_games 0 to 1000");
  EXPECT_EQ(error({{"decay_after_days", 1.5}}), "bad_type decay_after_days 0 to 3650");
  EXPECT_EQ(error({{"decay_points_a_day", -1}}), "bad_value decay_points_a_day 0 to 1000");
}

TEST_F(RatingRulesTest, NumbersOfAnotherSystemAreForgottenAndTheRestStays) {
  auto rules = change_rules({}, {{"system", "elo"}, {"k_factor", 20}, {"decay_after_days", 9}});
  ASSERT_TRUE(rules);
  rules = change_rules(*rules, {{"placement_games", 3}});
  ASSERT_TRUE(rules);
  EXPECT_EQ(json::serialize(show(*rules)),
            R"({"system":"elo","k_factor":2E1,"beta":null,"placement_games":3,"decay_after_days":9,)"
            R"("decay_points_a_day":5E0})");
  const auto again = change_rules({}, show(*rules));
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, *rules);
  rules = change_rules(*rules, {{"system", "plackett-luce"}});
  ASSERT_TRUE(rules);
  EXPECT_EQ(rules->k_factor, 32);
  EXPECT_EQ(rules->decay_after_days, 9);
  EXPECT_NEAR(show(*rules).at("beta").as_double(), 175, 1e-9);
}

TEST_F(RatingRulesTest, ABadNameIsNoQueue) {
  auto refused = run(here.results.set_rules("demo", std::string(129, 'q'), {}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().field, "queue");
}

TEST_F(RatingRulesTest, AreInEffectAtOnceWhereNothingWasPlayed) {
  const QueueRecord queue = set(here, {{"system", "elo"}, {"k_factor", 20}});
  EXPECT_FALSE(queue.wanted);
  const Match match = settled(here, duel("m1", "p0", "p1"));
  EXPECT_EQ(match.result.teams[0].players[0].after, 1510);
  EXPECT_EQ(rating(here, "p1").rating.mean, 1490);
  settled(here, {.match_id = "m2", .queue = "other", .teams = duel("", "p0", "p1").teams});
  EXPECT_EQ(rating(here, "p0", "other").rating.shown(), 1662);  // another queue has its own
}

TEST_F(RatingRulesTest, EverySystemComesToWhatTheLibraryComesTo) {
  for (std::string_view name : ratings::ShownSystem::names()) {
    const std::string queue(name);
    set(here, {{"system", name}}, queue);
    auto model = ratings::Model::make(name);
    ASSERT_TRUE(model);
    model->grow(12, 0);
    std::vector<double> strengths(16);
    for (MatchResult& result : random_results(60, 5)) {
      result.queue = queue;
      result.match_id += queue;
      result.time = kStart + std::stoll(result.match_id.substr(1)) * 86'400'000;
      for (MatchTeam& team : result.teams) team.side.clear();
      const Match match = settled(here, result);
      std::vector<std::vector<ratings::Member>> members;
      std::vector<ratings::Team> teams;
      for (const MatchTeam& team : match.result.teams) {
        auto& seats = members.emplace_back();
        for (const MatchPlayer& p : team.players)
          seats.push_back({.player = static_cast<uint32_t>(std::stoul(p.id.substr(1)))});
      }
      for (size_t t = 0; t < members.size(); ++t)
        teams.push_back({.members = members[t], .rank = match.result.teams[t].rank});
      model->learn({.day = static_cast<double>(match.time) / 86'400'000, .teams = teams}, strengths);
    }
    for (uint32_t i = 0; i < 12; ++i)
      EXPECT_NEAR(rating(here, "p" + std::to_string(i), queue).rating.mean, model->shown(i).mean, 1e-6) << name;
  }
}

TEST_F(RatingRulesTest, WaitForARecomputationWhereSomethingWasPlayed) {
  for (MatchResult& result : random_results(30, 7)) settled(here, std::move(result));
  const auto before = bodies(*store);
  const QueueRecord queue = set(here, {{"system", "elo"}, {"placement_games", 0}});
  ASSERT_TRUE(queue.wanted);
  EXPECT_EQ(queue.rules.system, "auto");
  EXPECT_EQ(bodies(*store), before);
  EXPECT_FALSE(rating(here, "p0").provisional);  // that alone moves nobody
  // Meanwhile all goes on by the rules in effect.
  for (MatchResult& result : random_results(40, 7)) settled(here, std::move(result));
  ASSERT_TRUE(run(here.results.take_back("demo", "m3", "")));
  EXPECT_EQ(bodies(*store), by(queue.rules));
  recompute(here);
  EXPECT_EQ(bodies(*store), by(*queue.wanted));
  EXPECT_EQ(rating(here, "p0").rating.deviation, 0);
  // From then on, too.
  for (MatchResult& result : random_results(50, 7)) settled(here, std::move(result));
  ASSERT_TRUE(run(here.results.take_back("demo", "m5", "")));
  EXPECT_EQ(bodies(*store), by(*queue.wanted));
  EXPECT_EQ(recompute(here).changed_ratings, 0u);
}

TEST_F(RatingRulesTest, WhatWasTakenUpIsNoLongerWantedAndPlacementIsAtOnce) {
  settled(here, duel("m1", "p0", "p1"));
  EXPECT_TRUE(rating(here, "p0").provisional);
  set(here, {{"system", "elo"}, {"placement_games", 1}});
  EXPECT_FALSE(rating(here, "p0").provisional) << "how many games that takes moves nobody";
  recompute(here);
  const auto queue = run(here.results.queue_record("demo", "default"));
  ASSERT_TRUE(queue);
  EXPECT_EQ(queue->rules.system, "elo");
  EXPECT_FALSE(queue->wanted);
}

TEST_F(RatingRulesTest, SettingBackWhatIsInEffectAsksForNothing) {
  settled(here, duel("m1", "p0", "p1"));
  EXPECT_TRUE(set(here, {{"system", "elo"}}).wanted);
  const QueueRecord queue = set(here, {{"system", "auto"}});
  EXPECT_FALSE(queue.wanted);
  EXPECT_EQ(recompute(here).changed_ratings, 0u);
}

TEST_F(RatingRulesTest, EveryProcessFollows) {
  Process there(*store, clock);
  settled(there, duel("m0", "p0", "p1"));
  set(here, {{"system", "elo"}});
  recompute(here);
  settled(there, duel("m1", "p0", "p1"));
  settled(here, duel("m2", "p2", "p1"));
  EXPECT_EQ(bodies(*store), by({.system = "elo"}));
}

TEST_F(RatingRulesTest, ALostAnswerLosesNothing) {
  settled(here, duel("m1", "p0", "p1"));
  set(here, {{"system", "elo"}});
  here.store.fail_commit(1, FlakyStore::How::kNothingDone);
  ASSERT_FALSE(run(here.results.recompute("demo", "default")));
  EXPECT_EQ(run(here.results.queue_record("demo", "default"))->rules_set().system, "elo");
  settled(here, duel("m2", "p0", "p1"));
  EXPECT_EQ(bodies(*store), by({}));
  here.store.fail_commit(1, FlakyStore::How::kAnswerLost);
  ASSERT_FALSE(run(here.results.recompute("demo", "default")));
  settled(here, duel("m3", "p0", "p1"));
  EXPECT_EQ(bodies(*store), by({.system = "elo"}));
}

}  // namespace
}  // namespace gamekeeper::play
