#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "gate/player_access.h"
#include "play/accounts/player.h"
#include "play/accounts/refresh_token.h"
#include "ports/document_store.h"

namespace gamekeeper::play {

/// Sign-ins, each with all the refreshes that follow from it. What ends one is in the write set that causes it, so that
/// tokens and cause cannot part. Thread-safe. Errors: those of the store.
class Families {
 public:
  static constexpr size_t kOfPlayerMax = 20;  // beyond, the oldest sign-ins end
  using Endings = std::vector<gate::PlayerAccess::Ending>;

  Families(ports::DocumentStore& documents, gate::PlayerAccess& access, const Clock& clock, int64_t life_ms)
      : documents_(documents), access_(access), clock_(clock), life_ms_(life_ms) {}

  /// Begins one, in one write set with `with`. `is_first`: the set makes the player, who has none yet.
  Task<Result<RefreshToken>> begin(std::string app, std::string player_id, ports::WriteSet with, bool is_first);
  /// The next turn of a family, whose document was just read: the token before it is used up.
  /// Errors: kConflict when the same token is used twice at the same moment.
  Task<Result<RefreshToken>> turn(Family family);
  Task<Result<void>> end(Family family);
  /// Adds the end of the player's families to `set`, but for the one named `but`; what it returns goes to apply() once the
  /// set is committed.
  Task<Result<Endings>> add_endings(ports::WriteSet& set, std::string app, std::string player_id, std::string but = {});
  /// Ends them, in a write set of their own.
  Task<Result<void>> end_all(std::string app, std::string player_id, std::string but = {});
  void apply(const Endings& endings);
  /// Forgets families whose time is over.
  Task<Result<size_t>> sweep();

 private:
  Task<Result<Endings>> make_room(ports::WriteSet& set, std::string app, std::string player_id);
  void add_ending(ports::WriteSet& set, Endings& endings, const Family& family) const;

  ports::DocumentStore& documents_;
  gate::PlayerAccess& access_;
  const Clock& clock_;
  const int64_t life_ms_;
};

}  // namespace gamekeeper::play
