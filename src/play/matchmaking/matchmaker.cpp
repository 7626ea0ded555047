#include "play/matchmaking/matchmaker.h"

#include <algorithm>
#include <boost/asio/detached.hpp>
#include <boost/json.hpp>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

#include "base/ids.h"
#include "base/log.h"
#include "events/fact.h"
#include "flow/push.h"
#include "gate/records.h"
#include "play/accounts/player.h"
#include "play/ratings/glicko2.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;
using ports::PooledTicket;
using ports::QueueId;

constexpr int64_t kReconcileMs = 10'000, kKeepWaitsMs = 5'000, kGapMaxMs = 2'000, kForgetQueueMs = 3'600'000;
constexpr size_t kFormedAtOnce = 32;
constexpr std::chrono::milliseconds kNap{20}, kPauseMin{100}, kPauseMax{5000};

ratings::Glicko2 mean_of(const std::vector<TicketPlayer>& team) {
  double rating = 0, variance = 0;
  for (const TicketPlayer& p : team) rating += p.rating, variance += p.deviation * p.deviation;
  const auto n = static_cast<double>(std::max<size_t>(team.size(), 1));
  return {.rating = rating / n, .deviation = std::sqrt(variance) / n};
}

/// match.formed stands under the match's first player and tells how long each ticket has waited.
ports::Fact formed_fact(const QueueId& queue, const TicketMatch& match, std::span<const double> waits) {
  json::object properties = show(match);
  properties["queue"] = queue.queue;
  const std::string text = json::serialize(properties);
  const std::string& first = match.teams.front().front();
  return {scoped(queue.app, first), events::fact_row({.app = queue.app,
                                                      .player_id = first,
                                                      .name = "match.formed",
                                                      .at = match.at,
                                                      .properties = text,
                                                      .match_id = match.match_id,
                                                      .wait_seconds = waits})};
}

/// All documents of the tickets that search, in all apps.
Task<Result<std::vector<Ticket>>> all_waiting(ports::DocumentStore& documents) {
  std::vector<Ticket> out;
  std::string cursor;
  do {
    auto page = co_await documents.query(
        {.collection = kTickets, .index = "waiting", .from = {}, .to = {}, .limit = 1000, .cursor = cursor});
    if (!page) co_return std::unexpected(page.error());
    for (const ports::Document& document : page->items) {
      auto ticket = read_ticket(document);
      if (!ticket) co_return std::unexpected(ticket.error());
      out.push_back(std::move(*ticket));
    }
    cursor = std::move(page->next_cursor);
  } while (!cursor.empty());
  co_return out;
}

}  // namespace

double predict_by_ratings(const std::vector<std::vector<TicketPlayer>>& teams) {
  if (teams.size() < 2) return 1;
  // The first against each of the others: of two teams exactly, of more as if the games were apart and then shared.
  double own = 1, sum = 0;
  for (size_t t = 0; t < teams.size(); ++t) {
    double beats_all = 1;
    for (size_t other = 0; other < teams.size(); ++other) {
      if (other == t) continue;
      beats_all *= 1 / (1 + std::exp(-ratings::glicko2_logit(mean_of(teams[t]), mean_of(teams[other]))));
    }
    if (t == 0) own = beats_all;
    sum += beats_all;
  }
  return sum > 0 ? own / sum : 1.0 / static_cast<double>(teams.size());
}

Matchmaker::Matchmaker(Parts parts, const Clock& clock, MatchmakerOptions options, Metrics& metrics)
    : parts_(std::move(parts)),
      clock_(clock),
      options_(options),
      lease_(parts_.documents, clock, "matchmaker", options.lease_ms),
      news_(parts_.broadcast),
      formed_(metrics.counter("gamekeeper_matches_formed_total", "Matches that the matchmaker made.")),
      failures_(metrics.counter("gamekeeper_matchmaker_failures_total", "Ticks of the matchmaker that failed.")),
      waited_(metrics.seconds("gamekeeper_queue_wait_seconds", "How long matched tickets had waited.")),
      ticked_(metrics.seconds("gamekeeper_matchmaker_tick_seconds", "Duration of a tick of the matchmaker.")) {}

void Matchmaker::start() {
  thread_ = std::thread([this] {
    asio::io_context context{1};
    asio::co_spawn(context, work(), asio::detached);
    context.run();
  });
}

void Matchmaker::stop() {
  stopped_ = true;
  if (thread_.joinable()) thread_.join();
}

Task<void> Matchmaker::rest(std::chrono::milliseconds pause) {
  const auto until = std::chrono::steady_clock::now() + pause;
  while (!stopped_ && std::chrono::steady_clock::now() < until)
    co_await sleep_for(std::min<std::chrono::steady_clock::duration>(kNap, until - std::chrono::steady_clock::now()));
}

