"""Results of matches over HTTP: ratings that a plain computation agrees with, repeats, kills, sessions, players who report, taking back."""
import csv
import http.client
import json
import math
import os
import random
import subprocess
import tempfile

from answers import ok, refused, wait_for
from gk import BINARY, Server, run
from plain_ratings import MATCHES, check_all, duel, make_players, post, rating, rounded

RESULTS = 200  # of the test that takes back


def test_a_result_is_what_the_contract_says():
    with Server() as gk:
        a, b, c, d = make_players(gk, 4)
        first = ok(post(gk, duel("m1", a, b)))
        assert first["ratings"] == [{"player_id": a, "before": 1500, "after": 1662, "change": 162, "deviation": first["ratings"][0]["deviation"]},
                                    {"player_id": b, "before": 1500, "after": 1338, "change": -162, "deviation": first["ratings"][1]["deviation"]}]
        assert (first["match_id"], first["status"], first["applied"]) == ("m1", "applied", 1) and abs(first["ratings"][0]["deviation"] - 290.2305) < 0.001
        assert ok(post(gk, duel("m1", a, b))) == first
        refused(post(gk, duel("m1", b, a)), 409, "different_result", "match_id")
        view = rating(gk, a)
        assert set(view) == {"player_id", "queue", "rating", "deviation", "games_played", "provisional", "wins", "losses", "draws", "rank", "percentile", "history", "next_cursor"}
        assert (view["rating"], view["rank"], view["percentile"], view["games_played"]) == (1662, 1, 100, 1) and view["history"][0]["timestamp"].endswith("Z")
        assert (rating(gk, c)["rank"], rating(gk, c)["rating"]) == (None, 1500)
        refused(gk.call("GET", "/api/v1/players/nobody/rating", key="server"), 404, "not_found")
        # The form with one opponent; without an id the call's key is the id.
        body = {"player_id": b, "opponent_id": a, "outcome": "draw"}
        refused(post(gk, body), 400, "required", "match_id")
        drawn = ok(post(gk, body, headers={"Idempotency-Key": "one"}))
        assert [r["change"] > 0 for r in drawn["ratings"]] == [True, False] and rating(gk, b)["draws"] == 1
        assert ok(post(gk, body, headers={"Idempotency-Key": "one"})) == drawn and rating(gk, b)["games_played"] == 2
        # The outcome may also be the score of the usual formulas, whole or not; both say the same.
        for n, (score, word, wins) in enumerate([(1.0, "win", 1), (1, "win", 1), (0.5, "draw", 0), (0.0, "loss", 0), (0, "loss", 0)]):
            report = {"match_id": f"score{n}", "queue": f"scores{n}", "player_id": b, "opponent_id": a, "outcome": score}
            counted = ok(post(gk, report))
            assert ok(post(gk, {**report, "outcome": word})) == counted and rating(gk, b, f"scores{n}")["wins"] == wins, score
        # Teams and free-for-alls, in a queue of their own; numbers are by queue.
        teams = ok(post(gk, {"match_id": "t1", "queue": "teams", "teams": [{"players": [a, {"player_id": b, "score": 2}], "rank": 2, "side": "red"}, {"players": [c, d], "rank": 1, "score": 3, "side": "blue"}]}))
        assert teams["applied"] == 1 and [r["change"] < 0 for r in teams["ratings"]] == [True, True, False, False]
        field = ok(post(gk, {"match_id": "f1", "queue": "field", "teams": [{"players": [p], "rank": r} for p, r in ((a, 3), (b, 1), (c, 2), (d, 2))]}))
        change = {r["player_id"]: r["change"] for r in field["ratings"]}
        assert change[b] > change[c] == change[d] > change[a], change
        match = ok(gk.call("GET", f"{MATCHES}/t1", key="server"))
        assert match["teams"][0]["players"][1] == {"player_id": b, "score": 2} and match["teams"][1]["side"] == "blue"
        assert [m["match_id"] for m in ok(gk.call("GET", f"{MATCHES}?limit=2", key="server"))["items"]] == ["f1", "t1"]


