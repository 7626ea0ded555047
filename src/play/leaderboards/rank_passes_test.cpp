#include "play/leaderboards/rank_passes.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "events/event.h"
#include "play/accounts/player.h"
#include "tests/support/documents/documents.h"
#include "tests/support/engines/engines.h"
#include "tests/support/run_task.h"
#include "tests/support/temp_dir.h"

namespace gamekeeper::play {
namespace {

using test::run;
using Lines = std::vector<std::string>;

class RankPassesTest : public ::testing::Test {
 protected:
  RankPassesTest() {
    ports::WriteSet set;
    set.puts.push_back(put_of(Player{.app = "demo", .id = "bob", .username = "Bob", .username_folded = "bob"}));
    GK_CHECK(run(store->commit(std::move(set))).has_value(), "a player is made");
  }
  Task<Result<std::vector<std::string>>> friends_of(std::string player) { co_return friends[player]; }

  /// Writes a score, as what is noted of it.
  void score(const std::string& player, int64_t points) {
    auto was = run(ranked->find(board.board, {player}));
    auto now = run(ranked->put(board.board, {{player, points, ++reached}}));
    GK_CHECK(was && now, "a score is written");
    const auto& before = was->front();
    passes.note(board, player, before ? std::optional(before->score) : std::nullopt, points);
  }
  /// Who heard of whom, and their rank now, since the last time.
  Lines told() {
    auto done = run(passes.run_once());
    EXPECT_TRUE(done) << done.error().message;
    Lines out;
    const auto entries = *run(store->outbox(1000));
    for (const ports::OutboxEntry& entry : entries) {
      events::RowReader reader(entry.fact.body);
      events::EventView fact;
      while (reader.next(fact)) {
        EXPECT_EQ(fact.name, "leaderboard.rank_passed");
        const auto properties = boost::json::parse(fact.properties).as_object();
        EXPECT_EQ(properties.at("board").as_string(), board.id);
        EXPECT_EQ(properties.contains("season"), !board.season.empty());
        out.push_back(std::string(fact.player_id) + " by " + std::string(properties.at("by_name").as_string()) + ": " +
                      std::to_string(properties.at("rank").to_number<int>()));
      }
    }
    if (!entries.empty())
      GK_CHECK(run(store->outbox_done(entries.back().sequence)).has_value(), "the outbox is emptied");
    std::ranges::sort(out);
    return out;
  }
  void next_hour() { clock.advance(3'600'000); }

