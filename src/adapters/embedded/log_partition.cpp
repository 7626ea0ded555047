#include "adapters/embedded/log_partition.h"

#include <fmt/format.h>
#include <lz4.h>

#include <algorithm>
#include <filesystem>
#include <tuple>

#include "adapters/embedded/files.h"
#include "adapters/embedded/log_row.h"
#include "adapters/embedded/log_segments.h"
#include "base/clock.h"
#include "base/crash_point.h"
#include "base/log.h"
#include "events/event.h"

namespace gamekeeper::adapters {

using ports::LogBounds;
using ports::Position;

namespace {

// What is written during one pass is left to the next; after a few so little is left that the writer can end it.
constexpr int kPassesMax = 4;

}  // namespace

Result<std::unique_ptr<LogPartition>> LogPartition::open(std::string folder, const EmbeddedLogOptions& options) {
  if (auto ok = make_folder(folder); !ok) return std::unexpected(ok.error());
  std::unique_ptr<LogPartition> partition(new LogPartition(std::move(folder), options));
  if (auto ok = partition->recover(); !ok) return std::unexpected(ok.error());
  partition->writer_ = std::thread([raw = partition.get()] { raw->work(); });
  partition->checkpointer_ = std::thread([raw = partition.get()] { raw->checkpoint(); });
  return partition;
}

LogPartition::~LogPartition() {
  std::vector<Promise<bool>> readers;
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    readers.swap(readers_);
  }
  wake_.notify_all();
  checkpoint_wake_.notify_all();
  for (auto& reader : readers) reader.set(false);
  if (writer_.joinable()) writer_.join();
  if (checkpointer_.joinable()) checkpointer_.join();
}

Result<void> LogPartition::recover() {
  auto segments = list_segments(folder_);
  if (!segments) return std::unexpected(segments.error());
  if (segments->empty()) return open_segment(1);
  for (size_t i = 0; i + 1 < segments->size(); ++i) {
    if (auto ok = settle_segment((*segments)[i], (*segments)[i + 1]); !ok) return ok;
  }
  const uint64_t newest = segments->back();
  segments->pop_back();
  segments_ = std::move(*segments);
  if (auto ok = open_segment(newest); !ok) return ok;
  auto end = end_of(db_, newest);
  if (!end) return std::unexpected(end.error());
  next_ = *end;
  if (next_ == newest) return {};
  auto began = begin_of(db_, newest);
  if (!began) return std::unexpected(began.error());
  segment_began_ = *began;
  return {};
}

/// A full segment that a crash left with a WAL: is it whole? Closing it moves the WAL into its file.
Result<void> LogPartition::settle_segment(uint64_t first, uint64_t next) {
  const std::string file = segment_file(folder_, first);
  if (!std::filesystem::exists(file + "-wal")) return {};
  auto db = sqlite::Database::open_writer(file);
  if (!db) return std::unexpected(db.error());
  auto end = end_of(*db, first);
  if (!end) return std::unexpected(end.error());
  if (*end == next) return {};
  return fail(ErrorKind::kCorrupt, "corrupt",
              fmt::format("{} ends at position {}; the next segment begins at {}.", file, *end, next), "server.data");
}

/// One past the last position. SQLite has dropped a torn tail already; the last row's checksum says whether it is whole.
Result<uint64_t> LogPartition::end_of(sqlite::Database& db, uint64_t first) {
  auto last =
      db.prepare("SELECT position, count, raw_bytes, checksum, data FROM batches ORDER BY position DESC LIMIT 1");
  if (!last) return std::unexpected(last.error());
  auto row = last->step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return first;
  auto rows = unpack_row(*last, segment_file(folder_, first));
  if (!rows) return std::unexpected(rows.error());
  return static_cast<uint64_t>(last->number(0) + last->number(1));
}

