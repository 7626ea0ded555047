#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace gamekeeper::net {

enum class Method : uint8_t { kGet, kHead, kPost, kPut, kDelete, kPatch, kOptions, kOther };

struct HeaderView {
  std::string_view name;
  std::string_view value;
};

/// What is known of a request before its body is read. Views live as long as the request does.
struct RequestHead {
  Method method = Method::kGet;
  std::string_view method_text;
  std::string_view path;   // still percent-encoded, without the query
  std::string_view query;  // without '?', still percent-encoded
  std::span<const HeaderView> headers;
  std::string_view request_id;   // taken from X-Request-ID or made
  std::string_view traceparent;  // the W3C header of the span that serves this request
  std::string_view remote_address;

  /// The first header of that name, compared without case; empty when absent.
  std::string_view header(std::string_view name) const;
};

/// A whole request as a handler sees it: body decompressed, path parameters decoded.
struct Request : RequestHead {
  std::string_view body;       // followed by at least 64 readable bytes (SIMDJSON_PADDING)
  size_t body_capacity = 0;    // bytes readable from body.data(), >= body.size() + 64
  std::vector<std::pair<std::string_view, std::string>> params;  // {id} of the route's pattern -> decoded value
  std::chrono::system_clock::time_point received_at;

  std::string_view param(std::string_view name) const;
  /// Decoded value of a query parameter; nullopt when absent.
  std::string query_param(std::string_view name, std::string_view fallback = {}) const;
};

struct Response {
  int status = 200;
  std::string body = {};
  std::string_view content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers = {};
  bool etag_covers_body =
      true;  // false: it shows more than what has the version, so that If-None-Match says nothing of it
};

inline Response json(std::string body, int status = 200) { return Response{.status = status, .body = std::move(body)}; }

/// RFC 9457 problem+json for an error, with the status its kind means (one table for the whole program).
/// A 500 tells nothing but `internal`.
Response problem(const Error& error, std::string_view request_id);
/// The same with a status that no kind has (405, 415, 426 …), hiding nothing.
Response problem(int status, const Error& error, std::string_view request_id);
int status_of(ErrorKind kind);

}  // namespace gamekeeper::net
