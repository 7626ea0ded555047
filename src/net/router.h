#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/principal.h"
#include "base/task.h"
#include "net/guard.h"
#include "net/http.h"

namespace gamekeeper::net {

class WebSocket;
struct SocketRequest;

using Handler = std::function<Task<Result<Response>>(const Request&, const Principal&)>;
using SocketHandler = std::function<Task<void>(WebSocket&, const SocketRequest&)>;

/// `handler` behind a check that the body, if there is one, does not call itself anything but JSON; else 415.
Handler takes_json(Handler handler);

/// One line of the API. `pattern` has literal segments and {parameters}: "/api/v1/admin/apps/{app}/keys".
/// `name` is the route's label in metrics and logs (the pattern itself).
struct Route {
  Method method;
  std::string pattern;
  RoutePolicy policy;
  Handler handler;               // for HTTP
  SocketHandler socket_handler;  // for an upgrade; may stand beside `handler` (GET /graphql is both)
  std::string summary;           // one line, for /openapi.json
  RoutePolicy socket_policy = {};  // of the upgrade, when there is a `socket_handler`
  size_t index = 0;                // its place in Router::routes()
};

/// All routes of the program. Filled at start, then only read: safe from any thread once serving.
class Router {
 public:
  void add(Method method, std::string pattern, RoutePolicy policy, std::string summary, Handler handler);
  void add_socket(std::string pattern, RoutePolicy policy, std::string summary, SocketHandler handler);
  /// Answers GETs that match no route and ask for text/html or a file (the dashboard). Anonymous.
  void set_fallback(Handler handler);

  struct Match {
    const Route* route = nullptr;  // null: nothing there
    std::vector<std::pair<std::string_view, std::string>> params;
    std::string allow;       // when the path is there but not with this method: value of the Allow header
  };
  Match find(Method method, std::string_view path) const;
  const std::vector<std::unique_ptr<Route>>& routes() const { return routes_; }
  const Handler& fallback() const { return fallback_; }

 private:
  struct Node;
  struct Walk;
  Route& route_for(Method method, std::string pattern, std::string summary);
  std::vector<std::unique_ptr<Route>> routes_;
  std::shared_ptr<Node> root_;
  Handler fallback_;
};

}  // namespace gamekeeper::net
