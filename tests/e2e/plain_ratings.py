"""Duels, and what they must come to: the naive computation of shown ratings that the server's answers are compared with."""
import math
import time

from answers import ok

MATCHES = "/api/v1/matches"


def make_players(gk, count, prefix="p"):
    ids = [f"{prefix}{i}" for i in range(count)]
    for player in ids:
        ok(gk.call("POST", "/api/v1/players", {"player_id": player}, key="server"), 201)
    return ids


def duel(match_id, a, b, ranks=(1, 2), **more):
    return {"match_id": match_id, "teams": [{"players": [a], "rank": ranks[0]}, {"players": [b], "rank": ranks[1]}], **more}


def post(gk, body, key="server", headers=None):
    return gk.call("POST", f"{MATCHES}/result", body, key=key, headers=headers)


def rating(gk, player, queue="default", limit=1000):
    return ok(gk.call("GET", f"/api/v1/players/{player}/rating?queue={queue}&limit={limit}", key="server"))


def rounded(mean):
    return math.floor(mean + 0.5)


class Glicko2:
    """One player of Glickman's paper (2013), rated match by match."""
    POINTS = 173.7178

    def __init__(self):
        self.rating, self.deviation, self.volatility = 1500.0, 350.0, 0.06
        self.games, self.wins, self.draws, self.history = 0, 0, 0, []

    def moved(self, opponent, score):
        phi, other = self.deviation / self.POINTS, opponent.deviation / self.POINTS
        g = 1 / math.sqrt(1 + 3 * other ** 2 / math.pi ** 2)
        expected = 1 / (1 + math.exp(-g * (self.rating - opponent.rating) / self.POINTS))
        variance = 1 / (g * g * expected * (1 - expected))
        delta, tau, a = variance * g * (score - expected), 0.5, math.log(self.volatility ** 2)

        def f(x):
            e = math.exp(x)
            return e * (delta ** 2 - phi ** 2 - variance - e) / (2 * (phi ** 2 + variance + e) ** 2) - (x - a) / tau ** 2

        low, high = a - 50, a + 50  # f falls: plain bisection
        for _ in range(200):
            middle = (low + high) / 2
            low, high = (middle, high) if f(middle) > 0 else (low, middle)
        sigma = math.exp(low / 2)
        after = 1 / math.sqrt(1 / phi ** 2 + 1 / variance)  # no time passes between the matches of these tests
        return self.rating + self.POINTS * after ** 2 * g * (score - expected), self.POINTS * after, sigma


def recomputed(answers, bodies):
    """Players as the applied matches make them, in the order of `applied`."""
    players = {}
    for answer in sorted(answers, key=lambda a: a["applied"]):
        a, b = (players.setdefault(team["players"][0], Glicko2()) for team in bodies[answer["match_id"]]["teams"])
        ranks = [team["rank"] for team in bodies[answer["match_id"]]["teams"]]
        score = 1 if ranks[0] < ranks[1] else 0 if ranks[0] > ranks[1] else 0.5
        moves = a.moved(b, score), b.moved(a, 1 - score)
        for player, (mean, deviation, volatility), own in ((a, moves[0], score), (b, moves[1], 1 - score)):
            change = rounded(mean) - rounded(player.rating)
            player.rating, player.deviation, player.volatility = mean, deviation, volatility
            player.games, player.wins, player.draws = player.games + 1, player.wins + (own == 1), player.draws + (own == 0.5)
            player.history.insert(0, {"rating": rounded(mean), "change": change, "match_id": answer["match_id"], "applied": answer["applied"]})
    return players


def until_ranked(gk, player, queue="default", wait_s=30):
    """Boards are read back after a start."""
    end = time.monotonic() + wait_s
    while rating(gk, player, queue, 1)["rank"] is None:
        assert time.monotonic() < end, f"{player} has no rank in {queue} after {wait_s} s"
        time.sleep(0.05)


def board_rows(gk, queue, limit=1000):
    """The whole board of a queue, page by page."""
    rows, cursor = [], ""
    while cursor is not None:
        page = ok(gk.call("GET", f"/api/v1/leaderboards/queue:{queue}?limit={limit}{cursor and '&cursor=' + cursor}", key="server"))
        rows += page["items"]
        cursor = page["next_cursor"]
    assert len(rows) == page["total"], (len(rows), page["total"])
    return rows


def check_standings(gk, views, queue):
    """Ranks and percentiles of `views` are those of their ratings, and the queue's board says the same."""
    played = {player: view for player, view in views.items() if view["games_played"]}
    for view in played.values():
        assert view["rank"] == 1 + sum(other["rating"] > view["rating"] for other in played.values()), view
        below = 100 * sum(other["rating"] <= view["rating"] for other in played.values()) / len(played)
        assert abs(view["percentile"] - below) < 1e-9, (view["percentile"], below)
    rows = board_rows(gk, queue, 50)
    assert [row["rank"] for row in rows] == sorted(row["rank"] for row in rows), rows
    assert len(rows) == len(played), (len(rows), len(played))
    shown = {row["player_id"]: (row["rank"], row["score"]) for row in rows}
    assert shown == {player: (view["rank"], view["rating"]) for player, view in played.items()}, "the board is not what the ratings say"


def check_all(gk, answers, bodies, ids):
    """Ratings, history, profiles, ranks and the board agree with a plain computation and with each other."""
    expected = recomputed(answers, bodies)
    until_ranked(gk, bodies[answers[0]["match_id"]]["teams"][0]["players"][0])
    shown = {player: rating(gk, player) for player in ids}
    for player, view in shown.items():
        plain = expected.get(player, Glicko2())
        record = plain.games, plain.wins, plain.draws, plain.games - plain.wins - plain.draws
        assert (view["rating"], view["games_played"], view["wins"], view["draws"], view["losses"]) == (rounded(plain.rating), *record), (player, view, plain.rating)
        assert abs(view["deviation"] - plain.deviation) < 1e-4, (player, view["deviation"], plain.deviation)
        assert [{k: step[k] for k in ("rating", "change", "match_id", "applied")} for step in view["history"]] == plain.history, player
        profile = ok(gk.call("GET", f"/api/v1/players/{player}", key="server"))
        assert (profile["profile"]["games_played"], profile["profile"]["current_rating"]) == (plain.games, view["rating"]), profile
        stats = profile["stats"]
        assert (stats["wins"], stats["draws"], stats["losses"]) == record[1:] and stats["win_rate"] == (plain.wins / plain.games if plain.games else 0), profile
        assert [(s["rating"], s["change"]) for s in profile["rating_history"]] == [(s["rating"], s["change"]) for s in plain.history[:20]], profile
    check_standings(gk, shown, "default")
    return shown
