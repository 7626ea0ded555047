#include "server/doctor_stores.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <filesystem>

#include "adapters/embedded/sqlite.h"
#include "server/stores.h"

namespace gamekeeper::server {
namespace {

namespace fs = std::filesystem;
using State = Diagnosis::State;

constexpr uintmax_t kReadWholeMax = 256 * 1024 * 1024;  // larger files are looked at, not read through

/// What is wrong with a database; empty when nothing is. Its pages' checksums are checked on the way.
std::string look_at(const fs::path& file) {
  auto db = adapters::sqlite::Database::open_existing(file.string());
  if (!db) return db.error().message;
  // The WAL is left to the server: who writes back what it holds has to check first that nothing of it is missing.
  sqlite3_db_config(db->get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  std::error_code ignored;
  const bool whole = fs::file_size(file, ignored) <= kReadWholeMax;
  auto statement = db->prepare(whole ? "PRAGMA quick_check(1)" : "SELECT 'ok' FROM sqlite_master LIMIT 1");
  if (!statement) return statement.error().message;
  auto row = statement->step();
  if (!row) return row.error().message;
  const std::string said = *row ? std::string(statement->bytes(0)) : "ok";
  return said == "ok" ? "" : said;
}

Diagnosis check_files(const char* name, const fs::path& where, const char* ending) {
  Diagnosis out{.check = name};
  size_t files = 0;
  std::error_code error;
  if (fs::is_regular_file(where, error)) {
    files = 1;
    if (auto wrong = look_at(where); !wrong.empty()) out.detail = fmt::format("{}: {}", where.string(), wrong);
  }
  for (auto at = fs::recursive_directory_iterator(where, error);
       !error && out.detail.empty() && at != fs::recursive_directory_iterator(); at.increment(error)) {
    if (!at->is_regular_file() || at->path().extension() != ending) continue;
    ++files;
    auto wrong = look_at(at->path());
    if (!wrong.empty() && fs::exists(at->path(), error))  // else retention has removed it meanwhile
      out.detail = fmt::format("{}: {}", at->path().string(), wrong);
  }
  if (!out.detail.empty()) {
    out.state = State::kFailing;
    out.advice =
        "Leave the file as it is, and restore a backup (`gamekeeper restore`); docs/runbook.md, \"Damaged data\".";
    return out;
  }
  out.detail =
      files == 0 ? "Nothing is there yet." : fmt::format("{} {} can be read.", files, files == 1 ? "file" : "files");
  return out;
}

Diagnosis check_kafka(const Config& c) {
  auto reached = reach_log(c);
  if (reached && !reached->empty())
    return {.check = "kafka",
            .state = State::kWarning,
            .detail = *reached,
            .advice =
                "Change the topic's settings (kafka-configs --alter), or log.retention_hours and "
                "log.retention_bytes: what Kafka removes before it is folded is lost."};
  if (reached) return {.check = "kafka", .detail = c.kafka.brokers + " answers."};
  return {.check = "kafka",
          .state = State::kFailing,
          .detail = reached.error().message,
          .advice = "Check kafka.brokers and the kafka.security settings, and that the brokers run."};
}

Diagnosis check_postgres(const Config& c) {
  auto reached = reach_documents(c);
  if (reached) return {.check = "documents", .detail = *reached};
  if (reached.error().code == "unsafe_settings")
    return {.check = "documents",
            .state = State::kWarning,
            .detail = reached.error().message,
            .advice = "Turn them on in postgresql.conf: without them a power cut loses what was acknowledged."};
  return {.check = "documents",
          .state = State::kFailing,
          .detail = reached.error().message,
          .advice = "Check documents.url and its password, and that the database runs and lets this machine in."};
}

Diagnosis check_live(const Config& c) {
  auto reached = reach_live(c);
  if (reached) return {.check = "live", .detail = *reached};
  return {.check = "live",
          .state = State::kFailing,
          .detail = reached.error().message,
          .advice = "Check live.url and its password, and that the Redis runs and lets this machine in."};
}

/// The log's files, and what they take.
Diagnosis check_log(const Config& c, const fs::path& folder) {
  Diagnosis out = check_files("log", folder, ".log");
  uintmax_t bytes = 0;
  std::error_code error;
  for (auto at = fs::recursive_directory_iterator(folder, error); !error && at != fs::recursive_directory_iterator();
       at.increment(error)) {
    std::error_code gone;
    const uintmax_t size = fs::file_size(at->path(), gone);
    const std::string name = at->path().filename().string();
    if (!gone && (name.ends_with(".log") || name.ends_with(".log-wal"))) bytes += size;
  }
  if (out.state != State::kOk || bytes == 0) return out;
  const std::string limit =
      c.log.retention_bytes > 0 ? fmt::format(" and up to {} MiB", c.log.retention_bytes / 1'048'576) : std::string();
  out.detail += fmt::format(" They take {} MiB; folded events stay for {} hours{}.", bytes / 1'048'576,
                            c.log.retention_hours, limit);
  return out;
}

}  // namespace

std::vector<Diagnosis> check_stores(const Config& c) {
  const fs::path data = c.server.data;
  std::vector<Diagnosis> out{c.documents.kind == "postgres" ? check_postgres(c)
                                                            : check_files("documents", data / "documents.db", ".db")};
  if (c.log.kind == "kafka")
    out.push_back(check_kafka(c));
  else
    out.push_back(check_log(c, data / "log"));
  if (c.live.kind == "redis") out.push_back(check_live(c));
  out.push_back(check_files("series", data / "series", ".db"));
  return out;
}

}  // namespace gamekeeper::server
