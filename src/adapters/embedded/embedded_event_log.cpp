#include "adapters/embedded/embedded_event_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <optional>
#include <sstream>
#include <vector>

#include "adapters/embedded/files.h"
#include "adapters/embedded/log_partition.h"
#include "adapters/embedded/log_reader.h"

namespace gamekeeper::adapters {

using ports::AppendOutcome;
using ports::ClaimChange;
using ports::LogBounds;
using ports::Partition;
using ports::PartitionBatch;
using ports::Position;

namespace {

constexpr int kFormat = 2;
constexpr const char* kKeepLock = "/trim.lock";

/// The log's number of partitions, as written when it was made; makes it now when there is none.
Result<uint32_t> read_manifest(const std::string& folder, uint32_t partitions) {
  const std::string file = folder + "/manifest";
  auto bytes = read_file(file);
  if (!bytes) return std::unexpected(bytes.error());
  if (!*bytes) {
    if (auto ok = write_file(file, log_manifest(partitions)); !ok) return std::unexpected(ok.error());
    return partitions;
  }
  int format = 0;
  std::string word;
  std::istringstream in(**bytes);
  in >> word >> format >> word >> partitions;
  if (in && format > kFormat) {
    return fail(
        ErrorKind::kInvalid, "newer_format",
        fmt::format("{} was written by a newer version (format {}; this one knows {}).", folder, format, kFormat),
        "server.data");
  }
  if (auto text = without_checksum(**bytes, file); !text) return std::unexpected(text.error());
  if (!in || partitions == 0 || partitions > 1024)
    return fail(ErrorKind::kCorrupt, "corrupt", file + " cannot be read.", "server.data");
  if (auto ok = sync_folder(folder); !ok)
    return std::unexpected(ok.error());  // whoever made it may have been killed before its sync
  return partitions;
}

}  // namespace

std::string log_manifest(uint32_t partitions) {
  return with_checksum(fmt::format("format {}\npartitions {}\n", kFormat, partitions));
}

struct EmbeddedEventLog::Impl {
  std::string folder;
  FileLock lock;
  std::vector<std::unique_ptr<LogPartition>> partitions;
};

EmbeddedEventLog::EmbeddedEventLog(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EmbeddedEventLog::~EmbeddedEventLog() = default;

Result<std::unique_ptr<EmbeddedEventLog>> EmbeddedEventLog::open(std::string folder, EmbeddedLogOptions options) {
  if (auto ok = make_folder(folder); !ok) return std::unexpected(ok.error());
  auto impl = std::make_unique<Impl>();
  auto lock = FileLock::take(folder + "/lock", "data_dir_in_use", "Another gamekeeper works on " + folder + ".");
  if (!lock) return std::unexpected(lock.error());
  impl->lock = std::move(*lock);
  impl->folder = folder;
  auto partitions = read_manifest(folder, options.partitions);
  if (!partitions) return std::unexpected(partitions.error());
  for (uint32_t p = 0; p < *partitions; ++p) {
    auto partition = LogPartition::open(fmt::format("{}/p{:02}", folder, p), options);
    if (!partition) return std::unexpected(partition.error());
    impl->partitions.push_back(std::move(*partition));
  }
  return std::unique_ptr<EmbeddedEventLog>(new EmbeddedEventLog(std::move(impl)));
}

uint32_t EmbeddedEventLog::partitions() const { return static_cast<uint32_t>(impl_->partitions.size()); }

Task<std::vector<AppendOutcome>> EmbeddedEventLog::append(std::vector<PartitionBatch> batches) {
  std::vector<Future<AppendOutcome>> futures(batches.size());
  for (size_t i = 0; i < batches.size(); ++i) {
    Promise<AppendOutcome> promise(futures[i]);
    if (batches[i].partition >= impl_->partitions.size() || batches[i].count == 0) {
      promise.set(fail(ErrorKind::kInvalid, "bad_partition", "There is no such partition, or nothing to append."));
    } else {
      impl_->partitions[batches[i].partition]->append(std::move(batches[i].rows), batches[i].count, std::move(promise));
    }
  }
  std::vector<AppendOutcome> outcomes;
  outcomes.reserve(batches.size());
  for (auto& future : futures) outcomes.push_back(co_await future.get());
  co_return outcomes;
}

Task<Result<std::unique_ptr<ports::LogReader>>> EmbeddedEventLog::open(Partition partition, Position from) {
  if (partition >= impl_->partitions.size())
    co_return fail(ErrorKind::kNotFound, "bad_partition", "There is no such partition.");
  LogPartition& p = *impl_->partitions[partition];
  const LogBounds bounds = p.bounds();
  if (from != Position{} && from < bounds.first)
    co_return fail(ErrorKind::kNotFound, "trimmed", "The log no longer holds this position.");
  co_return make_log_reader(p, from == Position{} ? bounds.first.value : from.value);
}

Task<Result<LogBounds>> EmbeddedEventLog::bounds(Partition partition) {
  if (partition >= impl_->partitions.size())
    co_return fail(ErrorKind::kNotFound, "bad_partition", "There is no such partition.");
  co_return impl_->partitions[partition]->bounds();
}

uint64_t EmbeddedEventLog::distance(Position from, Position to) const {
  const uint64_t start = std::max<uint64_t>(from.value, 1);
  return to.value > start ? to.value - start : 0;
}

Task<Result<ports::LogUsage>> EmbeddedEventLog::trim(Partition partition, ports::TrimLimits limits) {
  if (partition >= impl_->partitions.size())
    co_return fail(ErrorKind::kNotFound, "bad_partition", "There is no such partition.");
  // A copy takes the series first and the log after them: what lies between the two must still be there.
  auto alone = FileLock::take(impl_->folder + kKeepLock, "copying", "The log is being copied.");
  if (!alone && alone.error().code != "copying") co_return std::unexpected(alone.error());
  if (!alone) limits.before = Position{};
  co_return impl_->partitions[partition]->trim(limits);
}

Result<FileLock> keep_log(const std::string& folder) {
  if (!std::filesystem::exists(folder)) return FileLock();
  return FileLock::share(folder + kKeepLock);
}

struct EmbeddedPartitionClaims::Impl {
  std::mutex mutex;
  uint32_t partitions = 0;
  bool granted = false, stopped = false;
  std::optional<Promise<Result<ClaimChange>>> waiting;
};

EmbeddedPartitionClaims::EmbeddedPartitionClaims(uint32_t partitions) : impl_(std::make_unique<Impl>()) {
  impl_->partitions = partitions;
}
EmbeddedPartitionClaims::~EmbeddedPartitionClaims() { stop(); }

Task<Result<ClaimChange>> EmbeddedPartitionClaims::next() {
  Future<Result<ClaimChange>> future;
  {
    std::lock_guard lock(impl_->mutex);
    if (impl_->stopped) co_return fail(ErrorKind::kUnavailable, "stopped", "The claims were given back.");
    if (!impl_->granted) {
      impl_->granted = true;
      ClaimChange change;
      for (Partition p = 0; p < impl_->partitions; ++p) change.granted.push_back(p);
      co_return change;
    }
    impl_->waiting.emplace(future);
  }
  co_return co_await future.get();
}

Task<Result<void>> EmbeddedPartitionClaims::release(Partition) { co_return Result<void>{}; }

void EmbeddedPartitionClaims::stop() {
  std::optional<Promise<Result<ClaimChange>>> waiting;
  {
    std::lock_guard lock(impl_->mutex);
    impl_->stopped = true;
    waiting.swap(impl_->waiting);
  }
  if (waiting) waiting->set(fail(ErrorKind::kUnavailable, "stopped", "The claims were given back."));
}

}  // namespace gamekeeper::adapters
