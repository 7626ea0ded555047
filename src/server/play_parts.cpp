#include "server/play_parts.h"

#include "play/leaderboards/queue_board.h"
#include "server/config_providers.h"
#include "server/play_options.h"

namespace gamekeeper::server {
namespace {

constexpr int64_t kSweepLeaseMs = 15'000, kOutboxLeaseMs = 3'000;

/// Players hear of the sessions they play in, game servers of all.
Task<Result<void>> may_hear_session(play::Sessions& sessions, Principal who, std::string id) {
  auto session = co_await sessions.read(who.app, std::move(id));
  if (!session) co_return std::unexpected(session.error());
  if (who.kind == PrincipalKind::kPlayer && !session->has(who.subject))
    co_return fail(ErrorKind::kNotFound, "not_found", "There is no such session.", "topic");
  co_return Result<void>{};
}

/// The newest of the player's sessions that is not over. One that a few newer ones have followed is not looked for.
Task<Result<std::string>> session_of(play::Sessions& sessions, std::string app, std::string player) {
  auto page = co_await sessions.list(std::move(app), {.player = std::move(player)}, 3, {});
  if (!page) co_return std::unexpected(page.error());
  for (const play::Session& session : page->items) {
    if (!play::is_over(session.status)) co_return session.id;
  }
  co_return std::string();
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

PlaySide::Parts::Parts(const Needs& needs)
    : n(needs),
      outbox(*n.stores.documents, *n.stores.log, n.metrics, outbox_lease()),
      own_passwords(*n.stores.documents, n.passwords),
      accounts(*n.stores.documents, n.access, own_passwords, n.clock, account_options(n.config)),
      players(*n.stores.documents, n.access, n.clock, !n.config.smtp.url.empty()),
      sign_ins(*n.stores.documents, n.access, n.clock),
      player_notes(*n.stores.documents, n.clock),
      storage(*n.stores.documents, n.clock),
      inboxes(*n.stores.documents, n.clock),
      deletion(*n.stores.documents, n.access, accounts.families(), n.clock, erasers()),
      friends(*n.stores.documents, *n.stores.broadcast, n.clock),
      presences(*n.stores.documents, *n.stores.broadcast, n.clock, presence_sources(),
                {.is_alone = n.config.live.kind != "redis"}),
      usernames(*n.stores.documents, n.clock),
      live_keys(*n.stores.cache, n.config.live.app),
      sessions(*n.stores.documents, *n.stores.broadcast, n.clock,
               {.live = shown(), .changed = [this](const auto& session) { note_session(session); }}),
      results(play::ResultPorts{
                  *n.stores.documents, *n.stores.ranked, n.stores.broadcast.get(), shown(),
                  n.config.live.kind == "redis", [this](const auto& session) { note_session(session); },
                  [this](const auto& app, const auto& name, const auto& player, int64_t before, int64_t after) {
                    rank_passes.note(play::watched_queue(app, name), player, before, after);
                  }},
              n.clock),
      qualities(*n.stores.documents, n.clock),
      queues(*n.stores.documents, n.clock),
      queue({*n.stores.documents, *n.stores.tickets, queues, sessions, n.stores.broadcast.get()}, n.clock),
      rank_passes(*n.stores.documents, *n.stores.ranked, n.clock, usernames, presence_sources().friends_of),
      sweeping(*n.stores.documents, n.clock, "play_sweep", kSweepLeaseMs),
      mailing(*n.stores.documents, n.clock, "account_mail", kSweepLeaseMs),
      counting(*n.stores.documents, n.clock, "rating_quality", kSweepLeaseMs) {
  if (n.config.has_role("matchmaking")) {
    const play::MatchmakerOptions pace{.tick = std::chrono::milliseconds(n.config.matchmaking.tick_ms)};
    matchmaker = std::make_unique<play::Matchmaker>(
        play::Matchmaker::Parts{*n.stores.documents, *n.stores.tickets, queues, queue, sessions,
                                n.stores.broadcast.get(),
                                [this](std::string app, std::string queue_name, auto teams) {
                                  return predict_win(results, std::move(app), std::move(queue_name), std::move(teams));
                                }},
        n.clock, pace, n.metrics);
  }
  make_identities();
  if (n.config.has_role("ratings")) make_boards();
  make_refill();
  if (n.config.has_role("realtime")) make_realtime();
  if (!n.config.smtp.url.empty()) mail = std::make_unique<adapters::SmtpChannel>(smtp_options(n.config), n.clock);
  auto& given_up = n.metrics.counter("gamekeeper_account_mails_given_up_total",
                                     "Mails of accounts that nothing could send for a day.");
  account_mail = std::make_unique<play::AccountMail>(
      play::AccountMail::Parts{*n.stores.documents, accounts, mail.get(), &given_up}, n.clock,
      mail_options(n.config, n.stores, n.directory));
  if (n.config.has_role("notifications")) {
    notifications = std::make_unique<play::Notifications>(
        play::NotificationPorts{*n.stores.documents, *n.stores.log, *n.stores.broadcast, mail.get(), n.clock,
                                n.metrics},
        notification_options(n.config, n.directory));
  }
  if (n.config.has_role("demo") && n.config.server.mode == "development")
    demo =
        std::make_unique<play::RpsRoom>(play::RpsRoom::Parts{*n.stores.documents, queues, sessions, results}, n.clock);
}

void PlaySide::Parts::make_identities() {
  play::Identities::Providers providers;
  // Its addresses are the operator's, not a stranger's.
  if (!n.config.oidc.providers.empty())
    provider_http = std::make_unique<net::HttpClient>(net::HttpClientOptions{.threads = 1, .allow_private = true});
  for (const std::string& text : n.config.oidc.providers) {
    const auto entry = read_provider(text);
    GK_CHECK(entry.has_value(), "the configuration was checked");
    adapters::OidcOptions options{.expected = {.issuer = entry->issuer, .audiences = entry->audiences}};
    verifiers.push_back(std::make_unique<adapters::OidcVerifier>(
        std::move(options), n.clock,
        [this](const std::string& url) { return adapters::fetch_document(*provider_http, url); }));
    providers[play::scoped(entry->app, entry->name)] = verifiers.back().get();
  }
  identities = std::make_unique<play::Identities>(accounts, std::move(providers), n.clock);
}

/// What other rooms keep for one player alone.
std::vector<play::AccountDeletion::Eraser> PlaySide::Parts::erasers() {
  return {
      [this](std::string app, std::string player) { return storage.erase(std::move(app), std::move(player)); },
      [this](std::string app, std::string player) { return inboxes.erase(std::move(app), std::move(player)); },
      [this](std::string app, std::string player) { return player_notes.erase(std::move(app), std::move(player)); },
      [this](std::string app, std::string player) { return friends.erase(std::move(app), std::move(player)); },
      [this](std::string app, std::string player) { return queue.forget_player(std::move(app), std::move(player)); },
      [this](std::string app, std::string player) { return presences.erase(std::move(app), std::move(player)); }};
}

play::PresenceSources PlaySide::Parts::presence_sources() {
  return {.friends_of = [this](std::string app,
                               std::string player) { return friends.ids_of(std::move(app), std::move(player)); },
          .session_of = [this](std::string app,
                               std::string player) { return session_of(sessions, std::move(app), std::move(player)); }};
}

void PlaySide::Parts::note_session(const play::Session& session) {
  for (const play::SessionPlayer& player : session.players) presences.session_changed(session.app, player.id);
}

void PlaySide::Parts::make_boards() {
  auto changed = [this](const auto& board, const auto& season, const auto& standings, const auto& before,
                        uint64_t total) {
    board_pushes.note(board, season, standings, total);
    rank_passes.note(play::watched(board, season), standings, before);
  };
  const bool shared = n.config.live.kind == "redis";
  live_boards = std::make_unique<play::LiveBoards>(*n.stores.documents, *n.stores.ranked, n.clock, changed, shared);
  leaderboards = std::make_unique<play::Leaderboards>(
      *live_boards, *n.stores.documents, *n.stores.ranked, n.clock,
      play::LeaderboardSources{
          [this](const std::string& app) { return time_zone_of(n.directory, app); },
          [this](const std::string& app, const std::string& name) { return results.is_board_whole(app, name); },
          [this](std::string app, std::string player) { return friends.ids_of(std::move(app), std::move(player)); },
          [this](std::string app, uint32_t limit, std::string cursor) {
            return qualities.names(std::move(app), limit, std::move(cursor));
          }});
  board_sweep = std::make_unique<play::BoardSweep>(*live_boards, *n.stores.documents, *n.stores.ranked, n.clock);
}

/// A file has one process; others share their outbox.
std::unique_ptr<flow::Lease> PlaySide::Parts::outbox_lease() const {
  if (n.config.documents.kind != "postgres") return nullptr;
  return std::make_unique<flow::Lease>(*n.stores.documents, n.clock, "outbox", kOutboxLeaseMs);
}

/// What is derived into an engine that may lose it: boards of queues, leaderboards, tickets that wait.
void PlaySide::Parts::make_refill() {
  if (n.config.has_role("ratings")) {
    refill.add("ratings", [this] { return results.boards_lost(); });
    refill.add("leaderboards", [this] { return live_boards->lost(); });
  }
  if (!matchmaker) return;
  refill.add("tickets", [this]() -> Task<Result<void>> {
    matchmaker->pool_lost();
    co_return Result<void>{};
  });
}

/// Every board of the app that there is; this process may not be the one that keeps them.
Task<Result<void>> PlaySide::Parts::may_hear_board(std::string app, std::string board) {
  if (board.starts_with(play::kQueueBoardPrefix)) co_return Result<void>{};
  auto known = co_await n.stores.documents->get(play::kBoards, play::scoped(app, board));
  if (!known) co_return std::unexpected(known.error());
  if (!*known) co_return fail(ErrorKind::kNotFound, "not_found", "There is no such board.", "topic");
  co_return Result<void>{};
}

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
  sources.may_hear_board = [this](std::string app, std::string board) {
    return may_hear_board(std::move(app), std::move(board));
  };
  sources.arrived = [this](const Principal& who) { presences.arrived(who.app, who.subject); };
  sources.left = [this](const Principal& who) { presences.left(who.app, who.subject); };
  play::RealtimeOptions options;
  options.limits = {.sockets_max = static_cast<size_t>(n.config.realtime.sockets_max),
                    .sockets_per_player = static_cast<size_t>(n.config.realtime.sockets_per_player)};
  realtime = std::make_unique<play::Realtime>(*n.stores.broadcast, n.clock, std::move(sources), options, n.metrics);
}

}  // namespace gamekeeper::server
