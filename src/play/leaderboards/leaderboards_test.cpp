// Boards against plain containers, over restarts, parted shelves, commits of unknown outcome, and seasons that end.
#include "play/leaderboards/leaderboards.h"

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <map>
#include <random>
#include <thread>

#include "play/accounts/player.h"
#include "play/leaderboards/board_sweep.h"
#include "tests/support/documents/documents.h"
#include "tests/support/documents/passing_store.h"
#include "tests/support/engines/engines.h"
#include "tests/support/engines/passing_ranked_set.h"
#include "tests/support/run_task.h"
#include "tests/support/temp_dir.h"

namespace gamekeeper::play {
namespace {

using ports::BoardOperator;
using ports::BoardOrder;
using ports::BoardRanking;
using test::run;

constexpr UnixMillis kStart = 1'800'000'000'000;  // 2027-01-15T08:00:00Z, a Friday
constexpr int64_t kDay = 24 * 3600 * 1000;

/// A store that can lose its answers: what was committed is committed, and nobody is told.
class ForgetfulStore final : public test::PassingStore {
 public:
  using PassingStore::PassingStore;
  bool forgets = false;

  Task<Result<std::vector<uint64_t>>> commit(ports::WriteSet set) override {
    auto done = co_await store_.commit(std::move(set));
    if (forgets) co_return fail(ErrorKind::kUnavailable, "unavailable", "No answer.");
    co_return done;
  }
};

/// Leaderboards as one process has them; a new one on the same store is a restart.
struct Process {
  Process(ports::DocumentStore& documents, const Clock& clock)
      : live(documents, ranked, clock, {}),
        boards(live, documents, ranked, clock, {[](const std::string&) { return "UTC"; }}),
        sweep(live, documents, ranked, clock) {
    live.start(2);
    GK_CHECK(run(live.refresh()).has_value(), "the boards are read");
    while (live.status().loading > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  std::unique_ptr<ports::RankedSet> ranked_kept = test::make_ranked_set();
  ports::RankedSet& ranked = *ranked_kept;
  LiveBoards live;
  Leaderboards boards;
  BoardSweep sweep;
};

struct Entry {
  int64_t score = 0;
  uint64_t since = 0;  // a count of writes
};

/// The board as a page of a textbook has it.
struct Model {
  BoardOrder order = BoardOrder::kHighFirst;
  BoardOperator op = BoardOperator::kBest;
  uint64_t writes = 0;
  std::map<std::string, Entry> entries;

  void write(const std::string& player, int64_t score) {
    ++writes;
    const auto found = entries.find(player);
    if (found == entries.end()) {
      entries[player] = {score, writes};
      return;
    }
    Entry& e = found->second;
    int64_t next = score;
    if (op == BoardOperator::kSum) next = e.score + score;
    if (op == BoardOperator::kBest)
      next = order == BoardOrder::kHighFirst ? std::max(e.score, score) : std::min(e.score, score);
    if (next != e.score) e = {next, writes};
  }
  std::vector<std::pair<std::string, int64_t>> rows() const {
    std::vector<std::pair<std::string, Entry>> sorted(entries.begin(), entries.end());
    std::ranges::sort(sorted, {}, [&](const auto& e) {
      return std::pair(order == BoardOrder::kHighFirst ? -e.second.score : e.second.score, e.second.since);
    });
    std::vector<std::pair<std::string, int64_t>> out;
    for (const auto& [player, entry] : sorted) out.emplace_back(player, entry.score);
    return out;
  }
};

class LeaderboardsTest : public ::testing::Test {
 protected:
  test::TempDir folder;
  std::unique_ptr<ports::DocumentStore> sqlite = test::open_documents(folder.path());
  ForgetfulStore store{*sqlite};
  ManualClock clock{kStart};
  std::unique_ptr<Process> here = std::make_unique<Process>(store, clock);

  void restart() {
    here.reset();
    here = std::make_unique<Process>(store, clock);
  }
  Result<Placed> write(const char* board, const std::string& player, int64_t score, std::string repeat = {}) {
    return run(here->boards.write("demo", board, {player, score, clock.now_ms(), std::move(repeat)}));
  }
  std::vector<std::pair<std::string, int64_t>> rows(const char* board, const std::string& season = {}) {
    std::vector<std::pair<std::string, int64_t>> out;
    std::string cursor;
    do {
      auto page = run(here->boards.rows("demo", board, season, 97, cursor));
      GK_CHECK(page.has_value(), "the page is there");
      for (const BoardRow& row : page->items) out.emplace_back(row.player_id, row.score);
      cursor = page->next_cursor;
    } while (!cursor.empty());
    return out;
  }
  void make(const char* id, BoardOperator op = BoardOperator::kBest, std::optional<SeasonRule> seasons = {},
            BoardOrder order = BoardOrder::kHighFirst) {
    NewBoard wanted{.id = id, .order = order, .op = op, .seasons = std::move(seasons)};
    auto made = run(here->boards.create("demo", std::move(wanted)));
    ASSERT_TRUE(made) << made.error().message;
  }
  size_t facts() { return run(sqlite->outbox(100))->size(); }
};

TEST_F(LeaderboardsTest, BoardsAgreeWithAPlainModelAlsoAfterRestarts) {
  std::mt19937_64 random(7);
  for (const auto order : {BoardOrder::kHighFirst, BoardOrder::kLowFirst}) {
    for (const auto op : {BoardOperator::kBest, BoardOperator::kLast, BoardOperator::kSum}) {
      const std::string id = std::string(name_of(order)) + "-" + std::string(name_of(op));
      make(id.c_str(), op, {}, order);
      Model model{.order = order, .op = op, .entries = {}};
      for (int n = 0; n < 300; ++n) {
        const std::string player = "player " + std::to_string(random() % 60);
        const auto score = static_cast<int64_t>(random() % 21) - 10;
        model.write(player, score);
        auto placed = write(id.c_str(), player, score);
        ASSERT_TRUE(placed) << placed.error().message;
        ASSERT_EQ(placed->standing.score, model.entries[player].score);
        ASSERT_EQ(placed->total, model.entries.size());
        if (n % 10 == 0) clock.advance(1);
        if (n == 150) restart();
      }
      ASSERT_EQ(rows(id.c_str()), model.rows()) << id;
      restart();
      ASSERT_EQ(rows(id.c_str()), model.rows()) << id;
    }
  }
}

TEST_F(LeaderboardsTest, ManyWritersAtOnceAreOneRound) {
  make("sum", BoardOperator::kSum);
  std::map<std::string, int64_t> model;
  std::mt19937_64 random(3);
  for (int round = 0; round < 4; ++round) {
    asio::io_context context{1};
    size_t done = 0;
    for (int n = 0; n < 1500; ++n) {
      const std::string player = "player " + std::to_string(random() % 1000);
      const auto score = static_cast<int64_t>(random() % 3) - 1;  // many ties, and returns to a score within a round
      model[player] += score;
      asio::co_spawn(context, here->boards.write("demo", "sum", {player, score, clock.now_ms()}),
                     [&](std::exception_ptr, Result<Placed> placed) { done += placed.has_value(); });
    }
    context.run();
    ASSERT_EQ(done, 1500u);
  }
  const auto compare = [&] {
    const auto shown = rows("sum");
    EXPECT_EQ((std::map<std::string, int64_t>(shown.begin(), shown.end())), model);
  };
  compare();
  const auto order = rows("sum");
  restart();  // some hundred shelves, parted many times over
  EXPECT_EQ(rows("sum"), order);
  ASSERT_TRUE(run(here->boards.remove_score("demo", "sum", "", model.begin()->first)));
  EXPECT_EQ(run(here->boards.remove_score("demo", "sum", "", model.begin()->first)).error().code, "not_on_board");
  model.erase(model.begin());
  restart();
  compare();
}

TEST_F(LeaderboardsTest, ASumCountsARepeatOnce) {
  make("sum", BoardOperator::kSum);
  EXPECT_EQ(write("sum", "ann", 5, "a")->standing.score, 5);
  EXPECT_EQ(write("sum", "ann", 5, "a")->standing.score, 5);
  EXPECT_EQ(write("sum", "ann", 2, "b")->standing.score, 7);
  restart();
  EXPECT_EQ(write("sum", "ann", 5, "a")->standing.score, 7);
  EXPECT_EQ(write("sum", "ann", 0, "c")->standing.score, 7);
  EXPECT_EQ(write("sum", "ann", 5)->standing.score, 12);
  EXPECT_EQ(write("sum", "ann", 5)->standing.score, 17);
}

TEST_F(LeaderboardsTest, ASumKnowsItsNewestRepeats) {
  make("sum", BoardOperator::kSum);
  const auto name = [](size_t n) { return std::to_string(n); };
  for (size_t n = 0; n <= Score::kRepeatsMax; ++n) ASSERT_TRUE(write("sum", "ann", 1, name(n)));
  const auto all = static_cast<int64_t>(Score::kRepeatsMax) + 1;
  for (size_t n = 1; n <= Score::kRepeatsMax; ++n) EXPECT_EQ(write("sum", "ann", 1, name(n))->standing.score, all) << n;
  restart();
  EXPECT_EQ(write("sum", "ann", 1, name(1))->standing.score, all);
}

TEST_F(LeaderboardsTest, ASumStaysWithinItsBoundsOnBothSides) {
  make("sum", BoardOperator::kSum);
  for (const int64_t most : {ports::kBoardScoreMax, -ports::kBoardScoreMax}) {
    const std::string player = most > 0 ? "ann" : "bob";
    ASSERT_TRUE(write("sum", player, most));
    const auto beyond = write("sum", player, most > 0 ? 1 : -1);
    ASSERT_FALSE(beyond);
    EXPECT_EQ(beyond.error().code, "score_out_of_range");
    EXPECT_EQ(write("sum", player, 0)->standing.score, most);
  }
}

TEST_F(LeaderboardsTest, APageGoesOnWhereItWasThoughRowsHaveMoved) {
  for (const auto order : {BoardOrder::kHighFirst, BoardOrder::kLowFirst}) {
    const char* id = order == BoardOrder::kHighFirst ? "high" : "low";
    make(id, BoardOperator::kLast, {}, order);
    for (int n = 0; n < 10; ++n) ASSERT_TRUE(write(id, "p" + std::to_string(n), 5));  // in the order of their time
    const auto first = run(here->boards.rows("demo", id, "", 4, ""));
    ASSERT_EQ(first->items.back().player_id, "p3");
    ASSERT_TRUE(write(id, "p3", 7));  // whom the cursor names is elsewhere now
    ASSERT_TRUE(write(id, "p0", 3));
    ASSERT_TRUE(write(id, "new", 9));
    std::vector<std::string> rest;
    for (const BoardRow& row : run(here->boards.rows("demo", id, "", 6, first->next_cursor))->items)
      rest.push_back(row.player_id);
    EXPECT_EQ(rest, (std::vector<std::string>{"p4", "p5", "p6", "p7", "p8", "p9"})) << id;
  }
}

TEST_F(LeaderboardsTest, ACommitOfUnknownOutcomeIsLookedUp) {
  make("best");
  make("sum", BoardOperator::kSum);
  ASSERT_TRUE(write("best", "ann", 1));
  store.forgets = true;
  EXPECT_EQ(write("best", "ann", 9).error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(write("sum", "bob", 9, "a").error().kind, ErrorKind::kUnavailable);
  store.forgets = false;
  ASSERT_TRUE(run(here->sweep.run_once()));
  EXPECT_EQ(rows("best"), (std::vector<std::pair<std::string, int64_t>>{{"ann", 9}}));
  EXPECT_EQ(rows("sum"), (std::vector<std::pair<std::string, int64_t>>{{"bob", 9}}));
  EXPECT_EQ(write("sum", "bob", 9, "a")->standing.score, 9);
}

/// A ranked set that one process is slow to reach: its first put waits until `before_put` has been done.
class SlowRankedSet final : public test::PassingRankedSet {
 public:
  using PassingRankedSet::PassingRankedSet;
  std::function<void()> before_put;

  Task<Result<std::vector<ports::Standing>>> put(ports::Board board, std::vector<ports::ScoreWrite> writes) override {
    if (!writes.empty() && before_put) std::exchange(before_put, nullptr)();
    return ranked_.put(std::move(board), std::move(writes));
  }
  Task<Result<void>> fill(ports::Board board, std::vector<ports::ScoreWrite> writes) override {
    if (!writes.empty() && before_put) std::exchange(before_put, nullptr)();
    return ranked_.fill(std::move(board), std::move(writes));
  }
};

TEST_F(LeaderboardsTest, ProcessesThatShareARankedSetDoNotOverwriteWhatIsNewer) {
  std::unique_ptr<ports::RankedSet> ranked_kept = test::make_ranked_set();
  ports::RankedSet& ranked = *ranked_kept;
  SlowRankedSet slow(ranked);
  const SeasonRules rules{.prefix = "demo/shared\x1f\x1f", .salt = "s", .op = BoardOperator::kLast, .shared = true};
  SeasonScores here_scores(store, slow, rules), there(store, ranked, rules);
  const auto load_all = [](SeasonScores& scores) -> Task<Result<void>> {
    const std::atomic<bool> stopped = false;
    for (uint32_t part = 0; part < SeasonScores::kParts; ++part) {
      if (auto ok = co_await scores.load(part, stopped); !ok) co_return ok;
    }
    co_return Result<void>();
  };
  for (SeasonScores* each : {&here_scores, &there}) {
    ASSERT_TRUE(run(load_all(*each)));
    each->begin_load();
    each->end_load();
  }
  const auto score_now = [&] { return run(ranked.find(here_scores.board(), {"ann"}))->front()->score; };
  slow.before_put = [&] { EXPECT_TRUE(run(there.write({.player = "ann", .score = 2, .at = kStart}))); };
  ASSERT_TRUE(run(here_scores.write({.player = "ann", .score = 1, .at = kStart})));
  EXPECT_EQ(score_now(), 2);
  // The same for who starts while others write.
  SeasonScores third(store, slow, rules);
  slow.before_put = [&] { EXPECT_TRUE(run(there.write({.player = "ann", .score = 3, .at = kStart}))); };
  ASSERT_TRUE(run(load_all(third)));
  EXPECT_EQ(score_now(), 3);
}

TEST_F(LeaderboardsTest, ASeasonEndsOnceAndKeepsItsRanks) {
  make("daily", BoardOperator::kBest, SeasonRule{.timezone = ""});
  const auto first = *run(here->boards.seasons("demo", "daily", 10, ""));
  EXPECT_EQ(first.current->id, "2027-01-15");
  for (int n = 0; n < 30; ++n) ASSERT_TRUE(write("daily", "p" + std::to_string(n), n));
  const auto final_ranks = rows("daily");
  clock.set(first.current->ends - 1);
  ASSERT_TRUE(write("daily", "late", 3));
  clock.set(first.current->ends);
  ASSERT_TRUE(write("daily", "early", 1));  // begins the next, before anybody has closed the last
  EXPECT_EQ(rows("daily").size(), 1u);
  EXPECT_EQ(rows("daily", "2027-01-15").size(), 31u);
  Process other(store, clock);
  clock.advance(BoardSweep::kGraceMs);
  ASSERT_TRUE(run(here->sweep.run_once()));
  ASSERT_TRUE(run(other.sweep.run_once()));
  ASSERT_TRUE(run(here->sweep.run_once()));
  EXPECT_EQ(facts(), 1u);
  for (int restarts = 0; restarts < 2; ++restarts) {
    const auto seasons = *run(here->boards.seasons("demo", "daily", 10, ""));
    ASSERT_EQ(seasons.ended.size(), 1u);
    EXPECT_EQ(seasons.ended[0].players, 31u);
    EXPECT_EQ(seasons.current->id, "2027-01-16");
    auto past = rows("daily", "2027-01-15");
    std::erase(past, std::pair<std::string, int64_t>("late", 3));
    EXPECT_EQ(past, final_ranks);
    EXPECT_EQ(rows("daily"), (std::vector<std::pair<std::string, int64_t>>{{"early", 1}}));
    restart();
  }
  EXPECT_EQ(run(here->boards.rows("demo", "daily", "2027-01-14", 10, "")).error().code, "no_such_season");
  // Of a season that is closed nothing is written any more, however late a score comes.
  EXPECT_EQ(run(here->boards.write("demo", "daily", {"p1", 99, kStart})).error().code, "season_over");
}

TEST_F(LeaderboardsTest, APastSeasonIsPutAwayAndReadAgain) {
  make("daily", BoardOperator::kBest, SeasonRule{.timezone = "UTC"});
  ASSERT_TRUE(write("daily", "ann", 5));
  clock.advance(kDay);
  ASSERT_TRUE(run(here->sweep.run_once()));
  const size_t bytes = test::bytes_of(here->ranked);
  clock.advance(LiveBoards::kIdleMs + 1);
  ASSERT_TRUE(run(here->sweep.run_once()));
  EXPECT_LT(test::bytes_of(here->ranked), bytes);
  EXPECT_EQ(rows("daily", "2027-01-15"), (std::vector<std::pair<std::string, int64_t>>{{"ann", 5}}));
}

TEST_F(LeaderboardsTest, APastSeasonThatSomebodyReadsStays) {
  make("daily", BoardOperator::kBest, SeasonRule{.timezone = "UTC"});
  ASSERT_TRUE(write("daily", "ann", 5));
  clock.advance(kDay);
  ASSERT_TRUE(run(here->sweep.run_once()));
  const auto record = run(here->live.find("demo", "daily"));
  {
    const SeasonScores::Use reading = here->live.scores(*record, "2027-01-15");
    ASSERT_TRUE(reading->is_ready());
    clock.advance(LiveBoards::kIdleMs + 1);
    ASSERT_TRUE(run(here->sweep.run_once()));
    EXPECT_EQ(*run(here->ranked.count(reading->board())), 1u);
    EXPECT_TRUE(reading->is_ready());
  }
  EXPECT_EQ(rows("daily", "2027-01-15").size(), 1u);
}

/// Somebody does something while a board is being dropped.
class MeddledRankedSet final : public test::PassingRankedSet {
 public:
  using PassingRankedSet::PassingRankedSet;
  std::function<void()> meanwhile;

  Task<Result<void>> drop(ports::Board board) override {
    if (meanwhile) meanwhile();
    co_return co_await ranked_.drop(std::move(board));
  }
};

TEST_F(LeaderboardsTest, WhoAsksForASeasonThatIsBeingPutAwayWaitsForItToBeReadAgain) {
  make("daily", BoardOperator::kBest, SeasonRule{.timezone = "UTC"});
  ASSERT_TRUE(write("daily", "ann", 5));
  clock.advance(kDay);
  ASSERT_TRUE(run(here->sweep.run_once()));
  MeddledRankedSet ranked(here->ranked);
  LiveBoards live(store, ranked, clock, {});
  live.start(1);
  Leaderboards boards(live, store, ranked, clock, {[](const std::string&) { return "UTC"; }});
  const auto ask = [&] {
    auto page = run(boards.rows("demo", "daily", "2027-01-15", 10, ""));
    return page ? std::to_string(page->total) : page.error().code;
  };
  ASSERT_EQ(ask(), "1");
  std::future<std::string> asked;
  ranked.meanwhile = [&] {
    asked = std::async(std::launch::async, ask);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // it holds the scores that go by now; or it does not
  };
  clock.advance(LiveBoards::kIdleMs + 1);
  ASSERT_TRUE(run(live.tidy()));
  ASSERT_TRUE(asked.valid()) << "they were put away";
  EXPECT_EQ(asked.get(), "1");
}

TEST_F(LeaderboardsTest, SeasonsThatNobodySawPassAreSkipped) {
  make("daily", BoardOperator::kBest, SeasonRule{.timezone = "UTC"});
  ASSERT_TRUE(write("daily", "ann", 5));
  clock.advance(5 * kDay);
  restart();
  ASSERT_TRUE(run(here->sweep.run_once()));
  ASSERT_TRUE(run(here->sweep.run_once()));
  const auto seasons = *run(here->boards.seasons("demo", "daily", 10, ""));
  ASSERT_EQ(seasons.ended.size(), 1u);
  EXPECT_EQ(seasons.ended[0].season.id, "2027-01-15");
  EXPECT_EQ(seasons.current->id, "2027-01-20");
  EXPECT_EQ(facts(), 1u);
}

TEST_F(LeaderboardsTest, WhatIsRemovedIsTakenAway) {
  make("b", BoardOperator::kBest, SeasonRule{.timezone = "UTC"});
  for (int n = 0; n < 100; ++n) ASSERT_TRUE(write("b", "p" + std::to_string(n), n));
  clock.advance(kDay);
  ASSERT_TRUE(run(here->sweep.run_once()));
  ASSERT_TRUE(run(here->boards.remove("demo", "b")));
  EXPECT_EQ(run(here->boards.rows("demo", "b", "", 10, "")).error().kind, ErrorKind::kNotFound);
  make("b");
  ASSERT_TRUE(write("b", "ann", 1));
  ASSERT_TRUE(run(here->sweep.run_once()));
  EXPECT_EQ(*run(sqlite->count(kBoardScores, "", "", "")), 1u);
  EXPECT_EQ(*run(sqlite->count(kBoardSeasons, "board", "", "")), 0u);
  EXPECT_EQ(*run(sqlite->count(kBoardRemovals, "all", "", "")), 0u);
  restart();
  EXPECT_EQ(rows("b"), (std::vector<std::pair<std::string, int64_t>>{{"ann", 1}}));
}

TEST_F(LeaderboardsTest, UntilItHasBeenReadABoardSaysSo) {
  make("b");
  ASSERT_TRUE(write("b", "ann", 1));
  here.reset();
  std::unique_ptr<ports::RankedSet> ranked_kept = test::make_ranked_set();
  ports::RankedSet& ranked = *ranked_kept;
  LiveBoards live(store, ranked, clock, {});
  Leaderboards boards(live, store, ranked, clock, {[](const std::string&) { return "UTC"; }});
  EXPECT_EQ(run(boards.rows("demo", "b", "", 10, "")).error().code, "rebuilding");
  EXPECT_EQ(run(boards.write("demo", "b", {"ann", 9, kStart})).error().code, "rebuilding");
  live.start(1);
  const auto rows = run(boards.rows("demo", "b", "", 10, ""));
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->items.at(0).score, 1);
}

}  // namespace
}  // namespace gamekeeper::play
