#include "play/results/testing/results_fixture.h"

namespace gamekeeper::play {
namespace {

TEST_F(ResultsTest, ADuelMovesBothAndIsFoundEverywhere) {
  const Match m = settled(here, duel("m", "p1", "p2"));
  EXPECT_EQ(m.applied, 1u);
  const MatchPlayer &won = m.result.teams[0].players[0], &lost = m.result.teams[1].players[0];
  EXPECT_EQ(won.before, 1500);
  EXPECT_EQ(won.after, 1662);  // Glicko-2's first game of two newcomers
  EXPECT_EQ(lost.after, 1338);
  EXPECT_NEAR(won.deviation, 290.2305, 0.0005);
  const RatingView view = rating(here, "p1");
  EXPECT_EQ(view.rating.shown(), 1662);
  EXPECT_EQ(view.rating.deviation, won.deviation);
  EXPECT_EQ(view.rank, 1u);
  EXPECT_EQ(view.percentile, 100.0);
  EXPECT_EQ(rating(here, "p2").percentile, 50.0);
  ASSERT_EQ(view.history.size(), 1u);
  EXPECT_EQ(view.history[0].result.match_id, "m");
  const auto card = run(players.read("demo", "p2"));
  EXPECT_EQ(card->record.losses, 1);
  EXPECT_EQ(card->record.current_rating, 1338);
  ASSERT_EQ(card->record.steps.size(), 1u);
  EXPECT_EQ(card->record.steps[0], (RatingStep{kStart, 1338, -162}));
  EXPECT_FALSE(rating(here, "p3").rank);
  EXPECT_EQ(rating(here, "p3").rating.shown(), 1500);
}

TEST_F(ResultsTest, ARepeatIsAnsweredTheSameAndAnotherResultRefused) {
  const Match first = settled(here, duel("m", "p1", "p2"));
  settled(here, duel("n", "p2", "p1"));
  Process other(*store, clock);
  for (Process* process : {&here, &other}) {
    MatchResult turned = duel("m", "p1", "p2");
    std::swap(turned.teams[0], turned.teams[1]);
    const Match again = settled(*process, turned);
    EXPECT_EQ(again.applied, 1u);
    EXPECT_EQ(again.result.teams[0].players[0].after, first.result.teams[0].players[0].after);
    auto refused = run(process->results.settle("demo", duel("m", "p1", "p2", 1, 1)));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "different_result");
    EXPECT_EQ(run(process->results.settle("other", duel("m", "p1", "p2"))).error().code, "not_found");
  }
  EXPECT_EQ(rating(here, "p1").rating.games(), 2);
}

TEST_F(ResultsTest, WhoIsNoPlayerIsNamedAndNothingIsWritten) {
  auto refused = run(here.results.settle("demo", duel("m", "p1", "nobody")));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "not_found");
  EXPECT_EQ(refused.error().field, "teams[1].players[0]");
  EXPECT_TRUE(bodies(*store).empty());
  EXPECT_EQ(settled(here, duel("m", "p1", "p2")).applied, 1u);
}

/// All at once on one context, so that they share rounds: the answers in the order of the results.
std::vector<Result<Match>> together(Results& results, const std::vector<MatchResult>& all) {
  asio::io_context context{1};
  std::vector<Result<Match>> out(all.size(), fail(ErrorKind::kInternal, "internal", "No answer."));
  for (size_t i = 0; i < all.size(); ++i) {
    asio::co_spawn(context.get_executor(), results.settle("demo", all[i]),
                   [&out, i](std::exception_ptr, Result<Match> answer) { out[i] = std::move(answer); });
  }
  context.run();
  return out;
}

TEST_F(ResultsTest, ManyAtOnceTwiceFromTwoProcessesEqualOneReplay) {
  Process other(*store, clock);
  std::vector<MatchResult> all = random_results(150, 7);
  const size_t half = all.size() / 2;
  for (size_t from : {size_t{0}, half}) {
    std::vector<MatchResult> part(all.begin() + static_cast<ptrdiff_t>(from),
                                  all.begin() + static_cast<ptrdiff_t>(from + half));
    std::vector<MatchResult> twice = part;
    twice.insert(twice.end(), part.rbegin(), part.rend());
    const auto a = together(here.results, twice);
    for (size_t i = 0; i < twice.size(); ++i) {
      ASSERT_TRUE(a[i]) << a[i].error().message;
      EXPECT_EQ(a[i]->applied, a[twice.size() - 1 - i]->applied);
    }
    clock.advance(1000);
    for (const auto& again : together(other.results, part)) ASSERT_TRUE(again) << again.error().message;
    std::vector<MatchResult> extra;
    for (MatchResult r : part) {
      r.match_id += "x";
      extra.push_back(std::move(r));
    }
    for (const auto& added : together(other.results, extra)) ASSERT_TRUE(added) << added.error().message;
  }
  const std::vector<Match> stored = matches(*store);
  ASSERT_EQ(stored.size(), 2 * all.size());
  for (size_t i = 0; i < stored.size(); ++i) EXPECT_EQ(stored[i].applied, i + 1);
  EXPECT_EQ(bodies(*store), replayed(*store));
}

