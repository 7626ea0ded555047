"""Looking for a match over HTTP: join, status, leave, parties, rules, the race between leaving and being matched, and kills
in the middle of it all: nobody in two matches for one ticket, no ticket lost, every match with its session."""
import concurrent.futures
import contextlib
import os
import random
import socket
import threading
import time

from answers import ok
from gk import Server, run
from websocket import WebSocket

QUEUE, PLAYERS = "/api/v1/queue", int(os.environ.get("GK_QUEUE_PLAYERS", "300"))
SEED = int(os.environ.get("GK_SEED", "7"))


def refused(answer, status, code, field=None, limit=None):
    problem = answer.json()
    assert (answer.status, problem["code"]) == (status, code), (answer.status, problem)
    assert field is None or problem["field"] == field, problem
    assert limit is None or problem["limit"] == limit, problem


def player(gk, name):
    answer = gk.call("POST", "/api/v1/auth/device", {"device_id": f"device of {name}"})
    assert answer.status in (200, 201), answer.body
    return answer.json()


def join(gk, who, **body):
    return gk.call("POST", f"{QUEUE}/join", body, key=who["access_token"])


def status(gk, who):
    return gk.call("GET", f"{QUEUE}/status", key=who["access_token"])


def leave(gk, who):
    return gk.call("DELETE", f"{QUEUE}/leave", key=who["access_token"])


def matched(gk, who, wait_s=20):
    give_up = time.monotonic() + wait_s
    while True:
        seen = ok(status(gk, who))
        if seen["status"] == "matched":
            return seen["match"]
        assert seen["status"] == "searching" and time.monotonic() < give_up, seen
        time.sleep(0.02)


def ids(match):
    return [p for team in match["teams"] for p in team["players"]]


def test_two_players_find_one_another():
    with Server() as gk:
        a, b = player(gk, "a"), player(gk, "b")
        ticket = ok(join(gk, a, attributes={"map": "sand"}, latencies={"eu": 20, "us": 120}), 202)
        assert ticket["queue"] == "default" and ticket["position"] == 1 and ticket["status"] == "searching", ticket
        assert ticket["estimated_wait_seconds"] > 0 and ticket["estimate_error_seconds"] > 0, ticket
        seen = ok(status(gk, a))
        assert seen["ticket_id"] == ticket["ticket_id"] and seen["waited_seconds"] >= 0 and seen["position"] == 1, seen
        assert seen["explanation"] == {"blocking_rule": "players", "nearest": None, "next_expansion_seconds": None}, seen
        refused(join(gk, a), 409, "already_queued", "player_id", "default")
        refused(join(gk, a, queue="other"), 409, "already_queued", "player_id", "default")
        ok(join(gk, b), 202)
        match, same = matched(gk, a), matched(gk, b)
        assert match == same and sorted(ids(match)) == sorted([a["player_id"], b["player_id"]]), (match, same)
        assert match["quality"] == 1 and match["predicted_win"] == 0.5, match
        session = ok(gk.call("GET", f"/api/v1/sessions/{match['session_id']}", key=a["access_token"]))
        assert session["status"] == "waiting" and session["match_id"] == match["match_id"] and session["mode"] == "default", session
        assert [(p["player_id"], p["rating"], p["team"]) for p in session["players"]] == [(p, 1500, n) for n, p in enumerate(ids(match))], session
        refused(leave(gk, a), 409, "already_matched")
        ok(gk.call("PUT", f"/api/v1/sessions/{match['session_id']}", {"status": "active"}, key="server"))
        assert ok(status(gk, a))["status"] == "matched"
        ok(gk.call("PUT", f"/api/v1/sessions/{match['session_id']}", {"status": "completed"}, key="server"))
        refused(status(gk, a), 404, "not_queued")
        ok(join(gk, a), 202)
        assert ok(leave(gk, a))["status"] == "left"
        refused(status(gk, a), 404, "not_queued")
        refused(leave(gk, a), 404, "not_queued")


