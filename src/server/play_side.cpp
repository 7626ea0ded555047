#include "server/play_side.h"

#include <atomic>

#include "flow/lease.h"
#include "flow/outbox_relay.h"
#include "play/accounts/account_routes.h"
#include "play/accounts/player_routes.h"
#include "play/demo/rps_routes.h"
#include "play/matchmaking/matchmaker.h"
#include "play/matchmaking/matchmaking_routes.h"
#include "play/realtime/realtime_routes.h"
#include "play/results/result_routes.h"
#include "play/sessions/session_routes.h"
#include "play/storage/storage_routes.h"
#include "server/run_now.h"

namespace gamekeeper::server {
namespace {

constexpr int64_t kSweepLeaseMs = 15'000;

play::AccountOptions account_options(const Config& c) {
  play::AccountOptions options;
  if (c.server.mode == "production") options.logins.per_address = {60, 60'000'000'000};
  return options;
}

Task<Result<void>> may_hear_session(play::Sessions& sessions, Principal who, std::string id) {
  auto session = co_await sessions.read(who.app, std::move(id));
  if (!session) co_return std::unexpected(session.error());
  if (who.kind == PrincipalKind::kPlayer && !session->has(who.subject))
    co_return fail(ErrorKind::kNotFound, "not_found", "There is no such session.", "topic");
  co_return Result<void>{};
}

Task<Result<void>> no_boards() {
  co_return fail(ErrorKind::kNotFound, "not_found", "There is no such board.", "topic");
}

/// What results have taught, asked of by the matchmaker.
Task<Result<double>> predict_win(play::Results& results, std::string app, std::string queue,
                                 std::vector<std::vector<play::TicketPlayer>> tickets) {
  std::vector<play::MatchTeam> teams;
  for (const auto& players : tickets) {
    play::MatchTeam& team = teams.emplace_back();
    for (const play::TicketPlayer& player : players) team.players.push_back({.id = player.id});
  }
  auto chances = co_await results.predict(std::move(app), std::move(queue), std::move(teams));
  if (!chances) co_return std::unexpected(chances.error());
  co_return chances->front();
}

}  // namespace

struct PlaySide::Parts {
  explicit Parts(const Needs& needs)
      : n(needs),
        outbox(*n.stores.documents, *n.stores.log, n.metrics),
        accounts(*n.stores.documents, n.access, n.passwords, n.clock, account_options(n.config)),
        players(*n.stores.documents, n.access, n.clock),
        storage(*n.stores.documents, n.clock),
        sessions(*n.stores.documents, *n.stores.broadcast, n.clock),
        results(play::ResultPorts{*n.stores.documents, *n.stores.ranked, n.stores.broadcast.get()}, n.clock),
        queues(*n.stores.documents, n.clock),
        queue(play::MatchQueue::Parts{*n.stores.documents, *n.stores.tickets, queues, sessions}, n.clock),
        sweeping(*n.stores.documents, n.clock, "play_sweep", kSweepLeaseMs) {
    if (n.config.has_role("matchmaking")) {
      const play::MatchmakerOptions pace{.tick = std::chrono::milliseconds(n.config.matchmaking.tick_ms)};
      matchmaker = std::make_unique<play::Matchmaker>(
          play::Matchmaker::Parts{
              *n.stores.documents, *n.stores.tickets, queues, queue, sessions, n.stores.broadcast.get(),
              [this](std::string app, std::string queue_name, auto teams) {
                return predict_win(results, std::move(app), std::move(queue_name), std::move(teams));
              }},
          n.clock, pace, n.metrics);
    }
    if (n.config.has_role("realtime")) make_realtime();
    if (n.config.has_role("demo") && n.config.server.mode == "development")
      demo = std::make_unique<play::RpsRoom>(*n.stores.documents, sessions, results, n.clock);
  }

  void make_realtime();
  Task<Result<void>> sweep();
  Task<Result<void>> read_results_back();