TEST_F(ResultsTest, WhatWasComputedAheadOfAWriteThatFailedIsComputedAnew) {
  int next = 0;
  for (const auto how : {FlakyStore::How::kNothingDone, FlakyStore::How::kAnswerLost}) {
    for (const int nth : {1, 2, 3}) {
      std::vector<MatchResult> all = random_results(40, static_cast<uint32_t>(next));
      for (MatchResult& r : all) r.match_id += "/" + std::to_string(next);
      ++next;
      here.store.fail_commit(nth, how);
      // Parts that come while others are under way.
      asio::io_context context;
      std::vector<Result<Match>> out;
      for (size_t i = 0; i < all.size(); ++i) {
        asio::co_spawn(
            context,
            [](Results& results, MatchResult r, size_t at, std::vector<Result<Match>>& to) -> Task<void> {
              co_await sleep_for(std::chrono::milliseconds(at / 4));
              to.push_back(co_await results.settle("demo", std::move(r)));
            }(here.results, all[i], i, out),
            [](std::exception_ptr) {});
      }
      context.run();
      size_t failed = 0;
      for (const auto& match : out) failed += !match;
      EXPECT_GE(failed, 1u);
      for (const auto& match : out) EXPECT_TRUE(match || match.error().kind == ErrorKind::kUnavailable);
      for (const MatchResult& r : all) settled(here, r);
      EXPECT_EQ(bodies(*store), replayed(*store));
    }
  }
  const std::vector<Match> stored = matches(*store);
  ASSERT_EQ(stored.size(), 40u * static_cast<size_t>(next));
  for (size_t i = 0; i < stored.size(); ++i) EXPECT_EQ(stored[i].applied, i + 1);
}

TEST_F(ResultsTest, TwoProcessesGiveNoNumberTwice) {
  Process other(*store, clock);
  EXPECT_EQ(settled(here, duel("a", "p1", "p2")).applied, 1u);
  EXPECT_EQ(settled(other, duel("b", "p3", "p4")).applied, 2u);  // nobody in common: the queue alone tells
  EXPECT_EQ(settled(here, duel("c", "p5", "p6")).applied, 3u);
  EXPECT_EQ(settled(other, duel("d", "p7", "p8")).applied, 4u);
  // What one takes back, the other knows with its next result: its board, too.
  ASSERT_TRUE(run(here.results.take_back("demo", "b", "")));
  settled(other, duel("e", "p9", "p10"));
  for (bool more = true; more;) more = *run(other.results.catch_up());
  EXPECT_FALSE(rating(other, "p3").rank);
  EXPECT_EQ(rating(other, "p1").rank, 1u);
  EXPECT_EQ(bodies(*store), replayed(*store));
}

TEST_F(ResultsTest, BoardsAndPredictionsAreReadBack) {
  for (const auto& done : together(here.results, random_results(80, 3))) ASSERT_TRUE(done);
  Process after(*store, clock);
  EXPECT_FALSE(rating(after, "p1").rank);
  for (bool more = true; more;) more = *run(after.results.catch_up());
  const std::vector<MatchTeam> teams = duel("", "p1", "p2").teams;
  EXPECT_EQ(*run(after.results.predict("demo", "default", teams)),
            *run(here.results.predict("demo", "default", teams)));
  for (int i = 0; i < 12; ++i) {
    const std::string player = "p" + std::to_string(i);
    const RatingView a = rating(here, player), b = rating(after, player);
    ASSERT_TRUE(b.rank) << player;
    EXPECT_EQ(a.rank, b.rank);
    EXPECT_EQ(a.percentile, b.percentile);
    uint64_t higher = 0;
    for (int j = 0; j < 12; ++j) higher += rating(here, "p" + std::to_string(j)).rating.shown() > a.rating.shown();
    EXPECT_EQ(*a.rank, higher + 1);
  }
}

TEST_F(ResultsTest, PredictionsLearnAndAddUp) {
  for (int i = 0; i < 30; ++i) settled(here, duel("m" + std::to_string(i), "p1", "p2"));
  const auto chances = *run(here.results.predict("demo", "default", duel("", "p1", "p2").teams));
  ASSERT_EQ(chances.size(), 2u);
  EXPECT_GT(chances[0], 0.8);
  EXPECT_NEAR(chances[0] + chances[1], 1, 1e-12);
  EXPECT_NEAR((*run(here.results.predict("demo", "default", duel("", "p8", "p9").teams)))[0], 0.5, 1e-12);
  const auto stored = matches(*store);
  EXPECT_NEAR(stored.front().predicted[0], 0.5, 1e-12);
  EXPECT_GT(stored.back().predicted[0], 0.8);
}

