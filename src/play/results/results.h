#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "play/accounts/record_page.h"
#include "play/results/match_record.h"
#include "play/results/sequencer.h"

namespace gamekeeper::play {

struct MatchFilter {
  std::optional<MatchStatus> status;
  std::optional<std::string> queue;
};

using MatchPage = RecordPage<Match>;

/// How a player stands in a queue.
struct RatingView {
  PlayerRating rating;  // a newcomer's for who has not played there
  bool provisional = true;  // fewer games than the queue's rules ask for; who has not played is, too
  std::optional<uint64_t> rank;  // from 1, equal ratings share it; nothing: not played, or the board is being read back
  std::optional<double> percentile;  // share of the queue's players who stand no higher
  std::vector<Match> history;  // applied matches of the player, newest first
  std::string next_cursor;
};

/// Results of matches: taken once by their id, in one order a queue, and what comes of them. Thread-safe.
/// Errors: those of the store, and of Sequencer::submit.
class Results {
 public:
  Results(ResultPorts ports, const Clock& clock) : ports_(ports), clock_(clock) {}

  /// From somebody whose word counts. A repeat gets the same answer.
  Task<Result<Match>> settle(std::string app, MatchResult result);
  /// From one of its players. kDenied `not_yours` from anybody else.
  Task<Result<Match>> report(std::string app, std::string player_id, MatchResult result);
  /// The match never was: what followed in its queue is computed anew. Repeating is harmless.
  Task<Result<Match>> take_back(std::string app, std::string match_id, std::string reason);
  /// The match was another: the same. kInvalid when the queue is another one.
  Task<Result<Match>> correct(std::string app, MatchResult result, std::string reason);
  /// A soft reset of the queue, between two seasons: every rating keeps this share (0 to 1) of its distance from a
  /// newcomer's. It has an id and a number like a result and can be taken back like one. A repeat changes nothing more.
  /// kNotFound for a queue in which nothing was played, kConflict when the id stands for something else.
  Task<Result<Match>> reset(std::string app, std::string queue, std::string id, double keep, std::string reason);
  /// The queue's rules of rating, see change_rules(). Those that move ratings take effect with the next recompute() when
  /// there are results already. kInvalid (field).
  Task<Result<QueueRecord>> set_rules(std::string app, std::string queue, boost::json::object change);
  /// Where the queue stands, with its rules; one in which nothing was played has the defaults.
  Task<Result<QueueRecord>> queue_record(std::string app, std::string queue);
  /// Everything in the queue anew, from its matches and by the rules that are set.
  Task<Result<Recomputed>> recompute(std::string app, std::string queue);

  /// kNotFound.
  Task<Result<Match>> read(std::string app, std::string match_id);
  /// Newest first. A page may hold fewer than `limit` and yet not be the last.
  Task<Result<MatchPage>> list(std::string app, MatchFilter filter, uint32_t limit, std::string cursor);
  /// kNotFound when there is no such player.
  Task<Result<RatingView>> rating(std::string app, std::string player_id, std::string queue, uint32_t limit,
                                  std::string cursor);

  /// The chance of each team to come first, by what all results of the queue have taught. Until the matches are read back
  /// after a start it rests on those that are.
  Task<Result<std::vector<double>>> predict(std::string app, std::string queue, std::vector<MatchTeam> teams);

  /// Whether the board `queue:…` holds everybody who played: not for a while after a start.
  bool is_board_whole(const std::string& app, const std::string& queue);

  /// Ends what players have not agreed on in time; how many.
  Task<Result<size_t>> sweep();
  /// Reads boards and predictions of all queues back after a start, a part a call; whether there is more. One caller.
  Task<Result<bool>> catch_up();
  /// The boards' engine has forgotten them: catch_up() reads them back.
  Task<Result<void>> boards_lost();

 private:
  Result<std::shared_ptr<Sequencer>> queue_of(const std::string& app, const std::string& queue);
  std::vector<std::shared_ptr<Sequencer>> queues();
  Task<Result<void>> check_queue(std::string app, std::string queue);
  Task<Result<Match>> submit(std::string app, std::string queue, QueueJob job);
  Task<Result<std::optional<Match>>> find(std::string app, std::string match_id);

  const ResultPorts ports_;
  const Clock& clock_;
  std::mutex mutex_;  // of the map
  std::unordered_map<std::string, std::shared_ptr<Sequencer>> queues_;
  std::atomic<bool> knows_all_ = false;  // catch_up() has read which queues there are
};

}  // namespace gamekeeper::play
