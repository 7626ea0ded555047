#include "play/matchmaking/matchmaker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <memory>

#include "events/event.h"
#include "flow/push.h"
#include "play/accounts/player_rating.h"
#include "tests/support/documents/documents.h"
#include "tests/support/engines/engines.h"
#include "tests/support/run_task.h"
#include "tests/support/temp_dir.h"

namespace gamekeeper::play {
namespace {

using test::run;

/// Keeps what was said: "topic kind" → bodies.
struct Heard final : ports::Broadcast {
  Task<Result<ports::TopicPosition>> publish(std::string topic, std::string body) override {
    said[topic].push_back(boost::json::parse(body).as_object());
    co_return ports::TopicPosition{"e", said[topic].size()};
  }
  Task<Result<ports::TopicPosition>> position(std::string topic) override {
    co_return ports::TopicPosition{"e", said[topic].size()};
  }
  Task<Result<std::vector<ports::TopicMessage>>> replay(std::string, ports::TopicPosition) override {
    co_return std::vector<ports::TopicMessage>();
  }
  std::unique_ptr<Subscription> subscribe(std::string, Receiver) override { return nullptr; }
  std::map<std::string, std::vector<boost::json::object>> said;
};

/// One process: its own pool, on a store that others share.
struct House {
  House(ports::DocumentStore& documents, const Clock& clock)
      : store(documents), time(clock), maker({store, pool, queues, queue, sessions, &heard}, clock, {}, metrics) {}

  ports::DocumentStore& store;
  const Clock& time;
  Metrics metrics;
  Heard heard;
  std::unique_ptr<ports::TicketPool> pool_kept = test::make_ticket_pool();
  ports::TicketPool& pool = *pool_kept;
  Queues queues{store, time};
  Sessions sessions{store, heard, time};
  MatchQueue queue{{store, pool, queues, sessions, &heard}, time};
  Matchmaker maker;
};

class MatchmakerTest : public ::testing::Test {
 protected:
  void player(const std::string& id, int64_t rating = kFirstRating, std::optional<Ban> ban = std::nullopt) {
    ports::WriteSet set;
    auto known = run(store->get(kPlayers, scoped("demo", id)));
    set.puts.push_back(put_of(Player{.app = "demo", .id = id, .ban = ban, .version = *known ? (*known)->version : 0}));
    if (!*known)
      set.puts.push_back(put_of(PlayerRating{
          .app = "demo", .queue = "duel", .player_id = id, .mean = static_cast<double>(rating), .deviation = 60}));
    ASSERT_TRUE(run(store->commit(std::move(set))));
  }
  Result<TicketView> join(House& house, std::vector<std::string> players, const std::string& queue = "duel") {
    return run(house.queue.join("demo", {.queue = queue, .players = std::move(players)}));
  }
  void joins(House& house, std::vector<std::string> players, const std::string& queue = "duel") {
    auto view = join(house, std::move(players), queue);
    ASSERT_TRUE(view) << view.error().message;
  }
  size_t tick(House& house) {
    auto made = run(house.maker.tick());
    EXPECT_TRUE(made) << made.error().message;
    return made.value_or(0);
  }
  std::string status(House& house, const std::string& player) {
    auto view = run(house.queue.status("demo", player));
    return view ? std::string(name_of(view->ticket.status)) : view.error().code;
  }
  size_t metric(const char* line) { return a.metrics.expose().find(line); }
  /// Names of the facts in the outbox, in order.
  std::vector<std::string> facts() {
    std::vector<std::string> out;
    for (const auto& entry : *run(store->outbox(1000))) {
      events::RowReader rows(entry.fact.body);
      events::EventView fact;
      EXPECT_TRUE(rows.next(fact));
      out.emplace_back(fact.name);
    }
    return out;
  }

