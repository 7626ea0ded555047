// What boards say, when their seasons turn, what they are called and where a page goes on: rules that need no store.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "play/leaderboards/board_pushes.h"
#include "play/leaderboards/leaderboards.h"
#include "tests/support/run_task.h"

namespace gamekeeper::play {
namespace {

using test::run;

constexpr UnixMillis kFriday = 1'800'000'000'000;  // 2027-01-15T08:00:00Z

/// Keeps what is said.
class Ear final : public ports::Broadcast {
 public:
  std::vector<std::pair<std::string, std::string>> heard;

  Task<Result<ports::TopicPosition>> publish(std::string topic, std::string body) override {
    heard.emplace_back(std::move(topic), std::move(body));
    co_return ports::TopicPosition{.epoch = "e", .n = heard.size()};
  }
  Task<Result<ports::TopicPosition>> position(std::string) override { co_return ports::TopicPosition{}; }
  Task<Result<std::vector<ports::TopicMessage>>> replay(std::string, ports::TopicPosition) override {
    co_return std::vector<ports::TopicMessage>();
  }
  std::unique_ptr<Subscription> subscribe(std::string, Receiver) override { return nullptr; }
};

TEST(BoardPushes, AreFewHoweverMuchChanges) {
  BoardPushes pushes;
  Ear ear;
  const BoardRecord board{.app = "demo", .id = "b"};
  for (int n = 0; n < 300; ++n) {
    pushes.note(board, "", {{.member = "p" + std::to_string(n), .score = n, .rank = 1}}, 300);
    pushes.note(board, "", {{.member = "p0", .score = n, .rank = 2}}, 300);
  }
  run(pushes.flush(ear));
  run(pushes.flush(ear));
  ASSERT_EQ(ear.heard.size(), 1u);
  const std::string& body = ear.heard[0].second;
  EXPECT_NE(body.find(R"("more":200)"), body.npos) << body;
  EXPECT_NE(body.find(R"({"player_id":"p0","rank":2,"score":299})"), body.npos) << body;
}

TEST(Seasons, FollowOneAnotherWithoutGapsInEveryZone) {
  for (const char* name : {"UTC", "Europe/Berlin", "America/Santiago", "Pacific/Apia"}) {
    const TimeZone zone = *TimeZone::find(name);
    for (const SeasonRule& rule :
         {SeasonRule{}, SeasonRule{.days = 3, .anchor = 17'000}, SeasonRule{.unit = SeasonRule::Unit::kWeek},
          SeasonRule{.unit = SeasonRule::Unit::kMonth}}) {
      Season season = season_at(rule, zone, kFriday);
      for (int n = 0; n < 400; ++n) {
        ASSERT_LT(season.starts, season.ends) << name;
        ASSERT_EQ(season_at(rule, zone, season.ends - 1).id, season.id) << name;
        const Season next = season_at(rule, zone, season.ends);
        ASSERT_EQ(next.starts, season.ends) << name << " " << season.id;
        ASSERT_LT(season.id, next.id);
        season = next;
      }
    }
  }
}

TEST(BoardIds, AreOfAClearSet) {
  for (const char* good : {"a", "9", "Weekly.Top-10_x:y"}) EXPECT_TRUE(check_board_id(good)) << good;
  for (const char* bad : {"", ".a", "-a", "a b", "a/b", "\xC3\xA4", "a\x1f"}) EXPECT_FALSE(check_board_id(bad)) << bad;
}

TEST(Cursors, SayWhatTheyHold) {
  const BoardPlace place{-5, 1'800'000'000'000'123, "a b\x1f\xC3\xA4"};
  const auto read = read_place(to_text(place));
  ASSERT_TRUE(read);
  EXPECT_EQ(std::tuple(read->score, read->reached, read->member), std::tuple(place.score, place.reached, place.member));
  for (const char* bad : {"", "1", "1.2", "1.2.a", "1.2.zz", "x.2.61", "1.2.6161x"})
    EXPECT_FALSE(read_place(bad)) << bad;
}

}  // namespace
}  // namespace gamekeeper::play