def hears(gk, who):
    """A socket that has subscribed to the player's queue; cut after half a minute, for pings alone would keep it waiting."""
    ws = WebSocket(gk.port, "/ws")

    def cut():
        with contextlib.suppress(OSError):  # it is over
            ws.socket.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(30, cut)
    timer.daemon = True
    timer.start()
    ws.send({"type": "authenticate", "id": "1", "data": {"token": who["access_token"]}})
    assert ws.receive()["type"] == "authenticated"
    ws.send({"type": "subscribe", "id": "2", "topic": "queue"})
    assert ws.receive()["type"] == "subscribed"
    return ws


def test_sockets_hear_of_places_and_matches():
    with Server() as gk:
        a, b = player(gk, "a"), player(gk, "b")
        ws = hears(gk, a)
        ticket = ok(join(gk, a), 202)
        told = ws.receive()
        assert (told["type"], told["topic"]) == ("queue_update", "queue") and told["seq"], told
        assert {"ticket_id": ticket["ticket_id"], "queue": "default", "status": "searching", "position": 1}.items() <= told["data"].items(), told
        assert told["data"]["estimated_wait_seconds"] > 0, told
        ok(leave(gk, a))
        told = ws.receive()
        assert (told["type"], told["data"]["status"]) == ("queue_update", "left"), told
        tickets = [ok(join(gk, who), 202)["ticket_id"] for who in (a, b)]
        while (told := ws.receive())["type"] != "match_found":
            assert told["type"] == "queue_update", told
        seen = ok(status(gk, a))
        assert told["data"] == {**seen["match"], "queue": "default", "ticket_id": tickets[0]}, (told, seen)


def test_waits_are_seen_in_analytics():
    with Server() as gk:
        began = time.time()
        for n in range(3):
            pair = player(gk, f"a{n}"), player(gk, f"b{n}")
            for who in pair:
                ok(join(gk, who, queue="duel"), 202)
            match = matched(gk, pair[0])
            matched(gk, pair[1])
            ok(gk.call("DELETE", f"/api/v1/sessions/{match['session_id']}", key="server"))
        gk.drained()
        start = time.strftime("%Y-%m-%dT%H:%M:00Z", time.gmtime(began - 60))
        end = time.strftime("%Y-%m-%dT%H:%M:00Z", time.gmtime(time.time() + 120))
        give_up = time.monotonic() + 20
        while True:  # the outbox is moved to the log in the background
            wait, = gk.graphql("query($a: DateTime!, $b: DateTime!) { series(metric: QUEUE_WAIT_P95, from: $a, to: $b, step: MINUTE) { total } }", a=start, b=end)["series"]
            names = {e["name"]: e for e in ok(gk.call("GET", "/api/v1/admin/events/names", key=gk.admin()))["items"]}
            if wait["total"] is not None and "match.cancelled" in names:
                break
            assert time.monotonic() < give_up, (wait, list(names))
            time.sleep(0.05)
        assert 0 <= wait["total"] < 20, wait
        for name in ("queue.joined", "match.formed", "match.cancelled", "session.created"):
            assert name in names, (name, list(names))


