#include "tests/engines/postgres/server.h"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <thread>

namespace gamekeeper::test {
namespace {

namespace fs = std::filesystem;

/// The newest that is installed.
std::string programs() {
  std::string best;
  std::error_code error;
  for (const auto& at : fs::directory_iterator("/usr/lib/postgresql", error)) {
    if (fs::exists(at.path() / "bin/initdb")) best = std::max(best, (at.path() / "bin").string());
  }
  if (best.empty()) throw std::runtime_error("PostgreSQL is missing: run scripts/setup test");
  return best;
}

/// The server refuses to run as root.
std::vector<std::string> as_its_user(std::vector<std::string> argv) {
  if (::geteuid() != 0) return argv;
  argv.insert(argv.begin(), {"setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "env", "-C", "/"});
  return argv;
}

}  // namespace

PostgresServer::PostgresServer(PostgresServer* primary) : port_(free_port()) {
  std::string name = (fs::temp_directory_path() / "gk-postgres-XXXXXX").string();
  folder_ = ::mkdtemp(name.data());
  const passwd* user = ::getpwnam("postgres");
  if (::geteuid() == 0 && (!user || ::chown(folder_.c_str(), user->pw_uid, user->pw_gid) != 0))
    throw std::runtime_error("there is no user postgres: run scripts/setup test");
  if (primary) {
    tool({programs() + "/pg_basebackup", "-d", primary->url(), "-D", folder_ + "/data", "-R", "-X", "stream", "-c",
          "fast", "-C", "-S", fmt::format("replica_{}", port_)});
  } else {
    tool({programs() + "/initdb", "-D", folder_ + "/data", "-A", "trust", "-U", "gk", "--no-sync", "-E", "UTF8",
          "--locale=C"});
  }
  start();
}

PostgresServer::~PostgresServer() {
  server_.signal(SIGQUIT);  // at once, but with all its processes
  server_.finish();
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void PostgresServer::tool(std::vector<std::string> argv) {
  Child child;
  child.start(as_its_user(std::move(argv)), folder_ + "/out");
  if (child.finish() != 0) throw std::runtime_error("PostgreSQL could not be set up; see " + folder_ + "/out");
}

std::string PostgresServer::url(const std::string& user) const {
  return fmt::format("postgresql://{}@127.0.0.1:{}/postgres", user, port_);
}

void PostgresServer::start() {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (std::chrono::steady_clock::now() < give_up) {
    if (!server_.running()) {  // also when processes of a killed one were still there
      server_.start(as_its_user({programs() + "/postgres", "-D", folder_ + "/data", "-c", "listen_addresses=127.0.0.1",
                                 "-p", std::to_string(port_), "-c", "unix_socket_directories=" + folder_, "-c",
                                 "shared_buffers=32MB", "-c", "wal_receiver_status_interval=1s"}),
                    folder_ + "/out");
    }
    if (PQping(url().c_str()) == PQPING_OK) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  throw std::runtime_error("PostgreSQL did not start; see " + folder_ + "/out");
}

void PostgresServer::kill() { server_.kill(); }

std::string PostgresServer::ask(const std::string& sql) {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(url().c_str()), &PQfinish);
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql.c_str()), &PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
    throw std::runtime_error(sql + ": " + PQerrorMessage(connection.get()));
  return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
}

void PostgresServer::await(const std::string& sql, const std::string& wanted) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  for (std::string said;; std::this_thread::sleep_for(std::chrono::milliseconds(20))) {
    try {
      said = ask(sql);
    } catch (const std::runtime_error& error) {  // a table may be on its way to a replica
      said = error.what();
    }
    if (said == wanted) return;
    if (std::chrono::steady_clock::now() > give_up) throw std::runtime_error(sql + " answers " + said);
  }
}

}  // namespace gamekeeper::test
