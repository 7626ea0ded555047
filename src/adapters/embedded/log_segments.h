#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace gamekeeper::adapters {

// The files of one partition of the log: <folder>/<first position>.log and what SQLite keeps beside each.

std::string segment_file(const std::string& folder, uint64_t first);

/// The first positions of all segments, ascending. What a removal that was cut short has left of segments before them
/// goes. Errors: kCorrupt, a file under a wrong name; those of files.h.
Result<std::vector<uint64_t>> list_segments(const std::string& folder);

struct StoredSegment {
  uint64_t bytes = 0;
  UnixMillis last_written = 0;  // by its files: a copy or a late checkpoint makes it look younger, never older
};
StoredSegment stored_segment(const std::string& folder, uint64_t first);

/// Removes the segment itself; durable after sync_folder() only. Then what belonged to it.
Result<void> remove_segment(const std::string& folder, uint64_t first);
Result<void> remove_rest_of_segment(const std::string& folder, uint64_t first);

}  // namespace gamekeeper::adapters
