#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/task.h"
#include "events/event.h"
#include "insight/processor/fold.h"
#include "insight/processor/testing/memory_series_store.h"

namespace gamekeeper::processor::testing {

template <class T>
T run(Task<T> task) {
  asio::io_context context;
  std::optional<T> result;
  std::exception_ptr failure;
  asio::co_spawn(context, std::move(task), [&](std::exception_ptr error, T value) {
    failure = error;
    result.emplace(std::move(value));
  });
  context.run();
  if (failure) std::rethrow_exception(failure);
  return std::move(result).value();
}

/// An event that owns its texts.
struct Sent {
  std::string app = "arena", key = "k1", name = "tick", player = "p", session;
  events::Source source = events::Source::kClient;
  events::Kind kind = events::Kind::kOther;
  UnixMillis received = 0, sent = 0, time = 0;
  uint64_t seq = 0;
  uint64_t id = 0;
  std::optional<std::string> platform, country, version;
  int64_t micros = 0;
  std::string currency;
  bool sink = false, severe = false;
  std::string match;
  std::vector<std::pair<std::string, double>> measures;

  void append_to(std::string& rows) const {
    events::EventView e;
    e.app = app, e.key = key, e.name = name, e.player_id = player, e.session_id = session;
    e.source = source, e.kind = kind;
    e.received_at = received, e.sent_at = sent, e.time = time, e.seq = seq;
    for (size_t i = 0; i < 8; ++i) e.id.bytes[i] = static_cast<uint8_t>(id >> (8 * i));
    e.has_platform = platform.has_value(), e.has_country = country.has_value(), e.has_version = version.has_value();
    if (platform) e.platform = *platform;
    if (country) e.country = *country;
    if (version) e.version = *version;
    e.amount_micros = micros, e.currency = currency, e.sink = sink, e.severe = severe, e.match_id = match;
    std::vector<events::Measure> m;
    for (const auto& [property, value] : measures) m.push_back({property, value});
    e.measures = m;
    events::append_row(rows, e);
  }
};

/// Folds events of partition 0 into a store, with commits and restarts where a test wants them.
class FoldDriver {
 public:
  explicit FoldDriver(FoldOptions options = {}) : options_(std::move(options)) { restart(); }

  void fold(const std::vector<Sent>& events) {
    std::string rows;
    for (const Sent& e : events) e.append_to(rows);
    must(run(fold_->fold(rows)));
  }
  void commit() {
    auto cells = run(fold_->drain());
    GK_CHECK(cells.has_value(), "drains");
    MemorySeriesStore::put(store.cells(), *cells);
    fold_->committed();
  }
  void restart() { fold_ = std::make_unique<PartitionFold>(store, 0, options_); }
  void fold_and_commit(const std::vector<Sent>& events) { fold(events), commit(); }

  MemorySeriesStore store;

 private:
  static void must(const Result<void>& r) { GK_CHECK(r.has_value(), "folds"); }
  FoldOptions options_;
  std::unique_ptr<PartitionFold> fold_;
};

/// Reads outputs back as a person would say them.
struct Readout {
  explicit Readout(MemorySeriesStore& s, std::string a = "arena") : store(s), app(std::move(a)) {}

  template <class T>
  std::optional<T> get(ports::Table table, const std::string& key, int64_t bucket = 0) const {
    auto& cells = store.cells();
    auto at = cells.find({table, key, bucket});
    if (at == cells.end()) return std::nullopt;
    auto value = T::decode(at->second);
    GK_CHECK(value.has_value(), "a cell decodes");
    return value;
  }
  /// All cells of a table that belong to the app: f(KeyReader after the app, bucket, value).
  template <class T, class F>
  void each(ports::Table table, F f) const {
    for (const auto& [key, bytes] : store.cells()) {
      if (key.table != table) continue;
      cells::KeyReader in(key.key);
      if (in.text() != app) continue;
      auto value = T::decode(bytes);
      GK_CHECK(value.has_value(), "a cell decodes");
      f(in, key.bucket, *value);
    }
  }
  cells::Tuple tuple(uint32_t number) const {
    return *get<cells::Tuple>(cells::kTuples, cells::Key(app).str(), number);
  }

  MemorySeriesStore& store;
  std::string app;
};

}  // namespace gamekeeper::processor::testing
