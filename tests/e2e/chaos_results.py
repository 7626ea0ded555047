"""Results of matches over kills (RELIABILITY R23): each sent twice, shuffled between eight connections of game servers that
send again until they are answered, with three kill -9; one taken back, and the recomputation killed.

GK_RESULTS results (1500). What comes of them is what the same results make where nothing was sent twice and nothing
killed, one after another in the order of `applied`, bit for bit; and board, profile, history and stats say the same.
"""
import concurrent.futures
import http.client
import json
import os
import random
import threading
import time

from answers import ok
from gk import Answer, Server, checked, run
from plain_ratings import MATCHES, board_rows, check_all, check_standings, duel, make_players, post, rating, until_ranked

RESULTS = int(os.environ.get("GK_RESULTS", "1500"))
SEED = int(os.environ.get("GK_SEED", "4"))
CONNECTIONS, MIXED = 8, "mixed"
DAY = 86_400_000


class Line:
    """One connection of a game server, kept open while it lasts."""

    def __init__(self, gk):
        self.gk, self.connection = gk, None

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def ask(self, method, path, body=None):
        self.connection = self.connection or http.client.HTTPConnection("127.0.0.1", self.gk.port, timeout=60)
        headers = {"Authorization": "Bearer " + self.gk.key("server"), "Content-Type": "application/json"}
        try:
            self.connection.request(method, path, body=body and json.dumps(body).encode(), headers=headers)
            answer = self.connection.getresponse()
            return checked(path, Answer(answer.status, answer.headers, answer.read()))
        except (OSError, http.client.HTTPException):
            self.close()
            raise

    def deliver(self, body):
        """Until there is an answer, as a game server would."""
        give_up = time.monotonic() + 120
        while True:
            try:
                answer = self.ask("POST", f"{MATCHES}/result", body)
                if answer.status == 200:
                    return answer.json()
                assert answer.status == 503, (answer.status, answer.body)
            except (OSError, http.client.HTTPException):
                pass  # it is dead, or died in the middle of an answer
            assert time.monotonic() < give_up, "no answer"
            time.sleep(0.02)


def on_lines(gk, work, handle):
    """Every piece of work by one of eight connections: a thread each."""
    def take(share):
        line = Line(gk)
        try:
            return [handle(line, piece) for piece in share]
        finally:
            line.close()

    with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool:
        return [done for share in pool.map(take, [work[n::CONNECTIONS] for n in range(CONNECTIONS)]) for done in share]


def make_bodies(ids, others, dice, count):
    """Duels at one moment, which a plain computation can follow; each eighth a match of teams or a free-for-all of other
    players in a queue of its own, at times in disorder."""
    bodies = {}
    for n in range(count):
        name = f"m{n}"
        if n % 8 != 5:
            bodies[name] = duel(name, *dice.sample(ids, 2), dice.choice([(1, 2), (2, 1), (1, 1)]), time="2026-01-01T00:00:00Z")
            continue
        size, teams = dice.choice([(1, 2), (2, 2), (1, 5), (3, 3)])
        players = dice.sample(others, size * teams)
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1_760_000_000 + dice.randrange(10_000_000)))
        bodies[name] = {"match_id": name, "queue": MIXED, "time": at, "teams": [
            {"players": players[t * size:(t + 1) * size], "rank": dice.randint(1, teams), "side": dice.choice(["red", "blue"])} for t in range(teams)]}
    return bodies


def give_sessions(gk, bodies):
    """One in ten is played in a session, which its result completes; how many sessions each player plays."""
    def begin(line, body):
        players = [p for team in body["teams"] for p in team["players"]]
        session = ok(line.ask("POST", "/api/v1/sessions", {"players": players}), 201)["session_id"]
        ok(line.ask("PUT", f"/api/v1/sessions/{session}", {"status": "active"}))
        body["session_id"] = session
        return players

    played = {}
    for players in on_lines(gk, list(bodies.values())[::10], begin):
        for player in players:
            played[player] = played.get(player, 0) + 1
    return played


def in_order(answers, queue):
    return sorted((a for a in answers if a["queue"] == queue), key=lambda a: a["applied"])


