#include <algorithm>
#include <boost/json.hpp>

#include "base/crash_point.h"
#include "base/log.h"
#include "events/fact.h"
#include "play/accounts/player.h"
#include "play/results/sequencer_round.h"

namespace gamekeeper::play {
namespace {

constexpr uint32_t kPageBack = 1000;  // documents read back at once
constexpr uint64_t kToldEvery = 100'000;  // of them: a line in the log

std::unexpected<Error> no_such_match() {
  return fail(ErrorKind::kNotFound, "not_found", "There is no such match.", "match_id");
}

std::unexpected<Error> other_result(const std::string& id) {
  return fail(ErrorKind::kConflict, "different_result", "Under this id stands something else.", "match_id", id);
}

Task<Result<Match>> read_stored(ports::DocumentStore& documents, std::string app, std::string id) {
  auto document = co_await documents.get(kMatches, scoped(app, id));
  if (!document) co_return std::unexpected(document.error());
  if (!*document) co_return no_such_match();
  co_return read_match(**document);
}

std::vector<std::string_view> who_plays(const MatchTeam& team) {
  std::vector<std::string_view> out;
  for (const MatchPlayer& p : team.players) out.push_back(p.id);
  std::ranges::sort(out);
  return out;
}

/// What was foretold of each team of a corrected result, which may list them in another order; nothing where others played.
std::vector<double> foretold(const Match& before, const MatchResult& now) {
  std::vector<double> out;
  if (before.predicted.size() != now.teams.size()) return out;
  for (const MatchTeam& team : now.teams) {
    const auto same = std::ranges::find(before.result.teams, who_plays(team), who_plays);
    if (same == before.result.teams.end()) return {};
    out.push_back(before.predicted[static_cast<size_t>(same - before.result.teams.begin())]);
  }
  return out;
}

}  // namespace

Task<Result<QueueAnswer>> Sequencer::take_back(QueueJob job) {
  auto match = co_await read_stored(ports_.documents, app_, job.result.match_id);
  if (!match) co_return std::unexpected(match.error());
  if (match->result.queue != queue_) co_return no_such_match();
  if (match->status == MatchStatus::kVoid) co_return QueueAnswer{.match = std::move(*match)};
  match->status = MatchStatus::kVoid;
  match->reason = std::move(job.reason);
  co_return co_await amend(std::move(*match), "match.voided");
}

Task<Result<QueueAnswer>> Sequencer::correct(QueueJob job) {
  auto match = co_await read_stored(ports_.documents, app_, job.result.match_id);
  if (!match) co_return std::unexpected(match.error());
  if (match->result.queue != queue_) co_return no_such_match();
  if (match->reset_keep) co_return other_result(match->result.match_id);
  if (match->applied == 0) {  // it never counted: now it does
    Answers settled = co_await settle_all({std::move(job)}, nullptr);
    co_return std::move(settled.front());
  }
  if (job.result.session_id.empty()) job.result.session_id = match->result.session_id;
  if (!job.result.time) job.result.time = match->result.time;
  if (auto seats = co_await seats_of(job.result); !seats) co_return std::unexpected(seats.error());
  if (!job.result.session_id.empty()) {
    SessionEndings sessions(ports_.documents);
    auto session = co_await sessions.find(app_, job.result.session_id);
    if (!session) co_return std::unexpected(session.error());
    if (auto ok = check_in_session(job.result, **session); !ok) co_return std::unexpected(ok.error());
  }
  std::string digest = job.result.digest();
  if (match->status == MatchStatus::kApplied && match->digest == digest)
    co_return QueueAnswer{.match = std::move(*match)};
  match->predicted = foretold(*match, job.result);
  match->status = MatchStatus::kApplied;
  match->digest = std::move(digest);
  match->time = job.result.time.value_or(match->time);
  match->reason = std::move(job.reason);
  match->result = std::move(job.result);
  co_return co_await amend(std::move(*match), "match.corrected");
}

Task<Result<QueueAnswer>> Sequencer::reset(QueueJob job) {
  auto found = co_await ports_.documents.get(kMatches, scoped(app_, job.result.match_id));
  if (!found) co_return std::unexpected(found.error());
  if (*found) {
    auto match = read_match(**found);
    if (!match) co_return std::unexpected(match.error());
    if (match->reset_keep != job.keep || match->result.queue != queue_) co_return other_result(match->result.match_id);
    co_return QueueAnswer{.match = std::move(*match)};
  }
  const UnixMillis now = clock_.now_ms();
  Match m{.app = app_,
          .result = std::move(job.result),
          .status = MatchStatus::kApplied,
          .time = now,
          .received_at = now,
          .settled_at = now,
          .applied = ++record_->applied,
          .reason = std::move(job.reason),
          .reset_keep = job.keep};
  co_return co_await amend(std::move(m), "");
}

Task<Result<QueueAnswer>> Sequencer::set_rules(QueueJob job) {
  auto rules = change_rules(record_->rules_set(), job.rules);
  if (!rules) co_return std::unexpected(rules.error());
  record_->set_rules(std::move(*rules), clock_.now_ms());
  ports::WriteSet set;
  set.puts.push_back(put_of(*record_));
  auto versions = co_await ports_.documents.commit(std::move(set));
  if (!versions) {
    forget();
    co_return std::unexpected(versions.error());
  }
  record_->version = versions->front();
  has_results_ = true;
  co_return QueueAnswer{.record = *record_};
}

/// Writes the match with the mark that the queue is to be computed anew, and does that.
Task<Result<QueueAnswer>> Sequencer::amend(Match m, const char* fact) {
  const bool counts = m.applied != 0;
  m.reports.clear();
  m.deadline = 0;
  record_->recompute = counts;
  ports::WriteSet set;
  set.puts.push_back(put_of(m));
  set.puts.push_back(put_of(*record_));
  if (!m.reset_keep) {
    const std::string& player = m.result.teams.front().players.front().id;
    const std::string properties =
        boost::json::serialize(boost::json::object{{"match_id", m.result.match_id}, {"queue", queue_}});
    set.facts.push_back({scoped(app_, player), events::fact_row({.app = app_,
                                                                 .player_id = player,
                                                                 .name = fact,
                                                                 .at = clock_.now_ms(),
                                                                 .properties = properties,
                                                                 .match_id = m.result.match_id})});
  }
  auto versions = co_await ports_.documents.commit(std::move(set));
  if (!versions) {
    forget();
    co_return std::unexpected(versions.error());
  }
  record_->version = versions->back();
  crash_point("results.marked");
  Recomputed done;
  if (counts) {
    auto recomputed = co_await recompute();
    if (!recomputed) co_return std::unexpected(recomputed.error());
    done = *recomputed;
  }
  auto now = co_await read_stored(ports_.documents, app_, m.result.match_id);
  if (!now) co_return std::unexpected(now.error());
  co_return QueueAnswer{.match = std::move(*now), .recomputed = done};
}

Task<Result<Recomputed>> Sequencer::recompute() {
  predictor_whole_ = false;
  predictor_.forget();
  Recomputation work(ports_.documents, *record_);
  work.learn = [this](const Match& match) { predictor_.learn(match); };
  auto done = co_await work.run();
  ratings_.clear();
  if (!done) {
    forget();
    co_return std::unexpected(done.error());
  }
  predictor_whole_ = predictor_.learned() == record_->applied;
  // The board is read back whole: a rating that did not move may have been reached at another time.
  recomputed_ = record_->recomputed;
  board_whole_ = false;
  board_cursor_.clear();
  if (ports_.shared_boards) {
    for (const std::string& player : work.gone()) {
      auto removed = co_await ports_.boards.remove(board(), player);
      if (!removed) log::warning("results", "board_behind", {log::text("message", removed.error().message)});
    }
  }
  while (!board_whole_) {
    if (auto ok = co_await read_back_board(); !ok) break;  // catch_up() goes on
  }
  co_return *done;
}

/// The next part of the board, else of the matches that the predictor has not learned; whether there is more.
Task<Result<bool>> Sequencer::catch_up() {
  if (!board_whole_) {
    if (auto ok = co_await read_back_board(); !ok) co_return std::unexpected(ok.error());
  } else if (!predictor_whole_) {
    if (auto ok = co_await read_back_matches(); !ok) co_return std::unexpected(ok.error());
  }
  co_return is_behind();
}

/// A board of this process alone begins empty: who has no rating any more stands on no board. On a shared one others are
/// looking, and what they write while a page is put must not be overwritten by what the page said before.
Task<Result<void>> Sequencer::read_back_board() {
  if (board_cursor_.empty()) {
    board_read_ = 0;
    if (!ports_.shared_boards) {
      if (auto dropped = co_await ports_.boards.drop(board()); !dropped) co_return std::unexpected(dropped.error());
    }
  }
  const ports::Query query{.collection = kRatings,
                           .index = kRatingsByQueue,
                           .from = ratings_key(app_, queue_),
                           .to = ratings_key_end(app_, queue_),
                           .limit = kPageBack,
                           .cursor = board_cursor_};
  auto page = co_await ports_.documents.query(query);
  if (!page) co_return std::unexpected(page.error());
  for (;;) {
    if (auto put = co_await put_on_board(*page); !put) co_return put;
    if (!ports_.shared_boards) break;
    auto again = co_await ports_.documents.query(query);
    if (!again) co_return std::unexpected(again.error());
    const bool is_same = std::ranges::equal(
        again->items, page->items, [](const auto& a, const auto& b) { return a.id == b.id && a.version == b.version; });
    page = std::move(again);
    if (is_same) break;
  }
  const uint64_t before = std::exchange(board_read_, board_read_ + page->items.size());
  board_cursor_ = std::move(page->next_cursor);
  if (board_cursor_.empty()) board_whole_ = true;
  if (board_cursor_.empty() || board_read_ / kToldEvery != before / kToldEvery) {
    log::info("results", board_cursor_.empty() ? "board_whole" : "board_read",
              {log::text("app", app_), log::text("queue", queue_),
               log::number("ratings", static_cast<int64_t>(board_read_))});
  }
  co_return Result<void>{};
}

Task<Result<void>> Sequencer::put_on_board(const ports::DocumentPage& ratings) {
  std::vector<ports::ScoreWrite> writes;
  for (const ports::Document& document : ratings.items) {
    auto rating = read_rating(document);
    if (!rating) co_return std::unexpected(rating.error());
    add_score(*rating, writes);
  }
  if (writes.empty()) co_return Result<void>{};
  auto put = co_await ports_.boards.put(board(), std::move(writes));
  if (!put) co_return std::unexpected(put.error());
  co_return Result<void>{};
}

Task<Result<void>> Sequencer::read_back_matches() {
  auto page = co_await ports_.documents.query({.collection = kMatches,
                                               .index = kMatchesByNumber,
                                               .from = match_number_key(app_, queue_, predictor_.learned() + 1),
                                               .to = match_number_key(app_, queue_, record_->applied + 1),
                                               .limit = kPageBack});
  if (!page) co_return std::unexpected(page.error());
  for (const ports::Document& document : page->items) {
    auto match = read_match(document);
    if (!match) co_return std::unexpected(match.error());
    predictor_.learn(*match);
  }
  predictor_whole_ = page->next_cursor.empty();
  co_return Result<void>{};
}

}  // namespace gamekeeper::play
