#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/trace.h"

namespace gamekeeper {

/// OpenTelemetry's kinds of spans, by its numbers.
enum class SpanKind : uint8_t { kInternal = 1, kServer = 2, kClient = 3, kProducer = 4, kConsumer = 5 };

struct SpanAttribute {
  std::string name;
  std::variant<std::string, int64_t, double, bool> value;
};

/// One finished piece of work. Attributes never hold secrets, queries or events' contents.
struct Span {
  TraceContext context;
  std::string parent;  // span id, hexadecimal; empty for the first span of a trace
  std::string name;    // of a bounded set: a route's pattern, never a path
  SpanKind kind = SpanKind::kInternal;
  int64_t start_ns = 0, end_ns = 0;  // since 1970
  std::vector<SpanAttribute> attributes = {};
  std::vector<TraceContext> links = {};  // spans of other traces whose work this one went on with
  std::string error = {};                // a stable code; empty when all went well
};

/// Takes finished spans. Safe from any thread; never blocks and never fails: what it cannot keep it counts.
class SpanSink {
 public:
  virtual ~SpanSink() = default;
  virtual void record(Span span) = 0;
};

/// Which traces wrote which part of a log, so that whoever reads that part later can join them. It holds the newest few
/// of each partition and forgets the others: a trace less, never an event less. Safe from any thread.
class TraceTrail {
 public:
  static constexpr size_t kKept = 256, kTaken = 32;

  void note(uint32_t partition, uint64_t position, const TraceContext& context);
  /// Those noted in [from, to), oldest first, at most kTaken; all before `to` are forgotten.
  std::vector<TraceContext> take(uint32_t partition, uint64_t from, uint64_t to);

 private:
  struct Note {
    uint64_t position;
    TraceContext context;
  };
  std::mutex mutex_;
  std::map<uint32_t, std::deque<Note>> notes_;
};

/// Where work is traced; both null when nothing is.
struct Tracing {
  SpanSink* sink = nullptr;
  TraceTrail* trail = nullptr;
  double sample = 1;  // of the traces that begin here
};

/// A span from its construction to its destruction. Does nothing when there is no sink or the trace is not sampled.
class ScopedSpan {
 public:
  /// In the trace of `traceparent`, the header of the span that does this work's request.
  ScopedSpan(const Tracing& tracing, std::string_view traceparent, std::string_view name, SpanKind kind);
  ~ScopedSpan();
  ScopedSpan(const ScopedSpan&) = delete;
  ScopedSpan& operator=(const ScopedSpan&) = delete;

  bool active() const { return sink_ != nullptr; }
  const TraceContext& context() const { return span_.context; }
  void add(std::string_view name, std::variant<std::string, int64_t, double, bool> value);
  void fail(std::string_view code);

 private:
  SpanSink* sink_ = nullptr;
  Span span_;
};

/// Nanoseconds since 1970, for spans.
int64_t span_clock_ns();

}  // namespace gamekeeper
