#include "adapters/otlp/otlp_span_sink.h"

#include <algorithm>
#include <iterator>

#include "base/log.h"
#include "net/http_client.h"

namespace gamekeeper::adapters {
namespace {

using std::chrono::milliseconds;

constexpr const char* kDropped = "gamekeeper_trace_spans_dropped_total";
constexpr const char* kDroppedHelp = "Spans that no collector will see.";

SendSpans by_http(const OtlpOptions& options) {
  // The operator chose the address, so it may be inside.
  auto client =
      std::make_shared<net::HttpClient>(net::HttpClientOptions{.threads = 1, .queue_max = 1, .allow_private = true});
  net::HttpCall call{
      .method = "POST", .url = traces_url(options.endpoint), .headers = options.headers, .timeout = options.timeout};
  call.headers.emplace_back("Content-Type", "application/json");
  return [client, call](const std::string& body) -> Result<int> {
    net::HttpCall mine = call;
    mine.body = body;
    auto answer = client->call_blocking(mine);
    if (!answer) return std::unexpected(answer.error());
    return answer->status;
  };
}

bool is_passing(int status) {
  return status == 408 || status == 429 || status == 502 || status == 503 || status == 504;
}

}  // namespace

std::string traces_url(std::string endpoint) {
  while (endpoint.ends_with('/')) endpoint.pop_back();
  return endpoint.ends_with("/v1/traces") ? endpoint : endpoint + "/v1/traces";
}

OtlpSpanSink::OtlpSpanSink(OtlpOptions options, Metrics& metrics) : OtlpSpanSink(options, metrics, by_http(options)) {}

OtlpSpanSink::OtlpSpanSink(OtlpOptions options, Metrics& metrics, SendSpans send)
    : options_(std::move(options)),
      send_(std::move(send)),
      exported_(metrics.counter("gamekeeper_trace_spans_exported_total", "Spans that a collector has taken.")),
      queue_full_(metrics.counter(kDropped, kDroppedHelp, {{"reason", "queue_full"}})),
      refused_(metrics.counter(kDropped, kDroppedHelp, {{"reason", "refused"}})),
      stopping_(metrics.counter(kDropped, kDroppedHelp, {{"reason", "stopping"}})),
      thread_([this] { work(); }) {}

OtlpSpanSink::~OtlpSpanSink() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    give_up_ = std::chrono::steady_clock::now() + options_.end_within;
  }
  wake_.notify_all();
  thread_.join();
}

void OtlpSpanSink::record(Span span) {
  bool full_batch = false;
  {
    std::lock_guard lock(mutex_);
    if (stopped_ || queue_.size() >= options_.queue_spans_max) {
      queue_full_.Increment();
      return;
    }
    queue_.push_back(std::move(span));
    full_batch = queue_.size() == options_.batch_spans_max;
  }
  if (full_batch) wake_.notify_one();
}

std::vector<Span> OtlpSpanSink::next_batch() {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, options_.interval, [this] { return stopped_ || queue_.size() >= options_.batch_spans_max; });
  const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(std::min(queue_.size(), options_.batch_spans_max));
  std::vector<Span> batch(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
  queue_.erase(queue_.begin(), end);
  return batch;
}

/// False when the end came.
bool OtlpSpanSink::pause(milliseconds time) {
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(lock, time, [this] { return stopped_; });
}

bool OtlpSpanSink::out_of_time() {
  std::lock_guard lock(mutex_);
  return std::chrono::steady_clock::now() > give_up_;
}

void OtlpSpanSink::work() {
  milliseconds backoff{0};
  for (;;) {
    std::vector<Span> batch = next_batch();
    if (batch.empty()) {
      std::lock_guard lock(mutex_);
      if (stopped_) return;
      continue;
    }
    Sent sent = out_of_time() ? Sent::kLater : send(batch);
    while (sent == Sent::kLater) {
      backoff = std::clamp(backoff * 2, options_.backoff_min, options_.backoff_max);
      if (!pause(backoff)) {
        stopping_.Increment(static_cast<double>(batch.size()));
        count_left();
        return;
      }
      sent = send(batch);
    }
    backoff = milliseconds(0);
    (sent == Sent::kYes ? exported_ : refused_).Increment(static_cast<double>(batch.size()));
  }
}

OtlpSpanSink::Sent OtlpSpanSink::send(const std::vector<Span>& batch) {
  const auto status = send_(encode_spans(batch, options_.origin));
  if (status && *status >= 200 && *status < 300) {
    warned_ = false;
    return Sent::kYes;
  }
  if (!warned_) {
    log::warning("telemetry", "spans_not_taken",
                 {log::text("endpoint", options_.endpoint),
                  log::text("reason", status ? "status " + std::to_string(*status) : status.error().message)});
    warned_ = true;
  }
  const bool later = status ? is_passing(*status) : status.error().kind != ErrorKind::kInvalid;
  return later ? Sent::kLater : Sent::kNever;
}

void OtlpSpanSink::count_left() {
  std::lock_guard lock(mutex_);
  stopping_.Increment(static_cast<double>(queue_.size()));
  queue_.clear();
}

}  // namespace gamekeeper::adapters
