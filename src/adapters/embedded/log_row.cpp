#include "adapters/embedded/log_row.h"

#include <fmt/format.h>
#include <lz4.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace gamekeeper::adapters {

int64_t row_checksum(uint64_t position, uint32_t count, uint64_t raw_bytes, std::string_view data) {
  const uint64_t place[3] = {position, count, raw_bytes};
  return static_cast<int64_t>(XXH3_64bits_withSeed(data.data(), data.size(), XXH3_64bits(place, sizeof place)));
}

Result<std::string> unpack_row(const sqlite::Statement& row, const std::string& file) {
  const auto position = static_cast<uint64_t>(row.number(0));
  const auto count = static_cast<uint32_t>(row.number(1));
  const auto raw_bytes = static_cast<uint64_t>(row.number(2));
  const std::string_view data = row.bytes(4);
  auto damaged = [&](const char* what) {
    return fail(ErrorKind::kCorrupt, "corrupt",
                fmt::format("{}: the batch at position {} is damaged ({}).", file, position, what));
  };
  if (row_checksum(position, count, raw_bytes, data) != row.number(3)) return damaged("checksum");
  std::string rows(raw_bytes, '\0');
  const int n =
      LZ4_decompress_safe(data.data(), rows.data(), static_cast<int>(data.size()), static_cast<int>(rows.size()));
  if (n < 0 || static_cast<uint64_t>(n) != raw_bytes) return damaged("compression");
  return rows;
}

}  // namespace gamekeeper::adapters
