"""Keys, tokens, limits and repeats over HTTP: what revocation, expiry, rotation, sign-out and a restart do."""
import os
import stat
import threading
import time

from forge import Forger, url64
from gk import Server, run
from websocket import WebSocket

ADMIN = "/api/v1/admin"
EVENTS = {"events": [{"name": "a", "player_id": "p"}]}
PASSWORD = "a good password"


def until(check, wait_s=10):
    """Waits for something that must come by itself."""
    give_up = time.monotonic() + wait_s
    while not check():
        assert time.monotonic() < give_up, "it did not come"
        time.sleep(0.05)


def made(answer, status=201):
    assert answer.status == status, (answer.status, answer.body)
    return answer.json()


def test_a_key_made_once_under_one_idempotency_key_also_over_a_kill():
    with Server() as gk:
        token, body, key = gk.admin(), {"kind": "write", "name": "phone"}, {"Idempotency-Key": "9c0d1a7e-once"}
        path = f"{ADMIN}/apps/demo/keys"
        answers = [None] * 6

        def post(n):
            answers[n] = gk.call("POST", path, body, key=token, headers=key)

        threads = [threading.Thread(target=post, args=(n,)) for n in range(len(answers))]
        [t.start() for t in threads]
        [t.join() for t in threads]
        secrets = {made(answer)["key"] for answer in answers}
        assert len(secrets) == 1, secrets
        gk.kill()
        gk.start()
        again = gk.call("POST", path, '{ "name": "phone", "kind":"write" }', key=token, headers={**key, "Content-Type": "application/json"})
        assert made(again)["key"] in secrets and again.headers["Idempotency-Replayed"] == "true"
        listed = [k for k in gk.call("GET", path, key=token).json()["items"] if k["name"] == "phone"]
        assert len(listed) == 1, listed
        refused = gk.call("POST", path, {"kind": "read", "name": "phone"}, key=token, headers=key)
        assert refused.status == 422 and refused.json()["code"] == "idempotency_key_reused", refused.body
        assert gk.call("POST", path, body, key=token, headers={"Idempotency-Key": "x" * 129}).status == 400
        acts = [a for a in gk.call("GET", f"{ADMIN}/audit", key=token).json()["items"] if a["action"] == "key.create" and a["details"]["status"] == 201]
        assert len(acts) == 1 and acts[0]["target"].endswith("/keys/" + listed[0]["id"]), acts
        # The secret is told again, and yet lies nowhere.
        (secret,) = secrets
        for folder, _, files in os.walk(gk.data):
            for name in files:
                with open(os.path.join(folder, name), "rb") as f:
                    assert secret.encode() not in f.read(), name


def test_limits_say_how_long_and_how_many():
    with Server() as gk:
        token = gk.admin()
        made(gk.call("POST", f"{ADMIN}/apps", {"id": "slow", "settings": {"limits": {"requests_per_second": 5, "events_per_second": 10}}}, key=token))
        key = made(gk.call("POST", f"{ADMIN}/apps/slow/keys", {"kind": "write"}, key=token))["key"]
        answers = [gk.call("POST", "/api/v1/events", EVENTS, key=key) for _ in range(100)]
        refused = next(a for a in answers if a.status == 429)
        assert refused.headers["Retry-After"] == "1" and refused.headers["RateLimit-Limit"] == "5", refused.headers
        assert refused.headers["RateLimit-Remaining"] == "0" and refused.headers["RateLimit-Reset"] == "1", refused.headers
        assert refused.json()["code"] == "rate_limited", refused.body
        # No way round it: another path spelling, method or header is the same key.
        spellings = [gk.call("POST", "/api/v1/%65vents", EVENTS, key=key), gk.call("POST", "/api/v1/events?x=1", EVENTS, key=None, headers={"X-API-Key": key}),
                     gk.call("POST", "/api/v1/events", EVENTS, key=key, headers={"X-Forwarded-For": "203.0.113.9", "Forwarded": "for=203.0.113.9"})]
        assert 429 in [a.status for a in spellings], [a.status for a in spellings]
        time.sleep(1.1)
        many = gk.call("POST", "/api/v1/events", {"events": EVENTS["events"] * 11}, key=key)
        more = gk.call("POST", "/api/v1/events", EVENTS, key=key)
        assert many.status == 200 and more.status == 429 and more.headers["RateLimit-Limit"] == "10", (many.status, more.status, more.headers)


