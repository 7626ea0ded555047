#include "play/demo/rps.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace gamekeeper::play {
namespace {

using enum RpsHand;

/// Both choose in the round under way.
void play(RpsGame& game, RpsHand first, RpsHand second) {
  RpsTable table{.round = game.round};
  ASSERT_TRUE(choose(game, table, 0, game.round, first));
  ASSERT_TRUE(choose(game, table, 1, game.round, second));
  play_round(game, table, 1000);
}

TEST(Rps, NineRoundsAsEverybodyKnowsThem) {
  const std::optional<size_t> first = 0, second = 1, draw;
  const std::array<std::array<std::optional<size_t>, 3>, 3> winner{
      {{draw, second, first}, {first, draw, second}, {second, first, draw}}};
  for (int a = 0; a < 3; ++a) {
    for (int b = 0; b < 3; ++b) {
      RpsGame game;
      play(game, static_cast<RpsHand>(a), static_cast<RpsHand>(b));
      EXPECT_EQ(game.rounds.at(0).winner, winner.at(a).at(b)) << a << b;
      EXPECT_EQ(game.round, 2);
    }
  }
}

TEST(Rps, TwoRoundsWinAndDrawsAreNotCounted) {
  RpsGame game;
  play(game, kRock, kScissors);
  play(game, kPaper, kPaper);
  play(game, kRock, kPaper);
  EXPECT_FALSE(game.is_over());
  play(game, kScissors, kPaper);
  EXPECT_EQ(game.end, RpsEnd::kPlayed);
  EXPECT_EQ(game.winner, 0);
  EXPECT_EQ(game.wins, (std::array{2, 1}));
  RpsTable table;
  EXPECT_EQ(choose(game, table, 0, game.round, kRock).error().code, "match_over");
}

TEST(Rps, AMatchOfDrawsEnds) {
  RpsGame game;
  for (int i = 0; i < RpsGame::kRoundsMax; ++i) play(game, kRock, kRock);
  EXPECT_TRUE(game.is_over());
  EXPECT_EQ(game.winner, std::nullopt);
}

TEST(Rps, AHandIsChosenOnceARound) {
  RpsGame game;
  RpsTable table;
  ASSERT_TRUE(choose(game, table, 0, 1, kRock));
  EXPECT_TRUE(choose(game, table, 0, 1, kRock));
  EXPECT_EQ(choose(game, table, 0, 1, kPaper).error().code, "already_chosen");
  EXPECT_EQ(choose(game, table, 1, 2, kPaper).error().code, "other_round");
  // What is left of the round before does not count.
  play(game, kRock, kPaper);
  ASSERT_TRUE(choose(game, table, 1, 2, kPaper));
  EXPECT_EQ(table.hands[0], std::nullopt);
}

TEST(Rps, NothingOfAHandIsSeenBeforeBothHaveChosen) {
  RpsGame game;
  RpsTable table;
  ASSERT_TRUE(choose(game, table, 1, 1, kScissors));
  play_round(game, table, 1000);
  const std::string shown = boost::json::serialize(show(game));
  EXPECT_EQ(shown.find("scissors"), std::string::npos);
  EXPECT_NE(shown.find(R"("chosen":[false,true])"), std::string::npos);
}

TEST(Rps, WhoWaitsMayTakeTheWinAfterAWhile) {
  RpsGame game;
  RpsTable table;
  EXPECT_EQ(claim(game, 0, 1'000'000).error().code, "not_yet") << "nobody has chosen";
  ASSERT_TRUE(choose(game, table, 0, 1, kRock));
  play_round(game, table, 1000);
  play_round(game, table, 20'000);  // a repeat does not begin the wait anew
  EXPECT_EQ(claim(game, 0, 30'999).error().code, "not_yet");
  EXPECT_EQ(claim(game, 1, 31'000).error().code, "not_yet") << "who is away gets nothing";
  ASSERT_TRUE(claim(game, 0, 31'000));
  EXPECT_EQ(game.end, RpsEnd::kAway);
  EXPECT_EQ(game.winner, 0);
}

TEST(Rps, WhoResignsLoses) {
  RpsGame game;
  ASSERT_TRUE(resign(game, 0));
  EXPECT_EQ(game.winner, 1);
  EXPECT_EQ(resign(game, 1).error().code, "match_over");
}

TEST(Rps, AGameIsReadAsItWasWritten) {
  RpsGame game;
  EXPECT_EQ(read_game({})->round, 1);
  play(game, kRock, kScissors);
  play(game, kPaper, kPaper);
  RpsTable table{.round = 3};
  ASSERT_TRUE(choose(game, table, 0, 3, kRock));
  play_round(game, table, 1000);
  EXPECT_EQ(show(*read_game(show(game))), show(game));
  ASSERT_TRUE(resign(game, 1));
  EXPECT_EQ(show(*read_game(show(game))), show(game));
  EXPECT_EQ(read_game({{"round", "three"}}).error().kind, ErrorKind::kCorrupt);
}

}  // namespace
}  // namespace gamekeeper::play
