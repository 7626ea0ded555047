#include "insight/analytics/analytics_routes.h"

#include "insight/analytics/http_protocol.h"
#include "insight/analytics/live_query.h"

namespace gamekeeper::analytics {

void add_status_routes(net::Router& router, Analytics& analytics);

namespace {

using net::Method;
using net::Request;
using net::Response;

constexpr size_t kKeyBytesMax = 16 * 1024;  // longer requests are not remembered

Response refused(const Error& error, int status, const Request& request) {
  return net::problem(status, error, request.request_id);
}

Response not_acceptable(const Request& request) {
  return refused(
      {ErrorKind::kInvalid, "not_acceptable", "Answers come as application/graphql-response+json or application/json.",
       "Accept", "application/graphql-response+json, application/json"},
      406, request);
}

Response reply(AnswerType type, int status, std::string body) {
  return {.status = status, .body = std::move(body), .content_type = media_type_of(type)};
}

/// With application/json every request that could be read is answered with 200.
Response reply(AnswerType type, Answer answer) {
  return reply(type, type == AnswerType::kJson ? 200 : answer.status, std::move(answer.body));
}

/// The query's own text stays inside: it may hold what somebody typed. Its operation's name, which a developer wrote, does
/// not; one that does not stand in the query may be anything.
void describe(ScopedSpan& span, const graphql::Request& request) {
  if (!request.operation_name.empty() && request.query.contains(request.operation_name))
    span.add("graphql.operation.name", request.operation_name.substr(0, 64));
}

Result<Answer> observed(ScopedSpan& span, Result<Answer> answer) {
  if (!answer)
    span.fail(answer.error().code);
  else if (answer->status != 200)
    span.fail("refused");
  return answer;
}

Task<Result<Response>> post_graphql(Analytics& analytics, const Tracing& tracing, const Request& request,
                                    const Principal& who) {
  if (!is_json_body(request.header("Content-Type"))) {
    co_return refused({ErrorKind::kInvalid, "unsupported_media_type", "Requests come as application/json in UTF-8.",
                       "Content-Type", "application/json"},
                      415, request);
  }
  const auto type = negotiate(request.header("Accept"));
  if (!type) co_return not_acceptable(request);
  ScopedSpan span(tracing, request.traceparent, "graphql query", SpanKind::kInternal);
  const std::string key = request.body.size() <= kKeyBytesMax ? std::string(request.body) : std::string();
  if (!key.empty()) {
    auto known = co_await analytics.remembered(who.app, key);
    if (!known) co_return std::unexpected(known.error());
    span.add("gamekeeper.remembered", *known != nullptr);
    if (*known) co_return reply(*type, 200, (*known)->body);
  }
  auto params = params_of_body(request.body);
  if (!params) co_return reply(*type, 400, errors_body(params.error()));
  describe(span, *params);
  auto answer = observed(span, co_await analytics.answer(who.app, key, std::move(*params), false));
  if (!answer) co_return std::unexpected(answer.error());
  co_return reply(*type, std::move(*answer));
}

std::string authorization_of(const Request& request) {
  const std::string_view key = request.header("X-API-Key");
  return key.empty() ? std::string(request.header("Authorization")) : "Bearer " + std::string(key);
}

Task<Result<Principal>> admit_reader(const RouteSources& sources, std::string authorization, std::string app) {
  auto who = co_await sources.authenticate(std::move(authorization), std::move(app));
  if (!who) co_return who;
  if (auto ok = may_read(*who); !ok) co_return std::unexpected(ok.error());
  co_return who;
}

Task<Result<Response>> get_graphql(Analytics& analytics, const RouteSources& sources, const Request& request) {
  const std::string_view accept = request.header("Accept");
  if (wants_page(accept)) co_return sources.page ? sources.page(request) : not_acceptable(request);
  auto who = co_await admit_reader(sources, authorization_of(request), std::string(request.header("Gamekeeper-App")));
  if (!who) co_return std::unexpected(who.error());
  const auto type = negotiate(accept);
  if (!type) co_return not_acceptable(request);
  auto params = params_of_query(request);
  if (!params) co_return reply(*type, 400, errors_body(params.error()));
  ScopedSpan span(sources.tracing, request.traceparent, "graphql query", SpanKind::kInternal);
  describe(span, *params);
  auto answer = observed(span, co_await analytics.answer(who->app, {}, std::move(*params), true));
  if (!answer) co_return std::unexpected(answer.error());
  if (answer->status == 405) {
    Response response = refused(
        {ErrorKind::kInvalid, "method_not_allowed", "By GET only queries are answered; use POST."}, 405, request);
    response.headers.emplace_back("Allow", "POST");
    co_return response;
  }
  co_return reply(*type, std::move(*answer));
}

Task<void> serve_socket(Analytics& analytics, const RouteSources& sources, net::WebSocket& socket) {
  SocketSources needs{.authenticate =
                          [&sources](std::string authorization, std::string app) {
                            return admit_reader(sources, std::move(authorization), std::move(app));
                          },
                      .start =
                          [&analytics](Principal who, graphql::Request request) {
                            return start_live(analytics, std::move(who), std::move(request));
                          }};
  co_await serve_graphql_socket(socket, std::move(needs), sources.socket);
}

}  // namespace

Result<void> may_read(const Principal& who) {
  const bool may =
      who.kind == PrincipalKind::kReadKey || (who.kind == PrincipalKind::kAdmin && who.role >= AdminRole::kAnalyst);
  if (!may)
    return fail(ErrorKind::kDenied, "denied", "Analytics takes a read key, or an administrator who is an analyst.");
  if (who.app.empty()) {
    return fail(ErrorKind::kInvalid, "app_required", "Say which app: by the header Gamekeeper-App.", "Gamekeeper-App");
  }
  return {};
}

void add_analytics_routes(net::Router& router, Analytics& analytics, RouteSources sources) {
  const auto shared = std::make_shared<const RouteSources>(std::move(sources));
  const net::RoutePolicy readers{.read_key = true, .admin = AdminRole::kAnalyst};
  const net::RoutePolicy anyone{.anonymous = true, .needs_app = false};
  router.add(Method::kPost, "/graphql", readers, "Answers a GraphQL request.",
             [&analytics, shared](const Request& request, const Principal& who) {
               return post_graphql(analytics, shared->tracing, request, who);
             });
  router.add(Method::kGet, "/graphql", anyone, "Answers a GraphQL query; to a browser, shows the explorer.",
             [&analytics, shared](const Request& request, const Principal&) {
               return get_graphql(analytics, *shared, request);
             });
  router.add_socket("/graphql", anyone, "GraphQL subscriptions by graphql-transport-ws.",
                    [&analytics, shared](net::WebSocket& socket, const net::SocketRequest&) {
                      return serve_socket(analytics, *shared, socket);
                    });
  add_status_routes(router, analytics);
}

}  // namespace gamekeeper::analytics
