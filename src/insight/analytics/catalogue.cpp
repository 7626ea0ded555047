#include "insight/analytics/catalogue.h"

namespace gamekeeper::analytics {
namespace {

constexpr size_t kKnownMax = 4'096;  // app partitions remembered; beyond it everything is looked up anew

}  // namespace

ports::CellRange exact_range(ports::Table table, std::string key, int64_t from, int64_t to) {
  return {.table = table, .key_from = std::move(key), .key_to = {}, .bucket_from = from, .bucket_to = to};
}

Task<Result<AppPartitions>> Catalogue::partitions(const Query& query) {
  AppPartitions found;
  for (const ports::PartitionState& state : query.states) {
    std::shared_ptr<const AppPartition> known;
    {
      std::lock_guard lock(mutex_);
      const auto at = known_.find({query.app, state.partition});
      if (at != known_.end() && at->second->epoch == state.epoch) known = at->second;
    }
    if (!known || known->commits != state.commits) {
      auto loaded = co_await load(query, state, std::move(known));
      if (!loaded) co_return std::unexpected(loaded.error());
      known = std::move(*loaded);
      std::lock_guard lock(mutex_);
      if (known_.size() >= kKnownMax) known_.clear();
      known_[{query.app, state.partition}] = known;
    }
    if (known->info.tuples > 0 || known->info.players > 0) found.push_back(std::move(known));
  }
  co_return found;
}

Task<Result<std::shared_ptr<const AppPartition>>> Catalogue::load(const Query& query,
                                                                  const ports::PartitionState& state,
                                                                  std::shared_ptr<const AppPartition> before) {
  auto fresh = std::make_shared<AppPartition>();
  fresh->partition = state.partition;
  fresh->epoch = state.epoch;
  fresh->commits = state.commits;
  const std::string key = cells::Key(query.app).str();

  const std::vector<ports::CellKey> wanted{{cells::kApps, key, 0}};
  auto values = co_await store_.get(state.partition, wanted);
  if (!values) co_return std::unexpected(values.error());
  if (values->at(0)) {
    auto info = cells::AppInfo::decode(*values->at(0));
    if (!info) co_return fail(ErrorKind::kCorrupt, "corrupt_cell", "An app's status cannot be read.");
    fresh->info = std::move(*info);
  }

  auto tuples = std::make_shared<std::vector<cells::Tuple>>();
  if (before && before->tuples->size() == fresh->info.tuples) {
    fresh->tuples = before->tuples;
    co_return fresh;
  }
  if (before) *tuples = *before->tuples;
  const auto have = static_cast<int64_t>(tuples->size());
  tuples->resize(std::max<size_t>(tuples->size(), fresh->info.tuples));
  bool corrupt = false;
  auto visit = [&](const ports::CellView& cell) {
    auto tuple = cells::Tuple::decode(cell.value);
    corrupt = corrupt || !tuple;
    if (tuple && cell.bucket < static_cast<int64_t>(tuples->size())) (*tuples)[cell.bucket] = std::move(*tuple);
    return !corrupt;
  };
  auto scanned =
      co_await store_.scan(exact_range(cells::kTuples, key, have, fresh->info.tuples), visit, state.partition);
  if (!scanned) co_return std::unexpected(scanned.error());
  if (corrupt) co_return fail(ErrorKind::kCorrupt, "corrupt_cell", "A tuple cannot be read.");
  fresh->tuples = std::move(tuples);
  co_return fresh;
}

}  // namespace gamekeeper::analytics
