// net_echo PORT [THREADS]: the HTTP server alone, answering GET /health and POST /echo. bench/net/compare.sh sets it
// beside a lean Beast server.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

#include "base/metrics.h"
#include "net/server.h"

using namespace gamekeeper;
using namespace gamekeeper::net;

namespace {

class OpenGuard final : public Guard {
 public:
  Task<Result<Principal>> admit(const Request&, const RoutePolicy&) override { co_return Principal{}; }
};

Task<Result<Response>> health(const Request&, const Principal&) { co_return json(R"({"status":"ok"})"); }
Task<Result<Response>> echo(const Request& request, const Principal&) { co_return json(std::string(request.body)); }

}  // namespace

int main(int count, char** words) {
  Router router;
  const RoutePolicy anyone{.anonymous = true, .needs_app = false};
  router.add(Method::kGet, "/health", anyone, "", health);
  router.add(Method::kPost, "/echo", anyone, "", echo);
  OpenGuard guard;
  Metrics metrics;
  Server server({.port = static_cast<uint16_t>(count > 1 ? std::atoi(words[1]) : 8080),
                 .threads = count > 2 ? std::atoi(words[2]) : 1,
                 .metrics = &metrics},
                router, guard);
  if (auto started = server.start(); !started) {
    fmt::print(stderr, "{}\n", started.error().message);
    return 1;
  }
  pause();
}
