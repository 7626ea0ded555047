#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"

namespace gamekeeper::server {

/// Told how many bytes of the present file have been copied.
using BytesTold = std::function<void(uint64_t)>;

/// Copies a SQLite file that others may be writing: all of it as of one moment, without holding writers up.
/// Errors: kUnavailable `copy_failed`, kFull `disk_full`.
Result<void> copy_database(const std::string& from, const std::string& to, const BytesTold& told);

/// Copies a file that nobody writes, with its rights, and gives its checksum. Errors: as copy_database.
Result<uint64_t> copy_plain(const std::string& from, const std::string& to, const BytesTold& told);

/// XXH64 of the file's bytes. Errors: kUnavailable `copy_failed`.
Result<uint64_t> checksum_of(const std::string& file);

/// Makes everything written to the file system of `folder` durable.
Result<void> sync_all(const std::string& folder);

Error copy_failed(const std::string& file, const std::string& why);

}  // namespace gamekeeper::server
