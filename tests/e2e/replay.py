"""`gamekeeper replay` of a made-up match history: exact counts by year, ratings that `evaluate` agrees with, and the same after a second time."""
import collections
import csv
import json
import os
import random
import signal
import subprocess
import tempfile
import time

from answers import ok
from gk import BINARY, Server, run

SERIES = """query($m: Metric!, $e: String) {
  series(metric: $m, event: $e, from: "1870-01-01T00:00:00Z", to: "2030-01-01T00:00:00Z", step: YEAR) { total points { time value } } }"""


def history(path, matches=1000):
    chance = random.Random(3)
    years = sorted(chance.randint(1872, 2025) for _ in range(matches))
    played, active, first = collections.Counter(), collections.defaultdict(set), {}
    with open(path, "w", newline="", encoding="utf-8") as f:
        out = csv.writer(f)
        out.writerow(["match_id", "time", "team", "player", "rank", "score"])
        for n, year in enumerate(years):
            a, b = chance.sample([f"Team, no. {i}" for i in range(60 + year - 1872)], 2)
            day = f"{year}-{1 + n * 12 // matches:02}-{chance.randint(1, 28):02}"
            for team, rank in ((a, 1), (b, 2)):
                out.writerow([f"m{n}", day, team, team, rank, 3 - rank])
                played[year] += 1
                active[year].add(team)
                first[team] = min(first.get(team, 9999), year)
    return played, active, collections.Counter(first.values())


def leagues(path, matches=120, seed=5):
    """Duels in one queue, teams and fields in another, over years; every tenth match stands before the one before it."""
    chance, rows, left_out = random.Random(seed), [], 0
    for n in range(matches):
        sizes = (1, 1) if n % 2 else chance.choice([(2, 2), (1, 1, 1, 1), (2, 1, 2)])
        players = chance.sample(range(14), sum(sizes))
        day = f"{1980 + n // 12}-{1 + n % 12:02}-{chance.randint(1, 28):02}"
        rows.append([[f"match {n}/x", day, "" if sum(sizes) == len(sizes) else f"team {t}", f"player é{players.pop()}", chance.randint(1, len(sizes)), "", "", "" if n % 2 else "teams"]
                     for t, size in enumerate(sizes) for _ in range(size)])
        ranks = {}
        for row in rows[-1]:
            row[4] = ranks.setdefault(row[2] or row[3], row[4])
    for n in range(9, matches, 10):
        rows[n], rows[n - 1] = rows[n - 1], rows[n]
    rows.insert(30, [["alone", rows[30][0][1], "team", "player é1", 1, "", "", ""]])
    with open(path, "w", newline="", encoding="utf-8") as f:
        out = csv.writer(f)
        out.writerow(["match_id", "time", "team", "player", "rank", "score", "side", "queue"])
        out.writerows(row for match in rows for row in match)


def command(gk, path, *args):
    return [BINARY, "replay", path, "--target", f"http://127.0.0.1:{gk.port}", "--credentials", os.path.join(gk.data, "dev-credentials.json"), "--json", *args]


def replay(gk, path, *args, status=0):
    done = subprocess.run(command(gk, path, *args), capture_output=True, text=True, timeout=240)
    assert done.returncode == status, done.stderr + done.stdout
    return json.loads(done.stdout), done.stderr


def by_evaluate(path, model, folder):
    """What every player of every queue comes to: {queue: {player: rating}}."""
    out, found = os.path.join(folder, "ratings.csv"), collections.defaultdict(dict)
    subprocess.run([BINARY, "evaluate", "ratings", path, "--model", model, "--ratings", out], capture_output=True, timeout=60, check=True)
    with open(out, newline="", encoding="utf-8") as f:
        for row in csv.DictReader(f):
            found[row["queue"] or "default"][row["player"]] = float(row["rating"])
    return found


def rated_like(gk, expected):
    for queue, players in expected.items():
        board = ok(gk.call("GET", f"/api/v1/leaderboards/queue:{queue}?limit=1000", key="server"))["items"]
        assert {e["player_id"] for e in board} == set(players), (queue, board)
        for entry in board:
            assert abs(entry["score"] - players[entry["player_id"]]) <= 0.5 + 1e-6, (queue, entry, players[entry["player_id"]])


def by_year(points):
    return {int(p["time"][:4]): p["value"] for p in points if p["value"]}


