#include "server/play_side.h"

#include <tuple>

#include "flow/lease.h"
#include "flow/outbox_relay.h"
#include "play/accounts/account_routes.h"
#include "play/accounts/player_routes.h"
#include "play/matchmaking/matchmaker.h"
#include "play/matchmaking/matchmaking_routes.h"
#include "play/realtime/realtime_routes.h"
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

}  // namespace

struct PlaySide::Parts {
  explicit Parts(const Needs& needs)
      : n(needs),
        outbox(*n.stores.documents, *n.stores.log, n.metrics),
        accounts(*n.stores.documents, n.access, n.passwords, n.clock, account_options(n.config)),
        players(*n.stores.documents, n.access, n.clock),
        storage(*n.stores.documents, n.clock),
        sessions(*n.stores.documents, *n.stores.broadcast, n.clock),
        queues(*n.stores.documents, n.clock),
        queue(play::MatchQueue::Parts{*n.stores.documents, *n.stores.tickets, queues, sessions}, n.clock),
        sweeping(*n.stores.documents, n.clock, "play_sweep", kSweepLeaseMs) {
    if (n.config.has_role("matchmaking")) {
      const play::MatchmakerOptions pace{.tick = std::chrono::milliseconds(n.config.matchmaking.tick_ms)};
      matchmaker = std::make_unique<play::Matchmaker>(
          play::Matchmaker::Parts{*n.stores.documents, *n.stores.tickets, queues, queue, sessions}, n.clock, pace,
          n.metrics);
    }
    if (n.config.has_role("realtime")) make_realtime();
  }

  void make_realtime();
  Task<Result<void>> sweep();

  Needs n;
  flow::OutboxRelay outbox;
  play::Accounts accounts;
  play::Players players;
  play::Storage storage;
  play::Sessions sessions;
  play::Queues queues;
  play::MatchQueue queue;
  std::unique_ptr<play::Matchmaker> matchmaker;  // only with its role, as all that follow
  std::unique_ptr<play::Realtime> realtime;
  flow::Lease sweeping;
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
  auto ended = co_await sessions.sweep(), forgotten = co_await accounts.sweep();
  for (const auto* swept : {&ended, &forgotten}) {
    if (!*swept) co_return std::unexpected(swept->error());
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
  if (p.realtime) play::add_realtime_routes(router, *p.realtime);
}

std::vector<Chore> PlaySide::chores() {
  using namespace std::chrono_literals;
  return {{"sessions", "sweep_failed", 5s, [this] { return parts_->sweep(); }}};
}

void PlaySide::start() {
  parts_->outbox.start();
  if (parts_->matchmaker) parts_->matchmaker->start();
}

void PlaySide::stop() {
  (void)run_now(parts_->sweeping.release());
  if (parts_->matchmaker) parts_->matchmaker->stop();
  parts_->outbox.stop();
}

}  // namespace gamekeeper::server