def test_bad_results_name_the_field():
    with Server() as gk:
        a, b, c = make_players(gk, 3)
        team = {"players": [a], "rank": 1}
        for body, code, field in [({}, "required", "match_id"), ({"match_id": ""}, "bad_value", "match_id"), ({"match_id": "m"}, "required", "teams"), ({"match_id": "m", "teams": [team]}, "bad_value", "teams"),
                                  ({"match_id": "m", "teams": [team, {"players": [b]}]}, "required", "teams[1].rank"), ({"match_id": "m", "teams": [team, {"players": [], "rank": 2}]}, "bad_value", "teams[1].players"),
                                  ({"match_id": "m", "teams": [team, {"players": [b], "rank": 0}]}, "bad_value", "teams[1].rank"), ({"match_id": "m", "teams": [team, {"players": [a], "rank": 2}]}, "duplicate_player", "teams"),
                                  ({"match_id": "m", "teams": [team, {"players": [b], "rank": 2, "goals": 1}]}, "unknown_field", "teams[1].goals"), ({**duel("m", a, b), "queue": "x" * 129}, "bad_value", "queue"),
                                  ({**duel("m", a, b), "time": "yesterday"}, "bad_time", "time"), ({**duel("m", a, b), "time": "1799-01-01T00:00:00Z"}, "time_out_of_range", "time"),
                                  ({**duel("m", a, b), "teams": [team, {"players": [b], "rank": 2, "score": 1e300}]}, "bad_value", "teams[1].score"), ({"match_id": "m", "player_id": a, "opponent_id": b, "outcome": "won"}, "bad_value", "outcome"),
                                  *[({"match_id": "m", "player_id": a, "opponent_id": b, "outcome": wrong}, code, "outcome") for wrong, code in [(0.7, "bad_value"), (2, "bad_value"), (-1, "bad_value"), (True, "bad_type"), (None, "required"), ([1], "bad_type")]],
                                  ({"match_id": "m", "player_id": a, "opponent_id": a, "outcome": "win"}, "duplicate_player", "teams"), ({**duel("m", a, b), "outcome": "win"}, "bad_value", "teams")]:
            refused(post(gk, body), 400, code, field)
        refused(post(gk, duel("m", a, "nobody")), 404, "not_found", "teams[1].players[0]")
        for mine, theirs, field in ((a, "nobody", "opponent_id"), ("nobody", a, "player_id")):
            refused(post(gk, {"match_id": "m", "player_id": mine, "opponent_id": theirs, "outcome": "win"}), 404, "not_found", field)
        refused(post(gk, duel("m", a, b, session_id="none")), 404, "not_found", "session_id")
        refused(gk.call("GET", f"{MATCHES}/m", key="server"), 404, "not_found")
        session = ok(gk.call("POST", "/api/v1/sessions", {"players": [a, b]}, key="server"), 201)["session_id"]
        refused(post(gk, duel("m", a, c, session_id=session)), 400, "not_in_session", "teams")


