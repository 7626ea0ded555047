#include "sim_log.h"

#include "events/event.h"

namespace gamekeeper::simulation {
namespace {

/// Cuts what it gives wherever chance wants, so that a second reading of the same rows comes in other chunks.
class Reader final : public ports::LogReader {
 public:
  Reader(Process& process, const std::vector<std::string>& rows, uint64_t at)
      : process_(process), rows_(rows), at_(at) {}

  Task<Result<ports::LogChunk>> next(size_t, std::chrono::steady_clock::time_point deadline) override {
    co_await process_.moment("log.read");
    while (at_ >= rows_.size() && std::chrono::steady_clock::now() < deadline) {
      co_await sleep_for(std::chrono::milliseconds(3));
    }
    Fate& fate = process_.fate();
    if (fate.faults.on && fate.dice.per_mille(fate.faults.answer_lost / 4)) {
      co_return fail(ErrorKind::kUnavailable, "unavailable", "The log cannot be read just now.");
    }
    ports::LogChunk chunk{"", 0, {at_}, {at_}};
    for (int64_t most = fate.dice.between(1, 25); most > 0 && at_ < rows_.size(); --most, ++chunk.count)
      chunk.rows += rows_[at_++];
    chunk.next = {at_};
    co_await process_.moment("log.has_read");
    co_return chunk;
  }

 private:
  Process& process_;
  const std::vector<std::string>& rows_;
  uint64_t at_;
};

}  // namespace

ports::Position LogContents::add(const ports::PartitionBatch& batch) {
  auto& into = rows.at(batch.partition);
  const ports::Position first{into.size()};
  if (forgets) return first;
  events::RowReader reader(batch.rows);
  events::EventView event;
  uint32_t count = 0;
  for (size_t at = 0; reader.next(event); ++count) {
    std::string row;
    events::append_row(row, event);
    GK_CHECK(batch.rows.compare(at, row.size(), row) == 0, "a row that is read and written again is the same");
    at += row.size();
    into.push_back(std::move(row));
  }
  GK_CHECK(!reader.corrupt() && count == batch.count, "ingest writes whole rows and counts them");
  return first;
}

Task<std::vector<ports::AppendOutcome>> SimLog::append(std::vector<ports::PartitionBatch> batches) {
  std::vector<ports::AppendOutcome> outcomes;
  Fate& fate = process_.fate();
  for (ports::PartitionBatch& batch : batches) {
    if (fate.faults.on && fate.dice.per_mille(fate.faults.refused)) {
      outcomes.push_back(fail(ErrorKind::kOverloaded, "overloaded", "The log takes nothing just now."));
      continue;
    }
    fate.trace.note(process_.name(), "log.append", batch.count);
    outcomes.push_back(co_await process_.ask<ports::AppendOutcome>(
        "log.append",
        [&contents = contents_, batch = std::move(batch)] { return ports::AppendOutcome(contents.add(batch)); },
        fail(ErrorKind::kUnavailable, "unavailable", "Nobody knows whether the log has it.")));
  }
  co_return outcomes;
}

Task<Result<std::unique_ptr<ports::LogReader>>> SimLog::open(ports::Partition partition, ports::Position from) {
  co_await process_.moment("log.open");
  co_return std::make_unique<Reader>(process_, contents_.rows.at(partition), from.value);
}

Task<Result<ports::LogBounds>> SimLog::bounds(ports::Partition partition) {
  const uint64_t end = contents_.rows.at(partition).size();
  co_return ports::LogBounds{{0}, {end}, end};
}

}  // namespace gamekeeper::simulation
