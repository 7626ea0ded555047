#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/tracer.h"

namespace gamekeeper::adapters {

/// What all spans of this process say of themselves.
struct SpanOrigin {
  std::string service = "gamekeeper";
  std::string version;
  std::string instance;
};

/// An ExportTraceServiceRequest in OTLP's JSON encoding: ids in hexadecimal, 64-bit numbers as texts.
/// Source: OpenTelemetry Protocol Specification 1.x, "JSON Protobuf Encoding".
std::string encode_spans(std::span<const Span> spans, const SpanOrigin& origin);

}  // namespace gamekeeper::adapters