def test_a_voided_and_a_corrected_match_change_what_followed():
    with Server() as gk, Server() as twin:
        ids, dice = make_players(gk, 10), random.Random(9)
        make_players(twin, 10)
        bodies = {}
        for n in range(RESULTS):
            a, b = dice.sample(ids, 2)
            bodies[f"m{n}"] = duel(f"m{n}", a, b, dice.choice([(1, 2), (2, 1), (1, 1)]), time="2026-01-01T00:00:00Z")
        for n, body in enumerate(bodies.values()):
            ok(post(gk, body))
            if n == 3:
                continue
            turned = {**body, "teams": [{**t, "rank": 3 - t["rank"]} for t in body["teams"]]} if n == 50 else body
            ok(post(twin, turned))
        void = ok(gk.call("POST", f"{MATCHES}/m3/void", {"reason": "a cheater"}, key="server"))
        assert (void["status"], void["applied"], void["ratings"], void["reason"]) == ("void", 4, [], "a cheater")
        assert ok(gk.call("POST", f"{MATCHES}/m3/void", {}, key="server"))["status"] == "void"
        turned = {"teams": [{**t, "rank": 3 - t["rank"]} for t in bodies["m50"]["teams"]], "time": "2026-01-01T00:00:00Z"}
        assert ok(gk.call("POST", f"{MATCHES}/m50/correct", turned, key="server"))["status"] == "applied"
        kept = {m: {**b, **(turned if m == "m50" else {})} for m, b in bodies.items() if m != "m3"}
        answers = [ok(gk.call("GET", f"{MATCHES}/{m}", key="server")) for m in kept]
        for start in range(2):
            check_all(gk, answers, kept, ids)
            for player in ids:  # bit for bit what it is where the match was never played
                mine, theirs = rating(gk, player), rating(twin, player)
                for view in (mine, theirs):
                    view["history"] = [{k: v for k, v in step.items() if k != "applied"} for step in view["history"]]
                assert mine == theirs, (mine, theirs)
            again = ok(gk.call("POST", "/api/v1/ratings/recompute", {"queue": "default"}, key="server"))
            assert (again["matches"], again["changed_matches"], again["changed_ratings"]) == (len(bodies), 0, 0), again
            if start == 0:
                gk.kill()
                done = subprocess.run([BINARY, "ratings", "recompute", "--app", "demo", "--data", gk.data, "--json"], env=gk.env, capture_output=True, text=True, timeout=60, check=True)
                assert json.loads(done.stdout) == again, done
                gk.start()
        refused(post(gk, bodies["m50"]), 409, "different_result")
        assert [m["match_id"] for m in ok(gk.call("GET", f"{MATCHES}?status=void", key="server"))["items"]] == ["m3"]
        acts = [a["action"] for a in ok(gk.call("GET", "/api/v1/admin/audit", key=gk.admin(), headers={"Gamekeeper-App": "demo"}))["items"]]
        ok(gk.call("POST", f"{MATCHES}/m7/void", {}, key=gk.admin(), headers={"Gamekeeper-App": "demo"}))
        assert [a["action"] for a in ok(gk.call("GET", "/api/v1/admin/audit", key=gk.admin(), headers={"Gamekeeper-App": "demo"}))["items"]].count("match.void") == acts.count("match.void") + 1


SYSTEMS = ("glicko2", "elo", "elo-decay", "plackett-luce", "thurstone-mosteller", "elo-mm")


def by_evaluate(folder, matches):
    """What `evaluate ratings` makes of the same matches: {model: {player: (rating, deviation)}}."""
    path, out = os.path.join(folder, "matches.csv"), os.path.join(folder, "ratings.csv")
    with open(path, "w", newline="", encoding="utf-8") as f:
        rows = csv.writer(f)
        rows.writerow(["match_id", "time", "team", "player", "rank"])
        for n, match in enumerate(matches):
            for t, team in enumerate(match["teams"]):
                rows.writerows([f"m{n}", match["time"], f"team {t}", player, team["rank"]] for player in team["players"])
    subprocess.run([BINARY, "evaluate", "ratings", path, "--ratings", out], capture_output=True, timeout=60, check=True)
    found = {}
    with open(out, newline="", encoding="utf-8") as f:
        for row in csv.DictReader(f):
            found.setdefault(row["model"], {})[row["player"]] = float(row["rating"]), float(row["deviation"])
    return found


def shown_like(gk, queue, expected):
    for player, (mean, deviation) in expected.items():
        view = rating(gk, player, queue, 1)
        assert view["rating"] in {rounded(mean - 1e-6), rounded(mean + 1e-6)}, (queue, player, view["rating"], mean)
        assert abs(view["deviation"] - deviation) < 1e-4, (queue, player, view["deviation"], deviation)


