"""One event from HTTP to a chart; bad input; keys; dead letters; metrics and logs; SIGTERM."""
import gzip
import json
import threading
import time
import uuid

from gk import Server, run

HOUR = 3_600_000


def now_ms():
    return int(time.time() * 1000)


def iso(ms):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ms / 1000))


SERIES = """query($m: Metric!, $f: DateTime!, $t: DateTime!, $s: Step!, $e: String, $g: Dimension, $c: String, $w: [Filter!], $z: String) {
  series(metric: $m, from: $f, to: $t, step: $s, event: $e, groupBy: $g, currency: $c, filter: $w, timezone: $z, limit: 100) {
    key total totalAmount points { time value amount } } }"""


def day_range(at):
    start = at - at % (24 * HOUR)
    return iso(start), iso(start + 24 * HOUR)


def test_an_event_reaches_the_chart():
    with Server() as gk:
        at = now_ms() - 1000
        out = gk.post([{"name": "purchase", "player_id": "p1", "time": at, "properties": {"amount": 4.99, "currency": "EUR"}},
                       {"name": "level_end", "player_id": "p2", "time": at}])
        assert out == {"accepted": 2, "rejected": []}, out
        gk.drained()
        f, t = day_range(at)
        s = gk.graphql(SERIES, m="EVENTS", f=f, t=t, s="HOUR")["series"]
        assert len(s) == 1 and s[0]["total"] == 2 and len(s[0]["points"]) == 24, s
        s = gk.graphql(SERIES, m="EVENTS", f=f, t=t, s="HOUR", g="EVENT")["series"]
        assert {(x["key"], x["total"]) for x in s} == {("purchase", 1), ("level_end", 1)}, s
        s = gk.graphql(SERIES, m="REVENUE", f=f, t=t, s="DAY", c="EUR")["series"]
        assert s[0]["totalAmount"] == "4.99", s
        a = gk.graphql("query($d: Date!) { activePlayers(date: $d) { daily weekly monthly stickiness } }", d=f[:10])["activePlayers"]
        assert a["daily"] == 2 and a["monthly"] == 2, a


def test_bad_bodies_and_statuses():
    with Server() as gk:
        def code(status, body, headers=None, method="POST", path="/api/v1/events", key="write"):
            answer = gk.call(method, path, body, key=key, headers=headers)
            assert answer.status == status, (status, answer.status, answer.body[:300])
            if status >= 400:
                assert answer.headers["Content-Type"].startswith("application/problem+json"), answer.headers
                problem = answer.json()
                for name in ("type", "title", "status", "code", "detail", "request_id"):
                    assert name in problem, problem
                assert problem["status"] == status
                return problem["code"]
            return None

        good = b'{"events":[{"name":"a","player_id":"p"}]}'
        js = {"Content-Type": "application/json"}
        code(400, "nonsense", js)
        code(400, "[]", js)
        code(400, '{"events":{}}', js)
        code(400, '{"events":[{"name":"a"', js)
        code(400, b'{"events":["\xff"]}', js)
        code(415, good, {"Content-Type": "text/plain"})
        code(415, good, {**js, "Content-Encoding": "lzma"})
        code(400, good, {**js, "Content-Encoding": "gzip"})
        code(200, gzip.compress(good), {**js, "Content-Encoding": "gzip"})
        code(413, gzip.compress(b" " * (9 << 20)), {**js, "Content-Encoding": "gzip"})
        code(413, b" " * (9 << 20), js)
        code(401, good, js, key=None)
        code(401, good, js, key="gk_write_unknown")
        code(403, good, js, key="read")
        code(404, None, method="GET", path="/api/v1/nothing")
        answer = gk.call("GET", "/api/v1/events")
        assert answer.status == 405 and "POST" in answer.headers["Allow"], answer.status
        answer = gk.call("POST", "/api/v1/events", good, headers={**js, "X-Request-ID": "abc-1"})
        assert answer.headers["X-Request-ID"] == "abc-1"


def test_bad_events_cost_nothing_else_and_are_mended():
    with Server() as gk:
        out = gk.post([{"name": "a", "player_id": "p"}, {"name": "bad name", "player_id": "p"}, {"name": "b", "player_id": "p"}])
        assert out["accepted"] == 2 and len(out["rejected"]) == 1, out
        refused = out["rejected"][0]
        assert refused["index"] == 1 and refused["code"] == "bad_name" and refused["field"] == "name", refused
        token = gk.admin()
        letters = gk.call("GET", "/api/v1/admin/dead-letters", key=token).json()["items"]
        assert len(letters) == 1 and letters[0]["event"] == {"name": "bad name", "player_id": "p"}, letters
        path = f"/api/v1/admin/dead-letters/{letters[0]['id']}"
        assert gk.call("PUT", path, {"event": {"name": "mended", "player_id": "p"}}, key=token).status == 200
        out = gk.call("POST", "/api/v1/admin/dead-letters/replay", {"ids": [letters[0]["id"]]}, key=token).json()
        assert out == {"accepted": 1, "rejected": []}, out
        assert gk.call("GET", "/api/v1/admin/dead-letters", key=token).json()["items"] == []
        row = gk.row()
        assert row["stored"] == 3 and row["rejected"] == 1 and row["accepted"] == 3, row


