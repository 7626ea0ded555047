#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "insight/analytics/graphql/graphql.h"
#include "net/http.h"

namespace gamekeeper::analytics {

/// The two media types of an answer (GraphQL over HTTP): the legacy one says 200 to every well-formed request; the
/// newer one says 400 when the document does not parse or validate.
enum class AnswerType : uint8_t { kJson, kGraphqlResponse };
std::string_view media_type_of(AnswerType type);

/// What `Accept` prefers of the two; kJson for an absent header and for wildcards; nullopt: neither will do (406).
std::optional<AnswerType> negotiate(std::string_view accept);

/// Whether a browser asks for a page: text/html stands in `Accept`, and neither JSON type does.
bool wants_page(std::string_view accept);

/// Whether a body of this type can be read: application/json in UTF-8.
bool is_json_body(std::string_view content_type);

/// Errors, kInvalid: `bad_json`, `batch_refused` (an array of requests), `bad_request` (a parameter is missing or of
/// the wrong type; field names it).
Result<graphql::Request> params_of_body(std::string_view body);
Result<graphql::Request> params_of_query(const net::Request& request);

/// {"errors":[{"message","extensions":{"code"}}]}.
std::string errors_body(const Error& error);

}  // namespace gamekeeper::analytics
