#include "play/results/results.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <cmath>
#include <random>

#include "flow/push.h"
#include "play/accounts/players.h"
#include "play/results/queue_replay.h"
#include "play/sessions/sessions.h"
#include "tests/support/documents/documents.h"
#include "tests/support/documents/passing_store.h"
#include "tests/support/engines/engines.h"
#include "tests/support/run_task.h"
#include "tests/support/temp_dir.h"

namespace gamekeeper::play {
namespace {

using test::run;

/// A store whose n-th commit from now fails, with nothing done or with the answer lost.
class FlakyStore final : public test::PassingStore {
 public:
  enum class How { kNothingDone, kAnswerLost };
  using PassingStore::PassingStore;
  void fail_commit(int in, How how) { left_ = in, how_ = how; }

  Task<Result<std::vector<uint64_t>>> commit(ports::WriteSet set) override {
    const bool fails = left_ > 0 && --left_ == 0;
    if (!fails || how_ == How::kAnswerLost) {
      auto done = co_await store_.commit(std::move(set));
      if (!fails) co_return done;
    }
    co_return fail(ErrorKind::kUnavailable, "unavailable", "The connection broke.");
  }

 private:
  int left_ = 0;
  How how_ = How::kNothingDone;
};

/// Results as one process has them, on a store that others may share.
struct Process {
  Process(ports::DocumentStore& documents, const Clock& clock)
      : store(documents), sessions(store, broadcast, clock), results({store, boards, &broadcast}, clock) {}
  FlakyStore store;
  std::unique_ptr<ports::Broadcast> broadcast_kept = test::make_broadcast();
  ports::Broadcast& broadcast = *broadcast_kept;
  std::unique_ptr<ports::RankedSet> boards_kept = test::make_ranked_set();
  ports::RankedSet& boards = *boards_kept;
  Sessions sessions;
  Results results;
};

MatchResult duel(const std::string& id, const std::string& a, const std::string& b, int rank_a = 1, int rank_b = 2) {
  return {.match_id = id,
          .queue = "default",
          .teams = {{.rank = static_cast<uint32_t>(rank_a), .players = {{.id = a}}},
                    {.rank = static_cast<uint32_t>(rank_b), .players = {{.id = b}}}}};
}

class ResultsTest : public ::testing::Test {
 protected:
  ResultsTest() {
    GK_CHECK(run(access.load()).has_value(), "the keys load");
    for (int i = 0; i < 12; ++i)
      GK_CHECK(run(players.create("demo", {"p" + std::to_string(i), std::nullopt, {}})).has_value(), "a player");
  }

  Match settled(Process& in, MatchResult result) {
    auto match = run(in.results.settle("demo", std::move(result)));
    GK_CHECK(match.has_value(), "the result is applied");
    return *match;
  }
  RatingView rating(Process& in, const std::string& player, const std::string& queue = "default") {
    auto view = run(in.results.rating("demo", player, queue, 1000, ""));
    GK_CHECK(view.has_value(), "the rating is read");
    return *view;
  }
  /// Everything that results have written of a queue's ratings: player → body.
  std::map<std::string, std::string> bodies(ports::DocumentStore& in, const std::string& queue = "default") {
    std::map<std::string, std::string> out;
    auto page = run(in.query({.collection = kRatings,
                              .index = kRatingsByQueue,
                              .from = ratings_key("demo", queue),
                              .to = ratings_key_end("demo", queue),
                              .limit = 1000}));
    for (const ports::Document& d : page->items) out[read_rating(d)->player_id] = d.body;
    return out;
  }
  std::vector<Match> matches(ports::DocumentStore& in, const std::string& queue = "default") {
    std::vector<Match> out;
    auto page = run(in.query({.collection = kMatches,
                              .index = kMatchesByNumber,
                              .from = match_number_key("demo", queue, 0),
                              .to = match_number_key("demo", queue, 1'000'000),
                              .limit = 1000}));
    for (const ports::Document& d : page->items) out.push_back(*read_match(d));
    return out;
  }
  /// What a replay of the stored matches makes: the oracle of all that results do.
  std::map<std::string, std::string> replayed(ports::DocumentStore& in) {
    QueueReplay replay("demo", "default");
    for (Match& m : matches(in)) replay.add(m);
    std::map<std::string, std::string> out;
    for (const auto& [player, rating] : replay.ratings()) out[player] = put_of(rating).body;
    return out;
  }
  /// Duels, teams and free-for-alls with draws, at times that now and then go back.
  std::vector<MatchResult> random_results(size_t count, uint32_t seed) {
    std::mt19937 dice(seed);
    std::vector<MatchResult> out;
    for (size_t n = 0; n < count; ++n) {
      std::vector<std::string> names;
      for (int i = 0; i < 12; ++i) names.push_back("p" + std::to_string(i));
      std::shuffle(names.begin(), names.end(), dice);
      const size_t teams = dice() % 3 == 0 ? 3 + dice() % 3 : 2, size = dice() % 2 == 0 ? 1 : 2;
      MatchResult r{.match_id = "m" + std::to_string(n), .queue = "default"};
      for (size_t t = 0; t < teams; ++t) {
        MatchTeam& team = r.teams.emplace_back(MatchTeam{.rank = 1 + static_cast<uint32_t>(dice() % teams)});
        if (dice() % 2) team.side = t == 0 ? "home" : "away";
        for (size_t p = 0; p < size; ++p) {
          team.players.push_back({.id = names.back(), .score = static_cast<double>(dice() % 10) / 7});
          names.pop_back();
        }
      }
      if (dice() % 2)
        r.time = kStart + static_cast<int64_t>(n) * 86'400'000 - static_cast<int64_t>(dice() % 5) * 86'400'000;
      out.push_back(std::move(r));
    }
    return out;
  }