Task<void> Matchmaker::work() {
  auto pause = kPauseMin;
  while (!stopped_) {
    const auto began = std::chrono::steady_clock::now();
    auto made = co_await tick();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    ticked_.Observe(took.count());
    if (made) {
      pause = kPauseMin;
      co_await rest(options_.tick);
      continue;
    }
    failures_.Increment();
    log::error("queue", "tick_failed",
               {log::text("code", made.error().code), log::text("message", made.error().message)});
    co_await rest(pause);
    pause = std::min(pause * 2, kPauseMax);
  }
  (void)co_await lease_.release();
}

Task<Result<size_t>> Matchmaker::tick() {
  auto fence = co_await lease_.hold();
  if (!fence) co_return std::unexpected(fence.error());
  if (!*fence) {
    fence_ = 0;
    co_return size_t{0};
  }
  if (auto ok = co_await take_over(**fence); !ok) co_return std::unexpected(ok.error());
  auto queues = co_await parts_.pool.queues();
  if (!queues) co_return std::unexpected(queues.error());
  size_t made = 0;
  const UnixMillis long_ago = clock_.now_ms() - kForgetQueueMs;
  std::erase_if(waits_, [&](const auto& queue) { return queue.second.seen_at < long_ago; });
  news_.forget_but(*queues);
  for (const QueueId& queue : *queues) {
    auto some = co_await serve(queue);
    if (!some) co_return some;
    made += *some;
  }
  co_return made;
}

Task<Result<void>> Matchmaker::take_over(flow::Fence fence) {
  const UnixMillis now = clock_.now_ms();
  if (fence == fence_ && now - reconciled_at_ < kReconcileMs) co_return Result<void>{};
  if (fence == fence_) {
    auto right = co_await looks_right();
    if (!right) co_return std::unexpected(right.error());
    reconciled_at_ = now;
    if (*right) co_return Result<void>{};
  }
  if (auto ok = co_await reconcile(); !ok) co_return ok;
  if (fence != fence_) {
    log::info("queue", "matchmaker_took_over", {log::number("fence", static_cast<int64_t>(fence))});
    waits_.clear();
    news_.forget();
  }
  fence_ = fence;
  reconciled_at_ = now;
  co_return Result<void>{};
}

Task<Result<bool>> Matchmaker::looks_right() {
  auto queues = co_await parts_.pool.queues();
  if (!queues) co_return std::unexpected(queues.error());
  uint64_t pooled = 0;
  for (const QueueId& queue : *queues) {
    auto tickets = co_await parts_.pool.snapshot(queue);
    if (!tickets) co_return std::unexpected(tickets.error());
    pooled += tickets->size();
  }
  auto waiting = co_await parts_.documents.count(kTickets, "waiting", {}, {});
  if (!waiting) co_return std::unexpected(waiting.error());
  co_return pooled == *waiting;
}

/// Tickets come and go meanwhile: what seems too much is removed only when its document says so; what was added too much
/// is found out by form().
Task<Result<void>> Matchmaker::reconcile() {
  auto waiting = co_await all_waiting(parts_.documents);
  if (!waiting) co_return std::unexpected(waiting.error());
  std::unordered_set<std::string> searching, pooled;
  for (const Ticket& t : *waiting) searching.insert(t.id);
  auto queues = co_await parts_.pool.queues();
  if (!queues) co_return std::unexpected(queues.error());
  for (const QueueId& queue : *queues) {
    auto tickets = co_await parts_.pool.snapshot(queue);
    if (!tickets) co_return std::unexpected(tickets.error());
    for (const PooledTicket& t : *tickets) {
      pooled.insert(t.id);
      if (searching.contains(t.id)) continue;
      auto document = co_await parts_.documents.get(kTickets, scoped(queue.app, t.id));
      if (!document) co_return std::unexpected(document.error());
      if (*document) {
        auto ticket = read_ticket(**document);
        if (!ticket) co_return std::unexpected(ticket.error());
        if (ticket->status == TicketStatus::kSearching) continue;
      }
      if (auto removed = co_await parts_.pool.remove(queue, t.id); !removed) co_return std::unexpected(removed.error());
    }
  }
  for (const Ticket& t : *waiting) {
    if (pooled.contains(t.id)) continue;
    if (auto ok = co_await parts_.pool.add(t.queue_id(), t.pooled()); !ok) co_return ok;
  }
  co_return Result<void>{};
}

