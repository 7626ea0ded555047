#include "play/notifications/dispatcher.h"

#include <sodium.h>

#include <algorithm>
#include <boost/asio/detached.hpp>
#include <exception>

#include "base/log.h"
#include "gate/records.h"

namespace gamekeeper::play {
namespace {

constexpr const char* kDispatchService = "notifications";
constexpr int64_t kClaimSpareMs = 5'000;
constexpr int64_t kForgetEveryMs = 60'000;
constexpr std::chrono::milliseconds kSettleSlice{2};

bool never_arrives(const Error& error) {
  return error.kind == ErrorKind::kInvalid || error.kind == ErrorKind::kNotFound || error.kind == ErrorKind::kDenied ||
         error.kind == ErrorKind::kTooLarge;
}

double dice() { return randombytes_uniform(1'000'000) / 1e6; }

void say_failed(const Error& error) {
  log::error(kDispatchService, "dispatch_failed", {log::text("code", error.code), log::text("message", error.message)});
}

}  // namespace

Dispatcher::Dispatcher(ports::DocumentStore& documents, const Clock& clock, Lanes lanes, DispatchOptions options,
                       Metrics& metrics)
    : documents_(documents),
      clock_(clock),
      lanes_(std::move(lanes)),
      options_(options),
      delivered_(metrics.counter("gamekeeper_deliveries_total", "Tries to deliver, by how they went.",
                                 {{"outcome", "delivered"}})),
      failed_(metrics.counter("gamekeeper_deliveries_total", "Tries to deliver, by how they went.",
                              {{"outcome", "failed"}})),
      dead_(metrics.counter("gamekeeper_deliveries_total", "Tries to deliver, by how they went.",
                            {{"outcome", "dead"}})) {}

Task<void> Dispatcher::run() {
  while (!stopped_) {
    auto started = co_await round();
    if (!started) say_failed(started.error());
    const auto until = std::chrono::steady_clock::now() + (started ? options_.poll : 10 * options_.poll);
    while (!stopped_ && std::chrono::steady_clock::now() < until) co_await sleep_for(std::chrono::milliseconds(20));
  }
  co_await settled();
}

Task<void> Dispatcher::settled() {
  while (all_under_way_ > 0) co_await sleep_for(kSettleSlice);
}

Task<Result<size_t>> Dispatcher::round() {
  auto lanes = co_await lanes_();
  if (!lanes) co_return std::unexpected(lanes.error());
  size_t started = 0;
  for (const DeliveryLane& lane : *lanes) {
    auto of_lane = co_await serve(lane);
    if (!of_lane) co_return of_lane;
    started += *of_lane;
  }
  if (auto ok = co_await forget_old(); !ok) co_return std::unexpected(ok.error());
  co_return started;
}

Task<Result<size_t>> Dispatcher::serve(const DeliveryLane& lane) {
  const std::string key = lane_key(lane.app, lane.lane);
  const int free = options_.at_once - under_way_[key];
  if (free <= 0) co_return size_t{0};
  const UnixMillis now = clock_.now_ms();
  auto page = co_await documents_.query({.collection = kDeliveries,
                                         .index = "due",
                                         .from = key,
                                         .to = key + gate::sortable(now + 1),
                                         .limit = static_cast<uint32_t>(free)});
  if (!page) co_return std::unexpected(page.error());
  size_t started = 0;
  for (const ports::Document& document : page->items) {
    auto d = read_delivery(document);
    if (!d) co_return std::unexpected(d.error());
    ++d->attempts;
    d->next_at = now + options_.try_ms + kClaimSpareMs;
    ports::WriteSet claim;
    claim.puts.push_back(put_of(*d));
    auto claimed = co_await documents_.commit(std::move(claim));
    if (!claimed && gate::is_conflict(claimed.error())) continue;  // another process makes it
    if (!claimed) co_return std::unexpected(claimed.error());
    d->version = claimed->front();
    ++under_way_[key];
    ++all_under_way_;
    ++started;
    asio::co_spawn(co_await asio::this_coro::executor, attempt(lane, std::move(*d)), asio::detached);
  }
  co_return started;
}

Task<void> Dispatcher::attempt(DeliveryLane lane, Delivery d) {
  const std::string key = lane_key(lane.app, lane.lane);
  try {
    auto outcome =
        co_await lane.channel->deliver({.app = d.app, .to = d.to, .id = d.id, .subject = d.subject, .body = d.body});
    // What was broken off by our own end says nothing of the receiver: the claim runs out, and it is tried again.
    if (outcome || !stopped_) {
      auto done = co_await finish(lane, std::move(d), std::move(outcome));
      if (!done && !gate::is_conflict(done.error())) say_failed(done.error());
    }
  } catch (const std::exception& e) {
    say_failed({.kind = ErrorKind::kInternal, .code = "internal", .message = e.what()});
  }
  --under_way_[key];
  --all_under_way_;
}

Task<Result<void>> Dispatcher::finish(const DeliveryLane& lane, Delivery d, Result<void> outcome) {
  const UnixMillis now = clock_.now_ms();
  if (outcome) {
    d.status = DeliveryStatus::kDelivered;
    d.error.clear();
    d.ended_at = now;
  } else {
    d.error = outcome.error().message;
    if (never_arrives(outcome.error()) || d.attempts >= options_.retries.tries) {
      d.status = DeliveryStatus::kDead;
      d.ended_at = now;
    } else {
      d.next_at = now + pause_after(options_.retries, d.attempts, dice());
    }
  }
  (outcome ? delivered_ : d.status == DeliveryStatus::kDead ? dead_ : failed_).Increment();
  ports::WriteSet set;
  set.puts.push_back(put_of(d));
  auto done = co_await documents_.commit(std::move(set));
  if (!done) co_return std::unexpected(done.error());
  if (!lane.note) co_return Result<void>{};
  co_return co_await lane.note(outcome.has_value());
}

Task<Result<void>> Dispatcher::forget_old() {
  const UnixMillis now = clock_.now_ms();
  if (now - forgot_at_ < kForgetEveryMs) co_return Result<void>{};
  forgot_at_ = now;
  for (;;) {
    auto gone = co_await gate::purge_expired(documents_, kDeliveries, now);
    if (!gone) co_return std::unexpected(gone.error());
    if (*gone == 0 || stopped_) co_return Result<void>{};
  }
}

}  // namespace gamekeeper::play
