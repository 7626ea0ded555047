#include "gate/passwords.h"

#include <sodium.h>

#include <array>

#include "base/ids.h"
#include "gate/common_passwords.h"
#include "net/json_body.h"
#include "net/text.h"

namespace gamekeeper::gate {
namespace {

Result<std::string> hash_now(const std::string& password, PasswordCost cost) {
  std::array<char, crypto_pwhash_STRBYTES> out{};
  if (crypto_pwhash_str_alg(out.data(), password.data(), password.size(), cost.passes, cost.memory_bytes,
                            crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return fail(ErrorKind::kOverloaded, "overloaded", "There is not enough memory to hash a password now; try again.");
  }
  return std::string(out.data());
}

}  // namespace

Passwords::Passwords(PasswordCost cost, int threads, size_t queue_max) : cost_(cost), pool_(threads, queue_max) {
  GK_CHECK(sodium_init() >= 0, "libsodium must start");
  auto nobody = hash_now(random_token(16), cost);
  GK_CHECK(nobody.has_value(), "a machine that cannot hash one password cannot serve");
  nobody_ = *nobody;
}

Task<Result<std::string>> Passwords::hash(std::string password) {
  auto job = [password = std::move(password), cost = cost_] { return hash_now(password, cost); };
  co_return co_await pool_.run(std::move(job));
}

Task<Result<bool>> Passwords::verify(std::string password, std::string hash) {
  auto job = [this, password = std::move(password), hash = std::move(hash)]() -> Result<bool> {
    verifications_.fetch_add(1);
    return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
  };
  co_return co_await pool_.run(std::move(job));
}

Task<Result<bool>> Passwords::verify_nobody(std::string password) {
  auto matched = co_await verify(std::move(password), nobody_);
  if (!matched) co_return std::unexpected(matched.error());
  co_return false;
}

Result<void> check_new_password(const std::string& password, const std::string& field) {
  if (password.size() < 10) {
    return fail(ErrorKind::kInvalid, "password_too_short", "A password has at least 10 characters.", field, "10");
  }
  if (password.size() > 1024) {
    return fail(ErrorKind::kInvalid, "password_too_long", "A password has at most 1024 bytes.", field, "1024");
  }
  return {};
}

Result<void> check_player_password(const std::string& password, const std::string& field) {
  if (!net::is_utf8(password))
    return fail(ErrorKind::kInvalid, "bad_text", "A password must be valid UTF-8.", field, "UTF-8");
  const size_t characters = net::code_points(password);
  if (characters < 8)
    return fail(ErrorKind::kInvalid, "password_too_short", "A password has at least 8 characters.", field, "8");
  if (characters > 128)
    return fail(ErrorKind::kInvalid, "password_too_long", "A password has at most 128 characters.", field, "128");
  if (is_common_password(password))
    return fail(ErrorKind::kInvalid, "password_too_common",
                "This password is one of the commonest, and the first to be guessed; choose another.", field);
  return {};
}

}  // namespace gamekeeper::gate
