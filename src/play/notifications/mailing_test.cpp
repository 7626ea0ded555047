#include "play/notifications/mailing.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "events/fact.h"
#include "flow/push.h"
#include "play/accounts/player.h"
#include "play/notifications/delivery.h"
#include "play/notifications/dispatcher.h"
#include "play/notifications/inboxes.h"
#include "play/notifications/live_channel.h"
#include "play/notifications/notifier.h"
#include "tests/support/documents/documents.h"
#include "tests/support/engines/engines.h"
#include "tests/support/run_task.h"
#include "tests/support/temp_dir.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;
using test::run;

constexpr UnixMillis kNow = 1'800'000'000'000;

/// Keeps to whom mail was handed over.
class Outbound final : public ports::PushChannel {
 public:
  Task<Result<void>> deliver(ports::PushMessage message) override {
    to.push_back(std::move(message.to));
    co_return Result<void>{};
  }
  std::vector<std::string> to;
};

class MailingTest : public ::testing::Test {
 protected:
  Draft draft(const std::string& about, const std::string& player = "ada", UnixMillis at = kNow) {
    return {.app = "demo",
            .player_id = player,
            .type = "match_found",
            .about = about,
            .data = {{"match_id", about}},
            .at = at};
  }
  bool commit(flow::Effects effects) {
    if (!run(store->commit(std::move(effects.writes)))) return false;
    if (effects.after_commit) run(effects.after_commit());
    return true;
  }
  bool mail(const std::vector<Draft>& drafts) {
    Mailing mailing(parts);
    for (const Draft& d : drafts) EXPECT_TRUE(run(mailing.add(d)));
    flow::Effects effects;
    EXPECT_TRUE(run(mailing.finish(effects)));
    return commit(std::move(effects));
  }
  InboxPage inbox(const std::string& player = "ada", const std::string& app = "demo", bool unread = false) {
    auto page = run(inboxes.list(app, player, unread, 1000, ""));
    EXPECT_TRUE(page);
    return std::move(*page);
  }
  void prefer(const char* change, const std::string& player = "ada") {
    auto ok = run(change_preferences(*store, "demo", player, json::parse(change).as_object()));
    ASSERT_TRUE(ok) << ok.error().message;
  }
  void listen(const std::string& player = "ada") {
    listening = broadcast.subscribe(flow::player_topic("demo", player, "notifications"),
                                    [this](const ports::TopicMessage& m) { heard.push_back(*m.body); });
  }

  test::TempDir folder;
  std::unique_ptr<ports::DocumentStore> store = test::open_documents(folder.path());
  std::unique_ptr<ports::Broadcast> broadcast_kept = test::make_broadcast();
  ports::Broadcast& broadcast = *broadcast_kept;
  ManualClock clock{kNow};
  std::string app_locale;
  MailingParts parts{*store, broadcast, clock, [this](const std::string&) { return app_locale; }};
  Inboxes inboxes{*store, clock};
  std::vector<std::string> heard;
  std::unique_ptr<ports::Broadcast::Subscription> listening;
};

TEST_F(MailingTest, WhatIsMailedLiesInTheInboxNewestFirstAndIsCounted) {
  ASSERT_TRUE(mail({draft("m1"), draft("m2", "ada", kNow + 1), draft("m1", "bob")}));
  const InboxPage page = inbox();
  ASSERT_EQ(page.items.size(), 2u);
  EXPECT_EQ(page.unread, 2);
  EXPECT_EQ(page.items[0].data.at("match_id"), "m2");
  EXPECT_EQ(page.items[1].title, "Match found");
  EXPECT_EQ(page.items[1].type, "match_found");
  EXPECT_EQ(page.items[1].created_at, kNow);
  EXPECT_EQ(inbox("bob").items.size(), 1u);
  EXPECT_EQ(inbox("ada", "other").items.size(), 0u);
}

TEST_F(MailingTest, ThePlayersWhoseIdsBeginAlikeAreApart) {
  ASSERT_TRUE(mail({draft("m1", "a"), draft("m2", "a/b"), draft("m3", "ab")}));
  for (const char* player : {"a", "a/b", "ab"}) EXPECT_EQ(inbox(player).items.size(), 1u) << player;
  EXPECT_EQ(inbox("a/b").items[0].player_id, "a/b");
}

TEST_F(MailingTest, TheSameIsToldOnce) {
  ASSERT_TRUE(mail({draft("m1"), draft("m1")}));
  ASSERT_TRUE(mail({draft("m1")}));
  EXPECT_EQ(inbox().items.size(), 1u);
  EXPECT_EQ(inbox().unread, 1);
}

