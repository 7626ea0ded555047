#include "adapters/embedded/document_writer.h"

#include <algorithm>
#include <array>

#include "adapters/embedded/document_format.h"
#include "base/log.h"

namespace gamekeeper::adapters {

using ports::Put;
using ports::WriteSet;
using sqlite::Statement;

namespace {

constexpr size_t kQueueMax = 100'000;
constexpr size_t kGroupMax = 2'000;

constexpr size_t kFactsARow = 500;

std::unexpected<Error> conflict(const char* code, const std::string& message, const Put& put,
                                const std::string& limit) {
  return fail(ErrorKind::kConflict, code, message, put.collection, limit);
}

/// Whether no put of the set concerns the document, or the unique key, of another: then all can be looked at first.
bool is_plain(const WriteSet& set) {
  if (set.puts.size() == 1) return true;
  using Key = std::array<std::string_view, 3>;  // of a document: no index
  std::vector<Key> keys;
  for (const Put& put : set.puts) {
    keys.push_back({put.collection, {}, put.id});
    for (const ports::IndexEntry& entry : put.entries) {
      if (entry.unique) keys.push_back({put.collection, entry.index, entry.key});
    }
  }
  std::ranges::sort(keys);
  return std::ranges::adjacent_find(keys) == keys.end();
}

}  // namespace

Result<std::unique_ptr<DocumentWriter>> DocumentWriter::open(const std::string& file, Metrics* metrics) {
  auto db = sqlite::Database::open_writer(file);
  if (!db) return std::unexpected(db.error());
  std::unique_ptr<DocumentWriter> writer(new DocumentWriter(metrics));
  writer->db_ = std::move(*db);
  if (auto ok = writer->prepare(); !ok) return std::unexpected(ok.error());
  writer->cache_ = std::make_unique<ReadCache>(WalIndex::open(file));
  writer->thread_ = std::thread([raw = writer.get()] { raw->work(); });
  return writer;
}

Result<void> DocumentWriter::prepare() {
  for (const char* sql :
       {"PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA cache_size=-32768", "PRAGMA temp_store=MEMORY"}) {
    if (auto ok = db_.exec(sql); !ok) return ok;
  }
  if (auto ok = make_document_tables(db_); !ok) return ok;
  checkpoints_.follow(db_);
  for (const auto& [slot, sql] : std::initializer_list<std::pair<Statement*, const char*>>{
           {&begin_, "BEGIN IMMEDIATE"},
           {&commit_, "COMMIT"},
           {&savepoint_, "SAVEPOINT job"},
           {&release_, "RELEASE job"},
           {&look_, "SELECT version, entries FROM documents WHERE collection=?1 AND id=?2"},
           {&insert_, "INSERT INTO documents(collection, id, version, entries, body) VALUES(?1, ?2, ?3, ?4, ?5)"},
           {&update_, "UPDATE documents SET version=?3, entries=?4, body=?5 WHERE collection=?1 AND id=?2"},
           {&remove_, "DELETE FROM documents WHERE collection=?1 AND id=?2"},
           {&add_entry_, "INSERT OR IGNORE INTO entries VALUES(?1, ?2, ?3, ?4)"},
           {&drop_entry_, "DELETE FROM entries WHERE collection=?1 AND idx=?2 AND key=?3 AND id=?4"},
           {&holder_, "SELECT 1 FROM entries WHERE collection=?1 AND idx=?2 AND key=?3 AND id<>?4"},
           {&add_facts_, "INSERT INTO outbox(sequence, partition_key, body, facts) VALUES(?1, '', ?2, ?3)"},
           {&drop_facts_, "DELETE FROM outbox WHERE sequence<=?1"},
           {&first_facts_, "SELECT sequence, facts, body FROM outbox ORDER BY sequence LIMIT 1"},
           {&keep_facts_, "UPDATE outbox SET facts=?2, body=?3 WHERE sequence=?1"},
           {&last_sequence_, "SELECT seq FROM sqlite_sequence WHERE name='outbox'"}}) {
    auto statement = db_.prepare(sql);
    if (!statement) return std::unexpected(statement.error());
    *slot = std::move(*statement);
  }
  return find_sequence();
}

Result<void> DocumentWriter::find_sequence() {
  auto row = last_sequence_.step();
  if (!row) return std::unexpected(row.error());
  sequence_ = *row ? last_sequence_.number(0) : 0;
  last_sequence_.reset();
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

/// All jobs in one transaction and one sync; a job that is refused leaves nothing behind.
void DocumentWriter::run(std::vector<Job>& jobs) {
  std::vector<CommitOutcome> outcomes;
  changes_.clear();
  touched_.clear();
  changed_ = false;
  cache_->watch.will_write();
  Result<void> whole = begin_.run();
  cache_->watch.may_write();
  if (whole) whole = find_sequence();
  for (Job& job : jobs) {
    if (!whole) break;
    outcomes.push_back(run_one(job, whole));
  }
  if (whole) whole = commit_.run();
  if (whole && changed_) update_cache();
  cache_->watch.has_written();
  if (!whole) {
    log::error("documents", "commit_failed",
               {log::text("code", whole.error().code), log::text("message", whole.error().message)});
    if (!sqlite3_get_autocommit(db_.get())) std::ignore = db_.exec("ROLLBACK");
    for (Job& job : jobs) job.outcome.set(std::unexpected(whole.error()));
    return;
  }
  for (size_t i = 0; i < jobs.size(); ++i) jobs[i].outcome.set(std::move(outcomes[i]));
}

/// What cannot be undone for the job alone becomes `whole`'s error.
CommitOutcome DocumentWriter::run_one(Job& job, Result<void>& whole) {
  const auto* set = std::get_if<WriteSet>(&job.what);
  if (!set) {
    whole = drop_facts(std::get<uint64_t>(job.what));
    return {};
  }
  const bool plain = is_plain(*set);
  CommitOutcome outcome = plain ? apply(*set, whole) : apply_in_turn(*set, whole);
  // Its holder may be one whom the set itself makes give the key up.
  if (plain && whole && !outcome && outcome.error().code == "unique" && set->puts.size() > 1)
    outcome = apply_in_turn(*set, whole);
  if (whole && outcome) note(*set, *outcome);
  // SQLite may have rolled the whole transaction back.
  if (whole && !outcome && sqlite3_get_autocommit(db_.get())) whole = std::unexpected(outcome.error());
  return outcome;
}

void DocumentWriter::note(const WriteSet& set, const std::vector<uint64_t>& versions) {
  for (size_t i = 0; i < set.puts.size(); ++i) {
    if (versions[i] != 0)
      changes_.push_back({.put = &set.puts[i], .version = versions[i]});  // 0: removed what was not there
  }
  changed_ = changed_ || !changes_.empty() || !set.facts.empty();
}

void DocumentWriter::update_cache() {
  const CommitWatch::Step step = cache_->watch.step();
  cache_->documents.follow(step, changes_);
  cache_->pages.follow(step, touched_);
}

/// First all is looked at, then all is written: nothing has to be undone, and a savepoint that could would copy every page
/// before it is changed.
CommitOutcome DocumentWriter::apply(const WriteSet& set, Result<void>& whole) {
  if (stored_.size() < set.puts.size()) stored_.resize(set.puts.size());
  std::vector<uint64_t> versions;
  for (size_t i = 0; i < set.puts.size(); ++i) {
    const Put& p = set.puts[i];
    if (auto ok = look(p, stored_[i]); !ok) return std::unexpected(ok.error());
    if (auto ok = check_unique(p); !ok) return std::unexpected(ok.error());
    versions.push_back(stored_[i].version + (p.remove ? 0 : 1));
  }
  for (size_t i = 0; whole && i < set.puts.size(); ++i) whole = write(set.puts[i], stored_[i]);
  if (whole) whole = add_facts(set);
  return versions;
}

/// One put after another, within a savepoint: where one depends on what another does.
CommitOutcome DocumentWriter::apply_in_turn(const WriteSet& set, Result<void>& whole) {
  if (whole = savepoint_.run(); !whole) return {};
  CommitOutcome outcome = std::vector<uint64_t>();
  Stored stored;
  for (const Put& p : set.puts) {
    Result<void> ok = look(p, stored);
    if (ok) ok = check_unique(p);
    if (ok) ok = write(p, stored);
    if (!ok) {
      outcome = std::unexpected(ok.error());
      break;
    }
    outcome->push_back(stored.version + (p.remove ? 0 : 1));
  }
  if (outcome) {
    if (auto ok = add_facts(set); !ok) outcome = std::unexpected(ok.error());
  }
  if (sqlite3_get_autocommit(db_.get())) return outcome;  // there is nothing to undo any more
  if (!outcome) whole = db_.exec("ROLLBACK TO job");
  if (whole) whole = release_.run();
  return outcome;
}

/// Many facts to a row: each by itself would cost as much as a document.
Result<void> DocumentWriter::add_facts(const WriteSet& set) {
  std::string packed;
  size_t count = 0;
  for (const ports::Fact& fact : set.facts) {
    append_pair(packed, fact.partition_key, fact.body);
    ++sequence_;
    if (++count < kFactsARow && &fact != &set.facts.back()) continue;
    if (auto ok = add_facts_.bind(1, sequence_).blob(2, packed).bind(3, static_cast<int64_t>(count)).run(); !ok)
      return ok;
    packed.clear();
    count = 0;
  }
  return {};
}

Result<void> DocumentWriter::drop_facts(uint64_t up_to) {
  const auto last = static_cast<int64_t>(up_to);
  if (auto ok = drop_facts_.bind(1, last).run(); !ok) return ok;
  changed_ = changed_ || sqlite3_changes64(db_.get()) > 0;
  auto row = first_facts_.step();
  if (!row) return std::unexpected(row.error());
  const int64_t sequence = *row ? first_facts_.number(0) : 0, facts = *row ? first_facts_.number(1) : 0;
  std::string rest;
  if (sequence - facts < last && facts > 0) {
    const std::vector<Pair> all = unpack(first_facts_.bytes(2));
    for (size_t i = all.size() - static_cast<size_t>(std::min(sequence - last, facts)); i < all.size(); ++i)
      append_pair(rest, all[i].first, all[i].second);
  }
  first_facts_.reset();
  if (rest.empty()) return {};
  changed_ = true;
  return keep_facts_.bind(1, sequence).bind(2, sequence - last).blob(3, rest).run();
}

/// Errors: also kConflict, when it is not the version that was expected.
Result<void> DocumentWriter::look(const Put& p, Stored& stored) {
  auto row = look_.text(1, p.collection).text(2, p.id).step();
  if (!row) return std::unexpected(row.error());
  stored.version = *row ? static_cast<uint64_t>(look_.number(0)) : 0;
  stored.entries = *row ? look_.bytes(1) : std::string_view();
  look_.reset();
  if (!p.expected || *p.expected == stored.version) return {};
  return *p.expected == 0 ? conflict("exists", "The document is there already.", p, p.id)
                          : conflict("version", "The document has changed meanwhile.", p, p.id);
}

/// Errors: kConflict, when another document has the key and nobody else may.
Result<void> DocumentWriter::check_unique(const Put& p) {
  for (const ports::IndexEntry& entry : p.entries) {
    if (!entry.unique) continue;
    auto taken = holder_.text(1, p.collection).text(2, entry.index).blob(3, entry.key).text(4, p.id).step();
    if (!taken) return std::unexpected(taken.error());
    holder_.reset();
    if (*taken) return conflict("unique", "Another document has this key.", p, entry.index);
  }
  return {};
}

Result<void> DocumentWriter::write(const Put& p, const Stored& stored) {
  if (p.remove) {
    if (stored.version == 0) return {};
    touched_.push_back({.put = &p, .before = stored.entries, .after = {}});
    if (auto ok = write_entries(p, stored.entries, {}); !ok) return ok;
    return remove_.text(1, p.collection).text(2, p.id).run();
  }
  std::string entries;
  for (const ports::IndexEntry& entry : p.entries) append_pair(entries, entry.index, entry.key);
  touched_.push_back(
      {.put = &p, .before = stored.entries, .after = entries == stored.entries ? std::string() : entries});
  // Most writes change a body alone, and an entry is a page of its own.
  if (entries != stored.entries) {
    if (auto ok = write_entries(p, stored.entries, entries); !ok) return ok;
  }
  Statement& put = stored.version == 0 ? insert_ : update_;
  put.text(1, p.collection).text(2, p.id).bind(3, static_cast<int64_t>(stored.version + 1));
  return put.blob(4, entries).text(5, p.body).run();
}

Result<void> DocumentWriter::write_entries(const Put& p, std::string_view before, std::string_view after) {
  const std::vector<Pair> old = unpack(before), now = unpack(after);
  const auto run = [&p](Statement& statement, const Pair& entry) {
    return statement.text(1, p.collection).text(2, entry.first).blob(3, entry.second).text(4, p.id).run();
  };
  for (const Pair& entry : old) {
    if (std::ranges::find(now, entry) != now.end()) continue;
    if (auto ok = run(drop_entry_, entry); !ok) return ok;
  }
  for (const Pair& entry : now) {
    if (std::ranges::find(old, entry) != old.end()) continue;
    if (auto ok = run(add_entry_, entry); !ok) return ok;
  }
  return {};
}

}  // namespace gamekeeper::adapters
