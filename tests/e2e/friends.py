"""Friends and presence over HTTP and sockets: asking, blocking, limits, both sides over kills, who is there, who hides."""
import concurrent.futures
import http.client
import random
import time
import urllib.parse

from answers import ok, refused, wait_for
from gk import Server, run
from websocket import WebSocket

P = "/api/v1/players"


def player(gk, name):
    answer = gk.call("POST", "/api/v1/auth/register", {"username": name, "password": "tide pool lantern"})
    return {**ok(answer, 201), "name": name}


def by_server(gk, name):
    ok(gk.call("POST", P, {"player_id": name}, key="server"), 201)
    return {"player_id": name, "access_token": "server", "name": name}


def at(who, path, other=None):
    return f"{P}/{who['player_id']}/{path}" + (f"/{urllib.parse.quote(other['player_id'], safe='')}" if other else "")


def ask(gk, who, other):
    return gk.call("POST", at(who, "friend-requests"), {"player_id": other["player_id"]}, key=who["access_token"])


def accept(gk, who, other):
    return gk.call("POST", at(who, "friend-requests", other) + "/accept", key=who["access_token"])


def befriend(gk, a, b):
    ok(ask(gk, a, b), 201)
    assert ok(accept(gk, b, a))["relation"] == "friend"


def listed(gk, who, what, limit=1000):
    """All pages."""
    items, cursor = [], ""
    while True:
        mark = "&" if "?" in what else "?"
        page = ok(gk.call("GET", at(who, what) + f"{mark}limit={limit}{cursor}", key=who["access_token"]))
        items += page["items"]
        if not page["next_cursor"]:
            return items
        cursor = "&cursor=" + page["next_cursor"]


def ids(gk, who, what, limit=1000):
    return [item["player_id"] for item in listed(gk, who, what, limit)]


def presence(gk, who, of=None):
    return ok(gk.call("GET", at(of or who, "presence"), key=who["access_token"]))


def online(gk, who, topic=None):
    """A socket of the player, listening or not."""
    ws = WebSocket(gk.port, "/ws", timeout=60)
    ws.send({"type": "authenticate", "data": {"token": who["access_token"]}})
    assert ws.receive()["type"] == "authenticated"
    if topic:
        ws.send({"type": "subscribe", "topic": topic})
        assert ws.receive()["type"] == "subscribed"
    return ws


def hears(ws, kind, **expected):
    """The next push of the kind; others are passed over."""
    while True:
        got = ws.receive()
        assert got is not None, ws.close_code
        if got["type"] == kind:
            assert {name: got["data"].get(name) for name in expected} == expected, (got, expected)
            return got["data"]


def test_two_players_become_friends_and_end_it():
    with Server() as gk:
        a, b = player(gk, "Ada"), player(gk, "Bob")
        ears = online(gk, b, "friends")
        asked = ok(gk.call("POST", at(a, "friend-requests"), {"username": "BOB"}, key=a["access_token"]), 201)
        assert asked["player_id"] == b["player_id"] and asked["relation"] == "sent" and asked["since"].endswith("Z"), asked
        assert ok(ask(gk, a, b)) == asked  # again: nothing new
        hears(ears, "friend_changed", player_id=a["player_id"], relation="received")
        waiting = listed(gk, b, "friend-requests")
        assert [(w["player_id"], w["username"], w["relation"]) for w in waiting] == [(a["player_id"], "Ada", "received")], waiting
        assert ids(gk, a, "friend-requests?direction=sent") == [b["player_id"]] and not ids(gk, a, "friend-requests")
        refused(accept(gk, a, b), 404, "no_request", "other")
        assert not listed(gk, a, "friends")
        assert ok(accept(gk, b, a))["relation"] == "friend"
        assert ok(accept(gk, b, a))["relation"] == "friend"
        hears(ears, "friend_changed", player_id=a["player_id"], relation="friend")
        mine = listed(gk, a, "friends")
        assert [(f["player_id"], f["username"], f["relation"]) for f in mine] == [(b["player_id"], "Bob", "friend")], mine
        assert set(mine[0]["presence"]) == {"status", "session_id", "last_seen"}, mine
        assert ids(gk, b, "friends") == [a["player_id"]] and not ids(gk, b, "friend-requests")
        assert [f["player_id"] for f in ok(gk.call("GET", at(a, "friends"), key="server"))["items"]] == [b["player_id"]]
        for _ in range(2):
            ok(gk.call("DELETE", at(a, "friends", b), key=a["access_token"]), 204)
        hears(ears, "friend_changed", player_id=a["player_id"], relation="none")
        assert not ids(gk, a, "friends") and not ids(gk, b, "friends")
        for body, status, code, field in (({}, 400, "required", "player_id"), ({"player_id": "x", "username": "y"}, 400, "required", "player_id"),
                                          ({"player_id": 1}, 400, "bad_type", "player_id"), ({"player_id": "nobody"}, 404, "not_found", "other"),
                                          ({"player_id": a["player_id"]}, 400, "yourself", "other"), ({"username": "nobody"}, 404, "not_found", "username")):
            refused(gk.call("POST", at(a, "friend-requests"), body, key=a["access_token"]), status, code, field)
        refused(gk.call("GET", at(a, "friend-requests?direction=up"), key=a["access_token"]), 400, "bad_value", "direction")
        refused(gk.call("GET", at(a, "friends"), key=b["access_token"]), 403, "not_yours", "id")


