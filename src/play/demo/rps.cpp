#include "play/demo/rps.h"

#include <algorithm>
#include <boost/json.hpp>

namespace gamekeeper::play {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 3> kHands{"rock", "paper", "scissors"};
constexpr std::array<std::string_view, 4> kEnds{"", "played", "resigned", "away"};

std::unexpected<Error> match_over() {
  return fail(ErrorKind::kConflict, "match_over", "The match is over.", "session_id");
}

bool beats(RpsHand a, RpsHand b) { return (static_cast<int>(a) + 2) % 3 == static_cast<int>(b); }

void end(RpsGame& game, RpsEnd how, std::optional<size_t> winner) {
  game.end = how;
  game.winner = winner;
  game.claim_at = 0;
}

json::value seat_or_null(const std::optional<size_t>& seat) { return seat ? json::value(*seat) : json::value(nullptr); }

std::optional<size_t> seat_of(const json::value& value) {
  return value.is_null() ? std::nullopt : std::optional(value.to_number<size_t>());
}

}  // namespace

std::string_view name_of(RpsHand hand) { return kHands[static_cast<size_t>(hand)]; }

std::optional<RpsHand> hand_of(std::string_view name) {
  const auto found = std::ranges::find(kHands, name);
  if (found == kHands.end()) return std::nullopt;
  return static_cast<RpsHand>(found - kHands.begin());
}

Result<void> choose(const RpsGame& game, RpsTable& table, size_t seat, int round, RpsHand hand) {
  if (game.is_over()) return match_over();
  if (round != game.round)
    return fail(ErrorKind::kConflict, "other_round", "Another round is being played.", "round",
                std::to_string(game.round));
  if (table.round != game.round) table = {.round = game.round};
  auto& mine = table.hands[seat];
  if (mine && *mine != hand)
    return fail(ErrorKind::kConflict, "already_chosen", "The hand of this round has been chosen.", "hand",
                std::string(name_of(*mine)));
  mine = hand;
  return {};
}

void play_round(RpsGame& game, const RpsTable& table, UnixMillis now) {
  if (game.is_over() || table.round != game.round) return;
  const auto& [first, second] = table.hands;
  if (!first || !second) {
    if (game.claim_at == 0 && (first || second)) game.claim_at = now + RpsGame::kPatienceMs;
    game.chosen = {first.has_value(), second.has_value()};
    return;
  }
  RpsGame::Round round{.hands = {*first, *second}, .winner = std::nullopt};
  if (*first != *second) {
    round.winner = beats(*first, *second) ? 0 : 1;
    ++game.wins[*round.winner];
  }
  game.rounds.push_back(round);
  game.chosen = {};
  game.claim_at = 0;
  if (round.winner && game.wins[*round.winner] == RpsGame::kWinsNeeded)
    end(game, RpsEnd::kPlayed, round.winner);
  else if (game.round == RpsGame::kRoundsMax)
    end(game, RpsEnd::kPlayed, std::nullopt);
  else
    ++game.round;
}

Result<void> resign(RpsGame& game, size_t seat) {
  if (game.is_over()) return match_over();
  end(game, RpsEnd::kResigned, 1 - seat);
  return {};
}

Result<void> claim(RpsGame& game, size_t seat, UnixMillis now) {
  if (game.is_over()) return match_over();
  if (!game.chosen[seat] || game.chosen[1 - seat] || game.claim_at == 0 || now < game.claim_at)
    return fail(ErrorKind::kConflict, "not_yet", "Who has chosen may take the win after 30 seconds.", "session_id",
                game.claim_at == 0 ? "" : format_time(game.claim_at));
  end(game, RpsEnd::kAway, seat);
  return {};
}

json::object show(const RpsGame& game) {
  json::array rounds;
  for (const RpsGame::Round& r : game.rounds)
    rounds.push_back(json::object{{"hands", json::array{name_of(r.hands[0]), name_of(r.hands[1])}},
                                  {"winner", seat_or_null(r.winner)}});
  json::object out{{"round", game.round}, {"best_of", 2 * RpsGame::kWinsNeeded - 1}};
  out["wins"] = json::array{game.wins[0], game.wins[1]};
  out["chosen"] = json::array{game.chosen[0], game.chosen[1]};
  out["rounds"] = std::move(rounds);
  out["winner"] = seat_or_null(game.winner);
  out["ended"] = game.is_over() ? json::value(kEnds[static_cast<size_t>(game.end)]) : json::value(nullptr);
  out["claim_at"] = game.claim_at == 0 ? json::value(nullptr) : json::value(format_time(game.claim_at));
  return out;
}

Result<RpsGame> read_game(const json::object& state) {
  RpsGame game;
  if (state.empty()) return game;  // nothing has been played yet
  try {
    game.round = state.at("round").to_number<int>();
    for (size_t seat : {0, 1}) {
      game.wins[seat] = state.at("wins").as_array().at(seat).to_number<int>();
      game.chosen[seat] = state.at("chosen").as_array().at(seat).as_bool();
    }
    for (const json::value& r : state.at("rounds").as_array()) {
      const json::array& hands = r.at("hands").as_array();
      game.rounds.push_back({{hand_of(hands.at(0).as_string()).value(), hand_of(hands.at(1).as_string()).value()},
                             seat_of(r.at("winner"))});
    }
    game.winner = seat_of(state.at("winner"));
    const json::value &ended = state.at("ended"), &claim_at = state.at("claim_at");
    if (ended.is_string())
      game.end = static_cast<RpsEnd>(std::ranges::find(kEnds, std::string_view(ended.as_string())) - kEnds.begin());
    if (claim_at.is_string()) game.claim_at = parse_time(claim_at.as_string()).value();
  } catch (const std::exception&) {
    return fail(ErrorKind::kCorrupt, "corrupt", "The session's state is not a game of rock-paper-scissors.", "state");
  }
  return game;
}

}  // namespace gamekeeper::play
