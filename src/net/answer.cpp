#include "net/answer.h"

#include <algorithm>
#include <charconv>

#include "base/log.h"
#include "net/encoding.h"
#include "net/text.h"

namespace gamekeeper::net {
namespace {

constexpr size_t kCompressFrom = 1024, kCompressUpTo = 4 << 20;  // a longer body would hold up its thread's others

void add(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += "\r\n";
}

void append_number(std::string& out, uint64_t number) {
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof(digits), number).ptr);
}

void append_status_line(std::string& out, int status, bool http_1_0) {
  if (status == 200) {
    out += http_1_0 ? "HTTP/1.0 200 OK\r\n" : "HTTP/1.1 200 OK\r\n";
    return;
  }
  out += http_1_0 ? "HTTP/1.0 " : "HTTP/1.1 ";
  append_number(out, static_cast<uint64_t>(status));
  out += ' ';
  out += reason_phrase(status);
  out += "\r\n";
}

/// A handler's header must not be able to end the head early.
bool is_clean(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

bool has_header(const Response& response, std::string_view name) {
  return std::ranges::any_of(response.headers, [&](const auto& h) { return same_text(h.first, name); });
}

/// Compresses the body when the client takes it and it gets smaller. True when answers may differ by Accept-Encoding.
bool shrink(Response& response, const AnswerContext& context, ContentCoding& coding) {
  coding = ContentCoding::kIdentity;
  if (response.body.size() <= kCompressFrom || response.body.size() > kCompressUpTo ||
      !is_compressible(response.content_type))
    return false;
  if (has_header(response, "Content-Encoding")) return false;
  const ContentCoding wanted = choose_coding(context.accept_encoding);
  if (wanted == ContentCoding::kIdentity) return true;
  std::string small = compress(wanted, response.body);
  if (small.empty() || small.size() >= response.body.size()) return true;
  response.body = std::move(small);
  coding = wanted;
  return true;
}

void append_cors(std::string& out, const AnswerContext& context) {
  if (context.options.allowed_origins.empty()) return;
  add(out, "Vary", "Origin");
  if (context.origin.empty() || !origin_allowed(context.options, context.origin, context.host)) return;
  add(out, "Access-Control-Allow-Origin", context.origin);
  out +=
      "Access-Control-Expose-Headers: X-Request-ID, traceparent, ETag, Location, Retry-After, RateLimit-Limit, "
      "RateLimit-Remaining, RateLimit-Reset\r\n";
}

}  // namespace

bool origin_allowed(const ServerOptions& options, std::string_view origin, std::string_view host) {
  const size_t scheme = origin.find("://");
  if (scheme != origin.npos && !host.empty() && same_text(origin.substr(scheme + 3), host)) return true;
  return std::ranges::any_of(options.allowed_origins,
                             [&](const std::string& allowed) { return allowed == "*" || same_text(allowed, origin); });
}

void append_answer_head(std::string& out, Response& response, const AnswerContext& context) {
  ContentCoding coding = ContentCoding::kIdentity;
  const bool varies = has_body(response.status) && shrink(response, context, coding);
  append_status_line(out, response.status, context.http_1_0);
  out += context.date_line;
  if (has_body(response.status)) {
    if (!response.content_type.empty()) add(out, "Content-Type", response.content_type);
    out += "Content-Length: ";
    append_number(out, response.body.size());
    out += "\r\n";
  }
  if (coding != ContentCoding::kIdentity) add(out, "Content-Encoding", coding_name(coding));
  if (varies) add(out, "Vary", "Accept-Encoding");
  add(out, "X-Request-ID", context.request_id);
  add(out, "traceparent", context.traceparent);
  out += "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nX-Frame-Options: DENY\r\n";
  // What is asked with a key must not stay in a cache; whoever may be kept says so.
  if (!has_header(response, "Cache-Control")) out += "Cache-Control: no-store\r\n";
  if (context.secure) out += "Strict-Transport-Security: max-age=31536000\r\n";
  if (!context.keep_alive) out += "Connection: close\r\n";
  if (context.keep_alive && context.http_1_0) out += "Connection: keep-alive\r\n";
  for (const auto& [name, value] : response.headers) {
    if (is_token(name) && is_clean(value)) {
      add(out, name, value);
    } else {
      log::error("http", "header_refused", {log::text("name", name)});
    }
  }
  append_cors(out, context);
  out += "\r\n";
}

Response answer_options(const ServerOptions& options, const Head& head, std::string_view allow,
                        std::string_view request_id) {
  const bool preflight = !head.origin.empty() && std::ranges::any_of(head.headers, [](const HeaderView& h) {
    return same_text(h.name, "Access-Control-Request-Method");
  });
  Response response{.status = 204, .content_type = {}};
  if (!preflight) {
    response.headers.emplace_back("Allow", allow);
    return response;
  }
  if (!origin_allowed(options, head.origin, head.host)) {
    return problem(403, {ErrorKind::kDenied, "origin_not_allowed", "Pages of this origin may not call this server."},
                   request_id);
  }
  response.headers.emplace_back("Access-Control-Allow-Methods", allow);
  response.headers.emplace_back(
      "Access-Control-Allow-Headers",
      "Authorization, Content-Type, Content-Encoding, Idempotency-Key, Gamekeeper-App, X-API-Key, "
      "If-Match, If-None-Match, X-Request-ID, traceparent, tracestate");
  response.headers.emplace_back("Access-Control-Max-Age", "600");
  if (options.allowed_origins.empty())
    response.headers.emplace_back("Access-Control-Allow-Origin", std::string(head.origin));
  return response;
}

}  // namespace gamekeeper::net
