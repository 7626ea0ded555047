#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "play/accounts/record_page.h"
#include "ports/document_store.h"

namespace gamekeeper::play {

/// What support wrote down about a player; the player never sees it.
struct PlayerNote {
  std::string id, player_id;
  UnixMillis at = 0;
  std::string by;  // the administrator's name
  std::string text;
};

using PlayerNotePage = RecordPage<PlayerNote>;

/// Notes about players. Each is written once and never changed. Thread-safe.
/// Errors of all: kNotFound (there is no such player in the app), those of the store.
class PlayerNotes {
 public:
  static constexpr size_t kCharactersMax = 2000;

  PlayerNotes(ports::DocumentStore& documents, const Clock& clock) : documents_(documents), clock_(clock) {}

  /// kInvalid `bad_length`.
  Task<Result<PlayerNote>> add(std::string app, std::string player_id, std::string by, std::string text);
  /// Newest first.
  Task<Result<PlayerNotePage>> list(std::string app, std::string player_id, uint32_t limit, std::string cursor);
  /// kNotFound also when the note is another player's.
  Task<Result<void>> remove(std::string app, std::string player_id, std::string id);

  /// All notes about a player; harmless to repeat.
  Task<Result<void>> erase(std::string app, std::string player_id);

 private:
  Task<Result<void>> check_player(std::string app, std::string player_id);

  ports::DocumentStore& documents_;
  const Clock& clock_;
};

}  // namespace gamekeeper::play
