#include "play/demo/rps_routes.h"

#include <boost/json.hpp>

#include "net/json_body.h"
#include "play/leaderboards/queue_board.h"
#include "play/sessions/session_routes.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;
using net::Method;
using net::Request;
using net::Response;
using Move = RpsRoom::Move;

Task<Result<Response>> rules(RpsRoom& room, const Principal& who) {
  if (auto ok = co_await room.open(who.app); !ok) co_return std::unexpected(ok.error());
  const json::object out{{"queue", RpsRoom::kQueue},
                         {"leaderboard", queue_board(RpsRoom::kQueue)},
                         {"wins_needed", RpsGame::kWinsNeeded},
                         {"claim_after_seconds", RpsGame::kPatienceMs / 1000}};
  co_return net::json(json::serialize(out));
}

Task<Result<Response>> act(RpsRoom& room, const Request& request, const Principal& who, Move move) {
  auto session = co_await room.act(who.app, std::string(request.param("id")), who.subject, move);
  if (!session) co_return std::unexpected(session.error());
  co_return net::json(json::serialize(show_state(*session)));
}

Task<Result<Response>> choose(RpsRoom& room, const Request& request, const Principal& who) {
  auto body = net::object_body(request, {"round", "hand"});
  if (!body) co_return std::unexpected(body.error());
  const json::value* round = body->if_contains("round");
  if (!round || !round->is_int64() || round->as_int64() < 1 || round->as_int64() > RpsGame::kRoundsMax)
    co_return net::invalid("bad_value", "The round is a number.", "round", "1 to 100");
  auto name = net::text_field(*body, "hand");
  if (!name) co_return std::unexpected(name.error());
  const auto hand = hand_of(*name);
  if (!hand) co_return net::invalid("bad_value", "There is no such hand.", "hand", "rock | paper | scissors");
  const Move move{.round = static_cast<int>(round->as_int64()), .hand = *hand};
  co_return co_await act(room, request, who, move);
}

}  // namespace

void add_rps_routes(net::Router& router, RpsRoom& room) {
  constexpr net::RoutePolicy kPlayers{.player = true};
  router.add(Method::kGet, "/api/v1/demo/rps", kPlayers, "The rules of the demo game.",
             [&room](const Request&, const Principal& who) { return rules(room, who); });
  router.add(Method::kPost, "/api/v1/demo/rps/{id}/hand", kPlayers, "Chooses a hand in a round of the demo game.",
             net::takes_json([&room](const Request& r, const Principal& who) { return choose(room, r, who); }));
  router.add(
      Method::kPost, "/api/v1/demo/rps/{id}/resign", kPlayers, "Gives a match of the demo game up.",
      [&room](const Request& r, const Principal& who) { return act(room, r, who, {.kind = Move::Kind::kResign}); });
  router.add(
      Method::kPost, "/api/v1/demo/rps/{id}/claim", kPlayers, "Takes the win from an opponent who stays away.",
      [&room](const Request& r, const Principal& who) { return act(room, r, who, {.kind = Move::Kind::kClaim}); });
}

}  // namespace gamekeeper::play
