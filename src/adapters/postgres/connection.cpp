#include "adapters/postgres/connection.h"

#include <fmt/format.h>
#include <poll.h>

#include <array>

#include "base/log.h"

namespace gamekeeper::adapters::postgres {
namespace {

/// Every statement here finds its rows by an index. Left to itself the planner would read small tables whole, and go on
/// doing so, in a plan once made, when they have grown.
constexpr const char* kPlans =
    "SET jit=off; SET enable_seqscan=off; SET enable_bitmapscan=off; SET enable_hashjoin=off; "
    "SET enable_mergejoin=off; SET enable_sort=off; SET plan_cache_mode=force_generic_plan; ";

/// What is acknowledged must be on disk, whatever the server's default; a stricter one stays. Who holds the lock of
/// commits and falls silent must not keep it.
constexpr const char* kWriter =
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit')='off'; "
    "SET idle_in_transaction_session_timeout='10s'; SET lock_timeout='10s'; ";

/// What a person reads of it: one line without the driver's line ends.
std::string tidy(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '.')) text.pop_back();
  for (char& c : text) {
    if (c == '\n' || c == '\t') c = ' ';
  }
  return text;
}

}  // namespace

Error error_of(const PGresult* result) {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* said = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  const std::string_view code = state ? state : "";
  Error error{ErrorKind::kInternal, "internal",
              fmt::format("PostgreSQL: {} ({}).", tidy(said ? said : PQresultErrorMessage(result)), code)};
  const auto is = [&](ErrorKind kind, const char* name) {
    error.kind = kind;
    error.code = name;
    error.retry_after = std::chrono::milliseconds(1000);
  };
  if (code == "53100") {
    is(ErrorKind::kFull, "disk_full");
  } else if (code == "55P03") {  // others held the lock of commits for too long; nothing was done
    is(ErrorKind::kOverloaded, "overloaded");
  } else if (code.starts_with("XX")) {
    is(ErrorKind::kCorrupt, "corrupt");
  } else if (code == "25006" || code.starts_with("08") || code.starts_with("28") || code.starts_with("40") ||
             code.starts_with("53") || code.starts_with("57") || code.starts_with("58")) {
    is(ErrorKind::kUnavailable, "storage_unavailable");
  }
  return error;
}

Result<Connection> Connection::open(const Target& target) {
  // Later ones win: these are defaults, which the URL may overrule.
  const char* names[] = {"application_name", "connect_timeout",      "keepalives_idle", "keepalives_interval",
                         "tcp_user_timeout", "target_session_attrs", "dbname",          nullptr};
  const char* values[] = {
      "gamekeeper",       "5",    "10", "5", "10000", target.primary ? "read-write" : "prefer-standby",
      target.url.c_str(), nullptr};
  Connection made(Handle(PQconnectdbParams(names, values, 1), &PQfinish), target.answer_max);
  if (!made.handle_ || PQstatus(made.handle_.get()) != CONNECTION_OK)
    return made.gone(made.handle_ ? PQerrorMessage(made.handle_.get()) : "out of memory");
  PQsetNoticeProcessor(made.handle_.get(), [](void*, const char*) {}, nullptr);
  PQsetnonblocking(made.handle_.get(), 1);
  if (auto ok = made.set_up(target); !ok) return std::unexpected(ok.error());
  return made;
}

Result<void> Connection::set_up(const Target& target) {
  const std::string settings =
      fmt::format("SET search_path={}; {}{}", target.schema, kPlans, target.writes ? kWriter : "");
  if (auto ok = exec(settings); !ok) return std::unexpected(ok.error());
  if (target.writes) {
    if (auto ok = prepare_schema(*this, target.schema); !ok) return ok;
  }
  return prepare(target.statements);
}

Result<void> Connection::prepare(const std::vector<Statement>& statements) {
  PGconn* raw = handle_.get();
  for (const Statement& s : statements) {
    const Deadline until = patience();
    if (!PQsendPrepare(raw, s.name, s.sql, 0, nullptr)) return gone(PQerrorMessage(raw));
    if (auto ok = receive(until); !ok) return std::unexpected(ok.error());
  }
  return PQenterPipelineMode(raw) ? Result<void>() : gone(PQerrorMessage(raw));
}

Result<Rows> Connection::exec(const std::string& sql) {
  PGconn* raw = handle_.get();
  const bool pipelined = PQpipelineStatus(raw) != PQ_PIPELINE_OFF;
  if (lost_) return std::unexpected(loss_);
  if (pipelined && !PQexitPipelineMode(raw)) return gone(PQerrorMessage(raw));
  if (!PQsendQuery(raw, sql.c_str())) return gone(PQerrorMessage(raw));
  auto rows = receive(patience());
  if (pipelined && !lost_) PQenterPipelineMode(raw);
  return rows;
}