/// When the first event of a segment that is not empty was received.
Result<UnixMillis> LogPartition::begin_of(sqlite::Database& db, uint64_t first) {
  auto row = db.prepare("SELECT position, count, raw_bytes, checksum, data FROM batches ORDER BY position LIMIT 1");
  if (!row) return std::unexpected(row.error());
  auto found = row->step();
  if (!found) return std::unexpected(found.error());
  auto rows = unpack_row(*row, segment_file(folder_, first));
  if (!rows) return std::unexpected(rows.error());
  events::RowReader reader(*rows);
  events::EventView event;
  return reader.next(event) ? event.received_at : 0;
}

Result<void> LogPartition::open_segment(uint64_t first) {
  const std::string file = segment_file(folder_, first);
  auto db = sqlite::Database::open_writer(file);
  if (!db) return std::unexpected(db.error());
  for (const char* sql : {"PRAGMA page_size=16384", "PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL",
                          "PRAGMA wal_autocheckpoint=0", "PRAGMA cache_size=-4096",
                          "CREATE TABLE IF NOT EXISTS batches(position INTEGER PRIMARY KEY, count INTEGER NOT NULL, "
                          "raw_bytes INTEGER NOT NULL, "
                          "checksum INTEGER NOT NULL, data BLOB NOT NULL)"}) {
    if (auto ok = db->exec(sql); !ok) return ok;
  }
  if (auto ok = sync_folder(folder_); !ok) return ok;
  auto insert = db->prepare("INSERT INTO batches VALUES(?1, ?2, ?3, ?4, ?5)");
  if (!insert) return std::unexpected(insert.error());
  insert_ = std::move(*insert);
  std::swap(db_, *db);
  wal_.follow(db_, file);
  std::error_code ignored;
  segment_bytes_ = std::filesystem::file_size(file, ignored);
  segment_first_ = first;
  segment_began_ = 0;
  std::lock_guard lock(mutex_);
  if (db->get()) retired_.push_back(std::move(*db));  // closing it checkpoints it: not on the writer's time
  segments_.push_back(first);
  checkpoint_file_ = file;
  return {};
}

void LogPartition::append(std::string rows, uint32_t count, Promise<ports::AppendOutcome> outcome) {
  {
    std::lock_guard lock(mutex_);
    if (!stopped_ && (queue_.empty() || queue_bytes_ + rows.size() <= options_.queue_bytes_max)) {
      queue_bytes_ += rows.size();
      queue_.push_back({std::move(rows), count, std::move(outcome)});
      wake_.notify_one();
      return;
    }
  }
  Error error{ErrorKind::kOverloaded, "overloaded", "The log cannot take more just now; try again."};
  error.retry_after = std::chrono::milliseconds(1000);
  outcome.set(std::unexpected(std::move(error)));
}

/// By age too: only a segment that is no longer written to can be forgotten one day.
bool LogPartition::segment_is_over() const {
  if (next_ == segment_first_) return false;  // nothing in it yet: the next one would have its name
  const auto age = std::chrono::milliseconds(SystemClock().now_ms() - segment_began_);
  return segment_bytes_ >= options_.segment_bytes || age >= options_.segment_age_max;
}

/// One row, one commit, one sync for everything that waits.
Result<void> LogPartition::write(const std::string& rows, uint32_t count) {
  if (broken_)
    return fail(ErrorKind::kUnavailable, "storage_unavailable",
                "Writing to " + folder_ +
                    " has failed before, so nothing more is written to it; check the disk, then restart the server.");
  if (segment_is_over()) {
    crash_point("segment.before");
    if (auto ok = open_segment(next_); !ok) {
      if (ok.error().kind != ErrorKind::kFull)
        broken_ = true;  // a full disk is waited for, with the old segment still open
      return ok;
    }
    crash_point("segment.after");
  }
  packed_.resize(static_cast<size_t>(LZ4_compressBound(static_cast<int>(rows.size()))));
  const int bytes = LZ4_compress_fast(rows.data(), packed_.data(), static_cast<int>(rows.size()),
                                      static_cast<int>(packed_.size()), 1);
  const std::string_view data(packed_.data(), static_cast<size_t>(bytes));
  auto ok = insert_.bind(1, static_cast<int64_t>(next_))
                .bind(2, count)
                .bind(3, static_cast<int64_t>(rows.size()))
                .bind(4, row_checksum(next_, count, rows.size(), data))
                .blob(5, data)
                .run();
  if (ok && segment_began_ == 0) segment_began_ = SystemClock().now_ms();
  if (ok)
    segment_bytes_ += data.size() + 64;
  else if (ok.error().kind != ErrorKind::kFull)
    broken_ = true;
  return ok;
}

