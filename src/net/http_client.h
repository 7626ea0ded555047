#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/task.h"

namespace gamekeeper::net {

struct HttpCall {
  std::string method = "GET";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  std::chrono::milliseconds timeout{10'000};  // for the whole call, connecting included
  size_t body_bytes_max = 1 << 20;            // of the answer, after decompression
};

struct HttpAnswer {
  int status = 0;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case

  /// The first header of that (lower-case) name; empty when absent.
  std::string_view header(std::string_view name) const;
};

struct HttpClientOptions {
  int threads = 2;          // calls at a time through call()
  size_t queue_max = 256;   // calls that wait for a thread
  bool allow_private = false;  // whether addresses that are not on the public internet may be called
};

/// Calls other people's HTTP servers. http and https only, no redirects, no proxy, certificates checked. Unless
/// `allow_private`, the address actually connected to must be public: a name that a stranger gave us (a webhook) must
/// not lead inside, whatever its DNS says by then. Connections are kept. Safe from any thread.
///
/// Errors: kInvalid `bad_url`; kDenied `address_not_allowed`; kTimeout `http_timeout` (outcome unknown); kTooLarge
/// `answer_too_large`; kUnavailable `http_failed` (outcome unknown); kOverloaded when the queue is full or after stop().
/// Any status is an answer, not an error.
class HttpClient {
 public:
  explicit HttpClient(HttpClientOptions options = {});
  ~HttpClient();

  Task<Result<HttpAnswer>> call(HttpCall call);
  /// On the caller's thread.
  Result<HttpAnswer> call_blocking(const HttpCall& call);
  /// Lets the calls under way end and refuses new ones.
  void stop();
  /// Breaks off the calls under way, within about a second, and all to come: kUnavailable `http_failed`.
  void abort();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

/// Whether a URL that a stranger gave us could be called: ASCII, http or https, with a host, without a name and password in it, at
/// port 80, 443 or one from 1024 on; a host that is a number, in any of the spellings that programs take, on the public
/// internet unless `allow_private`. Names are looked up when the call is made. Errors: kInvalid `bad_url`,
/// `address_not_allowed`.
Result<void> check_url(const std::string& url, bool allow_private);

/// Whether a numeric address is on the public internet (IANA's special-purpose registries), IPv4 inside IPv6 included.
bool is_public_address(std::string_view address);

}  // namespace gamekeeper::net