def replay(twin, answers, bodies):
    """The same results once each, in the order of `applied`, over one connection; sessions have nothing to do with ratings."""
    line = Line(twin)
    for answer in answers:
        body = {k: v for k, v in bodies[answer["match_id"]].items() if k != "session_id"}
        assert ok(line.ask("POST", f"{MATCHES}/result", body))["status"] == "applied"
    line.close()


def standings(gk, players, queue):
    """All that is shown of a queue's ratings; numbers of results aside, which stay with a match that is taken back."""
    until_ranked(gk, next(p for p in players if rating(gk, p, queue, 1)["games_played"]), queue)
    views = {player: rating(gk, player, queue) for player in players}
    check_standings(gk, views, queue)
    for view in views.values():
        view["history"] = [{k: v for k, v in step.items() if k != "applied"} for step in view["history"]]
    return views, sorted((row["rank"], row["player_id"], row["score"]) for row in board_rows(gk, queue))


def moves(gk, queue):
    """What every applied match has moved, by match."""
    out, cursor = {}, ""
    while cursor is not None:
        page = ok(gk.call("GET", f"{MATCHES}?limit=1000&queue={queue}{cursor and '&cursor=' + cursor}", key="server"))
        out.update({m["match_id"]: m["ratings"] for m in page["items"] if m["status"] == "applied"})
        cursor = page["next_cursor"]
    return out


def counted(gk, **asked):
    """How many of something the log has told the charts, today and tomorrow."""
    gk.drained(120)
    midnight = int(time.time() * 1000) // DAY * DAY
    at = [time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime((midnight + days * DAY) / 1000)) for days in (-1, 2)]
    series = gk.graphql("query($m: Metric!, $e: String, $f: DateTime!, $t: DateTime!) { series(metric: $m, event: $e, from: $f, to: $t, step: DAY) { total } }",
                        m=asked["metric"], e=asked.get("event"), f=at[0], t=at[1])["series"]
    return sum(s["total"] for s in series)


def check_facts(gk, bodies):
    """The outbox has told of everything once."""
    seats = sum(len(team["players"]) for body in bodies.values() for team in body["teams"])
    sessions = sum("session_id" in body for body in bodies.values())
    expected = {"match.completed": len(bodies), "rating.changed": seats, "session.ended": sessions}
    give_up = time.monotonic() + 60
    while (told := {name: counted(gk, metric="EVENTS", event=name) for name in expected}) != expected:
        assert time.monotonic() < give_up, (told, expected)
        time.sleep(0.1)
    assert counted(gk, metric="MATCHES") == len(bodies)


def check_pages(gk, player):
    """The history by pages is the history."""
    whole, pages, cursor = rating(gk, player)["history"], [], ""
    while cursor is not None:
        page = ok(gk.call("GET", f"/api/v1/players/{player}/rating?limit=7{cursor and '&cursor=' + cursor}", key="server"))
        pages += page["history"]
        cursor = page["next_cursor"]
    assert pages == whole, player


def check_sessions(gk, played):
    for player, count in played.items():
        stats = ok(gk.call("GET", f"/api/v1/players/{player}", key="server"))["stats"]
        assert stats["sessions_played"] == count, (player, stats, count)


