#include "play/demo/rps_room.h"

#include <boost/json.hpp>

#include "gate/records.h"
#include "play/accounts/player.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;

constexpr const char* kTables = "rps_tables";
constexpr int kTries = 8;  // of a change that meets the other player's

std::unexpected<Error> no_such_match() {
  return fail(ErrorKind::kNotFound, "not_found", "There is no such match.", "session_id");
}

std::unexpected<Error> busy() {
  return fail(ErrorKind::kOverloaded, "overloaded", "The match is being changed by many at once; try again.");
}

ports::Put put_of(const Session& s, const RpsTable& table, uint64_t version) {
  json::object body{{"round", table.round}};
  for (size_t seat : {0, 1}) {
    if (table.hands[seat]) body[seat == 0 ? "first" : "second"] = name_of(*table.hands[seat]);
  }
  return {.collection = kTables, .id = scoped(s.app, s.id), .body = json::serialize(body), .expected = version};
}

Result<RpsTable> read_table(const ports::Document& document) {
  auto o = gate::parse_record(document);
  if (!o) return std::unexpected(o.error());
  return RpsTable{static_cast<int>(gate::number_of(*o, "round")),
                  {hand_of(gate::text_of(*o, "first")), hand_of(gate::text_of(*o, "second"))}};
}

}  // namespace

Task<Result<void>> RpsRoom::open(std::string app) {
  constexpr double kAnyGap = 10'000;
  const ports::QueueId queue{std::move(app), kQueue};
  auto rules = co_await parts_.queues.rules(queue);
  if (!rules) co_return std::unexpected(rules.error());
  if (rules->window_start != QueueRules{}.window_start) co_return Result<void>{};
  auto changed = co_await parts_.queues.change(queue, {{"window_start", kAnyGap}});
  if (!changed) co_return std::unexpected(changed.error());
  co_return Result<void>{};
}

Task<Result<RpsRoom::Seated>> RpsRoom::find(std::string app, std::string session_id, std::string player_id) {
  auto session = co_await parts_.sessions.read(std::move(app), std::move(session_id));
  if (!session) co_return std::unexpected(session.error());
  if (session->mode != kQueue || session->match_id.empty() || session->players.size() != 2 || !session->has(player_id))
    co_return no_such_match();
  auto game = read_game(session->state);
  if (!game) co_return std::unexpected(game.error());
  const size_t seat = session->players[0].id == player_id ? 0 : 1;
  co_return Seated{std::move(*session), std::move(*game), seat};
}

Task<Result<void>> RpsRoom::make(Seated& at, Move move) {
  const UnixMillis now = clock_.now_ms();
  if (move.kind == Move::Kind::kResign) co_return resign(at.game, at.seat);
  if (move.kind == Move::Kind::kClaim) co_return claim(at.game, at.seat, now);
  auto table = co_await put_on_table(at, move.round, move.hand);
  if (!table) co_return std::unexpected(table.error());
  play_round(at.game, *table, now);
  co_return Result<void>{};
}

/// Changes the game over the version that was read; again when the other player was faster. A match that is decided is
/// reported, also when an earlier call died before it could.
Task<Result<Session>> RpsRoom::act(std::string app, std::string session_id, std::string player_id, Move move) {
  for (int tries = 0; tries < kTries; ++tries) {
    auto at = co_await find(app, session_id, player_id);
    if (!at) co_return std::unexpected(at.error());
    if (is_over(at->session.status) || at->game.is_over())
      co_return co_await report(std::move(at->session), std::move(at->game));
    if (auto ok = co_await make(*at, move); !ok) co_return std::unexpected(ok.error());
    SessionChange change{.status = SessionStatus::kActive, .state = show(at->game), .event = std::nullopt};
    auto changed = co_await parts_.sessions.change(app, session_id, std::move(change), at->session.version);
    if (!changed && changed.error().kind == ErrorKind::kStale) continue;
    if (!changed) co_return std::unexpected(changed.error());
    co_return co_await report(std::move(*changed), std::move(at->game));
  }
  co_return busy();
}

/// The hand is written down first, then what follows from it: a call that dies in between is made good by the next.
Task<Result<RpsTable>> RpsRoom::put_on_table(const Seated& at, int round, RpsHand hand) {
  for (int tries = 0; tries < kTries; ++tries) {
    auto document = co_await parts_.documents.get(kTables, scoped(at.session.app, at.session.id));
    if (!document) co_return std::unexpected(document.error());
    Result<RpsTable> table = RpsTable{.round = at.game.round};
    if (*document) table = read_table(**document);
    if (!table) co_return table;
    if (auto ok = choose(at.game, *table, at.seat, round, hand); !ok) co_return std::unexpected(ok.error());
    ports::WriteSet set;
    set.puts.push_back(put_of(at.session, *table, *document ? (*document)->version : 0));
    auto done = co_await parts_.documents.commit(std::move(set));
    if (done) co_return table;
    if (done.error().kind != ErrorKind::kConflict) co_return std::unexpected(done.error());
  }
  co_return busy();
}

Task<Result<Session>> RpsRoom::report(Session session, RpsGame game) {
  if (!game.is_over() || session.status != SessionStatus::kActive) co_return session;
  const auto rank = [&game](size_t seat) -> uint32_t { return !game.winner || *game.winner == seat ? 1 : 2; };
  MatchResult result{.match_id = session.match_id, .queue = kQueue, .session_id = session.id};
  for (size_t seat : {0, 1})
    result.teams.push_back({.rank = rank(seat),
                            .score = game.wins[seat],
                            .side = {},
                            .players = {{.id = session.players[seat].id, .score = std::nullopt}}});
  auto settled = co_await parts_.results.settle(session.app, std::move(result));
  if (!settled) co_return std::unexpected(settled.error());
  co_return co_await parts_.sessions.read(session.app, session.id);
}

}  // namespace gamekeeper::play
