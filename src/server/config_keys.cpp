#include "server/config_keys.h"

#include <algorithm>
#include <charconv>

#include "net/client_address.h"
#include "server/config_providers.h"

namespace gamekeeper::server {
namespace {

const char* listen_shape(const std::string& text) {
  constexpr const char* kWanted = "HOST:PORT, such as 127.0.0.1:8080";
  const size_t colon = text.rfind(':');
  if (colon == text.npos || colon == 0 || colon + 1 == text.size()) return kWanted;
  uint16_t port = 0;
  const char* end = text.data() + text.size();
  auto [at, error] = std::from_chars(text.data() + colon + 1, end, port);
  return error == std::errc{} && at == end ? nullptr : kWanted;
}

const char* url_shape(const std::string& text) {
  return text.empty() || text.starts_with("http://") || text.starts_with("https://") ? nullptr
                                                                                     : "an http:// or https:// address";
}

const char* mail_url_shape(const std::string& text) {
  return text.empty() || text.starts_with("smtp://") || text.starts_with("smtps://") ? nullptr
                                                                                     : "an smtp:// or smtps:// address";
}

const char* header_shape(const std::string& text) {
  const size_t colon = text.find(": ");
  return colon != text.npos && colon > 0 ? nullptr : "headers, each \"Name: value\"";
}

const char* provider_shape(const std::string& text) {
  return read_provider(text)
             ? nullptr
             : "identity providers, each \"app/name https://issuer client-id\", with one client id or more";
}

const char* network_shape(const std::string& text) {
  return net::parse_network(text) ? nullptr : "networks, such as 10.0.0.0/8 or ::1";
}

const char* filled_shape(const std::string& text) { return text.empty() ? "a text that is not empty" : nullptr; }

const char* postgres_shape(const std::string& text) {
  return text.empty() || text.starts_with("postgresql://") || text.starts_with("postgres://")
             ? nullptr
             : "a postgresql:// address";
}

const char* redis_shape(const std::string& text) {
  return text.empty() || text.starts_with("redis://") || text.starts_with("rediss://")
             ? nullptr
             : "a redis:// or rediss:// address";
}

const char* schema_shape(const std::string& text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  const auto fits = [&](char c) { return letter(c) || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() < 64 && letter(text[0]) && std::ranges::all_of(text, fits)
             ? nullptr
             : "a name of a-z, 0-9 and _";
}

constexpr double kMiB = 1024 * 1024;

std::vector<Key> server_keys(Config::Server& c) {
  return {
      {.name = "server.listen",
       .slot = &c.listen,
       .help = "Address and port that the server listens on.",
       .shape = listen_shape},
      {.name = "server.mode",
       .slot = &c.mode,
       .help = "`production` refuses to start on anything that was made for development, and has tighter rate limits.",
       .allowed = {"development", "production"}},
      {.name = "server.data", .slot = &c.data, .help = "Folder of the embedded stores.", .shape = filled_shape},
      {.name = "server.roles",
       .slot = &c.roles,
       .help = "What this process does.",
       .allowed = {"all", "ingest", "processor", "analytics", "accounts", "sessions", "matchmaking", "ratings",
                   "realtime", "notifications", "demo", "console"}},
      {.name = "server.threads", .slot = &c.threads, .help = "HTTP threads; 0: one a core.", .least = 0, .most = 256},
      {.name = "server.allowed_origins",
       .slot = &c.allowed_origins,
       .help =
           "Origins whose pages may call (CORS, WebSocket); `*`: all. Empty: all in development, none in production.",
       .shape = filled_shape},
      {.name = "server.trusted_proxies",
       .slot = &c.trusted_proxies,
       .help =
           "Networks of reverse proxies whose `X-Forwarded-For` is believed. From anybody else the header is ignored.",
       .shape = network_shape},
      {.name = "server.tls_certificate",
       .slot = &c.tls_certificate,
       .help = "PEM file of the certificate chain; with `tls_key` the server speaks HTTPS."},
      {.name = "server.tls_key", .slot = &c.tls_key, .help = "PEM file of the certificate's private key."},
      {.name = "server.body_bytes_max",
       .slot = &c.body_bytes_max,
       .help = "Largest body of a request, as received and after decompression.",
       .least = 1024,
       .most = 1024 * kMiB},
      {.name = "server.connections_max",
       .slot = &c.connections_max,
       .help = "Open connections at a time.",
       .least = 1,
       .most = 1'000'000},
      {.name = "server.drain_wait_ms",
       .slot = &c.drain_wait_ms,
       .help = "Milliseconds from failing readiness to closing the door, so that a balancer looks away first.",
       .least = 0,
       .most = 60'000},
      {.name = "server.simulated",
       .slot = &c.simulated,
       .help = "The dashboard says that its numbers come from a simulated load."},
      {.name = "server.web", .slot = &c.web, .help = "Folder of the dashboard's files; empty: beside the program."},
  };
}

std::vector<Key> document_keys(Config::Documents& c) {
  return {
      {.name = "documents.kind",
       .slot = &c.kind,
       .help = "Where players, sessions, keys and everything else with an id live: a file of the data folder, or a "
               "PostgreSQL database (13 or newer) that any number of processes share.",
       .allowed = {"sqlite", "postgres"}},
      {.name = "documents.url",
       .slot = &c.url,
       .help = "The database, as libpq reads it: `postgresql://user:password@host/database?sslmode=verify-full`; "
               "several hosts by commas, of which the one that can be written to is taken.",
       .shape = postgres_shape,
       .secret = true},
      {.name = "documents.replica_url",
       .slot = &c.replica_url,
       .help = "A streaming replica of it, for reads that may be some moments old; empty: none. While it does not "
               "answer, `documents.url` is asked.",
       .shape = postgres_shape,
       .secret = true},
      {.name = "documents.schema",
       .slot = &c.schema,
       .help = "Schema of the tables; made when it is missing.",
       .shape = schema_shape},
      {.name = "documents.readers",
       .slot = &c.readers,
       .help = "Connections that read, to each of the two; one more writes.",
       .least = 1,
       .most = 64},
      {.name = "documents.patience_ms",
       .slot = &c.patience_ms,
       .help = "How long calls wait for a database that is away (a restart, a failover) before they fail.",
       .least = 0,
       .most = 60'000},
  };
}

std::vector<Key> live_keys(Config::Live& c) {
  return {
      {.name = "live.kind",
       .slot = &c.kind,
       .help = "Where boards, waiting tickets and messages between sockets live, all of which can be derived anew: in "
               "this process, or in a Redis (6.2 or newer) that any number of processes share.",
       .allowed = {"memory", "redis"}},
      {.name = "live.url",
       .slot = &c.url,
       .help = "The Redis: `redis://user:password@host:6379/0`, or `rediss://` for TLS.",
       .shape = redis_shape,
       .secret = true},
      {.name = "live.app",
       .slot = &c.app,
       .help = "App whose keys in Redis are the plain ones (`queue:matchmaking`, `player:{id}:stats`); those of other "
               "apps begin with their name.",
       .shape = filled_shape},
      {.name = "live.patience_ms",
       .slot = &c.patience_ms,
       .help = "How long calls wait for a Redis that is away before they fail.",
       .least = 0,
       .most = 60'000},
  };
}

std::vector<Key> engine_keys(Config& c) {
  constexpr double kHoursMax = 24.0 * 366 * 100;
  constexpr double kTerabyte = 1024.0 * 1024 * kMiB;
  return {
      {.name = "log.kind", .slot = &c.log.kind, .help = "Where the event log lives.", .allowed = {"embedded", "kafka"}},
      {.name = "log.partitions",
       .slot = &c.log.partitions,
       .help = "Partitions of the log, fixed when it is made.",
       .least = 1,
       .most = 256},
      {.name = "log.segment_bytes",
       .slot = &c.log.segment_bytes,
       .help = "Size at which the embedded log begins a new file.",
       .least = kMiB,
       .most = 64 * 1024 * kMiB},
      {.name = "log.retention_hours",
       .slot = &c.log.retention_hours,
       .help = "How long events stay in the log once they are folded; what was measured of them stays for ever. On "
               "Kafka: of a topic that is made here.",
       .least = 1,
       .most = kHoursMax},
      {.name = "log.retention_bytes",
       .slot = &c.log.retention_bytes,
       .help = "What the log may take on disk: beyond, the oldest folded events go before their time; 0: no limit. On "
               "Kafka: of a topic that is made here.",
       .least = 0,
       .most = 64 * kTerabyte},
      {.name = "kafka.brokers", .slot = &c.kafka.brokers, .help = "`host:port` of some brokers, by commas."},
      {.name = "kafka.topic",
       .slot = &c.kafka.topic,
       .help = "Topic of the events; made when it is missing.",
       .shape = filled_shape},
      {.name = "kafka.group",
       .slot = &c.kafka.group,
       .help = "Consumer group by which processors share the partitions.",
       .shape = filled_shape},
      {.name = "kafka.replication",
       .slot = &c.kafka.replication,
       .help = "Replicas of a topic that is made here.",
       .least = 1,
       .most = 16},
      {.name = "kafka.compression",
       .slot = &c.kafka.compression,
       .help = "Of the messages.",
       .allowed = {"none", "lz4", "zstd", "snappy", "gzip"}},
      {.name = "kafka.security",
       .slot = &c.kafka.security,
       .help = "How brokers are spoken to.",
       .allowed = {"plaintext", "ssl", "sasl_plaintext", "sasl_ssl"}},
      {.name = "kafka.sasl_mechanism",
       .slot = &c.kafka.sasl_mechanism,
       .help = "`PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`, with a `sasl_` security."},
      {.name = "kafka.sasl_username", .slot = &c.kafka.sasl_username, .help = "Name to sign in to the brokers with."},
      {.name = "kafka.sasl_password",
       .slot = &c.kafka.sasl_password,
       .help = "Password to sign in to the brokers with.",
       .secret = true},
      {.name = "kafka.ca_file",
       .slot = &c.kafka.ca_file,
       .help = "PEM file of the authorities that brokers' certificates must come from; empty: the system's."},
      {.name = "kafka.session_timeout_ms",
       .slot = &c.kafka.session_timeout_ms,
       .help = "How long a killed processor's partitions wait for another. Brokers refuse less than their "
               "`group.min.session.timeout.ms`, which is 6000 unless lowered.",
       .least = 1'000,
       .most = 30'000},
  };
}

std::vector<Key> work_keys(Config& c) {
  return {
      {.name = "ingest.events_max",
       .slot = &c.ingest.events_max,
       .help = "Events of one POST.",
       .least = 1,
       .most = 100'000},
      {.name = "ingest.event_bytes_max",
       .slot = &c.ingest.event_bytes_max,
       .help = "Size of one event.",
       .least = 256,
       .most = 16 * kMiB},
      {.name = "ingest.dead_letters_max",
       .slot = &c.ingest.dead_letters_max,
       .help = "Dead letters that an app may have; beyond, the oldest go.",
       .least = 1,
       .most = 10'000'000},
      {.name = "ingest.dead_letter_bytes_max",
       .slot = &c.ingest.dead_letter_bytes_max,
       .help = "What the events of an app's dead letters may take together; beyond, the oldest go.",
       .least = kMiB,
       .most = 64 * 1024 * kMiB},
      {.name = "processor.commit_ms",
       .slot = &c.processor.commit_ms,
       .help = "How long events are folded before they are committed and visible.",
       .least = 1,
       .most = 60'000},
      {.name = "processor.threads",
       .slot = &c.processor.threads,
       .help = "Threads that fold; partitions are spread over them.",
       .least = 1,
       .most = 64},
      {.name = "realtime.sockets_max",
       .slot = &c.realtime.sockets_max,
       .help = "Players' sockets open at a time; `server.connections_max` counts them, too.",
       .least = 1,
       .most = 1'000'000},
      {.name = "realtime.sockets_per_player",
       .slot = &c.realtime.sockets_per_player,
       .help = "Sockets that one player may have open.",
       .least = 1,
       .most = 1'000'000},
      {.name = "matchmaking.tick_ms",
       .slot = &c.matchmaking.tick_ms,
       .help = "Pause between two looks of the matchmaker at the queues.",
       .least = 10,
       .most = 60'000},
      {.name = "logging.level",
       .slot = &c.logging.level,
       .help = "Least level of the log lines that are written.",
       .allowed = {"debug", "info", "warning", "error"}},
      {.name = "telemetry.otlp_endpoint",
       .slot = &c.telemetry.otlp_endpoint,
       .help = "OpenTelemetry collector that traces are sent to by OTLP over HTTP (JSON), such as "
               "`http://127.0.0.1:4318`; empty: no traces.",
       .shape = url_shape},
      {.name = "telemetry.otlp_headers",
       .slot = &c.telemetry.otlp_headers,
       .help = "Headers for the collector, each `Name: value`.",
       .shape = header_shape,
       .secret = true},
      {.name = "telemetry.service_name",
       .slot = &c.telemetry.service_name,
       .help = "`service.name` of the spans.",
       .shape = filled_shape},
      {.name = "telemetry.sample",
       .slot = &c.telemetry.sample,
       .help = "Share of the traces beginning here that are kept. A caller's `traceparent` decides for its own trace.",
       .least = 0,
       .most = 1},
      {.name = "telemetry.queue_spans_max",
       .slot = &c.telemetry.queue_spans_max,
       .help = "Spans that wait for the collector; what does not fit is dropped and counted.",
       .least = 1,
       .most = 1'000'000},
  };
}

std::vector<Key> notification_keys(Config& c) {
  constexpr double kDayMs = 24.0 * 3'600'000;
  return {
      {.name = "smtp.url",
       .slot = &c.smtp.url,
       .help =
           "Mail server for what players want by e-mail and for their accounts: `smtp://host:587` or `smtps://host`; "
           "empty: no mail is sent.",
       .shape = mail_url_shape},
      {.name = "smtp.from", .slot = &c.smtp.from, .help = "Address that mail comes from; needed with `url`."},
      {.name = "smtp.user", .slot = &c.smtp.user, .help = "Name to sign in to the mail server with."},
      {.name = "smtp.password",
       .slot = &c.smtp.password,
       .help = "Password to sign in to the mail server with; then the connection must be encrypted.",
       .secret = true},
      {.name = "oidc.providers",
       .slot = &c.oidc.providers,
       .help =
           "OpenID providers that players of an app may sign in by, each `app/name issuer client-id [client-id …]`.",
       .shape = provider_shape},
      {.name = "webhooks.allow_private",
       .slot = &c.webhooks.allow_private,
       .help = "Whether webhooks may lead to addresses that are not on the public internet. Not in production."},
      {.name = "webhooks.timeout_ms",
       .slot = &c.webhooks.timeout_ms,
       .help = "How long one try to deliver may take, to webhooks and by mail.",
       .least = 100,
       .most = 60'000},
      {.name = "webhooks.tries",
       .slot = &c.webhooks.tries,
       .help = "Tries until a delivery is a dead letter.",
       .least = 1,
       .most = 20},
      {.name = "webhooks.retry_first_ms",
       .slot = &c.webhooks.retry_first_ms,
       .help = "Pause after the first try that failed; each further one is six times as long.",
       .least = 1,
       .most = kDayMs},
      {.name = "webhooks.retry_longest_ms",
       .slot = &c.webhooks.retry_longest_ms,
       .help = "The longest pause between two tries.",
       .least = 1,
       .most = 7 * kDayMs},
      {.name = "webhooks.give_up_hours",
       .slot = &c.webhooks.give_up_hours,
       .help = "A webhook of which every try has failed for so long is switched off.",
       .least = 0,
       .most = 24 * 365},
  };
}

}  // namespace

std::vector<Key> keys_of(Config& config) {
  std::vector<Key> all = server_keys(config.server);
  for (auto& more : {document_keys(config.documents), live_keys(config.live), engine_keys(config), work_keys(config),
                     notification_keys(config)})
    all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace gamekeeper::server
