"""Bad input of every kind: each gets its promised status and one clear problem, and costs nothing else."""
import gzip
import http.client
import json
import socket
import time

import bad_events
from gk import Server, run

JSON, NDJSON = {"Content-Type": "application/json"}, {"Content-Type": "application/x-ndjson"}
GOOD = b'{"name":"good","player_id":"p"}'


def body(*events):
    return b'{"events":[' + b",".join(events) + b"]}"


def is_problem(answer, status, code=None, field=None, limit=None):
    """The answer is this refusal, and names what it should; its form was checked when it came (gk.checked)."""
    assert answer.status == status, (status, answer.status, answer.body[:300])
    problem = answer.json()
    assert code is None or problem["code"] == code, (code, problem)
    assert field is None or problem.get("field") == field, (field, problem)
    assert limit is None or limit in problem.get("limit", ""), (limit, problem)


def stored(gk):
    return sum(r["stored"] for r in gk.drained()["rows"]), sum(r["rejected"] for r in gk.ledger()["rows"])


def raw(gk, head, sent, finish=True):
    """Sends bytes as they stand and reads what comes back; an HTTP library would not send what is broken."""
    with socket.create_connection(("127.0.0.1", gk.port), timeout=30) as s:
        s.sendall(head + b"\r\n\r\n" + sent)
        if finish:
            s.shutdown(socket.SHUT_WR)
        parts = []
        while True:
            try:
                part = s.recv(65536)
            except ConnectionResetError:
                break
            if not part:
                break
            parts.append(part)
        return b"".join(parts)


def post(gk, data, headers=JSON, key="write"):
    return gk.call("POST", "/api/v1/events", data, key=key, headers=headers)


def check_rows(gk, rows, wrap, headers):
    """Each bad event between two good ones; returns how many good and bad ones there were."""
    wrong = []
    for key, event, code, field in rows:
        answer = post(gk, wrap(GOOD, event, GOOD), headers, key)
        shown = event if len(event) < 120 else event[:60] + b"..."
        if answer.status != 200:
            wrong.append((shown, answer.status, answer.body[:200]))
            continue
        got = answer.json()
        refused = got["rejected"][0] if len(got["rejected"]) == 1 else {}
        right = (got["accepted"], refused.get("index"), refused.get("field")) == (2, 1, field) and refused.get("code") in code.split("|")
        if not right or not refused.get("detail"):
            wrong.append((shown, (code, field), got))
    assert not wrong, "\n".join(map(str, wrong))
    return 2 * len(rows), len(rows)


def check_table(rows):
    rows = list(rows)
    with Server() as gk:
        kept, refused = check_rows(gk, rows, body, JSON)
        lines = [row for row in rows if b"\n" not in row[1]]
        more = check_rows(gk, lines, lambda *events: b"\n".join(events) + b"\n", NDJSON)
        assert stored(gk) == (kept + more[0], refused + more[1])


def test_events_envelope():
    check_table(bad_events.envelope())


def test_events_properties():
    check_table(bad_events.properties())


def test_events_with_checked_properties():
    check_table(bad_events.builtin())


def test_events_at_their_limits_are_taken():
    with Server() as gk:
        for key, event in bad_events.good():
            answer = post(gk, body(event), key=key)
            assert answer.status == 200 and answer.json() == {"accepted": 1, "rejected": []}, (event[:100], answer.body)


def test_refusals_name_their_limit():
    now = bad_events.now_ms()
    with Server() as gk:
        for event, limit in [(bad_events.event(player_id="x" * 129), "128"), (bad_events.event(name="x" * 129), "128"),
                             (bad_events.text('"properties":' + bad_events.nested(9)), "8"), (bad_events.event(time=now + 2 * bad_events.DAY), " to "),
                             (bad_events.props('"x":"' + "y" * 32768 + '"'), "32768"), (bad_events.text('"more":"' + "x" * 65536 + '"'), "65536"),
                             (bad_events.text('"session_id":"s","seq":0'), "9007199254740992"), (bad_events.props('"x":1e999'), "64 bits"),
                             (bad_events.props('"amount":-1,"currency":"EUR"', "purchase"), "6 decimals")]:
            got = post(gk, body(event)).json()
            assert limit in got["rejected"][0]["limit"], got


def test_many_bad_events_of_one_body():
    """Bad ones of every kind at once, in one body whose text as a whole does not parse."""
    rows = [row for row in bad_events.envelope() if row[0] == "write" and len(row[1]) < 1000]
    with Server() as gk:
        events = [e for row in rows for e in (GOOD, row[1])]
        got = post(gk, body(*events)).json()
        assert got["accepted"] == len(rows), got
        assert [(r["index"], r["code"]) for r in got["rejected"]] == [(2 * n + 1, row[2]) for n, row in enumerate(rows)]
        assert stored(gk) == (len(rows), len(rows))
        letters = gk.call("GET", "/api/v1/admin/dead-letters?limit=1000", key=gk.admin()).json()["items"]
        assert len(letters) == len(rows)


