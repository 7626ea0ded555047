#pragma once

#include <expected>
#include <memory>
#include <string>

#include "insight/analytics/graphql/ast.h"
#include "insight/analytics/graphql/error.h"

namespace gamekeeper::graphql {

/// Parses an executable document. Errors: graphql_parse_failed, too_complex (tokens or nesting).
std::expected<std::shared_ptr<Document>, GraphError> parse_document(std::string source, size_t tokens_max);

/// Parses a schema document; its views point into `source`. No `extend`.
std::expected<SchemaDocument, GraphError> parse_schema(std::string_view source);

/// A literal as source text, for introspection.
std::string print(const ValueNode& node);

}  // namespace gamekeeper::graphql
