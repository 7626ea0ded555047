#include "play/results/results.h"

#include "events/extract.h"
#include "gate/records.h"
#include "play/accounts/player.h"

namespace gamekeeper::play {
namespace {

constexpr size_t kQueuesMax = 10'000;

std::unexpected<Error> unknown_match() {
  return fail(ErrorKind::kNotFound, "not_found", "There is no such match.", "match_id");
}

}  // namespace

Result<std::shared_ptr<Sequencer>> Results::queue_of(const std::string& app, const std::string& queue) {
  std::lock_guard lock(mutex_);
  auto found = queues_.find(scoped(app, queue));
  if (found != queues_.end()) return found->second;
  // Anybody may name a queue; those in which nothing was ever settled are as good as new.
  if (queues_.size() >= kQueuesMax)
    std::erase_if(queues_,
                  [](const auto& entry) { return entry.second.use_count() == 1 && !entry.second->has_results(); });
  if (queues_.size() >= kQueuesMax)
    return fail(ErrorKind::kOverloaded, "overloaded", "There are too many queues.", "queue",
                std::to_string(kQueuesMax));
  auto made = std::make_shared<Sequencer>(ports_, clock_, app, queue);
  queues_.emplace(scoped(app, queue), made);
  return made;
}

Task<Result<Match>> Results::submit(std::string app, std::string queue, QueueJob job) {
  auto sequencer = queue_of(app, queue);
  if (!sequencer) co_return std::unexpected(sequencer.error());
  auto answer = co_await (*sequencer)->submit(std::move(job));
  if (!answer) co_return std::unexpected(answer.error());
  co_return std::move(answer->match);
}

Task<Result<std::optional<Match>>> Results::find(std::string app, std::string match_id) {
  auto document = co_await ports_.documents.get(kMatches, scoped(app, match_id));
  if (!document) co_return std::unexpected(document.error());
  if (!*document) co_return std::nullopt;
  auto match = read_match(**document);
  if (!match) co_return std::unexpected(match.error());
  co_return std::move(*match);
}

Task<Result<Match>> Results::settle(std::string app, MatchResult result) {
  std::string queue = result.queue;
  QueueJob job{.kind = QueueJob::Kind::kSettle, .result = std::move(result)};
  co_return co_await submit(std::move(app), std::move(queue), std::move(job));
}

Task<Result<Match>> Results::report(std::string app, std::string player_id, MatchResult result) {
  if (!result.has(player_id))
    co_return fail(ErrorKind::kDenied, "not_yours", "Players report their own matches only.", "teams");
  std::string queue = result.queue;
  QueueJob job{.kind = QueueJob::Kind::kReport, .result = std::move(result), .reporter = std::move(player_id)};
  co_return co_await submit(std::move(app), std::move(queue), std::move(job));
}

Task<Result<Match>> Results::take_back(std::string app, std::string match_id, std::string reason) {
  auto match = co_await read(app, match_id);
  if (!match) co_return match;
  QueueJob job{.kind = QueueJob::Kind::kVoid, .result = {.match_id = std::move(match_id)}, .reason = std::move(reason)};
  co_return co_await submit(std::move(app), match->result.queue, std::move(job));
}

Task<Result<Match>> Results::correct(std::string app, MatchResult result, std::string reason) {
  auto match = co_await read(app, result.match_id);
  if (!match) co_return match;
  if (result.queue != match->result.queue)
    co_return fail(ErrorKind::kInvalid, "bad_value", "A match stays in its queue; void it and name another.", "queue",
                   match->result.queue);
  QueueJob job{.kind = QueueJob::Kind::kCorrect, .result = std::move(result), .reason = std::move(reason)};
  co_return co_await submit(std::move(app), match->result.queue, std::move(job));
}

Task<Result<QueueRecord>> Results::queue_record(std::string app, std::string queue) {
  auto document = co_await ports_.documents.get(kRatingQueues, scoped(app, queue));
  if (!document) co_return std::unexpected(document.error());
  if (!*document) co_return QueueRecord{.app = std::move(app), .queue = std::move(queue)};
  co_return read_rating_queue(**document);
}

Task<Result<QueueRecord>> Results::set_rules(std::string app, std::string queue, boost::json::object change) {
  if (!events::is_id_text(queue))
    co_return fail(ErrorKind::kInvalid, "bad_value", "A queue's name has 1 to 128 characters.", "queue",
                   "128 characters");
  auto sequencer = queue_of(app, queue);
  if (!sequencer) co_return std::unexpected(sequencer.error());
  auto answer = co_await (*sequencer)->submit({.kind = QueueJob::Kind::kSetRules, .rules = std::move(change)});
  if (!answer) co_return std::unexpected(answer.error());
  co_return std::move(answer->record);
}

Task<Result<void>> Results::check_queue(std::string app, std::string queue) {
  auto known = co_await ports_.documents.get(kRatingQueues, scoped(app, queue));
  if (!known) co_return std::unexpected(known.error());
  if (!*known) co_return fail(ErrorKind::kNotFound, "not_found", "Nothing was played in this queue.", "queue");
  co_return Result<void>{};
}

Task<Result<Match>> Results::reset(std::string app, std::string queue, std::string id, double keep,
                                   std::string reason) {
  if (auto ok = co_await check_queue(app, queue); !ok) co_return std::unexpected(ok.error());
  QueueJob job{.kind = QueueJob::Kind::kReset,
               .result = {.match_id = std::move(id), .queue = queue},
               .reason = std::move(reason),
               .keep = keep};
  co_return co_await submit(std::move(app), std::move(queue), std::move(job));
}

Task<Result<Recomputed>> Results::recompute(std::string app, std::string queue) {
  if (auto ok = co_await check_queue(app, queue); !ok) co_return std::unexpected(ok.error());
  auto sequencer = queue_of(app, queue);
  if (!sequencer) co_return std::unexpected(sequencer.error());
  auto answer = co_await (*sequencer)->submit({.kind = QueueJob::Kind::kRecompute});
  if (!answer) co_return std::unexpected(answer.error());
  co_return answer->recomputed;
}

Task<Result<Match>> Results::read(std::string app, std::string match_id) {
  auto found = co_await find(std::move(app), std::move(match_id));
  if (!found) co_return std::unexpected(found.error());
  if (!*found) co_return unknown_match();
  co_return std::move(**found);
}

Task<Result<MatchPage>> Results::list(std::string app, MatchFilter filter, uint32_t limit, std::string cursor) {
  ports::Query query = newest_first(kMatches, app, limit, std::move(cursor));
  if (filter.status && *filter.status != MatchStatus::kApplied) {
    const std::string prefix = scoped(app, name_of(*filter.status));
    query.index = "status";
    query.from = prefix + "/";
    query.to = prefix + "0";
  }
  auto page = co_await read_page(ports_.documents, std::move(query), read_match);
  if (!page) co_return page;
  std::erase_if(page->items, [&](const Match& m) {
    return (filter.status && m.status != *filter.status) || (filter.queue && m.result.queue != *filter.queue);
  });
  co_return page;
}

Task<Result<RatingView>> Results::rating(std::string app, std::string player_id, std::string queue, uint32_t limit,
                                         std::string cursor) {
  RatingView out{.rating = {.app = app, .queue = queue, .player_id = player_id}};
  auto document = co_await ports_.documents.get(kRatings, rating_id(app, queue, player_id));
  if (!document) co_return std::unexpected(document.error());
  if (!*document) {
    auto player = co_await ports_.documents.get(kPlayers, scoped(app, player_id));
    if (!player) co_return std::unexpected(player.error());
    if (!*player) co_return fail(ErrorKind::kNotFound, "not_found", "There is no such player.", "id");
    if (!cursor.empty())  // of a history that has no second page
      co_return fail(ErrorKind::kInvalid, "bad_cursor", "The cursor is not one of ours.", "cursor");
    co_return out;
  }
  auto rating = read_rating(**document);
  if (!rating) co_return std::unexpected(rating.error());
  out.rating = std::move(*rating);
  auto record = co_await queue_record(app, queue);
  if (!record) co_return std::unexpected(record.error());
  out.provisional = out.rating.games() < record->rules.placement_games;
  auto sequencer = queue_of(app, queue);
  if (!sequencer) co_return std::unexpected(sequencer.error());
  if ((*sequencer)->is_board_whole()) {
    auto standing = co_await ports_.boards.find((*sequencer)->board(), {player_id});
    if (!standing) co_return std::unexpected(standing.error());
    if (standing->front()) {
      out.rank = standing->front()->rank;
      out.percentile = standing->front()->percentile;
    }
  }
  const std::string prefix = player_matches_prefix(app, queue, player_id);
  ports::Query query{.collection = kMatches,
                     .index = kMatchesByPlayer,
                     .from = prefix,
                     .to = prefix + "~",  // after the digits of a number
                     .direction = ports::Direction::kDescending,
                     .limit = limit,
                     .cursor = std::move(cursor)};
  auto page = co_await read_page(ports_.documents, std::move(query), read_match);
  if (!page) co_return std::unexpected(page.error());
  out.history = std::move(page->items);
  out.next_cursor = std::move(page->next_cursor);
  co_return out;
}

Task<Result<std::vector<double>>> Results::predict(std::string app, std::string queue, std::vector<MatchTeam> teams) {
  auto sequencer = queue_of(app, queue);
  if (!sequencer) co_return std::unexpected(sequencer.error());
  co_return (*sequencer)->predictor().predict(teams, clock_.now_ms());
}

bool Results::is_board_whole(const std::string& app, const std::string& queue) {
  std::lock_guard lock(mutex_);
  auto found = queues_.find(scoped(app, queue));
  return found == queues_.end() ? knows_all_.load() : found->second->is_board_whole();
}

Task<Result<size_t>> Results::sweep() {
  auto page = co_await ports_.documents.query(
      {.collection = kMatches, .index = "deadline", .from = {}, .to = gate::sortable(clock_.now_ms()), .limit = 500});
  if (!page) co_return std::unexpected(page.error());
  for (const ports::Document& document : page->items) {
    auto m = read_match(document);
    if (!m) co_return std::unexpected(m.error());
    QueueJob job{.kind = QueueJob::Kind::kExpire, .result = {.match_id = m->result.match_id}};
    auto done = co_await submit(m->app, m->result.queue, std::move(job));
    if (!done) co_return std::unexpected(done.error());
  }
  co_return page->items.size();
}

Task<Result<bool>> Results::catch_up() {
  if (!knows_all_) {
    auto documents = co_await gate::read_all(ports_.documents, kRatingQueues);
    if (!documents) co_return std::unexpected(documents.error());
    for (const ports::Document& document : *documents) {
      auto queue = read_rating_queue(document);
      if (!queue) co_return std::unexpected(queue.error());
      if (auto made = queue_of(queue->app, queue->queue); !made) co_return std::unexpected(made.error());
    }
    knows_all_ = true;
  }
  bool more = false;
  for (const auto& sequencer : queues()) {
    if (!sequencer->is_behind()) continue;
    auto answer = co_await sequencer->submit({.kind = QueueJob::Kind::kCatchUp});
    if (!answer) co_return std::unexpected(answer.error());
    more = more || answer->more;
  }
  co_return more;
}

std::vector<std::shared_ptr<Sequencer>> Results::queues() {
  std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Sequencer>> out;
  for (const auto& [id, sequencer] : queues_) out.push_back(sequencer);
  return out;
}

Task<Result<void>> Results::boards_lost() {
  for (const auto& sequencer : queues()) {
    auto answer = co_await sequencer->submit({.kind = QueueJob::Kind::kBoardLost});
    if (!answer) co_return std::unexpected(answer.error());
  }
  co_return Result<void>{};
}

}  // namespace gamekeeper::play