def random_matches(ids, count, seed):
    """Duels, uneven teams and free-for-alls, one a day."""
    dice, out = random.Random(seed), []
    for n in range(count):
        sizes = dice.choice([(1, 1), (2, 2), (1, 2), (1, 1, 1, 1), (2, 1, 2)])
        players = dice.sample(ids, sum(sizes))
        teams = [{"players": [players.pop() for _ in range(size)], "rank": dice.randint(1, len(sizes))} for size in sizes]
        out.append({"time": f"2025-{1 + n // 28:02}-{1 + n % 28:02}T00:00:00Z", "teams": teams})
    return out


def rules(gk, queue, change=None, key="server"):
    return gk.call("GET" if change is None else "PUT", f"/api/v1/queues/{queue}/rating", change, key=key)


def test_a_queue_rates_by_the_system_that_it_names():
    with Server() as gk, tempfile.TemporaryDirectory() as folder:
        ids = make_players(gk, 8)
        matches = random_matches(ids, 40, 3)
        expected = by_evaluate(folder, matches)
        assert set(expected) == set(SYSTEMS)
        for system in SYSTEMS:
            said = ok(rules(gk, system, {"system": system}))
            assert (said["system"], said["pending"], said["note"], said["in_effect"]["system"]) == (system, False, None, system), said
            for n, match in enumerate(matches):
                assert ok(post(gk, {**match, "match_id": f"{system} {n}", "queue": system}))["applied"] == n + 1
            shown_like(gk, system, expected[system])
            ok(gk.call("POST", f"{MATCHES}/{system} 7/void".replace(" ", "%20"), {}, key="server"))
        without = by_evaluate(folder, matches[:7] + matches[8:])
        for system in SYSTEMS:
            shown_like(gk, system, without[system])
        # Another system waits until the queue is computed anew, and matches of meanwhile go by the old one.
        said = ok(rules(gk, "elo", {"system": "elo-mm"}))
        assert said["pending"] and "recompute" in said["note"] and (said["system"], said["in_effect"]["system"]) == ("elo-mm", "elo"), said
        gk.kill()
        gk.start()
        shown_like(gk, "elo", without["elo"])
        assert ok(rules(gk, "elo")) == said
        assert ok(gk.call("POST", "/api/v1/ratings/recompute", {"queue": "elo"}, key="server"))["changed_ratings"] > 0
        shown_like(gk, "elo", without["elo-mm"])
        said = ok(rules(gk, "elo"))
        assert not said["pending"] and said["in_effect"]["system"] == "elo-mm"
        rank = {player: rating(gk, player, "elo", 1)["rank"] for player in ids}
        assert all((rank[a] < rank[b]) == (rating(gk, a, "elo", 1)["rating"] > rating(gk, b, "elo", 1)["rating"]) for a in ids for b in ids if rank[a] != rank[b]), rank
        gk.stop()
        done = subprocess.run([BINARY, "ratings", "recompute", "--app", "demo", "--queue", "elo", "--data", gk.data, "--json"], env=gk.env, capture_output=True, text=True, timeout=60, check=True)
        assert json.loads(done.stdout)["changed_ratings"] == 0
        gk.start()
        refused(rules(gk, "q", {"system": "chess"}), 400, "bad_value", "system")
        refused(rules(gk, "q", {"k_factor": 20}), 400, "bad_value", "k_factor")
        refused(rules(gk, "q", {"placement_games": -1}), 400, "bad_value", "placement_games")
        refused(rules(gk, "q", {"speed": 1}), 400, "unknown_field", "speed")
        ok(rules(gk, "q", {"placement_games": 1, "system": "elo", "k_factor": 10}, key=gk.admin()))
        assert rating(gk, ids[0], "q")["provisional"]
        assert [r["after"] for r in ok(post(gk, duel("q1", ids[0], ids[1], queue="q")))["ratings"]] == [1505, 1495]
        assert not rating(gk, ids[0], "q")["provisional"] and not ok(rules(gk, "q", {"placement_games": 2}))["pending"] and rating(gk, ids[0], "q")["provisional"]