  test::TempDir folder;
  std::unique_ptr<ports::DocumentStore> store = test::open_documents(folder.path());
  ManualClock clock{1'800'000'000'000};
  std::unique_ptr<House> house = std::make_unique<House>(*store, clock);
  House& a = *house;
};

TEST_F(MatchmakerTest, WhoIsErasedIsOutOfTheQueueAtOnceWithTheirParty) {
  player("ann"), player("bob"), player("cid");
  ASSERT_TRUE(run(a.queues.change({"demo", "pairs"}, {{"team_size", 2}})));
  joins(a, {"ann", "bob"}, "pairs"), joins(a, {"cid"}, "pairs");
  const auto forget = [&](const char* id) { return run(a.queue.forget_player("demo", id)).has_value(); };
  EXPECT_TRUE(forget("ann"));
  EXPECT_EQ(status(a, "bob"), "searching") << "ann is still there";
  ports::WriteSet set;
  set.puts.push_back({.collection = kPlayers, .id = scoped("demo", "ann"), .remove = true});
  ASSERT_TRUE(run(store->commit(std::move(set))));
  EXPECT_TRUE(forget("ann"));
  EXPECT_TRUE(forget("ann")) << "once more";
  EXPECT_TRUE(forget("nobody"));
  EXPECT_EQ(status(a, "bob"), "not_queued");
  EXPECT_EQ(status(a, "cid"), "searching");
  EXPECT_EQ(run(a.pool.snapshot({"demo", "pairs"}))->size(), 1u);
  joins(a, {"bob"}, "pairs");
}

TEST_F(MatchmakerTest, TwoWhoWaitGetASession) {
  player("ann", 1510), player("bob", 1490);
  joins(a, {"ann"});
  EXPECT_EQ(tick(a), 0u);
  clock.advance(4000);
  joins(a, {"bob"});
  EXPECT_EQ(tick(a), 1u);
  auto view = run(a.queue.status("demo", "ann"));
  ASSERT_TRUE(view);
  ASSERT_TRUE(view->ticket.match);
  const TicketMatch& match = *view->ticket.match;
  EXPECT_EQ(match.teams.size(), 2u);
  EXPECT_GT(match.quality, 0.9);
  auto session = run(a.sessions.read("demo", match.session_id));
  ASSERT_TRUE(session);
  EXPECT_EQ(session->match_id, match.match_id);
  EXPECT_EQ(session->mode, "duel");
  ASSERT_EQ(session->players.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(session->players[i].id, match.teams[i][0]);
    EXPECT_EQ(session->players[i].rating, session->players[i].id == "ann" ? 1510 : 1490);
    EXPECT_EQ(session->players[i].team, static_cast<int>(i));
  }
  EXPECT_EQ(run(a.queue.status("demo", "bob"))->ticket.match->match_id, match.match_id);
  EXPECT_EQ(facts(), (std::vector<std::string>{"queue.joined", "queue.joined", "session.created", "match.formed"}));
  EXPECT_EQ(tick(a), 0u);
  EXPECT_TRUE(run(a.pool.snapshot({"demo", "duel"}))->empty());
}

TEST_F(MatchmakerTest, TheFactTellsHowLongEachHasWaited) {
  player("ann"), player("bob");
  joins(a, {"ann"});
  clock.advance(4500);
  joins(a, {"bob"});
  clock.advance(500);
  ASSERT_EQ(tick(a), 1u);
  const auto entries = *run(store->outbox(1000));
  events::RowReader rows(entries.back().fact.body);
  events::EventView fact;
  ASSERT_TRUE(rows.next(fact));
  EXPECT_EQ(fact.name, "match.formed");
  EXPECT_FALSE(fact.match_id.empty());
  std::vector<double> waits;
  for (const auto& [name, value] : fact.measures) waits.push_back(value);
  std::ranges::sort(waits);
  EXPECT_EQ(waits, (std::vector<double>{0.5, 5}));
}

TEST_F(MatchmakerTest, PlayersHearOfTheirMatchAndOfTheirPlace) {
  player("ann"), player("bob"), player("far", 2400);
  joins(a, {"far"});
  joins(a, {"ann"});
  joins(a, {"bob"});
  ASSERT_EQ(tick(a), 1u);
  for (const char* name : {"ann", "bob"}) {
    const auto& heard = a.heard.said[flow::player_topic("demo", name, "queue")];
    ASSERT_EQ(heard.size(), 1u) << name;
    EXPECT_EQ(heard[0].at("type"), "match_found");
    const auto& data = heard[0].at("data").as_object();
    for (const char* field : {"match_id", "session_id", "queue", "teams", "quality", "predicted_win"})
      EXPECT_TRUE(data.contains(field)) << field;
  }
  const auto& waits = a.heard.said[flow::player_topic("demo", "far", "queue")];
  ASSERT_EQ(waits.size(), 1u);
  EXPECT_EQ(waits[0].at("data").at("position"), 1);
  clock.advance(300);
  tick(a);
  EXPECT_EQ(waits.size(), 1u) << "not each tick";
}

TEST_F(MatchmakerTest, APlayerHasOneTicket) {
  player("ann"), player("bob"), player("cy");
  ASSERT_TRUE(run(a.queues.change({"demo", "pairs"}, {{"team_size", 2}})));
  joins(a, {"ann"});
  auto again = join(a, {"ann"}, "other");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, "already_queued");
  EXPECT_EQ(again.error().kind, ErrorKind::kConflict);
  EXPECT_EQ(again.error().limit, "duel");
  auto party = join(a, {"bob", "ann"}, "pairs");
  EXPECT_EQ(party.error().field, "party[0]");
  joins(a, {"bob", "cy"}, "pairs");
  EXPECT_EQ(join(a, {"cy"}).error().limit, "pairs");
  ASSERT_TRUE(run(a.queue.leave("demo", "cy")));
  EXPECT_EQ(status(a, "bob"), "not_queued") << "the party leaves whole";
  joins(a, {"bob"}, "duel");
}

TEST_F(MatchmakerTest, WhoMayNotJoin) {
  player("ann"), player("bad", kFirstRating, Ban{.reason = "x", .at = 1});
  player("back", kFirstRating, Ban{.reason = "x", .at = 1, .until = clock.now_ms()});
  EXPECT_EQ(join(a, {"bad"}).error().code, "banned");
  EXPECT_EQ(join(a, {"nobody"}).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(join(a, {"ann", "nobody"}).error().field, "party[0]");
  auto big = join(a, {"ann", "back"});
  EXPECT_EQ(big.error().kind, ErrorKind::kUnprocessable);
  EXPECT_EQ(big.error().code, "unmatchable");
  EXPECT_EQ(big.error().limit, "team_size 1");
  EXPECT_EQ(join(a, {"ann", "ann"}).error().code, "duplicate_player");
  EXPECT_EQ(join(a, {"ann"}, "").error().field, "queue");
  joins(a, {"back"});
}

TEST_F(MatchmakerTest, LeavingAndMatchingExcludeOneAnother) {
  player("ann"), player("bob"), player("cy");
  joins(a, {"ann"});
  joins(a, {"bob"});
  ASSERT_TRUE(run(a.queue.leave("demo", "ann")));
  EXPECT_EQ(tick(a), 0u);
  EXPECT_EQ(status(a, "ann"), "not_queued");
  EXPECT_EQ(status(a, "bob"), "searching");
  EXPECT_EQ(run(a.queue.leave("demo", "ann")).error().code, "not_queued");
  joins(a, {"cy"});
  EXPECT_EQ(tick(a), 1u);
  EXPECT_EQ(run(a.queue.leave("demo", "cy")).error().code, "already_matched");
  EXPECT_EQ(status(a, "cy"), "matched");
}

TEST_F(MatchmakerTest, WhatWasReadBeforeAMatchCannotUndoIt) {
  player("ann"), player("bob");
  joins(a, {"ann"});
  auto stale = run(a.queue.status("demo", "ann"));
  ASSERT_TRUE(stale);
  joins(a, {"bob"});
  ASSERT_EQ(tick(a), 1u);
  player("ann", kFirstRating, Ban{.reason = "x", .at = 1});
  ASSERT_TRUE(run(a.queue.drop_if_unfit(stale->ticket)));
  EXPECT_EQ(status(a, "ann"), "matched");
  EXPECT_EQ(status(a, "bob"), "matched");
}

TEST_F(MatchmakerTest, ATicketThatLeftBehindThePoolsBackIsNotMatched) {
  player("ann"), player("bob"), player("cy");
  joins(a, {"ann"});
  joins(a, {"bob"});
  const auto ghost = run(a.pool.snapshot({"demo", "duel"}))->front();
  ASSERT_TRUE(run(a.queue.leave("demo", ghost.players[0])));
  ASSERT_TRUE(run(a.pool.add({"demo", "duel"}, ghost)));
  EXPECT_EQ(tick(a), 0u);
  EXPECT_EQ(run(a.pool.snapshot({"demo", "duel"}))->size(), 1u) << "the ghost is gone";
  joins(a, {"cy"});
  EXPECT_EQ(tick(a), 1u);
}

TEST_F(MatchmakerTest, WhoWasMatchedByOneThatDiedHearsItFromTheNext) {
  player("ann"), player("bob"), player("cy");
  joins(a, {"ann"});
  const auto ghost = run(a.pool.snapshot({"demo", "duel"}))->front();
  joins(a, {"bob"});
  ASSERT_EQ(tick(a), 1u);
  House b(*store, clock);
  ASSERT_TRUE(run(b.pool.add({"demo", "duel"}, ghost)));  // a shared pool that was not told
  clock.advance(10'000);
  EXPECT_EQ(tick(b), 0u);
  EXPECT_TRUE(run(b.pool.queues())->empty());
  const auto& heard = b.heard.said[flow::player_topic("demo", "ann", "queue")];
  ASSERT_EQ(heard.size(), 1u);
  EXPECT_EQ(heard[0].at("type"), "match_found");
}

TEST_F(MatchmakerTest, AnUnreadableTicketStopsNobodyElse) {
  player("ann"), player("bob"), player("cy");
  joins(a, {"ann"});
  const std::string id = scoped("demo", run(a.pool.snapshot({"demo", "duel"}))->front().id);
  ports::WriteSet set;
  set.puts.push_back({.collection = kTickets, .id = id, .body = "{}", .entries = {{"waiting", "demo"}}});
  ASSERT_TRUE(run(store->commit(std::move(set))));
  joins(a, {"bob"});
  tick(a);
  joins(a, {"cy"});
  tick(a);
  EXPECT_EQ(status(a, "bob"), "matched");
}

TEST_F(MatchmakerTest, ANewProcessFindsEverybodyWhoWaits) {
  player("ann"), player("bob");
  joins(a, {"ann"});
  joins(a, {"bob"}, "other");
  ASSERT_EQ(tick(a), 0u);
  House b(*store, clock);
  joins(b, {(player("cy"), "cy")});  // of whom a's pool knows nothing
  EXPECT_EQ(tick(b), 0u) << "a holds the lease";
  clock.advance(10'000);
  EXPECT_EQ(tick(b), 1u);
  EXPECT_EQ(status(a, "ann"), "matched");
  EXPECT_EQ(status(b, "bob"), "searching");
  EXPECT_EQ(run(b.pool.snapshot({"demo", "other"}))->size(), 1u);
}

TEST_F(MatchmakerTest, AHolderThatSleptMakesNoMatchTwice) {
  player("ann"), player("bob");
  joins(a, {"ann"});
  tick(a);
  clock.advance(10'000);
  House b(*store, clock);
  ASSERT_EQ(tick(b), 0u);
  joins(b, {"bob"});
  ASSERT_EQ(tick(b), 1u);
  EXPECT_EQ(tick(a), 0u);
  EXPECT_EQ(std::ranges::count(facts(), "match.formed"), 1);
}

TEST_F(MatchmakerTest, APoolThatLostATicketIsPutRight) {
  player("ann"), player("bob");
  joins(a, {"ann"});
  joins(a, {"bob"});
  ASSERT_TRUE(run(a.pool.clear({"demo", "duel"})));
  clock.advance(1);
  EXPECT_EQ(tick(a), 1u) << "taking over fills the pool";
  player("cy"), player("dee");
  joins(a, {"cy"});
  joins(a, {"dee"});
  ASSERT_TRUE(run(a.pool.clear({"demo", "duel"})));
  EXPECT_EQ(tick(a), 0u);
  clock.advance(11'000);
  EXPECT_EQ(tick(a), 1u);
}

TEST_F(MatchmakerTest, TheBannedAndTheGoneAreNotMatched) {
  player("ann"), player("bob"), player("cy");
  joins(a, {"ann"});
  joins(a, {"bob"});
  player("ann", kFirstRating, Ban{.reason = "x", .at = 1});
  EXPECT_EQ(tick(a), 0u);
  EXPECT_EQ(status(a, "ann"), "not_queued");
  EXPECT_EQ(status(a, "bob"), "searching");
  ports::WriteSet erase;
  erase.puts.push_back({.collection = kPlayers, .id = scoped("demo", "bob"), .remove = true});
  ASSERT_TRUE(run(store->commit(std::move(erase))));
  ASSERT_TRUE(run(a.queue.sweep()));
  EXPECT_EQ(status(a, "bob"), "not_queued");
}

TEST_F(MatchmakerTest, TheBannedAreFoundHoweverManyWait) {
  constexpr int kMany = 230;  // a sweep looks at two hundred
  ports::WriteSet set;
  const auto name = [](int n) { return "p" + std::to_string(n); };
  for (int n = 0; n < kMany; ++n) set.puts.push_back(put_of(Player{.app = "demo", .id = name(n)}));
  ASSERT_TRUE(run(store->commit(std::move(set))));
  for (int n = 0; n < kMany; ++n) joins(a, {name(n)});
  player(name(kMany - 1), kFirstRating, Ban{.reason = "x", .at = 1});
  for (int sweeps = 0; sweeps < 2; ++sweeps) ASSERT_TRUE(run(a.queue.sweep()));
  EXPECT_EQ(status(a, name(kMany - 1)), "not_queued");
  EXPECT_EQ(status(a, name(0)), "searching");
  player(name(0), kFirstRating, Ban{.reason = "x", .at = 1});
  for (int sweeps = 0; sweeps < 2; ++sweeps) ASSERT_TRUE(run(a.queue.sweep()));
  EXPECT_EQ(status(a, name(0)), "not_queued") << "they come round again";
}

TEST_F(MatchmakerTest, TicketsExpireAndAreForgotten) {
  player("ann"), player("bob");
  ASSERT_TRUE(run(a.queues.change({"demo", "duel"}, {{"max_wait_seconds", 30}})));
  joins(a, {"ann"});
  clock.advance(30'000);
  EXPECT_EQ(status(a, "ann"), "expired");
  joins(a, {"bob"});
  EXPECT_EQ(tick(a), 0u) << "also before the sweep";
  ASSERT_TRUE(run(a.queue.sweep()));
  EXPECT_EQ(status(a, "ann"), "expired");
  EXPECT_EQ(run(a.queue.leave("demo", "ann")).error().code, "not_queued");
  EXPECT_EQ(facts().back(), "queue.left");
  clock.advance(Ticket::kEndedKeptMs + 1000);
  EXPECT_EQ(status(a, "ann"), "not_queued");
  ASSERT_TRUE(run(a.queue.sweep()));
  EXPECT_FALSE(*run(store->get(kTickets, "demo/none")));
  EXPECT_EQ(*run(store->count(kTickets, "player", {}, {})), 1u) << "bob's, which has just expired";
}

TEST_F(MatchmakerTest, WhoseTicketHasExpiredMayJoinAgainAtOnce) {
  player("ann"), player("bob");
  ASSERT_TRUE(run(a.queues.change({"demo", "duel"}, {{"max_wait_seconds", 30}})));
  joins(a, {"ann"});
  clock.advance(29'999);
  EXPECT_EQ(join(a, {"ann"}, "duel").error().code, "already_queued");
  clock.advance(1);
  EXPECT_EQ(status(a, "ann"), "expired");
  joins(a, {"ann"});  // no sweep has come by
  EXPECT_EQ(status(a, "ann"), "searching");
  joins(a, {"bob"});
  EXPECT_EQ(tick(a), 1u);
}

TEST_F(MatchmakerTest, AMatchThatIsCancelledIsToldSo) {
  player("ann"), player("bob");
  joins(a, {"ann"});
  joins(a, {"bob"});
  ASSERT_EQ(tick(a), 1u);
  const std::string session = run(a.queue.status("demo", "ann"))->ticket.match->session_id;
  ASSERT_TRUE(run(a.sessions.change("demo", session, {.status = SessionStatus::kCancelled}, std::nullopt)));
  EXPECT_EQ(status(a, "ann"), "cancelled");
  EXPECT_EQ(run(a.queue.status("demo", "bob"))->ticket.match->session_id, session);
  EXPECT_EQ(run(a.queue.leave("demo", "ann")).error().code, "not_queued");
  EXPECT_EQ(facts().back(), "match.cancelled");
  joins(a, {"ann"});
  EXPECT_EQ(status(a, "ann"), "searching");
  clock.advance(Ticket::kEndedKeptMs + 1000);
  EXPECT_EQ(status(a, "bob"), "not_queued");
}

TEST_F(MatchmakerTest, AMatchIsShownUntilItsSessionIsCompleted) {
  player("ann"), player("bob");
  joins(a, {"ann"});
  joins(a, {"bob"});
  ASSERT_EQ(tick(a), 1u);
  const std::string session = run(a.queue.status("demo", "ann"))->ticket.match->session_id;
  for (const SessionStatus to : {SessionStatus::kActive, SessionStatus::kCompleted})
    ASSERT_TRUE(run(a.sessions.change("demo", session, {.status = to}, std::nullopt)));
  EXPECT_EQ(status(a, "ann"), "not_queued");
}

TEST_F(MatchmakerTest, TeamsOfPartiesPlay) {
  ASSERT_TRUE(run(a.queues.change({"demo", "pairs"}, {{"team_size", 2}, {"match_mode", "2v2"}})));
  for (const char* name : {"a", "b", "c", "d"}) player(name);
  joins(a, {"a", "b"}, "pairs");
  joins(a, {"c"}, "pairs");
  EXPECT_EQ(tick(a), 0u);
  joins(a, {"d"}, "pairs");
  ASSERT_EQ(tick(a), 1u);
  auto view = run(a.queue.status("demo", "b"));
  ASSERT_TRUE(view && view->ticket.match);
  for (auto team : view->ticket.match->teams) {
    std::ranges::sort(team);
    EXPECT_TRUE(team == (std::vector<std::string>{"a", "b"}) || team == (std::vector<std::string>{"c", "d"}));
  }
  auto session = run(a.sessions.read("demo", view->ticket.match->session_id));
  EXPECT_EQ(session->mode, "2v2");
}

TEST_F(MatchmakerTest, WaitsAreLearnedAndOutliveTheProcess) {
  for (int i = 0; i < 40; ++i) player("p" + std::to_string(i));
  for (int i = 0; i < 40; i += 2) {
    joins(a, {"p" + std::to_string(i)});
    for (int t = 0; t < 12; ++t) clock.advance(250), tick(a);
    joins(a, {"p" + std::to_string(i + 1)});
    clock.advance(250);
    ASSERT_EQ(tick(a), 1u);
  }
  clock.advance(10'000);
  joins(a, {"p0"});
  const auto first = run(a.queue.status("demo", "p0"));
  House b(*store, clock);
  const auto told = run(b.queue.status("demo", "p0"));
  ASSERT_TRUE(first && told);
  EXPECT_LT(told->wait->seconds, 20) << "without knowing it would say 60";
  EXPECT_EQ(first->position, 1u);
  EXPECT_EQ(told->explanation->blocking_rule, "players");
}

TEST_F(MatchmakerTest, ManyMatchesAtOnce) {
  for (int i = 0; i < 200; ++i) {
    player("p" + std::to_string(i), 1000 + 5 * i);
    joins(a, {"p" + std::to_string(i)});
  }
  player("alone", 5000);
  joins(a, {"alone"});
  EXPECT_EQ(tick(a), 100u);
  EXPECT_NE(metric("gamekeeper_queue_tickets 1\n"), std::string::npos);
  EXPECT_NE(metric("gamekeeper_matches_formed_total 100\n"), std::string::npos);
  ASSERT_TRUE(run(a.queue.leave("demo", "alone")));
  EXPECT_TRUE(run(a.pool.queues())->empty());
}

TEST(PredictByRatings, IsAnExpectation) {
  using Teams = std::vector<std::vector<TicketPlayer>>;
  EXPECT_NEAR(predict_by_ratings(Teams{{{"a"}}, {{"b"}}}), 0.5, 1e-12);
  const Teams strong{{{"a", 1700, 60}}, {{"b", 1500, 60}}};
  EXPECT_NEAR(predict_by_ratings(strong), 0.75, 0.02);
  EXPECT_NEAR(predict_by_ratings(strong) + predict_by_ratings(Teams{strong[1], strong[0]}), 1, 1e-12);
  EXPECT_NEAR(predict_by_ratings(Teams{{{"a"}}, {{"b"}}, {{"c"}}, {{"d"}}}), 0.25, 1e-12);
}

}  // namespace
}  // namespace gamekeeper::play