void LogPartition::work() {
  std::vector<Waiting> batch;
  std::string rows;
  for (;;) {
    batch.clear();
    rows.clear();
    uint32_t count = 0;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopped_ || !queue_.empty(); });
      if (queue_.empty()) return;
      while (!queue_.empty() && (batch.empty() || rows.size() + queue_.front().rows.size() <= (16u << 20))) {
        Waiting& front = queue_.front();
        queue_bytes_ -= front.rows.size();
        count += front.count;
        if (batch.empty())
          rows = std::move(front.rows);
        else
          rows += front.rows;
        batch.push_back(std::move(front));
        queue_.pop_front();
      }
    }
    crash_point("append.before");
    auto ok = write(rows, count);
    crash_point("append.after");
    if (!ok) {
      log::error(
          "log", "append_failed",
          {log::text("folder", folder_), log::text("code", ok.error().code), log::text("message", ok.error().message)});
      for (Waiting& waiting : batch) waiting.outcome.set(std::unexpected(ok.error()));
      continue;
    }
    uint64_t first = next_;
    publish(first, count, std::move(rows));
    rows = {};
    for (Waiting& waiting : batch) {
      waiting.outcome.set(Position{first});
      first += waiting.count;
    }
    wal_.after_commit(db_);
  }
}

void LogPartition::publish(uint64_t first, uint32_t count, std::string rows) {
  std::vector<Promise<bool>> readers;
  {
    std::lock_guard lock(mutex_);
    next_ = first + count;
    tail_bytes_ += rows.size();
    tail_.push_back({first, count, std::make_shared<const std::string>(std::move(rows))});
    while (tail_bytes_ > options_.tail_bytes_max && tail_.size() > 1) {
      tail_bytes_ -= tail_.front().rows->size();
      tail_.pop_front();
    }
    readers.swap(readers_);
  }
  for (auto& reader : readers) reader.set(true);
}

/// Moves the WAL into its file beside the writer, so that no commit pays for it.
void LogPartition::checkpoint() {
  sqlite::Database db;
  std::string open_file;
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    checkpoint_wake_.wait_for(lock, options_.checkpoint_interval);
    if (stopped_) return;
    const std::string file = checkpoint_file_;
    std::vector<sqlite::Database> retired;
    retired.swap(retired_);
    lock.unlock();
    checkpoint_retired(std::move(retired));
    for (int passes = 0; passes < kPassesMax && (passes == 0 ? wal_.is_due() : !wal_.is_nearly_moved()); ++passes) {
      if (open_file != file) {
        auto opened = sqlite::Database::open_existing(file);
        if (!opened) {
          checkpoints_.tell(file, std::unexpected(opened.error()));
          break;  // later
        }
        db = std::move(*opened);
        open_file = file;
      }
      crash_point("checkpoint.before");
      const auto pages = move_wal(db);
      checkpoints_.tell(file, pages ? Result<void>() : std::unexpected(pages.error()));
      crash_point("checkpoint.after");
      if (!pages || !*pages) break;
      std::lock_guard guard(mutex_);
      if (checkpoint_file_ != file) break;
      wal_.moved(**pages);
    }
    lock.lock();
  }
}

/// Closing would do the same, but could not say that it failed.
void LogPartition::checkpoint_retired(std::vector<sqlite::Database> retired) {
  for (sqlite::Database& db : retired) {
    checkpoints_.tell(sqlite3_db_filename(db.get(), "main"), db.exec("PRAGMA wal_checkpoint(PASSIVE)"));
  }
}

LogBounds LogPartition::bounds() {
  std::lock_guard lock(mutex_);
  return {Position{segments_.front()}, Position{next_}, next_ - segments_.front()};
}