def test_kills_at_the_worst_moments():
    with Server() as gk:
        ids, dice = make_players(gk, 6), random.Random(2)
        bodies = {f"m{n}": duel(f"m{n}", *dice.sample(ids, 2), time="2026-01-01T00:00:00Z") for n in range(40)}
        answers = {m: ok(post(gk, body)) for m, body in bodies.items()}

        def killed_at(point, send):
            gk.kill()
            gk.env["GAMEKEEPER_CRASH_AT"] = f"{point}:1"
            gk.start()
            try:
                answer = send()
            except (OSError, http.client.HTTPException):
                answer = None
            assert answer is None, f"{point} was not passed: {answer.body}"
            gk.process.wait(10)
            del gk.env["GAMEKEEPER_CRASH_AT"]
            gk.start()

        bodies["late"] = duel("late", ids[0], ids[1], time="2026-01-01T00:00:00Z")
        killed_at("results.committed", lambda: post(gk, bodies["late"]))  # written, and nobody was told
        answers["late"] = ok(post(gk, bodies["late"]))
        assert answers["late"]["applied"] == 41
        check_all(gk, list(answers.values()), bodies, ids)
        for point, match in (("results.marked", "m5"), ("results.recomputed", "m11")):
            killed_at(point, lambda match=match: gk.call("POST", f"{MATCHES}/{match}/void", {}, key="server"))
            del answers[match]
            assert ok(gk.call("GET", f"{MATCHES}/{match}", key="server"))["status"] == "void"
            check_all(gk, list(answers.values()), bodies, ids)
            assert ok(gk.call("POST", "/api/v1/ratings/recompute", {"queue": "default"}, key="server"))["changed_ratings"] == 0


def all_matches(gk):
    found, cursor = [], ""
    while cursor is not None:
        page = ok(gk.call("GET", f"{MATCHES}?limit=100&cursor={cursor}", key="server"))
        found, cursor = found + page["items"], page["next_cursor"]
    return found


def quality(gk, played, queue="default"):
    """Once it holds so many matches."""
    path = f"/api/v1/ratings/quality?queue={queue}"

    def counted():
        answer = ok(gk.call("GET", path, key="read"))
        return answer["behind"] == 0 and answer["matches"] == played and answer
    return wait_for(counted)


def expect_fit(gk, found):
    """What was said of the queue against what its matches say, one by one."""
    matches = [m for m in all_matches(gk) if m["queue"] == "default" and m["status"] == "applied"]
    costs, brier, bins = [], [], [[0, 0, 0] for _ in range(10)]
    for match in matches:
        a, b = (team["rank"] for team in match["teams"])
        p, had = match["predicted_win"][0], 1 if a < b else 0 if a > b else 0.5
        costs.append(-(had * math.log(p) + (1 - had) * math.log(1 - p)))
        brier.append((p - had) ** 2)
        for n, x in enumerate((p, had, 1)):
            bins[min(9, int(p * 10))][n] += x
    off = sum(abs(p - had) for p, had, _ in bins)
    assert found["foretold"] == len(matches), found
    for name, value in (("log_loss", sum(costs)), ("brier", sum(brier)), ("calibration_error", off)):
        assert abs(found[name] - value / len(matches)) < 1e-9, (name, found[name], value / len(matches))
    assert [b["matches"] for b in found["bins"]] == [n for *_, n in bins], found["bins"]
    assert sum(p["matches"] for p in found["periods"]) == len(matches), found["periods"]


