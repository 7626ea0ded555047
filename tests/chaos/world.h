#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "adapters/embedded/embedded_event_log.h"
#include "adapters/embedded/sqlite_document_store.h"
#include "adapters/embedded/sqlite_series_store.h"

namespace gamekeeper::chaos {

/// What was asked of the stores and what they have confirmed.
struct Journal {
  uint64_t names = 0;                                  // so that no event has the name of another
  std::vector<std::string> sent, acknowledged;         // events, in order
  std::map<std::string, uint64_t> written, confirmed;  // document → version
};

/// The event log (one partition), the series store and the document store on one folder.
class World {
 public:
  World(std::string folder, adapters::EmbeddedLogOptions options) : folder_(std::move(folder)), options_(options) {}

  /// Opens all, or closes and opens them again.
  Result<void> open();
  /// A few batches at once, which the log may coalesce.
  Result<void> append(Journal& journal, std::mt19937_64& random);
  /// Counts what is new on the log, one cell an event, in one commit with the position.
  Result<void> fold();
  /// One document's next version.
  Result<void> write(Journal& journal, std::mt19937_64& random);

  std::chrono::milliseconds series_sync_interval{20};
  size_t large_document_bytes = 200'000;  // of one version in eight

  ports::EventLog& log() { return *log_; }
  ports::SeriesStore& series() { return *series_; }
  ports::DocumentStore& documents() { return *documents_; }

 private:
  std::string folder_;
  adapters::EmbeddedLogOptions options_;
  std::unique_ptr<adapters::SqliteDocumentStore> documents_;
  std::unique_ptr<adapters::EmbeddedEventLog> log_;
  std::unique_ptr<adapters::SqliteSeriesStore> series_;
  ports::Claim claim_;
  ports::Position position_;
};

using Violations = std::vector<std::string>;

/// Reads everything back and holds it against the journal: nothing acknowledged is lost, nothing is there twice or was
/// never sent, the order is kept, and a fold that goes on counts every event once. What is found counts as confirmed
/// from then on: nothing may take it back.
Violations check(World& world, Journal& journal);

}  // namespace gamekeeper::chaos