def test_guessing_a_password_is_slowed_down():
    with Server() as gk:
        answers = [gk.call("POST", f"{ADMIN}/login", {"username": "admin", "password": "a wrong guess"}, key=None) for _ in range(11)]
        assert [a.status for a in answers] == [401] * 10 + [429], [a.status for a in answers]
        assert int(answers[-1].headers["Retry-After"]) >= 1 and answers[-1].headers["RateLimit-Limit"] == "10", answers[-1].headers
        unknown = gk.call("POST", f"{ADMIN}/login", {"username": "nobody", "password": "a wrong guess"}, key=None)
        wrong, none = answers[0].json(), unknown.json()
        assert {k: v for k, v in wrong.items() if k != "request_id"} == {k: v for k, v in none.items() if k != "request_id"}


def test_a_rotated_key_overlaps_then_ends():
    with Server() as gk:
        token = gk.admin()
        old = made(gk.call("POST", f"{ADMIN}/apps/demo/keys", {"kind": "write", "name": "phone"}, key=token))
        new = made(gk.call("POST", f"{ADMIN}/apps/demo/keys/{old['id']}/rotate", {"overlap_seconds": 2}, key=token))
        assert (new["kind"], new["name"]) == ("write", "phone") and new["id"] != old["id"], new
        assert gk.call("POST", "/api/v1/events", EVENTS, key=old["key"]).status == 200
        assert gk.call("POST", "/api/v1/events", EVENTS, key=new["key"]).status == 200
        until(lambda: gk.call("POST", "/api/v1/events", EVENTS, key=old["key"]).status == 401)
        assert gk.call("POST", "/api/v1/events", EVENTS, key=new["key"]).status == 200
        shown = {k["id"]: k for k in gk.call("GET", f"{ADMIN}/apps/demo/keys", key=token).json()["items"]}
        assert shown[old["id"]]["expires_at"] and shown[new["id"]]["expires_at"] is None, shown
        assert shown[new["id"]]["last_used_at"] and "key" not in shown[new["id"]], shown


def test_expiry_is_checked_when_a_key_is_made():
    with Server() as gk:
        token, path = gk.admin(), f"{ADMIN}/apps/demo/keys"
        for expires_at in ("yesterday", "2020-01-01T00:00:00Z", 1, "2999-01-01"):
            answer = gk.call("POST", path, {"kind": "write", "expires_at": expires_at}, key=token)
            assert answer.status == 400 and answer.json()["field"] == "expires_at", (expires_at, answer.body)
        assert made(gk.call("POST", path, {"kind": "write", "expires_at": "2999-01-01T00:00:00Z"}, key=token))["expires_at"] == "2999-01-01T00:00:00.000Z"


def test_signing_out_holds_over_a_restart():
    with Server() as gk:
        token, other = gk.admin(), gk.admin()
        assert gk.call("GET", f"{ADMIN}/info", key=token).status == 200
        assert gk.call("POST", f"{ADMIN}/logout", key=token).status == 204
        assert gk.call("GET", f"{ADMIN}/info", key=token).status == 401
        gk.kill()
        gk.start()
        assert gk.call("GET", f"{ADMIN}/info", key=token).status == 401
        assert gk.call("GET", f"{ADMIN}/info", key=other).status == 200


def test_a_new_signing_key_takes_over():
    with Server() as gk:
        before, player = gk.admin(), gk.call("POST", "/api/v1/auth/device", {"device_id": "d"}).json()["access_token"]
        assert gk.call("POST", f"{ADMIN}/signing-key/rotate", {"overlap_seconds": 3600}, key=before).status == 204
        after = gk.admin()
        ids = [k["kid"] for k in gk.call("GET", "/.well-known/jwks.json", key=None).json()["keys"]]
        assert len(set(ids)) == 4, ids  # administrators' and players', before and after
        assert gk.call("GET", "/api/v1/auth/profile", key=player).status == 200
        assert [gk.call("GET", f"{ADMIN}/info", key=t).status for t in (before, after)] == [200, 200]
        assert gk.call("POST", f"{ADMIN}/signing-key/rotate", {"overlap_seconds": 0}, key=after).status == 204
        assert [gk.call("GET", f"{ADMIN}/info", key=t).status for t in (before, after, gk.admin())] == [401, 401, 200]
        assert len(gk.call("GET", "/.well-known/jwks.json", key=None).json()["keys"]) == 2
        assert gk.call("GET", "/api/v1/auth/profile", key=player).status == 401


