#pragma once

#include <string>
#include <string_view>

#include "insight/analytics/graphql/error.h"
#include "insight/analytics/graphql/value.h"

namespace gamekeeper::graphql {

// Everything appends to one buffer, which becomes the response's body.

void append_json_string(std::string& out, std::string_view text);
void append_json_int(std::string& out, int64_t value);
/// The shortest text that reads back as `value`, which must be finite.
void append_json_double(std::string& out, double value);
/// Any value but an opaque one, which becomes null, as do NaN and the infinities.
void append_json(std::string& out, const Value& value);
void append_json_error(std::string& out, const GraphError& error);
void append_json_errors(std::string& out, const GraphErrors& errors);

}  // namespace gamekeeper::graphql
