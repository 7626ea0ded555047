#include "play/accounts/attempts.h"

#include <chrono>

namespace gamekeeper::play {

Result<void> Attempts::take(std::string_view who, gate::Rate rate, const char* what) {
  const int64_t now_ns = std::chrono::steady_clock::now().time_since_epoch().count();
  const int64_t wait = table_.take(who, rate, 1, now_ns);
  if (wait <= 0) return {};
  Error error{ErrorKind::kRateLimited, "rate_limited", std::string(what) + "; wait a little.", "",
              std::to_string(rate.amount)};
  error.retry_after = std::chrono::milliseconds(wait / 1'000'000 + 1);
  return std::unexpected(error);
}

}  // namespace gamekeeper::play
