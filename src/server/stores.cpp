#include "server/stores.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <filesystem>

#include "adapters/embedded/data_folder.h"
#include "adapters/embedded/embedded_event_log.h"
#include "adapters/embedded/sqlite_document_store.h"
#include "adapters/embedded/sqlite_series_store.h"
#include "adapters/kafka/kafka_event_log.h"
#include "adapters/kafka/kafka_partition_claims.h"
#include "adapters/postgres/postgres_document_store.h"
#include "base/json.h"
#include "base/log.h"
#include "server/backup.h"
#include "server/live_stores.h"

namespace gamekeeper::server {
namespace {

adapters::KafkaOptions kafka_options(const Config& c) {
  const int64_t bytes = c.log.retention_bytes > 0 ? std::max<int64_t>(1, c.log.retention_bytes / c.log.partitions) : -1;
  return {.brokers = c.kafka.brokers,
          .topic = c.kafka.topic,
          .group = c.kafka.group,
          .partitions = static_cast<uint32_t>(c.log.partitions),
          .replication = static_cast<int>(c.kafka.replication),
          .retention = {.ms = c.log.retention_hours * 3'600'000, .bytes = bytes},
          .compression = c.kafka.compression,
          .security = c.kafka.security,
          .sasl_mechanism = c.kafka.sasl_mechanism,
          .sasl_username = c.kafka.sasl_username,
          .sasl_password = c.kafka.sasl_password,
          .ca_file = c.kafka.ca_file,
          .session_timeout_ms = static_cast<int>(c.kafka.session_timeout_ms)};
}

adapters::PostgresOptions postgres_options(const Config& c, Metrics* metrics) {
  return {.url = c.documents.url,
          .replica_url = c.documents.replica_url,
          .schema = c.documents.schema,
          .readers = static_cast<int>(c.documents.readers),
          .patience = std::chrono::milliseconds(c.documents.patience_ms),
          .metrics = metrics};
}

Task<Result<std::string>> postgres_state(adapters::PostgresDocumentStore& store) {
  auto state = co_await store.state();
  if (!state) co_return std::unexpected(state.error());
  std::string out = fmt::format(R"("engine":"postgresql","version":{},"commits":{})",
                                json_string(state->server_version), state->commits);
  if (state->replica_behind) out += fmt::format(R"(,"replica_behind":{})", *state->replica_behind);
  co_return out;
}

Result<void> open_documents_of(const Config& config, Stores& stores, Metrics* metrics) {
  if (config.documents.kind == "postgres") {
    auto documents = adapters::PostgresDocumentStore::open(postgres_options(config, metrics));
    if (!documents) return std::unexpected(documents.error());
    stores.documents_state = [store = documents->get()] { return postgres_state(*store); };
    stores.documents = std::move(*documents);
    return {};
  }
  auto documents = adapters::SqliteDocumentStore::open(config.server.data + "/documents.db", metrics);
  if (!documents) return std::unexpected(documents.error());
  stores.documents = std::move(*documents);
  return {};
}

Result<void> open_folder(const Config& config) {
  if (std::filesystem::exists(config.server.data + "/" + kRestoringFile)) {
    return fail(
        ErrorKind::kInvalid, "restore_unfinished",
        fmt::format("The data folder {} holds a restore that did not come to its end: empty it and restore again.",
                    config.server.data),
        "server.data");
  }
  return adapters::open_data_folder(config.server.data);
}

/// A sentence when the topic forgets more than was configured.
std::string topic_trouble(const Config& c, const adapters::KafkaEventLog& log) {
  auto retention = log.retention();
  return retention ? adapters::what_is_amiss(*retention, kafka_options(c)) : retention.error().message;
}

/// Old segments must have an end long before they may go.
std::chrono::milliseconds segment_age_max(const Config& c) {
  constexpr std::chrono::milliseconds kDay = std::chrono::hours(24);
  return std::min(kDay, std::chrono::milliseconds(std::chrono::hours(c.log.retention_hours)) / 8);
}

Result<void> open_log(const Config& c, Stores& stores, Metrics* metrics) {
  if (c.log.kind == "kafka") {
    auto log = adapters::KafkaEventLog::open(kafka_options(c));
    if (!log) return std::unexpected(log.error());
    if (const std::string trouble = topic_trouble(c, **log); !trouble.empty())
      log::warning("kafka", "topic_retention", {log::text("topic", c.kafka.topic), log::text("message", trouble)});
    stores.log = std::move(*log);
    if (!c.has_role("processor")) return {};
    auto claims = adapters::KafkaPartitionClaims::join(kafka_options(c));
    if (!claims) return std::unexpected(claims.error());
    stores.claims = std::move(*claims);
    return {};
  }
  auto log = adapters::EmbeddedEventLog::open(c.server.data + "/log",
                                              {.partitions = static_cast<uint32_t>(c.log.partitions),
                                               .segment_bytes = static_cast<uint64_t>(c.log.segment_bytes),
                                               .segment_age_max = segment_age_max(c),
                                               .metrics = metrics});
  if (!log) return std::unexpected(log.error());
  stores.log = std::move(*log);
  if (c.has_role("processor"))
    stores.claims = std::make_unique<adapters::EmbeddedPartitionClaims>(stores.log->partitions());
  return {};
}

}  // namespace

Engines engines_of(const Config& config) {
  const Engine sqlite{"sqlite", sqlite3_libversion()};
  return {.documents =
              config.documents.kind == "postgres" ? Engine{"postgresql", adapters::postgres_library_version()} : sqlite,
          .log = config.log.kind == "kafka" ? Engine{"kafka", adapters::kafka_library_version()} : sqlite,
          .series = sqlite};
}

Result<std::string> reach_log(const Config& config) {
  if (config.log.kind != "kafka") return "";
  auto log = adapters::KafkaEventLog::open(kafka_options(config));
  if (!log) return std::unexpected(log.error());
  return topic_trouble(config, **log);
}

Result<std::string> reach_documents(const Config& config) {
  return adapters::reach_postgres(postgres_options(config, nullptr));
}

Result<std::unique_ptr<ports::DocumentStore>> open_documents(const Config& config) {
  Stores stores;
  if (auto ok = open_folder(config); !ok) return std::unexpected(ok.error());
  if (auto ok = open_documents_of(config, stores, nullptr); !ok) return std::unexpected(ok.error());
  return std::move(stores.documents);
}

Result<Stores> open_stores(const Config& config, Metrics* metrics) {
  Stores stores;
  if (auto ok = open_folder(config); !ok) return std::unexpected(ok.error());
  if (auto ok = open_documents_of(config, stores, metrics); !ok) return std::unexpected(ok.error());
  if (auto ok = open_log(config, stores, metrics); !ok) return std::unexpected(ok.error());
  auto series = adapters::SqliteSeriesStore::open(config.server.data + "/series", {.metrics = metrics});
  if (!series) return std::unexpected(series.error());
  stores.series = std::move(*series);
  if (auto ok = open_live(config, stores); !ok) return std::unexpected(ok.error());
  return stores;
}

}  // namespace gamekeeper::server