def test_declined_taken_back_and_asked_at_once():
    with Server() as gk:
        a, b = player(gk, "Ada"), player(gk, "Bob")
        for who in (a, b):
            ok(ask(gk, a, b), 201)
            other = b if who is a else a
            ok(gk.call("DELETE", at(who, "friend-requests", other), key=who["access_token"]), 204)
            assert not ids(gk, b, "friend-requests") and not ids(gk, a, "friend-requests?direction=sent")
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda pair: ok(ask(gk, *pair), 201)["relation"], ((a, b), (b, a))))
        assert sorted(answers) == ["friend", "sent"], answers
        assert ids(gk, a, "friends") == [b["player_id"]] and ids(gk, b, "friends") == [a["player_id"]]


def test_a_block_ends_it_and_hides():
    with Server() as gk:
        a, b = player(gk, "Ada"), player(gk, "Bob")
        befriend(gk, a, b)
        assert presence(gk, b, of=a)["status"] == "offline"
        for _ in range(2):
            assert ok(gk.call("PUT", at(a, "blocks", b), key=a["access_token"]))["relation"] == "blocked"
        assert ids(gk, a, "blocks") == [b["player_id"]] and not ids(gk, b, "blocks") and not ids(gk, b, "friends")
        refused(ask(gk, b, a), 403, "blocked")
        refused(ask(gk, a, b), 409, "unblock_first")
        for one, other in ((a, b), (b, a)):
            refused(gk.call("GET", at(other, "presence"), key=one["access_token"]), 404, "not_found", "id")
        ok(gk.call("DELETE", at(a, "blocks", b), key=a["access_token"]), 204)
        ok(ask(gk, b, a), 201)


def test_limits_and_pages():
    with Server() as gk:
        a = by_server(gk, "ada")
        others = [by_server(gk, f"p{n:03}") for n in range(101)]
        for other in others[:100]:
            ok(ask(gk, a, other), 201)
        refused(ask(gk, a, others[100]), 422, "too_many_requests", "id")
        ok(accept(gk, others[0], a))
        ok(ask(gk, a, others[100]), 201)
        for other in others[1:30]:
            ok(accept(gk, other, a))
        assert ids(gk, a, "friends", 7) == [f"p{n:03}" for n in range(29, -1, -1)]
        assert len(ids(gk, a, "friend-requests?direction=sent", 11)) == 71


