#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "base/blocking_pool.h"
#include "base/result.h"
#include "base/task.h"

namespace gamekeeper::gate {

/// What one hash costs. The default is OWASP's: Argon2id with 19 MiB and two passes (about 26 ms).
struct PasswordCost {
  uint64_t passes = 2;
  size_t memory_bytes = 19 * 1024 * 1024;
};

/// Argon2id on a thread of its own behind a bounded queue: a flood of sign-ins costs one core and no more memory.
class Passwords {
 public:
  explicit Passwords(PasswordCost cost = {}, int threads = 1, size_t queue_max = 64);

  /// kOverloaded when the queue is full.
  Task<Result<std::string>> hash(std::string password);
  Task<Result<bool>> verify(std::string password, std::string hash);
  /// Costs what verify() costs and is always false: for accounts that do not exist.
  Task<Result<bool>> verify_nobody(std::string password);

  /// How many verifications ran, of either sort (a test's way to see that unknown names cost the same).
  uint64_t verifications() const { return verifications_.load(); }
  void stop() { pool_.stop(); }

 private:
  PasswordCost cost_;
  std::string nobody_;
  std::atomic<uint64_t> verifications_{0};
  BlockingPool pool_;
};

/// What a new password must be: 10 to 1024 bytes. Errors: kInvalid `password_too_short`, `password_too_long`.
Result<void> check_new_password(const std::string& password, const std::string& field = "password");

/// What a player's new password must be: 8 to 128 characters of valid UTF-8, and none of the commonest. Errors: kInvalid
/// `password_too_short`, `password_too_long`, `password_too_common`, `bad_text`.
Result<void> check_player_password(const std::string& password, const std::string& field = "password");

}  // namespace gamekeeper::gate
