#include "adapters/embedded/document_writer.h"

#include <algorithm>

#include "base/log.h"

namespace gamekeeper::adapters {

using ports::Put;
using ports::WriteSet;
using sqlite::Statement;

namespace {

constexpr size_t kQueueMax = 100'000;
constexpr size_t kGroupMax = 2'000;

constexpr const char* kSchema =
    "CREATE TABLE IF NOT EXISTS documents(collection TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, body "
    "TEXT NOT NULL, "
    "PRIMARY KEY(collection, id)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS entries(collection TEXT NOT NULL, idx TEXT NOT NULL, key BLOB NOT NULL, id TEXT NOT "
    "NULL, "
    "PRIMARY KEY(collection, idx, key, id)) WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS entries_by_document ON entries(collection, id);"
    "CREATE TABLE IF NOT EXISTS outbox(sequence INTEGER PRIMARY KEY AUTOINCREMENT, partition_key TEXT NOT NULL, body "
    "BLOB NOT NULL);";

std::unexpected<Error> conflict(const char* code, const std::string& message, const Put& put,
                                const std::string& limit) {
  return fail(ErrorKind::kConflict, code, message, put.collection, limit);
}

}  // namespace

Result<std::unique_ptr<DocumentWriter>> DocumentWriter::open(const std::string& file, Metrics* metrics) {
  auto db = sqlite::Database::open_writer(file);
  if (!db) return std::unexpected(db.error());
  std::unique_ptr<DocumentWriter> writer(new DocumentWriter(metrics));
  writer->db_ = std::move(*db);
  if (auto ok = writer->prepare(); !ok) return std::unexpected(ok.error());
  writer->thread_ = std::thread([raw = writer.get()] { raw->work(); });
  return writer;
}

Result<void> DocumentWriter::prepare() {
  // A savepoint keeps pages as they were in a temporary file, unless those are to be in memory.
  for (const char* sql : {"PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA cache_size=-8192",
                          "PRAGMA temp_store=MEMORY", kSchema}) {
    if (auto ok = db_.exec(sql); !ok) return ok;
  }
  checkpoints_.follow(db_);
  for (const auto& [slot, sql] : std::initializer_list<std::pair<Statement*, const char*>>{
           {&version_of_, "SELECT version FROM documents WHERE collection=?1 AND id=?2"},
           {&upsert_,
            "INSERT INTO documents VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET version=excluded.version, "
            "body=excluded.body"},
           {&remove_, "DELETE FROM documents WHERE collection=?1 AND id=?2"},
           {&entries_of_, "SELECT idx, key FROM entries WHERE collection=?1 AND id=?2"},
           {&clear_entries_, "DELETE FROM entries WHERE collection=?1 AND id=?2"},
           {&add_entry_, "INSERT OR REPLACE INTO entries VALUES(?1, ?2, ?3, ?4)"},
           {&holder_, "SELECT 1 FROM entries WHERE collection=?1 AND idx=?2 AND key=?3 AND id<>?4"},
           {&add_fact_, "INSERT INTO outbox(partition_key, body) VALUES(?1, ?2)"},
           {&drop_entry_, "DELETE FROM entries WHERE collection=?1 AND idx=?2 AND key=?3 AND id=?4"},
           {&drop_facts_, "DELETE FROM outbox WHERE sequence<=?1"},
           {&savepoint_, "SAVEPOINT job"},
           {&release_, "RELEASE job"}}) {
    auto statement = db_.prepare(sql);
    if (!statement) return std::unexpected(statement.error());
    *slot = std::move(*statement);
  }
  return {};
}

DocumentWriter::~DocumentWriter() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void DocumentWriter::push(Job job) {
  {
    std::lock_guard lock(mutex_);
    if (!stopped_ && queue_.size() < kQueueMax) {
      queue_.push_back(std::move(job));
      wake_.notify_one();
      return;
    }
  }
  job.outcome.set(fail(ErrorKind::kOverloaded, "overloaded", "Too many writes are waiting; try again."));
}

void DocumentWriter::add(WriteSet set, Promise<CommitOutcome> outcome) { push({std::move(set), std::move(outcome)}); }
void DocumentWriter::outbox_done(uint64_t up_to, Promise<CommitOutcome> outcome) { push({up_to, std::move(outcome)}); }

void DocumentWriter::work() {
  for (;;) {
    std::vector<Job> jobs;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopped_ || !queue_.empty(); });
      if (queue_.empty()) return;
      while (!queue_.empty() && jobs.size() < kGroupMax) {
        jobs.push_back(std::move(queue_.front()));
        queue_.pop_front();
      }
    }
    run(jobs);
  }
}

