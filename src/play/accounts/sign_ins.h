#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "gate/player_access.h"
#include "play/accounts/player.h"
#include "ports/document_store.h"

namespace gamekeeper::play {

/// What signs a player in, and the sign-ins that hold, newest first.
struct SignInPage {
  bool has_password = false;
  size_t devices = 0;  // that sign in without a password
  std::vector<Family> items;
  std::string next_cursor;
};

/// Players' sign-ins as support sees and ends them. Tokens and sockets of what ends do so within a second, and stay ended
/// after a restart; the player may sign in again. Thread-safe. Errors of all: kNotFound, those of the store.
class SignIns {
 public:
  SignIns(ports::DocumentStore& documents, gate::PlayerAccess& access, const Clock& clock)
      : documents_(documents), access_(access), clock_(clock) {}

  /// A page may hold fewer than `limit` and yet not be the last.
  Task<Result<SignInPage>> list(std::string app, std::string player_id, uint32_t limit, std::string cursor);
  Task<Result<void>> end(std::string app, std::string player_id, std::string id);
  Task<Result<void>> end_all(std::string app, std::string player_id);

 private:
  Task<Result<void>> check_player(std::string app, std::string player_id);
  Task<Result<void>> end_these(const std::vector<Family>& families);

  ports::DocumentStore& documents_;
  gate::PlayerAccess& access_;
  const Clock& clock_;
};

}  // namespace gamekeeper::play