Task<Result<size_t>> Matchmaker::serve(QueueId queue) {
  auto rules = co_await parts_.queues.rules(queue);
  if (!rules) co_return std::unexpected(rules.error());
  auto pool = co_await parts_.pool.snapshot(queue);
  if (!pool) co_return std::unexpected(pool.error());
  const UnixMillis now = clock_.now_ms();
  std::erase_if(*pool, [&](const PooledTicket& t) { return t.since + rules->max_wait_seconds * 1000 <= now; });
  const auto matches = propose(*pool, *rules, now, static_cast<uint64_t>(now) ^ (fence_ << 48));
  const auto outcomes = co_await form_all(queue, *rules, *pool, matches);
  std::set<std::string_view> matched;
  size_t made = 0;
  const Error* failure = nullptr;
  for (size_t m = 0; m < outcomes.size(); ++m) {
    if (!outcomes[m]) failure = &outcomes[m].error();
    if (!outcomes[m] || !*outcomes[m]) continue;
    ++made;
    for (const auto& team : matches[m].teams) {
      for (const uint32_t i : team) matched.insert((*pool)[i].id);
    }
  }
  co_await learn(queue, *pool, matched, now);
  const WaitTable waits = waits_[queue].table;
  std::vector<PooledTicket> left;
  std::ranges::copy_if(*pool, std::back_inserter(left), [&](const PooledTicket& t) { return !matched.contains(t.id); });
  co_await news_.tell(queue, left, waits, *rules, now);
  if (failure) co_return std::unexpected(*failure);
  co_return made;
}

/// Some matches at a time: the store makes one sync of the commits of all who wait.
Task<std::vector<Result<bool>>> Matchmaker::form_all(QueueId queue, QueueRules rules,
                                                     std::span<const PooledTicket> pool,
                                                     std::span<const ProposedMatch> matches) {
  std::vector<Result<bool>> outcomes;
  const auto executor = co_await asio::this_coro::executor;
  for (size_t from = 0; from < matches.size() && !stopped_; from += kFormedAtOnce) {
    std::vector<Future<Result<bool>>> under_way;
    for (const ProposedMatch& match : matches.subspan(from, std::min(kFormedAtOnce, matches.size() - from))) {
      Proposed teams;
      for (const auto& team : match.teams) {
        teams.emplace_back();
        for (const uint32_t i : team) teams.back().push_back(pool[i].id);
      }
      Promise<Result<bool>> promise(under_way.emplace_back());
      asio::co_spawn(
          executor, form(queue, rules, std::move(teams), match.quality),
          [promise](const std::exception_ptr& thrown, Result<bool> made) mutable {
            promise.set(thrown ? fail(ErrorKind::kInternal, "internal", "Forming a match threw.") : std::move(made));
          });
    }
    for (auto& future : under_way) outcomes.push_back(co_await future.get());
  }
  co_return outcomes;
}

Task<Result<std::optional<std::vector<std::vector<Ticket>>>>> Matchmaker::read_tickets(QueueId queue, Proposed teams) {
  std::vector<std::vector<Ticket>> out;
  for (const auto& team : teams) {
    out.emplace_back();
    for (const std::string& id : team) {
      auto document = co_await parts_.documents.get(kTickets, scoped(queue.app, id));
      if (!document) co_return std::unexpected(document.error());
      Result<Ticket> ticket = Ticket{.status = TicketStatus::kLeft};
      if (*document) ticket = read_ticket(**document);
      if (!ticket) co_return std::unexpected(ticket.error());
      bool is_there = ticket->status == TicketStatus::kSearching && ticket->queue == queue.queue;
      if (is_there) {
        auto dropped = co_await parts_.tickets.drop_if_unfit(*ticket);
        if (!dropped) co_return std::unexpected(dropped.error());
        is_there = !*dropped;
      }
      if (!is_there) {
        if (auto removed = co_await parts_.pool.remove(queue, id); !removed) co_return std::unexpected(removed.error());
        co_return std::nullopt;
      }
      out.back().push_back(std::move(*ticket));
    }
  }
  co_return out;
}