def test_bad_bodies_name_the_field():
    with Server() as gk:
        a, b = player(gk, "a"), player(gk, "b")
        for body, status_, code, field in [
                ({"queue": ""}, 400, "bad_value", "queue"), ({"queue": 1}, 400, "bad_type", "queue"), ({"queue": "q" * 129}, 400, "bad_value", "queue"),
                ({"party": "b"}, 400, "bad_type", "party"), ({"party": [1]}, 400, "bad_type", "party"), ({"party": [b["player_id"]] * 2}, 400, "duplicate_player", "party"),
                ({"party": ["nobody"]}, 404, "not_found", "party[0]"), ({"party": [str(n) for n in range(64)]}, 400, "bad_value", "party"),
                ({"attributes": {"x": "y" * 3000}}, 400, "field_too_large", "attributes"), ({"attributes": []}, 400, "bad_type", "attributes"),
                ({"latencies": {"eu": "near"}}, 400, "bad_type", "latencies"), ({"latencies": {"eu": -1}}, 400, "bad_value", "latencies"),
                ({"latencies": {f"r{n}": 1 for n in range(33)}}, 400, "bad_value", "latencies"), ({"team": 1}, 400, "unknown_field", "team"),
                ({"player_id": b["player_id"]}, 403, "not_yours", "player_id")]:
            refused(join(gk, a, **body), status_, code, field)
        refused(join(gk, a, party=[b["player_id"]]), 422, "unmatchable", "party", "team_size 1")
        refused(status(gk, a), 404, "not_queued")
        for method, path in (("POST", "join"), ("GET", "status"), ("DELETE", "leave")):
            refused(gk.call(method, f"{QUEUE}/{path}", {} if method == "POST" else None, key="server"), 400, "required", "player_id")
        refused(gk.call("GET", f"{QUEUE}/status?player_id={b['player_id']}", key=a["access_token"]), 403, "not_yours", "player_id")


def test_servers_queue_players_and_set_rules():
    with Server() as gk:
        four = [player(gk, n) for n in "abcd"]
        rules = ok(gk.call("PUT", "/api/v1/queues/pairs", {"team_size": 2, "match_mode": "2v2"}, key="server"))
        assert (rules["queue"], rules["team_size"], rules["teams"], rules["match_mode"]) == ("pairs", 2, 2, "2v2"), rules
        changed = ok(gk.call("PUT", "/api/v1/queues/pairs", {"window_growth": 2.5}, key="server"))
        assert changed["team_size"] == 2 and changed["window_growth"] == 2.5, changed
        refused(gk.call("PUT", "/api/v1/queues/pairs", {"team_size": 0}, key="server"), 400, "bad_value", "team_size")
        refused(gk.call("PUT", "/api/v1/queues/pairs", {"size": 2}, key="server"), 400, "unknown_field", "size")
        assert [q["queue"] for q in ok(gk.call("GET", "/api/v1/queues", key="server"))["items"]] == ["pairs"]
        time.sleep(1.1)  # rules are read again once a second
        party = [p["player_id"] for p in four[:2]]
        ok(gk.call("POST", f"{QUEUE}/join", {"player_id": party[0], "party": party[1:], "queue": "pairs"}, key="server"), 202)
        refused(join(gk, four[1]), 409, "already_queued", "player_id", "pairs")
        ok(join(gk, four[2], queue="pairs"), 202)
        seen = ok(gk.call("GET", f"{QUEUE}/status?player_id={party[1]}", key="server"))
        assert seen["players"] == party and seen["explanation"]["blocking_rule"] == "players", seen
        assert ok(gk.call("DELETE", f"{QUEUE}/leave?player_id={party[1]}", key="server"))["status"] == "left"
        refused(status(gk, four[0]), 404, "not_queued")
        ok(join(gk, four[0], queue="pairs", party=party), 202)
        ok(join(gk, four[3], queue="pairs"), 202)
        match = matched(gk, four[3])
        assert sorted(sorted(t["players"]) for t in match["teams"]) == sorted([sorted(party), sorted(p["player_id"] for p in four[2:])]), match


def test_the_banned_do_not_play():
    with Server() as gk:
        a, b = player(gk, "a"), player(gk, "b")
        ok(join(gk, a), 202)
        ok(gk.call("POST", f"/api/v1/players/{a['player_id']}/ban", {"reason": "a test"}, key="server"))
        refused(gk.call("POST", f"{QUEUE}/join", {"player_id": a["player_id"]}, key="server"), 403, "banned", "player_id")
        ok(join(gk, b), 202)
        give_up = time.monotonic() + 20
        while gk.call("GET", f"{QUEUE}/status?player_id={a['player_id']}", key="server").status != 404:
            assert time.monotonic() < give_up
            time.sleep(0.05)
        assert ok(status(gk, b))["status"] == "searching"


