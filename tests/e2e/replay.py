"""`gamekeeper replay` of a made-up match history: exact counts by year, and the same after a second time."""
import collections
import csv
import os
import random
import subprocess
import tempfile

from gk import BINARY, Server, run

SERIES = """query($m: Metric!, $e: String) {
  series(metric: $m, event: $e, from: "1870-01-01T00:00:00Z", to: "2030-01-01T00:00:00Z", step: YEAR) { total points { time value } } }"""


def history(path, matches=3000):
    chance = random.Random(3)
    years = sorted(chance.randint(1872, 2025) for _ in range(matches))
    played, active, first = collections.Counter(), collections.defaultdict(set), {}
    with open(path, "w", newline="", encoding="utf-8") as f:
        out = csv.writer(f)
        out.writerow(["match_id", "time", "team", "player", "rank", "score"])
        for n, year in enumerate(years):
            a, b = chance.sample([f"Team, no. {i}" for i in range(60 + year - 1872)], 2)
            day = f"{year}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
            for team, rank in ((a, 1), (b, 2)):
                out.writerow([f"m{n}", day, team, team, rank, 3 - rank])
                played[year] += 1
                active[year].add(team)
                first[team] = min(first.get(team, 9999), year)
    return played, active, collections.Counter(first.values())


def by_year(points):
    return {int(p["time"][:4]): p["value"] for p in points if p["value"]}


def test_replay_twice():
    with Server() as gk, tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "matches.csv")
        played, active, new = history(path)
        for _ in range(2):
            done = subprocess.run([BINARY, "replay", path, "--target", f"http://127.0.0.1:{gk.port}",
                                   "--credentials", os.path.join(gk.data, "dev-credentials.json"), "--json"], capture_output=True, text=True, timeout=120)
            assert done.returncode == 0, done.stderr + done.stdout
            gk.drained()
            s = gk.graphql(SERIES, m="EVENTS", e="match_played")["series"][0]
            assert by_year(s["points"]) == dict(played), "match_played by year"
            s = gk.graphql(SERIES, m="ACTIVE_PLAYERS")["series"][0]
            assert by_year(s["points"]) == {y: len(teams) for y, teams in active.items()}, "active by year"
            assert s["total"] == len(set().union(*active.values()))
            s = gk.graphql(SERIES, m="NEW_PLAYERS")["series"][0]
            assert by_year(s["points"]) == dict(new), "new by year"


run(globals())