  test::TempDir folder;
  std::unique_ptr<ports::DocumentStore> store = test::open_documents(folder.path());
  std::unique_ptr<ports::RankedSet> ranked = test::make_ranked_set();
  ManualClock clock{1'800'000'000'000};
  Usernames usernames{*store, clock};
  std::map<std::string, std::vector<std::string>> friends;
  int64_t reached = 0;
  WatchedBoard board{
      .app = "demo", .id = "hall", .season = {}, .board = {.id = "b1", .op = ports::BoardOperator::kLast}};
  RankPasses passes{*store, *ranked, clock, usernames,
                    [this](std::string, std::string player) { return friends_of(std::move(player)); }};
};

TEST_F(RankPassesTest, WhoWasAheadAndIsBehindIsTold) {
  score("ada", 10);
  score("cy", 7);
  score("bob", 5);
  told();
  next_hour();
  score("bob", 8);
  EXPECT_EQ(told(), Lines{"cy by Bob: 3"}) << "ada is ahead still";
  score("bob", 20);
  EXPECT_EQ(told(), Lines{"ada by Bob: 2"}) << "cy was behind already";
  score("bob", 30);
  EXPECT_EQ(told(), Lines{}) << "nobody was passed";
  score("bob", 1);
  EXPECT_EQ(told(), Lines{}) << "nobody is passed by a fall";
}

TEST_F(RankPassesTest, WhoComesNewPassesAllBehind) {
  score("ada", 10);
  EXPECT_EQ(told(), Lines{});
  score("bob", 20);
  EXPECT_EQ(told(), Lines{"ada by Bob: 2"});
  board.season = "2027-01";
  board.board.id = "b1 of another season";
  next_hour();
  score("ada", 10);
  score("bob", 20);
  EXPECT_EQ(told(), Lines{"ada by Bob: 2"});
}

TEST_F(RankPassesTest, AnHourIsQuietAfterwards) {
  score("ada", 10);
  score("bob", 5);
  told();
  next_hour();
  score("bob", 11);
  EXPECT_EQ(told().size(), 1u);
  score("ada", 12);
  score("bob", 13);
  EXPECT_EQ(told(), Lines{}) << "ada has heard of this board";
  next_hour();
  score("ada", 20);
  told();
  score("bob", 30);
  EXPECT_EQ(told(), Lines{"ada by Bob: 2"});
}

TEST_F(RankPassesTest, WhoComesLaterToALowerScoreWasNotPassed) {
  score("bob", 5);
  told();
  next_hour();
  score("bob", 20);
  score("ada", 10);
  EXPECT_EQ(told(), Lines{}) << "ada has never been ahead";
  next_hour();
  board.board.id = "b2";
  score("ada", 10);
  --reached;  // bob's score comes in the same moment
  score("bob", 20);
  EXPECT_EQ(told(), Lines{"ada by Bob: 2"});
}

TEST_F(RankPassesTest, ThreeBoardsAnHourAreEnough) {
  Lines heard;
  for (int i = 0; i < 5; ++i) {
    board.board.id = "b" + std::to_string(i);
    board.id = "hall" + std::to_string(i);
    score("ada", 10);
    score("bob", 20);
    for (const std::string& line : told()) heard.push_back(board.id + " " + line);
  }
  EXPECT_EQ(heard, (Lines{"hall0 ada by Bob: 2", "hall1 ada by Bob: 2", "hall2 ada by Bob: 2"}));
}

TEST_F(RankPassesTest, PlayersOfTwoAppsHearEachOfTheirOwn) {
  score("ada", 10);
  score("bob", 20);
  EXPECT_EQ(told().size(), 1u);
  board.app = "other";
  board.board.id = "b2";
  score("ada", 10);
  score("cy", 20);
  EXPECT_EQ(told(), Lines{"ada by cy: 2"}) << "who has no name is called by their id";
}

TEST_F(RankPassesTest, SeveralMovesAreOneFromWhereTheFirstBegan) {
  score("ada", 10);
  score("bob", 5);
  told();
  next_hour();
  score("bob", 11);
  score("bob", 12);
  EXPECT_EQ(told(), Lines{"ada by Bob: 2"});
}

TEST_F(RankPassesTest, InAStormSomeAreNotToldAndLaterOnesAre) {
  score("ada", 10);
  told();
  next_hour();
  for (size_t i = 0; i < RankPasses::kMovesMax; ++i) score("p" + std::to_string(i), 1);
  score("bob", 20);
  EXPECT_EQ(told(), Lines{}) << "bob's was one too many";
  score("bob", 5);
  score("bob", 30);
  EXPECT_EQ(told(), Lines{"ada by Bob: 2"});
}

TEST_F(RankPassesTest, BelowTheFirstHundredFriendsAloneAreTold) {
  for (int i = 0; i < 110; ++i) score("top" + std::to_string(i), 10'000 + i);
  for (int i = 0; i < 5; ++i) score("low" + std::to_string(i), 100 + i);
  score("bob", 1);
  told();
  next_hour();
  friends["bob"] = {"low3", "top109", "nobody"};
  score("bob", 1000);
  EXPECT_EQ(told(), Lines{"low3 by Bob: 113"});
  next_hour();
  score("bob", 10'008);
  EXPECT_EQ(told(), Lines{}) << "he stands at 103 now: strangers are not told";
  score("bob", 10'012);
  EXPECT_EQ(told(), (Lines{"top10 by Bob: 101", "top11 by Bob: 100"})) << "top9 was not among the first hundred";
}

TEST_F(RankPassesTest, LowFirstBoardsCountDown) {
  board.board.order = ports::BoardOrder::kLowFirst;
  board.board.id = "b2";
  score("ada", 10);
  score("bob", 50);
  told();
  next_hour();
  score("bob", 9);
  EXPECT_EQ(told(), Lines{"ada by Bob: 2"});
}

}  // namespace
}  // namespace gamekeeper::play
