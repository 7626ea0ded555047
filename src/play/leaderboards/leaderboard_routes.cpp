#include "play/leaderboards/leaderboard_routes.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <charconv>

#include "net/conditions.h"
#include "net/json_body.h"
#include "play/leaderboards/board_body.h"

namespace gamekeeper::play {
namespace {

using net::Method;
using net::Request;
using net::Response;

constexpr size_t kFriendsMax = 500;
constexpr uint32_t kAroundMax = 500;

std::string board_id(const Request& request) { return std::string(request.param("id")); }
std::string player_id(const Request& request) { return std::string(request.param("player")); }

Response board_answer(const BoardRecord& board, int status = 200) {
  Response response = net::json(show(board), status);
  response.headers.emplace_back("ETag", net::etag_of(board.version));
  return response;
}

Task<Result<Response>> create_board(Leaderboards& boards, const Request& request, const Principal& who) {
  auto wanted = new_board_of(request);
  if (!wanted) co_return std::unexpected(wanted.error());
  auto board = co_await boards.create(who.app, std::move(*wanted));
  if (!board) co_return std::unexpected(board.error());
  co_return board_answer(*board, 201);
}

Task<Result<Response>> change_board(Leaderboards& boards, const Request& request, const Principal& who) {
  auto wanted = board_change_of(request);
  if (!wanted) co_return std::unexpected(wanted.error());
  auto if_match = net::if_match_of(request);
  if (!if_match) co_return std::unexpected(if_match.error());
  auto board = co_await boards.change(who.app, board_id(request), std::move(*wanted), *if_match);
  if (!board) co_return std::unexpected(board.error());
  co_return board_answer(*board);
}

Task<Result<Response>> remove_board(Leaderboards& boards, const Request& request, const Principal& who) {
  auto done = co_await boards.remove(who.app, board_id(request));
  if (!done) co_return std::unexpected(done.error());
  co_return Response{.status = 204};
}

Task<Result<Response>> list_boards(Leaderboards& boards, const Request& request, const Principal& who) {
  auto limit = net::page_limit(request);
  if (!limit) co_return std::unexpected(limit.error());
  auto page = co_await boards.list(who.app, *limit, request.query_param("cursor"));
  co_return net::page_of(page, [](const BoardRecord& board) { return show(board); });
}

Result<std::vector<std::string>> friends_of(const std::string& list) {
  std::vector<std::string> players;
  for (size_t from = 0; from <= list.size();) {
    const size_t comma = std::min(list.find(',', from), list.size());
    if (comma > from) players.push_back(list.substr(from, comma - from));
    from = comma + 1;
  }
  if (players.size() > kFriendsMax)
    return net::invalid("too_many", "The list names too many players.", "players", std::to_string(kFriendsMax));
  return players;
}

Task<Result<Response>> read_board_rows(Leaderboards& boards, const Request& request, const Principal& who) {
  auto limit = net::page_limit(request);
  if (!limit) co_return std::unexpected(limit.error());
  const std::string season = request.query_param("season"), list = request.query_param("players");
  const std::string friends = request.query_param("friends");
  if (!friends.empty() && (friends != "true" || !list.empty() || who.kind != PrincipalKind::kPlayer))
    co_return net::invalid("bad_value", "A player asks for their own friends, and for nobody else with them.",
                           "friends", "true");
  Result<BoardRows> rows;
  if (!friends.empty()) {
    rows = co_await boards.rows_of_friends(who.app, board_id(request), season, who.subject);
  } else if (list.empty()) {
    rows = co_await boards.rows(who.app, board_id(request), season, *limit, request.query_param("cursor"));
  } else {
    auto players = friends_of(list);
    if (!players) co_return std::unexpected(players.error());
    rows = co_await boards.rows_of(who.app, board_id(request), season, std::move(*players));
  }
  if (!rows) co_return std::unexpected(rows.error());
  co_return net::json(show(*rows));
}

Task<Result<Response>> list_seasons(Leaderboards& boards, const Request& request, const Principal& who) {
  auto limit = net::page_limit(request);
  if (!limit) co_return std::unexpected(limit.error());
  auto page = co_await boards.seasons(who.app, board_id(request), *limit, request.query_param("cursor"));
  if (!page) co_return std::unexpected(page.error());
  co_return net::json(show(*page));
}

/// Players write scores only where the board lets them, and only their own.
Task<Result<void>> allow_score(Leaderboards& boards, const Request& request, const Principal& who) {
  if (who.kind != PrincipalKind::kPlayer) co_return Result<void>();
  auto board = co_await boards.find(who.app, board_id(request));
  if (!board) co_return std::unexpected(board.error());
  if (request.param("player") != who.subject)
    co_return fail(ErrorKind::kDenied, "not_yours", "Players write their own scores only.", "player");
  if (!(*board)->client_writes)
    co_return fail(ErrorKind::kDenied, "server_writes_only", "Scores of this leaderboard come from game servers.",
                   "id");
  co_return Result<void>();
}

/// Tells a repeated addition also when the first answer was lost with the process that gave it.
std::string repeat_of(const Request& request, const Principal& who) {
  const std::string_view key = request.header("Idempotency-Key");
  if (key.empty()) return {};
  const std::string named = fmt::format("{}\x1f{}\x1f{}", static_cast<int>(who.kind), who.subject, key);
  return fmt::format("{:016x}", XXH3_64bits(named.data(), named.size()));
}

Task<Result<Response>> write_score(Leaderboards& boards, const Request& request, const Principal& who) {
  if (auto ok = co_await allow_score(boards, request, who); !ok) co_return std::unexpected(ok.error());
  auto score = score_of(request);
  if (!score) co_return std::unexpected(score.error());
  const auto received =
      std::chrono::duration_cast<std::chrono::milliseconds>(request.received_at.time_since_epoch()).count();
  auto placed = co_await boards.write(
      who.app, board_id(request),
      {.player = player_id(request), .score = *score, .received_at = received, .repeat = repeat_of(request, who)});
  if (!placed) co_return std::unexpected(placed.error());
  co_return net::json(show(player_id(request), *placed));
}

Task<Result<Response>> read_standing(Leaderboards& boards, const Request& request, const Principal& who) {
  uint32_t each_way = 0;
  const std::string around = request.query_param("around");
  if (!around.empty()) {
    const auto [end, error] = std::from_chars(around.data(), around.data() + around.size(), each_way);
    if (error != std::errc{} || end != around.data() + around.size() || each_way > kAroundMax)
      co_return net::invalid("bad_limit", "At most 500 places on each side.", "around", "0 to 500");
  }
  auto found =
      co_await boards.around(who.app, board_id(request), request.query_param("season"), player_id(request), each_way);
  if (!found) co_return std::unexpected(found.error());
  co_return net::json(show(*found, !around.empty()));
}

Task<Result<Response>> remove_score(Leaderboards& boards, const Request& request, const Principal& who) {
  auto done =
      co_await boards.remove_score(who.app, board_id(request), request.query_param("season"), player_id(request));
  if (!done) co_return std::unexpected(done.error());
  co_return Response{.status = 204};
}

}  // namespace

void add_leaderboard_routes(net::Router& router, Leaderboards& boards) {
  const auto write = [](const char* action) {
    return net::RoutePolicy{
        .server_key = true, .admin = AdminRole::kSupport, .idempotent = true, .action = action, .audited = true};
  };
  constexpr net::RoutePolicy kReads{.read_key = true, .server_key = true, .player = true, .admin = AdminRole::kAnalyst};
  net::RoutePolicy scores = write("leaderboard.score");
  scores.player = true;
  const auto on = [&](Method method, const char* path, net::RoutePolicy policy, const char* summary, auto handle) {
    router.add(
        method, path, policy, summary,
        net::takes_json([&boards, handle](const Request& r, const Principal& who) { return handle(boards, r, who); }));
  };
  on(Method::kPost, "/api/v1/leaderboards", write("leaderboard.create"), "Makes a leaderboard.", create_board);
  on(Method::kGet, "/api/v1/leaderboards", kReads, "Leaderboards, newest first, then the rankings of the queues.",
     list_boards);
  on(Method::kGet, "/api/v1/leaderboards/{id}", kReads, "Who stands where; ?season=, ?players=id,id, ?friends=true.",
     read_board_rows);
  on(Method::kPut, "/api/v1/leaderboards/{id}", write("leaderboard.change"), "Changes ranking, limits or who writes.",
     change_board);
  on(Method::kDelete, "/api/v1/leaderboards/{id}", write("leaderboard.remove"), "Removes a leaderboard and its scores.",
     remove_board);
  on(Method::kGet, "/api/v1/leaderboards/{id}/seasons", kReads, "The seasons of a leaderboard, newest first.",
     list_seasons);
  on(Method::kPut, "/api/v1/leaderboards/{id}/players/{player}", scores, "Writes a player's score.", write_score);
  on(Method::kGet, "/api/v1/leaderboards/{id}/players/{player}", kReads, "A player's place; ?around= adds neighbours.",
     read_standing);
  on(Method::kDelete, "/api/v1/leaderboards/{id}/players/{player}", write("leaderboard.remove_score"),
     "Takes a player off a leaderboard.", remove_score);
}

}  // namespace gamekeeper::play
