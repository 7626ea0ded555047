#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "insight/processor/cell_cache.h"
#include "insight/processor/coverage.h"
#include "insight/processor/residents.h"
#include "insight/processor/slots.h"
#include "ports/series_store.h"

namespace gamekeeper::processor {

/// What the processor has to know about an app. Called on the fold's thread, once an app and then once a day.
struct AppSettings {
  std::string timezone = "UTC";
};
using AppSettingsOf = std::function<AppSettings(std::string_view app)>;

struct FoldOptions {
  AppSettingsOf settings;               // absent: UTC for all
  ResidentLimits residents;
  size_t cell_cache_bytes = 48u << 20;
};

/// The fold of one partition: rows in, cells out. Nothing but the cells is its state, so a new object over the same
/// store goes on where the last commit stood.
///
///   fold(rows) … fold(rows) → drain() → commit these cells and the position → committed()
///
/// After any error the object is of no more use, except that drained cells may be committed again. One coroutine at a
/// time.
class PartitionFold {
 public:
  PartitionFold(ports::SeriesStore& store, ports::Partition partition, FoldOptions options = {});
  ~PartitionFold();

  /// Whole rows, in log order. Errors: kCorrupt (a row, or a cell of the state), those of SeriesStore::get and scan.
  Task<Result<void>> fold(std::string_view rows);
  /// Everything that changed since the last commit, as cells.
  Task<Result<std::vector<ports::Cell>>> drain();
  void committed();

  /// Since the last commit.
  uint64_t pending() const { return pending_; }
  UnixMillis received_to() const { return info_.received_to; }

 private:
  // rules.cpp: one row.
  void fold_row(const events::EventView& e, const Touched& t);
  bool is_repeat(const events::EventView& e, const Touched& t, cells::Ledger& ledger);
  uint32_t dimensions_of(const events::EventView& e, AppState& app, Session* session);
  void fold_fact(const events::EventView& e, const Touched& t, UnixMillis time);
  void fold_player(const events::EventView& e, const Touched& t, UnixMillis time, uint32_t tuple);
  void fold_session(const events::EventView& e, Session& s, UnixMillis time, uint32_t tuple);
  void see(const events::EventView& e, Player& p, UnixMillis time);

  // drain_*.cpp: what was added up becomes changes of cells.
  void drain_app(AppState& app);
  void drain_counts(AppState& app);
  void drain_active(AppState& app, uint32_t tuple, UnixMillis quarter, std::vector<uint32_t>& players);
  void drain_money(AppState& app);
  void drain_names(AppState& app);
  void drain_now(AppState& app);
  void drain_player(Player& p);
  void drain_session(Session& s, std::vector<ports::Cell>& out, std::vector<Stretch>& stretches);
  void write_states(std::vector<ports::Cell>& out);

  Task<Result<void>> sweep_ids(std::vector<ports::Cell>& out);

  Task<Result<void>> load_info();
  Task<Result<AppState*>> load_app(std::string_view name);
  void choose_zone(AppState& app);

  ports::SeriesStore& store_;
  ports::Partition partition_;
  FoldOptions options_;
  bool info_loaded_ = false;
  cells::PartitionInfo info_;
  Residents residents_;
  Coverage coverage_;
  CellCache cache_;
  Changes changes_;
  std::vector<Touched> touched_;
  uint64_t pending_ = 0;
  std::string sweep_from_;       // key in kIds where the next sweep goes on
};

}  // namespace gamekeeper::processor
