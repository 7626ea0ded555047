#pragma once

#include <functional>
#include <string>

#include "base/metrics.h"
#include "net/router.h"
#include "operate/health.h"

namespace gamekeeper::operate {

/// /health, /health/detailed, /livez, /readyz, /metrics, /openapi.json, /docs, /.well-known/jwks.json (`jwks` makes
/// the answer of the moment). The references must outlive the router.
void add_status_routes(net::Router& router, Health& health, Metrics& metrics, std::function<std::string()> jwks);

}  // namespace gamekeeper::operate