def test_repeats_are_counted_once():
    with Server() as gk:
        session = str(uuid.uuid4())
        events = [{"name": "a", "player_id": "p", "session_id": session, "seq": n} for n in range(1, 101)]
        for _ in range(3):
            gk.post(events)
        same = str(uuid.uuid4())
        gk.post([{"name": "b", "player_id": "p", "id": same}] * 4)
        for _ in range(2):
            answer = gk.call("POST", "/api/v1/events", {"events": [{"name": "c", "player_id": "p"}]}, headers={"Idempotency-Key": "k1"})
            assert answer.status == 200
        row = gk.row()
        assert row["stored"] == 102 and row["repeated"] == 200 + 3 + 1, row


def test_keys_are_revoked_within_a_second():
    with Server() as gk:
        token = gk.admin()
        made = gk.call("POST", "/api/v1/admin/apps/demo/keys", {"kind": "write", "name": "phone"}, key=token)
        assert made.status == 201, made.body
        key = made.json()
        body = {"events": [{"name": "a", "player_id": "p"}]}
        assert gk.call("POST", "/api/v1/events", body, key=key["key"]).status == 200
        assert gk.call("DELETE", f"/api/v1/admin/apps/demo/keys/{key['id']}", key=token).status in (200, 204)
        time.sleep(1)
        assert gk.call("POST", "/api/v1/events", body, key=key["key"]).status == 401
        acts = [x["action"] for x in gk.call("GET", "/api/v1/admin/audit", key=token).json()["items"]]
        assert len(acts) >= 2, acts


def test_apps_do_not_see_each_other():
    with Server() as gk:
        token = gk.admin()
        assert gk.call("POST", "/api/v1/admin/apps", {"id": "other"}, key=token).status == 201
        keys = {}
        for kind in ("write", "read"):
            keys[kind] = gk.call("POST", "/api/v1/admin/apps/other/keys", {"kind": kind, "name": kind}, key=token).json()["key"]
        at = now_ms() - 1000
        gk.post([{"name": "a", "player_id": "p", "time": at}] * 3)
        gk.post([{"name": "b", "player_id": "p", "time": at}], key=keys["write"])
        gk.drained()
        f, t = day_range(at)
        s = gk.graphql(SERIES, key=keys["read"], m="EVENTS", f=f, t=t, s="DAY")["series"]
        assert s[0]["total"] == 1, s


def test_operations_surface():
    with Server() as gk:
        assert gk.call("GET", "/health", key=None).json()["status"]
        assert gk.call("GET", "/livez", key=None).status == 200
        detailed = gk.call("GET", "/health/detailed", key=gk.admin()).json()
        assert detailed["status"], detailed
        time.sleep(0.5)  # request times are folded into the registry a few times a second
        metrics = gk.call("GET", "/metrics", key=None).body.decode()
        assert "gamekeeper_http_request_duration_seconds" in metrics, metrics[:500]
        openapi = gk.call("GET", "/openapi.json", key=None).json()
        assert "/api/v1/events" in openapi["paths"]
        gk.post([{"name": "a", "player_id": "p"}])
        time.sleep(0.5)
        for line in gk.tail().splitlines()[1:]:
            if line.startswith("{"):
                record = json.loads(line)
                for name in ("timestamp", "level", "service", "event", "details"):
                    assert name in record, record


def test_sigterm_drains_and_loses_nothing():
    with Server() as gk:
        acknowledged, stop = [0], threading.Event()

        def writer(n):
            i = 0
            while not stop.is_set():
                i += 1
                try:
                    acknowledged[0] += gk.post([{"name": "a", "player_id": f"w{n}", "session_id": f"s{n}", "seq": i}])["accepted"]
                except (OSError, AssertionError, Exception):  # noqa: BLE001 — the server is going down
                    return

        threads = [threading.Thread(target=writer, args=(n,)) for n in range(1)]
        [t.start() for t in threads]
        time.sleep(1)
        began = time.monotonic()
        assert gk.stop() == 0, gk.tail()
        assert time.monotonic() - began < 10
        stop.set()
        [t.join() for t in threads]
        gk.start()
        row = gk.row()
        assert row["stored"] in (acknowledged[0], acknowledged[0] + 1), (row, acknowledged)


run(globals())
