#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "insight/analytics/catalogue.h"
#include "insight/analytics/series_service.h"
#include "insight/processor/values.h"
#include "ports/event_log.h"

namespace gamekeeper::analytics {

/// What the ledger needs to know of other wings' stores.
class LedgerSources {
 public:
  virtual ~LedgerSources() = default;

  /// Ids of all ingest keys of an app, revoked ones too; a key that only sent refused events has a row by this.
  virtual Task<Result<std::vector<std::string>>> keys(std::string app) = 0;
  /// All events of a key that ever went to the dead letters.
  virtual Task<Result<uint64_t>> rejected(std::string app, std::string key) = 0;
  /// Dead letters of an app that wait for somebody.
  virtual Task<Result<uint64_t>> open_dead_letters(std::string app) = 0;
};

struct LedgerRow {
  std::string key;
  int64_t stored = 0, repeated = 0, dropped = 0, pending = 0, rejected = 0;
  int64_t accepted() const { return stored + repeated + dropped + pending; }
};
struct LedgerAnswer {
  int64_t pending = 0;
  bool balanced = false;
  std::vector<LedgerRow> rows;  // by key
};

struct GapsOf {
  std::string player, session;
  std::vector<std::pair<uint64_t, uint64_t>> missing;
};

struct PartitionStatus {
  ports::Partition partition = 0;
  ports::Position head, committed;
  uint64_t lag_events = 0;
  int64_t lag_ms = 0;
  uint64_t epoch = 0;
  std::string owner;
};
struct PipelineStatus {
  std::vector<PartitionStatus> partitions;
  int64_t freshness_ms = 0;
};

struct Overview {
  uint64_t players_online = 0, active_today = 0, new_today = 0, matches_today = 0;
  int64_t sessions_open = 0, freshness_ms = 0;
  double events_per_second = 0;
};

struct NameCount {
  std::string name;
  int64_t count = 0;
};

/// What is happening now, and whether the pipeline is well.
class StatusService {
 public:
  StatusService(ports::SeriesStore& store, ports::EventLog& log, LedgerSources& ledger, Catalogue& catalogue,
                SeriesService& series)
      : store_(store), log_(log), ledger_(ledger), catalogue_(catalogue), series_(series) {}

  /// Remembered until the next second or the next commit.
  Task<Result<Overview>> overview(Query& query);
  Task<Result<__int128>> revenue_today(Query& query, std::string currency);
  /// Events of the last 10 whole seconds, a second.
  Task<Result<double>> events_per_second(Query& query);
  Task<Result<PipelineStatus>> pipeline(Query& query);

  /// Events not folded yet are counted by reading the log's tail, up to kTailBytesMax in all; of a longer tail only the
  /// number of events is known, of all apps together: then `pending` has them and no row does.
  Task<Result<LedgerAnswer>> ledger(Query& query);
  /// At most kGapsMax sessions. Errors: those of check_range on the minute.
  Task<Result<std::vector<GapsOf>>> gaps(Query& query, TimeRange range);
  Task<Result<std::vector<NameCount>>> names(Query& query);
  Task<Result<uint64_t>> open_dead_letters(Query& query) { return ledger_.open_dead_letters(query.app); }

  static constexpr size_t kTailBytesMax = 64 << 20;
  static constexpr size_t kGapsMax = 10'000;

 private:
  Task<Result<uint64_t>> players_online(Query& query);
  Task<Result<int64_t>> sessions_open(Query& query);
  Task<Result<void>> add_folded(Query& query, std::map<std::string, LedgerRow>& rows);
  Task<Result<void>> add_pending(Query& query, LedgerAnswer& answer, std::map<std::string, LedgerRow>& rows);
  Task<Result<bool>> conserved(Query& query);
  /// How long the fold is known to have stood at `committed`: since it was first asked about there.
  int64_t stood_ms(ports::Partition partition, ports::Position committed, UnixMillis now);

  ports::SeriesStore& store_;
  ports::EventLog& log_;
  LedgerSources& ledger_;
  Catalogue& catalogue_;
  SeriesService& series_;

  struct Remembered {
    std::vector<uint64_t> commits;
    UnixMillis valid_before = 0;
    Overview overview;
  };
  std::mutex mutex_;
  std::map<std::string, Remembered> overviews_;  // by app
  struct Stand {
    ports::Position committed;
    UnixMillis since = 0;
  };
  std::map<ports::Partition, Stand> stands_;  // of partitions that are behind
};

}  // namespace gamekeeper::analytics