TEST_F(ResultsTest, ALostAnswerIsFoundByTheRepeat) {
  settled(here, duel("a", "p1", "p2"));
  here.store.fail_commit(1, FlakyStore::How::kAnswerLost);
  auto lost = run(here.results.settle("demo", duel("b", "p1", "p2")));
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(settled(here, duel("b", "p1", "p2")).applied, 2u);
  here.store.fail_commit(1, FlakyStore::How::kNothingDone);
  ASSERT_FALSE(run(here.results.settle("demo", duel("c", "p1", "p2"))));
  EXPECT_EQ(settled(here, duel("c", "p1", "p2")).applied, 3u);
  EXPECT_EQ(bodies(*store), replayed(*store));
  size_t completed = 0;
  for (const auto& entry : *run(store->outbox(1000)))
    completed += entry.fact.body.find("match.completed") != std::string::npos;
  EXPECT_EQ(completed, 3u);
}

TEST_F(ResultsTest, ABoardThatCouldNotBeWrittenIsReadBack) {
  settled(here, duel("a", "p1", "p2"));
  here.boards.fails_next = true;
  EXPECT_EQ(settled(here, duel("b", "p3", "p2")).applied, 2u) << "the result stands";
  EXPECT_FALSE(rating(here, "p1").rank) << "nothing rather than what is not so";
  for (bool more = true; more;) more = *run(here.results.catch_up());
  EXPECT_EQ(rating(here, "p2").rank, 3u);
  EXPECT_EQ(rating(here, "p1").percentile, 100.0);
}

TEST_F(ResultsTest, TheSessionOfAMatchEndsWithIt) {
  auto session = run(here.sessions.create("demo", {.players = {"p1", "p2"}}));
  ASSERT_TRUE(run(here.sessions.change("demo", session->id, {.status = SessionStatus::kActive}, std::nullopt)));
  clock.advance(5000);
  MatchResult r = duel("m", "p1", "p3");
  r.session_id = session->id;
  EXPECT_EQ(run(here.results.settle("demo", r)).error().code, "not_in_session");
  r = duel("m", "p1", "p2");
  r.session_id = "none";
  EXPECT_EQ(run(here.results.settle("demo", r)).error().field, "session_id");
  r.session_id = session->id;
  settled(here, r);
  settled(here, r);
  EXPECT_EQ(run(here.sessions.read("demo", session->id))->status, SessionStatus::kCompleted);
  const auto card = run(players.read("demo", "p1"));
  EXPECT_EQ(card->stats.sessions_played, 1);
  EXPECT_EQ(card->stats.seconds_played, 5);
  EXPECT_EQ(card->record.wins, 1);
  // Another match of a session that is over counts, too.
  r.match_id = "second";
  EXPECT_EQ(settled(here, r).applied, 2u);
  EXPECT_EQ(run(players.read("demo", "p1"))->stats.sessions_played, 1);
}

TEST_F(ResultsTest, WhoListensHearsOfRatingAndSession) {
  std::mutex mutex;
  std::vector<std::string> heard;
  const auto hear = [&](const ports::TopicMessage& message) {
    std::lock_guard lock(mutex);
    heard.push_back(*message.body);
  };
  auto session = run(here.sessions.create("demo", {.players = {"p1", "p2"}}));
  ASSERT_TRUE(run(here.sessions.change("demo", session->id, {.status = SessionStatus::kActive}, std::nullopt)));
  auto rating_heard = here.broadcast.subscribe(flow::player_topic("demo", "p1", "ratings"), hear);
  auto session_heard = here.broadcast.subscribe(flow::session_topic("demo", session->id), hear);
  MatchResult r = duel("m", "p1", "p2");
  r.session_id = session->id;
  settled(here, r);
  settled(here, r);  // a repeat is no news
  rating_heard.reset();
  session_heard.reset();
  std::lock_guard lock(mutex);
  ASSERT_EQ(heard.size(), 2u);
  EXPECT_NE(heard[0].find(R"("type":"rating_changed")"), std::string::npos) << heard[0];
  EXPECT_NE(heard[0].find(R"("before":1500,"after":1662,"change":162)"), std::string::npos) << heard[0];
  EXPECT_NE(heard[1].find(R"("type":"session_state")"), std::string::npos) << heard[1];
  EXPECT_NE(heard[1].find(R"("status":"completed")"), std::string::npos) << heard[1];
  EXPECT_NE(heard[1].find(R"("version":3)"), std::string::npos) << heard[1];
}

}  // namespace
}  // namespace gamekeeper::play