def test_tickets_expire():
    with Server() as gk:
        ok(gk.call("PUT", "/api/v1/queues/short", {"max_wait_seconds": 1}, key="server"))
        a = player(gk, "a")
        ok(join(gk, a, queue="short"), 202)
        time.sleep(1.1)
        assert ok(status(gk, a))["status"] == "expired"
        give_up = time.monotonic() + 20
        while join(gk, a, queue="short").status != 202:  # until the sweep has seen it
            assert time.monotonic() < give_up
            time.sleep(0.1)


def test_a_cancelled_match_is_told():
    with Server() as gk:
        for names, steps in ((("a", "b"), []), (("c", "d"), ["active"])):  # never begun: cancelled; begun: abandoned
            people = [player(gk, name) for name in names]
            for who in people:
                assert join(gk, who).status == 202
            session = matched(gk, people[0])["session_id"]
            refused(leave(gk, people[0]), 409, "already_matched", "session_id", session)
            for to in steps:
                ok(gk.call("PUT", f"/api/v1/sessions/{session}", {"status": to}, key="server"))
            ended = ok(gk.call("DELETE", f"/api/v1/sessions/{session}", key="server"))["status"]
            for who in people:
                seen = ok(status(gk, who))
                assert (seen["status"], seen["match"]["session_id"], seen["position"]) == ("cancelled", session, None), (ended, seen)
                refused(leave(gk, who), 404, "not_queued")
            assert join(gk, people[0]).status == 202 and ok(status(gk, people[0]))["status"] == "searching"
            ok(leave(gk, people[0]))


def test_leaving_races_with_being_matched():
    with Server() as gk:
        people = [player(gk, n) for n in range(40)]

        def life(who):
            chance = random.Random(who["player_id"])
            ends = []
            for _ in range(4):
                assert join(gk, who).status == 202
                time.sleep(chance.uniform(0, 0.6))
                left = leave(gk, who)
                if left.status == 200:
                    refused(status(gk, who), 404, "not_queued")
                else:
                    refused(left, 409, "already_matched")
                    seen = ok(status(gk, who))
                    assert seen["status"] == "matched", seen
                ends.append(left.status)
            return ends

        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            ends = [end for some in pool.map(life, people) for end in some]
        print(f"     {ends.count(200)} left, {ends.count(409)} were matched first")
        check_matches(all_sessions(gk))
        assert sum(len(s["players"]) for s in all_sessions(gk)) == ends.count(409)


def all_sessions(gk):
    out, cursor = [], ""
    while True:
        page = ok(gk.call("GET", f"/api/v1/sessions?limit=1000{cursor}", key="server"))
        out += page["items"]
        if not page["next_cursor"]:
            return out
        cursor = f"&cursor={page['next_cursor']}"


