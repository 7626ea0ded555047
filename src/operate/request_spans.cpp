#include "operate/request_spans.h"

#include <algorithm>

namespace gamekeeper::operate {

std::function<void(const net::SpanRecord&)> request_tracer(SpanSink& sink) {
  return [&sink](const net::SpanRecord& r) {
    if (!r.sampled) return;
    Span span{.parent = std::string(r.parent_span_id),
              .name = std::string(r.method) + " " + std::string(r.name),
              .kind = SpanKind::kServer,
              .start_ns = r.start_ns,
              .end_ns = r.end_ns};
    std::ranges::copy(r.trace_id, span.context.trace.begin());
    std::ranges::copy(r.span_id, span.context.span.begin());
    // OpenTelemetry's names. The query is left out: people put secrets there.
    span.attributes = {{"http.request.method", std::string(r.method)},
                       {"http.route", std::string(r.name)},
                       {"url.path", std::string(r.path)},
                       {"http.response.status_code", int64_t{r.status}},
                       {"gamekeeper.request_id", std::string(r.request_id)}};
    if (r.status >= 500) span.error = std::to_string(r.status);
    sink.record(std::move(span));
  };
}

}  // namespace gamekeeper::operate