TEST_F(MailingTest, AFullInboxForgetsItsOldestAndCountsRight) {
  std::vector<Draft> many;
  for (int i = 0; i < Inboxes::kKept; ++i) many.push_back(draft("m" + std::to_string(i), "ada", kNow + i));
  ASSERT_TRUE(mail(many));
  ASSERT_TRUE(run(inboxes.read("demo", "ada", inbox().items.back().id)));  // the oldest: read ones go, too
  EXPECT_EQ(inbox().unread, Inboxes::kKept - 1);
  ASSERT_TRUE(mail({draft("new1", "ada", kNow + 1000), draft("new2", "ada", kNow + 1001)}));
  EXPECT_EQ(inbox().items.size(), 500u);
  EXPECT_EQ(inbox().unread, 500);
  EXPECT_EQ(inbox().items.back().data.at("match_id"), "m2");
  ASSERT_TRUE(mail({draft("m0")}));  // comes a second time, after it was forgotten
  EXPECT_EQ(inbox().items.back().data.at("match_id"), "m2");
  std::vector<Draft> flood;
  for (int i = 0; i < 700; ++i) flood.push_back(draft("f" + std::to_string(i), "ada", kNow + 2000 + i));
  ASSERT_TRUE(mail(flood));
  EXPECT_EQ(inbox().items.size(), 500u);
  EXPECT_EQ(inbox().unread, 500);
  EXPECT_EQ(inbox().items.back().data.at("match_id"), "f200");
}

TEST_F(MailingTest, ReadingCountsDownOnce) {
  ASSERT_TRUE(mail({draft("m1"), draft("m2"), draft("m3")}));
  const std::string id = inbox().items[0].id;
  for (int i = 0; i < 2; ++i) {
    clock.advance(1000);
    auto read = run(inboxes.read("demo", "ada", id));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->read_at, kNow + 1000);
  }
  EXPECT_EQ(inbox().unread, 2);
  EXPECT_EQ(inbox("ada", "demo", true).items.size(), 2u);
  for (const auto& [app, player] : {std::pair("demo", "bob"), std::pair("other", "ada")}) {
    auto foreign = run(inboxes.read(app, player, id));
    ASSERT_FALSE(foreign);
    EXPECT_EQ(foreign.error().kind, ErrorKind::kNotFound);
  }
  EXPECT_EQ(*run(inboxes.read_all("demo", "ada")), 2);
  EXPECT_EQ(*run(inboxes.read_all("demo", "ada")), 0);
  EXPECT_EQ(inbox().unread, 0);
  EXPECT_EQ(inbox("ada", "demo", true).items.size(), 0u);
}

TEST_F(MailingTest, ACommitThatMeetsAReaderFailsWhole) {
  ASSERT_TRUE(mail({draft("m1")}));
  Mailing mailing(parts);
  ASSERT_TRUE(run(mailing.add(draft("m2"))));
  flow::Effects effects;
  ASSERT_TRUE(run(mailing.finish(effects)));
  ASSERT_TRUE(run(inboxes.read_all("demo", "ada")));
  EXPECT_FALSE(commit(std::move(effects)));
  EXPECT_EQ(inbox().items.size(), 1u);
  EXPECT_EQ(inbox().unread, 0);
}

TEST_F(MailingTest, PreferencesDecideWhereItGoes) {
  listen();
  prefer(R"({"channels":{"match_found":{"inbox":false}}})");
  ASSERT_TRUE(mail({draft("m1")}));
  EXPECT_EQ(inbox().items.size(), 0u);
  EXPECT_EQ(heard.size(), 1u);
  prefer(R"({"channels":{"match_found":{"inbox":true,"push":false}}})");
  ASSERT_TRUE(mail({draft("m2")}));
  EXPECT_EQ(inbox().items.size(), 1u);
  EXPECT_EQ(heard.size(), 1u);
  prefer(R"({"channels":{"match_found":{"inbox":false,"push":false}}})");
  ASSERT_TRUE(mail({draft("m3")}));
  EXPECT_EQ(inbox().items.size(), 1u);
  prefer(R"({"channels":null})");
  ASSERT_TRUE(mail({draft("m4")}));
  EXPECT_EQ(inbox().items.size(), 2u);
  EXPECT_EQ(heard.size(), 2u);
}

