#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "play/accounts/player.h"
#include "play/sessions/session.h"
#include "ports/document_store.h"

namespace gamekeeper::play {

/// Sessions that end in one write set, and what that adds to their players' stats: a player of two of them is written
/// once. Everything carries the version that was read, so the set fails with kConflict when somebody else was faster.
/// One coroutine at a time. Errors of all: those of the store, kCorrupt.
class SessionEndings {
 public:
  explicit SessionEndings(ports::DocumentStore& documents) : documents_(documents) {}

  /// The session as this write set leaves it; valid until the next call. kNotFound.
  Task<Result<const Session*>> find(std::string app, std::string id);
  /// Completes the session if it is active or paused; whether it did. kNotFound.
  Task<Result<bool>> complete(std::string app, std::string id, UnixMillis now);
  /// Adds a session that has just ended to its players' stats.
  Task<Result<void>> count_played(const Session& session);
  /// Adds what was completed and counted, with its facts.
  void put_into(ports::WriteSet& set) const;
  /// Those that complete() has ended.
  std::vector<const Session*> completed() const;

 private:
  struct Found {
    Session session;
    bool completed = false;
  };
  struct Played {
    std::string app, player_id;
    PlayerStats stats;
  };
  Task<Result<Found*>> load(std::string app, std::string id);

  ports::DocumentStore& documents_;
  std::unordered_map<std::string, Found> sessions_;  // by scoped id
  std::unordered_map<std::string, Played> played_;
};

}  // namespace gamekeeper::play
