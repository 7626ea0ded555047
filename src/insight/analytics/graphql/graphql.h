#pragma once

#include <boost/json/object.hpp>
#include <expected>
#include <memory>
#include <string>

#include "insight/analytics/graphql/ast.h"
#include "insight/analytics/graphql/coerce.h"
#include "insight/analytics/graphql/document_cache.h"
#include "insight/analytics/graphql/limits.h"
#include "insight/analytics/graphql/resolve_info.h"
#include "insight/analytics/graphql/schema.h"
#include "insight/analytics/graphql/validate.h"

namespace gamekeeper::graphql {

struct Request {
  std::string query;
  std::string operation_name = {};
  boost::json::object variables = {};
  boost::json::object extensions = {};
};

struct Response {
  enum class Kind : uint8_t {
    kRequestError,  // refused before execution: the body has `errors` and no `data`
    kPartial,       // executed: `data` (perhaps null) and `errors`
    kComplete,      // executed without errors
  };
  Kind kind = Kind::kComplete;
  std::string body;       // the response's JSON
  std::string code = {};  // of the first error when it is a request error
  size_t errors = 0;
  bool data_null = false;

  /// The status for application/graphql-response+json (GraphQL over HTTP): 400 for a request error. With
  /// application/json every well-formed request gets 200.
  int status() const { return kind == Kind::kRequestError ? 400 : 200; }
  /// The JSON array of `errors` of a request error, as graphql-transport-ws sends it.
  std::string_view errors_json() const;
};

struct EngineOptions {
  Limits limits = {};
  ValidationOptions validation = {};
  size_t cached_documents_max = 256;
  size_t cached_document_bytes_max = 32 * 1024;  // longer ones are parsed every time, so the cache's memory is bounded
};

/// A parsed, validated and measured operation with its variables, ready to run.
struct Prepared {
  std::shared_ptr<const Document> document;
  const OperationNode* operation = nullptr;
  Variables variables;

  OperationKind kind() const { return operation->kind; }
};

/// A running subscription. Used by one coroutine.
struct Subscription {
  std::shared_ptr<const Prepared> prepared;
  std::unique_ptr<EventStream> events;
};

/// Executes GraphQL (October 2021) against a schema. Safe from any thread; a task runs on its caller's.
///
/// `context` is handed to the resolvers and must outlive the task, as must the engine.
class Engine {
 public:
  explicit Engine(std::shared_ptr<const Schema> schema, EngineOptions options = {});

  const Schema& schema() const { return *schema_; }

  /// A query or mutation. A subscription is refused with `use_subscribe`.
  Task<Response> execute(Request request, void* context) const;

  /// Everything that comes before execution. Codes of the errors: graphql_parse_failed,
  /// graphql_validation_failed, too_complex, operation_not_found, bad_variables.
  std::expected<Prepared, Response> prepare(const Request& request) const;
  Task<Response> execute(const Prepared& prepared, void* context) const;

  /// Opens the source of the subscription's root field. Errors: as prepare(), `not_a_subscription`, and the
  /// source's own.
  Task<std::expected<Subscription, Response>> subscribe(Request request, void* context) const;
  /// Waits for the next event and executes the selection on it; nullopt when the stream has ended.
  Task<std::optional<Response>> next(Subscription& subscription, void* context) const;
  /// One event's answer, for a transport with a source of its own. `event` is the root field's value, unless
  /// a resolver is bound to the field: then it is that resolver's parent.
  Task<Response> execute_event(const Prepared& prepared, Value event, void* context) const;

 private:
  std::expected<std::shared_ptr<const Document>, GraphErrors> document(const std::string& query) const;

  std::shared_ptr<const Schema> schema_;
  EngineOptions options_;
  mutable DocumentCache cache_;
};

/// {"errors":[…]}: a request error.
Response refuse(const GraphErrors& errors);

}  // namespace gamekeeper::graphql