def check_matches(sessions, parties=()):
    matches = [s["match_id"] for s in sessions]
    assert all(matches) and len(set(matches)) == len(matches), "a match has one session"
    for s in sessions:
        size = 4 if s["mode"] == "pairs" else 2
        team_of = {p["player_id"]: p["team"] for p in s["players"]}
        assert len(s["players"]) == size == len(team_of) and sorted(team_of.values()) == [n * 2 // size for n in range(size)], s
        for one, other in parties:
            assert team_of.get(one) == team_of.get(other), s


def test_kills_while_hundreds_come_and_go():
    """Three kill -9 under joins and leaves from eight threads. What a client was told holds, and what it was not told is one of two."""
    gk = Server()
    try:
        gk.start()
        ok(gk.call("PUT", "/api/v1/queues/pairs", {"team_size": 2}, key="server"))
        people = [player(gk, n) for n in range(PLAYERS)]
        parties = list(zip(people[:PLAYERS // 3:2], people[1:PLAYERS // 3:2]))
        wishes = [(one, {"queue": "pairs", "party": [other["player_id"]]}) for one, other in parties] + [(one, {}) for one in people[PLAYERS // 3:]]
        tickets, over, trouble = {}, threading.Event(), []  # ticket: (player, outcome)
        lock = threading.Lock()

        def patiently(call):
            """Sends until it is answered: the one call that goes missing in a kill is repeated."""
            give_up = time.monotonic() + 60
            while True:
                try:
                    answer = call()
                    if answer.status != 503:
                        return answer
                except OSError:
                    pass
                assert time.monotonic() < give_up, "no answer for a minute"
                time.sleep(0.02)

        def life(part):
            chance = random.Random(SEED + part)
            mine = wishes[part::8]
            try:
                while not over.is_set():
                    who, wish = chance.choice(mine)
                    answer = patiently(lambda who=who, wish=wish: join(gk, who, **wish))
                    if answer.status == 202 and chance.random() < 0.3:
                        left = patiently(lambda who=who: leave(gk, who))
                        assert left.status in (200, 404, 409), (left.status, left.body)
                        with lock:
                            tickets[answer.json()["ticket_id"]] = {200: "left", 404: "left", 409: "matched"}[left.status]
                    elif answer.status == 202:
                        with lock:
                            tickets[answer.json()["ticket_id"]] = "searching or matched"
                    else:
                        refused(answer, 409, "already_queued", "player_id", wish.get("queue", "default"))
            except Exception as error:  # noqa: BLE001 — reported below
                trouble.append(error)

        threads = [threading.Thread(target=life, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        chance = random.Random(SEED)
        for _ in range(3):
            time.sleep(chance.uniform(1, 2.5))
            gk.kill()
            gk.start()
        time.sleep(1)
        over.set()
        for thread in threads:
            thread.join()
        assert not trouble, trouble
        settle(gk)
        waiting = [t for who in people for t in [seen_by(gk, who)] if t and t["status"] == "searching"]
        assert len({t["ticket_id"] for t in waiting}) <= 2, f"{waiting} still wait, beside equals"
        sessions = all_sessions(gk)
        check_matches(sessions, [(one["player_id"], other["player_id"]) for one, other in parties])
        # Whoever joined has left, plays or waits: as many facts as there are players in sessions, and no more.
        facts, playing = facts_of(gk), sum(len(s["players"]) for s in sessions)
        assert facts["queue.joined"] == facts["queue.left"] + playing + len(waiting), (facts, playing, len(waiting))
        assert facts["match.formed"] == len(sessions) == facts["session.created"], (facts, len(sessions))
        outcomes = list(tickets.values())
        assert facts["queue.joined"] >= len(outcomes) and facts["queue.left"] >= outcomes.count("left") and playing >= outcomes.count("matched"), facts
        print(f"     {facts['queue.joined']} players joined, {facts['queue.left']} left, {len(sessions)} matches of {playing}, {len(waiting)} wait")
    finally:
        gk.close()


def seen_by(gk, who):
    answer = status(gk, who)
    return answer.json() if answer.status == 200 else None


def settle(gk, wait_s=30):
    """Until no match has been made for two seconds."""
    before, give_up = None, time.monotonic() + wait_s
    while True:
        now = len(all_sessions(gk))
        if now == before:
            return
        assert time.monotonic() < give_up
        before = now
        time.sleep(2)


def facts_of(gk, wait_s=30):
    """How often each fact is on the log, once all of the outbox is there: the counts stand still."""
    before, give_up = None, time.monotonic() + wait_s
    while True:
        gk.drained()
        now = {e["name"]: e["count"] for e in ok(gk.call("GET", "/api/v1/admin/events/names", key=gk.admin()))["items"]}
        if now == before:
            return {name: now.get(name, 0) for name in ("queue.joined", "queue.left", "match.formed", "session.created")}
        assert time.monotonic() < give_up
        before = now
        time.sleep(1)


run(globals())
