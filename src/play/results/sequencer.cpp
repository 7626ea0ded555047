#include "play/results/sequencer.h"

#include <boost/json.hpp>

#include "events/fact.h"
#include "play/accounts/player.h"
#include "play/leaderboards/queue_board.h"
#include "play/results/sequencer_round.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;

constexpr size_t kRoundMax = 500, kWaitingMax = 20'000;
constexpr int kTriesAlone = 3;
constexpr size_t kPlayersARound = 2'000;
constexpr size_t kRatingsKept = 20'000;  // ratings in memory: beyond these all are read again

bool shares_rounds(const QueueJob& job) {
  return job.kind == QueueJob::Kind::kSettle || job.kind == QueueJob::Kind::kReport ||
         job.kind == QueueJob::Kind::kExpire;
}

size_t players_of(const QueueJob& job) {
  size_t count = 0;
  for (const MatchTeam& team : job.result.teams) count += team.players.size();
  return count;
}

}  // namespace

Sequencer::Sequencer(ResultPorts ports, const Clock& clock, std::string app, std::string queue)
    : ports_(ports),
      clock_(clock),
      app_(std::move(app)),
      queue_(std::move(queue)),
      batcher_([this](Jobs jobs, Turn& turn) { return work(std::move(jobs), turn); }, kRoundMax, kWaitingMax) {}

Sequencer::~Sequencer() = default;

ports::Board Sequencer::board() const {
  return {.id = scoped(app_, queue_board(queue_)),
          .order = ports::BoardOrder::kHighFirst,
          .op = ports::BoardOperator::kLast};
}

Task<Sequencer::Answers> Sequencer::work(Jobs jobs, Turn& turn) {
  Answers answers;
  size_t next = 0;
  while (next < jobs.size()) {
    if (ratings_.size() > kRatingsKept && co_await is_on_ground()) ratings_.clear();
    if (!shares_rounds(jobs[next])) {
      answers.push_back(co_await alone(std::move(jobs[next++])));
      continue;
    }
    Jobs together;
    for (size_t players = 0; next < jobs.size() && shares_rounds(jobs[next]) && players < kPlayersARound; ++next) {
      players += players_of(jobs[next]);
      together.push_back(std::move(jobs[next]));
    }
    // Only the last part of a round has nothing after it that needs the turn.
    Answers settled = co_await settle_all(std::move(together), next == jobs.size() ? &turn : nullptr);
    for (Result<QueueAnswer>& answer : settled) answers.push_back(std::move(answer));
  }
  co_return answers;
}

/// Waits for the round before; whether it was committed. What is in memory is then as the store has it, or to be forgotten.
Task<bool> Sequencer::is_on_ground() {
  if (!last_) co_return true;
  const bool committed = co_await last_->is_committed();
  co_await last_->land();
  if (committed) last_.reset();
  co_return committed;
}

/// What has the round to itself; again when another process wrote to the queue meanwhile.
Task<Result<QueueAnswer>> Sequencer::alone(QueueJob job) {
  Result<QueueAnswer> answer = fail(ErrorKind::kOverloaded, "overloaded", "Others write to this queue; try again.");
  if (!co_await is_on_ground()) forget();
  for (int tries = 0; tries < kTriesAlone; ++tries) {
    answer = co_await attempt(job);
    if (answer || answer.error().kind != ErrorKind::kConflict || answer.error().code == "different_result")
      co_return answer;
    forget();
  }
  co_return answer;
}

