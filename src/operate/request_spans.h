#pragma once

#include <functional>

#include "base/tracer.h"
#include "net/server.h"

namespace gamekeeper::operate {

/// For ServerOptions::tracer: a span a request, named by method and route. `sink` must outlive the server.
std::function<void(const net::SpanRecord&)> request_tracer(SpanSink& sink);

}  // namespace gamekeeper::operate
