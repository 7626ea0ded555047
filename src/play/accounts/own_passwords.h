#pragma once

#include <string>
#include <vector>

#include "gate/passwords.h"
#include "play/accounts/player.h"
#include "ports/document_store.h"
#include "ports/password_authority.h"

namespace gamekeeper::play {

/// Passwords that we keep ourselves: Argon2id hashes beside what else signs a player in.
class OwnPasswords final : public ports::PasswordAuthority {
 public:
  OwnPasswords(ports::DocumentStore& documents, gate::Passwords& passwords)
      : documents_(documents), passwords_(passwords) {}

  Task<Result<bool>> check(std::string app, std::string player_id, std::string password) override;
  Task<Result<bool>> has(std::string app, std::string player_id) override;
  /// A put of the player's credentials over the version that was read: others must not be in the same write set.
  Task<Result<std::vector<ports::Put>>> set(std::string app, std::string player_id, std::string password) override;

 private:
  ports::DocumentStore& documents_;
  gate::Passwords& passwords_;
};

/// What signs a player in; empty when nothing does. Errors: those of the store, kCorrupt.
Task<Result<Credentials>> load_credentials(ports::DocumentStore& documents, std::string app, std::string player_id);

}  // namespace gamekeeper::play
