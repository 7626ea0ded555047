#pragma once

#include <optional>

#include "insight/analytics/graphql/ast.h"
#include "insight/analytics/graphql/coerce.h"

namespace gamekeeper::graphql {

/// What a document may ask for. Beyond any of them nothing is executed and the request fails with
/// `too_complex`.
struct Limits {
  size_t tokens_max = 2000;
  int depth_max = 10;  // nested fields; what stands below __schema and __type does not count
  double cost_max = 1000;
  double aliases_max = 30;  // with fragments written out, as the cost
  size_t directives_max = 100;
  int introspection_lists_max = 2;  // lists within lists of types, which multiply the answer
};

struct Load {
  int depth = 0;
  double cost = 0;
  double aliases = 0;
  int introspection_lists = 0;
};

/// What `operation` asks for. Each fragment is measured once, so it is quick for documents that unfold
/// exponentially.
Load measure(const OperationNode& operation, const Variables& variables);

/// Says which limit the document passes as it is written, fragments not written out: known before it is validated,
/// which for a very deep document is work as well.
std::optional<GraphError> check_written(const Document& document, const Limits& limits);

/// Says which limit is passed, or nothing.
std::optional<GraphError> check_limits(const Document& document, const OperationNode& operation,
                                       const Variables& variables, const Limits& limits);

}  // namespace gamekeeper::graphql
