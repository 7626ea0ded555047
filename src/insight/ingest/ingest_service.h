#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/principal.h"
#include "base/task.h"
#include "base/tracer.h"
#include "insight/ingest/dead_letters.h"
#include "insight/ingest/decode.h"
#include "ports/event_log.h"

namespace gamekeeper::ingest {

struct Receipt {
  uint32_t accepted = 0;
  struct Refused {
    uint32_t index;
    std::string id, code, detail, field, limit;
  };
  std::vector<Refused> rejected;
};

using MeasuresOf = std::function<std::shared_ptr<const std::vector<events::DeclaredMeasure>>(const std::string& app)>;

/// Takes events in: what it accepts is durable in the log, what it refuses is durable in the dead letters.
/// Thread-safe.
class IngestService {
 public:
  IngestService(ports::EventLog& log, DeadLetters& letters, const Clock& clock, MeasuresOf measures, Limits limits,
                Metrics& metrics, Tracing tracing = {});

  /// Decodes on the calling thread.
  Result<Decoded> decode(Format format, std::string_view body, size_t readable, const Principal& who,
                         std::string_view idempotency_key, UnixMillis received_at) const;

  /// `traceparent` is the header of the span that serves the request. Errors: kUnavailable, kOverloaded, kFull when a
  /// part could not be stored: the whole POST may be sent again.
  Task<Result<Receipt>> accept(Principal who, Decoded decoded, UnixMillis received_at, std::string traceparent = {});

  struct ReplayOutcome {
    uint32_t accepted = 0;
    struct Refused {
      std::string id, code, detail, field, limit;
    };
    std::vector<Refused> rejected;
  };
  /// Sends dead letters through the same rules once more, under their own key and receipt time.
  Task<Result<ReplayOutcome>> replay(std::string app, std::vector<std::string> ids);

  const Clock& clock() const { return clock_; }

 private:
  Task<Result<void>> append(std::vector<ports::PartitionBatch> parts, std::string_view traceparent);

  ports::EventLog& log_;
  DeadLetters& letters_;
  const Clock& clock_;
  MeasuresOf measures_;
  Limits limits_;
  Tracing tracing_;
  prometheus::Counter& accepted_;
  prometheus::Counter& refused_;
  prometheus::Counter& failed_;
};

}  // namespace gamekeeper::ingest
