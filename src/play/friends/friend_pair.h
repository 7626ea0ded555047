#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "ports/document_store.h"

namespace gamekeeper::play {

/// What a player may do towards another.
enum class FriendAct : uint8_t { kAsk, kAccept, kDropRequest, kUnfriend, kBlock, kUnblock };

/// What the other is to a player.
enum class Relation : uint8_t { kNone, kFriend, kSent, kReceived, kBlocked };
std::string_view name_of(Relation relation);

/// How many others a player has in each relation. Written with each change, so that limits hold whoever asks at once.
struct FriendCounts {
  int64_t friends = 0, sent = 0, received = 0, blocked = 0;
  uint64_t version = 0;
};

struct FriendLimits {
  int64_t friends_max = 500;
  int64_t sent_max = 100;  // requests that wait for an answer
  int64_t received_max = 500;
  int64_t blocked_max = 500;
};

/// What stands between two players: one document for both. The one whose id comes first by bytes is `first`.
struct FriendPair {
  std::string app, first, second;
  bool is_friends = false;
  std::string asked_by;  // who waits for an answer; empty: nobody
  UnixMillis since = 0;  // of the friendship or the request
  UnixMillis first_blocks = 0, second_blocks = 0;  // since when; 0: not
  uint64_t version = 0;

  /// Of two players between whom nothing is.
  static FriendPair between(std::string app, std::string a, std::string b);
  const std::string& other_of(std::string_view player) const { return player == first ? second : first; }
  bool blocks(std::string_view player) const { return (player == first ? first_blocks : second_blocks) != 0; }
  Relation relation_of(std::string_view player) const;
  /// Since when it is so; 0 when nothing is.
  UnixMillis since_of(std::string_view player) const;
  bool is_nothing() const { return !is_friends && asked_by.empty() && first_blocks == 0 && second_blocks == 0; }
};

/// Does what `player` wants. The name of the fact that this makes; nothing when all is so already, so that repeats are
/// harmless. Errors: kDenied `blocked`, kConflict `unblock_first`, kNotFound `no_request`.
Result<std::optional<std::string_view>> apply(FriendPair& pair, std::string_view player, FriendAct act, UnixMillis now);

/// Moves a player's counts by what a change of the pair means to them. Errors: kUnprocessable `too_many_friends`,
/// `too_many_requests`, `too_many_blocked` with `field` when one that has grown is over its limit.
Result<void> count(FriendCounts& counts, std::string_view player, const FriendPair& before, const FriendPair& after,
                   const FriendLimits& limits, const std::string& field);

inline constexpr const char* kFriendPairs = "friend_pairs";
inline constexpr const char* kFriendCounts = "friend_counts";

std::string friend_pair_id(std::string_view app, std::string_view a, std::string_view b);
/// Where a relation of a player's is found, newest last. Blocks are found by who blocks.
const char* index_of(Relation relation);

/// Over the version that the record carries; 0: it must not exist yet. A pair with nothing between them is removed.
ports::Put put_of(const FriendPair& pair);
ports::Put put_of(const std::string& app, const std::string& player, const FriendCounts& counts);
/// Errors: kCorrupt.
Result<FriendPair> read_friend_pair(const ports::Document& document);
Result<FriendCounts> read_friend_counts(const ports::Document& document);

}  // namespace gamekeeper::play