Task<bool> LogPartition::wait_for(uint64_t from, std::chrono::steady_clock::time_point deadline) {
  Future<bool> future;
  std::vector<Promise<bool>> stale;
  {
    std::lock_guard lock(mutex_);
    if (next_ > from) co_return true;
    if (stopped_) co_return false;
    // Waits that ended by their deadline leave their promise here; waking too many at times is harmless.
    if (readers_.size() >= 32) stale.swap(readers_);
    readers_.emplace_back(future);
  }
  for (auto& promise : stale) promise.set(true);
  // A timer sets the same promise: whichever comes first counts.
  Timer timer(co_await asio::this_coro::executor, deadline);
  timer.async_wait([promise = Promise<bool>(future)](const boost::system::error_code& error) mutable {
    if (!error) promise.set(true);
  });
  co_return co_await future.get();
}

std::vector<TailBatch> LogPartition::tail_from(uint64_t from, size_t bytes_max) {
  std::vector<TailBatch> out;
  std::lock_guard lock(mutex_);
  auto at = std::lower_bound(tail_.begin(), tail_.end(), from,
                             [](const TailBatch& b, uint64_t p) { return b.first + b.count <= p; });
  if (at == tail_.end() || at->first > from) return out;
  size_t bytes = 0;
  for (; at != tail_.end() && (out.empty() || bytes + at->rows->size() <= bytes_max); ++at) {
    bytes += at->rows->size();
    out.push_back(*at);
  }
  return out;
}

std::string LogPartition::segment_of(uint64_t position) {
  std::lock_guard lock(mutex_);
  auto after = std::upper_bound(segments_.begin(), segments_.end(), position);
  return after == segments_.begin() ? std::string() : segment_file(folder_, *(after - 1));
}

Result<ports::LogUsage> LogPartition::trim(const ports::TrimLimits& limits) {
  std::lock_guard one_at_a_time(trim_mutex_);
  std::vector<uint64_t> segments;
  {
    std::lock_guard lock(mutex_);
    segments = segments_;
  }
  std::vector<StoredSegment> stored;
  ports::LogUsage usage;
  for (const uint64_t first : segments) {
    stored.push_back(stored_segment(folder_, first));
    usage.bytes += stored.back().bytes;
  }
  size_t gone = 0;
  for (; gone + 1 < segments.size() && segments[gone + 1] <= limits.before.value; ++gone) {
    if (stored[gone].last_written >= limits.written_before && usage.bytes <= limits.bytes_max) break;
    if (auto ok = forget_oldest(segments[gone]); !ok) return std::unexpected(ok.error());
    usage.bytes -= stored[gone].bytes;
    usage.forgotten += segments[gone + 1] - segments[gone];
    log::info("log", "segment_removed",
              {log::text("file", segment_file(folder_, segments[gone])),
               log::number("events", static_cast<int64_t>(segments[gone + 1] - segments[gone])),
               log::number("bytes", static_cast<int64_t>(stored[gone].bytes)),
               log::text("last_written", format_time(stored[gone].last_written))});
  }
  usage.first = Position{segments[gone]};
  usage.oldest_at = stored[gone].last_written;
  return usage;
}

/// One after another and each for certain: a power loss must not bring one back behind a hole.
Result<void> LogPartition::forget_oldest(uint64_t first) {
  if (removal_unsynced_) {
    if (auto ok = sync_folder(folder_); !ok) return ok;
    removal_unsynced_ = false;
  }
  crash_point("trim.before");
  {
    std::lock_guard lock(mutex_);
    segments_.erase(segments_.begin());  // first, so that no reader looks for a file that is going
  }
  if (auto ok = remove_segment(folder_, first); !ok) {
    std::lock_guard lock(mutex_);
    segments_.insert(segments_.begin(), first);
    return ok;
  }
  removal_unsynced_ = true;
  crash_point("trim.inside");
  if (auto ok = sync_folder(folder_); !ok) return ok;
  removal_unsynced_ = false;
  // What belonged to it goes at the next start if it is still there.
  if (auto ok = remove_rest_of_segment(folder_, first); !ok) return ok;
  crash_point("trim.after");
  return {};
}

}  // namespace gamekeeper::adapters