def test_forged_tokens_over_http():
    with Server() as gk:
        good, forger = gk.admin(), Forger(gk)
        head, claims, signature = good.split(".")
        now = int(time.time())

        def status(token):
            return gk.call("GET", f"{ADMIN}/info", key=token)

        assert status(good).status == 200 and status(forger.like(good)).status == 200, "the controls pass"
        forged = [forger.like(good, exp=now - 1), forger.like(good, exp=None), forger.like(good, exp="9999999999"), forger.like(good, exp=1e308),
                  forger.like(good, nbf=now + 3600), forger.like(good, iat=now + 3600), forger.like(good, aud="player"), forger.like(good, iss="x"),
                  forger.like(good, sub="nobody"), forger.like(good, role="root"), forger.like(good, more=1),
                  forger.like(good, {"alg": "none"}), forger.like(good, {"typ": "JWT"}), forger.like(good, {"kid": "../x"}), forger.like(good, {"crit": ["x"]}),
                  forger.like(good, {"jwk": {"kty": "OKP"}}), url64('{"alg":"none"}') + f".{claims}.", f"{head}.{claims}", f"{head}.{claims}.", f"{good}.{signature}",
                  f"{good}=", f"{head}.{claims}.{'A' * 86}", good[:-1] + ("A" if good[-1] != "A" else "E"), good + "A" * 8000, "." * 4000]
        for token in forged:
            answer = status(token)
            assert answer.status == 401 and answer.json()["code"] == "unauthenticated", (token[:300], answer.status, answer.body)
            assert answer.headers["WWW-Authenticate"] == "Bearer"
        huge = status("A" * (1 << 20))
        assert huge.status in (400, 401, 431), huge.status  # the head's limit comes first


def test_an_admin_of_one_app_sees_its_acts_and_no_others():
    with Server() as gk:
        token = gk.admin()
        made(gk.call("POST", f"{ADMIN}/apps", {"id": "other"}, key=token))
        made(gk.call("POST", f"{ADMIN}/admins", {"username": "low", "password": PASSWORD, "role": "admin", "apps": ["other"]}, key=token))
        bad = gk.call("POST", f"{ADMIN}/admins", {"username": "x", "password": PASSWORD, "role": "admin", "apps": ["nothing"]}, key=token)
        assert bad.status == 400 and bad.json()["code"] == "unknown_app", bad.body
        low = made(gk.call("POST", f"{ADMIN}/login", {"username": "low", "password": PASSWORD}, key=None), 200)["access_token"]
        made(gk.call("POST", f"{ADMIN}/apps/demo/keys", {"kind": "read"}, key=token))
        made(gk.call("POST", f"{ADMIN}/apps/other/keys", {"kind": "read"}, key=low))
        assert [a["id"] for a in gk.call("GET", f"{ADMIN}/apps", key=low).json()["items"]] == ["other"]
        acts = gk.call("GET", f"{ADMIN}/audit", key=low).json()["items"]
        assert acts and {a["app"] for a in acts} == {"other"}, acts
        everything = gk.call("GET", f"{ADMIN}/audit", key=token).json()["items"]
        assert {"demo", "other", ""} <= {a["app"] for a in everything}, everything
        pages, cursor = [], ""
        while cursor is not None:
            page = gk.call("GET", f"{ADMIN}/audit?limit=1&cursor={cursor}", key=low).json()
            pages += page["items"]
            cursor = page["next_cursor"]
        assert [a["id"] for a in pages] == [a["id"] for a in acts]
        last = gk.call("DELETE", f"{ADMIN}/admins/admin", key=token)
        assert last.status == 409 and last.json()["code"] == "last_admin", last.body


def test_a_revoked_keys_socket_is_closed_even_when_it_asks_for_nothing():
    with Server() as gk:
        token = gk.admin()
        for query in (None, "subscription { overview { eventsPerSecond } }"):
            key = made(gk.call("POST", f"{ADMIN}/apps/demo/keys", {"kind": "read"}, key=token))
            ws = WebSocket(gk.port, "/graphql", "graphql-transport-ws")
            ws.send({"type": "connection_init", "payload": {"authorization": f"Bearer {key['key']}"}})
            assert ws.receive()["type"] == "connection_ack"
            if query:
                ws.send({"id": "1", "type": "subscribe", "payload": {"query": query}})
            assert gk.call("DELETE", f"{ADMIN}/apps/demo/keys/{key['id']}", key=token).status == 204
            while ws.receive() is not None:
                pass
            assert ws.close_code == 4401, ws.close_code


def test_what_the_server_writes_is_its_users_alone():
    with Server() as gk:
        gk.post(EVENTS["events"])
        for folder, _, files in os.walk(gk.data):
            for name in files:
                mode = stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode)
                assert mode & 0o077 == 0, (name, oct(mode))


run(globals())