  static constexpr UnixMillis kStart = 1'800'000'000'000;
  test::TempDir folder;
  std::unique_ptr<ports::DocumentStore> store = test::open_documents(folder.path());
  ManualClock clock{kStart};
  gate::Tokens tokens{*store, gate::kPlayerTokens};
  gate::PlayerAccess access{*store, tokens, clock};
  Players players{*store, access, clock};
  Process here{*store, clock};
};

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

TEST_F(ResultsTest, AVoidedMatchIsAsIfItHadNotBeenPlayed) {
  const std::vector<MatchResult> all = random_results(60, 11);
  test::TempDir elsewhere;
  auto twin_store = test::open_documents(elsewhere.path());
  for (int i = 0; i < 12; ++i) {
    auto page = run(store->get(kPlayers, scoped("demo", "p" + std::to_string(i))));
    ASSERT_TRUE(
        run(twin_store->commit({.puts = {{.collection = kPlayers, .id = (*page)->id, .body = (*page)->body}}})));
  }
  Process twin(*twin_store, clock);
  for (size_t i = 0; i < all.size(); ++i) {
    settled(here, all[i]);
    if (i != 4) settled(twin, all[i]);
    clock.advance(60'000);
  }
  ASSERT_NE(bodies(*store), bodies(*twin_store));
  auto done = run(here.results.take_back("demo", "m4", "cheating"));
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->status, MatchStatus::kVoid);
  EXPECT_EQ(done->reason, "cheating");
  EXPECT_EQ(bodies(*store), bodies(*twin_store));
  // Later matches say what they would have said, and the rest follows.
  const auto mine = matches(*store), theirs = matches(*twin_store);
  for (size_t i = 5; i < mine.size(); ++i) {
    for (size_t t = 0; t < mine[i].result.teams.size(); ++t) {
      const auto &a = mine[i].result.teams[t].players, &b = theirs[i - 1].result.teams[t].players;
      for (size_t p = 0; p < a.size(); ++p) {
        EXPECT_EQ(a[p].before, b[p].before);
        EXPECT_EQ(a[p].after, b[p].after);
        EXPECT_EQ(a[p].deviation, b[p].deviation);
      }
    }
  }
  for (int i = 0; i < 12; ++i) {
    const RatingView a = rating(here, "p" + std::to_string(i)), b = rating(twin, "p" + std::to_string(i));
    EXPECT_EQ(a.rank, b.rank);
    EXPECT_EQ(a.history.size(), b.history.size());
  }
  const auto teams = duel("", "p1", "p2").teams;
  EXPECT_EQ(*run(here.results.predict("demo", "default", teams)), *run(twin.results.predict("demo", "default", teams)));
  // Again is harmless, and the next result goes on from there.
  ASSERT_TRUE(run(here.results.take_back("demo", "m4", "again")));
  settled(here, duel("next", "p1", "p2"));
  settled(twin, duel("next", "p1", "p2"));
  EXPECT_EQ(bodies(*store), bodies(*twin_store));
  EXPECT_EQ(matches(*store).back().applied, 61u);
}

TEST_F(ResultsTest, ACorrectedMatchIsAsIfItHadBeenPlayedSo) {
  settled(here, duel("a", "p1", "p2"));
  settled(here, duel("b", "p2", "p3"));
  auto refused = run(here.results.correct(
      "demo",
      [] {
        MatchResult r = duel("a", "p1", "p2");
        r.queue = "ranked";
        return r;
      }(),
      ""));
  EXPECT_EQ(refused.error().code, "bad_value");
  auto done = run(here.results.correct("demo", duel("a", "p4", "p2"), "the wrong player"));
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->applied, 1u);
  EXPECT_EQ(done->result.teams[0].players[0].after, 1662);
  EXPECT_EQ(bodies(*store), replayed(*store));
  EXPECT_FALSE(bodies(*store).contains("p1"));
  EXPECT_FALSE(rating(here, "p1").rank);
  EXPECT_EQ(rating(here, "p4").rank, 1u);
  EXPECT_EQ(run(players.read("demo", "p1"))->record.games(), 0);
  // A void match can be set right, too.
  ASSERT_TRUE(run(here.results.take_back("demo", "b", "")));
  EXPECT_EQ(rating(here, "p3").rating.games(), 0);
  ASSERT_TRUE(run(here.results.correct("demo", duel("b", "p3", "p2"), "")));
  EXPECT_EQ(rating(here, "p3").rating.wins, 1);
  EXPECT_EQ(bodies(*store), replayed(*store));
}

TEST_F(ResultsTest, AnInterruptedRecomputationIsDoneAgain) {
  for (const MatchResult& r : random_results(40, 5)) settled(here, r);
  here.store.fail_commit(2, FlakyStore::How::kNothingDone);  // the first marks the match
  EXPECT_FALSE(run(here.results.take_back("demo", "m3", "")));
  EXPECT_NE(bodies(*store), replayed(*store));
  Process after(*store, clock);
  while (*run(after.results.catch_up())) {
  }
  EXPECT_EQ(bodies(*store), replayed(*store));
  settled(here, duel("next", "p1", "p2"));
  EXPECT_EQ(bodies(*store), replayed(*store));
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

TEST_F(ResultsTest, ASoftResetHasItsPlaceInTheOrder) {
  settled(here, duel("a", "p1", "p2"));
  auto reset = run(here.results.reset("demo", "default", "season-1", 0.5, "season 1 is over"));
  ASSERT_TRUE(reset) << reset.error().message;
  EXPECT_EQ(reset->applied, 2u);
  EXPECT_EQ(rating(here, "p1").rating.shown(), 1581);
  EXPECT_NEAR(rating(here, "p1").rating.deviation, std::sqrt((290.2305 * 290.2305 + 350.0 * 350.0) / 2), 0.001);
  EXPECT_EQ(rating(here, "p1").rating.wins, 1);
  EXPECT_EQ(run(here.results.reset("demo", "default", "season-1", 0.5, ""))->applied, 2u);
  EXPECT_EQ(run(here.results.reset("demo", "default", "season-1", 0.4, "")).error().code, "different_result");
  EXPECT_EQ(run(here.results.reset("demo", "nothing", "x", 0.5, "")).error().code, "not_found");
  const int64_t before = settled(here, duel("b", "p1", "p2")).result.teams[0].players[0].before;
  EXPECT_EQ(before, 1581);
  EXPECT_EQ(bodies(*store), replayed(*store));
  ASSERT_TRUE(run(here.results.take_back("demo", "a", "")));
  EXPECT_EQ(bodies(*store), replayed(*store));
  EXPECT_EQ(rating(here, "p1").rating.shown(), 1662);  // the reset now met nobody
  ASSERT_TRUE(run(here.results.correct("demo", duel("a", "p1", "p2"), "")));
  ASSERT_TRUE(run(here.results.take_back("demo", "season-1", "too early")));
  EXPECT_EQ(matches(*store)[2].result.teams[0].players[0].before, 1662);
  EXPECT_EQ(bodies(*store), replayed(*store));
}

class ReportsTest : public ResultsTest {
 protected:
  Result<Match> said(const std::string& by, MatchResult result) {
    return run(here.results.report("demo", by, std::move(result)));
  }
};

TEST_F(ReportsTest, ADuelIsSettledWhenBothSayTheSame) {
  auto first = said("p1", duel("m", "p1", "p2"));
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->status, MatchStatus::kPending);
  EXPECT_EQ(rating(here, "p1").rating.games(), 0);
  EXPECT_EQ(said("p1", duel("m", "p1", "p2"))->status, MatchStatus::kPending);
  EXPECT_EQ(said("p3", duel("m", "p1", "p2")).error().code, "not_yours");
  EXPECT_EQ(said("p2", duel("m", "p1", "p2"))->status, MatchStatus::kApplied);
  EXPECT_EQ(rating(here, "p1").rating.wins, 1);
  EXPECT_EQ(said("p1", duel("m", "p1", "p2"))->applied, 1u);
  EXPECT_EQ(said("p2", duel("m", "p2", "p1")).error().code, "different_result");
}

TEST_F(ReportsTest, WhoDisagreeOrAreLateAreHeardByTheServer) {
  EXPECT_EQ(said("p1", duel("m", "p1", "p2"))->status, MatchStatus::kPending);
  EXPECT_EQ(said("p2", duel("m", "p2", "p1"))->status, MatchStatus::kDisputed);
  EXPECT_EQ(said("p3", duel("n", "p3", "p4"))->status, MatchStatus::kPending);
  clock.advance(599'000);
  EXPECT_EQ(*run(here.results.sweep()), 0u);
  clock.advance(2'000);
  EXPECT_EQ(*run(here.results.sweep()), 1u);
  EXPECT_EQ(*run(here.results.sweep()), 0u);
  const auto disputed = run(here.results.list("demo", {.status = MatchStatus::kDisputed}, 50, ""));
  ASSERT_EQ(disputed->items.size(), 2u);
  EXPECT_EQ(disputed->items[0].result.match_id, "n");
  EXPECT_EQ(disputed->items[1].reports.size(), 2u);
  EXPECT_EQ(said("p4", duel("n", "p3", "p4"))->status, MatchStatus::kDisputed);
  EXPECT_EQ(settled(here, duel("m", "p2", "p1")).applied, 1u);
  EXPECT_EQ(run(here.results.correct("demo", duel("n", "p4", "p3"), "seen on video"))->applied, 2u);
  EXPECT_TRUE(run(here.results.list("demo", {.status = MatchStatus::kDisputed}, 50, ""))->items.empty());
  EXPECT_EQ(rating(here, "p4").rating.wins, 1);
}

TEST_F(ReportsTest, NobodyDecidesForTheOthersAlone) {
  MatchResult teams{.match_id = "t",
                    .queue = "default",
                    .teams = {{.rank = 1, .players = {{.id = "p1"}, {.id = "p2"}}},
                              {.rank = 2, .players = {{.id = "p3"}, {.id = "p4"}}}}};
  EXPECT_EQ(said("p1", teams)->status, MatchStatus::kPending);
  EXPECT_EQ(said("p2", teams)->status, MatchStatus::kPending);  // one whole team, but no opponent
  EXPECT_EQ(said("p4", teams)->status, MatchStatus::kApplied);
  MatchResult field{.match_id = "f", .queue = "default"};
  for (int i = 1; i <= 3; ++i)
    field.teams.push_back({.rank = static_cast<uint32_t>(i), .players = {{.id = "p" + std::to_string(i)}}});
  EXPECT_EQ(said("p1", field)->status, MatchStatus::kPending);
  EXPECT_EQ(said("p3", field)->status, MatchStatus::kApplied);  // all but one
  // Whoever changes their mind stands to the last word.
  EXPECT_EQ(said("p1", duel("d", "p1", "p2"))->status, MatchStatus::kPending);
  EXPECT_EQ(said("p1", duel("d", "p2", "p1"))->status, MatchStatus::kPending);
  EXPECT_EQ(said("p2", duel("d", "p2", "p1"))->status, MatchStatus::kApplied);
}

TEST_F(ReportsTest, AVoidPendingMatchMovesNothing) {
  said("p1", duel("m", "p1", "p2"));
  EXPECT_EQ(run(here.results.take_back("demo", "m", ""))->status, MatchStatus::kVoid);
  EXPECT_EQ(said("p2", duel("m", "p1", "p2"))->status, MatchStatus::kVoid);
  EXPECT_TRUE(bodies(*store).empty());
  EXPECT_EQ(run(here.results.correct("demo", duel("m", "p1", "p2"), ""))->status, MatchStatus::kApplied);
  EXPECT_EQ(run(here.results.take_back("demo", "none", "")).error().code, "not_found");
}

}  // namespace
}  // namespace gamekeeper::play