def test_bodies_that_are_no_document():
    with Server() as gk:
        for data, code, field in [
            (b"", "bad_json", "body"), (b"nonsense", "bad_json", "body"), (b"null", "bad_document", "events"), (b"[]", "bad_document", "events"),
            (b"1", "bad_document", "events"), (b"{}", "bad_document", "events"), (b'{"events":{}}', "bad_document", "events"),
            (b'{"events":null}', "bad_document", "events"), (b'{"Events":[]}', "bad_document", "events"),
            (b'{"events":[' + GOOD, "bad_json", "body"), (b'{"events":[' + GOOD + b"]", "bad_json", "body"), (body(GOOD) + b"x", "bad_json", "body"),
            (body(GOOD) + body(GOOD), "bad_json", "body"), (b'{"events":[' + GOOD + b",]}", "bad_json", "body"),
            (b"{'events':[]}", "bad_json", "body"), (b'{"events":[{"name":"a', "bad_json", "body"), (b"\xef\xbb\xbf" + b"nonsense", "bad_json", "body"),
            (b"\xff\xfe" + body(GOOD).decode().encode("utf-16-le"), None, "body"), (b"\0" * 100, "bad_json", "body"),
            (b"[" * 100_000, "bad_json", "body"), (b'{"a":' * 100_000, "bad_json", "body"), (b'{"events":[' + b"[" * 100_000, "bad_json", "body"),
            (b'{"events":[' + GOOD + b'],"events":[' + GOOD + b"]}", "duplicate_field", "events"),
            (b'{"sent_at":1700000000000,"events":[' + GOOD + b'],"sent_at":1700000000000}', "duplicate_field", "sent_at"),
            (b'{"events":["\xff"]}', "bad_utf8", "body"), (b'{"events":[],"x":"\xff"}', "bad_utf8", "body"), (b'{"events":[],"x":1e999}', "bad_json", "body"),
            *((b'{"events":[' + GOOD + b'],"sent_at":' + bad + b"}", "bad_time", "sent_at") for bad in
              (b'"now"', b"true", b"1.5", b"[]", b"{}", b"-99999999999999999", b"9223372036854775807", b"18446744073709551615")),
        ]:
            try:
                is_problem(post(gk, data), 400, code, field)
            except AssertionError as error:
                raise AssertionError((data[:80], *error.args)) from None
        is_problem(post(gk, body(*[GOOD] * 5001)), 400, "too_many_events", "events", "5000")
        is_problem(post(gk, b"\n".join([GOOD] * 5001), NDJSON), 400, "too_many_events", "events", "5000")
        assert post(gk, b'{"events":[]}').json() == {"accepted": 0, "rejected": []}
        assert post(gk, b"\n\r\n \n", NDJSON).json() == {"accepted": 0, "rejected": []}
        assert stored(gk) == (0, 0)


def test_sent_at_is_checked_also_beside_bad_events():
    with Server() as gk:
        is_problem(post(gk, b'{"events":[{"name":"a","player_id":"\\ud800"},{"name":nul}],"sent_at":"now"}'), 400, "bad_time", "sent_at")
        assert stored(gk) == (0, 0)


def test_types_and_encodings():
    with Server() as gk:
        for headers in ({"Content-Type": "text/plain"}, {"Content-Type": "application/jsonx"}, {"Content-Type": "application/x-www-form-urlencoded"}):
            is_problem(post(gk, body(GOOD), headers), 415, "unsupported_media_type", "Content-Type", "application/json")
        for coding in ("lzma", "deflate", "compress", "gzip, gzip", "br;q=1"):
            is_problem(post(gk, body(GOOD), {**JSON, "Content-Encoding": coding}), 415, None, "Content-Encoding", "gzip")
        packed = gzip.compress(body(GOOD))
        for coding, data in [("gzip", body(GOOD)), ("gzip", packed[:-9]), ("gzip", packed + b"x"), ("gzip", packed[:12] + b"\xff\xff\xff" + packed[15:]),
                             ("zstd", body(GOOD)), ("zstd", packed), ("zstd", b"\x28\xb5\x2f\xfd"), ("br", b"\xff" * 64), ("br", b"\x0b")]:
            is_problem(post(gk, data, {**JSON, "Content-Encoding": coding}), 400, "bad_encoding", "Content-Encoding")
        assert post(gk, packed, {**JSON, "Content-Encoding": "GZIP"}).status == 200
        assert post(gk, body(GOOD), {"Content-Type": 'Application/JSON; charset="utf-8"', "Content-Encoding": "identity"}).status == 200
        assert stored(gk) == (2, 0)


