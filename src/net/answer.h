#pragma once

#include <string>
#include <string_view>

#include "net/head_parser.h"
#include "net/http.h"
#include "net/router.h"
#include "net/server.h"

namespace gamekeeper::net {

/// Whether a page of `origin` may read our answers: it is ours (same host) or on the list.
bool origin_allowed(const ServerOptions& options, std::string_view origin, std::string_view host);

/// What an answer's head says beside the handler's own headers.
struct AnswerContext {
  const ServerOptions& options;
  std::string_view date_line;
  std::string_view request_id, traceparent;
  std::string_view origin, host;      // of the request
  std::string_view accept_encoding;   // of the request
  bool keep_alive = true;
  bool http_1_0 = false;
  bool head_only = false;             // the request was a HEAD
  bool secure = false;
};

/// Appends the head to `out`, and compresses response.body when that pays. The body follows it unless `head_only` or
/// the status has none.
void append_answer_head(std::string& out, Response& response, const AnswerContext& context);
inline bool has_body(int status) { return status != 204 && status != 304 && status >= 200; }

/// The answer to OPTIONS: a CORS preflight (204, or 403 `origin_not_allowed`), or just what is allowed.
Response answer_options(const ServerOptions& options, const Head& head, std::string_view allow,
                        std::string_view request_id);

}  // namespace gamekeeper::net
