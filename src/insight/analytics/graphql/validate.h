#pragma once

#include "insight/analytics/graphql/ast.h"
#include "insight/analytics/graphql/schema.h"

namespace gamekeeper::graphql {

struct ValidationOptions {
  bool introspection = true;  // __schema and __type; __typename always works
  size_t errors_max = 50;
  size_t overlap_steps_max = 200'000;  // work spent on the merging of fields, before the document is too complex
};

/// Section 5 of the specification, and the annotation of the document's nodes with their definitions. No
/// errors: valid.
GraphErrors validate(const Schema& schema, Document& document, const ValidationOptions& options);

}  // namespace gamekeeper::graphql