std::unexpected<Error> Connection::gone(const std::string& why) {
  if (!lost_) {
    lost_ = true;
    loss_ = {ErrorKind::kUnavailable, "storage_unavailable", fmt::format("PostgreSQL: {}.", tidy(why))};
    loss_.retry_after = std::chrono::milliseconds(1000);
  }
  return std::unexpected(loss_);
}

Result<void> Connection::wait(bool to_write, Deadline until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
  pollfd one{
      .fd = PQsocket(handle_.get()), .events = static_cast<short>(to_write ? POLLIN | POLLOUT : POLLIN), .revents = 0};
  if (left.count() <= 0 || ::poll(&one, 1, static_cast<int>(left.count())) == 0)
    return gone("the server has not answered for too long");
  if ((one.revents & ~POLLOUT) != 0 && !PQconsumeInput(handle_.get())) return gone(PQerrorMessage(handle_.get()));
  return {};
}

Result<PGresult*> Connection::next(Deadline until) {
  PGconn* raw = handle_.get();
  for (;;) {
    const int unsent = PQflush(raw);
    if (unsent < 0) return gone(PQerrorMessage(raw));
    if (!PQisBusy(raw)) break;
    if (auto ok = wait(unsent == 1, until); !ok) return std::unexpected(ok.error());
  }
  return PQgetResult(raw);
}

/// All results of one statement (or of one text of statements), the last of which counts.
Result<Rows> Connection::receive(Deadline until) {
  Result<Rows> out;
  for (;;) {
    auto result = next(until);
    if (!result) return std::unexpected(result.error());
    if (!*result) return out;
    Rows rows(*result);
    const ExecStatusType status = PQresultStatus(*result);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
      if (out) out = std::move(rows);
    } else if (status == PGRES_PIPELINE_ABORTED) {
      out = fail(ErrorKind::kInternal, "aborted", "A statement before this one was refused.");
    } else if (PQstatus(handle_.get()) == CONNECTION_BAD) {
      return gone(PQresultErrorMessage(*result));
    } else {
      out = std::unexpected(error_of(*result));
    }
  }
}

Result<void> Connection::receive_sync(Deadline until) {
  auto result = next(until);
  if (!result) return std::unexpected(result.error());
  const Rows held(*result);
  if (*result && PQresultStatus(*result) == PGRES_PIPELINE_SYNC) return {};
  return gone(*result ? PQresultErrorMessage(*result) : "the answers are out of step");
}

Result<void> Connection::send(std::span<const Call> calls, bool apart, Deadline until) {
  PGconn* raw = handle_.get();
  for (size_t i = 0; i < calls.size(); ++i) {
    const Params& p = calls[i].params;
    const bool last = i + 1 == calls.size();
    if (!PQsendQueryPrepared(raw, calls[i].statement->name, p.count(), p.values().data(), p.lengths(), p.formats(),
                             1) ||
        ((apart || last) && !PQpipelineSync(raw)))
      return gone(PQerrorMessage(raw));
  }
  for (int unsent = 1; unsent != 0;) {
    unsent = PQflush(raw);
    if (unsent < 0) return gone(PQerrorMessage(raw));
    if (unsent == 0) break;
    if (auto ok = wait(true, until); !ok) return ok;
  }
  return {};
}

std::vector<Result<Rows>> Connection::run(std::span<const Call> calls, bool apart) {
  const Deadline until = patience();
  std::vector<Result<Rows>> out;
  if (lost_ || !send(calls, apart, until)) {
    out.assign(calls.size(), std::unexpected(loss_));
    return out;
  }
  for (size_t i = 0; i < calls.size(); ++i) {
    out.push_back(lost_ ? std::unexpected(loss_) : receive(until));
    if ((apart || i + 1 == calls.size()) && !lost_) std::ignore = receive_sync(until);
  }
  return out;
}

Result<std::vector<Rows>> Connection::run(std::span<const Call> calls) {
  std::vector<Rows> rows;
  for (Result<Rows>& each : run(calls, false)) {
    if (!each) return std::unexpected(each.error());
    rows.push_back(std::move(*each));
  }
  if (lost_) return std::unexpected(loss_);
  return rows;
}

std::string Connection::server_version() const {
  const char* version = PQparameterStatus(handle_.get(), "server_version");
  return version ? version : "";
}

}  // namespace gamekeeper::adapters::postgres