def test_what_is_said_of_a_queue_is_what_its_matches_say():
    chance = random.Random(8)
    with Server() as gk:
        players = make_players(gk, 12)
        refused(gk.call("GET", "/api/v1/ratings/quality", key="read"), 404, "not_found", "queue")
        refused(gk.call("GET", "/api/v1/ratings/distribution?queue=none", key="read"), 404, "not_found", "queue")
        for n in range(80):
            a, b = sorted(chance.sample(range(12), 2))
            ranks = (1, 1) if n % 9 == 0 else (1, 2) if chance.random() < 0.8 else (2, 1)
            ok(post(gk, duel(f"m{n}", players[a], players[b], ranks, queue="default")))
        ok(post(gk, duel("other", *players[:2], queue="casual")))
        found = quality(gk, 80)
        expect_fit(gk, found)
        assert found["accuracy"] > 0.5 and found["pair_accuracy"] is None, found
        queues = ok(gk.call("GET", "/api/v1/ratings/queues", key="read"))["items"]
        assert queues == [{"queue": "casual", "results": 1}, {"queue": "default", "results": 80}], queues

        spread = ok(gk.call("GET", "/api/v1/ratings/distribution", key="read"))
        scores = sorted(rating(gk, player)["rating"] for player in players)
        assert (spread["players"], spread["lowest"], spread["highest"]) == (12, scores[0], scores[-1]), spread
        for b in spread["bins"]:
            assert b["players"] == sum(b["from"] <= score < b["to"] for score in scores), (b, scores)
        assert sum(b["players"] for b in spread["bins"]) == 12 and spread["percentiles"]["p50"] == scores[5], spread

        ok(gk.call("POST", f"{MATCHES}/m40/void", {"reason": "cheated"}, key="server"))
        expect_fit(gk, quality(gk, 79))
        gk.kill()
        gk.start()
        expect_fit(gk, quality(gk, 79))


def test_players_agree_or_a_server_decides():
    with Server() as gk:
        tokens = {}
        for name in ("a", "b", "c"):
            made = ok(gk.call("POST", "/api/v1/auth/device", {"device_id": name}), 201)
            tokens[made["player_id"]] = made["access_token"]
        a, b, c = tokens
        session = ok(gk.call("POST", "/api/v1/sessions", {"players": [a, b]}, key="server"), 201)["session_id"]
        ok(gk.call("PUT", f"/api/v1/sessions/{session}", {"status": "active"}, key="server"))
        first = ok(post(gk, duel("m", a, b, session_id=session), key=tokens[a]))
        assert (first["status"], first["applied"], first["ratings"]) == ("pending", None, [])
        refused(post(gk, duel("m", a, b, session_id=session), key=tokens[c]), 403, "not_yours")
        refused(gk.call("GET", f"{MATCHES}/m", key=tokens[c]), 404, "not_found")
        assert ok(gk.call("GET", f"/api/v1/sessions/{session}", key="server"))["status"] == "active"
        agreed = ok(post(gk, {"match_id": "m", "player_id": b, "opponent_id": a, "outcome": "loss", "session_id": session}, key=tokens[b]))
        assert (agreed["status"], agreed["applied"]) == ("applied", 1) and ok(gk.call("GET", f"/api/v1/sessions/{session}", key="server"))["status"] == "completed"
        profile = ok(gk.call("GET", "/api/v1/auth/profile", key=tokens[a]))
        assert (profile["stats"]["wins"], profile["stats"]["sessions_played"], profile["profile"]["current_rating"]) == (1, 1, 1662), profile
        ok(post(gk, duel("n", a, b), key=tokens[a]))
        assert ok(post(gk, duel("n", b, a), key=tokens[b]))["status"] == "disputed"
        assert [m["match_id"] for m in ok(gk.call("GET", f"{MATCHES}?status=disputed", key="server"))["items"]] == ["n"]
        assert ok(gk.call("GET", f"{MATCHES}/n", key=tokens[a]))["reports"][0]["players"] == [a]
        assert ok(post(gk, duel("n", b, a)))["applied"] == 2
        assert ok(gk.call("GET", f"{MATCHES}?status=disputed", key="server"))["items"] == []
        assert ok(gk.call("POST", "/api/v1/sessions", {"players": [b]}, key="server"), 201)["players"][0]["rating"] == rating(gk, b)["rating"]


run(globals())
