"""Leaderboards over HTTP: scores in, durable; places out; and exact ranks after a start."""
import os
import statistics
import subprocess
import time

from load import load
from machine import BUILD, Gamekeeper, cpu_s, fresh_folder, remove, rss_mb
from rows import goal, row

BOARD = "/api/v1/leaderboards/bench"


def make(server):
    answer = server.call("POST", "/api/v1/leaderboards", {"id": "bench", "operator": "last"}, key="server")
    assert answer.status == 201, answer.body


def board(plan):
    """One leaderboard, both cores: scores written a second; places read a core; seconds until the ranks of a large one are exact."""
    data = fresh_folder("board")
    try:
        with Gamekeeper(data=data) as server:
            make(server)
            empty_mb = rss_mb(server.pid)
            server.stop()
        subprocess.run([os.path.join(BUILD, "bench_make_scores"), data, "bench", str(plan.board_players)], check=True)
        began = time.monotonic()
        with Gamekeeper(data=data) as server:
            while server.call("GET", f"{BOARD}?limit=1", key="server").status == 503:
                time.sleep(0.05)
                assert time.monotonic() - began < 300, "the ranks do not become exact"
            seconds, spent = time.monotonic() - began, cpu_s(server.pid)
            total = server.call("GET", f"{BOARD}?limit=1", key="server").json()["total"]
            assert total == plan.board_players, total
            yield row("start to exact ranks", seconds, "s", goal("value", "<=", 10), players=total, cpu_s=spent)
            yield row("memory of a board", (rss_mb(server.pid) - empty_mb) * 2**20 / total, "bytes a player", goal("value", "<=", 72), players=total)

            def of(work, seed):
                return load(server.port, work, BOARD, plan.seconds, server.pid, key=server.key("server"), players=total, connections=256, seed=seed)

            runs = [of("scores", n) for n in range(plan.rounds)]
            yield row("score write, durable", statistics.median(r["units_per_s"] for r in runs), "writes/s", goal("value", ">=", 20_000),
                      p99_ms=statistics.median(r["p99_ms"] for r in runs), per_core=statistics.median(r["per_core"] for r in runs))
            yield row("place read", statistics.median(of("places", n)["per_core"] for n in range(plan.rounds)), "reads/s a core", goal("value", ">=", 60_000))
    finally:
        remove(data)
