#include "net/router.h"

#include <array>
#include <bitset>
#include <unordered_map>

#include "base/result.h"
#include "net/text.h"

namespace gamekeeper::net {
namespace {

constexpr size_t kMethods = static_cast<size_t>(Method::kOther) + 1;

using MethodSet = std::bitset<kMethods>;

/// The value of the Allow header; empty when there is no method at all.
std::string allow_of(MethodSet methods) {
  std::string allow;
  if (methods.none()) return allow;
  for (size_t m = 0; m < kMethods; ++m) {
    if (methods[m]) allow += std::string(method_name(static_cast<int>(m))) + ", ";
  }
  return allow + "OPTIONS";
}

/// Cuts the next segment off a path that begins with '/'.
std::string_view next_segment(std::string_view& rest) {
  rest.remove_prefix(1);
  const std::string_view segment = rest.substr(0, rest.find('/'));
  rest.remove_prefix(segment.size());
  return segment;
}

bool is_parameter(std::string_view segment) { return segment.starts_with('{'); }

Task<Result<Response>> unsupported(std::string_view request_id) {
  co_return problem(415,
                    {ErrorKind::kInvalid, "unsupported_media_type", "The body must be application/json.",
                     "Content-Type", "application/json"},
                    request_id);
}

struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

}  // namespace

/// A trie of segments; paths without parameters are also found whole in the root's `exact`.
struct Router::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
  std::unique_ptr<Node> parameter;
  std::array<Route*, kMethods> routes{};
  std::unordered_map<std::string, Node*, TextHash, std::equal_to<>> exact;

  const Route* route(Method method) const {
    const Route* found = routes[static_cast<size_t>(method)];
    return found || method != Method::kHead ? found : routes[static_cast<size_t>(Method::kGet)];
  }

  MethodSet methods() const {
    MethodSet set;
    for (size_t m = 0; m < kMethods; ++m) set[m] = route(static_cast<Method>(m)) != nullptr;
    return set;
  }
};

/// One descent: literals before parameters, going back when a branch lacks the method.
struct Router::Walk {
  Method method;
  std::vector<std::string_view> values = {};
  MethodSet others = {};  // of all patterns that the path fits and the method does not

  const Route* from(const Node& node, std::string_view rest) {
    if (rest.empty()) {
      const Route* found = node.route(method);
      if (!found) others |= node.methods();
      return found;
    }
    const std::string_view segment = next_segment(rest);
    if (auto literal = node.literals.find(segment); literal != node.literals.end()) {
      if (const Route* found = from(*literal->second, rest)) return found;
    }
    if (!node.parameter || segment.empty()) return nullptr;
    values.push_back(segment);
    if (const Route* found = from(*node.parameter, rest)) return found;
    values.pop_back();
    return nullptr;
  }
};

Route& Router::route_for(Method method, std::string pattern, std::string summary) {
  GK_CHECK(pattern.starts_with('/') && (pattern == "/" || !pattern.ends_with('/')), "a pattern is /a/b or /");
  if (!root_) root_ = std::make_shared<Node>();
  Node* node = root_.get();
  bool exact = true;
  for (std::string_view rest = pattern; !rest.empty();) {
    const std::string_view segment = next_segment(rest);
    auto& next = is_parameter(segment) ? node->parameter : node->literals[std::string(segment)];
    exact &= !is_parameter(segment);
    if (!next) next = std::make_unique<Node>();
    node = next.get();
  }
  Route*& route = node->routes[static_cast<size_t>(method)];
  if (!route) {
    const size_t index = routes_.size();
    routes_.push_back(std::make_unique<Route>(
        Route{.method = method, .pattern = pattern, .summary = std::move(summary), .index = index}));
    route = routes_.back().get();
    if (exact) root_->exact.emplace(pattern, node);
  }
  return *route;
}

Handler takes_json(Handler handler) {
  return [handler = std::move(handler)](const Request& request, const Principal& who) -> Task<Result<Response>> {
    const std::string_view type = request.header("Content-Type");
    if (request.body.empty() || type.empty() || same_text(trim(type.substr(0, type.find(';'))), "application/json"))
      return handler(request, who);
    return unsupported(request.request_id);
  };
}

void Router::add(Method method, std::string pattern, RoutePolicy policy, std::string summary, Handler handler) {
  Route& route = route_for(method, std::move(pattern), summary);
  GK_CHECK(!route.handler, "one handler a method and pattern");
  route.policy = policy;
  route.summary = std::move(summary);
  route.handler = std::move(handler);
}

void Router::add_socket(std::string pattern, RoutePolicy policy, std::string summary, SocketHandler handler) {
  Route& route = route_for(Method::kGet, std::move(pattern), std::move(summary));
  GK_CHECK(!route.socket_handler, "one socket a pattern");
  if (!route.handler) route.policy = policy;
  route.socket_policy = policy;
  route.socket_handler = std::move(handler);
}

void Router::set_fallback(Handler handler) { fallback_ = std::move(handler); }

Router::Match Router::find(Method method, std::string_view path) const {
  Match match;
  if (!root_ || !path.starts_with('/')) return match;
  if (auto exact = root_->exact.find(path); exact != root_->exact.end()) {
    match.route = exact->second->route(method);
    if (match.route) return match;
  }
  Walk walk{.method = method};
  match.route = walk.from(*root_, path);
  if (!match.route) {
    match.allow = allow_of(walk.others);
    return match;
  }
  std::string_view rest = match.route->pattern;
  for (auto value = walk.values.begin(); !rest.empty();) {
    const std::string_view segment = next_segment(rest);
    if (is_parameter(segment)) {
      match.params.emplace_back(segment.substr(1, segment.size() - 2), decode_percent(*value++, false));
    }
  }
  return match;
}

}  // namespace gamekeeper::net
