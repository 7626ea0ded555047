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
  std::string retry_after;
};

/// A blocking client of the public API over one kept connection. Not thread-safe: one a thread.
class ApiClient {
 public:
  ApiClient(std::string target, std::string key);
  ~ApiClient();

  /// Errors: kUnavailable when no answer came.
  Result<Answer> call(std::string_view method, std::string_view path, std::string_view body,
                      std::string_view content_type = "application/json");

  struct Sent {
    uint64_t accepted = 0;
    uint64_t rejected = 0;
    std::string first_refusal;
  };
  /// POSTs events until they are acknowledged: 429, 503 and broken connections are tried again (a repeat is harmless
  /// because the events are numbered), for at most `patience_s` seconds, or 5 while the target has never answered. `events` is the inside of the array.
  Result<Sent> send_events(std::string_view events, int patience_s = 60);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gamekeeper::tools
