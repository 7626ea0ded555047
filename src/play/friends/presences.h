#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/task.h"
#include "play/friends/presence.h"
#include "play/friends/presence_book.h"
#include "ports/broadcast.h"
#include "ports/document_store.h"

namespace gamekeeper::play {

struct PresenceOptions {
  int64_t life_ms = 15'000;   // how long the players of a process that died still count as there
  int64_t linger_ms = 3'000;  // how long somebody may be without a socket and still count as there
  bool is_alone = true;       // no other process has sockets on the same store
};

/// What presence asks others. All may be called from any thread. Errors: those of the store.
struct PresenceSources {
  std::function<Task<Result<std::vector<std::string>>>(std::string app, std::string player)> friends_of;
  /// The session that the player is in; empty: none.
  std::function<Task<Result<std::string>>(std::string app, std::string player)> session_of;
};

/// Who is there: online, in a session, or since when not. Sockets and sessions say what happens, from any thread; run_once(),
/// called a few times a second, writes it, and tells the friends (`presence` on topic `friends`). Thread-safe but for
/// run_once() and leave_all(). Errors: those of the stores.
class Presences {
 public:
  Presences(ports::DocumentStore& documents, ports::Broadcast& broadcast, const Clock& clock, PresenceSources sources,
            PresenceOptions options = {});

  /// A socket of the player was opened, or closed.
  void arrived(const std::string& app, const std::string& player);
  void left(const std::string& app, const std::string& player);
  /// A session that the player is in began or ended.
  void session_changed(const std::string& app, const std::string& player);

  /// How it is, for the player and game servers. Whether there is such a player is not asked.
  Task<Result<Presence>> read(std::string app, std::string player);
  /// What others read of it.
  Task<Result<Presence>> shown(std::string app, std::string player);
  /// Whether the player appears offline to others. Errors: also kOverloaded.
  Task<Result<Presence>> hide(std::string app, std::string player, bool hidden);

  /// Removes what is kept of a player who is erased; harmless to repeat.
  Task<Result<void>> erase(std::string app, std::string player);

  Task<Result<void>> run_once();
  /// At the end of the process.
  Task<Result<void>> leave_all();

 private:
  struct Moved {
    PlayerPresence before, after;
  };
  struct There {
    bool is_there = false;
    UnixMillis last_seen = 0;  // while not; 0: never
  };
  Task<Result<PlayerPresence>> find(std::string app, std::string player);
  Task<Result<PresenceProcess>> process_of(std::string id);
  Task<Result<There>> look(const PlayerPresence& presence);
  Task<Result<Presence>> as_is(const PlayerPresence& presence);
  static Presence as_shown(const PlayerPresence& presence, Presence real);
  Task<Result<void>> write(std::vector<PresenceBook::Due> due);
  Task<Result<bool>> try_write(const std::vector<PresenceBook::Due>& due);
  Task<Result<void>> renew();
  Task<Result<bool>> lost_place();
  Task<Result<void>> tell_noted();
  Task<Result<void>> tell_if_moved(const Moved& moved);
  Task<Result<void>> tell(const PlayerPresence& presence);
  Task<Result<void>> clear_dead();
  Task<Result<void>> clear(PresenceProcess dead);
  Task<Result<bool>> clear_some(const PresenceProcess& dead);
  void remember(const PresenceProcess& process);

  ports::DocumentStore& documents_;
  ports::Broadcast& broadcast_;
  const Clock& clock_;
  const PresenceSources sources_;
  const PresenceOptions options_;
  PresenceBook book_;
  PresenceProcess self_;  // run_once() alone touches it
  UnixMillis looked_for_dead_at_ = 0;
  std::mutex mutex_;
  std::map<std::string, PresenceProcess> known_;  // processes as they were read last, by id
};

}  // namespace gamekeeper::play