Task<Result<bool>> Matchmaker::form(QueueId queue, QueueRules rules, Proposed teams, double quality) {
  auto tickets = co_await read_tickets(queue, teams);
  if (!tickets) co_return std::unexpected(tickets.error());
  if (!*tickets) co_return false;
  const UnixMillis now = clock_.now_ms();
  std::vector<std::vector<TicketPlayer>> players;
  NewSession wanted{.mode = rules.match_mode.empty() ? queue.queue : rules.match_mode,
                    .match_id = to_string(make_uuid_v7(now))};
  wanted.attributes["queue"] = queue.queue;
  std::vector<int64_t> ratings;
  std::vector<double> waits;
  TicketMatch match{.match_id = wanted.match_id, .quality = quality, .at = now};
  for (const auto& team : **tickets) {
    players.emplace_back();
    match.teams.emplace_back();
    for (const Ticket& t : team) {
      waits.push_back(t.waited_seconds(now));
      for (const TicketPlayer& p : t.players) {
        wanted.players.push_back(p.id);
        wanted.teams.push_back(static_cast<int>(players.size()) - 1);
        ratings.push_back(std::llround(p.rating));
        match.teams.back().push_back(p.id);
        players.back().push_back(p);
      }
    }
  }
  match.predicted_win = predict_by_ratings(players);
  if (parts_.predict) {
    auto predicted = co_await parts_.predict(queue.app, queue.queue, players);
    if (predicted) match.predicted_win = *predicted;
  }
  ports::WriteSet set;
  auto session = parts_.sessions.add_to(set, queue.app, std::move(wanted), ratings);
  if (!session) co_return std::unexpected(session.error());
  match.session_id = session->id;
  std::vector<Ticket> matched;
  std::vector<std::string> ids;
  for (auto& team : **tickets) {
    for (Ticket& t : team) {
      t.end(TicketStatus::kMatched, now);
      t.match = match;
      set.puts.push_back(put_of(t));
      ids.push_back(t.id);
      matched.push_back(std::move(t));
    }
  }
  set.facts.push_back(formed_fact(queue, match, waits));
  auto done = co_await parts_.documents.commit(std::move(set));
  if (!done && gate::is_conflict(done.error())) co_return false;  // somebody left: the others are looked at again
  if (!done) co_return std::unexpected(done.error());
  formed_.Increment();
  for (const double wait : waits) waited_.Observe(wait);
  log::info("queue", "match_formed",
            {log::text("queue", queue.queue), log::text("match_id", match.match_id), log::number("quality", quality),
             log::number("predicted_win", match.predicted_win), log::number("waited_seconds", std::ranges::max(waits))},
            {.session_id = match.session_id});
  auto taken = co_await take_out(queue, std::move(ids));
  co_await parts_.sessions.show(std::move(*session));
  co_await announce(queue, std::move(matched));
  if (!taken) co_return std::unexpected(taken.error());
  co_return true;
}

/// The documents have decided; the pool follows, whatever it holds.
Task<Result<void>> Matchmaker::take_out(QueueId queue, std::vector<std::string> tickets) {
  auto taken = co_await parts_.pool.claim(queue, tickets, fence_);
  if (taken || !gate::is_conflict(taken.error())) co_return taken;
  if (taken.error().code == "fenced") fence_ = 0;
  for (const std::string& id : tickets) {
    if (auto removed = co_await parts_.pool.remove(queue, id); !removed) co_return std::unexpected(removed.error());
  }
  co_return Result<void>{};
}

Task<void> Matchmaker::announce(QueueId queue, std::vector<Ticket> tickets) {
  if (parts_.broadcast == nullptr) co_return;
  for (const Ticket& t : tickets) {
    for (const TicketPlayer& p : t.players) {
      json::object data = show(*t.match);
      data["queue"] = queue.queue;
      data["ticket_id"] = t.id;
      co_await flow::push(*parts_.broadcast, flow::player_topic(queue.app, p.id, "queue"), "match_found",
                          std::move(data));
    }
  }
}

Task<void> Matchmaker::learn(QueueId queue, std::span<const PooledTicket> pool,
                             const std::set<std::string_view>& matched, UnixMillis now) {
  if (!waits_.contains(queue)) {
    auto kept = co_await parts_.queues.waits(queue);
    if (kept) waits_[queue] = {.table = **kept};
  }
  Waits& waits = waits_[queue];
  const int64_t gap = waits.seen_at == 0 ? 0 : std::max<int64_t>(now - waits.seen_at, 0);
  const int64_t passed = std::min(gap, kGapMaxMs);  // longer: nobody was there to be seen
  waits.table.fade(static_cast<double>(gap) / 1000);
  waits.seen_at = now;
  for (const PooledTicket& t : pool) {
    const int64_t age = std::max<int64_t>(now - t.since, 0);
    waits.table.observe(t.rating, static_cast<double>(age) / 1000, static_cast<double>(std::min(age, passed)) / 1000,
                        matched.contains(t.id));
  }
  if (now - waits.kept_at < kKeepWaitsMs) co_return;
  waits.kept_at = now;
  const WaitTable table = waits.table;
  auto kept = co_await parts_.queues.keep_waits(queue, table);
  if (!kept) log::warning("queue", "waits_not_kept", {log::text("message", kept.error().message)});
}

}  // namespace gamekeeper::play
