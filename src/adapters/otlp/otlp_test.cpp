#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <future>

#include "adapters/otlp/otlp_span_sink.h"

namespace gamekeeper::adapters {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

Span span(std::string name) {
  Span out;
  out.context = make_trace();
  out.name = std::move(name);
  out.kind = SpanKind::kServer;
  out.start_ns = 1'700'000'000'000'000'001;
  out.end_ns = 1'700'000'000'000'500'001;
  return out;
}

OtlpOptions quick() {
  OtlpOptions options;
  options.endpoint = "http://collector:4318/";
  options.interval = 1ms;
  options.backoff_min = 1ms;
  options.backoff_max = 2ms;
  return options;
}

/// A collector in memory: answers what it is told to, keeps what it took.
class Collector {
 public:
  explicit Collector(std::vector<Result<int>> answers = {}) : answers_(std::move(answers)) {}
  SendSpans sender() {
    return [this](const std::string& body) -> Result<int> {
      std::unique_lock lock(mutex_);
      ++calls_;
      changed_.notify_all();
      changed_.wait(lock, [this] { return open_; });
      const Result<int> answer = answers_.empty() ? Result<int>(200) : answers_.front();
      if (!answers_.empty()) answers_.erase(answers_.begin());
      if (answer && *answer == 200) bodies_.push_back(body);
      changed_.notify_all();
      return answer;
    };
  }
  void shut() { set_open(false); }
  void open() { set_open(true); }
  void await_calls(size_t n) {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, 60s, [&] { return calls_ >= n; }));
  }
  size_t calls() {
    std::lock_guard lock(mutex_);
    return calls_;
  }
  std::vector<std::string> names() {
    std::lock_guard lock(mutex_);
    std::vector<std::string> out;
    for (const auto& body : bodies_) {
      const json::value parsed = json::parse(body);
      for (const auto& s : parsed.at_pointer("/resourceSpans/0/scopeSpans/0/spans").as_array())
        out.emplace_back(s.at("name").as_string());
    }
    return out;
  }

 private:
  void set_open(bool open) {
    std::lock_guard lock(mutex_);
    open_ = open;
    changed_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Result<int>> answers_;
  std::vector<std::string> bodies_;
  size_t calls_ = 0;
  bool open_ = true;
};

double dropped(Metrics& metrics, const std::string& reason) {
  return metrics.counter("gamekeeper_trace_spans_dropped_total", "", {{"reason", reason}}).Value();
}
double exported(Metrics& metrics) { return metrics.counter("gamekeeper_trace_spans_exported_total", "").Value(); }