/// All jobs in one transaction and one sync. A job that fails costs itself alone: as a rule that is known before anything
/// of it is written; where it is not, the round begins again with a savepoint for each job, which costs a copy of every
/// page that it touches.
void DocumentWriter::run(std::vector<Job>& jobs) {
  std::vector<CommitOutcome> outcomes;
  Result<bool> whole = attempt(jobs, false, outcomes);
  if (whole && !*whole) {
    if (auto back = db_.exec("ROLLBACK"); back)
      whole = attempt(jobs, true, outcomes);
    else
      whole = std::unexpected(back.error());
  }
  if (!whole) {
    log::error("documents", "commit_failed",
               {log::text("code", whole.error().code), log::text("message", whole.error().message)});
    if (!sqlite3_get_autocommit(db_.get())) std::ignore = db_.exec("ROLLBACK");
    for (Job& job : jobs) job.outcome.set(std::unexpected(whole.error()));
    return;
  }
  commits_.fetch_add(1, std::memory_order_release);
  for (size_t i = 0; i < jobs.size(); ++i) jobs[i].outcome.set(std::move(outcomes[i]));
}

/// False: a job failed half-way, and nothing kept it apart from the others.
Result<bool> DocumentWriter::attempt(const std::vector<Job>& jobs, bool apart, std::vector<CommitOutcome>& outcomes) {
  outcomes.clear();
  if (auto ok = db_.exec("BEGIN IMMEDIATE"); !ok) return std::unexpected(ok.error());
  for (const Job& job : jobs) {
    const bool guarded = apart || !looks_free(job);
    if (guarded) {
      if (auto ok = savepoint_.run(); !ok) return std::unexpected(ok.error());
    }
    const int before = sqlite3_total_changes(db_.get());
    CommitOutcome outcome = apply(job);
    if (!outcome && sqlite3_get_autocommit(db_.get()))  // SQLite has rolled the whole transaction back
      return std::unexpected(outcome.error());
    if (!outcome && !guarded && sqlite3_total_changes(db_.get()) != before) return false;
    if (guarded) {
      auto ok = outcome ? release_.run() : db_.exec("ROLLBACK TO job; RELEASE job");
      if (!ok) return std::unexpected(ok.error());
    }
    outcomes.push_back(std::move(outcome));
  }
  if (auto ok = db_.exec("COMMIT"); !ok) return std::unexpected(ok.error());
  return true;
}

/// Whether no put of a set but the first, which looks before it writes, is likely to meet a conflict.
bool DocumentWriter::looks_free(const Job& job) {
  const auto* set = std::get_if<WriteSet>(&job.what);
  if (!set) return true;
  for (size_t i = 1; i < set->puts.size(); ++i) {
    if (!set->puts[i].expected) continue;
    auto now = version_of(set->puts[i]);
    if (!now || *now != *set->puts[i].expected) return false;
  }
  return true;
}

CommitOutcome DocumentWriter::apply(const Job& job) {
  if (const auto* set = std::get_if<WriteSet>(&job.what)) return apply(*set);
  auto ok = drop_facts_.bind(1, static_cast<int64_t>(std::get<uint64_t>(job.what))).run();
  if (!ok) return std::unexpected(ok.error());
  return std::vector<uint64_t>();
}

