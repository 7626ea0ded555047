#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "net/conditions.h"
#include "play/accounts/player.h"
#include "play/accounts/record_page.h"
#include "play/live/live_keys.h"
#include "play/sessions/session.h"
#include "ports/broadcast.h"
#include "ports/document_store.h"

namespace gamekeeper::play {

struct SessionOptions {
  int64_t grace_ms = 60'000;             // silence that ends a session which has had a heartbeat
  int64_t silence_ms = 6 * 3600 * 1000;  // the same for one that never had any
  LiveKeys* live = nullptr;              // where other programs see the sessions that live; null: nowhere
  /// Hears of sessions that were made or are over, once that is committed; from any thread, must not wait.
  std::function<void(const Session&)> changed = nullptr;
};

struct NewSession {
  std::vector<std::string> players;
  std::string mode;
  std::string match_id = {};    // of a queue's match
  std::vector<int> teams = {};  // of each player, from 0; empty: no teams
  boost::json::object state, attributes;
};

struct SessionChange {
  std::optional<SessionStatus> status;
  std::optional<boost::json::object> state;  // replaces the whole
  std::optional<std::string> event;          // goes into the history
  boost::json::object details = {};
};

struct SessionFilter {
  std::optional<SessionStatus> status;
  std::optional<std::string> player;
};

using SessionPage = RecordPage<Session>;

/// Games being played. What ends, by whatever way, is counted once into its players' stats, in the same write set; what
/// has changed is told to those who listen (session_push.h) once it is committed. Thread-safe. Errors: those of the store, kOverloaded when too many change one session at once, and:
class Sessions {
 public:
  Sessions(ports::DocumentStore& documents, ports::Broadcast& broadcast, const Clock& clock,
           SessionOptions options = {})
      : documents_(documents), broadcast_(broadcast), clock_(clock), options_(options) {}

  /// kInvalid (field), kNotFound for a player who does not exist.
  Task<Result<Session>> create(std::string app, NewSession wanted);
  /// Adds the same to a write set that does more, for callers who know that the players exist and what their ratings are,
  /// in the order of `wanted.players`. It is there once the set is committed; the session's put comes next in the set.
  /// Errors: kInvalid (field).
  Result<Session> add_to(ports::WriteSet& set, std::string app, NewSession wanted, std::span<const int64_t> ratings);
  /// What others see of a session that add_to() has made, once it is committed.
  Task<void> show(Session session);
  /// kNotFound.
  Task<Result<Session>> read(std::string app, std::string id);
  /// kNotFound, kInvalid, kStale, kConflict `bad_transition` or `session_over`.
  Task<Result<Session>> change(std::string app, std::string id, SessionChange change, net::IfMatch if_match);
  /// A sign of life of one of its players. kNotFound also for who does not play in it; kConflict `session_over`.
  Task<Result<Session>> heartbeat(std::string app, std::string id, std::string player_id);
  /// The same by a player who was away, and noted in the history.
  Task<Result<Session>> rejoin(std::string app, std::string id, std::string player_id);
  /// Ends what has not ended, and frees the live data. Repeating is harmless.
  Task<Result<Session>> remove(std::string app, std::string id);
  /// Newest first.
  Task<Result<SessionPage>> list(std::string app, SessionFilter filter, uint32_t limit, std::string cursor);
  /// Tells those who listen how it is now: for whoever has committed it in a write set of their own.
  Task<void> tell(const Session& session);
  /// Ends what has been silent for too long; how many.
  Task<Result<size_t>> sweep();

 private:
  enum class Told : uint8_t { kYes, kNo };
  static Result<void> check(const NewSession& wanted);
  template <class Step>
  Task<Result<Session>> update(std::string app, std::string id, Step step, Told told = Told::kYes);
  Task<Result<int64_t>> rating_of(std::string app, std::string player_id, std::string field);
  void live_on(Session& session, UnixMillis now) const;

  ports::DocumentStore& documents_;
  ports::Broadcast& broadcast_;
  const Clock& clock_;
  SessionOptions options_;
};

}  // namespace gamekeeper::play
