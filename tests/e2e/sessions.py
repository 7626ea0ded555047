"""Game sessions over HTTP: the state machine, versions, signs of life, clean-up that counts once, kills in between."""
import concurrent.futures
import itertools
import time

from answers import ok, refused
from gk import Server, run

SESSIONS, STATUSES = "/api/v1/sessions", ("waiting", "active", "paused", "completed", "abandoned", "cancelled")
LEADS_TO = {"waiting": {"active", "cancelled"}, "active": {"paused", "completed", "abandoned"}, "paused": {"active", "completed", "abandoned"}}
WAY_TO = {"waiting": [], "active": ["active"], "paused": ["active", "paused"], "completed": ["active", "completed"], "abandoned": ["active", "abandoned"], "cancelled": ["cancelled"]}


def player(gk, name):
    answer = gk.call("POST", "/api/v1/auth/device", {"device_id": name})
    assert answer.status in (200, 201), answer.body
    return answer.json()


def session(gk, *players, **more):
    return ok(gk.call("POST", f"{SESSIONS}/create", {"players": [p["player_id"] for p in players], **more}, key="server"), 201)


def put(gk, made, body, headers=None, path=""):
    return gk.call("PUT", f"{SESSIONS}/{made['session_id']}{path}", body, key="server", headers=headers)


def stats(gk, who):
    return ok(gk.call("GET", "/api/v1/auth/profile", key=who["access_token"]))["stats"]


def test_a_session_is_what_the_contract_says():
    with Server() as gk:
        a, b = player(gk, "a"), player(gk, "b")
        made = session(gk, a, b, mode="duel", state={"turn": 1}, attributes={"map": "sand"})
        assert made["status"] == "waiting" and made["state"] == {"turn": 1} and made["version"] == 1 and made["mode"] == "duel", made
        assert made["players"] == [{"player_id": p["player_id"], "rating": 1500} for p in (a, b)]
        assert [e["event"] for e in made["history"]] == ["created"] and made["created_at"].endswith("Z")
        assert set(ok(gk.call("GET", f"{SESSIONS}/{made['session_id']}/state", key="server"))) == {
            "session_id", "status", "players", "state", "version", "created_at", "updated_at"}
        changed = ok(put(gk, made, {"status": "active", "state": {"turn": 2}, "event": "goal", "details": {"by": "a"}}, path="/update"))
        assert (changed["status"], changed["state"], changed["version"]) == ("active", {"turn": 2}, 2)
        assert [(e["event"], e["details"]) for e in changed["history"][1:]] == [("status_changed", {"from": "waiting", "to": "active"}), ("goal", {"by": "a"})]
        seen = gk.call("GET", f"{SESSIONS}/{made['session_id']}", key=a["access_token"])
        assert ok(seen) == changed and seen.headers["ETag"] == '"2"'
        refused(gk.call("GET", f"{SESSIONS}/{made['session_id']}", key=player(gk, "c")["access_token"]), 404, "not_found")


def test_every_pair_of_statuses():
    with Server() as gk:
        a = player(gk, "a")
        for before, after in itertools.product(STATUSES, STATUSES):
            made = session(gk, a)
            for step in WAY_TO[before]:
                ok(put(gk, made, {"status": step}))
            answer = put(gk, made, {"status": after})
            if after in LEADS_TO.get(before, ()) or after == before and before in LEADS_TO:
                assert ok(answer)["status"] == after
            elif after == before:
                refused(answer, 409, "session_over")
            else:
                refused(answer, 409, "bad_transition", "status")
                assert before in answer.json()["detail"] and after in answer.json()["detail"], answer.body


def test_bad_bodies_name_the_field():
    with Server() as gk:
        a = player(gk, "a")["player_id"]
        for body, code, field in [({}, "required", "players"), ({"players": "x"}, "bad_type", "players"), ({"players": []}, "bad_value", "players"),
                                  ({"players": [a, a]}, "duplicate_player", "players"), ({"players": [1]}, "bad_type", "players"),
                                  ({"players": ["p"] * 257}, "bad_value", "players"), ({"players": [a], "state": []}, "bad_type", "state"),
                                  ({"players": [a], "state": {"x": "y" * 70_000}}, "field_too_large", "state"), ({"players": [a], "mode": "m" * 129}, "bad_value", "mode"),
                                  ({"players": [a], "team": 1}, "unknown_field", "team")]:
            refused(gk.call("POST", SESSIONS, body, key="server"), 400, code, field)
        refused(gk.call("POST", SESSIONS, {"players": [a, "nobody"]}, key="server"), 404, "not_found", "players[1]")
        made = session(gk, {"player_id": a})
        for body, code, field in [({}, "required", "status"), ({"status": "won"}, "bad_value", "status"), ({"details": {}}, "required", "event"),
                                  ({"event": ""}, "bad_value", "event"), ({"state": 1}, "bad_type", "state"), ({"players": []}, "unknown_field", "players")]:
            refused(put(gk, made, body), 400, code, field)
        ok(put(gk, made, {"state": {"n": 1}}, {"If-Match": '"1"'}))
        refused(put(gk, made, {"state": {"n": 2}}, {"If-Match": '"1"'}), 412, "stale")