def test_both_sides_agree_whoever_acts_at_once_and_over_kills():
    with Server() as gk:
        people = [by_server(gk, f"p{n}") for n in range(6)]
        dice = random.Random(4)
        acts = (lambda a, b: ask(gk, a, b), lambda a, b: ask(gk, a, b), lambda a, b: accept(gk, a, b), lambda a, b: accept(gk, a, b),
                lambda a, b: gk.call("DELETE", at(a, "friends", b), key="server"), lambda a, b: gk.call("PUT", at(a, "blocks", b), key="server"),
                lambda a, b: gk.call("DELETE", at(a, "blocks", b), key="server"))

        def act(step):
            one, other, what = step
            try:
                answer = acts[what](one, other)
                assert answer.status in (200, 201, 204, 403, 404, 409, 503), (answer.status, answer.body)
            except (OSError, http.client.HTTPException):
                pass  # the process was killed meanwhile

        for _ in range(3):
            steps = [(*dice.sample(people, 2), dice.randrange(len(acts))) for _ in range(150)]
            with concurrent.futures.ThreadPoolExecutor(5) as pool:
                done = [pool.submit(act, step) for step in steps]
                wait_for(lambda: sum(d.done() for d in done) > 75)
                gk.kill()
                for d in done:
                    d.result()
            gk.start()
            friends = {p["player_id"]: set(ids(gk, p, "friends")) for p in people}
            sent = {p["player_id"]: set(ids(gk, p, "friend-requests?direction=sent")) for p in people}
            received = {p["player_id"]: set(ids(gk, p, "friend-requests")) for p in people}
            blocks = {p["player_id"]: set(ids(gk, p, "blocks")) for p in people}
            for one in friends:
                for other in friends:
                    assert (other in friends[one]) == (one in friends[other]), (one, other, friends)
                    assert (other in sent[one]) == (one in received[other]), (one, other, sent, received)
                    assert (other in friends[one]) + (other in sent[one]) + (other in received[one]) + (other in blocks[one] or one in blocks[other]) <= 1


def test_friends_see_who_comes_plays_and_goes():
    with Server() as gk:
        a, b, c = player(gk, "Ada"), player(gk, "Bob"), player(gk, "Cy")
        befriend(gk, a, b)
        assert presence(gk, b, of=a) == {"player_id": a["player_id"], "status": "offline", "session_id": None, "last_seen": None}
        refused(gk.call("GET", at(a, "presence"), key=c["access_token"]), 404, "not_found", "id")
        ears, began = online(gk, b, "friends"), time.time()
        ada = online(gk, a)
        hears(ears, "presence", player_id=a["player_id"], status="online", session_id=None, last_seen=None)
        assert listed(gk, b, "friends")[0]["presence"]["status"] == "online"
        made = ok(gk.call("POST", "/api/v1/sessions", {"players": [a["player_id"], c["player_id"]]}, key="server"), 201)["session_id"]
        hears(ears, "presence", status="in_session", session_id=made)
        assert presence(gk, b, of=a)["session_id"] == made and presence(gk, a)["hidden"] is False
        ok(gk.call("PUT", f"/api/v1/sessions/{made}", {"status": "active"}, key="server"))
        ok(gk.call("POST", "/api/v1/matches/result", {"match_id": "m", "session_id": made, "teams": [{"rank": 1, "players": [a["player_id"]]}, {"rank": 2, "players": [c["player_id"]]}]}, key="server"))
        hears(ears, "presence", status="online", session_id=None)
        ada.socket.close()
        gone = hears(ears, "presence", player_id=a["player_id"], status="offline")
        assert gone["last_seen"] == presence(gk, b, of=a)["last_seen"] == listed(gk, b, "friends")[0]["presence"]["last_seen"], gone
        assert time.strftime("%Y-%m-%dT%H:%M", time.gmtime(began)) <= gone["last_seen"] <= time.strftime("%Y-%m-%dT%H:%M:%S.999Z", time.gmtime()), gone


def test_who_hides_is_offline_to_friends_alone():
    with Server() as gk:
        a, b = player(gk, "Ada"), player(gk, "Bob")
        befriend(gk, a, b)
        ears = online(gk, b, "friends")
        online_a = online(gk, a)
        hears(ears, "presence", status="online")
        hidden = ok(gk.call("PUT", at(a, "presence"), {"hidden": True}, key=a["access_token"]))
        assert hidden["hidden"] is True and hidden["status"] == "online", hidden
        seen = hears(ears, "presence", status="offline")
        assert "hidden" not in seen and presence(gk, b, of=a) == seen and presence(gk, a)["status"] == "online"
        gk.kill()
        gk.start()
        assert presence(gk, b, of=a) == seen and presence(gk, a)["hidden"] is True
        ears, online_a = online(gk, b, "friends"), online(gk, a)
        assert ok(gk.call("PUT", at(a, "presence"), {"hidden": False}, key="server"))["hidden"] is False
        hears(ears, "presence", status="online")
        online_a.socket.close()
        for body, code in (({}, "required"), ({"hidden": 1}, "bad_type"), ({"hidden": True, "more": 1}, "unknown_field")):
            assert gk.call("PUT", at(a, "presence"), body, key=a["access_token"]).json()["code"] == code
        refused(gk.call("PUT", at(a, "presence"), {"hidden": True}, key=b["access_token"]), 403, "not_yours", "id")


