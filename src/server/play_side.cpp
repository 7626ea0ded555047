#include "server/play_side.h"

#include "play/accounts/account_routes.h"
#include "play/accounts/care_routes.h"
#include "play/accounts/mail_routes.h"
#include "play/accounts/player_routes.h"
#include "play/demo/rps_routes.h"
#include "play/friends/friend_routes.h"
#include "play/leaderboards/leaderboard_routes.h"
#include "play/matchmaking/matchmaking_routes.h"
#include "play/realtime/realtime_routes.h"
#include "play/results/rating_routes.h"
#include "play/results/result_routes.h"
#include "play/sessions/session_routes.h"
#include "play/storage/storage_routes.h"
#include "server/play_parts.h"
#include "server/run_now.h"

namespace gamekeeper::server {
namespace {

constexpr size_t kBoardReaders = 2;  // threads that read leaderboards after a start

}  // namespace

Task<Result<void>> PlaySide::Parts::push_boards() {
  co_await board_pushes.flush(*n.stores.broadcast);
  co_return Result<void>{};
}

/// One process at a time does it for all.
Task<Result<void>> PlaySide::Parts::sweep() {
  auto fence = co_await sweeping.hold();
  if (!fence) co_return std::unexpected(fence.error());
  if (!*fence) co_return Result<void>{};
  if (auto swept = co_await queue.sweep(); !swept) co_return swept;
  auto ended = co_await sessions.sweep(), forgotten = co_await accounts.families().sweep(),
       disputed = co_await results.sweep();
  if (auto over = co_await account_mail->sweep(); !over) co_return std::unexpected(over.error());
  if (auto erased = co_await deletion.sweep(); !erased) co_return erased;
  for (const auto* swept : {&ended, &forgotten, &disputed}) {
    if (!*swept) co_return std::unexpected(swept->error());
  }
  co_return Result<void>{};
}

/// One process at a time sends what was asked for, so that nobody gets a mail twice.
Task<Result<bool>> PlaySide::Parts::may_mail() {
  auto fence = co_await mailing.hold();
  if (!fence) co_return std::unexpected(fence.error());
  co_return fence->has_value() && !stopping;
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

/// How well results were foretold, up to the newest; one process at a time.
Task<Result<void>> PlaySide::Parts::count_qualities() {
  for (bool more = true; more && !stopping;) {
    auto fence = co_await counting.hold();
    if (!fence) co_return std::unexpected(fence.error());
    if (!*fence) co_return Result<void>{};
    auto part = co_await qualities.step();
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
    play::add_account_routes(router, {p.accounts, p.players, *p.identities, p.deletion});
    play::add_mail_routes(router, *p.account_mail);
    play::add_player_routes(router, p.players, p.accounts, p.n.clock);
    play::add_care_routes(router, p.sign_ins, p.player_notes, p.deletion, *p.n.stores.documents);
    play::add_storage_routes(router, p.storage);
    const play::FriendServices friends{p.friends, p.presences, p.players, p.usernames};
    play::add_friend_routes(router, friends);
    play::add_presence_routes(router, friends);
  }
  if (config.has_role("sessions")) play::add_session_routes(router, p.sessions);
  if (config.has_role("matchmaking")) play::add_matchmaking_routes(router, p.queue, p.queues, p.n.clock);
  if (config.has_role("ratings")) {
    play::add_result_routes(router, p.results, p.n.clock);
    play::add_rating_routes(router, {p.results, p.qualities, *p.n.stores.ranked});
  }
  if (p.leaderboards) play::add_leaderboard_routes(router, *p.leaderboards);
  if (p.notifications) p.notifications->add_routes(router);
  if (p.realtime) play::add_realtime_routes(router, *p.realtime);
  if (p.demo) play::add_rps_routes(router, *p.demo);
}

const play::LiveBoards* PlaySide::boards() const { return parts_->live_boards.get(); }

std::vector<Chore> PlaySide::chores() {
  using namespace std::chrono_literals;
  std::vector<Chore> out{{"sessions", "sweep_failed", 5s, [this] { return parts_->sweep(); }},
                         {"presence", "presence_failed", 200ms, [this] { return parts_->presences.run_once(); }}};
  if (parts_->mail && parts_->n.config.has_role("accounts"))
    out.push_back({"accounts", "mail_failed", 250ms,
                   [this] { return parts_->account_mail->send_due([this] { return parts_->may_mail(); }); }});
  if (parts_->n.config.live.kind == "redis")
    out.push_back({"flow", "refill_failed", 1s, [this] { return parts_->refill.run_once(); }});
  if (parts_->n.config.has_role("ratings")) {
    out.push_back({"results", "read_back_failed", 250ms, [this] { return parts_->read_results_back(); }});
    out.push_back({"results", "count_failed", 3s, [this] { return parts_->count_qualities(); }});
  }
  if (parts_->board_sweep) {
    out.push_back({"leaderboards", "sweep_failed", 5s, [this] { return parts_->board_sweep->run_once(); }});
    out.push_back({"leaderboards", "push_failed", 250ms, [this] { return parts_->push_boards(); }});
    out.push_back({"leaderboards", "passes_failed", 1s, [this] { return parts_->rank_passes.run_once(); }});
  }
  return out;
}

void PlaySide::start() {
  if (parts_->notifications) parts_->notifications->start();  // it must know its place before facts come
  parts_->outbox.start();
  if (parts_->live_boards) parts_->live_boards->start(kBoardReaders);
  if (parts_->matchmaker) parts_->matchmaker->start();
}

void PlaySide::hurry() {
  parts_->stopping = true;
  if (parts_->mail) parts_->mail->abort();
}

void PlaySide::stop() {
  for (flow::Lease* lease : {&parts_->sweeping, &parts_->mailing, &parts_->counting}) (void)run_now(lease->release());
  (void)run_now(parts_->presences.leave_all());
  if (parts_->matchmaker) parts_->matchmaker->stop();
  if (parts_->live_boards) parts_->live_boards->stop();
  parts_->outbox.stop();
  if (parts_->mail) parts_->mail->abort();
  if (parts_->provider_http) parts_->provider_http->abort();
  if (parts_->notifications) parts_->notifications->stop();
}

}  // namespace gamekeeper::server
