#include "server/play_side.h"

#include <atomic>
#include <boost/json/object.hpp>

#include "adapters/oidc/oidc_verifier.h"
#include "adapters/smtp/smtp_channel.h"
#include "flow/lease.h"
#include "flow/outbox_relay.h"
#include "flow/refill.h"
#include "play/accounts/account_routes.h"
#include "play/accounts/care_routes.h"
#include "play/accounts/mail_routes.h"
#include "play/accounts/own_passwords.h"
#include "play/accounts/player_routes.h"
#include "play/demo/rps_routes.h"
#include "play/friends/friend_routes.h"
#include "play/leaderboards/board_pushes.h"
#include "play/leaderboards/board_sweep.h"
#include "play/leaderboards/leaderboard_routes.h"
#include "play/leaderboards/queue_board.h"
#include "play/leaderboards/rank_passes.h"
#include "play/live/live_keys.h"
#include "play/matchmaking/matchmaker.h"
#include "play/matchmaking/matchmaking_routes.h"
#include "play/notifications/inboxes.h"
#include "play/notifications/notifications.h"
#include "play/notifications/templates.h"
#include "play/realtime/realtime_routes.h"
#include "play/results/rating_routes.h"
#include "play/results/result_routes.h"
#include "play/sessions/session_routes.h"
#include "play/storage/storage_routes.h"
#include "server/config_providers.h"
#include "server/run_now.h"

