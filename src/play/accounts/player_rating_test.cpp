#include "play/accounts/player_rating.h"

#include <gtest/gtest.h>

namespace gamekeeper::play {
namespace {

PlayerRating in(const char* queue, double mean, UnixMillis last, std::vector<RatingStep> steps) {
  return {.app = "demo",
          .queue = queue,
          .player_id = "ada",
          .mean = mean,
          .wins = static_cast<int64_t>(steps.size()),
          .last_settled = last,
          .steps = std::move(steps)};
}

TEST(PlayerRating, ReadsBackAsItWasToTheLastBit) {
  PlayerRating r = in("a queue \" of \\ marks", 1500.0 / 7, 12, {{5, 214, -3}, {-4, 217, 2}, {-9, 300, 0}});
  r.last_match = 7;
  r.deviation = 0.1 + 0.2;
  r.volatility = 0.059999995984286486;
  const ports::Put put = put_of(r);
  auto back = read_rating({.id = put.id, .body = put.body, .version = 3});
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->mean, r.mean);
  EXPECT_EQ(back->deviation, r.deviation);
  EXPECT_EQ(back->volatility, r.volatility);
  EXPECT_EQ(back->steps, r.steps);
  back->version = 0;
  EXPECT_EQ(put_of(*back).body, put.body);
  EXPECT_EQ(put_of(*back).id, put.id);
  EXPECT_EQ(read_rating({.id = "x", .body = R"({"mean":"many","steps":[]})"}).error().kind, ErrorKind::kCorrupt);
  const std::string cut = put.body.substr(0, put.body.rfind(',')) + "]}";
  EXPECT_EQ(read_rating({.id = put.id, .body = cut}).error().kind, ErrorKind::kCorrupt);
}

TEST(PlayerRating, TheMainQueueStandsForThePlayerElseTheOnePlayedLast) {
  EXPECT_EQ(record_of({}).current_rating, kFirstRating);
  EXPECT_EQ(record_of({in("a", 1600, 20, {}), in("b", 1700, 10, {})}).current_rating, 1600);
  EXPECT_EQ(record_of({in("a", 1600, 20, {}), in(kMainQueue, 1400.6, 10, {})}).current_rating, 1401);
}

TEST(PlayerRating, StepsOfAllQueuesAreOneHistory) {
  const Record record =
      record_of({in("a", 1, 1, {{9, 1, 1}, {3, 2, 1}}), in("b", 1, 1, {{5, 3, 1}, {7, 4, 1}, {1, 5, 1}})});
  std::vector<UnixMillis> times;
  for (const RatingStep& step : record.steps) times.push_back(step.at);
  EXPECT_EQ(times, (std::vector<UnixMillis>{9, 5, 7, 3, 1}));  // a queue's own order stays: 7 was applied before 5
  EXPECT_EQ(record.wins, 5);
  EXPECT_EQ(record.win_rate(), 1);
}

}  // namespace
}  // namespace gamekeeper::play