def test_nobody_stays_online_for_ever():
    with Server() as gk:
        a, b = player(gk, "Ada"), player(gk, "Bob")
        befriend(gk, a, b)
        first = online(gk, a)
        wait_for(lambda: presence(gk, b, of=a)["status"] == "online")
        gk.kill()
        first.socket.close()
        gk.start()
        gone = wait_for(lambda: (seen := presence(gk, b, of=a))["status"] == "offline" and seen, 120)
        assert gone["last_seen"], gone
        ears = online(gk, b, "friends")
        again = online(gk, a)
        hears(ears, "presence", player_id=a["player_id"], status="online")
        again.socket.close()


def test_an_orderly_end_is_one_for_presence_too():
    with Server() as gk:
        a, b = player(gk, "Ada"), player(gk, "Bob")
        befriend(gk, a, b)
        ada = online(gk, a)
        wait_for(lambda: presence(gk, b, of=a)["status"] == "online")
        gk.stop()
        ada.socket.close()
        gk.start()
        gone = presence(gk, b, of=a)
        assert gone["status"] == "offline" and gone["last_seen"], gone


def test_a_board_of_friends():
    with Server() as gk:
        a, b, c = player(gk, "Ada"), player(gk, "Bob"), player(gk, "Cy")
        befriend(gk, a, b)
        ok(gk.call("POST", "/api/v1/leaderboards", {"id": "hall"}, key="server"), 201)
        for score, who in enumerate((a, c, b)):
            ok(gk.call("PUT", f"/api/v1/leaderboards/hall/players/{who['player_id']}", {"score": score}, key="server"))
        rows = ok(gk.call("GET", "/api/v1/leaderboards/hall?friends=true", key=a["access_token"]))
        assert [(r["player_id"], r["rank"]) for r in rows["items"]] == [(b["player_id"], 1), (a["player_id"], 3)] and rows["total"] == 3, rows
        assert [r["player_id"] for r in ok(gk.call("GET", "/api/v1/leaderboards/hall?friends=true", key=c["access_token"]))["items"]] == [c["player_id"]]
        for key, query in (("server", "friends=true"), (a["access_token"], "friends=no"), (a["access_token"], "friends=true&players=x")):
            refused(gk.call("GET", f"/api/v1/leaderboards/hall?{query}", key=key), 400, "bad_value", "friends")


def test_who_is_passed_is_told():
    with Server() as gk:
        a, b, c = player(gk, "Ada"), player(gk, "Bob"), player(gk, "Cy")
        befriend(gk, a, b)
        ok(gk.call("POST", "/api/v1/leaderboards", {"id": "hall"}, key="server"), 201)

        def score(who, points):
            ok(gk.call("PUT", f"/api/v1/leaderboards/hall/players/{who['player_id']}", {"score": points}, key="server"))

        def told(who, wait_s=30):
            def passes():
                items = ok(gk.call("GET", "/api/v1/notifications", key=who["access_token"]))["items"]
                return [n for n in items if n["type"] == "rank_passed"]
            return wait_for(passes, wait_s)
        score(a, 10)
        score(b, 5)
        time.sleep(1.5)  # a look at the board: what comes next is a move of its own
        score(b, 20)
        said = told(a)[0]
        assert said["data"] == {"board": "hall", "by": b["player_id"], "by_name": "Bob", "rank": 2}, said
        assert "Bob" in said["body"] and "hall" in said["body"] and "rank 2" in said["body"], said
        score(c, 30)  # passes both: bob is told, ada was this hour
        assert told(b)[0]["data"]["by"] == c["player_id"]
        assert [n["data"]["by"] for n in told(a)] in ([b["player_id"]], [c["player_id"], b["player_id"]])  # the hour may have changed


def test_what_happened_is_on_the_log():
    with Server() as gk:
        a, b = player(gk, "Ada"), player(gk, "Bob")
        befriend(gk, a, b)
        ok(gk.call("PUT", at(a, "blocks", b), key=a["access_token"]))

        def names():
            items = ok(gk.call("GET", "/api/v1/admin/events/names", key=gk.admin(), headers={"Gamekeeper-App": "demo"}))["items"]
            return {i["name"] for i in items}
        wait_for(lambda: {"player.friend_requested", "player.friend_added", "player.blocked"} <= names())


run(globals())
