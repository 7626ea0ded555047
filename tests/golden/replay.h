#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapters/embedded/embedded_event_log.h"
#include "adapters/embedded/sqlite_document_store.h"
#include "adapters/embedded/sqlite_series_store.h"
#include "insight/analytics/analytics.h"
#include "insight/ingest/ingest_service.h"
#include "insight/processor/fold.h"
#include "tests/support/temp_dir.h"

namespace gamekeeper::golden {

/// The product without HTTP, on embedded storage and a clock that a test sets: POSTs of a file go through ingest, log
/// and fold, then GraphQL is asked.
class Replay {
 public:
  Replay();

  /// One line a POST: {"received_at", "key": "client" or "server", "body": the POST's own}. The clock goes along.
  void post_all(const std::string& ndjson);
  /// Folds and commits whatever the log holds beyond the last time.
  void fold();
  void set_clock(UnixMillis now) { clock_.set(now); }

  /// The answer's text. The GraphQL engine itself makes it; nothing is remembered from query to query.
  std::string ask(std::string query);

 private:
  class Ledger;

  test::TempDir folder_;
  ManualClock clock_{0};
  Metrics metrics_;
  std::unique_ptr<adapters::SqliteDocumentStore> documents_;
  std::unique_ptr<adapters::EmbeddedEventLog> log_;
  std::unique_ptr<adapters::SqliteSeriesStore> series_;
  std::unique_ptr<ingest::DeadLetters> letters_;
  std::unique_ptr<ingest::IngestService> ingest_;
  std::shared_ptr<analytics::LedgerSources> ledger_;
  std::unique_ptr<analytics::Analytics> analytics_;
  std::vector<ports::Claim> claims_;
  std::vector<std::unique_ptr<processor::PartitionFold>> folds_;
};

}  // namespace gamekeeper::golden
