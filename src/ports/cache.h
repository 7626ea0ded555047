#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/task.h"

namespace gamekeeper::ports {

/// Small records by name, for whoever wants them fast or reads them from outside: a copy of what is true elsewhere, gone
/// at any time. Safe from any thread. Errors of all: kInvalid (field) for a name of no or over 512 bytes, kUnavailable.
/// The full promise, as tests: tests/contract/cache_contract.h.
class Cache {
 public:
  using Record = std::map<std::string, std::string>;

  virtual ~Cache() = default;

  /// Puts the record (of at least one field) in the place of the one of that name; it goes after `keep` unless it is put
  /// again.
  virtual Task<Result<void>> put(std::string name, Record record, std::chrono::milliseconds keep) = 0;
  virtual Task<Result<std::optional<Record>>> get(std::string name) = 0;
  /// Whether it was there.
  virtual Task<Result<bool>> remove(std::string name) = 0;
};

}  // namespace gamekeeper::ports
