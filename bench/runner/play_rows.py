"""The player's side: results of matches."""
import statistics

from load import call_all, load, seeds
from machine import Gamekeeper
from rows import goal, row

PLAYERS = 10_000


def make_players(server, count):
    call_all(server.port, [("POST", "/api/v1/players", server.key("server"), {"player_id": f"p{n}"}) for n in range(count)])


def results(plan):
    """Results of duels among 10 000 players in one queue, durable, with ratings, history, board and facts; by the wall clock."""
    with Gamekeeper() as server:
        make_players(server, PLAYERS)

        def run(seconds):
            return load(server.port, "results", "/api/v1/matches/result", seconds, server.pid, key=server.key("server"),
                        connections=256, players=PLAYERS, seed=next(seeds))

        run(1)
        runs = [run(plan.seconds) for _ in range(plan.rounds)]
        yield row("match result", statistics.median(r["units_per_s"] for r in runs), "results/s", goal("value", ">=", 5_000),
                  per_core=statistics.median(r["per_core"] for r in runs), cores=statistics.median(r["server_cores"] for r in runs),
                  p99_ms=statistics.median(r["p99_ms"] for r in runs), rounds=[r["units_per_s"] for r in runs])
