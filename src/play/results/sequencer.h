#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/batcher.h"
#include "base/clock.h"
#include "base/task.h"
#include "play/accounts/player_rating.h"
#include "play/live/live_keys.h"
#include "play/results/match_record.h"
#include "play/results/predictor.h"
#include "play/results/queue_record.h"
#include "play/results/rater.h"
#include "play/results/recomputation.h"
#include "play/sessions/session.h"
#include "ports/broadcast.h"
#include "ports/document_store.h"
#include "ports/ranked_set.h"

namespace gamekeeper::play {

/// What results work with.
struct ResultPorts {
  ports::DocumentStore& documents;
  ports::RankedSet& boards;
  ports::Broadcast* broadcast = nullptr;  // null: nobody listens
  LiveKeys* live = nullptr;               // null: no other program looks
  bool shared_boards = false;             // other processes write to the same boards
  /// Hears of sessions that a result has ended, once that is committed; must not wait. May be empty.
  std::function<void(const Session&)> session_over = nullptr;
  /// Hears of ratings that a result has moved, the shown ones, in the same way.
  std::function<void(const std::string& app, const std::string& queue, const std::string& player, int64_t before,
                     int64_t after)>
      rating_moved = nullptr;
};

struct QueueAnswer {
  Match match = {};  // as it stands now; empty for kSetRules, kRecompute, kCatchUp, kBoardLost and kTogether
  Recomputed recomputed = {};
  QueueRecord record = {};  // kSetRules
  bool more = false;        // kCatchUp, kBoardLost: there is more to read
};

/// What is to be done with a queue, one after another.
struct QueueJob {
  enum class Kind : uint8_t {
    kSettle,     // `result`, from somebody whose word counts
    kReport,     // `result`, as the player `reporter` says
    kExpire,     // the time to agree on result.match_id may be over
    kVoid,       // result.match_id is taken back
    kCorrect,    // `result` takes the place of what was said before
    kReset,      // `keep` of every rating, as result.match_id
    kSetRules,   // `rules`, of which those that move ratings wait for kRecompute
    kRecompute,  // all is computed anew, by the rules that were set
    kCatchUp,    // the next part of what is kept in memory is read back
    kBoardLost,  // the board is to be read back
    kTogether,   // a round that met other writers, with the queue to itself
  };
  struct Round {
    std::vector<QueueJob> jobs;
    std::vector<Result<QueueAnswer>> answers = {};
  };
  Kind kind = Kind::kSettle;
  MatchResult result = {};
  std::string reporter = {}, reason = {};
  double keep = 1;
  boost::json::object rules = {};
  std::shared_ptr<Round> round = nullptr;  // kTogether
};

/// The results of one queue, in one order. All that a result changes (match, ratings, session and its players' stats, the
/// queue, facts) is one write set, and results that wait at the same time share it. While one round is being committed the
/// next is computed; it is committed only when the one before was. Thread-safe.
class Sequencer {
 public:
  Sequencer(ResultPorts ports, const Clock& clock, std::string app, std::string queue);
  ~Sequencer();

  /// Errors: kNotFound (no such match, player or session), kInvalid `not_in_session`, kConflict `different_result`,
  /// kOverloaded, those of the store.
  Task<Result<QueueAnswer>> submit(QueueJob job) { return batcher_.submit(std::move(job)); }

  ports::Board board() const;
  /// Whether the board holds the whole queue: not for a while after a start.
  bool is_board_whole() const { return board_whole_.load(std::memory_order_acquire); }
  /// Whether kCatchUp has something to read back.
  bool is_behind() const { return !is_board_whole() || !predictor_whole_.load(std::memory_order_acquire); }
  Predictor& predictor() { return predictor_; }
  /// Whether there is anything in memory that would be missed.
  bool has_results() const { return has_results_.load(std::memory_order_acquire); }

 private:
  struct Round;
  class Flight;
  using Jobs = std::vector<QueueJob>;
  using Answers = std::vector<Result<QueueAnswer>>;
  using Turn = Batcher<QueueJob, QueueAnswer>::Turn;

  Task<Answers> work(Jobs jobs, Turn& turn);
  Task<Result<QueueAnswer>> alone(QueueJob job);
  Task<Result<QueueAnswer>> attempt(QueueJob job);
  Task<Result<void>> load();
  void forget();
  void start_over();

  // sequencer_read.cpp
  Task<Result<void>> read_ahead(const Jobs& jobs, Round& round);
  Task<Result<void>> read_ratings(const Jobs& jobs);
  Task<Result<std::optional<Match>>> find(const QueueJob& job, Round& round);
  Task<Result<std::vector<PlayerRating*>>> seats_of(const MatchResult& result);

  // sequencer_settle.cpp
  Task<Answers> settle_all(Jobs jobs, Turn* turn);
  Task<Answers> settle_ahead(Jobs jobs, Turn& turn, Round& round, Answers answers);
  Task<bool> is_on_ground();
  Task<Result<Match>> handle(const QueueJob& job, Round& round);
  Task<Result<Match>> handle_report(const QueueJob& job, std::optional<Match> found, Round& round);
  Task<Result<Match>> settle(Match match, Round& round);
  Task<Result<void>> join_session(const Match& match, Round& round);
  ports::WriteSet set_of(Round& round);
  Task<Result<void>> commit(ports::WriteSet set);
  Task<void> tell(const Round& round);
  Task<void> show(const Round& round);

  // sequencer_amend.cpp
  Task<Result<QueueAnswer>> take_back(QueueJob job);
  Task<Result<QueueAnswer>> correct(QueueJob job);
  Task<Result<QueueAnswer>> reset(QueueJob job);
  Task<Result<QueueAnswer>> amend(Match match, const char* fact);
  Task<Result<QueueAnswer>> set_rules(QueueJob job);
  Task<Result<Recomputed>> recompute();
  Task<Result<bool>> catch_up();
  Task<Result<void>> read_back_board();
  Task<Result<void>> put_on_board(const ports::DocumentPage& ratings);
  Task<Result<void>> read_back_matches();

  const ResultPorts ports_;
  const Clock& clock_;
  const std::string app_, queue_;
  Predictor predictor_;
  std::atomic<bool> board_whole_ = false, predictor_whole_ = false, has_results_ = false;
  // Touched by who has the turn alone:
  std::shared_ptr<Flight> last_;  // the round before, whose commit may be under way
  std::optional<QueueRecord> record_;  // nothing: to be read
  std::unordered_map<std::string, PlayerRating>
      ratings_;  // by player, as the store has them or will have after the round
  std::string board_cursor_;
  uint64_t board_read_ = 0;  // ratings, of the board that is being read back
  uint64_t recomputed_ = 0;  // QueueRecord's, as the board and the predictor know it
  Rater rater_;
  Batcher<QueueJob, QueueAnswer> batcher_;
};

/// The rating as its queue's board has it: the rounded mean. Ids that are too long for a board stay off it.
void add_score(const PlayerRating& rating, std::vector<ports::ScoreWrite>& writes);
/// What the log hears when a match is settled: match.completed, and rating.changed for every player.
void add_facts(const Match& match, std::vector<ports::Fact>& facts);

}  // namespace gamekeeper::play
