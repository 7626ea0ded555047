#pragma once

#include "ports/cache.h"

namespace gamekeeper::adapters {

// What every Cache refuses. Errors: kInvalid.
inline Result<void> check_name(const std::string& name) {
  if (!name.empty() && name.size() <= 512) return {};
  return fail(ErrorKind::kInvalid, "bad_name", "A name has 1 to 512 bytes.", "name", "512");
}
inline Result<void> check_record(const ports::Cache::Record& record, std::chrono::milliseconds keep) {
  if (record.empty()) return fail(ErrorKind::kInvalid, "bad_record", "A record has at least one field.", "record");
  if (keep.count() <= 0) return fail(ErrorKind::kInvalid, "bad_time", "A record is kept for some time.", "keep");
  return {};
}

}  // namespace gamekeeper::adapters
