#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/principal.h"
#include "base/task.h"
#include "gate/audit.h"
#include "gate/player_access.h"
#include "play/accounts/families.h"
#include "ports/document_store.h"

namespace gamekeeper::play {

/// Where it is written that what is a player's has still to be erased.
inline constexpr const char* kErasures = "player_erasures";
/// Put into a write set, lets it be committed only while nothing of a player of this id has still to be erased: what would
/// be written for a new one is not told from what the old one left. Else kConflict with the field kErasures.
ports::Put unless_erasing(const std::string& app, const std::string& player_id);

/// Removes a player and what is theirs alone. One write set takes the account, its sign-ins and its credentials; what
/// other rooms keep for the player follows at once, and once more a minute later: for what was being written meanwhile, or
/// when the process died in between. What is left is what others need (results, ratings, boards), under an id that no
/// longer leads to anybody. Thread-safe, but for sweep(): one caller.
class AccountDeletion {
 public:
  /// Removes what a room keeps for a player; harmless to repeat.
  using Eraser = std::function<Task<Result<void>>(std::string app, std::string player_id)>;

  AccountDeletion(ports::DocumentStore& documents, gate::PlayerAccess& access, Families& families, const Clock& clock,
                  std::vector<Eraser> erasers)
      : documents_(documents), access_(access), families_(families), clock_(clock), erasers_(std::move(erasers)) {}

  /// By the player themselves, who was asked to prove it (Accounts::prove()). Their tokens and sockets end within a second.
  /// Durable when it returns. Errors: those of the store, kUnauthenticated when there is no such player any more.
  Task<Result<void>> remove(const Principal& who, gate::AskedBy asked);
  /// By an administrator, whose act it is in the audit, refused or not. Durable when it returns. Errors: those of the
  /// store, kNotFound when there is no such player.
  Task<Result<void>> remove_by(const Principal& admin, std::string player_id, gate::AskedBy asked);
  /// Erases what has come since.
  Task<Result<void>> sweep();

 private:
  Task<Result<bool>> remove_as(gate::Act act);
  Task<Result<void>> erase(std::string app, std::string player_id);

  ports::DocumentStore& documents_;
  gate::PlayerAccess& access_;
  Families& families_;
  const Clock& clock_;
  const std::vector<Eraser> erasers_;
};

}  // namespace gamekeeper::play