namespace gamekeeper::server {
namespace {

constexpr int64_t kSweepLeaseMs = 15'000, kOutboxLeaseMs = 3'000;
constexpr size_t kBoardReaders = 2;  // threads that read leaderboards after a start

std::string time_zone_of(gate::Directory& directory, const std::string& app) {
  auto snapshot = directory.share();
  auto found = snapshot->apps.find(app);
  return found == snapshot->apps.end() ? "UTC" : found->second->settings.timezone;
}

play::AccountOptions account_options(const Config& c) {
  play::AccountOptions options;
  if (c.server.mode == "production") options.logins.per_address = {60, 60'000'000'000};
  return options;
}

std::string locale_of(gate::Directory& directory, const std::string& app) {
  auto snapshot = directory.share();
  auto found = snapshot->apps.find(app);
  return found == snapshot->apps.end() ? std::string() : found->second->settings.locale;
}

adapters::SmtpOptions smtp_options(const Config& c) {
  return {.url = c.smtp.url,
          .from = c.smtp.from,
          .user = c.smtp.user,
          .password = c.smtp.password,
          .timeout = std::chrono::milliseconds(c.webhooks.timeout_ms)};
}

play::NotificationOptions notification_options(const Config& c, gate::Directory& directory) {
  return {.locale_of = [&directory](const std::string& app) { return locale_of(directory, app); },
          .retries = {.first_ms = c.webhooks.retry_first_ms,
                      .longest_ms = c.webhooks.retry_longest_ms,
                      .tries = c.webhooks.tries},
          .try_ms = c.webhooks.timeout_ms,
          .webhook_give_up_ms = c.webhooks.give_up_hours * 3'600'000,
          .allow_private_webhooks = c.webhooks.allow_private};
}

/// What an app's players read in a mail of their account.
Task<Result<play::MailText>> words_of_mail(Stores& stores, gate::Directory& directory, play::MailPurpose purpose,
                                           play::Player player, std::string token) {
  auto apps = directory.share();
  const auto found = apps->apps.find(player.app);
  const std::string name = found == apps->apps.end() ? player.app : found->second->name;
  const boost::json::object variables{{"app_name", name.empty() ? player.app : name},
                                      {"username", player.username.empty() ? player.id : player.username},
                                      {"token", token},
                                      {"minutes", play::MailToken::kLifeMs / 60'000}};
  auto words =
      co_await play::Templates(*stores.documents)
          .word(player.app, std::string(name_of(purpose)), player.id, locale_of(directory, player.app), variables);
  if (!words) co_return std::unexpected(words.error());
  co_return play::MailText{std::move(words->title), std::move(words->body)};
}

play::AccountMailOptions mail_options(const Config& c, Stores& stores, gate::Directory& directory) {
  play::AccountMailOptions options;
  if (c.server.mode != "production") options.per_address = {60'000, 60'000'000'000};
  options.words = [&stores, &directory](play::MailPurpose purpose, play::Player player, std::string token) {
    return words_of_mail(stores, directory, purpose, std::move(player), std::move(token));
  };
  return options;
}

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

struct PlaySide::Parts {
  explicit Parts(const Needs& needs)
      : n(needs),
        outbox(*n.stores.documents, *n.stores.log, n.metrics, outbox_lease()),
        own_passwords(*n.stores.documents, n.passwords),
        accounts(*n.stores.documents, n.access, own_passwords, n.clock, account_options(n.config)),
        players(*n.stores.documents, n.access, n.clock),
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
          play::Matchmaker::Parts{
              *n.stores.documents, *n.stores.tickets, queues, queue, sessions, n.stores.broadcast.get(),
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
    account_mail =
        std::make_unique<play::AccountMail>(play::AccountMail::Parts{*n.stores.documents, accounts, mail.get()},
                                            n.clock, mail_options(n.config, n.stores, n.directory));
    if (n.config.has_role("notifications")) {
      notifications = std::make_unique<play::Notifications>(
          play::NotificationPorts{*n.stores.documents, *n.stores.log, *n.stores.broadcast, mail.get(), n.clock,
                                  n.metrics},
          notification_options(n.config, n.directory));
    }
    if (n.config.has_role("demo") && n.config.server.mode == "development")
      demo = std::make_unique<play::RpsRoom>(play::RpsRoom::Parts{*n.stores.documents, queues, sessions, results},
                                             n.clock);
  }

  /// Other programs look into a Redis, not into this process.
  play::LiveKeys* shown() { return n.config.live.kind == "redis" ? &live_keys : nullptr; }
  std::unique_ptr<flow::Lease> outbox_lease() const;
  void make_identities();
  std::vector<play::AccountDeletion::Eraser> erasers();
  play::PresenceSources presence_sources();
  void note_session(const play::Session& session);
  void make_boards();
  void make_refill();
  void make_realtime();
  Task<Result<void>> may_hear_board(std::string app, std::string board);
  Task<Result<void>> push_boards();
  Task<Result<void>> sweep();
  Task<Result<bool>> may_mail();
  Task<Result<void>> read_results_back();
  Task<Result<void>> count_qualities();

  Needs n;
  flow::OutboxRelay outbox;
  play::OwnPasswords own_passwords;
  play::Accounts accounts;
  std::unique_ptr<net::HttpClient> provider_http;  // null: there are no providers
  std::vector<std::unique_ptr<adapters::OidcVerifier>> verifiers;
  std::unique_ptr<play::Identities> identities;
  play::Players players;
  play::SignIns sign_ins;
  play::PlayerNotes player_notes;
  play::Storage storage;
  play::Inboxes inboxes;
  play::AccountDeletion deletion;
  play::Friends friends;
  play::Presences presences;
  play::Usernames usernames;
  play::LiveKeys live_keys;
  play::Sessions sessions;
  play::Results results;
  play::QueueQualities qualities;
  play::Queues queues;
  play::MatchQueue queue;
  std::unique_ptr<play::Matchmaker> matchmaker;  // only with its role, as all that follow
  play::BoardPushes board_pushes;
  play::RankPasses rank_passes;
  std::unique_ptr<play::LiveBoards> live_boards;
  std::unique_ptr<play::Leaderboards> leaderboards;
  std::unique_ptr<play::BoardSweep> board_sweep;
  std::unique_ptr<play::Realtime> realtime;
  std::unique_ptr<adapters::SmtpChannel> mail;  // null: no mail is sent
  std::unique_ptr<play::AccountMail> account_mail;
  std::unique_ptr<play::Notifications> notifications;
  std::unique_ptr<play::RpsRoom> demo;
  flow::Lease sweeping, mailing, counting;
  flow::Refill refill{n.stores.live_generation};
  std::atomic<bool> stopping = false;
};

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
  return {[this](std::string app, std::string player) { return storage.erase(std::move(app), std::move(player)); },
          [this](std::string app, std::string player) { return inboxes.erase(std::move(app), std::move(player)); },
          [this](std::string app, std::string player) { return player_notes.erase(std::move(app), std::move(player)); },
          [this](std::string app, std::string player) { return friends.erase(std::move(app), std::move(player)); },
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
          [this](std::string app, std::string player) { return friends.ids_of(std::move(app), std::move(player)); }});
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

Task<Result<void>> PlaySide::Parts::push_boards() {
  co_await board_pushes.flush(*n.stores.broadcast);
  co_return Result<void>{};
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
    play::add_player_routes(router, p.players, p.n.clock);
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
