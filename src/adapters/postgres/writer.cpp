#include "adapters/postgres/writer.h"

#include <algorithm>

#include "adapters/postgres/writer_statements.h"
#include "base/ids.h"
#include "base/log.h"

namespace gamekeeper::adapters::postgres {

using ports::WriteSet;

namespace {

constexpr size_t kQueueMax = 100'000;
constexpr size_t kGroupMax = 1'000;
constexpr size_t kGroupBytesMax = 4 * 1024 * 1024;
constexpr std::chrono::milliseconds kBackoffMin{20}, kBackoffMax{500};

size_t bytes_of(const WriteSet& set) {
  size_t bytes = 0;
  for (const ports::Put& put : set.puts) bytes += put.body.size();
  for (const ports::Fact& fact : set.facts) bytes += fact.body.size();
  return bytes;
}

/// Once only: it looks through the whole (small) table.
const std::vector<Statement> kAll{kBegin,     kCommit, kRollback, kLock,        kVersions,     kEntries,
                                  kHolders,   kRemove, kWrite,    kDropEntries, kAddEntries,   kAddFacts,
                                  kDropFacts, kCount,  kSign,     kSigned,      kForgetWriters};

}  // namespace

Writer::Writer(Target target, std::chrono::milliseconds patience)
    : target_(std::move(target)), patience_(patience), id_(to_string(make_uuid_v7(SystemClock().now_ms()))) {
  target_.writes = true;
  target_.statements = kAll;
}

Result<std::unique_ptr<Writer>> Writer::open(Target target, std::chrono::milliseconds patience) {
  std::unique_ptr<Writer> writer(new Writer(std::move(target), patience));
  if (auto ok = writer->connect(std::chrono::steady_clock::now()); !ok) return std::unexpected(ok.error());
  const Call forget{&kForgetWriters};
  if (auto ok = writer->connection_->run({&forget, 1}); !ok) return std::unexpected(ok.error());
  writer->thread_ = std::thread([raw = writer.get()] { raw->work(); });
  return writer;
}

Writer::~Writer() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::string Writer::server_version() const {
  std::lock_guard lock(mutex_);
  return server_version_;
}

void Writer::add(WriteSet set, Promise<CommitOutcome> outcome) { push({std::move(set), std::move(outcome)}); }
void Writer::outbox_done(uint64_t up_to, Promise<CommitOutcome> outcome) { push({up_to, std::move(outcome)}); }

void Writer::push(Job job) {
  {
    std::lock_guard lock(mutex_);
    if (!stopped_ && queue_.size() < kQueueMax) {
      job.until = std::chrono::steady_clock::now() + patience_;
      queue_.push_back(std::move(job));
      wake_.notify_one();
      return;
    }
  }
  job.outcome.set(fail(ErrorKind::kOverloaded, "overloaded", "Too many writes are waiting; try again."));
}

bool Writer::is_stopped() const {
  std::lock_guard lock(mutex_);
  return stopped_;
}

std::vector<Writer::Job> Writer::take() {
  std::vector<Job> jobs;
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return stopped_ || !queue_.empty(); });
  for (size_t bytes = 0; !queue_.empty() && jobs.size() < kGroupMax && bytes < kGroupBytesMax; queue_.pop_front()) {
    if (const auto* set = std::get_if<WriteSet>(&queue_.front().what)) bytes += bytes_of(*set);
    jobs.push_back(std::move(queue_.front()));
  }
  return jobs;
}

void Writer::work() {
  for (;;) {
    std::vector<Job> jobs = take();
    if (jobs.empty()) return;
    run(jobs);
  }
}

void Writer::run(std::span<Job> jobs) {
  auto outcomes = commit(jobs);
  if (!outcomes && outcomes.error().kind == ErrorKind::kInternal && jobs.size() > 1) {
    for (Job& job : jobs) run({&job, 1});  // the server refuses something in one of them: the others must not suffer
    return;
  }
  if (!outcomes)
    log::error("documents", "commit_failed",
               {log::text("code", outcomes.error().code), log::text("message", outcomes.error().message)});
  for (size_t i = 0; i < jobs.size(); ++i)
    jobs[i].outcome.set(outcomes ? std::move((*outcomes)[i]) : std::unexpected(outcomes.error()));
}

/// Tries until it is known what became of them, or until the server has been away for longer than the first may wait.
Result<Writer::Outcomes> Writer::commit(std::span<Job> jobs) {
  const Deadline until = is_stopped() ? std::chrono::steady_clock::now() : jobs.front().until;
  for (;;) {
    if (!connection_) {
      if (auto ok = connect(until); !ok) return std::unexpected(ok.error());
    }
    in_doubt_ = false;
    auto outcomes = try_once(jobs);
    if (outcomes || outcomes.error().kind != ErrorKind::kUnavailable) return outcomes;
    connection_.reset();
    if (in_doubt_) {
      auto committed = was_committed(until);
      if (!committed) return std::unexpected(committed.error());
      if (*committed) return std::move(decided_);
    }
    if (std::chrono::steady_clock::now() >= until) return outcomes;
  }
}

