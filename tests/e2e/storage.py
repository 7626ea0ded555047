"""Player storage over HTTP: versions, who may write, quota, kills in between."""
import concurrent.futures

from answers import ok, refused
from gk import Server, run


def player(gk, name):
    return ok(gk.call("POST", "/api/v1/auth/device", {"device_id": name}), 201)


def at(who, key=""):
    return f"/api/v1/players/{who['player_id']}/storage" + (f"/{key}" if key else "")


def test_values_with_versions():
    with Server() as gk:
        a = player(gk, "a")
        mine = {"key": a["access_token"]}
        save = {"level": 7, "items": ["sword", None, 1.5]}
        made = ok(gk.call("PUT", at(a, "save.1"), {"value": save}, **mine), 201)
        assert made["value"] == save and made["version"] == 1 and made["owner_writes"] is True, made
        read = gk.call("GET", at(a, "save.1"), **mine)
        assert ok(read) == made and read.headers["ETag"] == '"1"'
        assert ok(gk.call("PUT", at(a, "save.1"), {"value": None}, headers={"If-Match": '"1"'}, **mine))["version"] == 2
        refused(gk.call("PUT", at(a, "save.1"), {"value": 1}, headers={"If-Match": '"1"'}, **mine), 412, "stale")
        refused(gk.call("DELETE", at(a, "save.1"), headers={"If-Match": '"1"'}, **mine), 412, "stale")
        ok(gk.call("DELETE", at(a, "save.1"), headers={"If-Match": '"1", "2"'}, **mine), 204)
        refused(gk.call("GET", at(a, "save.1"), **mine), 404, "not_found", "key")
        refused(gk.call("PUT", at(a, "save.1"), {"value": 1}, headers={"If-Match": "*"}, **mine), 412, "stale")  # nothing is there
        for key, body, status, code, field in [("a b", {"value": 1}, 400, "bad_value", "key"), ("k" * 65, {"value": 1}, 400, "bad_value", "key"),
                                               ("k", {}, 400, "required", "value"), ("k", {"value": 1, "more": 1}, 400, "unknown_field", "more"),
                                               ("k", {"value": "x" * 65_536}, 413, "value_too_large", "value")]:
            refused(gk.call("PUT", at(a, key.replace(" ", "%20")), body, **mine), status, code, field)


def test_numbers_that_could_not_be_read_again_are_refused():
    with Server() as gk:
        a = player(gk, "a")
        headers = {"Content-Type": "application/json"}
        for path, body, field in ((at(a, "k"), b'{"value": 2e308}', "value"), (at(a, "k"), b'{"value": {"x": [1, -1e999]}}', "value.x[1]"),
                                  (f"/api/v1/players/{a['player_id']}", b'{"attributes": {"speed": 1e309}}', "attributes.speed")):
            refused(gk.call("PUT", path, body, key="server", headers=headers), 400, "number_out_of_range", field)
        ok(gk.call("PUT", at(a, "k"), b'{"value": [1.7976931348623157e308, -0.0, 5e-324]}', key="server", headers=headers), 201)
        assert ok(gk.call("GET", at(a, "k"), key="server"))["value"] == [1.7976931348623157e308, 0, 5e-324]


def test_the_game_server_keeps_some_to_itself():
    with Server() as gk:
        a, b = player(gk, "a"), player(gk, "b")
        ok(gk.call("PUT", at(a, "coins"), {"value": 10, "owner_writes": False}, key="server"), 201)
        assert ok(gk.call("GET", at(a, "coins"), key=a["access_token"]))["value"] == 10
        refused(gk.call("PUT", at(a, "coins"), {"value": 99}, key=a["access_token"]), 403, "server_only")
        refused(gk.call("DELETE", at(a, "coins"), key=a["access_token"]), 403, "server_only")
        refused(gk.call("PUT", at(a, "new"), {"value": 1, "owner_writes": True}, key=a["access_token"]), 403, "server_only", "owner_writes")
        assert ok(gk.call("PUT", at(a, "coins"), {"value": 11}, key="server"))["owner_writes"] is False
        refused(gk.call("GET", at(a, "coins"), key=b["access_token"]), 403, "not_yours")
        refused(gk.call("GET", at({"player_id": "nobody"}, "coins"), key="server"), 404, "not_found", "id")


def test_ids_that_begin_alike_do_not_meet():
    with Server() as gk:
        for name in ("x", "x/y"):
            ok(gk.call("POST", "/api/v1/players", {"player_id": name}, key="server"), 201)
        short, long = {"player_id": "x"}, {"player_id": "x%2Fy"}
        ok(gk.call("PUT", at(long, "k"), {"value": 1}, key="server"), 201)
        assert ok(gk.call("GET", at(short), key="server"))["items"] == []
        assert [i["key"] for i in ok(gk.call("GET", at(long), key="server"))["items"]] == ["k"]
        made = ok(gk.call("POST", "/api/v1/sessions", {"players": ["x/y"]}, key="server"), 201)
        assert ok(gk.call("GET", "/api/v1/sessions?player=x", key="server"))["items"] == []
        assert [s["session_id"] for s in ok(gk.call("GET", "/api/v1/sessions?player=x%2Fy", key="server"))["items"]] == [made["session_id"]]


def test_the_quota_holds_whoever_writes_at_once_and_over_a_kill():
    with Server() as gk:
        a = player(gk, "a")
        big = "x" * 60_000
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(lambda n: gk.call("PUT", at(a, f"k{n:02}"), {"value": big}, key="server"), range(24)))
        while busy := [n for n, x in enumerate(answers) if x.status == 503]:
            for n in busy:
                answers[n] = gk.call("PUT", at(a, f"k{n:02}"), {"value": big}, key="server")
        stored = [n for n, x in enumerate(answers) if x.status == 201]
        assert len(stored) == 1_048_576 // 60_002, len(stored)
        full = next(x for x in answers if x.status != 201)
        refused(full, 422, "quota_exceeded", "value")
        gk.kill()
        gk.start()
        refused(gk.call("PUT", at(a, "more"), {"value": big}, key="server"), 422, "quota_exceeded")
        ok(gk.call("DELETE", at(a, f"k{stored[0]:02}"), key="server"), 204)
        ok(gk.call("PUT", at(a, "more"), {"value": big}, key="server"), 201)
        names, cursor = [], ""
        while True:
            page = ok(gk.call("GET", at(a) + f"?limit=5&prefix=k{cursor}", key="server"))
            names += [i["key"] for i in page["items"]]
            if not page["next_cursor"]:
                break
            cursor = "&cursor=" + page["next_cursor"]
        assert names == [f"k{n:02}" for n in stored[1:]], names


run(globals())