TEST(SpanJson, IsWhatTheProtocolAsksFor) {
  Span s = span("POST /api/v1/events");
  s.parent = "00f067aa0ba902b7";
  s.attributes = {
      {"text", std::string("a\"b")}, {"whole", int64_t{9'007'199'254'740'993}}, {"part", 0.5}, {"truth", true}};
  s.links = {make_trace()};
  s.error = "unavailable";
  const json::value out =
      json::parse(encode_spans(std::span(&s, 1), {.service = "gk", .version = "1", .instance = "me"}));
  EXPECT_EQ(out.at_pointer("/resourceSpans/0/resource/attributes/0/key"), "service.name");
  EXPECT_EQ(out.at_pointer("/resourceSpans/0/resource/attributes/0/value/stringValue"), "gk");
  const json::value& one = out.at_pointer("/resourceSpans/0/scopeSpans/0/spans/0");
  EXPECT_EQ(one.at("traceId").as_string(), s.context.trace_id());
  EXPECT_EQ(one.at("spanId").as_string(), s.context.span_id());
  EXPECT_EQ(one.at("parentSpanId"), "00f067aa0ba902b7");
  EXPECT_EQ(one.at("kind"), 2);
  EXPECT_EQ(one.at("startTimeUnixNano"), "1700000000000000001");
  EXPECT_EQ(one.at_pointer("/attributes/0/value/stringValue"), "a\"b");
  EXPECT_EQ(one.at_pointer("/attributes/1/value/intValue"), "9007199254740993");
  EXPECT_EQ(one.at_pointer("/attributes/2/value/doubleValue"), 0.5);
  EXPECT_EQ(one.at_pointer("/attributes/3/value/boolValue"), true);
  EXPECT_EQ(one.at_pointer("/links/0/traceId").as_string(), s.links[0].trace_id());
  EXPECT_EQ(one.at_pointer("/status/code"), 2);
}

TEST(OtlpSpanSink, AddsThePathOnce) {
  EXPECT_EQ(traces_url("http://c:4318"), "http://c:4318/v1/traces");
  EXPECT_EQ(traces_url("http://c:4318/"), "http://c:4318/v1/traces");
  EXPECT_EQ(traces_url("http://c:4318/otel/v1/traces"), "http://c:4318/otel/v1/traces");
}

TEST(OtlpSpanSink, SendsWhatItWasGiven) {
  Metrics metrics;
  Collector collector;
  {
    OtlpSpanSink sink(quick(), metrics, collector.sender());
    sink.record(span("a"));
    sink.record(span("b"));
  }  // the end sends what waits
  EXPECT_EQ(collector.names(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(exported(metrics), 2);
}

TEST(OtlpSpanSink, CountsWhatDoesNotFitAndNeverWaits) {
  Metrics metrics;
  Collector collector;
  collector.shut();
  OtlpOptions options = quick();
  options.queue_spans_max = 3;
  {
    OtlpSpanSink sink(options, metrics, collector.sender());
    sink.record(span("under way"));
    collector.await_calls(1);  // the one batch is with the collector, which does not answer
    for (int i = 0; i < 10; ++i) sink.record(span("waiting"));
    EXPECT_EQ(dropped(metrics, "queue_full"), 7);
    collector.open();
  }
  EXPECT_EQ(exported(metrics), 4);
}

TEST(OtlpSpanSink, AsksAgainWhenTheCollectorIsBusyOrAway) {
  Metrics metrics;
  Collector collector({503, fail(ErrorKind::kUnavailable, "http_failed", "away"), 429});
  {
    OtlpSpanSink sink(quick(), metrics, collector.sender());
    sink.record(span("a"));
    collector.await_calls(4);
  }
  EXPECT_EQ(collector.names(), (std::vector<std::string>{"a"}));
  EXPECT_EQ(exported(metrics), 1);
}

TEST(OtlpSpanSink, DropsWhatIsRefusedForGood) {
  Metrics metrics;
  Collector collector({400});
  {
    OtlpSpanSink sink(quick(), metrics, collector.sender());
    sink.record(span("bad"));
    collector.await_calls(1);
    sink.record(span("good"));
    collector.await_calls(2);
  }
  EXPECT_EQ(collector.names(), (std::vector<std::string>{"good"}));
  EXPECT_EQ(dropped(metrics, "refused"), 1);
}

TEST(OtlpSpanSink, EndsWhileTheCollectorIsAway) {
  Metrics metrics;
  Collector collector(std::vector<Result<int>>(1000, 503));
  OtlpOptions options = quick();
  options.backoff_min = options.backoff_max = 1h;
  {
    OtlpSpanSink sink(options, metrics, collector.sender());
    sink.record(span("a"));
    collector.await_calls(1);
    sink.record(span("b"));
  }
  EXPECT_EQ(dropped(metrics, "stopping"), 2);
}

TEST(OtlpSpanSink, DoesNotOutstayItsTimeAtTheEnd) {
  Metrics metrics;
  Collector collector;
  OtlpOptions options = quick();
  options.batch_spans_max = 1;
  options.end_within = -1ms;
  collector.shut();
  {
    OtlpSpanSink sink(options, metrics, collector.sender());
    for (int i = 0; i < 5; ++i) sink.record(span("x"));
    collector.await_calls(1);
    collector.open();
  }
  EXPECT_EQ(exported(metrics) + dropped(metrics, "stopping"), 5);
}

}  // namespace
}  // namespace gamekeeper::adapters
