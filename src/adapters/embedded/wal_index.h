#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "adapters/embedded/sqlite.h"

namespace gamekeeper::adapters {

/// What a connection that began to read now would see of a database in WAL mode, without asking SQLite: the header of the
/// WAL's index, which every process maps and every commit replaces (https://sqlite.org/walformat.html, "The WAL-Index
/// File Format"). Safe from any thread.
class WalIndex {
 public:
  /// The header. Equal headers: the same content, since it holds the checksum over all frames and the WAL's salt.
  struct Moment {
    std::array<uint64_t, 6> words{};
    bool operator==(const Moment&) const = default;
    /// Goes up by one with every commit.
    uint32_t commits() const { return static_cast<uint32_t>(words[1]); }
  };

  /// Of a database that is in WAL mode already. Nothing: another format of the index than the one known here.
  static std::optional<WalIndex> open(const std::string& file);

  /// Nothing while the header is being written.
  std::optional<Moment> now() const;

 private:
  WalIndex(sqlite::Database db, const uint64_t* header) : db_(std::move(db)), header_(header) {}

  sqlite::Database db_;  // keeps the index mapped
  const uint64_t* header_;  // twice, one after the other
};

/// Tells caches of one file whose commits they see: those of the one writer of this process bring their changes with them,
/// after anybody else's a cache begins anew. will_write(), may_write(), step() and has_written() are for the writer's
/// thread, in this order; the others are safe from any.
class CommitWatch {
 public:
  using Moment = WalIndex::Moment;

  /// Nothing: now() never knows, so that nothing is kept.
  explicit CommitWatch(std::optional<WalIndex> index) : index_(std::move(index)) {}

  std::optional<Moment> now() const { return index_ ? index_->now() : std::nullopt; }
  /// Whether a cache that stands elsewhere may begin anew at `now`. Not while this process writes: it may be its own commit,
  /// which the writer is about to bring in. Nor when `now` is over: who was slow must not take a cache back.
  bool may_begin_at(const Moment& at) const { return !writing_.load() && now() == at; }
  /// Whether a part of a cache, which holds what is true `at`, holds what is true `now`; empties it where it may begin anew.
  template <class Kept>
  bool bring(std::optional<Moment>& at, Kept& kept, const Moment& now) const {
    if (at == now) return true;
    if (!may_begin_at(now)) return false;
    kept.clear();
    at = now;
    return true;
  }

  void will_write() { writing_.store(true); }
  /// The transaction has begun: nobody else commits until it is over.
  void may_write() { before_ = now(); }
  /// After a commit that certainly wrote a page. `before` is nothing when somebody else has committed since as well.
  struct Step {
    std::optional<Moment> before, after;
  };
  Step step() const;
  void has_written() { writing_.store(false); }

 private:
  std::optional<WalIndex> index_;
  std::optional<Moment> before_;
  std::atomic<bool> writing_{false};
};

}  // namespace gamekeeper::adapters