Result<Writer::Outcomes> Writer::try_once(std::span<Job> jobs) {
  std::vector<const WriteSet*> sets;
  std::optional<uint64_t> forget;
  for (const Job& job : jobs) {
    if (const auto* set = std::get_if<WriteSet>(&job.what))
      sets.push_back(set);
    else
      forget = std::max(forget.value_or(0), std::get<uint64_t>(job.what));
  }
  WriteGroup group(sets);
  std::vector<Rows> rows;  // what the group's views look at
  if (auto ok = look_up(group, rows); !ok) return std::unexpected(ok.error());
  std::vector<CommitOutcome> of_sets = group.apply();
  decided_.clear();
  for (auto next = of_sets.begin(); const Job& job : jobs)
    decided_.push_back(std::holds_alternative<WriteSet>(job.what) ? std::move(*next++) : CommitOutcome());
  if (auto ok = write(group.changes(), forget); !ok) return std::unexpected(ok.error());
  return std::move(decided_);
}

/// Begins the transaction, waits for the lock, and reads what the group must know.
Result<void> Writer::look_up(WriteGroup& group, std::vector<Rows>& rows) {
  std::vector<std::string_view> collections, ids, key_collections, indexes, keys;
  for (const auto& d : group.documents()) collections.push_back(d.collection), ids.push_back(d.id);
  for (const auto& k : group.keys()) {
    key_collections.push_back(k.collection);
    indexes.push_back(k.index);
    keys.push_back(k.key);
  }
  const Call calls[] = {{&kBegin},
                        {&kLock},
                        {&kVersions, Params().texts(collections).blobs(ids)},
                        {&kEntries, Params().texts(collections).blobs(ids)},
                        {&kHolders, Params().texts(key_collections).texts(indexes).blobs(keys)}};
  auto answers = connection_->run(calls);
  if (!answers) {
    const Call undo{&kRollback};
    if (!connection_->lost()) std::ignore = connection_->run({&undo, 1});
    return std::unexpected(answers.error());
  }
  rows = std::move(*answers);
  const auto number = [](const Rows& r, int row) { return static_cast<size_t>(r.number(row, 0)) - 1; };
  const Rows &versions = rows[2], &entries = rows[3], &holders = rows[4];
  for (int i = 0; i < versions.count(); ++i)
    group.has_version(number(versions, i), static_cast<uint64_t>(versions.number(i, 1)));
  for (int i = 0; i < entries.count(); ++i)
    group.has_entry(number(entries, i), entries.bytes(i, 1), entries.bytes(i, 2), entries.yes(i, 3));
  for (int i = 0; i < holders.count(); ++i) group.is_held_by(number(holders, i), holders.bytes(i, 1));
  return {};
}

/// Writes the changes and ends the transaction.
Result<void> Writer::write(const WriteGroup::Changes& c, std::optional<uint64_t> forget) {
  std::vector<Call> calls;
  const auto& [gone, kept, dropped, added] = std::tie(c.removed, c.written, c.dropped, c.added);
  if (!gone.ids.empty()) calls.push_back({&kRemove, Params().texts(gone.collections).blobs(gone.ids)});
  if (!kept.ids.empty())
    calls.push_back(
        {&kWrite, Params().texts(kept.collections).blobs(kept.ids).numbers(kept.versions).blobs(kept.bodies)});
  if (!dropped.ids.empty())
    calls.push_back(
        {&kDropEntries,
         Params().texts(dropped.collections).texts(dropped.indexes).blobs(dropped.keys).blobs(dropped.ids)});
  if (!added.ids.empty())
    calls.push_back({&kAddEntries, Params()
                                       .texts(added.collections)
                                       .texts(added.indexes)
                                       .blobs(added.keys)
                                       .blobs(added.ids)
                                       .flags(added.single)});
  if (!c.facts.keys.empty()) calls.push_back({&kAddFacts, Params().blobs(c.facts.keys).blobs(c.facts.bodies)});
  if (forget) calls.push_back({&kDropFacts, Params().number(static_cast<int64_t>(*forget))});
  if (!calls.empty()) {
    calls.push_back({&kCount});
    calls.push_back({&kSign, Params().bytes(id_).number(++batch_)});
    in_doubt_ = true;
  }
  calls.push_back({&kCommit});
  auto done = connection_->run(calls);
  if (done) return {};
  if (!connection_->lost()) {  // COMMIT after a refused statement ends the transaction, too, but only if it was reached
    in_doubt_ = false;
    const Call undo{&kRollback};
    std::ignore = connection_->run({&undo, 1});
  }
  return std::unexpected(done.error());
}

Result<void> Writer::connect(Deadline until) {
  for (auto backoff = kBackoffMin;; backoff = std::min(backoff * 2, kBackoffMax)) {
    auto made = Connection::open(target_);
    if (made) {
      connection_ = std::move(*made);
      std::lock_guard lock(mutex_);
      server_version_ = connection_->server_version();
      return {};
    }
    if (std::chrono::steady_clock::now() + backoff >= until) return std::unexpected(made.error());
    std::this_thread::sleep_for(backoff);
  }
}

/// Whether the group in doubt was committed. Who has the lock knows that its transaction has ended, one way or the other.
Result<bool> Writer::was_committed(Deadline until) {
  for (;;) {
    if (auto ok = connect(until); !ok) return std::unexpected(ok.error());
    const Call calls[] = {{&kBegin}, {&kLock}, {&kSigned, Params().bytes(id_)}, {&kCommit}};
    auto answers = connection_->run(calls);
    if (answers) return (*answers)[2].count() == 1 && (*answers)[2].number(0, 0) == batch_;
    connection_.reset();
    if (std::chrono::steady_clock::now() >= until) return std::unexpected(answers.error());
  }
}

}  // namespace gamekeeper::adapters::postgres