Result<uint64_t> DocumentWriter::version_of(const Put& p) {
  auto row = version_of_.text(1, p.collection).text(2, p.id).step();
  if (!row) return std::unexpected(row.error());
  const uint64_t now = *row ? static_cast<uint64_t>(version_of_.number(0)) : 0;
  version_of_.reset();
  return now;
}

CommitOutcome DocumentWriter::apply(const WriteSet& set) {
  std::vector<uint64_t> versions;
  for (const Put& each : set.puts) {
    auto version = put(each);
    if (!version) return std::unexpected(version.error());
    versions.push_back(*version);
  }
  for (const ports::Fact& fact : set.facts) {
    if (auto ok = add_fact_.text(1, fact.partition_key).blob(2, fact.body).run(); !ok)
      return std::unexpected(ok.error());
  }
  return versions;
}

Result<uint64_t> DocumentWriter::put(const Put& p) {
  auto found = version_of(p);
  if (!found) return std::unexpected(found.error());
  const uint64_t now = *found;
  if (p.expected && *p.expected != now) {
    return *p.expected == 0 ? conflict("exists", "The document is there already.", p, p.id)
                            : conflict("version", "The document has changed meanwhile.", p, p.id);
  }
  if (p.remove) {
    if (auto ok = clear_entries_.text(1, p.collection).text(2, p.id).run(); !ok) return std::unexpected(ok.error());
    if (auto ok = remove_.text(1, p.collection).text(2, p.id).run(); !ok) return std::unexpected(ok.error());
    return now;
  }
  std::vector<ports::IndexEntry> stale;
  if (now != 0) {
    auto found = entries_of(p);
    if (!found) return std::unexpected(found.error());
    stale = std::move(*found);
  }
  if (auto ok = write_entries(p, std::move(stale)); !ok) return std::unexpected(ok.error());
  if (auto ok =
          upsert_.text(1, p.collection).text(2, p.id).bind(3, static_cast<int64_t>(now + 1)).text(4, p.body).run();
      !ok)
    return std::unexpected(ok.error());
  return now + 1;
}

/// By what the document is found already.
Result<std::vector<ports::IndexEntry>> DocumentWriter::entries_of(const Put& p) {
  std::vector<ports::IndexEntry> found;
  entries_of_.text(1, p.collection).text(2, p.id);
  for (;;) {
    auto row = entries_of_.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    found.push_back({std::string(entries_of_.bytes(0)), std::string(entries_of_.bytes(1))});
  }
  entries_of_.reset();
  return found;
}

/// Nothing is written before all of them are known to be free. Most writes leave most entries as they are, and each is two
/// pages: only what differs is written.
Result<void> DocumentWriter::write_entries(const Put& p, std::vector<ports::IndexEntry> stale) {
  for (const ports::IndexEntry& entry : p.entries) {
    if (!entry.unique) continue;
    auto taken = holder_.text(1, p.collection).text(2, entry.index).blob(3, entry.key).text(4, p.id).step();
    if (!taken) return std::unexpected(taken.error());
    holder_.reset();
    if (*taken) return conflict("unique", "Another document has this key.", p, entry.index);
  }
  for (const ports::IndexEntry& entry : p.entries) {
    const auto same = std::ranges::find_if(
        stale, [&](const ports::IndexEntry& s) { return s.index == entry.index && s.key == entry.key; });
    if (same != stale.end()) {
      stale.erase(same);
      continue;
    }
    if (auto ok = add_entry_.text(1, p.collection).text(2, entry.index).blob(3, entry.key).text(4, p.id).run(); !ok)
      return ok;
  }
  for (const ports::IndexEntry& entry : stale) {
    if (auto ok = drop_entry_.text(1, p.collection).text(2, entry.index).blob(3, entry.key).text(4, p.id).run(); !ok)
      return ok;
  }
  return {};
}

}  // namespace gamekeeper::adapters
