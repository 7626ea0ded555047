#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"

namespace gamekeeper::server {

struct CopyOutcome {
  uint64_t files = 0, bytes = 0;
};

/// Copies an embedded data folder, also that of a running server: each SQLite file by SQLite's online backup. Derived
/// cells are copied before the log, so that the log holds at least what they refer to. `to` must be empty or new.
Result<CopyOutcome> backup_folder(const std::string& from, const std::string& to, const std::function<void(const std::string&)>& told);

/// Puts a backup into an empty data folder.
Result<CopyOutcome> restore_folder(const std::string& from, const std::string& to, const std::function<void(const std::string&)>& told);

}  // namespace gamekeeper::server
