#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "gate/player_access.h"
#include "net/conditions.h"
#include "play/accounts/player.h"
#include "play/accounts/player_rating.h"
#include "play/accounts/record_page.h"
#include "ports/document_store.h"

namespace gamekeeper::play {

/// A player with what results and sessions have added up to.
struct PlayerCard {
  Player player;
  PlayerStats stats;
  Record record;
};

struct NewPlayer {
  std::optional<std::string> id, username;
  boost::json::object attributes;
};

/// What may change by a call. Attributes are merged key by key; null removes.
struct PlayerChange {
  std::optional<boost::json::object> attributes;
  std::optional<std::string> email;  // "" removes
  /// Whether who names the e-mail has shown more than an access token (Accounts::proves_password()).
  bool is_proven = true;
};

using PlayerPage = RecordPage<PlayerCard>;

/// Players as documents: made by game servers, read, changed, banned. Thread-safe. Errors: those of the store, and:
class Players {
 public:
  static constexpr size_t kAttributesBytesMax = 8 * 1024;

  /// `has_mail`: there is a server to tell an address by that it is no longer the account's.
  Players(ports::DocumentStore& documents, gate::PlayerAccess& access, const Clock& clock, bool has_mail = false)
      : documents_(documents), access_(access), clock_(clock), has_mail_(has_mail) {}

  /// kInvalid (field), kConflict `exists`, `username_taken` or `erasure_pending`: come again in a minute.
  Task<Result<PlayerCard>> create(std::string app, NewPlayer wanted);
  /// kNotFound.
  Task<Result<PlayerCard>> read(std::string app, std::string id);
  /// A confirmed address that goes is told so by mail. kNotFound, kInvalid, kStale when `if_match` is not the present
  /// version, kDenied `password_needed` when a confirmed address would go without proof.
  Task<Result<PlayerCard>> change(std::string app, std::string id, PlayerChange change, net::IfMatch if_match);
  /// Newest first; with `username` the one of that name.
  Task<Result<PlayerPage>> list(std::string app, std::optional<std::string> username, uint32_t limit,
                                std::string cursor);
  /// The player of this id, and those whose username begins with the text as usernames are told apart, by name.
  Task<Result<PlayerPage>> search(std::string app, std::string text, uint32_t limit, std::string cursor);
  /// Live tokens and sockets end within a second. kNotFound.
  Task<Result<PlayerCard>> ban(std::string app, std::string id, std::string reason, UnixMillis until);
  Task<Result<PlayerCard>> unban(std::string app, std::string id);

 private:
  Task<Result<PlayerCard>> with_stats(Player player);
  Task<Result<Player>> find(std::string app, std::string id);
  Task<Result<PlayerCard>> set_ban(std::string app, std::string id, std::optional<Ban> ban);

  ports::DocumentStore& documents_;
  gate::PlayerAccess& access_;
  const Clock& clock_;
  const bool has_mail_;
};

}  // namespace gamekeeper::play
