#include "base/tracer.h"

#include <chrono>

namespace gamekeeper {

int64_t span_clock_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

void TraceTrail::note(uint32_t partition, uint64_t position, const TraceContext& context) {
  if (!context.sampled) return;
  std::lock_guard lock(mutex_);
  auto& notes = notes_[partition];
  notes.push_back({position, context});
  if (notes.size() > kKept) notes.pop_front();
}

std::vector<TraceContext> TraceTrail::take(uint32_t partition, uint64_t from, uint64_t to) {
  std::vector<TraceContext> out;
  std::lock_guard lock(mutex_);
  auto& notes = notes_[partition];
  // Writers note after their append was acknowledged, so neighbours may stand in either order.
  std::erase_if(notes, [&](const Note& note) {
    if (note.position >= to) return false;
    if (note.position >= from && out.size() < kTaken) out.push_back(note.context);
    return true;
  });
  return out;
}

ScopedSpan::ScopedSpan(const Tracing& tracing, std::string_view traceparent, std::string_view name, SpanKind kind) {
  if (!tracing.sink || traceparent.empty()) return;
  const auto parent = parse_traceparent(traceparent);
  if (!parent || !parent->sampled) return;
  sink_ = tracing.sink;
  span_.context = make_child(*parent);
  span_.parent = parent->span_id();
  span_.name = name;
  span_.kind = kind;
  span_.start_ns = span_clock_ns();
}

ScopedSpan::~ScopedSpan() {
  if (!sink_) return;
  span_.end_ns = span_clock_ns();
  sink_->record(std::move(span_));
}

void ScopedSpan::add(std::string_view name, std::variant<std::string, int64_t, double, bool> value) {
  if (sink_) span_.attributes.push_back({std::string(name), std::move(value)});
}

void ScopedSpan::fail(std::string_view code) {
  if (sink_) span_.error = code;
}

}  // namespace gamekeeper
