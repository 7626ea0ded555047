#pragma once

#include <array>
#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/task.h"
#include "gate/records.h"
#include "gate/secrets.h"
#include "gate/tokens.h"
#include "ports/document_store.h"

namespace gamekeeper::gate {

/// Players' access tokens, and those of them that ended before their time. A sign-in begins a *family* of tokens, which
/// goes on with every refresh. Thread-safe, but for refresh(): one caller.
class PlayerAccess {
 public:
  static constexpr int64_t kTokenLifeMs = 15 * 60 * 1000;

  PlayerAccess(ports::DocumentStore& store, Tokens& tokens, const Clock& clock);

  /// Signing keys and what is revoked.
  Task<Result<void>> load();
  /// Takes over what other processes revoked. Called every 250 ms; cheap while nothing is written.
  Task<Result<void>> refresh();
  /// Forgets revocations of tokens that have expired by themselves.
  Task<Result<size_t>> sweep();

  /// A new signing key; the tokens of the old one end after `overlap_ms`.
  Task<Result<void>> rotate_signing_key(int64_t overlap_ms) { return tokens_.rotate(clock_.now_ms(), overlap_ms); }

  std::string issue(const std::string& app, const std::string& player_id, const std::string& family) const;
  /// What a token in force says: subject the player, own the app, id the family. Costs no signature for one seen before.
  std::optional<TokenClaims> check(std::string_view token, UnixMillis now);

  /// Grows whenever a token that was in force may no longer be.
  uint64_t revision() const { return revision_.load(std::memory_order_acquire) + tokens_.version(); }

  /// The end of one family (a sign-out, a refresh token used twice) or of a player in all of them (a ban, an erasure).
  struct Ending {
    std::string app, player_id;
    std::string family = {};  // empty: all
    bool lifted = false;  // a ban that is over
    UnixMillis until = 0;  // of a ban that ends by itself; 0: for good
  };
  /// Goes into the write set that ends it, so that the two cannot part; apply() once that is committed.
  ports::Put put_of(const Ending& ending) const;
  void apply(const Ending& ending);

 private:
  static constexpr size_t kShards = 16;
  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  struct Shard {
    std::mutex mutex;
    /// By the token's text, which takes a tenth of the time of its digest; with the ring's version. Only what was verified is
    /// in it, so nobody can choose what collides.
    std::unordered_map<std::string, std::pair<TokenClaims, uint64_t>, TextHash, std::equal_to<>> verified;
    std::unordered_map<std::string, UnixMillis> ended;  // until when to remember
  };
  Shard& shard_of(std::string_view name);
  void remember(const std::string& name, UnixMillis until, bool lifted);
  bool is_over(const std::string& name, UnixMillis now);
  Task<Result<void>> read_since(UnixMillis since);
  void forget_expired(UnixMillis now);

  ports::DocumentStore& store_;
  Tokens& tokens_;
  const Clock& clock_;
  std::array<Shard, kShards> shards_;
  std::atomic<uint64_t> revision_ = 0;
  EpochWatch watch_;  // signing keys
  uint64_t epoch_ = 0;  // of the gate, when the keys were read
  uint64_t version_ = 0;  // of the store, when the revocations were read
  UnixMillis read_to_ = 0;  // the newest revocation that was seen
};

}  // namespace gamekeeper::gate
