#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/metrics.h"
#include "ports/broadcast.h"
#include "ports/cache.h"
#include "ports/document_store.h"
#include "ports/event_log.h"
#include "ports/partition_claims.h"
#include "ports/ranked_set.h"
#include "ports/series_store.h"
#include "ports/ticket_pool.h"
#include "server/config.h"

namespace gamekeeper::server {

/// The engines behind the ports, as the configuration says. The only place that names adapters.
struct Stores {
  std::unique_ptr<ports::DocumentStore> documents;
  /// What the documents' engine says of itself, as members of a JSON object; null: it is a file.
  std::function<Task<Result<std::string>>()> documents_state;
  std::unique_ptr<ports::EventLog> log;
  std::unique_ptr<ports::SeriesStore> series;
  std::unique_ptr<ports::PartitionClaims> claims;  // only with the role processor

  std::shared_ptr<void> live_connections;  // before those who use them
  std::unique_ptr<ports::TicketPool> tickets;
  std::unique_ptr<ports::RankedSet> ranked;
  std::unique_ptr<ports::Broadcast> broadcast;
  std::unique_ptr<ports::Cache> cache;
  /// What the engine of these four says of itself, as members of a JSON object; null: they are in this process.
  std::function<Task<Result<std::string>>()> live_state;
  /// Changes when that engine may have forgotten something (it was emptied, started anew, replaced): boards and tickets then
  /// have to be filled anew (flow/refill.h). Never, in memory.
  std::function<Task<Result<std::string>>()> live_generation;
};

struct Engine {
  std::string name, version;
};
/// Which engines stand behind the ports, and which versions of their libraries this program speaks.
struct Engines {
  Engine documents, log, series;
};
Engines engines_of(const Config& config);

/// Refuses a data folder of a newer version before anything is written. `metrics` must outlive the stores. Errors: those of the adapters.
Result<Stores> open_stores(const Config& config, Metrics* metrics = nullptr);
/// Whether the log's engine answers, without joining its readers; a sentence when it forgets more than was configured.
/// Errors: those of the adapter.
Result<std::string> reach_log(const Config& config);
/// Whether the documents' engine answers; a sentence about it. Makes nothing. Errors: those of the adapter, kInvalid
/// `unsafe_settings` when it acknowledges what is not on disk.
Result<std::string> reach_documents(const Config& config);
/// Whether the engine of boards and tickets answers; a sentence about it; empty when there is none. Errors: those of the adapter.
Result<std::string> reach_live(const Config& config);
/// Documents alone: for commands beside a running server.
Result<std::unique_ptr<ports::DocumentStore>> open_documents(const Config& config);

}  // namespace gamekeeper::server
