#include "insight/processor/partition_worker.h"

#include "base/crash_point.h"
#include "base/log.h"

namespace gamekeeper::processor {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using State = PartitionStatus::State;

namespace {
constexpr const char* kService = "event-processor";
constexpr milliseconds kLagEvery{500};
// After losing a partition to another process we only ask for it again when it was not taken from us meanwhile.
constexpr milliseconds kFencedPause{5'000};
}  // namespace

PartitionWorker::PartitionWorker(ports::Partition partition, Processor::Ports ports, const ProcessorOptions& options,
                                 const Clock& clock, Metrics* metrics)
    : partition_(partition), ports_(ports), options_(options), clock_(clock) {
  status_.partition = partition;
  status_.owner = options.owner;
  if (metrics == nullptr) return;
  const std::map<std::string, std::string> labels{{"partition", std::to_string(partition)}};
  events_total_ = &metrics->counter("gamekeeper_processor_events_total", "Events folded and committed.", labels);
  lag_events_ = &metrics->gauge("gamekeeper_processor_lag_events", "Events in the log that are not folded.", labels);
  gap_events_ = &metrics->gauge("gamekeeper_processor_gap_events",
                                "Events that the log had lost before they were folded, as of the last start.", labels);
  commit_seconds_ = &metrics->seconds("gamekeeper_processor_commit_seconds", "From drain to durable.", labels);
}

PartitionStatus PartitionWorker::status() const {
  std::lock_guard lock(mutex_);
  return status_;
}

void PartitionWorker::set_state(State state) {
  std::lock_guard lock(mutex_);
  status_.state = state;
  if (state == State::kFolding) status_.error.clear();
}

Task<void> PartitionWorker::run() {
  while (!ending_) {
    const Next next = co_await hold();
    if (next == Next::kHalt) co_return;
    if (ending_) break;
    co_await pause(next == Next::kFenced ? kFencedPause : next_backoff());
  }
  set_state(State::kReleased);
}

Task<PartitionWorker::Next> PartitionWorker::hold() {
  set_state(State::kClaiming);
  crash_point("claim.before");
  auto claim = co_await ports_.store.claim(partition_, options_.owner);
  if (!claim) co_return failed(claim.error(), "claim");
  crash_point("claim.after");
  {
    std::lock_guard lock(mutex_);
    status_.epoch = claim->epoch;
    status_.position = claim->position;
  }
  auto reader = co_await ports_.log.open(partition_, claim->position);
  // From nowhere, the log is read from what it still has: a rebuild, or a log that began before this processor.
  const bool lost = !reader && reader.error().code == "trimmed";
  if (lost || (reader && claim->position == ports::Position{})) co_await tell_gap(claim->position);
  if (!reader) co_return failed(reader.error(), "open");
  crash_point("open.after");
  set_state(State::kFolding);
  const Next next = co_await follow(*claim, **reader);
  if (next != Next::kGoOn && next != Next::kHalt) co_return next;
  crash_point("release.before");
  auto released = co_await ports_.store.release(*claim);
  if (!released) log::warning(kService, "release_failed", {log::text("error", released.error().message)});
  crash_point("release.after");
  co_return next;
}

Task<PartitionWorker::Next> PartitionWorker::follow(const ports::Claim& claim, ports::LogReader& reader) {
  PartitionFold fold(ports_.store, partition_, options_.fold);
  ports::Position position = claim.position;
  committed_ = position;
  SteadyTime commit_due = SteadyTime::max();
  while (!ending_) {
    crash_point("read.before");
    const SteadyTime now = steady_clock::now();
    auto chunk = co_await reader.next(options_.chunk_bytes, std::min(commit_due, now + options_.commit_interval));
    if (!chunk) co_return failed(chunk.error(), "read");
    crash_point("read.after");
    if (chunk->count > 0) {
      crash_point("fold.before");
      auto folded = co_await fold.fold(chunk->rows);
      if (!folded) co_return failed(folded.error(), "fold");
      crash_point("fold.after");
      position = chunk->next;
      if (commit_due == SteadyTime::max()) {
        commit_due = steady_clock::now() + options_.commit_interval;
        batch_began_ns_ = span_clock_ns();
      }
    }
    const bool due = steady_clock::now() >= commit_due || fold.pending() >= options_.commit_events_max;
    if (fold.pending() > 0 && due) {
      const Next next = co_await commit(claim, fold, position);
      if (next != Next::kGoOn) co_return next;
      commit_due = SteadyTime::max();
    }
    if (steady_clock::now() >= lag_due_) co_await measure_lag();
  }
  if (fold.pending() > 0) co_return co_await commit(claim, fold, position);
  co_return Next::kGoOn;
}

Task<PartitionWorker::Next> PartitionWorker::commit(const ports::Claim& claim, PartitionFold& fold,
                                                    ports::Position position) {
  const SteadyTime began = steady_clock::now();
  crash_point("drain.before");
  auto cells = co_await fold.drain();
  if (!cells) co_return failed(cells.error(), "drain");
  crash_point("drain.after");
  auto put_all = co_await put(claim, position, *cells);
  if (!put_all) co_return failed(put_all.error(), "commit");
  crash_point("commit.after");
  const uint64_t events = fold.pending();
  fold.committed();
  crash_point("committed.after");
  backoff_ = milliseconds(0);
  trace_batch(committed_, position, events);
  committed_ = position;
  if (events_total_ != nullptr) {
    events_total_->Increment(static_cast<double>(events));
    commit_seconds_->Observe(std::chrono::duration<double>(steady_clock::now() - began).count());
  }
  std::lock_guard lock(mutex_);
  status_.state = State::kFolding;
  status_.error.clear();
  status_.position = position;
  status_.received_to = fold.received_to();
  status_.events += events;
  ++status_.commits;
  co_return Next::kGoOn;
}

void PartitionWorker::trace_batch(ports::Position from, ports::Position to, uint64_t events) const {
  const Tracing& tracing = options_.tracing;
  if (tracing.sink == nullptr) return;
  Span span{.name = "fold batch", .kind = SpanKind::kConsumer, .start_ns = batch_began_ns_, .end_ns = span_clock_ns()};
  if (tracing.trail != nullptr) span.links = tracing.trail->take(partition_, from.value, to.value);
  if (span.links.empty()) {
    span.context = make_trace();
    if (!in_sample(span.context, tracing.sample)) return;
  } else {
    span.context = make_child(span.links.front());
    span.parent = span.links.front().span_id();
    span.links.erase(span.links.begin());
  }
  span.attributes = {{"gamekeeper.partition", int64_t{partition_}},
                     {"gamekeeper.events", static_cast<int64_t>(events)}};
  tracing.sink->record(std::move(span));
}

Task<Result<void>> PartitionWorker::put(const ports::Claim& claim, ports::Position position,
                                        const std::vector<ports::Cell>& cells) {
  for (;;) {
    crash_point("commit.before");
    auto done = co_await ports_.store.commit(claim, position, cells);
    const bool try_again =
        !done && (done.error().kind == ErrorKind::kFull || done.error().kind == ErrorKind::kOverloaded);
    if (!try_again || ending_) co_return done;
    (void)failed(done.error(), "commit");
    crash_point("retry.before");
    co_await pause(next_backoff());
  }
}

Task<void> PartitionWorker::tell_gap(ports::Position from) {
  auto bounds = co_await ports_.log.bounds(partition_);
  if (!bounds || bounds->first <= from) co_return;
  const uint64_t events = ports_.log.distance(from, bounds->first);
  if (gap_events_ != nullptr) gap_events_->Set(static_cast<double>(events));
  if (events == 0) co_return;
  log::error(kService, "log_gap",
             {log::number("partition", int64_t{partition_}), log::number("events", static_cast<int64_t>(events)),
              log::number("from", static_cast<int64_t>(from.value)),
              log::number("first", static_cast<int64_t>(bounds->first.value))});
}

Task<void> PartitionWorker::measure_lag() {
  lag_due_ = steady_clock::now() + kLagEvery;
  auto bounds = co_await ports_.log.bounds(partition_);
  if (!bounds) co_return;
  std::lock_guard lock(mutex_);
  status_.lag = bounds->next > status_.position ? ports_.log.distance(status_.position, bounds->next) : 0;
  status_.lag_at = clock_.now_ms();
  if (lag_events_ != nullptr) lag_events_->Set(static_cast<double>(status_.lag));
}

Task<void> PartitionWorker::pause(milliseconds time) {
  constexpr milliseconds kSlice{50};
  for (const SteadyTime until = steady_clock::now() + time; !ending_ && steady_clock::now() < until;) {
    co_await sleep_for(std::min<steady_clock::duration>(kSlice, until - steady_clock::now()));
  }
}

milliseconds PartitionWorker::next_backoff() {
  backoff_ = std::clamp(backoff_ * 2, options_.backoff_min, options_.backoff_max);
  return backoff_;
}

PartitionWorker::Next PartitionWorker::failed(const Error& error, const char* doing) {
  const bool halt = error.kind == ErrorKind::kCorrupt || error.code == "trimmed";
  {
    std::lock_guard lock(mutex_);
    status_.state = halt ? State::kHalted : State::kWaiting;
    status_.error = error.message;
  }
  log::write(halt ? log::Level::kError : log::Level::kWarning, kService, halt ? "partition_halted" : "partition_waits",
             {log::number("partition", int64_t{partition_}), log::text("doing", doing), log::text("code", error.code),
              log::text("error", error.message)});
  if (halt) return Next::kHalt;
  return error.kind == ErrorKind::kConflict ? Next::kFenced : Next::kClaimAnew;
}

}  // namespace gamekeeper::processor
