#include "base/tracer.h"

#include <gtest/gtest.h>

namespace gamekeeper {
namespace {

class Kept final : public SpanSink {
 public:
  void record(Span span) override { spans.push_back(std::move(span)); }
  std::vector<Span> spans;
};

std::string header_of(const TraceContext& context) {
  const auto header = format_traceparent(context);
  return {header.data(), header.size()};
}

TEST(ScopedSpan, IsAChildOfTheSpanThatServesTheRequest) {
  Kept sink;
  const TraceContext request = make_trace();
  {
    ScopedSpan span({.sink = &sink}, header_of(request), "work", SpanKind::kProducer);
    span.add("rows", int64_t{3});
    span.fail("unavailable");
    EXPECT_TRUE(sink.spans.empty());
  }
  ASSERT_EQ(sink.spans.size(), 1u);
  const Span& span = sink.spans[0];
  EXPECT_EQ(span.context.trace_id(), request.trace_id());
  EXPECT_EQ(span.parent, request.span_id());
  EXPECT_NE(span.context.span_id(), request.span_id());
  EXPECT_LE(span.start_ns, span.end_ns);
  EXPECT_EQ(span.error, "unavailable");
  EXPECT_EQ(std::get<int64_t>(span.attributes.at(0).value), 3);
}

TEST(ScopedSpan, IsSilentWithoutASinkAParentOrSampling) {
  Kept sink;
  TraceContext request = make_trace();
  {
    ScopedSpan span({}, header_of(request), "work", SpanKind::kInternal);
  }
  {
    ScopedSpan span({.sink = &sink}, "", "work", SpanKind::kInternal);
  }
  request.sampled = false;
  {
    ScopedSpan span({.sink = &sink}, header_of(request), "work", SpanKind::kInternal);
  }
  EXPECT_TRUE(sink.spans.empty());
}

TEST(TraceTrail, GivesEachPartOfTheLogItsTracesOnce) {
  TraceTrail trail;
  const TraceContext a = make_trace(), b = make_trace(), c = make_trace(), other = make_trace();
  trail.note(0, 5, b);
  trail.note(0, 0, a);
  trail.note(0, 9, c);
  trail.note(1, 0, other);
  auto taken = trail.take(0, 0, 9);
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(taken[0].trace_id(), b.trace_id());
  EXPECT_EQ(taken[1].trace_id(), a.trace_id());
  EXPECT_TRUE(trail.take(0, 0, 9).empty());
  trail.note(0, 3, a);  // noted too late: that part is folded
  EXPECT_EQ(trail.take(0, 9, 10).size(), 1u);
}

TEST(TraceTrail, IsBounded) {
  TraceTrail trail;
  for (uint64_t i = 0; i < 10 * TraceTrail::kKept; ++i) trail.note(0, i, make_trace());
  EXPECT_EQ(trail.take(0, 0, UINT64_MAX).size(), TraceTrail::kTaken);
  EXPECT_TRUE(trail.take(0, 0, UINT64_MAX).empty());
}

TEST(Sampling, IsDecidedByTheTraceAlone) {
  int kept = 0;
  for (int i = 0; i < 2000; ++i) {
    const TraceContext trace = make_trace();
    EXPECT_TRUE(in_sample(trace, 1));
    EXPECT_FALSE(in_sample(trace, 0));
    EXPECT_EQ(in_sample(trace, 0.5), in_sample(make_child(trace), 0.5));
    kept += in_sample(trace, 0.5);
  }
  EXPECT_GT(kept, 800);
  EXPECT_LT(kept, 1200);
}

}  // namespace
}  // namespace gamekeeper
