#include "flow/log_consumer.h"

#include <algorithm>
#include <boost/asio/detached.hpp>
#include <charconv>
#include <exception>
#include <tuple>

#include "base/log.h"

namespace gamekeeper::flow {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr const char* kConsumers = "consumers";
constexpr int kTriesAtOnce = 8;  // of a commit that meets other writers
constexpr milliseconds kLagEvery{1'000}, kSlice{20};
constexpr size_t kBytesLeast = 16 * 1024;
constexpr size_t kWritesMany = 500, kWritesFew = 150;  // of one commit

/// The document is ours alone: {"position":"17"}, text because positions use all 64 bits.
constexpr std::string_view kBefore = R"({"position":")", kAfter = R"("})";

Result<ports::Position> position_of(const ports::Document& document) {
  std::string_view body = document.body;
  ports::Position at;
  if (body.starts_with(kBefore) && body.ends_with(kAfter)) {
    body = body.substr(kBefore.size(), body.size() - kBefore.size() - kAfter.size());
    const auto [end, error] = std::from_chars(body.data(), body.data() + body.size(), at.value);
    if (error == std::errc{} && end == body.data() + body.size()) return at;
  }
  return fail(ErrorKind::kCorrupt, "corrupt", "A consumer's stored position cannot be read.", document.id);
}

bool is_fence(const Error& error) { return error.kind == ErrorKind::kConflict && error.field == kConsumers; }

std::map<std::string, std::string> labels_of(const ConsumerOptions& options) { return {{"consumer", options.name}}; }

}  // namespace

LogConsumer::LogConsumer(ports::DocumentStore& documents, ports::EventLog& log, LogHandler handler,
                         ConsumerOptions options, Metrics& metrics)
    : documents_(documents),
      log_(log),
      handler_(std::move(handler)),
      options_(std::move(options)),
      rows_(metrics.counter("gamekeeper_consumer_rows_total", "Rows of the log that a consumer is done with.",
                            labels_of(options_))),
      failures_(metrics.counter("gamekeeper_consumer_failures_total", "Times that a consumer had to begin again.",
                                labels_of(options_))),
      lost_(metrics.counter("gamekeeper_consumer_lost_rows_total",
                            "Rows that the log forgot before the consumer had read them.", labels_of(options_))),
      lag_rows_(metrics.gauge("gamekeeper_consumer_lag_rows", "Rows in the log that a consumer is not done with.",
                              labels_of(options_))),
      lags_(log.partitions()) {}

LogConsumer::~LogConsumer() { stop(); }

void LogConsumer::start() {
  asio::io_context here{1};
  asio::co_spawn(here, claim_all(), asio::detached);
  here.run();
  thread_ = std::thread([this] {
    asio::io_context context{1};
    for (ports::Partition p = 0; p < log_.partitions(); ++p) asio::co_spawn(context, follow(p), asio::detached);
    context.run();
  });
}

/// Where a consumer begins is settled before anything more is written; what fails here is tried again while it runs.
Task<void> LogConsumer::claim_all() {
  for (ports::Partition p = 0; p < log_.partitions(); ++p) std::ignore = co_await load(p);
}

void LogConsumer::stop() {
  stopped_ = true;
  if (thread_.joinable()) thread_.join();
}

uint64_t LogConsumer::lag() const {
  uint64_t all = 0;
  for (const auto& lag : lags_) all += lag.load(std::memory_order_relaxed);
  return all;
}

Task<void> LogConsumer::rest(milliseconds pause) {
  const auto until = steady_clock::now() + pause;
  while (!stopped_ && steady_clock::now() < until) co_await sleep_for(std::min(kSlice, pause));
}

Task<void> LogConsumer::follow(ports::Partition partition) {
  auto backoff = options_.backoff_min;
  while (!stopped_) {
    const auto began = steady_clock::now();
    auto held = co_await hold_safely(partition);
    if (held) continue;
    if (is_fence(held.error())) {
      co_await rest(options_.fenced_pause);
      continue;
    }
    failures_.Increment();
    log::error("flow", "consumer_waits",
               {log::text("consumer", options_.name), log::number("partition", int64_t{partition}),
                log::text("code", held.error().code), log::text("message", held.error().message)});
    if (steady_clock::now() - began > options_.backoff_max) backoff = options_.backoff_min;
    co_await rest(backoff);
    backoff = std::min(backoff * 2, options_.backoff_max);
  }
}

/// What a handler throws stops its partition for a pause, not the program.
Task<Result<void>> LogConsumer::hold_safely(ports::Partition partition) {
  try {
    co_return co_await hold(partition);
  } catch (const std::exception& e) {
    co_return fail(ErrorKind::kInternal, "internal", e.what());
  }
}

/// Until it is told to stop, or something goes wrong.
Task<Result<void>> LogConsumer::hold(ports::Partition partition) {
  auto place = co_await load(partition);
  if (!place) co_return std::unexpected(place.error());
  auto reader = co_await open(partition, *place);
  if (!reader) co_return std::unexpected(reader.error());
  place->write_due = steady_clock::now() + options_.position_every;
  while (!stopped_) {
    auto chunk = co_await (*reader)->next(place->bytes, steady_clock::now() + options_.poll);
    if (!chunk) co_return std::unexpected(chunk.error());
    co_await measure_lag(partition, *place);  // first: what cannot be taken lags all the same
    if (auto ok = co_await take(partition, *place, std::move(*chunk)); !ok) co_return ok;
  }
  if (place->moved) {
    auto written = co_await commit(partition, *place, {}, place->at);
    if (!written) co_return std::unexpected(written.error());
  }
  co_return Result<void>{};
}

Task<Result<LogConsumer::Place>> LogConsumer::load(ports::Partition partition) {
  Place place{.bytes = options_.bytes_max};
  auto found = co_await documents_.get(kConsumers, options_.name + "/" + std::to_string(partition));
  if (!found) co_return std::unexpected(found.error());
  auto bounds = co_await log_.bounds(partition);
  if (!bounds) co_return std::unexpected(bounds.error());
  if (*found) {
    auto at = position_of(**found);
    if (!at) co_return std::unexpected(at.error());
    place.at = *at;
    place.version = (*found)->version;
    if (place.at <= bounds->next) co_return place;
    // Beyond the log's end lies nothing that was read: the log is an older one than the store, of a backup.
    place.at = bounds->next;
  } else if (!options_.from_beginning) {
    place.at = bounds->next;
  }
  auto claimed = co_await commit(partition, place, {}, place.at);
  if (!claimed) co_return std::unexpected(claimed.error());
  co_return place;
}

Task<Result<std::unique_ptr<ports::LogReader>>> LogConsumer::open(ports::Partition partition, Place& place) {
  auto reader = co_await log_.open(partition, place.at);
  if (reader || reader.error().code != "trimmed") co_return reader;
  auto bounds = co_await log_.bounds(partition);
  if (!bounds) co_return std::unexpected(bounds.error());
  const uint64_t lost = log_.distance(place.at, bounds->first);
  lost_.Increment(static_cast<double>(lost));
  log::error("flow", "consumer_lost_rows",
             {log::text("consumer", options_.name), log::number("partition", int64_t{partition}),
              log::number("rows", static_cast<int64_t>(lost))});
  place.at = bounds->first;
  place.moved = true;
  co_return co_await log_.open(partition, place.at);
}

Task<Result<void>> LogConsumer::take(ports::Partition partition, Place& place, ports::LogChunk chunk) {
  for (int tries = 0; tries < kTriesAtOnce; ++tries) {
    Effects effects;
    if (chunk.count > 0) {
      auto made = co_await handler_(chunk.rows);
      if (!made) co_return std::unexpected(made.error());
      effects = std::move(*made);
    }
    place.moved = place.moved || chunk.next != place.at;
    const size_t writes = effects.writes.puts.size();
    const bool due = place.moved && steady_clock::now() >= place.write_due;
    if (writes == 0 && effects.writes.facts.empty() && !due) {
      place.at = chunk.next;
    } else {
      auto written = co_await commit(partition, place, std::move(effects.writes), chunk.next);
      if (!written) co_return std::unexpected(written.error());
      if (!*written) continue;
      if (effects.after_commit) co_await effects.after_commit();
    }
    // One commit holds up all other writers of an embedded store: it should not be long.
    if (writes > kWritesMany) place.bytes = std::max(place.bytes / 2, kBytesLeast);
    if (writes < kWritesFew) place.bytes = std::min(place.bytes * 2, options_.bytes_max);
    rows_.Increment(chunk.count);
    co_return Result<void>{};
  }
  co_return fail(ErrorKind::kOverloaded, "overloaded", "What the rows lead to is being changed by many at once.");
}

/// False: somebody else has changed what the writes are about, so they have to be made anew.
Task<Result<bool>> LogConsumer::commit(ports::Partition partition, Place& place, ports::WriteSet writes,
                                       ports::Position next) {
  // First, so that a partition that was taken over is told from a document that has changed.
  writes.puts.insert(writes.puts.begin(), put_of(partition, place, next));
  auto done = co_await documents_.commit(std::move(writes));
  if (!done && done.error().kind == ErrorKind::kConflict && !is_fence(done.error())) co_return false;
  if (!done) co_return std::unexpected(done.error());
  place.at = next;
  place.version = done->front();
  place.moved = false;
  place.write_due = steady_clock::now() + options_.position_every;
  co_return true;
}

ports::Put LogConsumer::put_of(ports::Partition partition, const Place& place, ports::Position at) const {
  return {.collection = kConsumers,
          .id = options_.name + "/" + std::to_string(partition),
          .body = std::string(kBefore) + std::to_string(at.value) + std::string(kAfter),
          .expected = place.version};
}

Task<void> LogConsumer::measure_lag(ports::Partition partition, Place& place) {
  const auto now = steady_clock::now();
  if (now < place.lag_due) co_return;
  place.lag_due = now + kLagEvery;
  auto bounds = co_await log_.bounds(partition);
  if (!bounds) co_return;
  lags_[partition] = bounds->next > place.at ? log_.distance(place.at, bounds->next) : 0;
  lag_rows_.Set(static_cast<double>(lag()));
}

}  // namespace gamekeeper::flow
