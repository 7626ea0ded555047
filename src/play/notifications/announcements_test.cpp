#include "play/notifications/announcements.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "play/accounts/player.h"
#include "play/accounts/player_rating.h"
#include "play/notifications/inboxes.h"
#include "tests/support/documents/documents.h"
#include "tests/support/engines/engines.h"
#include "tests/support/run_task.h"
#include "tests/support/temp_dir.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;
using test::run;

constexpr UnixMillis kToday = 1'800'000'000'000;

class AnnouncementsTest : public ::testing::Test {
 protected:
  /// Player n has the rating 1000 + n and was last seen n seconds ago.
  void add_players(int count) {
    ports::WriteSet set;
    for (int n = 0; n < count; ++n) {
      const std::string id = "p" + std::to_string(n);
      set.puts.push_back(put_of(Player{.app = "demo", .id = id, .created_at = kToday - n}));
      set.puts.push_back(put_of(PlayerRating{.app = "demo", .queue = kMainQueue, .player_id = id, .mean = 1000.0 + n}));
      set.puts.push_back(
          put_of(Family{.app = "demo", .id = "f" + id, .player_id = id, .refreshed_at = kToday - 1000 * n}));
    }
    set.puts.push_back(put_of(Player{.app = "other", .id = "p0", .created_at = kToday}));
    ASSERT_TRUE(run(store->commit(std::move(set))));
  }
  Announcement announce(const char* segment) {
    auto whom = segment_of(json::parse(segment).as_object());
    GK_CHECK(whom.has_value(), "the segment is good");
    auto a = run(announcements.create({.app = "demo",
                                       .by = "root",
                                       .segment = *whom,
                                       .words = {{"en", {"{{prize}} for {{player_id}}", ""}}},
                                       .data = {{"prize", "Gold"}}},
                                      std::nullopt));
    GK_CHECK(a.has_value(), "an announcement is made");
    return *a;
  }
  Announcement finish(const Announcement& a) {
    while (*run(announcements.step())) {
    }
    return *run(announcements.read("demo", a.id));
  }
  size_t told(const char* player, const char* app = "demo") {
    return run(inboxes.list(app, player, false, 100, ""))->items.size();
  }

  test::TempDir folder;
  std::unique_ptr<ports::DocumentStore> store = test::open_documents(folder.path());
  std::unique_ptr<ports::Broadcast> broadcast_kept = test::make_broadcast();
  ports::Broadcast& broadcast = *broadcast_kept;
  ManualClock clock{kToday};
  MailingParts parts{*store, broadcast, clock, {}};
  Templates templates{*store};
  Announcements announcements{parts, templates};
  Inboxes inboxes{*store, clock};
};

TEST_F(AnnouncementsTest, SaysHowManyASegmentHas) {
  add_players(250);
  const auto reach = [&](const char* segment) {
    return *run(announcements.reach("demo", *segment_of(json::parse(segment).as_object())));
  };
  const SegmentReach all = reach(R"({"all": true})"), strong = reach(R"({"rating": {"min": 1200, "max": 1209}})"),
                     named = reach(R"({"players": ["p1", "p2", "nobody"]})");
  EXPECT_EQ(all.meant, 250);
  EXPECT_TRUE(all.is_whole());
  EXPECT_EQ(strong.meant, 10);
  EXPECT_EQ(strong.players, 250);
  EXPECT_TRUE(strong.is_whole());
  EXPECT_EQ(named.meant, 2);
  EXPECT_EQ(told("p1"), 0) << "nobody is told";
}

TEST_F(AnnouncementsTest, LooksAtSoManyAndSaysSo) {
  add_players(static_cast<int>(Announcements::kReachMost) + 150);
  const auto some = run(announcements.reach("demo", {.rating_min = 0}));
  ASSERT_TRUE(some);
  EXPECT_EQ(some->looked_at, Announcements::kReachMost);
  EXPECT_EQ(some->meant, Announcements::kReachMost);
  EXPECT_EQ(some->players, Announcements::kReachMost + 150);
  EXPECT_FALSE(some->is_whole());
}

TEST_F(AnnouncementsTest, AllAreToldOnceStepByStep) {
  add_players(250);
  const Announcement a = announce(R"({"all":true})");
  EXPECT_EQ(a.players, 250);
  ASSERT_TRUE(*run(announcements.step()));
  const Announcement first = *run(announcements.read("demo", a.id));
  EXPECT_EQ(first.looked_at, 100);
  EXPECT_EQ(first.status, AnnouncementStatus::kRunning);
  // A process that read the announcement before that step and comes late finds its players told, and tells nobody twice.
  Announcements late(parts, templates);
  ASSERT_TRUE(*run(late.step()));
  const Announcement done = finish(a);
  EXPECT_EQ(done.status, AnnouncementStatus::kDone);
  EXPECT_EQ(done.told, 250);
  for (const char* player : {"p0", "p99", "p100", "p249"}) EXPECT_EQ(told(player), 1u) << player;
  EXPECT_EQ(told("p0", "other"), 0u);
  const Notification n = run(inboxes.list("demo", "p7", false, 1, ""))->items.at(0);
  EXPECT_EQ(n.title, "Gold for p7");
  EXPECT_EQ(n.type, "message");
  EXPECT_EQ(json::serialize(n.data), R"({"prize":"Gold"})");
}

