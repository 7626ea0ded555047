#include "adapters/embedded/log_reader.h"

#include <cstring>

#include "adapters/embedded/log_row.h"
#include "events/event.h"

namespace gamekeeper::adapters {
namespace {

using ports::LogChunk;
using ports::Position;

/// Drops the first `skip` rows: a position may lie inside a batch.
Result<std::string_view> skip_rows(std::string_view rows, uint64_t skip) {
  for (; skip > 0; --skip) {
    uint32_t bytes = 0;
    if (rows.size() >= sizeof bytes) std::memcpy(&bytes, rows.data(), sizeof bytes);
    if (bytes == 0 || bytes > rows.size())
      return fail(ErrorKind::kCorrupt, "corrupt", "A batch holds fewer rows than it says.");
    rows.remove_prefix(bytes);
  }
  return rows;
}

class Reader final : public ports::LogReader {
 public:
  Reader(LogPartition& partition, uint64_t from) : partition_(partition), at_(from) {}

  Task<Result<LogChunk>> next(size_t bytes_max, std::chrono::steady_clock::time_point deadline) override {
    for (;;) {
      if (partition_.bounds().next.value > at_) {
        auto chunk = read(bytes_max);
        if (!chunk || chunk->count > 0) co_return chunk;
        co_return fail(ErrorKind::kCorrupt, "corrupt", "The log has a gap at position " + std::to_string(at_) + ".");
      }
      if (std::chrono::steady_clock::now() >= deadline) co_return LogChunk{{}, 0, Position{at_}, Position{at_}};
      if (!co_await partition_.wait_for(at_, deadline)) {
        co_return fail(ErrorKind::kUnavailable, "stopped", "The log is closing.");
      }
    }
  }

 private:
  Result<LogChunk> read(size_t bytes_max) {
    LogChunk chunk{{}, 0, Position{at_}, Position{at_}};
    const auto tail = partition_.tail_from(at_, bytes_max);
    for (const TailBatch& batch : tail) {
      if (auto ok = take(*batch.rows, batch.first, batch.count, chunk); !ok) return std::unexpected(ok.error());
    }
    if (tail.empty()) {
      if (auto ok = read_segment(bytes_max, chunk); !ok) return std::unexpected(ok.error());
    }
    at_ = chunk.next.value;
    return chunk;
  }

  Result<void> take(std::string_view rows, uint64_t first, uint32_t count, LogChunk& chunk) {
    const uint64_t skip = chunk.next.value - first;
    auto rest = skip_rows(rows, skip);
    if (!rest) return std::unexpected(rest.error());
    chunk.rows += *rest;
    chunk.count += static_cast<uint32_t>(count - skip);
    chunk.next = Position{first + count};
    return {};
  }

  Result<void> read_segment(size_t bytes_max, LogChunk& chunk) {
    const std::string file = partition_.segment_of(at_);
    if (file.empty()) return fail(ErrorKind::kNotFound, "trimmed", "The log no longer holds this position.");
    if (file != file_) {
      auto db = sqlite::Database::open_existing(file);
      if (!db && partition_.segment_of(at_) != file)
        return fail(ErrorKind::kNotFound, "trimmed", "The log no longer holds this position.");
      if (!db) return std::unexpected(db.error());
      auto statement = db->prepare(
          "SELECT position, count, raw_bytes, checksum, data FROM batches WHERE position >= "
          "(SELECT coalesce(max(position), 0) FROM batches WHERE position <= ?1) ORDER BY position");
      if (!statement) return std::unexpected(statement.error());
      statement_ = std::move(*statement);
      db_ = std::move(*db);
      file_ = file;
    }
    statement_.bind(1, static_cast<int64_t>(at_));
    Result<void> ok;
    while (ok && chunk.rows.size() < bytes_max) {
      auto row = statement_.step();
      if (!row) return std::unexpected(row.error());
      if (!*row) break;
      const auto first = static_cast<uint64_t>(statement_.number(0));
      const auto count = static_cast<uint32_t>(statement_.number(1));
      auto rows = unpack_row(statement_, file_);
      if (!rows)
        ok = std::unexpected(rows.error());
      else if (first > chunk.next.value || first + count <= chunk.next.value)
        break;  // a gap: reported by the caller
      else
        ok = take(*rows, first, count, chunk);
    }
    statement_.reset();
    return ok;
  }

  LogPartition& partition_;
  uint64_t at_;
  std::string file_;
  sqlite::Database db_;
  sqlite::Statement statement_;
};

}  // namespace

std::unique_ptr<ports::LogReader> make_log_reader(LogPartition& partition, uint64_t from) {
  return std::make_unique<Reader>(partition, from);
}

}  // namespace gamekeeper::adapters
