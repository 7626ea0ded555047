#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "adapters/otlp/span_json.h"
#include "base/metrics.h"
#include "base/result.h"

namespace gamekeeper::adapters {

struct OtlpOptions {
  std::string endpoint;  // http://host:4318; /v1/traces is added unless it stands there
  std::vector<std::pair<std::string, std::string>> headers;
  SpanOrigin origin;
  size_t queue_spans_max = 8192;
  size_t batch_spans_max = 512;
  std::chrono::milliseconds interval{1'000};        // how long a span waits for company
  std::chrono::milliseconds timeout{2'000};         // of one POST
  std::chrono::milliseconds end_within{2'000};      // at the end no POST begins later than this
  std::chrono::milliseconds backoff_min{500}, backoff_max{30'000};
};

/// Sends one body; the status of the answer, or why there was none.
using SendSpans = std::function<Result<int>(const std::string& body)>;

/// Queues spans and sends them from a thread of its own. A collector that is away or busy (408, 429, 502, 503, 504) is
/// asked again with growing pauses while the queue fills; any other refusal drops the batch. Counted in
/// gamekeeper_trace_spans_exported_total and gamekeeper_trace_spans_dropped_total{reason}.
class OtlpSpanSink final : public SpanSink {
 public:
  OtlpSpanSink(OtlpOptions options, Metrics& metrics);
  OtlpSpanSink(OtlpOptions options, Metrics& metrics, SendSpans send);
  /// Sends what waits for as long as `end_within` allows, then ends.
  ~OtlpSpanSink() override;

  void record(Span span) override;

 private:
  enum class Sent : uint8_t { kYes, kLater, kNever };
  void work();
  Sent send(const std::vector<Span>& batch);
  /// Waits for a batch's worth of spans, for the interval, or for the end; moves them out.
  std::vector<Span> next_batch();
  bool pause(std::chrono::milliseconds time);
  bool out_of_time();
  void count_left();

  const OtlpOptions options_;
  const SendSpans send_;
  prometheus::Counter& exported_;
  prometheus::Counter& queue_full_;
  prometheus::Counter& refused_;
  prometheus::Counter& stopping_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Span> queue_;
  bool stopped_ = false;
  std::chrono::steady_clock::time_point give_up_ = std::chrono::steady_clock::time_point::max();
  bool warned_ = false;  // only the first of a row of failures is logged
  std::thread thread_;
};

/// The address that spans are sent to.
std::string traces_url(std::string endpoint);

}  // namespace gamekeeper::adapters
