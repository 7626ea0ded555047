#include "flow/log_retention.h"

#include <algorithm>

namespace gamekeeper::flow {

using ports::LogUsage;
using ports::Partition;
using ports::Position;

LogRetention::LogRetention(ports::EventLog& log, std::vector<ConsumedUpTo> consumers, RetentionOptions options,
                           const Clock& clock, Metrics* metrics)
    : log_(log), consumers_(std::move(consumers)), options_(options), clock_(clock) {
  if (metrics == nullptr) return;
  for (Partition p = 0; p < log_.partitions(); ++p) {
    const std::map<std::string, std::string> labels{{"partition", std::to_string(p)}};
    gauges_.push_back(
        {&metrics->gauge("gamekeeper_log_bytes", "Stored bytes of the event log; 0 where its engine does not say.",
                         labels),
         &metrics->gauge("gamekeeper_log_oldest_timestamp_seconds",
                         "When the oldest part of the event log was last written to, since 1970; 0: not known.",
                         labels),
         &metrics->gauge("gamekeeper_log_first_position", "Position of the oldest event that the log holds.", labels)});
  }
  forgotten_ =
      &metrics->counter("gamekeeper_log_forgotten_events_total", "Events that retention removed from the log.");
  failures_ = &metrics->counter("gamekeeper_log_trim_failures_total", "Looks at a partition that could not trim it.");
}

Task<Result<void>> LogRetention::run_once() {
  Result<void> outcome;
  for (Partition p = 0; p < log_.partitions(); ++p) {
    auto usage = co_await trim(p);
    if (usage) {
      note(p, *usage);
      continue;
    }
    if (failures_) failures_->Increment();
    if (outcome) outcome = std::unexpected(usage.error());
  }
  co_return outcome;
}

Task<Result<LogUsage>> LogRetention::trim(Partition partition) {
  Position before = consumers_.empty() ? Position{} : Position{UINT64_MAX};
  for (const ConsumedUpTo& consumed : consumers_) {
    auto position = co_await consumed(partition);
    if (!position) co_return std::unexpected(position.error());
    before = std::min(before, *position);
  }
  ports::TrimLimits limits{.before = before, .written_before = clock_.now_ms() - options_.age_max.count()};
  if (options_.bytes_max > 0) limits.bytes_max = options_.bytes_max / log_.partitions();
  co_return co_await log_.trim(partition, limits);
}

void LogRetention::note(Partition partition, const LogUsage& usage) {
  if (!gauges_.empty()) {
    gauges_[partition].bytes->Set(static_cast<double>(usage.bytes));
    gauges_[partition].oldest->Set(static_cast<double>(usage.oldest_at) / 1000);
    gauges_[partition].first->Set(static_cast<double>(usage.first.value));
    forgotten_->Increment(static_cast<double>(usage.forgotten));
  }
  std::lock_guard lock(mutex_);
  if (usage_.size() <= partition) usage_.resize(partition + 1);
  usage_[partition] = usage;
}

std::vector<LogUsage> LogRetention::usage() const {
  std::lock_guard lock(mutex_);
  return usage_;
}

}  // namespace gamekeeper::flow