def test_updates_at_the_same_moment_are_all_kept():
    with Server() as gk:
        made = session(gk, player(gk, "a"))
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda n: put(gk, made, {"event": f"e{n}"}), range(40)))
        assert {answer.status for answer in answers} == {200}, [answer.status for answer in answers]
        history = ok(gk.call("GET", f"{SESSIONS}/{made['session_id']}", key="server"))
        assert sorted(int(e["event"][1:]) for e in history["history"][1:]) == list(range(40)) and history["version"] == 41


def test_clean_up_counts_once_also_over_kills():
    with Server() as gk:
        a, b = player(gk, "a"), player(gk, "b")
        played = session(gk, a, b)
        ok(put(gk, played, {"status": "active"}))
        time.sleep(1.1)
        path = f"{SESSIONS}/{played['session_id']}"
        assert ok(gk.call("DELETE", path, key="server"))["status"] == "abandoned"
        gk.kill()
        gk.start()
        assert ok(gk.call("DELETE", path, key="server"))["status"] == "abandoned"
        for who in (a, b):
            assert (stats(gk, who)["sessions_played"], stats(gk, who)["seconds_played"]) == (1, 1), stats(gk, who)
        done = session(gk, a)
        for status in ("active", "completed"):
            ok(put(gk, done, {"status": status}))
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            ends = list(pool.map(lambda _: gk.call("DELETE", f"{SESSIONS}/{done['session_id']}", key="server"), range(8)))
        assert {ok(answer)["status"] for answer in ends} == {"completed"}
        assert stats(gk, a)["sessions_played"] == 2
        never = session(gk, a)
        assert ok(gk.call("DELETE", f"{SESSIONS}/{never['session_id']}", key="server"))["status"] == "cancelled"
        assert stats(gk, a)["sessions_played"] == 2


def test_players_keep_a_session_alive_and_come_back():
    with Server() as gk:
        a = player(gk, "a")
        made = session(gk, a)
        ok(put(gk, made, {"status": "active"}))
        path = f"{SESSIONS}/{made['session_id']}"
        assert ok(gk.call("POST", f"{path}/heartbeat", key=a["access_token"]))["status"] == "active"
        back = ok(gk.call("POST", f"{path}/rejoin", key=a["access_token"]))
        assert back["history"][-1]["event"] == "player_rejoined"
        refused(gk.call("POST", f"{path}/heartbeat", key=player(gk, "b")["access_token"]), 404, "not_found")
        ok(put(gk, made, {"status": "completed"}))
        refused(gk.call("POST", f"{path}/heartbeat", key=a["access_token"]), 409, "session_over")


def test_sessions_are_listed_and_found():
    with Server() as gk:
        a, b = player(gk, "a"), player(gk, "b")
        ids = [session(gk, a, b, state={"turn": 1})["session_id"] for _ in range(3)] + [session(gk, b)["session_id"]]
        ok(gk.call("PUT", f"{SESSIONS}/{ids[1]}", {"status": "active"}, key="server"))

        def listed(query=""):
            out, cursor = [], ""
            while True:
                page = ok(gk.call("GET", f"{SESSIONS}?limit=2{query}{cursor}", key="server"))
                out += [s["session_id"] for s in page["items"]]
                if not page["next_cursor"]:
                    return out
                cursor = f"&cursor={page['next_cursor']}"

        assert listed() == ids[::-1]
        assert listed("&status=active") == [ids[1]]
        assert listed(f"&player={a['player_id']}") == ids[2::-1]
        refused(gk.call("GET", f"{SESSIONS}?status=won", key="server"), 400, "bad_value", "status")
        refused(gk.call("GET", f"{SESSIONS}?full=yes", key="server"), 400, "bad_value", "full")
        one = ok(gk.call("GET", f"{SESSIONS}/{ids[1]}", key="server"))
        page = f"{SESSIONS}?status=active&full="
        assert ok(gk.call("GET", page + "true", key="server"))["items"] == [one] and one["state"] == {"turn": 1}, one
        assert ok(gk.call("GET", page + "false", key="server"))["items"] == [{k: v for k, v in one.items() if k not in ("state", "history")}]


run(globals())
