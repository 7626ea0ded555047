#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace gamekeeper::tools {

/// What `dev-credentials.json` holds.
struct Credentials {
  std::string app, write_key, read_key, server_key;
};
Result<Credentials> read_credentials(const std::string& file);

struct Answer {
  int status = 0;
  std::string body;
};

/// A part of a path, with what may not stand in one escaped.
std::string path_part(std::string_view text);

/// A blocking client of the public API over one kept connection. Not thread-safe: one a thread.
class ApiClient {
 public:
  ApiClient(std::string target, std::string key);
  ~ApiClient();

  /// Errors: kUnavailable when no answer came.
  Result<Answer> call(std::string_view method, std::string_view path, std::string_view body,
                      std::string_view idempotency_key = {});
  /// The same, again after 429, 5xx and broken connections: for calls of which a repeat is harmless. For at most
  /// `patience_s` seconds, or 5 while the target has never answered; the last answer then stands.
  Result<Answer> call_patiently(std::string_view method, std::string_view path, std::string_view body,
                                std::string_view idempotency_key = {}, int patience_s = 60);

  struct Sent {
    uint64_t accepted = 0;
    uint64_t rejected = 0;
    std::string first_refusal;
  };
  /// POSTs events patiently, for they are numbered. `events` is the inside of the array. Errors: kUnavailable, kInvalid
  /// for any other answer than a receipt.
  Result<Sent> send_events(std::string_view events, int patience_s = 60);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gamekeeper::tools