def test_keys():
    with Server() as gk:
        for key in (None, "", "x", "gk_write_unknown", "gk_write_" + "A" * 10_000, gk.key("write")[:-1], gk.key("write") + "x", gk.key("write").upper()):
            is_problem(post(gk, body(GOOD), key=key), 401)
        for header in ("Basic dXNlcjpwYXNz", gk.key("write"), "Bearer", "Bearer  ", "bearer\t" + gk.key("write")):
            is_problem(gk.call("POST", "/api/v1/events", body(GOOD), key=None, headers={**JSON, "Authorization": header}), 401)
        is_problem(post(gk, body(GOOD), key="read"), 403)
        is_problem(gk.call("POST", "/graphql", {"query": "{ __typename }"}, key="write"), 403)
        is_problem(gk.call("POST", "/graphql", {"query": "{ __typename }"}, key=None), 401)
        is_problem(gk.call("GET", "/api/v1/admin/audit", key="server"), 403)
        token = gk.admin()
        made = gk.call("POST", "/api/v1/admin/apps/demo/keys", {"kind": "write", "name": "short"}, key=token).json()
        assert post(gk, body(GOOD), key=made["key"]).status == 200
        assert gk.call("DELETE", f"/api/v1/admin/apps/demo/keys/{made['id']}", key=token).status in (200, 204)
        time.sleep(1)
        is_problem(post(gk, body(GOOD), key=made["key"]), 401)
        assert stored(gk) == (1, 0)


def test_requests_that_are_cut_off_or_lie():
    with Server() as gk:
        head = (b"POST /api/v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer " + gk.key("write").encode())
        length = b"\r\nContent-Length: "
        whole = body(GOOD)
        assert b" 200 " in raw(gk, head + length + b"%d\r\nConnection: close" % len(whole), whole)
        assert b" 200 " not in raw(gk, head + length + b"%d" % (len(whole) + 10), whole)  # cut off: nothing may come of it
        for more in (length + b"-1", length + b"1e3", length + b"99999999999999999999", length + b"5" + length + b"6",
                     b"\r\nTransfer-Encoding: chunked" + length + b"5", b"\r\nTransfer-Encoding: gzip", b"\r\nBad Header: 1", b"\r\n folded"):
            answer = raw(gk, head + more, whole)
            assert b" 400 " in answer[:20] or b" 413 " in answer[:20] or b" 501 " in answer[:20], (more, answer[:100])
            assert b"application/problem+json" in answer, answer
        assert b" 400 " in raw(gk, head + b"\r\nTransfer-Encoding: chunked", b"zz\r\n")[:20]
        assert b" 431 " in raw(gk, head + b"\r\nX-Long: " + b"x" * 100_000, b"")[:20]
        assert b" 414 " in raw(gk, b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: x", b"")[:20]
        assert stored(gk) == (1, 0)


def test_who_sends_a_whole_body_before_listening_hears_that_it_is_too_large():
    """Most HTTP libraries do so, and give up when the connection is reset under them."""
    with Server() as gk:
        for size in (9, 40):
            client = http.client.HTTPConnection("127.0.0.1", gk.port, timeout=60)
            client.request("POST", "/api/v1/events", b" " * (size << 20), {**JSON, "Authorization": "Bearer " + gk.key("write")})
            answer = client.getresponse()
            assert answer.status == 413 and json.load(answer)["limit"] == "8388608 bytes", answer.status
            client.close()


def test_dead_letters_are_not_mended_by_nonsense():
    with Server() as gk:
        post(gk, body(b'{"name":"bad name","player_id":"p"}'))
        token = gk.admin()
        path = "/api/v1/admin/dead-letters"
        letter = gk.call("GET", path, key=token).json()["items"][0]["id"]
        for data in (b"", b"x", b"[]", b"{}", b'{"event":1}', b'{"event":null}', b'{"event":{"a":1},"more":1}', b'{"event":{},"event":{}}', b'{"event":{"a":1e999}}'):
            is_problem(gk.call("PUT", f"{path}/{letter}", data, key=token, headers=JSON), 400)
        for data in (b"{}", b'{"ids":1}', b'{"ids":[1]}', json.dumps({"ids": ["x"] * 1001}).encode()):
            is_problem(gk.call("POST", path + "/replay", data, key=token, headers=JSON), 400, None, "ids")
        is_problem(gk.call("PUT", path + "/nothing", {"event": {"name": "a", "player_id": "p"}}, key=token), 404)
        is_problem(gk.call("DELETE", path + "/nothing", key=token), 404)
        for query in ("limit=0", "limit=1001", "limit=x", "limit=-1", "limit=1e2"):
            is_problem(gk.call("GET", f"{path}?{query}", key=token), 400, "bad_limit", "limit", "1000")
        is_problem(gk.call("GET", path + "?cursor=%00nonsense", key=token), 400, "bad_cursor", "cursor")
        out = gk.call("POST", path + "/replay", {"ids": [letter, "nothing"]}, key=token).json()
        assert out["accepted"] == 0 and [r["code"] for r in out["rejected"]] == ["bad_name", "not_found"], out
        # A number that a double can't hold comes through mending and replaying as it was written.
        exact = b'{"event":{"name":"purchase","player_id":"p","properties":{"amount":4.100000,"currency":"EUR","n":18446744073709551615}}}'
        shown = gk.call("PUT", f"{path}/{letter}", exact, key=token, headers=JSON)
        assert shown.status == 200 and b'"amount":4.100000,' in shown.body and b"18446744073709551615" in shown.body, shown.body
        assert shown.json()["event_text"].encode() == exact[9:-1], shown.body
        assert gk.call("POST", path + "/replay", {"ids": [letter]}, key=token).json()["accepted"] == 1
        assert stored(gk) == (1, 1)


run(globals())
