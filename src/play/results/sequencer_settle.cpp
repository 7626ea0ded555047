#include <algorithm>
#include <boost/json.hpp>

#include "base/crash_point.h"
#include "base/log.h"
#include "flow/push.h"
#include "play/accounts/player.h"
#include "play/results/report.h"
#include "play/results/sequencer_round.h"
#include "play/sessions/session_push.h"

namespace gamekeeper::play {
namespace {

constexpr int kRoundTries = 8;  // of a write set that meets the writes of others
constexpr int64_t kAgreeMs = 10 * 60 * 1000;
constexpr size_t kVersionsMax = 16;  // of one match: beyond them there is no agreement to wait for

std::unexpected<Error> different_result(const Match& m) {
  return fail(ErrorKind::kConflict, "different_result", "This match has another result; correct it, or name another.",
              "match_id", m.result.match_id);
}

bool is_settled(const Match& m) { return m.status == MatchStatus::kApplied || m.status == MatchStatus::kVoid; }

Match new_match(const std::string& app, const MatchResult& result, UnixMillis now) {
  return {
      .app = app, .result = result, .time = result.time.value_or(now), .received_at = now, .digest = result.digest()};
}

/// The player stands to this version, and to no other any more.
void note_report(Match& m, const QueueJob& job) {
  for (ReportedResult& report : m.reports) std::erase(report.reporters, job.reporter);
  const std::string digest = job.result.digest();
  const auto same =
      std::ranges::find_if(m.reports, [&](const ReportedResult& report) { return report.result.digest() == digest; });
  if (same != m.reports.end())
    same->reporters.push_back(job.reporter);
  else
    m.reports.push_back({job.result, {job.reporter}});
  std::erase_if(m.reports, [](const ReportedResult& report) { return report.reporters.empty(); });
}

}  // namespace

/// One write set for all; again from the start when somebody else has changed what it changes. With a turn to pass on the
/// next round begins as soon as this one is on its way to the store.
Task<Sequencer::Answers> Sequencer::settle_all(Jobs jobs, Turn* turn) {
  Error trouble{ErrorKind::kOverloaded, "overloaded", "Results of this queue are being applied elsewhere; try again."};
  for (int tries = 0; tries < kRoundTries; ++tries) {
    if (auto ok = co_await load(); !ok) {
      forget();
      if (ok.error().kind == ErrorKind::kConflict) continue;
      trouble = ok.error();
      break;
    }
    Round round(ports_.documents, clock_.now_ms());
    if (last_ && last_->concerns(jobs)) co_await last_->is_committed();  // repeats are found in the store
    if (auto ok = co_await read_ahead(jobs, round); !ok) {
      trouble = ok.error();
      break;
    }
    Answers answers;
    for (const QueueJob& job : jobs) {
      auto match = co_await handle(job, round);
      if (match)
        answers.push_back(QueueAnswer{.match = std::move(*match)});
      else
        answers.push_back(std::unexpected(match.error()));
    }
    if (round.matches.empty()) co_return answers;
    if (last_ && !co_await last_->is_committed()) {  // this one was computed from what never came to be
      co_await last_->land();
      forget();
      continue;
    }
    if (turn) co_return co_await settle_ahead(std::move(jobs), *turn, round, std::move(answers));
    co_await is_on_ground();
    auto done = co_await commit(set_of(round));
    if (done) {
      co_await tell(round);
      co_return answers;
    }
    forget();
    if (done.error().kind == ErrorKind::kConflict) continue;
    trouble = done.error();
    break;
  }
  co_return Answers(jobs.size(), std::unexpected(trouble));
}

/// From where the turn is passed on nothing is touched that the next round uses. A round that meets other writers begins
/// again, with the queue to itself.
Task<Sequencer::Answers> Sequencer::settle_ahead(Jobs jobs, Turn& turn, Round& round, Answers answers) {
  ports::WriteSet set = set_of(round);
  const auto flight = std::make_shared<Flight>(round), before = std::exchange(last_, flight);
  Result<void> done;
  {
    Flight::Pilot pilot(*flight);
    turn.pass_on();
    done = co_await commit(std::move(set));
    pilot.know(done.has_value());
    if (before) co_await before->land();
    if (done) co_await tell(round);
  }
  if (done) co_return answers;
  if (done.error().kind != ErrorKind::kConflict) co_return Answers(jobs.size(), std::unexpected(done.error()));
  const size_t count = jobs.size();
  QueueJob again{.kind = QueueJob::Kind::kTogether, .round = std::make_shared<QueueJob::Round>(std::move(jobs))};
  const auto its = again.round;
  auto ended = co_await batcher_.submit(std::move(again));
  if (!ended) co_return Answers(count, std::unexpected(ended.error()));
  co_return std::move(its->answers);
}

Task<Result<Match>> Sequencer::handle(const QueueJob& job, Round& round) {
  auto found = co_await find(job, round);
  if (!found) co_return std::unexpected(found.error());
  if (job.kind == QueueJob::Kind::kReport) co_return co_await handle_report(job, std::move(*found), round);
  if (job.kind == QueueJob::Kind::kExpire) {
    if (!*found) co_return fail(ErrorKind::kNotFound, "not_found", "There is no such match.", "match_id");
    Match m = std::move(**found);
    if (m.status != MatchStatus::kPending || m.deadline > round.now) co_return m;
    m.status = MatchStatus::kDisputed;
    m.deadline = 0;
    round.write(m);
    co_return m;
  }
  Match m = new_match(app_, job.result, round.now);
  if (*found) {
    const bool never_counted = job.kind == QueueJob::Kind::kCorrect && (*found)->applied == 0;
    if (is_settled(**found) && !never_counted) {
      if ((*found)->digest != m.digest) co_return different_result(**found);
      co_return std::move(**found);
    }
    m.received_at = (*found)->received_at;
    m.version = (*found)->version;
    m.reason = job.reason;
  }
  co_return co_await settle(std::move(m), round);
}

Task<Result<Match>> Sequencer::handle_report(const QueueJob& job, std::optional<Match> found, Round& round) {
  if (found && is_settled(*found)) {
    if (found->digest != job.result.digest()) co_return different_result(*found);
    co_return std::move(*found);
  }
  if (found && found->result.queue != job.result.queue) co_return different_result(*found);
  if (found && found->status == MatchStatus::kDisputed) co_return std::move(*found);
  if (auto seats = co_await seats_of(job.result); !seats) co_return std::unexpected(seats.error());
  Match m = found ? std::move(*found) : new_match(app_, job.result, round.now);
  if (m.deadline == 0) m.deadline = round.now + kAgreeMs;
  note_report(m, job);
  const auto agreed = std::ranges::find_if(m.reports, is_agreed);
  if (agreed != m.reports.end()) {
    Match settled = new_match(app_, agreed->result, m.received_at);
    settled.version = m.version;
    co_return co_await settle(std::move(settled), round);
  }
  if (all_have_spoken(m) || m.reports.size() > kVersionsMax) {
    m.status = MatchStatus::kDisputed;
    m.deadline = 0;
  }
  round.write(m);
  co_return m;
}

Result<void> check_in_session(const MatchResult& result, const Session& session) {
  for (const MatchTeam& team : result.teams) {
    for (const MatchPlayer& p : team.players) {
      if (!session.has(p.id))
        return fail(ErrorKind::kInvalid, "not_in_session", "A player of the result does not play in the session.",
                    "teams", p.id);
    }
  }
  return {};
}

/// The session of the match ends with it, and whoever played in the match was in the session.
Task<Result<void>> Sequencer::join_session(const Match& m, Round& round) {
  if (m.result.session_id.empty()) co_return Result<void>{};
  auto session = co_await round.endings.find(app_, m.result.session_id);
  if (!session) co_return std::unexpected(session.error());
  if (auto ok = check_in_session(m.result, **session); !ok) co_return ok;
  auto completed = co_await round.endings.complete(app_, m.result.session_id, round.now);
  if (!completed) co_return std::unexpected(completed.error());
  co_return Result<void>{};
}

Task<Result<Match>> Sequencer::settle(Match m, Round& round) {
  auto seats = co_await seats_of(m.result);
  if (!seats) co_return std::unexpected(seats.error());
  if (auto ok = co_await join_session(m, round); !ok) co_return std::unexpected(ok.error());
  // From here on nothing fails.
  m.status = MatchStatus::kApplied;
  m.settled_at = round.now;
  m.applied = ++record_->applied;
  if (predictor_whole_) m.predicted = predictor_.predict(m.result.teams, m.time);
  rater_.apply(m, *seats);
  for (PlayerRating* rating : *seats) {
    if (round.is_changed.emplace(rating, true).second) round.changed.push_back(rating);
  }
  add_facts(m, round.facts);
  round.settled.push_back(m.result.match_id);
  round.write(m);
  co_return m;
}

/// What is to be written, over the versions that are known; from here on those that it makes are.
ports::WriteSet Sequencer::set_of(Round& round) {
  ports::WriteSet set;
  for (const std::string& id : round.order) set.puts.push_back(put_of(round.matches.at(id)));
  for (PlayerRating* rating : round.changed) {
    set.puts.push_back(put_of(*rating));
    ++rating->version;
    add_score(*rating, round.scores);
    round.players.push_back(rating->player_id);
  }
  set.puts.push_back(put_of(*record_));
  ++record_->version;
  if (record_->applied != 0) has_results_ = true;
  round.endings.put_into(set);
  set.facts.insert(set.facts.end(), std::make_move_iterator(round.facts.begin()),
                   std::make_move_iterator(round.facts.end()));
  return set;
}

Task<Result<void>> Sequencer::commit(ports::WriteSet set) {
  auto versions = co_await ports_.documents.commit(std::move(set));
  if (!versions) co_return std::unexpected(versions.error());
  crash_point("results.committed");
  co_return Result<void>{};
}

/// What other programs see of it.
Task<void> Sequencer::show(const Round& round) {
  for (const std::string& player : round.players) {
    auto all = co_await ratings_of(ports_.documents, app_, player);
    if (!all) continue;  // right again with the next result
    const Record record = record_of(*all);
    co_await ports_.live->stats(app_, player,
                                {.current_rating = record.current_rating,
                                 .games_played = static_cast<uint64_t>(record.games()),
                                 .win_rate = record.win_rate()});
  }
  for (const Session* s : round.endings.completed()) co_await ports_.live->session_over(s->id);
}

/// What is kept beside the store, and who listens. The write is done: nothing of this can undo it.
Task<void> Sequencer::tell(const Round& round) {
  for (const std::string& id : round.settled) {
    if (predictor_whole_) predictor_.learn(round.matches.at(id));
  }
  if (!round.scores.empty()) {
    if (auto put = co_await ports_.boards.put(board(), round.scores); !put) {
      log::warning("results", "board_behind", {log::text("queue", queue_), log::text("message", put.error().message)});
      board_cursor_.clear();
      board_whole_ = false;  // it is read back from the store
    }
  }
  if (ports_.live) co_await show(round);
  if (ports_.session_over) {
    for (const Session* session : round.endings.completed()) ports_.session_over(*session);
  }
  if (ports_.rating_moved) {
    for (const std::string& id : round.settled) {
      for (const MatchTeam& team : round.matches.at(id).result.teams) {
        for (const MatchPlayer& p : team.players) ports_.rating_moved(app_, queue_, p.id, p.before, p.after);
      }
    }
  }
  if (!ports_.broadcast) co_return;
  for (const std::string& id : round.settled) {
    const Match& m = round.matches.at(id);
    for (const MatchTeam& team : m.result.teams) {
      for (const MatchPlayer& p : team.players) {
        co_await flow::push(*ports_.broadcast, flow::player_topic(app_, p.id, "ratings"), "rating_changed",
                            {{"match_id", id},
                             {"queue", queue_},
                             {"before", p.before},
                             {"after", p.after},
                             {"change", p.after - p.before},
                             {"deviation", p.deviation}});
      }
    }
  }
  for (const Session* session : round.endings.completed()) {
    Session now = *session;
    ++now.version;  // as the commit has made it
    co_await push_state(*ports_.broadcast, now);
  }
}

}  // namespace gamekeeper::play