TEST_F(MailingTest, MailGoesToAConfirmedAddressAlone) {
  const auto write = [&](const char* id, UnixMillis verified_at) {
    ports::WriteSet set;
    set.puts.push_back(put_of(
        Player{.app = "demo", .id = id, .email = std::string(id) + "@example.com", .email_verified_at = verified_at}));
    ASSERT_TRUE(run(store->commit(std::move(set))));
    prefer(R"({"channels":{"match_found":{"email":true}}})", id);
  };
  write("ada", kNow);
  write("bob", 0);
  parts.has_email = true;
  ASSERT_TRUE(mail({draft("m1"), draft("m1", "bob"), draft("m1", "nobody")}));
  auto page = run(store->query({.collection = kDeliveries, .limit = 10}));
  ASSERT_TRUE(page);
  ASSERT_EQ(page->items.size(), 1u);
  const auto delivery = read_delivery(page->items.front());
  ASSERT_TRUE(delivery);
  EXPECT_EQ(delivery->to, "ada");

  Outbound sent;
  PlayerMailChannel channel(*store, &sent);
  EXPECT_TRUE(run(channel.deliver({.app = "demo", .to = "ada"})));
  for (const char* id : {"bob", "nobody"}) {
    auto refused = run(channel.deliver({.app = "demo", .to = id}));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "no_address");
  }
  EXPECT_EQ(sent.to, std::vector<std::string>{"ada@example.com"});
}

Task<Result<std::vector<DeliveryLane>>> mail_lane(ports::PushChannel& channel) {
  co_return std::vector<DeliveryLane>{{.app = {}, .lane = kEmailLane, .channel = &channel}};
}

Task<Result<size_t>> a_round(Dispatcher& dispatcher) {
  auto started = co_await dispatcher.round();
  co_await dispatcher.settled();
  co_return started;
}

TEST_F(MailingTest, MailThatWaitsWhereThereIsNoServerAnyMoreEnds) {
  Delivery waiting{.app = "demo", .lane = kEmailLane, .id = "m1", .to = "ada", .created_at = clock.now_ms()};
  waiting.next_at = clock.now_ms();
  ASSERT_TRUE(run(store->commit({.puts = {put_of(waiting)}})));
  PlayerMailChannel nowhere(*store, nullptr);
  Metrics metrics;
  Dispatcher dispatcher(*store, clock, [&] { return mail_lane(nowhere); }, {.retries = {.tries = 3}}, metrics);
  const auto found = [&] {
    auto page = run(store->query({.collection = kDeliveries, .index = "lane", .limit = 10}));
    return *read_delivery(page->items.front());
  };
  for (int tries = 1; tries <= 3; ++tries) {
    EXPECT_EQ(found().status, DeliveryStatus::kWaiting);
    ASSERT_TRUE(run(a_round(dispatcher)));
    clock.advance(24 * 3'600'000LL);
  }
  EXPECT_EQ(found().status, DeliveryStatus::kDead);
  EXPECT_EQ(found().error, "There is no mail server to send by.");
  EXPECT_EQ(metrics.counter("gamekeeper_deliveries_total", "Tries to deliver, by how they went.", {{"outcome", "dead"}})
                .Value(),
            1);
}

TEST_F(MailingTest, ThePushSaysWhatTheInboxShows) {
  listen();
  ASSERT_TRUE(mail({draft("m1"), draft("m1", "bob")}));
  ASSERT_EQ(heard.size(), 1u);
  const json::object said = json::parse(heard[0]).as_object();
  EXPECT_EQ(said.at("type"), "notification");
  json::object data = said.at("data").as_object();
  EXPECT_EQ(data.at("unread"), 1);
  data.erase("unread");
  EXPECT_EQ(data, show(inbox().items[0]));
}

TEST_F(MailingTest, SpeaksThePlayersLanguageElseTheApps) {
  ASSERT_TRUE(mail({draft("m1")}));
  app_locale = "de";
  ASSERT_TRUE(mail({draft("m2", "ada", kNow + 1)}));
  prefer(R"({"locale":"en-GB"})");
  ASSERT_TRUE(mail({draft("m3", "ada", kNow + 2)}));
  const InboxPage page = inbox();
  EXPECT_EQ(page.items[0].title, "Match found");
  EXPECT_EQ(page.items[1].title, "Spiel gefunden");
  EXPECT_EQ(page.items[2].title, "Match found");
}

TEST_F(MailingTest, TheAppsOwnWordsAreSaid) {
  Templates templates(*store);
  const auto write = [&](const char* name, const char* title) {
    return run(templates.write({.app = "demo", .name = name, .wordings = {{"en", {title, ""}}}}, std::nullopt));
  };
  ASSERT_TRUE(write("match_found", "Go to {{match_id}}, {{player_id}}"));
  ASSERT_TRUE(mail({draft("m1")}));
  EXPECT_EQ(inbox().items[0].title, "Go to m1, ada");
  auto unknown = write("match_found", "{{rank}}");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, "unknown_variable");
  ASSERT_TRUE(run(templates.remove("demo", "match_found")));
  ASSERT_TRUE(mail({draft("m2", "ada", kNow + 1)}));
  EXPECT_EQ(inbox().items[0].title, "Match found");
}

