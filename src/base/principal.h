#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace gamekeeper {

/// Who is asking, as established by the gate. A plain value; copying it grants nothing.
enum class PrincipalKind : uint8_t { kAnonymous, kWriteKey, kReadKey, kServerKey, kPlayer, kAdmin };

/// Admin roles form a ladder: an admin may do what support may, support what an analyst may.
enum class AdminRole : uint8_t { kNone, kAnalyst, kSupport, kAdmin };

struct Principal {
  std::string app;      // the tenant asked for; empty only for anonymous callers and app-less admin routes
  PrincipalKind kind = PrincipalKind::kAnonymous;
  std::string subject;  // key id, player id or admin username
  AdminRole role = AdminRole::kNone;
  std::string key_id;   // for keys: the id shown in the ledger and in dead letters
  std::string session = {};  // for players: the family of tokens that one sign-in began
  std::chrono::system_clock::time_point expires{};  // zero: does not expire
};

}  // namespace gamekeeper
