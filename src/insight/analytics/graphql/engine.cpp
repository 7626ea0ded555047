#include "insight/analytics/graphql/execute.h"
#include "insight/analytics/graphql/graphql.h"
#include "insight/analytics/graphql/json_writer.h"
#include "insight/analytics/graphql/parser.h"

namespace gamekeeper::graphql {
namespace {

constexpr std::string_view kErrorsHead = "{\"errors\":";

const OperationNode* find_operation(const Document& document, std::string_view name) {
  if (name.empty()) return document.operations.size() == 1 ? &document.operations.front() : nullptr;
  for (const OperationNode& operation : document.operations)
    if (operation.name == name) return &operation;
  return nullptr;
}

GraphError no_operation(std::string_view name) {
  std::string message = name.empty() ? "Must provide operation name if query contains multiple operations."
                                     : "The document has no operation of this name.";
  return {std::string(kOperationNotFound), std::move(message)};
}

Response respond(Executed executed) {
  Response out;
  out.kind = executed.errors > 0 ? Response::Kind::kPartial : Response::Kind::kComplete;
  out.body = std::move(executed.body);
  out.errors = executed.errors;
  out.data_null = executed.data_null;
  return out;
}

GraphError from(const Error& error) {
  return {.code = error.code.empty() ? std::string(kInternalCode) : error.code,
          .message = error.message,
          .field = error.field,
          .limit = error.limit,
          .retry_after = error.retry_after};
}

/// The root field that the variables leave in, looking through fragments: validation found exactly one.
const SelectionNode* root_field(const Plan& plan) {
  return plan.fields.empty() ? nullptr : plan.fields.front().nodes.front();
}

}  // namespace

Response refuse(const GraphErrors& errors) {
  Response out;
  out.kind = Response::Kind::kRequestError;
  out.body = kErrorsHead;
  append_json_errors(out.body, errors);
  out.body += '}';
  out.code = errors.empty() ? "" : errors.front().code;
  out.errors = errors.size();
  return out;
}

std::string_view Response::errors_json() const {
  if (kind != Kind::kRequestError) return "[]";
  return std::string_view(body).substr(kErrorsHead.size(), body.size() - kErrorsHead.size() - 1);
}

Engine::Engine(std::shared_ptr<const Schema> schema, EngineOptions options)
    : schema_(std::move(schema)), options_(options), cache_(options.cached_documents_max) {}

std::expected<std::shared_ptr<const Document>, GraphErrors> Engine::document(const std::string& query) const {
  if (auto known = cache_.find(query)) return known;
  auto parsed = parse_document(query, options_.limits.tokens_max);
  if (!parsed) return std::unexpected(GraphErrors{parsed.error()});
  if (auto error = check_written(**parsed, options_.limits)) return std::unexpected(GraphErrors{*error});
  GraphErrors errors = validate(*schema_, **parsed, options_.validation);
  if (!errors.empty()) return std::unexpected(std::move(errors));
  if (query.size() <= options_.cached_document_bytes_max) cache_.put(*parsed);
  return *parsed;
}

std::expected<Prepared, Response> Engine::prepare(const Request& request) const {
  auto parsed = document(request.query);
  if (!parsed) return std::unexpected(refuse(parsed.error()));
  Prepared out{.document = *parsed};
  out.operation = find_operation(**parsed, request.operation_name);
  if (!out.operation) return std::unexpected(refuse({no_operation(request.operation_name)}));
  auto variables = coerce_variables(*out.operation, out.document->source, request.variables);
  if (!variables) return std::unexpected(refuse(variables.error()));
  out.variables = std::move(*variables);
  if (auto error = check_limits(*out.document, *out.operation, out.variables, options_.limits))
    return std::unexpected(refuse({*error}));
  return out;
}

Task<Response> Engine::execute(Request request, void* context) const {
  auto prepared = prepare(request);
  if (!prepared) co_return std::move(prepared.error());
  co_return co_await execute(*prepared, context);
}

Task<Response> Engine::execute(const Prepared& prepared, void* context) const {
  if (prepared.kind() == OperationKind::kSubscription)
    co_return refuse({{"use_subscribe", "A subscription needs a transport that can stream, such as WebSocket."}});
  Execution execution{*schema_, *prepared.document, *prepared.operation, prepared.variables, context};
  co_return respond(co_await execute_operation(execution));
}

Task<Response> Engine::execute_event(const Prepared& prepared, Value event, void* context) const {
  Execution execution{*schema_, *prepared.document, *prepared.operation, prepared.variables, context};
  co_return respond(co_await graphql::execute_event(execution, std::move(event)));
}

Task<std::expected<Subscription, Response>> Engine::subscribe(Request request, void* context) const {
  auto ready = prepare(request);
  if (!ready) co_return std::unexpected(std::move(ready.error()));
  if (ready->kind() != OperationKind::kSubscription)
    co_return std::unexpected(refuse({{"not_a_subscription", "The operation is not a subscription."}}));
  Subscription out{.prepared = std::make_shared<const Prepared>(std::move(*ready))};

  auto plan =
      Planner(*schema_, out.prepared->variables).plan(*schema_->subscription(), out.prepared->operation->selections);
  const SelectionNode* node = root_field(*plan);
  if (!node) co_return std::unexpected(refuse({{std::string(kBadArgument), "The subscription selects nothing."}}));
  PlannedField& field = plan->fields.front();
  if (!field.arguments)
    co_return std::unexpected(refuse({{std::string(kBadArgument), field.arguments.error().message}}));
  if (!field.definition->source)
    co_return std::unexpected(refuse({{std::string(kInternalCode), "The subscription has no source."}}));
  Value root;
  Path path{nullptr, field.key};
  ResolveInfo info{*schema_, *field.definition, root, *field.arguments, path, context, field.nodes};
  auto events = co_await field.definition->source(info);
  if (!events) co_return std::unexpected(refuse({from(events.error())}));
  out.events = std::move(*events);
  co_return out;
}

Task<std::optional<Response>> Engine::next(Subscription& subscription, void* context) const {
  auto event = co_await subscription.events->next();
  if (!event) co_return refuse({from(event.error())});
  if (!*event) co_return std::nullopt;
  co_return co_await execute_event(*subscription.prepared, std::move(**event), context);
}

}  // namespace gamekeeper::graphql
