#include "play/notifications/webhooks.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "play/notifications/dispatcher.h"
#include "tests/support/documents/documents.h"
#include "tests/support/documents/passing_store.h"
#include "tests/support/run_task.h"
#include "tests/support/temp_dir.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;
using test::run;

constexpr UnixMillis kThen = 1'800'000'000'000;

TEST(WebhookSignature, IsThatOfStandardWebhooks) {
  // The vector of the specification's own libraries.
  Webhook w{.secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"};
  const auto sign = [&] {
    return webhook_signature(w, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})", kThen);
  };
  EXPECT_EQ(sign(), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  w.old_secret = make_webhook_secret();
  w.old_until = kThen + 1;
  EXPECT_EQ(sign().size(), 2 * 47u + 1);
  w.old_until = kThen;
  EXPECT_EQ(sign().size(), 47u);
}

TEST(WebhookSecret, HasEnoughBytes) {
  EXPECT_TRUE(check_webhook_secret(make_webhook_secret()));
  EXPECT_NE(make_webhook_secret(), make_webhook_secret());
  EXPECT_TRUE(check_webhook_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
  for (const std::string& bad :
       {std::string(""), std::string("whsec_"), std::string("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        std::string("whsec_c2hvcnQ="), std::string("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS!"),
        "whsec_" + std::string(92, 'A')}) {
    auto ok = check_webhook_secret(bad);
    ASSERT_FALSE(ok) << bad;
    EXPECT_EQ(ok.error().code, "bad_secret");
  }
}

TEST(WebhookEvents, AreNamesOrTheirBeginnings) {
  const Webhook w{.events = {"match.*", "player.registered"}};
  EXPECT_TRUE(w.wants("match.completed"));
  EXPECT_TRUE(w.wants("player.registered"));
  for (const char* other : {"match", "matches.x", "player.registered.again", "session.ended"})
    EXPECT_FALSE(w.wants(other));
  EXPECT_TRUE(Webhook{.events = {"*"}}.wants("session.ended"));
  EXPECT_TRUE(check_webhook_events({"*", "match.*", "a.b_c.d"}));
  for (const char* bad : {"", ".", ".*", "*.x", "match.**", "Match", "a b", "match."})
    EXPECT_FALSE(check_webhook_events({bad})) << bad;
  EXPECT_FALSE(check_webhook_events({}));
  EXPECT_FALSE(check_webhook_events(std::vector<std::string>(51, "x")));
}

TEST(RetryPolicy, GrowsAndIsSpreadAndEnds) {
  const RetryPolicy policy;
  EXPECT_EQ(pause_after(policy, 1, 0.5), 5'000);
  EXPECT_EQ(pause_after(policy, 2, 0.5), 30'000);
  EXPECT_EQ(pause_after(policy, 1, 0), 4'000);
  EXPECT_EQ(pause_after(policy, 1, 0.999999), 5'999);
  EXPECT_EQ(pause_after(policy, 8, 0.5), 24 * 3'600'000);
  EXPECT_EQ(pause_after(policy, 1000, 0.5), 24 * 3'600'000);
}

/// A store that lets another process go first, once.
class ContestedStore final : public test::PassingStore {
 public:
  using PassingStore::PassingStore;
  std::function<Task<void>()> go_first;

  Task<Result<std::vector<uint64_t>>> commit(ports::WriteSet set) override {
    if (go_first) co_await std::exchange(go_first, nullptr)();
    co_return co_await store_.commit(std::move(set));
  }
};

/// Takes what its script says; then everything.
class ScriptedChannel final : public ports::PushChannel {
 public:
  Task<Result<void>> deliver(ports::PushMessage message) override {
    taken.push_back(message.id);
    if (during) during();
    if (script.empty()) co_return Result<void>{};
    auto next = script.front();
    script.erase(script.begin());
    co_return next;
  }
  std::vector<Result<void>> script;
  std::vector<std::string> taken;
  std::function<void()> during;  // each try
};

Result<void> trouble(ErrorKind kind = ErrorKind::kUnavailable) {
  return fail(kind, "http_failed", "The answer was 500.");
}

class WebhooksTest : public ::testing::Test {
 protected:
  Webhook made(std::vector<std::string> events = {"match.*"}, const char* app = "demo") {
    auto w = run(webhooks.create(app, "https://example.com/hook", std::move(events), std::nullopt));
    GK_CHECK(w.has_value(), "a webhook is made");
    return *w;
  }
  events::EventView fact(const char* name = "match.completed", uint8_t n = 1) {
    events::EventView e{.app = "demo", .time = kThen, .name = name, .player_id = "ada", .match_id = "m1"};
    e.id.bytes[15] = n;
    return e;
  }
  void tell(const events::EventView& e) {
    ports::WriteSet set;
    ASSERT_TRUE(run(webhooks.tell(e, set)));
    if (!set.puts.empty()) ASSERT_TRUE(run(store->commit(std::move(set))));
  }
  std::vector<Delivery> deliveries(const Webhook& w, std::optional<DeliveryStatus> status = std::nullopt) {
    auto page = run(webhooks.deliveries(w.app, w.id, status, 1000, ""));
    GK_CHECK(page.has_value(), "deliveries are listed");
    return std::move(page->items);
  }
  Task<Result<std::vector<DeliveryLane>>> lanes() {
    auto in_use = co_await webhooks.in_use();
    std::vector<DeliveryLane> out;
    for (const Webhook& w : *in_use)
      out.push_back({w.app, w.id, &channel, [this, w](bool good) { return webhooks.note(w.app, w.id, good); }});
    co_return out;
  }
  Task<size_t> pass() {
    size_t all = 0;
    for (;;) {
      auto started = co_await dispatcher.round();
      EXPECT_TRUE(started);
      co_await dispatcher.settled();
      if (*started == 0) co_return all;
      all += *started;
    }
  }

  test::TempDir folder;
  std::unique_ptr<ports::DocumentStore> store = test::open_documents(folder.path());
  ManualClock clock{kThen};
  Metrics metrics;
  Webhooks webhooks{*store, clock, {.give_up_after_ms = 3'600'000}};
  ScriptedChannel channel;
  Dispatcher dispatcher{*store, clock, [this] { return lanes(); }, {.retries = {.tries = 3}}, metrics};
};

TEST_F(WebhooksTest, AFactGoesOnceToEachThatWantsItAndToNoOtherApp) {
  const Webhook all = made({"*"}), some = made(), none = made({"player.*"}), foreign = made({"*"}, "other");
  for (int i = 0; i < 2; ++i) tell(fact());
  tell(fact("session.ended", 2));
  ASSERT_EQ(deliveries(all).size(), 2u);
  ASSERT_EQ(deliveries(some).size(), 1u);
  EXPECT_EQ(deliveries(none).size() + deliveries(foreign).size(), 0u);
  EXPECT_EQ(json::parse(deliveries(some)[0].body),
            json::parse(R"({"type":"match.completed","timestamp":"2027-01-15T08:00:00.000Z",
                            "data":{"match_id":"m1","player_id":"ada"}})"));
}

TEST_F(WebhooksTest, WhatFailsIsTriedAgainUnderTheSameIdUntilItIsDead) {
  const Webhook w = made();
  tell(fact());
  channel.script = {trouble(), trouble(), trouble()};
  EXPECT_EQ(run(pass()), 1u);
  EXPECT_EQ(run(pass()), 0u) << "before its time";
  EXPECT_EQ(deliveries(w)[0].error, "The answer was 500.");
  clock.advance(6'001);
  EXPECT_EQ(run(pass()), 1u);
  clock.advance(36'001);
  EXPECT_EQ(run(pass()), 1u);
  ASSERT_EQ(deliveries(w, DeliveryStatus::kDead).size(), 1u);
  EXPECT_EQ(deliveries(w)[0].attempts, 3);
  clock.advance(24 * 3'600'000);
  EXPECT_EQ(run(pass()), 0u);
  ASSERT_EQ(*run(webhooks.retry("demo", w.id, {"another"})), 0u);
  ASSERT_EQ(*run(webhooks.retry("demo", w.id, {})), 1u);
  EXPECT_EQ(run(pass()), 1u);
  EXPECT_EQ(deliveries(w, DeliveryStatus::kDelivered).size(), 1u);
  EXPECT_EQ(channel.taken, std::vector<std::string>(4, deliveries(w)[0].id));
}

TEST_F(WebhooksTest, WhatCanNeverArriveIsDeadAtOnce) {
  const Webhook w = made();
  tell(fact());
  channel.script = {trouble(ErrorKind::kDenied)};
  EXPECT_EQ(run(pass()), 1u);
  EXPECT_EQ(deliveries(w, DeliveryStatus::kDead).size(), 1u);
}

TEST_F(WebhooksTest, ATryThatWasCutOffIsMadeAgainWhenItsClaimIsOver) {
  const Webhook w = made();
  tell(fact());
  Delivery d = deliveries(w)[0];
  d.attempts = 1;
  d.next_at = kThen + 15'000;  // claimed by a process that was killed
  ports::WriteSet set;
  set.puts.push_back(put_of(d));
  ASSERT_TRUE(run(store->commit(std::move(set))));
  EXPECT_EQ(run(pass()), 0u);
  clock.advance(15'000);
  EXPECT_EQ(run(pass()), 1u);
  EXPECT_EQ(deliveries(w)[0].attempts, 2);
}

TEST_F(WebhooksTest, OfTwoProcessesOneMakesTheTry) {
  made();
  tell(fact());
  ContestedStore contested(*store);
  Dispatcher second(contested, clock, [this] { return lanes(); }, {}, metrics);
  const auto first = [this]() -> Task<void> {
    EXPECT_EQ(*co_await dispatcher.round(), 1u);
    co_await dispatcher.settled();
  };
  contested.go_first = first;  // between the look of the second and its claim
  const auto both = [&]() -> Task<Result<size_t>> {
    auto started = co_await second.round();
    co_await second.settled();
    co_return started;
  };
  const auto started = run(both());
  ASSERT_TRUE(started) << started.error().message;
  EXPECT_EQ(*started, 0u);
  EXPECT_EQ(channel.taken.size(), 1u);
}

TEST_F(WebhooksTest, WhatWeBrokeOffOurselvesSaysNothingOfTheReceiver) {
  const Webhook w = made();
  tell(fact());
  channel.script = {trouble()};
  channel.during = [this] { dispatcher.stop(); };
  EXPECT_EQ(run(pass()), 1u);
  EXPECT_EQ(deliveries(w)[0].error, "");
  EXPECT_EQ(run(webhooks.read("demo", w.id))->failing_since, 0);
  clock.advance(15'000);  // the claim is over
  channel.during = nullptr;
  EXPECT_EQ(run(pass()), 1u);
  EXPECT_EQ(deliveries(w, DeliveryStatus::kDelivered).size(), 1u);
}

TEST_F(WebhooksTest, WhatIsTooLargeToSendIsDeadAndSaysWhy) {
  const Webhook w = made();
  const std::string large = R"({"text":")" + std::string(70'000, 'x') + "\"}";
  events::EventView e = fact();
  e.properties = large;
  tell(e);
  const auto dead = deliveries(w, DeliveryStatus::kDead);
  ASSERT_EQ(dead.size(), 1u);
  EXPECT_NE(dead[0].error.find("64 KiB"), std::string::npos);
  EXPECT_EQ(*run(webhooks.retry("demo", w.id, {})), 0u) << "it would be as large again";
  EXPECT_EQ(run(pass()), 0u);
}

TEST_F(WebhooksTest, WhatFailsForTooLongIsSwitchedOffUntilSomebodySwitchesItOn) {
  const Webhook w = made();
  tell(fact());
  channel.script.assign(3, trouble());
  run(pass());
  EXPECT_EQ(run(webhooks.read("demo", w.id))->failing_since, kThen);
  clock.advance(3'600'000);
  run(pass());
  auto off = run(webhooks.read("demo", w.id));
  EXPECT_FALSE(off->enabled);
  EXPECT_EQ(off->disabled_at, kThen + 3'600'000);
  tell(fact("match.completed", 7));
  EXPECT_EQ(deliveries(w).size(), 1u) << "what it misses is not kept";
  ASSERT_TRUE(run(webhooks.change("demo", w.id, {.enabled = true})));
  clock.advance(3'600'000);
  channel.script.clear();
  run(pass());
  EXPECT_EQ(deliveries(w, DeliveryStatus::kDelivered).size(), 1u);
  EXPECT_EQ(run(webhooks.read("demo", w.id))->failing_since, 0);
}

TEST_F(WebhooksTest, ASuccessEndsTheCountOfFailures) {
  const Webhook w = made();
  tell(fact("match.completed", 1));
  channel.script = {trouble()};
  run(pass());
  clock.advance(6'001);
  run(pass());
  EXPECT_EQ(run(webhooks.read("demo", w.id))->failing_since, 0);
}

TEST_F(WebhooksTest, RemovingTakesWhatWasOnItsWay) {
  const Webhook w = made();
  for (uint8_t n = 0; n < 5; ++n) tell(fact("match.completed", n));
  auto foreign = run(webhooks.remove("other", w.id));
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().kind, ErrorKind::kNotFound);
  ASSERT_TRUE(run(webhooks.remove("demo", w.id)));
  EXPECT_EQ(run(pass()), 0u);
  EXPECT_EQ(*run(store->count(kDeliveries, "lane", "", "")), 0u);
}

TEST_F(WebhooksTest, RotatingSignsWithBothForAWhile) {
  const Webhook w = made();
  auto turned = run(webhooks.rotate("demo", w.id, 1000));
  ASSERT_TRUE(turned);
  EXPECT_NE(turned->secret, w.secret);
  EXPECT_EQ(turned->old_secret, w.secret);
  EXPECT_EQ(turned->old_until, kThen + 1000);
}

TEST_F(WebhooksTest, AnAppHasTwentyAtMost) {
  for (size_t i = 0; i < Webhook::kOfAppMax; ++i) made();
  auto more = run(webhooks.create("demo", "https://example.com/", {"*"}, std::nullopt));
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, "too_many");
  EXPECT_TRUE(run(webhooks.create("other", "https://example.com/", {"*"}, std::nullopt)));
}

}  // namespace
}  // namespace gamekeeper::play
