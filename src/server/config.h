#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace gamekeeper::server {

/// Everything that can be configured, with its defaults. One TOML file; every key is also an environment variable
/// GAMEKEEPER_<SECTION>_<KEY>; flags beat environment beats file. docs/configuration.md lists them.
struct Config {
  struct Server {
    std::string listen = "127.0.0.1:8080";
    std::string mode = "development";  // or production
    std::string data = "./data";
    std::vector<std::string> roles = {"all"};
    int64_t threads = 0;  // HTTP threads; 0: one a core
    std::vector<std::string> allowed_origins;
    std::vector<std::string> trusted_proxies;  // networks
    std::string tls_certificate, tls_key;
    int64_t body_bytes_max = 8 * 1024 * 1024;
    int64_t connections_max = 20'000;
    int64_t drain_wait_ms = 300;  // between failing /readyz and closing the door, so that a balancer can turn away
    bool simulated = false;  // the dashboard says that its numbers come from a simulated load
    std::string web;         // folder of the dashboard's files; empty: beside the program
  } server;
  struct Documents {
    std::string kind = "sqlite";  // or postgres
    std::string url, replica_url;
    std::string schema = "gamekeeper";
    int64_t readers = 4;       // connections that read, to each server
    int64_t patience_ms = 5'000;  // how long a server may be away before calls fail
  } documents;
  struct Live {
    std::string kind = "memory";  // or redis
    std::string url;
    std::string app = "demo";     // whose keys have no prefix
    int64_t patience_ms = 2'000;  // how long a Redis may be away before calls fail
  } live;
  struct Log {
    std::string kind = "embedded";  // or kafka
    int64_t partitions = 2;         // fixed when the log is made
    int64_t segment_bytes = 256 * 1024 * 1024;
    int64_t retention_hours = 24 * 30;  // folded events older than this are forgotten
    int64_t retention_bytes = 0;        // and those beyond so many stored bytes; 0: no limit
  } log;
  struct Kafka {
    std::string brokers;
    std::string topic = "gamekeeper.events";
    std::string group = "gamekeeper-processor";
    int64_t replication = 1;
    std::string compression = "lz4";
    std::string security = "plaintext";  // plaintext, ssl, sasl_plaintext, sasl_ssl
    std::string sasl_mechanism, sasl_username, sasl_password, ca_file;
    int64_t session_timeout_ms = 6'000;
  } kafka;
  struct Ingest {
    int64_t events_max = 5000;
    int64_t event_bytes_max = 64 * 1024;
    int64_t dead_letters_max = 100'000;                    // of an app
    int64_t dead_letter_bytes_max = 256 * 1024 * 1024;     // of an app
  } ingest;
  struct Processor {
    int64_t commit_ms = 150;
    int64_t threads = 1;
  } processor;
  struct Realtime {
    int64_t sockets_max = 20'000;
    int64_t sockets_per_player = 10;
  } realtime;
  struct Matchmaking {
    int64_t tick_ms = 250;
  } matchmaking;
  struct Webhooks {
    bool allow_private = false;
    int64_t timeout_ms = 10'000;
    int64_t tries = 8;
    int64_t retry_first_ms = 5'000, retry_longest_ms = 24 * 3'600'000LL;
    int64_t give_up_hours = 5 * 24;
  } webhooks;
  struct Oidc {
    std::vector<std::string> providers;  // config_providers.h
  } oidc;
  struct Smtp {
    std::string url;  // empty: no mail
    std::string from, user, password;
  } smtp;
  struct Logging {
    std::string level = "info";
  } logging;
  struct Telemetry {
    std::string otlp_endpoint;  // http://host:4318; empty: off
    std::vector<std::string> otlp_headers;
    std::string service_name = "gamekeeper";
    double sample = 1.0;
    int64_t queue_spans_max = 8192;
  } telemetry;

  bool has_role(std::string_view role) const;
};

/// Where a value came from: "default", "file.toml:12", "environment GAMEKEEPER_SERVER_LISTEN", "flag --listen".
using Provenance = std::map<std::string, std::string>;

struct LoadedConfig {
  Config config;
  Provenance from;
};

/// A value given on the command line: key ("server.listen") → text, and the flag's name for messages.
struct Override {
  std::string key, text, flag;
};

/// Reads file (may be empty), environment and flags. Errors: kInvalid, naming file, line and key: `unknown_key`,
/// `bad_type`, `out_of_range`, `bad_value`, `bad_file`.
Result<LoadedConfig> load_config(const std::string& file, const std::vector<Override>& flags);

/// The same from text, for tests and fuzzing.
Result<LoadedConfig> parse_config(std::string_view toml, const std::string& name,
                                  const std::map<std::string, std::string>& environment,
                                  const std::vector<Override>& flags);

/// One line a key: value and where it came from; secrets masked. Valid TOML.
std::string describe(const LoadedConfig& loaded);

/// docs/configuration.md: every key with its type, default and limits.
std::string configuration_page();

}  // namespace gamekeeper::server
