#include "adapters/embedded/log_segments.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <optional>

#include "adapters/embedded/files.h"

namespace gamekeeper::adapters {
namespace {

constexpr const char* kBesideSegments[] = {"-wal", "-shm", "-mark"};

/// The position in a segment's name.
std::optional<uint64_t> first_position(const std::string& name) {
  uint64_t first = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), first);
  return name.size() == 20 && error == std::errc() && end == name.data() + name.size() && first > 0
             ? std::optional(first)
             : std::nullopt;
}

}  // namespace

std::string segment_file(const std::string& folder, uint64_t first) {
  return fmt::format("{}/{:020}.log", folder, first);
}

Result<std::vector<uint64_t>> list_segments(const std::string& folder) {
  std::vector<uint64_t> segments, beside;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const size_t dot = name.find(".log");
    if (dot == name.npos) continue;
    const auto first = first_position(name.substr(0, dot));
    const bool whole = name.ends_with(".log");
    // Perhaps a segment under a wrong name: going on without it would give its positions to other events.
    if (whole && !first)
      return fail(ErrorKind::kCorrupt, "corrupt", entry.path().string() + " is no segment of the log.", "server.data");
    if (first) (whole ? segments : beside).push_back(*first);
  }
  std::sort(segments.begin(), segments.end());
  for (const uint64_t first : beside) {
    if (segments.empty() || first >= segments.front()) continue;
    if (auto ok = remove_rest_of_segment(folder, first); !ok) return std::unexpected(ok.error());
  }
  return segments;
}

StoredSegment stored_segment(const std::string& folder, uint64_t first) {
  namespace fs = std::filesystem;
  const std::string file = segment_file(folder, first);
  StoredSegment out;
  for (const char* suffix : {"", "-wal"}) {
    std::error_code error;
    const uint64_t bytes = fs::file_size(file + suffix, error);
    if (error || bytes == 0) continue;  // an empty WAL is the trace of somebody who has only read
    out.bytes += bytes;
    const auto time = fs::last_write_time(file + suffix, error);
    if (error) continue;
    const auto since = std::chrono::file_clock::to_sys(time).time_since_epoch();
    out.last_written =
        std::max<UnixMillis>(out.last_written, std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
  }
  return out;
}

Result<void> remove_segment(const std::string& folder, uint64_t first) {
  return remove_file(segment_file(folder, first));
}

Result<void> remove_rest_of_segment(const std::string& folder, uint64_t first) {
  for (const char* suffix : kBesideSegments) {
    if (auto ok = remove_file(segment_file(folder, first) + suffix); !ok) return ok;
  }
  return {};
}

}  // namespace gamekeeper::adapters