def test_results_twice_over_kills_equal_one_run_in_their_order():
    dice = random.Random(SEED)
    with Server() as gk, Server() as twin:
        ids, others = make_players(gk, 30 + RESULTS // 100), make_players(gk, 20, "q")
        make_players(twin, len(ids))
        make_players(twin, len(others), "q")
        bodies = make_bodies(ids, others, dice, RESULTS)
        played = give_sessions(gk, bodies)
        work, answers = list(bodies.values()) * 2, []
        dice.shuffle(work)
        sender = threading.Thread(target=on_lines, args=(gk, work, lambda line, body: answers.append(line.deliver(body))))
        sender.start()
        for part in (0.25, 0.5, 0.75):
            while len(answers) < part * len(work) and sender.is_alive():
                time.sleep(0.002)
            gk.kill()
            gk.start(60)
        sender.join()
        assert len(answers) == len(work), f"{len(work) - len(answers)} were not answered"
        first = {}
        for answer in answers:
            assert first.setdefault(answer["match_id"], answer) == answer, (answer, first[answer["match_id"]])
        duels, mixed = in_order(first.values(), "default"), in_order(first.values(), MIXED)
        for queue in (duels, mixed):
            assert [a["applied"] for a in queue] == list(range(1, len(queue) + 1)), "each has a number, and no number is missing"
        assert len(duels) + len(mixed) == len(bodies)
        replay(twin, duels, bodies)
        replay(twin, mixed, bodies)
        theirs = [standings(twin, ids, "default"), standings(twin, others, MIXED)]
        for _ in range(2):  # the second time after one more kill
            check_all(gk, duels, bodies, ids)
            assert [standings(gk, ids, "default"), standings(gk, others, MIXED)] == theirs, "not what one run in their order makes"
            for queue, made in (("default", duels), (MIXED, mixed)):
                assert moves(gk, queue) == {a["match_id"]: a["ratings"] for a in made} == moves(twin, queue)
                again = ok(gk.call("POST", "/api/v1/ratings/recompute", {"queue": queue}, key="server"))
                assert (again["matches"], again["changed_matches"], again["changed_ratings"]) == (len(made), 0, 0), again
            for player in ids[:5]:
                check_pages(gk, player)
            check_sessions(gk, played)
            check_facts(gk, bodies)
            gk.kill()
            gk.start(60)
        print(f"seed {SEED}: {len(bodies)} results sent twice over {CONNECTIONS} connections, {sum(played.values())} seats in sessions, 4 kills")


def test_an_early_match_taken_back_is_a_replay_without_it():
    dice = random.Random(SEED + 1)
    with Server() as gk, Server() as twin:
        ids = make_players(gk, 30 + RESULTS // 100)
        make_players(twin, len(ids))
        bodies = {}
        for n in range(RESULTS):
            bodies[f"m{n}"] = duel(f"m{n}", *dice.sample(ids, 2), dice.choice([(1, 2), (2, 1), (1, 1)]), time="2026-01-01T00:00:00Z")
        answers = in_order(on_lines(gk, list(bodies.values()), lambda line, body: line.deliver(body)), "default")
        gone = answers.pop(9)["match_id"]
        replay(twin, answers, bodies)
        before, moved = standings(gk, ids, "default"), moves(gk, "default")
        theirs = standings(twin, ids, "default"), moves(twin, "default")
        assert before != theirs[0], "the match made no difference"

        def take_back():
            void = ok(gk.call("POST", f"{MATCHES}/{gone}/void", {"reason": "a cheater"}, key="server", timeout=120))
            assert (void["status"], void["applied"], void["ratings"]) == ("void", 10, []), void

        def without():
            assert (standings(gk, ids, "default"), moves(gk, "default")) == theirs, "not what a run without it makes"

        take_back()
        without()
        # Set right again, killed at any moment of it: the caller asks again, and all is as it was.
        for _ in range(3):
            right = {"teams": bodies[gone]["teams"], "time": bodies[gone]["time"]}
            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                asked = pool.submit(gk.call, "POST", f"{MATCHES}/{gone}/correct", right, "server")
                time.sleep(dice.uniform(0, 0.1))
                gk.kill()
                asked.exception(60)  # it was answered, or died on the way
            gk.start(60)
            assert ok(gk.call("POST", f"{MATCHES}/{gone}/correct", right, key="server", timeout=120))["applied"] == 10
            assert (standings(gk, ids, "default"), moves(gk, "default")) == (before, moved), "not what it was"
            take_back()
        without()
        check_all(gk, answers, bodies, ids)
        # What has been learned of the players is the same, too: the next match is predicted and rated alike.
        told = [ok(post(server, duel("next", ids[0], ids[1], time="2026-01-02T00:00:00Z"))) for server in (gk, twin)]
        assert all(t["predicted_win"] for t in told), told
        assert [told[0][k] for k in ("ratings", "predicted_win")] == [told[1][k] for k in ("ratings", "predicted_win")], told
        print(f"seed {SEED}: 1 of {len(bodies)} results taken back four times")


run(globals())