TEST_F(AnnouncementsTest, SegmentsAreFollowed) {
  add_players(20);
  EXPECT_EQ(finish(announce(R"({"rating":{"min":1005,"max":1007}})")).told, 3);
  EXPECT_EQ(finish(announce(R"({"last_seen":{"since":"2027-01-15T07:59:50Z"}})")).told, 11);
  EXPECT_EQ(finish(announce(R"({"last_seen":{"before":"2027-01-15T07:59:50Z"},"rating":{"max":1012}})")).told, 2);
  const Announcement named = finish(announce(R"({"players":["p3","p3","nobody","p4"]})"));
  EXPECT_EQ(named.players, 3);
  EXPECT_EQ(named.told, 2);
  EXPECT_EQ(told("p5"), 2u);
  EXPECT_EQ(told("nobody"), 0u);
}

TEST_F(AnnouncementsTest, CancellingStopsIt) {
  add_players(250);
  const Announcement a = announce(R"({"all":true})");
  ASSERT_TRUE(*run(announcements.step()));
  ASSERT_TRUE(run(announcements.cancel("demo", a.id)));
  const Announcement ended = finish(a);
  EXPECT_EQ(ended.status, AnnouncementStatus::kCancelled);
  EXPECT_EQ(ended.told, 100);
  EXPECT_EQ(run(announcements.cancel("demo", a.id))->ended_at, ended.ended_at);
}

TEST_F(AnnouncementsTest, ATemplateHasItsOwnVariables) {
  add_players(1);
  ASSERT_TRUE(run(templates.write(
      {.app = "demo", .name = "spring", .wordings = {{"en", {"{{event}}!", ""}}}, .variables = {"event"}}, {})));
  const auto create = [&](const char* name, json::object data) {
    return run(announcements.create({.app = "demo", .segment = {}, .data = std::move(data)}, name));
  };
  auto a = create("spring", {{"event", "Spring"}});
  ASSERT_TRUE(a) << a.error().message;
  finish(*a);
  EXPECT_EQ(run(inboxes.list("demo", "p0", false, 1, ""))->items.at(0).title, "Spring!");
  EXPECT_EQ(create("winter", {}).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(create("welcome", {}).error().kind, ErrorKind::kNotFound) << "built in, but without words";
  EXPECT_EQ(create("spring", {{"event", json::array()}}).error().field, "data.event");
}

TEST(SegmentText, NamesWhatIsWrong) {
  const auto code = [](const char* text) {
    auto s = segment_of(json::parse(text).as_object());
    return s ? json::serialize(show(*s)) : s.error().code + " " + s.error().field;
  };
  EXPECT_EQ(code(R"({"all":true})"), R"({"all":true})");
  EXPECT_EQ(code(R"({"rating":{"min":1},"last_seen":{"before":"2027-01-15T08:00:00Z"}})"),
            R"({"rating":{"min":1},"last_seen":{"before":"2027-01-15T08:00:00.000Z"}})");
  EXPECT_EQ(code(R"({})"), "required segment");
  EXPECT_EQ(code(R"({"all":false})"), "bad_value segment.all");
  EXPECT_EQ(code(R"({"all":true,"rating":{"min":1}})"), "bad_value segment.all");
  EXPECT_EQ(code(R"({"players":[]})"), "bad_value segment.players");
  EXPECT_EQ(code(R"({"players":[1]})"), "bad_type segment.players");
  EXPECT_EQ(code(R"({"players":["a\u001fb"]})"), "bad_type segment.players");
  EXPECT_EQ(code(R"({"rating":{}})"), "bad_type segment.rating");
  EXPECT_EQ(code(R"({"rating":{"min":"1"}})"), "bad_value segment.rating.min");
  EXPECT_EQ(code(R"({"rating":{"least":1}})"), "unknown_field segment.rating.least");
  EXPECT_EQ(code(R"({"last_seen":{"since":5}})"), "bad_value segment.last_seen.since");
  EXPECT_EQ(code(R"({"country":"DE"})"), "unknown_field segment.country");
}

}  // namespace
}  // namespace gamekeeper::play