def test_replay_twice():
    with Server() as gk, tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "matches.csv")
        played, active, new = history(path)
        for again in range(2):
            told, _ = replay(gk, path)
            assert (told["results"], told["repeated"], told["misplaced"]) == ((0, 1000, 0) if again else (1000, 0, 0)), told
            gk.drained()
            s = gk.graphql(SERIES, m="EVENTS", e="match_played")["series"][0]
            assert by_year(s["points"]) == dict(played), "match_played by year"
            s = gk.graphql(SERIES, m="ACTIVE_PLAYERS")["series"][0]
            assert by_year(s["points"]) == {y: len(teams) for y, teams in active.items()}, "active by year"
            assert s["total"] == len(set().union(*active.values()))
            s = gk.graphql(SERIES, m="NEW_PLAYERS")["series"][0]
            assert by_year(s["points"]) == dict(new), "new by year"


def test_a_replay_is_played_and_rated_as_evaluate_says():
    with Server() as gk, tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "leagues.csv")
        leagues(path)
        for queue, model in (("default", "glicko2"), ("teams", "thurstone-mosteller")):
            ok(gk.call("PUT", f"/api/v1/queues/{queue}/rating", {"system": model}, key="server"))
        told, said = replay(gk, path)
        assert (told["matches"], told["results"], told["sessions"], told["left_out"], told["rejected"]) == (121, 120, 120, 1, 0), told
        assert told["out_of_order"] > 5 and f"{told['out_of_order']} matches of the file are not in order of time, the first at {path}:" in said, (told, said)
        expected = {"default": by_evaluate(path, "glicko2", folder)["default"], "teams": by_evaluate(path, "thurstone-mosteller", folder)["teams"]}
        rated_like(gk, expected)
        session = ok(gk.call("GET", "/api/v1/sessions?limit=1000", key="server"))["items"]
        assert len(session) == 120 and {s["status"] for s in session} == {"completed"}
        match = ok(gk.call("GET", "/api/v1/matches/match%207%2Fx", key="server"))
        assert match["session_id"] in {s["session_id"] for s in session} and match["time"].startswith("1980-08"), match
        # Once more changes nothing; neither does a process that has forgotten.
        before = ok(gk.call("GET", "/api/v1/matches?limit=1000", key="server"))
        told, _ = replay(gk, path)
        assert (told["results"], told["repeated"], told["sessions"], told["players"]) == (0, 120, 0, 0), told
        assert ok(gk.call("GET", "/api/v1/matches?limit=1000", key="server")) == before
        # Earlier matches than those that the queue has: it says that their order is another.
        late = os.path.join(folder, "late.csv")
        with open(late, "w", encoding="utf-8") as f:
            f.write("match_id,time,team,player,rank\nnew one,1979-01-01,,player é1,1\nnew one,1979-01-01,,player é2,2\n")
            f.write("match 7/x,1980-08-01,,player é1,1\nmatch 7/x,1980-08-01,,player é2,2\n")
        told, said = replay(gk, late, status=1)
        assert told["misplaced"] == 1 and "match 7/x" in said, (told, said)


def test_a_replay_that_was_broken_off_goes_on():
    with Server() as gk, tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "leagues.csv")
        leagues(path, matches=400)
        for part in (60, 200):  # results; then the tool dies
            tool = subprocess.Popen(command(gk, path), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            end = time.monotonic() + 120
            while len(ok(gk.call("GET", "/api/v1/matches?limit=1000", key="server"))["items"]) < part:
                assert time.monotonic() < end
            tool.send_signal(signal.SIGKILL)
            tool.wait()
        told, _ = replay(gk, path)
        assert told["results"] + told["repeated"] == 400 and told["repeated"] >= 200 and told["misplaced"] == 0, told
        rated_like(gk, {"default": by_evaluate(path, "glicko2", folder)["default"]})
        assert {s["status"] for s in ok(gk.call("GET", "/api/v1/sessions?limit=1000", key="server"))["items"]} == {"completed"}


def test_events_alone_and_files_that_do_not_fit():
    with Server() as gk, tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "leagues.csv")
        leagues(path)
        told, _ = replay(gk, path, "--events-only")
        assert (told["players"], told["sessions"], told["results"]) == (0, 0, 0) and told["accepted"] == told["sent"] > 700, told
        with open(path, "a", encoding="utf-8") as f:
            f.write("twice,2022-01-01,a,player é1,1,,,\ntwice,2022-01-01,b,player é1,2,,,\n")
        done = subprocess.run(command(gk, path), capture_output=True, text=True, timeout=60)
        assert done.returncode == 2 and "plays twice in match twice" in done.stderr, done


run(globals())
