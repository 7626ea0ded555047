#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "tools/api_client.h"
#include "tools/match_file.h"

namespace gamekeeper::tools {

/// The player's side of a replay: every player an account, every match a game session that is played and ends with the
/// match's result, all through the public API with a server key. Ids and Idempotency-Keys are made from the file, so that
/// a replay that was broken off goes on where it stood, and one that was done changes nothing.
/// Errors of all: kUnavailable; kInvalid with the server's words when it refuses.
class PlayReplay {
 public:
  struct Counts {
    uint64_t players = 0;  // that had no account yet
    uint64_t sessions = 0;
    uint64_t results = 0;
    uint64_t repeated = 0;  // results that the server had already
    uint64_t left_out = 0;  // matches of one team, of which nothing can be rated
    uint64_t misplaced = 0;  // results that stand in their queue before one of an earlier match
    std::string first_misplaced;  // the match's id
  };

  PlayReplay(const std::string& target, const std::string& server_key, const std::vector<ReplayMatch>& matches);

  /// Accounts for all players of the history, many at a time.
  Result<void> make_players();
  /// The sessions of the matches [from, to) that have no result yet, many at a time. May run beside settle() of others.
  Result<void> open_sessions(size_t from, size_t to);
  /// The result of a match whose session is open. In the order of the matches: it is that of `applied`.
  Result<void> settle(size_t match);
  const Counts& counts() const { return counts_; }

 private:
  /// How a match stands on the server.
  struct Standing {
    std::string session;
    uint64_t applied = 0;  // 0: not yet
  };
  Result<void> open_session(ApiClient& client, size_t match);
  void note_place(const ReplayMatch& match, uint64_t applied);
  /// `work(client, i)` for all i in [from, to), by all clients at once; the first error.
  Result<void> in_parallel(size_t from, size_t to, const std::function<Result<void>(ApiClient&, size_t)>& work);

  const std::vector<ReplayMatch>& matches_;
  std::deque<ApiClient> clients_;  // one a thread
  ApiClient settler_;
  std::vector<Standing> standings_;  // by match
  std::unordered_map<std::string, uint64_t> last_applied_;  // by queue
  std::atomic<uint64_t> players_made_ = 0, sessions_made_ = 0;
  Counts counts_;
};

}  // namespace gamekeeper::tools