  Needs n;
  flow::OutboxRelay outbox;
  play::Accounts accounts;
  play::Players players;
  play::Storage storage;
  play::Sessions sessions;
  play::Results results;
  play::Queues queues;
  play::MatchQueue queue;
  std::unique_ptr<play::Matchmaker> matchmaker;  // only with its role, as all that follow
  std::unique_ptr<play::Realtime> realtime;
  std::unique_ptr<play::RpsRoom> demo;
  flow::Lease sweeping;
  std::atomic<bool> stopping = false;
};

void PlaySide::Parts::make_realtime() {
  play::RealtimeSources sources;
  sources.authenticate = [this](const std::string& token) {
    static constexpr net::RoutePolicy kListeners{.server_key = true, .player = true};
    return n.gate.authenticate("Bearer " + token, {}, kListeners);
  };
  sources.is_good = [this](const std::string& token) {
    static constexpr net::RoutePolicy kListening{.server_key = true, .player = true, .cost = 0};
    const auto who = n.gate.authenticate("Bearer " + token, {}, kListening);
    return who || (who.error().kind != ErrorKind::kUnauthenticated && who.error().kind != ErrorKind::kDenied);
  };
  sources.revision = [this] { return n.access.revision(); };
  sources.may_hear_session = [this](Principal who, std::string id) {
    return may_hear_session(sessions, std::move(who), std::move(id));
  };
  sources.may_hear_board = [](std::string, std::string) { return no_boards(); };
  play::RealtimeOptions options;
  options.limits = {.sockets_max = static_cast<size_t>(n.config.realtime.sockets_max),
                    .sockets_per_player = static_cast<size_t>(n.config.realtime.sockets_per_player)};
  realtime = std::make_unique<play::Realtime>(*n.stores.broadcast, n.clock, std::move(sources), options, n.metrics);
}

/// One process at a time does it for all.
Task<Result<void>> PlaySide::Parts::sweep() {
  auto fence = co_await sweeping.hold();
  if (!fence) co_return std::unexpected(fence.error());
  if (!*fence) co_return Result<void>{};
  if (auto swept = co_await queue.sweep(); !swept) co_return swept;
  auto ended = co_await sessions.sweep(), forgotten = co_await accounts.sweep(), disputed = co_await results.sweep();
  for (const auto* swept : {&ended, &forgotten, &disputed}) {
    if (!*swept) co_return std::unexpected(swept->error());
  }
  co_return Result<void>{};
}

/// After a start, and after a board could not be written: everything at one go, unless the program is to stop.
Task<Result<void>> PlaySide::Parts::read_results_back() {
  for (bool more = true; more && !stopping;) {
    auto part = co_await results.catch_up();
    if (!part) co_return std::unexpected(part.error());
    more = *part;
  }
  co_return Result<void>{};
}

PlaySide::PlaySide(Needs needs) : parts_(std::make_unique<Parts>(needs)) {}
PlaySide::~PlaySide() { stop(); }

void PlaySide::add_routes(net::Router& router) {
  Parts& p = *parts_;
  const Config& config = p.n.config;
  if (config.has_role("accounts")) {
    play::add_account_routes(router, p.accounts, p.players);
    play::add_player_routes(router, p.players, p.n.clock);
    play::add_storage_routes(router, p.storage);
  }
  if (config.has_role("sessions")) play::add_session_routes(router, p.sessions);
  if (config.has_role("matchmaking")) play::add_matchmaking_routes(router, p.queue, p.queues, p.n.clock);
  if (config.has_role("ratings")) play::add_result_routes(router, p.results, p.n.clock);
  if (p.realtime) play::add_realtime_routes(router, *p.realtime);
  if (p.demo) play::add_rps_routes(router, *p.demo);
}

std::vector<Chore> PlaySide::chores() {
  using namespace std::chrono_literals;
  std::vector<Chore> out{{"sessions", "sweep_failed", 5s, [this] { return parts_->sweep(); }}};
  if (parts_->n.config.has_role("ratings"))
    out.push_back({"results", "read_back_failed", 250ms, [this] { return parts_->read_results_back(); }});
  return out;
}

void PlaySide::start() {
  parts_->outbox.start();
  if (parts_->matchmaker) parts_->matchmaker->start();
}

void PlaySide::hurry() { parts_->stopping = true; }

void PlaySide::stop() {
  (void)run_now(parts_->sweeping.release());
  if (parts_->matchmaker) parts_->matchmaker->stop();
  parts_->outbox.stop();
}

}  // namespace gamekeeper::server
