#include "net/http.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "net/text.h"

namespace gamekeeper::net {

std::string_view RequestHead::header(std::string_view name) const {
  for (const HeaderView& h : headers) {
    if (same_text(h.name, name)) return h.value;
  }
  return {};
}

std::string_view Request::param(std::string_view name) const {
  for (const auto& [key, value] : params) {
    if (key == name) return value;
  }
  return {};
}

std::string Request::query_param(std::string_view name, std::string_view fallback) const {
  std::string_view rest = query;
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    const size_t eq = pair.find('=');
    if (decode_percent(pair.substr(0, eq), true) == name)
      return eq == pair.npos ? std::string() : decode_percent(pair.substr(eq + 1), true);
  }
  return std::string(fallback);
}

int status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalid:
      return 400;
    case ErrorKind::kUnprocessable:
      return 422;
    case ErrorKind::kNotFound:
      return 404;
    case ErrorKind::kConflict:
      return 409;
    case ErrorKind::kStale:
      return 412;
    case ErrorKind::kDenied:
      return 403;
    case ErrorKind::kUnauthenticated:
      return 401;
    case ErrorKind::kTooLarge:
      return 413;
    case ErrorKind::kRateLimited:
      return 429;
    case ErrorKind::kOverloaded:
    case ErrorKind::kTimeout:
    case ErrorKind::kUnavailable:
      return 503;
    case ErrorKind::kFull:
      return 507;
    case ErrorKind::kCorrupt:
    case ErrorKind::kInternal:
      return 500;
  }
  return 500;
}

Response problem(int status, const Error& error, std::string_view request_id) {
  Response response{.status = status, .content_type = "application/problem+json"};
  std::string& out = response.body;
  out = fmt::format(R"({{"type":"urn:gamekeeper:problem:{}","title":"{}","status":{},"code":"{}","detail":)",
                    error.code, reason_phrase(status), status, error.code);
  append_json_string(out, error.message);
  if (!error.field.empty()) out += ",\"field\":" + json_string(error.field);
  if (!error.limit.empty()) out += ",\"limit\":" + json_string(error.limit);
  out += ",\"request_id\":" + json_string(request_id) + "}";

  const auto seconds = std::to_string(std::max<int64_t>(1, (error.retry_after.count() + 999) / 1000));
  if (status == 429 || status == 503 || error.retry_after.count() > 0)
    response.headers.emplace_back("Retry-After", seconds);
  if (status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  if (status == 429) {
    if (!error.limit.empty()) response.headers.emplace_back("RateLimit-Limit", error.limit);
    response.headers.emplace_back("RateLimit-Remaining", "0");
    response.headers.emplace_back("RateLimit-Reset", seconds);
  }
  return response;
}

Response problem(const Error& error, std::string_view request_id) {
  const int status = status_of(error.kind);
  if (status != 500) return problem(status, error, request_id);
  // What went wrong inside stays inside: the log line with this request id has it.
  return problem(status,
                 {ErrorKind::kInternal, "internal", "Something failed inside; the server's log has this request id."},
                 request_id);
}

}  // namespace gamekeeper::net
