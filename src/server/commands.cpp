#include "server/commands.h"

#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <chrono>
#include <iostream>
#include <optional>

#include "adapters/memory/memory_ranked_set.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/log.h"
#include "gate/admins.h"
#include "gate/directory.h"
#include "play/results/results.h"
#include "server/backup.h"
#include "server/run_now.h"
#include "server/stores.h"
#include "server/wiring.h"

namespace gamekeeper::server {
namespace {

namespace json = boost::json;

int refuse(const Error& error) {
  fmt::print(stderr, "gamekeeper: {} ({})\n", error.message, error.code);
  return error.kind == ErrorKind::kInvalid ? 2 : 1;
}

/// A line on standard error for every file, and now and then within a long one.
ProgressTold progress_of(const char* doing) {
  using std::chrono::steady_clock;
  return [doing, files = ~uint64_t{0}, due = steady_clock::time_point{}](const CopyProgress& at) mutable {
    if (at.files_done == files && steady_clock::now() < due) return;
    files = at.files_done;
    due = steady_clock::now() + std::chrono::milliseconds(500);
    fmt::print(stderr, "{}: {} of {} files, {} of {} KiB: {}\n", doing, at.files_done, at.files, at.bytes_done >> 10,
               at.bytes >> 10, at.file);
  };
}

int tell_copy(const Result<CopyOutcome>& done, const std::string& to, std::chrono::steady_clock::time_point began,
              bool as_json) {
  if (!done) return refuse(done.error());
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  if (!as_json) {
    fmt::print("{} files, {} bytes, in {}, {:.1f} s\n", done->files, done->bytes, to, seconds);
    return 0;
  }
  json::array partitions;
  for (const CopiedPartition& p : done->partitions)
    partitions.push_back(json::object{{"partition", p.partition}, {"log", p.log}, {"series", p.series}});
  fmt::print("{}\n", json::serialize(json::object{{"folder", to},
                                                  {"files", done->files},
                                                  {"bytes", done->bytes},
                                                  {"seconds", seconds},
                                                  {"partitions", std::move(partitions)}}));
  return 0;
}

log::Level level_of(const std::string& name) {
  if (name == "debug") return log::Level::kDebug;
  if (name == "warning") return log::Level::kWarning;
  if (name == "error") return log::Level::kError;
  return log::Level::kInfo;
}

double ms_of(std::chrono::nanoseconds time) { return std::chrono::duration<double, std::milli>(time).count(); }

}  // namespace

int serve(const LoadedConfig& loaded) {
  const auto began = std::chrono::steady_clock::now();
  const Config& config = loaded.config;
  log::set_level(level_of(config.logging.level));
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before any thread: all of them inherit it
  ::signal(SIGPIPE, SIG_IGN);
  auto program = Program::start(config);
  if (!program) return refuse(program.error());
  const std::string host = config.server.listen.substr(0, config.server.listen.rfind(':'));
  log::info("server", "ready",
            {log::text("listen", fmt::format("{}:{}", host, (*program)->port())), log::text("mode", config.server.mode),
             log::text("version", GAMEKEEPER_VERSION),
             log::number("duration_ms", ms_of(std::chrono::steady_clock::now() - began)),
             log::number("stores_ms", ms_of((*program)->stores_open_after()))});
  log::flush();
  // Only in development, and beside the log: standard output is one JSON line after another, and may be kept for long.
  const bool greets = config.server.mode == "development" && config.has_role("console");
  const std::string link = greets ? (*program)->sign_in_link() : std::string();
  if (!link.empty()) {
    const std::string here = fmt::format("http://{}:{}", host, (*program)->port());
    fmt::print(stderr, "\n  Gamekeeper is ready.\n  Sign in (once, within 10 minutes): {}/signin?token={}\n", here,
               link);
    if (config.has_role("demo")) fmt::print(stderr, "  Play (in two windows, against yourself): {}/demo\n", here);
    fmt::print(stderr, "\n");
  }
  int received = 0;
  sigwait(&signals, &received);
  log::info("server", "stopping", {log::number("signal", int64_t{received})});
  (*program)->stop();
  log::info("server", "stopped");
  log::flush();
  return 0;
}

int create_app(const LoadedConfig& loaded, const std::string& id) {
  auto documents = open_documents(loaded.config);
  if (!documents) return refuse(documents.error());
  SystemClock clock;
  gate::Directory directory(**documents, clock);
  if (auto ok = run_now(directory.load()); !ok) return refuse(ok.error());
  auto app = run_now(directory.create_app(id, "", {}));
  if (!app) return refuse(app.error());
  fmt::print("The app {} was made. Its keys: gamekeeper key create --app {} --kind write\n", id, id);
  return 0;
}

int create_key(const LoadedConfig& loaded, const KeyToMake& key) {
  const auto expires_at = key.expires_at.empty() ? std::optional<UnixMillis>(0) : parse_time(key.expires_at);
  if (!expires_at) {
    return refuse({ErrorKind::kInvalid, "bad_time",
                   "--expires-at must be a time with its offset, as in 2027-01-31T00:00:00Z: " + key.expires_at});
  }
  auto documents = open_documents(loaded.config);
  if (!documents) return refuse(documents.error());
  SystemClock clock;
  gate::Directory directory(**documents, clock);
  if (auto ok = run_now(directory.load()); !ok) return refuse(ok.error());
  auto made = run_now(directory.create_key(key.app, *gate::kind_of(key.kind), key.name, *expires_at));
  if (!made) return refuse(made.error());
  fmt::print("{}\n", made->secret);  // alone on standard output, for scripts
  fmt::print(stderr, "The key {} was made. To end it: gamekeeper key revoke --app {} {}\n", made->key.id, key.app,
             made->key.id);
  return 0;
}

int revoke_key(const LoadedConfig& loaded, const std::string& app, const std::string& id) {
  auto documents = open_documents(loaded.config);
  if (!documents) return refuse(documents.error());
  SystemClock clock;
  gate::Directory directory(**documents, clock);
  if (auto ok = run_now(directory.load()); !ok) return refuse(ok.error());
  if (auto ok = run_now(directory.revoke_key(app, id)); !ok) return refuse(ok.error());
  fmt::print("The key {} is revoked.\n", id);
  return 0;
}

int remove_admin(const LoadedConfig& loaded, const std::string& username) {
  auto documents = open_documents(loaded.config);
  if (!documents) return refuse(documents.error());
  SystemClock clock;
  gate::Tokens tokens(**documents, gate::kAdminTokens);
  gate::Passwords passwords;
  gate::Admins admins(**documents, tokens, passwords, clock, {});
  if (auto ok = run_now(admins.load()); !ok) return refuse(ok.error());
  if (auto ok = run_now(admins.remove(username)); !ok) return refuse(ok.error());
  fmt::print("The administrator {} was removed.\n", username);
  return 0;
}

int create_admin(const LoadedConfig& loaded, const AdminToMake& admin) {
  auto documents = open_documents(loaded.config);
  if (!documents) return refuse(documents.error());
  SystemClock clock;
  gate::Directory directory(**documents, clock);
  if (auto ok = run_now(directory.load()); !ok) return refuse(ok.error());
  for (const std::string& app : admin.apps) {
    if (directory.share()->apps.contains(app)) continue;
    return refuse({ErrorKind::kInvalid, "unknown_app", "There is no app \"" + app + "\" (--apps)."});
  }
  std::string password;
  const bool given = !::isatty(STDIN_FILENO) && std::getline(std::cin, password) && !password.empty();
  if (!given) password = random_token(18);
  gate::Tokens tokens(**documents, gate::kAdminTokens);
  gate::Passwords passwords;
  gate::Admins admins(**documents, tokens, passwords, clock, {});
  if (auto ok = run_now(admins.load()); !ok) return refuse(ok.error());
  auto made = run_now(admins.create(admin.username, password, *gate::role_of(admin.role), admin.apps));
  if (!made) return refuse(made.error());
  if (given)
    fmt::print("The administrator {} was made.\n", admin.username);
  else
    fmt::print("The administrator {} was made. Password (shown once): {}\n", admin.username, password);
  return 0;
}

int recompute_ratings(const LoadedConfig& loaded, const std::string& app, const std::string& queue, bool as_json) {
  log::set_level(log::Level::kWarning);  // on standard output the summary stands alone
  auto documents = open_documents(loaded.config);
  if (!documents) return refuse(documents.error());
  SystemClock clock;
  adapters::MemoryRankedSet boards;  // of this command alone
  play::Results results({**documents, boards}, clock);
  auto done = run_now(results.recompute(app, queue));
  if (!done) return refuse(done.error());
  if (as_json)
    fmt::print("{}\n", json::serialize(json::object{{"queue", queue},
                                                    {"matches", done->matches},
                                                    {"changed_matches", done->changed_matches},
                                                    {"changed_ratings", done->changed_ratings}}));
  else
    fmt::print("{} matches of the queue {} were computed anew: {} matches and {} ratings have changed.\n",
               done->matches, queue, done->changed_matches, done->changed_ratings);
  return 0;
}

int backup(const LoadedConfig& loaded, const std::string& to, bool as_json) {
  const auto began = std::chrono::steady_clock::now();
  const int code = tell_copy(backup_folder(loaded.config.server.data, to, progress_of("backup")), to, began, as_json);
  if (code == 0 && loaded.config.documents.kind == "postgres") {
    fmt::print(stderr,
               "gamekeeper: players, keys and everything else with an id are in PostgreSQL and not in this copy: back "
               "them up now, after it, with PostgreSQL's own tools (pg_dump --schema={}, or pg_basebackup).\n",
               loaded.config.documents.schema);
  }
  return code;
}

int restore(const LoadedConfig& loaded, const std::string& from, bool as_json) {
  const auto began = std::chrono::steady_clock::now();
  return tell_copy(restore_folder(from, loaded.config.server.data, progress_of("restore")), loaded.config.server.data,
                   began, as_json);
}

}  // namespace gamekeeper::server
