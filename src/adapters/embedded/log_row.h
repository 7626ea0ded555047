#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "adapters/embedded/sqlite.h"
#include "base/result.h"

namespace gamekeeper::adapters {

/// XXH3-64 over a batch's place, size and packed bytes.
int64_t row_checksum(uint64_t position, uint32_t count, uint64_t raw_bytes, std::string_view data);

/// Checks and unpacks the row a statement stands on: position, count, raw_bytes, checksum, data.
/// Errors: kCorrupt, naming file and position.
Result<std::string> unpack_row(const sqlite::Statement& row, const std::string& file);

}  // namespace gamekeeper::adapters
