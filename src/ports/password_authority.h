#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "ports/document_store.h"

namespace gamekeeper::ports {

/// Who knows players' passwords: our own store, or somebody else's directory. What a password must be is checked before.
/// Safe from any thread. Errors of all: those of the store, kOverloaded (too many are being checked).
class PasswordAuthority {
 public:
  virtual ~PasswordAuthority() = default;

  /// Whether it is the player's password. An empty id is nobody's: it costs and answers what a wrong password does, and so
  /// does a player who has none.
  virtual Task<Result<bool>> check(std::string app, std::string player_id, std::string password) = 0;
  virtual Task<Result<bool>> has(std::string app, std::string player_id) = 0;
  /// The player's password from the moment when the caller commits the puts that it returns, among others of their own. An
  /// authority outside returns none and has done it by then.
  virtual Task<Result<std::vector<Put>>> set(std::string app, std::string player_id, std::string password) = 0;
};

}  // namespace gamekeeper::ports
