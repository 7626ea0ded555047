#include "play/matchmaking/matchmaker.h"

#include <algorithm>
#include <boost/asio/detached.hpp>

#include "base/log.h"

namespace gamekeeper::play {
namespace {

using ports::PooledTicket;
using ports::QueueId;

constexpr int64_t kReconcileMs = 10'000, kKeepWaitsMs = 5'000, kGapMaxMs = 2'000, kForgetQueueMs = 3'600'000;
constexpr std::chrono::milliseconds kNap{20}, kPauseMin{100}, kPauseMax{5000};

}  // namespace

Matchmaker::Matchmaker(Parts parts, const Clock& clock, MatchmakerOptions options, Metrics& metrics)
    : parts_(std::move(parts)),
      clock_(clock),
      options_(options),
      lease_(parts_.documents, clock, "matchmaker", options.lease_ms),
      news_(parts_.broadcast),
      formed_(metrics.counter("gamekeeper_matches_formed_total", "Matches that the matchmaker made.")),
      failures_(metrics.counter("gamekeeper_matchmaker_failures_total", "Ticks of the matchmaker that failed.")),
      waiting_(
          metrics.gauge("gamekeeper_queue_tickets", "Tickets that wait; 0 where another process is the matchmaker.")),
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
    waiting_.Set(0);
    co_return size_t{0};
  }
  if (auto ok = co_await take_over(**fence); !ok) co_return std::unexpected(ok.error());
  auto queues = co_await parts_.pool.queues();
  if (!queues) co_return std::unexpected(queues.error());
  size_t made = 0;
  left_ = 0;
  const UnixMillis long_ago = clock_.now_ms() - kForgetQueueMs;
  std::erase_if(waits_, [&](const auto& queue) { return queue.second.seen_at < long_ago; });
  news_.forget_but(*queues);
  std::optional<Error> trouble;
  for (const QueueId& queue : *queues) {
    auto some = co_await serve(queue);
    if (some) made += *some;
    if (!some) trouble = std::move(some.error());  // the other queues go on
  }
  waiting_.Set(static_cast<double>(left_));
  if (trouble) co_return std::unexpected(std::move(*trouble));
  co_return made;
}

Task<Result<void>> Matchmaker::take_over(flow::Fence fence) {
  const UnixMillis now = clock_.now_ms();
  const bool lost = pool_lost_.exchange(false);
  if (fence == fence_ && !lost && now - reconciled_at_ < kReconcileMs) co_return Result<void>{};
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

Task<Result<size_t>> Matchmaker::serve(QueueId queue) {
  auto rules = co_await parts_.queues.rules(queue);
  if (!rules) co_return std::unexpected(rules.error());
  auto pool = co_await parts_.pool.snapshot(queue);
  if (!pool) co_return std::unexpected(pool.error());
  const UnixMillis now = clock_.now_ms();
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
  left_ += left.size();
  co_await news_.tell(queue, left, waits, *rules, now);
  if (failure) co_return std::unexpected(*failure);
  co_return made;
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
