#include "insight/processor/fold.h"

#include <unordered_set>

namespace gamekeeper::processor {

PartitionFold::PartitionFold(ports::SeriesStore& store, ports::Partition partition, FoldOptions options)
    : store_(store),
      partition_(partition),
      options_(std::move(options)),
      residents_(store, partition, options_.residents),
      coverage_(store, partition),
      cache_(store, partition, options_.cell_cache_bytes) {}

PartitionFold::~PartitionFold() = default;

Task<Result<void>> PartitionFold::fold(std::string_view rows) {
  if (!info_loaded_) {
    auto loaded = co_await load_info();
    if (!loaded) co_return std::unexpected(loaded.error());
  }
  // First pass: who is touched, and reading what is not in memory, all at once.
  touched_.clear();
  events::EventView e;
  events::RowReader first(rows);
  while (first.next(e)) {
    AppState* app = residents_.find_app(e.app);
    if (app == nullptr) {
      auto loaded = co_await load_app(e.app);
      if (!loaded) co_return std::unexpected(loaded.error());
      app = *loaded;
    }
    touched_.push_back(residents_.touch(*app, e));
  }
  if (first.corrupt()) co_return fail(ErrorKind::kCorrupt, "corrupt_row", "A row of the log cannot be read.");
  auto loaded = co_await residents_.load();
  if (!loaded) co_return std::unexpected(loaded.error());

  // Second pass: the rules. Nothing waits here.
  events::RowReader second(rows);
  for (const Touched& t : touched_) {
    GK_CHECK(second.next(e), "both passes walk the same rows");
    fold_row(e, t);
  }
  pending_ += touched_.size();
  co_return Result<void>();
}

Task<Result<void>> PartitionFold::load_info() {
  std::vector<ports::CellKey> keys{{cells::kPartition, "", 0}};
  auto values = co_await store_.get(partition_, keys);
  if (!values) co_return std::unexpected(values.error());
  if (values->front()) {
    auto info = cells::PartitionInfo::decode(*values->front());
    if (!info) co_return fail(ErrorKind::kCorrupt, "corrupt_state", "The partition's own cell cannot be read.");
    info_ = *info;
  }
  info_loaded_ = true;
  co_return Result<void>();
}

Task<Result<AppState*>> PartitionFold::load_app(std::string_view name) {
  const std::string key = cells::Key(name).str();
  std::vector<ports::CellKey> keys{{cells::kApps, key, 0}};
  auto values = co_await store_.get(partition_, keys);
  if (!values) co_return std::unexpected(values.error());
  std::vector<cells::Tuple> tuples;
  bool corrupt = false;
  auto scanned = co_await store_.scan(
      {cells::kTuples, key, {}},
      [&](const ports::CellView& cell) {
        auto tuple = cells::Tuple::decode(cell.value);
        corrupt |= !tuple || cell.bucket != static_cast<int64_t>(tuples.size());
        if (!corrupt) tuples.push_back(std::move(*tuple));
        return !corrupt;
      },
      partition_);
  if (!scanned) co_return std::unexpected(scanned.error());

  AppState& app = residents_.add_app(name);
  if (values->front()) {
    auto info = cells::AppInfo::decode(*values->front());
    corrupt |= !info || info->tuples != tuples.size();
    if (info) app.info = std::move(*info);
  }
  if (corrupt) co_return fail(ErrorKind::kCorrupt, "corrupt_state", "An app's dictionary cannot be read.");
  for (cells::Tuple& tuple : tuples) app.restore(std::move(tuple));
  choose_zone(app);
  co_return &app;
}

void PartitionFold::choose_zone(AppState& app) {
  const AppSettings settings = options_.settings ? options_.settings(app.name()) : AppSettings{};
  app.zone_asked = cells::utc_day(app.info.received_to);
  auto zone = TimeZone::find(settings.timezone);
  app.zone = zone ? *zone : TimeZone::utc();
  if (app.zone.name() == app.info.zone) return;
  // Days before the change lack what was folded before it. Clocks may be a day ahead.
  const bool new_app = app.info.zone.empty();
  app.info.zone = app.zone.name();
  app.info.zone_days_from = new_app ? INT32_MIN : app.zone.day_of(app.info.received_to) + 3;
}

Task<Result<std::vector<ports::Cell>>> PartitionFold::drain() {
  std::vector<ports::Cell> out;
  std::vector<Stretch> stretches;
  for (Session* s : residents_.listed_sessions) drain_session(*s, out, stretches);
  auto loaded = co_await coverage_.load(stretches);
  if (!loaded) co_return std::unexpected(loaded.error());
  for (const Stretch& s : stretches) {
    residents_.list(*s.player);
    coverage_.cover(s, changes_);
  }
  coverage_.write(out);
  for (Player* p : residents_.listed_players) drain_player(*p);
  for (AppState& app : residents_.apps()) {
    if (app.touched) drain_app(app);
  }
  auto applied = co_await cache_.apply(changes_, out);
  if (!applied) co_return std::unexpected(applied.error());
  auto swept = co_await sweep_ids(out);
  if (!swept) co_return std::unexpected(swept.error());
  write_states(out);
  co_return out;
}

/// Ids are kept 24 h; receipts of several ingest processes may be out of order, so they go after 48. Walks a part of
/// the table each commit, faster than it grows.
Task<Result<void>> PartitionFold::sweep_ids(std::vector<ports::Cell>& out) {
  if (residents_.listed_ids.empty()) co_return Result<void>();
  const size_t keys_max = 2 * residents_.listed_ids.size() + 64;
  const UnixMillis expired = info_.received_to - 2 * cells::kDayMs;
  std::unordered_set<std::string> renewed;  // in this commit: their cells are put, not removed
  for (const SeenId* i : residents_.listed_ids) renewed.insert(residents_.key_of(*i).key);
  std::string last;
  size_t keys = 0;
  const ports::CellRange range{cells::kIds, sweep_from_, std::string(300, '\xff')};
  auto scanned = co_await store_.scan(
      range,
      [&](const ports::CellView& cell) {
        last = cell.key;
        wire::Reader in(cell.value);
        if (in.signed_number() < expired && !renewed.contains(last)) out.push_back({{cells::kIds, last, 0}, {}});
        return ++keys < keys_max;
      },
      partition_);
  if (!scanned) co_return std::unexpected(scanned.error());
  sweep_from_ = keys < keys_max ? std::string() : last + '\0';
  co_return Result<void>();
}

void PartitionFold::committed() {
  for (AppState& app : residents_.apps()) {
    if (app.touched) app.clear();
  }
  residents_.committed();
  coverage_.committed();
  cache_.committed();
  pending_ = 0;
}

}  // namespace gamekeeper::processor
