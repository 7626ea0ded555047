#pragma once

#include <string_view>

#include "insight/analytics/graphql/schema.h"

namespace gamekeeper::graphql {

/// What every schema has: the five scalars, the four directives, the types of introspection, and __Meta,
/// whose fields are the meta fields.
std::string_view introspection_sdl();

/// Resolvers of the introspection types. Their values are references into the schema.
void bind_introspection(SchemaBuilder& builder);

}  // namespace gamekeeper::graphql