TEST_F(MailingTest, OnlyTheBackendsOwnFactsAreTold) {
  Webhooks webhooks(*store, clock, {});
  Notifier notifier(parts, webhooks);
  std::string rows;
  for (auto source : {events::Source::kBackend, events::Source::kServer, events::Source::kClient}) {
    const std::string match = "m" + std::to_string(static_cast<int>(source));
    events::append_row(rows, {.app = "demo",
                              .source = source,
                              .kind = events::Kind::kFact,
                              .time = kNow,
                              .name = "match.formed",
                              .player_id = "ada",
                              .match_id = match});
  }
  rows += events::fact_row({.app = "demo", .player_id = "ada", .name = "player.registered", .at = kNow});
  auto effects = run(notifier.take(rows));
  ASSERT_TRUE(effects) << effects.error().message;
  ASSERT_TRUE(commit(std::move(*effects)));
  ASSERT_EQ(inbox().items.size(), 1u);
  EXPECT_EQ(inbox().items[0].data.at("match_id"), "m2");
  auto corrupt = run(notifier.take(rows.substr(0, rows.size() - 3)));
  ASSERT_FALSE(corrupt);
  EXPECT_EQ(corrupt.error().kind, ErrorKind::kCorrupt);
}

Preferences quiet(const char* from, const char* to, const char* zone) {
  Preferences p;
  auto ok = merge(p, {{"quiet_hours", {{"from", from}, {"to", to}}}, {"timezone", zone}});
  GK_CHECK(ok.has_value(), "the preferences are good");
  return p;
}

std::string ends(const Preferences& p, const char* now) {
  const auto at = quiet_until(p, *parse_time(now));
  return at ? format_time(*at).substr(0, 16) : "never";
}

TEST(QuietHours, HoldByTheClockOnThePlayersWall) {
  const Preferences night = quiet("22:00", "07:30", "Europe/Berlin"), noon = quiet("12:00", "13:00", "UTC");
  EXPECT_EQ(ends(night, "2026-01-10T20:59:59Z"), "never");
  EXPECT_EQ(ends(night, "2026-01-10T21:00:00Z"), "2026-01-11T06:30");
  EXPECT_EQ(ends(night, "2026-01-11T06:29:59Z"), "2026-01-11T06:30");
  EXPECT_EQ(ends(night, "2026-01-11T06:30:00Z"), "never");
  EXPECT_EQ(ends(night, "2026-03-28T23:00:00Z"), "2026-03-29T05:30");  // the clock moves on in this night
  EXPECT_EQ(ends(night, "2026-10-24T23:00:00Z"), "2026-10-25T06:30");  // and back in this one
  EXPECT_EQ(ends(noon, "2026-01-10T12:30:00Z"), "2026-01-10T13:00");
  EXPECT_EQ(ends(noon, "2026-01-10T13:00:00Z"), "never");
  EXPECT_EQ(ends(Preferences{}, "2026-01-10T12:30:00Z"), "never");
}

TEST(PreferencesChange, NamesWhatIsWrong) {
  const auto code = [](const char* change) {
    Preferences p;
    auto ok = merge(p, json::parse(change).as_object());
    return ok ? std::string("good") : ok.error().code + " " + ok.error().field;
  };
  EXPECT_EQ(code(R"({"locale":"de","timezone":"Asia/Tokyo","quiet_hours":null,"channels":{}})"), "good");
  EXPECT_EQ(code(R"({"locale":"english, please"})"), "bad_locale locale");
  EXPECT_EQ(code(R"({"locale":5})"), "bad_type locale");
  EXPECT_EQ(code(R"({"timezone":"Mars"})"), "unknown_time_zone timezone");
  EXPECT_EQ(code(R"({"quiet_hours":[]})"), "bad_type quiet_hours");
  EXPECT_EQ(code(R"({"quiet_hours":{"from":"22:00"}})"), "required quiet_hours.to");
  EXPECT_EQ(code(R"({"quiet_hours":{"from":"24:00","to":"07:00"}})"), "bad_value quiet_hours.from");
  EXPECT_EQ(code(R"({"quiet_hours":{"from":"7:00","to":"08:00"}})"), "bad_value quiet_hours.from");
  EXPECT_EQ(code(R"({"quiet_hours":{"from":"07:00","to":"07:00"}})"), "bad_value quiet_hours.to");
  EXPECT_EQ(code(R"({"quiet_hours":{"from":"07:00","to":"08:00","zone":"x"}})"), "unknown_field quiet_hours.zone");
  EXPECT_EQ(code(R"({"channels":{"spam":{}}})"), "unknown_field channels.spam");
  EXPECT_EQ(code(R"({"channels":{"message":{"fax":true}}})"), "unknown_field channels.message.fax");
  EXPECT_EQ(code(R"({"channels":{"message":{"push":1}}})"), "bad_type channels.message.push");
  EXPECT_EQ(code(R"({"colour":1})"), "unknown_field colour");
}

}  // namespace
}  // namespace gamekeeper::play
