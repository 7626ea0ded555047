#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "play/friends/friend_pair.h"
#include "ports/broadcast.h"
#include "ports/document_store.h"

namespace gamekeeper::play {

/// The other player, as one of the two sees it.
struct FriendTie {
  std::string player_id;  // the other
  Relation relation = Relation::kNone;
  UnixMillis since = 0;
  bool is_new = false;  // the call has made it so
};

struct FriendPage {
  std::vector<FriendTie> items;  // newest first
  std::string next_cursor;
};

/// Who is whose friend. What a call has done is durable when it returns, a fact for the log in the same write set, and told
/// to both (`friend_changed` on topic `friends`). A call that finds all as it wants it changes nothing. Thread-safe.
/// Errors: those of the store, kOverloaded when too many change one player's friends at once, and:
class Friends {
 public:
  Friends(ports::DocumentStore& documents, ports::Broadcast& broadcast, const Clock& clock, FriendLimits limits = {})
      : documents_(documents), broadcast_(broadcast), clock_(clock), limits_(limits) {}

  /// kNotFound for a player that isn't there; kInvalid `yourself`; those of apply() and count(). A request to who has asked
  /// already makes the two friends.
  Task<Result<FriendTie>> act(std::string app, std::string player, std::string other, FriendAct act);
  /// The same to the player of a username. Errors: also kInvalid `bad_username`.
  Task<Result<FriendTie>> ask_by_name(std::string app, std::string player, std::string username);
  /// Errors: kNotFound for a player that isn't there.
  Task<Result<FriendPage>> list(std::string app, std::string player, Relation relation, uint32_t limit,
                                std::string cursor);
  /// What `other` is to the player; kNone too for who isn't there.
  Task<Result<Relation>> relation(std::string app, std::string player, std::string other);
  /// All friends, at most as many as one may have.
  Task<Result<std::vector<std::string>>> ids_of(std::string app, std::string player);
  /// Nothing is between the player and anybody any more; nobody is told. Harmless to repeat.
  Task<Result<void>> erase(std::string app, std::string player);

 private:
  struct Ends {
    FriendPair pair;
    FriendCounts own, others;
  };
  Task<Result<void>> check_player(std::string app, std::string player, const char* field);
  Task<Result<FriendPair>> find(std::string app, std::string player, std::string other);
  Task<Result<FriendCounts>> counts_of(std::string app, std::string player);
  Task<Result<Ends>> load(std::string app, std::string player, std::string other);
  Task<Result<void>> part(std::string app, std::string player, std::string other);
  Task<void> tell(FriendPair before, FriendPair after);

  ports::DocumentStore& documents_;
  ports::Broadcast& broadcast_;
  const Clock& clock_;
  const FriendLimits limits_;
};

}  // namespace gamekeeper::play
