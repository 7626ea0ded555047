#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "net/conditions.h"
#include "play/accounts/record_page.h"
#include "play/storage/stored_value.h"
#include "ports/document_store.h"

namespace gamekeeper::play {

struct StorageLimits {
  uint64_t value_bytes_max = 64 * 1024;
  uint64_t player_bytes_max = 1024 * 1024;
  uint64_t player_keys_max = 200;
};

struct StorageWrite {
  boost::json::value value;
  std::optional<bool> owner_writes;  // the game server's to say; nothing: as it was, at first true
  net::IfMatch if_match = {};
};

using StoragePage = RecordPage<StoredValue>;

/// Keys of players, in a quota. Durable when it returns; a write that meets another is done after it. Thread-safe.
/// Errors: those of the store, kOverloaded when too many write for one player at once, and:
class Storage {
 public:
  Storage(ports::DocumentStore& documents, const Clock& clock, StorageLimits limits = {})
      : documents_(documents), clock_(clock), limits_(limits) {}

  /// kNotFound for an unknown player or key.
  Task<Result<StoredValue>> read(std::string app, std::string player_id, std::string key);
  /// `by_owner`: the player, not the game server. kInvalid (field, limit) for keys and sizes, kTooLarge `value_too_large`,
  /// kUnprocessable `quota_exceeded`, kStale, kDenied `server_only`, kNotFound for an unknown player.
  Task<Result<StoredValue>> write(std::string app, std::string player_id, std::string key, StorageWrite write,
                                  bool by_owner);
  /// kNotFound, kStale, kDenied `server_only`.
  Task<Result<void>> remove(std::string app, std::string player_id, std::string key, net::IfMatch if_match,
                            bool by_owner);
  /// By key; with `prefix` those that begin with it. Errors: kNotFound for an unknown player.
  Task<Result<StoragePage>> list(std::string app, std::string player_id, std::string prefix, uint32_t limit,
                                 std::string cursor);

  /// Everything of a player, who need not exist any more.
  Task<Result<void>> erase(std::string app, std::string player_id);

 private:
  struct Found {
    std::optional<StoredValue> value;
    StorageUse use;
  };
  Task<Result<void>> check_player(std::string app, std::string player_id);
  Task<Result<Found>> find(std::string app, std::string player_id, std::string key);
  Result<void> check(const std::optional<StoredValue>& value, net::IfMatch if_match, bool by_owner) const;

  ports::DocumentStore& documents_;
  const Clock& clock_;
  StorageLimits limits_;
};

}  // namespace gamekeeper::play
