#include "play/leaderboards/leaderboards.h"

#include <algorithm>

#include "base/ids.h"
#include "events/extract.h"
#include "gate/records.h"
#include "play/accounts/player.h"
#include "play/leaderboards/queue_board.h"

namespace gamekeeper::play {

using ports::Standing;

namespace {

constexpr int kChangeTries = 5;

std::unexpected<Error> no_such_board() {
  return fail(ErrorKind::kNotFound, "not_found", "There is no such leaderboard.", "id");
}

std::unexpected<Error> queue_writes() {
  return fail(ErrorKind::kConflict, "queue_board", "The ranking of a queue is written by its results alone.", "id");
}

std::unexpected<Error> not_on_board() {
  return fail(ErrorKind::kNotFound, "not_on_board", "The player has no score on this leaderboard.", "player");
}

std::unexpected<Error> no_such_season() {
  return fail(ErrorKind::kNotFound, "no_such_season", "The leaderboard has or had no such season.", "season");
}

std::unexpected<Error> bad_cursor() {
  return fail(ErrorKind::kInvalid, "bad_cursor", "The cursor is not one of ours.", "cursor");
}

Result<void> check_limits(int64_t min, int64_t max) {
  if (min >= -ports::kBoardScoreMax && max <= ports::kBoardScoreMax && min <= max) return {};
  return fail(ErrorKind::kInvalid, "bad_value", "The limits lie within 2^53 of zero, the lower one first.", "limits",
              "-9007199254740992 to 9007199254740992");
}

Result<void> check_player(const std::string& id) {
  if (events::is_id_text(id) && id.size() <= ports::kBoardMemberBytesMax) return {};
  return fail(ErrorKind::kInvalid, "bad_id", "A player's id has 1 to 128 characters and at most 256 bytes.", "player",
              "128 characters");
}

/// What a cursor of the list of boards begins with once it has come to those of the queues.
constexpr std::string_view kQueuesFrom = "queues~";

BoardRecord board_of_queue(std::string app, std::string_view queue) {
  return {.app = std::move(app), .id = queue_board(queue), .uid = {}, .op = ports::BoardOperator::kLast};
}

BoardRow row_of(const Standing& s, int64_t reached_per_ms) {
  return {.player_id = s.member,
          .username = {},
          .score = s.score,
          .rank = s.rank,
          .percentile = s.percentile,
          .reached_at = s.reached / reached_per_ms};
}

}  // namespace

Leaderboards::Leaderboards(LiveBoards& boards, ports::DocumentStore& documents, ports::RankedSet& ranked,
                           const Clock& clock, LeaderboardSources sources)
    : boards_(boards),
      documents_(documents),
      ranked_(ranked),
      clock_(clock),
      sources_(std::move(sources)),
      usernames_(documents, clock) {}

Task<Result<BoardRecord>> Leaderboards::create(std::string app, NewBoard wanted) {
  if (auto ok = check_board_id(wanted.id); !ok) co_return std::unexpected(ok.error());
  if (is_queue_board(wanted.id))
    co_return fail(ErrorKind::kInvalid, "bad_id", "Ids that begin with queue: are the queues' own.", "id");
  if (auto ok = check_limits(wanted.score_min, wanted.score_max); !ok) co_return std::unexpected(ok.error());
  auto there = co_await documents_.count(kBoards, "created", scoped(app, ""), app + "0");
  if (!there) co_return std::unexpected(there.error());
  if (*there >= kBoardsMax)
    co_return fail(ErrorKind::kConflict, "too_many_boards", "The app has as many leaderboards as it may.", "id",
                   std::to_string(kBoardsMax));
  const UnixMillis now = clock_.now_ms();
  BoardRecord record{.app = app,
                     .id = std::move(wanted.id),
                     .uid = random_token(6),
                     .order = wanted.order,
                     .op = wanted.op,
                     .ranking = wanted.ranking,
                     .seasons = std::move(wanted.seasons),
                     .score_min = wanted.score_min,
                     .score_max = wanted.score_max,
                     .client_writes = wanted.client_writes,
                     .created_at = now};
  if (record.seasons) {
    if (record.seasons->timezone.empty()) record.seasons->timezone = sources_.timezone_of(app);
    auto zone = TimeZone::find(record.seasons->timezone);
    if (!zone) co_return std::unexpected(zone.error());
    record.seasons->anchor = zone->day_of(now);
    record.season = play::season_at(*record.seasons, *zone, now);
  }
  ports::WriteSet set;
  set.puts.push_back(put_of(record));
  auto done = co_await documents_.commit(std::move(set));
  if (!done) {
    if (done.error().kind == ErrorKind::kConflict)
      co_return fail(ErrorKind::kConflict, "exists", "There is a leaderboard of this id already.", "id", record.id);
    co_return std::unexpected(done.error());
  }
  record.version = done->front();
  boards_.learn(record);
  boards_.scores(std::make_shared<const BoardRecord>(record), record.season.id, true);
  co_return record;
}

Task<Result<BoardRecord>> Leaderboards::change(std::string app, std::string id, BoardChange change,
                                               net::IfMatch if_match) {
  if (is_queue_board(id)) co_return queue_writes();
  for (int tries = 0; tries < kChangeTries; ++tries) {
    auto document = co_await documents_.get(kBoards, scoped(app, id));
    if (!document) co_return std::unexpected(document.error());
    if (!*document) co_return no_such_board();
    auto record = read_board(**document);
    if (!record) co_return std::unexpected(record.error());
    if (!if_match.admits(record->version))
      co_return fail(ErrorKind::kStale, "stale", "The leaderboard has changed since; read it again.", "If-Match",
                     std::to_string(record->version));
    record->ranking = change.ranking.value_or(record->ranking);
    record->score_min = change.score_min.value_or(record->score_min);
    record->score_max = change.score_max.value_or(record->score_max);
    record->client_writes = change.client_writes.value_or(record->client_writes);
    if (auto ok = check_limits(record->score_min, record->score_max); !ok) co_return std::unexpected(ok.error());
    ports::WriteSet set;
    set.puts.push_back(put_of(*record));
    auto done = co_await documents_.commit(std::move(set));
    if (done) {
      record->version = done->front();
      boards_.learn(*record);
      co_return record;
    }
    if (done.error().kind != ErrorKind::kConflict) co_return std::unexpected(done.error());
  }
  co_return fail(ErrorKind::kOverloaded, "overloaded", "This leaderboard is being changed by many at once; try again.");
}

Task<Result<void>> Leaderboards::remove(std::string app, std::string id) {
  if (is_queue_board(id)) co_return queue_writes();
  auto record = co_await boards_.find(app, id);
  if (!record) co_return std::unexpected(record.error());
  ports::WriteSet set;
  set.puts.push_back({.collection = kBoards, .id = scoped(app, id), .remove = true});
  // The sweep takes away what may be millions of scores.
  ports::Put removal{.collection = kBoardRemovals, .id = scores_of_board(**record), .body = "{}"};
  removal.entries.push_back({"all", removal.id});
  set.puts.push_back(std::move(removal));
  auto done = co_await documents_.commit(std::move(set));
  if (!done) co_return std::unexpected(done.error());
  co_return co_await boards_.forget(std::move(*record));
}

Task<Result<BoardPage>> Leaderboards::list(std::string app, uint32_t limit, std::string cursor) {
  BoardPage out;
  if (!cursor.starts_with(kQueuesFrom)) {
    auto made = co_await read_page(documents_, newest_first(kBoards, app, limit, std::move(cursor)), read_board);
    if (!made || !made->next_cursor.empty()) co_return made;
    out = std::move(*made);
    cursor = kQueuesFrom;
  }
  auto ok = co_await add_queue_boards(std::move(app), limit, cursor.substr(kQueuesFrom.size()), out);
  if (!ok) co_return std::unexpected(ok.error());
  co_return out;
}

/// Fills the page up to `limit`; when it is full already, it only says whether there is more.
Task<Result<void>> Leaderboards::add_queue_boards(std::string app, uint32_t limit, std::string cursor, BoardPage& out) {
  if (!sources_.queues_of) co_return Result<void>();
  const auto left = limit - static_cast<uint32_t>(out.items.size());
  auto queues = co_await sources_.queues_of(app, std::max(left, 1u), cursor);
  if (!queues) co_return std::unexpected(queues.error());
  if (left == 0 && !queues->items.empty()) out.next_cursor = kQueuesFrom;
  if (left == 0) co_return Result<void>();
  for (const std::string& queue : queues->items) out.items.push_back(board_of_queue(app, queue));
  if (!queues->next_cursor.empty()) out.next_cursor = std::string(kQueuesFrom) + queues->next_cursor;
  co_return Result<void>();
}

Task<Result<LiveBoards::Record>> Leaderboards::find(std::string app, std::string id) {
  if (is_queue_board(id)) co_return queue_writes();
  co_return co_await boards_.find(std::move(app), std::move(id));
}

Task<Result<Placed>> Leaderboards::write(std::string app, std::string id, ScoreToWrite score) {
  if (auto ok = check_player(score.player); !ok) co_return std::unexpected(ok.error());
  auto record = co_await find(std::move(app), std::move(id));
  if (!record) co_return std::unexpected(record.error());
  if (score.score < (*record)->score_min || score.score > (*record)->score_max)
    co_return fail(ErrorKind::kInvalid, "score_out_of_range", "The score lies outside the leaderboard's limits.",
                   "score", std::to_string((*record)->score_min) + " to " + std::to_string((*record)->score_max));
  auto season = LiveBoards::season_at(**record, score.received_at);
  if (!season) co_return std::unexpected(season.error());
  auto scores = co_await boards_.ready_scores(*record, season->id);
  if (!scores) co_return std::unexpected(scores.error());
  ScoreMove move{.player = std::move(score.player),
                 .score = score.score,
                 .at = score.received_at,
                 .repeat = std::move(score.repeat)};
  co_return co_await (*scores)->write(std::move(move));
}

Task<Result<void>> Leaderboards::remove_score(std::string app, std::string id, std::string season, std::string player) {
  auto record = co_await find(std::move(app), std::move(id));
  if (!record) co_return std::unexpected(record.error());
  auto named = co_await season_named(*record, std::move(season));
  if (!named) co_return std::unexpected(named.error());
  auto scores = co_await boards_.ready_scores(*record, *named);
  if (!scores) co_return std::unexpected(scores.error());
  auto was_there = co_await (*scores)->remove(std::move(player));
  if (!was_there) co_return std::unexpected(was_there.error());
  if (!*was_there) co_return not_on_board();
  co_return Result<void>();
}

/// The id of the season that a call means.
Task<Result<std::string>> Leaderboards::season_named(LiveBoards::Record record, std::string season) {
  auto current = LiveBoards::season_at(*record, clock_.now_ms());
  if (!current) co_return std::unexpected(current.error());
  if (season.empty() || (record->seasons && (season == current->id || season == record->season.id)))
    co_return season.empty() ? current->id : season;
  if (!record->seasons) co_return no_such_season();
  auto ended = co_await documents_.get(kBoardSeasons, scoped(record->app, record->uid) + '/' + season);
  if (!ended) co_return std::unexpected(ended.error());
  if (!*ended) co_return no_such_season();
  co_return season;
}

Task<Result<Leaderboards::View>> Leaderboards::view(std::string app, std::string id, std::string season) {
  if (is_queue_board(id)) {
    if (!season.empty()) co_return no_such_season();
    if (sources_.is_queue_whole && !sources_.is_queue_whole(app, id.substr(kQueueBoardPrefix.size())))
      co_return rebuilding();
    co_return View{.app = app,
                   .board = {.id = scoped(app, id), .op = ports::BoardOperator::kLast},
                   .season = {},
                   .reached_per_ms = 1,
                   .use = std::nullopt};
  }
  auto record = co_await boards_.find(app, std::move(id));
  if (!record) co_return std::unexpected(record.error());
  auto named = co_await season_named(*record, std::move(season));
  if (!named) co_return std::unexpected(named.error());
  auto scores = co_await boards_.ready_scores(*record, *named);
  if (!scores) co_return std::unexpected(scores.error());
  const ports::Board board = (*scores)->board();
  co_return View{.app = std::move(app),
                 .board = board,
                 .season = std::move(*named),
                 .reached_per_ms = 1000,
                 .use = std::move(*scores)};
}

Task<Result<void>> Leaderboards::add_rows(const View& view, std::vector<Standing> standings, BoardRows& out) {
  std::vector<std::string> players;
  for (const Standing& s : standings) {
    out.items.push_back(row_of(s, view.reached_per_ms));
    players.push_back(s.member);
  }
  auto names = co_await usernames_.of(view.app, std::move(players));
  if (!names) co_return std::unexpected(names.error());
  for (size_t i = 0; i < names->size(); ++i) out.items[i].username = std::move((*names)[i]);
  auto total = co_await ranked_.count(view.board);
  if (!total) co_return std::unexpected(total.error());
  out.total = *total;
  out.season = view.season;
  co_return Result<void>();
}

Task<Result<BoardRows>> Leaderboards::rows(std::string app, std::string id, std::string season, uint32_t limit,
                                           std::string cursor) {
  auto seen = co_await view(std::move(app), std::move(id), std::move(season));
  if (!seen) co_return std::unexpected(seen.error());
  uint64_t position = 0;
  if (!cursor.empty()) {
    auto place = read_place(cursor);
    if (!place) co_return bad_cursor();
    auto behind = co_await position_behind(ranked_, seen->board, std::move(*place));
    if (!behind) co_return std::unexpected(behind.error());
    position = *behind;
  }
  auto standings = co_await ranked_.page(seen->board, position, limit);
  if (!standings) co_return std::unexpected(standings.error());
  BoardRows out;
  if (!standings->empty()) {
    const Standing& last = standings->back();
    out.next_cursor = to_text({last.score, last.reached, last.member});
  }
  const uint64_t read = position + standings->size();
  if (auto ok = co_await add_rows(*seen, std::move(*standings), out); !ok) co_return std::unexpected(ok.error());
  if (read >= out.total) out.next_cursor.clear();
  co_return out;
}

Task<Result<BoardRows>> Leaderboards::rows_of(std::string app, std::string id, std::string season,
                                              std::vector<std::string> players) {
  auto seen = co_await view(std::move(app), std::move(id), std::move(season));
  if (!seen) co_return std::unexpected(seen.error());
  std::ranges::sort(players);
  players.erase(std::unique(players.begin(), players.end()), players.end());
  auto found = co_await ranked_.find(seen->board, std::move(players));
  if (!found) co_return std::unexpected(found.error());
  std::vector<Standing> standings;
  for (std::optional<Standing>& s : *found) {
    if (s) standings.push_back(std::move(*s));
  }
  std::ranges::sort(standings, {}, &Standing::position);
  BoardRows out;
  if (auto ok = co_await add_rows(*seen, std::move(standings), out); !ok) co_return std::unexpected(ok.error());
  co_return out;
}

Task<Result<BoardRows>> Leaderboards::rows_of_friends(std::string app, std::string id, std::string season,
                                                      std::string player) {
  std::vector<std::string> players;
  if (sources_.friends_of) {
    auto friends = co_await sources_.friends_of(app, player);
    if (!friends) co_return std::unexpected(friends.error());
    players = std::move(*friends);
  }
  players.push_back(std::move(player));
  co_return co_await rows_of(std::move(app), std::move(id), std::move(season), std::move(players));
}

Task<Result<BoardAround>> Leaderboards::around(std::string app, std::string id, std::string season, std::string player,
                                               uint32_t each_way) {
  auto seen = co_await view(std::move(app), std::move(id), std::move(season));
  if (!seen) co_return std::unexpected(seen.error());
  auto standings = co_await ranked_.around(seen->board, player, each_way);
  if (!standings)
    co_return std::unexpected(standings.error().code == "not_on_board" ? not_on_board().error() : standings.error());
  BoardAround out;
  if (auto ok = co_await add_rows(*seen, std::move(*standings), out.rows); !ok) co_return std::unexpected(ok.error());
  const auto own = std::ranges::find(out.rows.items, player, &BoardRow::player_id);
  if (own == out.rows.items.end()) co_return not_on_board();
  out.player = *own;
  co_return out;
}

Task<Result<SeasonPage>> Leaderboards::seasons(std::string app, std::string id, uint32_t limit, std::string cursor) {
  LiveBoards::Record board;
  if (!is_queue_board(id)) {
    auto record = co_await boards_.find(app, std::move(id));
    if (!record) co_return std::unexpected(record.error());
    board = std::move(*record);
  }
  SeasonPage out;
  if (!board || !board->seasons) {
    if (!cursor.empty()) co_return bad_cursor();  // of a list that has no second page
    co_return out;
  }
  auto current = LiveBoards::season_at(*board, clock_.now_ms());
  if (!current) co_return std::unexpected(current.error());
  out.current = std::move(*current);
  const std::string under = scoped(app, board->uid);
  ports::Query query{.collection = kBoardSeasons,
                     .index = "board",
                     .from = under + "/",
                     .to = under + "0",
                     .direction = ports::Direction::kDescending,
                     .limit = limit,
                     .cursor = std::move(cursor)};
  auto page = co_await read_page(documents_, std::move(query), read_ended_season);
  if (!page) co_return std::unexpected(page.error());
  out.ended = std::move(page->items);
  out.next_cursor = std::move(page->next_cursor);
  co_return out;
}

}  // namespace gamekeeper::play
