#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gamekeeper::adapters::redis {

/// Where a Redis is, and how to sign in there.
struct Address {
  std::string host;
  uint16_t port = 6379;
  bool tls = false;  // rediss://; the server's certificate must be that of `host`
  std::string user, password;  // percent-decoded; both may be empty
  int database = 0;
};

/// redis://[user:password@]host[:port][/database], rediss:// for TLS. Errors: kInvalid `bad_value`, without the password.
Result<Address> read_address(std::string_view url);

}  // namespace gamekeeper::adapters::redis