Task<Result<QueueAnswer>> Sequencer::attempt(QueueJob job) {
  if (job.kind == QueueJob::Kind::kBoardLost) {
    board_cursor_.clear();
    board_whole_ = false;
    co_return QueueAnswer{.more = true};
  }
  if (job.kind == QueueJob::Kind::kTogether) {
    job.round->answers = co_await settle_all(job.round->jobs, nullptr);
    co_return QueueAnswer{};
  }
  if (auto ok = co_await load(); !ok) co_return std::unexpected(ok.error());
  if (job.kind == QueueJob::Kind::kVoid) co_return co_await take_back(std::move(job));
  if (job.kind == QueueJob::Kind::kCorrect) co_return co_await correct(std::move(job));
  if (job.kind == QueueJob::Kind::kReset) co_return co_await reset(std::move(job));
  if (job.kind == QueueJob::Kind::kSetRules) co_return co_await set_rules(std::move(job));
  if (job.kind == QueueJob::Kind::kRecompute) {
    record_->take_up_wanted();
    auto done = co_await recompute();
    if (!done) co_return std::unexpected(done.error());
    co_return QueueAnswer{.recomputed = *done};
  }
  auto more = co_await catch_up();
  if (!more) co_return std::unexpected(more.error());
  co_return QueueAnswer{.more = *more};
}

/// Reads where the queue stands, and ends a recomputation that did not come to its end.
Task<Result<void>> Sequencer::load() {
  if (!record_) {
    auto document = co_await ports_.documents.get(kRatingQueues, scoped(app_, queue_));
    if (!document) co_return std::unexpected(document.error());
    if (!*document) {  // nothing was ever settled here
      record_ = QueueRecord{.app = app_, .queue = queue_};
      board_whole_ = predictor_whole_ = true;
      rater_ = Rater();
      co_return Result<void>{};
    }
    auto record = read_rating_queue(**document);
    if (!record) co_return std::unexpected(record.error());
    record_ = std::move(*record);
    has_results_ = true;
    if (record_->recomputed != recomputed_) start_over();
    predictor_whole_ = predictor_.learned() == record_->applied;
  }
  if (record_->recompute) {
    if (auto done = co_await recompute(); !done) co_return std::unexpected(done.error());
  }
  if (rater_.rules() != record_->rules) rater_ = Rater(record_->rules);
  co_return Result<void>{};
}

/// Another process has computed the queue anew: what is kept in memory is to be read back.
void Sequencer::start_over() {
  recomputed_ = record_->recomputed;
  predictor_.forget();
  board_cursor_.clear();
  board_whole_ = false;
}

/// After a write that failed, or may have: the store knows better.
void Sequencer::forget() {
  last_.reset();
  record_.reset();
  ratings_.clear();
}

void add_score(const PlayerRating& rating, std::vector<ports::ScoreWrite>& writes) {
  if (rating.player_id.size() <= ports::kBoardMemberBytesMax)
    writes.push_back({rating.player_id, rating.shown(), rating.reached});
}

void add_facts(const Match& m, std::vector<ports::Fact>& facts) {
  const auto add = [&](const std::string& player, std::string_view name, const json::object& properties) {
    const std::string text = json::serialize(properties);
    facts.push_back({scoped(m.app, player), events::fact_row({.app = m.app,
                                                              .player_id = player,
                                                              .name = name,
                                                              .at = m.settled_at,
                                                              .properties = text,
                                                              .match_id = m.result.match_id})});
  };
  json::object completed{{"match_id", m.result.match_id}, {"queue", m.result.queue}, {"applied", m.applied}};
  if (!m.result.session_id.empty()) completed["session_id"] = m.result.session_id;
  completed["teams"] = m.result.teams.size();
  completed["players"] = m.player_count();
  if (!m.predicted.empty()) completed["predicted_win"] = json::value_from(m.predicted);
  add(m.result.teams.front().players.front().id, "match.completed", completed);
  for (const MatchTeam& team : m.result.teams) {
    for (const MatchPlayer& p : team.players) {
      add(p.id, "rating.changed",
          {{"match_id", m.result.match_id},
           {"queue", m.result.queue},
           {"rating", p.after},
           {"change", p.after - p.before},
           {"deviation", p.deviation}});
    }
  }
}

}  // namespace gamekeeper::play
