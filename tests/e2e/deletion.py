"""Players who leave for good: who may, what ends, what is erased and what stays, also over a kill."""
import os
import sqlite3
import time

import engines
from answers import ok, refused, wait_for
from gk import Server, run
from websocket import WebSocket

AUTH, ACCOUNT, PASSWORD = "/api/v1/auth", "/api/v1/auth/account", "tide pool lantern"


def register(gk, name, **more):
    return ok(gk.call("POST", f"{AUTH}/register", {"username": name, "password": PASSWORD, **more}), 201)


def device(gk, name):
    answer = gk.call("POST", f"{AUTH}/device", {"device_id": name})
    assert answer.status in (200, 201), answer.body
    return answer.json()


def leave(gk, who, **proof):
    return gk.call("DELETE", ACCOUNT, proof, key=who["access_token"])


def profile(gk, who):
    return gk.call("GET", f"{AUTH}/profile", key=who["access_token"])


def listen(gk, who):
    socket = WebSocket(gk.port, "/ws")
    socket.send({"type": "authenticate", "data": {"token": who["access_token"]}})
    assert (answer := socket.receive())["type"] == "authenticated", answer
    return socket


def close_code(socket):
    while socket.receive() is not None:
        pass
    return socket.close_code


def documents(gk):
    """All that the embedded store holds, as one text."""
    path = os.path.join(gk.data, "documents.db")
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as store:
        tables = [name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return repr([row for table in tables for row in store.execute(f'SELECT * FROM "{table}"')])


def presences(gk):
    """Of how many players the embedded store holds when they were there, and whether they hide."""
    with sqlite3.connect(f"file:{os.path.join(gk.data, 'documents.db')}?mode=ro", uri=True) as store:
        return store.execute("SELECT count(*) FROM documents WHERE collection = 'presences'").fetchone()[0]


def test_an_account_goes_with_all_that_is_its_own():
    with Server() as gk:
        ok(gk.call("PUT", "/api/v1/notification-templates/welcome", {"words": {"en": {"title": "Welcome"}}}, key="server"))
        ada, bob = register(gk, "Adelheid", email="adelheid@example.com"), register(gk, "Bob")
        elsewhere = ok(gk.call("POST", f"{AUTH}/login", {"username": "Adelheid", "password": PASSWORD}))
        own = f"/api/v1/players/{ada['player_id']}"
        ok(gk.call("PUT", own, {"attributes": {"motto": "per aspera"}}, key="server"))
        ok(gk.call("PUT", f"{own}/storage/save", {"value": "a whole castle"}, key=ada["access_token"]), 201)
        ok(gk.call("PUT", "/api/v1/notifications/preferences", {"locale": "de-AT"}, key=ada["access_token"]))
        wait_for(lambda: ok(gk.call("GET", "/api/v1/notifications", key=ada["access_token"]))["items"])
        match = {"match_id": "the-one", "teams": [{"players": [ada["player_id"]], "rank": 1}, {"players": [bob["player_id"]], "rank": 2}]}
        ok(gk.call("POST", "/api/v1/matches/result", match, key="server"))
        sockets = [listen(gk, ada), listen(gk, elsewhere)]
        bobs = listen(gk, bob)

        refused(leave(gk, ada), 400, "required", "password")
        refused(leave(gk, ada, password="not this one"), 403, "wrong_password", "password")
        refused(leave(gk, ada, device_id="any"), 403, "wrong_device", "device_id")
        refused(leave(gk, ada, passphrase=PASSWORD), 400, "unknown_field")
        assert ok(profile(gk, ada))
        assert leave(gk, ada, password=PASSWORD).status == 204

        assert [close_code(s) for s in sockets] == [4401, 4401]
        bobs.send({"type": "ping"})
        assert bobs.receive()["type"] == "pong" and ok(profile(gk, bob))

        def is_gone():
            for who in (ada, elsewhere):
                refused(profile(gk, who), 401, "unauthenticated")
                refused(gk.call("POST", f"{AUTH}/refresh", {"refresh_token": who["refresh_token"]}), 401, "bad_refresh_token")
            refused(gk.call("POST", f"{AUTH}/login", {"username": "Adelheid", "password": PASSWORD}), 401, "wrong_credentials")
            for path in (own, f"{own}/storage", f"{own}/storage/save"):
                refused(gk.call("GET", path, key="server"), 404, "not_found")
            kept = ok(gk.call("GET", "/api/v1/matches/the-one", key="server"))
            assert [t["players"][0]["player_id"] for t in kept["teams"]] == [ada["player_id"], bob["player_id"]], kept

        is_gone()
        acts = ok(gk.call("GET", "/api/v1/admin/audit", key=gk.admin()))["items"]
        act = next(a for a in acts if a["action"] == "player.delete")
        assert act["actor"] == act["target"] == ada["player_id"] and act["role"] == "player" and act["app"] == "demo" and act["details"]["status"] == 204, act
        gk.kill()
        gk.start()
        is_gone()
        if not engines.environment(gk.data):
            text = documents(gk)
            assert bob["player_id"] in text and ada["player_id"] in text
            for word in ("delheid", "per aspera", "castle", "de-AT"):
                assert word not in text, word
        again = register(gk, "Adelheid")  # the name is free, and is somebody else's
        assert again["player_id"] != ada["player_id"] and ok(profile(gk, again))["stats"]["wins"] == 0


def test_an_administrator_erases_a_player():
    with Server() as gk:
        def person(name, role):
            ok(gk.call("POST", "/api/v1/admin/admins", {"username": name, "password": PASSWORD, "role": role}, key=gk.admin()), 201)
            return ok(gk.call("POST", "/api/v1/admin/login", {"username": name, "password": PASSWORD}, key=None))["access_token"]

        boss, support = person("lena", "admin"), person("kim", "support")
        ada, bob = register(gk, "Adelheid"), register(gk, "Bob")
        own = f"/api/v1/players/{ada['player_id']}"
        ok(gk.call("PUT", f"{own}/storage/save", {"value": "a whole castle"}, key=ada["access_token"]), 201)
        ok(gk.call("PUT", f"{own}/presence", {"hidden": True}, key="server"))
        ok(gk.call("POST", f"{own}/notes", {"text": "asked to be forgotten"}, key=support), 201)
        embedded = not engines.environment(gk.data)
        assert not embedded or presences(gk) == 1

        for key, code in ((support, "wrong_role"), ("server", "wrong_kind"), (ada["access_token"], "wrong_kind")):
            refused(gk.call("DELETE", own, key=key), 403, code)
        refused(gk.call("DELETE", "/api/v1/players/nobody", key=boss), 404, "not_found", "player_id")
        assert ok(profile(gk, ada))
        once = {"Idempotency-Key": "on-request"}
        assert gk.call("DELETE", own, key=boss, headers=once).status == 204
        again = gk.call("DELETE", own, key=boss, headers=once)
        assert again.status == 204 and again.headers["Idempotency-Replayed"] == "true", (again.status, again.headers)
        refused(gk.call("DELETE", own, key=boss), 404, "not_found", "player_id")

        def is_gone():
            refused(profile(gk, ada), 401, "unauthenticated")
            refused(gk.call("POST", f"{AUTH}/refresh", {"refresh_token": ada["refresh_token"]}), 401, "bad_refresh_token")
            refused(gk.call("POST", f"{AUTH}/login", {"username": "Adelheid", "password": PASSWORD}), 401, "wrong_credentials")
            for path in (own, f"{own}/storage"):
                refused(gk.call("GET", path, key="server"), 404, "not_found")
            assert ok(profile(gk, bob))
            acts = [a for a in ok(gk.call("GET", "/api/v1/admin/audit", key=boss))["items"] if a["action"] == "player.delete"]
            told = [(ada["player_id"], 404), (ada["player_id"], 204), ("nobody", 404)]  # a repeat by its key is no act
            assert [(a["actor"], a["role"], a["target"], a["app"], a["details"]["status"]) for a in acts] == [("lena", "admin", target, "demo", status) for target, status in told], acts

        is_gone()
        gk.kill()
        gk.start()
        is_gone()
        if embedded:
            text = documents(gk)
            for word in ("delheid", "castle", "asked to be forgotten"):
                assert word not in text, word
            assert presences(gk) == 0


def test_an_id_is_free_again_once_all_of_its_player_is_erased():
    with Server() as gk:
        hero = {"player_id": "hero"}
        ok(gk.call("POST", "/api/v1/players", hero, key="server"), 201)
        boss = gk.admin()
        assert gk.call("DELETE", "/api/v1/players/hero", key=boss).status == 204
        refused(gk.call("GET", "/api/v1/players/hero", key="server"), 404, "not_found")
        answer = gk.call("POST", "/api/v1/players", hero, key="server")
        refused(answer, 409, "erasure_pending", "player_id")
        assert answer.headers["Retry-After"] == "60", answer.headers
        ok(gk.call("POST", "/api/v1/players", {"player_id": "villain"}, key="server"), 201)


def test_who_leaves_for_good_leaves_the_queue_at_once():
    with Server() as gk:
        ok(gk.call("PUT", "/api/v1/queues/pairs", {"team_size": 2}, key="server"))
        ada, bob = register(gk, "Ada"), register(gk, "Bob")
        ok(gk.call("POST", "/api/v1/queue/join", {"queue": "pairs", "party": [bob["player_id"]]}, key=ada["access_token"]), 202)
        assert ok(gk.call("GET", "/api/v1/queue/status", key=bob["access_token"]))["status"] == "searching"
        assert leave(gk, ada, password=PASSWORD).status == 204
        refused(gk.call("GET", "/api/v1/queue/status", key=bob["access_token"]), 404, "not_queued")
        ok(gk.call("POST", "/api/v1/queue/join", {"queue": "pairs"}, key=bob["access_token"]), 202)


def test_a_device_says_again_that_it_is_the_one():
    with Server() as gk:
        phone, other = device(gk, "phone"), device(gk, "other")
        refused(leave(gk, phone, password=PASSWORD), 403, "wrong_password")
        refused(leave(gk, phone, device_id="other"), 403, "wrong_device")
        assert leave(gk, phone, device_id="phone").status == 204
        refused(profile(gk, phone), 401, "unauthenticated")
        assert device(gk, "phone")["player_id"] != phone["player_id"] and ok(profile(gk, other))


def test_guesses_at_the_password_are_counted():
    with Server() as gk:
        ada = register(gk, "Ada")
        answers = []
        while 429 not in answers and len(answers) < 40:  # one more is allowed every six seconds
            answers.append(leave(gk, ada, password="a wrong guess").status)
        assert answers[:10] == [403] * 10 and answers[-1] == 429, answers


def test_a_player_has_twenty_sign_ins_and_the_oldest_end():
    with Server() as gk:
        signed_in = []
        for _ in range(22):
            signed_in.append(device(gk, "phone"))
            time.sleep(0.005)  # told apart by their milliseconds
        assert len({t["player_id"] for t in signed_in}) == 1
        for oldest in signed_in[:2]:
            refused(profile(gk, oldest), 401, "unauthenticated")
            refused(gk.call("POST", f"{AUTH}/refresh", {"refresh_token": oldest["refresh_token"]}), 401, "bad_refresh_token")
        for kept in signed_in[2:]:
            assert ok(profile(gk, kept))


run(globals())
