#pragma once

#include <string>

#include "base/clock.h"
#include "base/task.h"
#include "play/demo/rps.h"
#include "play/matchmaking/queues.h"
#include "play/results/results.h"
#include "play/sessions/sessions.h"
#include "ports/document_store.h"

namespace gamekeeper::play {

/// The game server of the demo: matches of the queue `rps` are played in their sessions, and their results reported. What
/// a player chose is kept where no player can read it until both have chosen. Thread-safe. Errors: those of the store, of
/// the rules, kNotFound for who does not play in it or when it is no such session, kConflict `session_over`.
class RpsRoom {
 public:
  static constexpr const char* kQueue = "rps";

  struct Parts {
    ports::DocumentStore& documents;
    Queues& queues;
    Sessions& sessions;
    Results& results;
  };
  RpsRoom(Parts parts, const Clock& clock) : parts_(parts), clock_(clock) {}

  /// Lets anybody in the app's queue meet anybody, unless somebody has set it otherwise: who tries the demo is alone with
  /// one other, whatever their ratings have become.
  Task<Result<void>> open(std::string app);

  struct Move {
    enum class Kind : uint8_t { kChoose, kResign, kClaim };
    Kind kind = Kind::kChoose;
    int round = 0;  // of kChoose
    RpsHand hand = {};
  };
  /// Gives the session as it stands then. Repeating is harmless.
  Task<Result<Session>> act(std::string app, std::string session_id, std::string player_id, Move move);

 private:
  struct Seated {
    Session session;
    RpsGame game;
    size_t seat = 0;
  };
  Task<Result<Seated>> find(std::string app, std::string session_id, std::string player_id);
  Task<Result<void>> make(Seated& at, Move move);
  Task<Result<RpsTable>> put_on_table(const Seated& at, int round, RpsHand hand);
  Task<Result<Session>> report(Session session, RpsGame game);

  const Parts parts_;
  const Clock& clock_;
};

}  // namespace gamekeeper::play
