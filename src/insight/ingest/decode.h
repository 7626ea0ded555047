#pragma once

#include <simdjson.h>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/principal.h"
#include "base/result.h"
#include "events/extract.h"
#include "ports/event_log.h"

namespace gamekeeper::ingest {

struct Limits {
  size_t events_max = 5000;
  size_t event_bytes_max = 64 * 1024;
  events::PropertyLimits properties;
  int64_t past_max_ms = int64_t{30} * 24 * 3600 * 1000;  // write key
  int64_t future_max_ms = int64_t{24} * 3600 * 1000;
};

/// An event that was not taken, and why. `raw` is its own text, cut at event_bytes_max, for the dead letters.
struct Rejection {
  uint32_t index = 0;
  std::string id;
  Error error;
  std::string raw;
};

/// A POST, decoded: rows by partition, ready for the log, and what was refused.
struct Decoded {
  std::vector<ports::PartitionBatch> parts;
  uint32_t accepted = 0;
  std::vector<Rejection> rejected;
};

/// What stands on every event of one POST.
struct Stamp {
  const Principal& who;
  UnixMillis received_at = 0;
  uint32_t partitions = 1;
  std::string_view idempotency_key;  // empty: none
  std::span<const events::DeclaredMeasure> measures;
};

enum class Format : uint8_t { kJson, kNdjson };

/// Reads the bodies of POST /api/v1/events (the events table of docs/api/events.md). One instance a thread: it owns
/// the parsers and their memory. A bad event is refused alone; an error is returned only when the body as a whole is
/// not such a document.
class EventDecoder {
 public:
  explicit EventDecoder(Limits limits);
  ~EventDecoder();

  /// `readable` bytes can be read from body.data(): at least body.size() + SIMDJSON_PADDING.
  /// Errors: kInvalid bad_json, bad_document, too_many_events.
  Result<Decoded> decode(Format format, std::string_view body, size_t readable, const Stamp& stamp);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gamekeeper::ingest
