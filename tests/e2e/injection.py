"""Injection (RELIABILITY S13): texts that would do something if anything but a parameter became of them, in every string that
any call takes: path, query, body, headers, events, variables of GraphQL.

Nothing fails with 5xx, no answer or line of the log is another's to write, no two questions that differ only for an
interpreter are answered differently, and what has nothing to do with it is as it was. GK_PAYLOADS (6) of the 505 a place, in
turn; the long form tries all of them everywhere.
"""
import http.client
import json
import os
import urllib.parse

from answers import ok
from api_document import body_schema, parameters, strings_of, with_value
from authorization import POLICY, House, is_let_in, keys_taken, routes_of
from calls import CALLS
from gk import Answer, Server, checked, run
from payloads import FORGED, MARK, PAIRS, payloads
from plain_ratings import until_ranked

A_PLACE = int(os.environ.get("GK_PAYLOADS", "6"))
PAYLOADS = payloads()
CALLERS = ("admin", "server_key", "player", "write_key", "read_key", "anonymous")
# Where a text decides who somebody is, or what is looked up: pairs are tried in these bodies, too.
ASKING = ("POST /api/v1/auth/login", "POST /api/v1/auth/refresh", "POST /api/v1/admin/login", "POST /api/v1/admin/signin-link", "POST /api/v1/queue/join", "POST /api/v1/sessions",
          "POST /api/v1/matches/result", "POST /api/v1/ratings/recompute", "POST /api/v1/admin/dead-letters/replay")
HEADERS = ("Idempotency-Key", "If-Match", "Gamekeeper-App", "X-Request-ID", "X-API-Key", "Accept-Language", "traceparent")


class Tester:
    def __init__(self, gk):
        self.gk, self.house = gk, House(gk)
        self.document = gk.call("GET", "/openapi.json", key=None).json()
        self.connection, self.sent = None, 0

    def raw(self, method, path, body, headers):
        """Over one connection that is kept; a text that sleeps a minute runs into the time limit."""
        for again in (False, True):
            self.connection = self.connection or http.client.HTTPConnection("127.0.0.1", self.gk.port, timeout=20)
            try:
                self.connection.request(method, path, body=body, headers=headers)
                answer = self.connection.getresponse()
                return Answer(answer.status, answer.headers, answer.read())
            except (ConnectionError, http.client.HTTPException):
                self.connection.close()
                self.connection = None
                if again:
                    raise
        raise AssertionError("not reached")

    def call(self, method, path, body, headers, text=""):
        headers = {**headers, **({"Content-Type": "application/json"} if body is not None else {})}
        answer = self.raw(method, path, json.dumps(body).encode() if body is not None else None, headers)
        self.sent += 1
        shown = json.dumps(text, ensure_ascii=False)[1:-1].encode(errors="replace")
        inner = Answer(answer.status, answer.headers, answer.body.replace(shown, b"") if len(shown) > 3 else answer.body)
        about = (method, path[:200], text[:100], answer.status, answer.body[:300])
        assert answer.status < 500, about
        assert "Set-Cookie" not in answer.headers and FORGED not in " ".join(answer.headers.keys()), about
        assert MARK.encode() not in answer.body, about
        if answer.body and method != "HEAD":
            assert "json" in answer.headers["Content-Type"], about
        return checked(path, inner)

    def who(self, route):
        house = self.house
        used_up = {"POST /api/v1/auth/link": lambda: house.new_player(name="")["access_token"], "POST /api/v1/auth/password": lambda: house.new_player()["access_token"],
                   "POST /api/v1/auth/logout": lambda: house.new_player(name="")["access_token"], "POST /api/v1/admin/logout": lambda: house.new_admin("admin"),
                   "DELETE /api/v1/auth/account": lambda: house.new_player()["access_token"]}
        if route in used_up:  # these calls use up who makes them
            return {"Authorization": "Bearer " + used_up[route]()}
        row = POLICY["routes"][route]
        identity = next((i for i in CALLERS if row.get(i, "").startswith("2")), None) or next((i for i in CALLERS if is_let_in(row, i)), "anonymous")
        return self.house.credential(identity, keys_taken(row))

    def good(self, route, **given):
        """A good call and its headers; of what is `given` nothing need be made."""
        takes = CALLS[route].__code__.co_varnames[1:CALLS[route].__code__.co_argcount]
        call = CALLS[route](self.house, **{name: value for name, value in given.items() if name in takes})
        headers = self.who(route)
        if call.named and "Gamekeeper-App" not in headers:
            headers["Gamekeeper-App"] = "demo"
        return call, headers

    def ask(self, route, where=None, name=None, text=""):
        """The route's good call, in which one place holds the text."""
        method, pattern = route.split(" ", 1)
        call, headers = self.good(route, **({name: "unknown"} if where == "path" else {}))
        body = call.body
        if where == "path":
            call.params[name] = text
        elif where == "query":
            asked = dict(urllib.parse.parse_qsl(call.query.removeprefix("?")))
            call.query = "?" + urllib.parse.urlencode({**asked, name: text})
        elif where == "body":
            body = with_value(body, name, text)
        elif where == "header":
            headers[name] = text
        return self.call(method, call.path(pattern), body, headers, text if isinstance(text, str) else "")

    def places(self):
        for route in sorted(routes_of(self.gk)):
            if route not in CALLS:
                continue
            yield from ((route, "path", p["name"]) for p in parameters(self.document, route, "path"))
            yield from ((route, "query", p["name"]) for p in parameters(self.document, route, "query"))
            schema = body_schema(self.document, route)
            yield from ((route, "body", at) for at in dict.fromkeys(strings_of(self.document, schema) if schema else ()))
        for route in ("POST /api/v1/sessions", "PUT /api/v1/players/{id}", "GET /api/v1/matches"):
            yield from ((route, "header", name) for name in HEADERS)


def may_stand_in_header(text):
    return all(" " <= c <= "~" for c in text)


def shape(answer):
    """What an answer looks like: which problem, or which fields and how many."""
    def of(value):
        if isinstance(value, dict):
            return {name: of(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [of(inner) for inner in value]
        return "number" if type(value) in (int, float) else type(value).__name__
    parsed = json.loads(answer.body) if answer.body else None
    return answer.status, parsed["code"] if answer.status >= 400 and "code" in parsed else of(parsed)


class Control:
    """A player and what is theirs, which no call of the test is about."""

    def __init__(self, gk, house):
        self.player, other = house.new_player()["player_id"], house.new_player()["player_id"]
        made = {"POST /api/v1/leaderboards": {"id": "control"}, f"PUT /api/v1/leaderboards/control/players/{self.player}": {"score": 7},
                f"PUT /api/v1/players/{self.player}/storage/save": {"value": {"level": 3}}, f"PUT /api/v1/players/{self.player}": {"attributes": {"hat": "red"}},
                "POST /api/v1/matches/result": {"match_id": "control", "queue": "control", "player_id": self.player, "opponent_id": other, "outcome": "win"}}
        for route, body in made.items():
            answer = gk.call(*route.split(" "), body, key="server")
            assert answer.status < 300, (route, answer.body)
        self.session = ok(gk.call("POST", "/api/v1/sessions", {"players": [self.player], "state": {"turn": 1}}, key="server"), 201)["session_id"]
        gk.post([{"name": "control", "player_id": self.player}])
        self.was = self.now(gk)

    def check(self, gk):
        for was, now in zip(self.was, self.now(gk)):
            assert now == was, (was, now)

    def now(self, gk):
        gk.drained()
        paths = (f"/players/{self.player}", f"/players/{self.player}/rating?queue=control", f"/players/{self.player}/storage/save", f"/sessions/{self.session}", "/matches/control", "/leaderboards/control")
        return [ok(gk.call("GET", "/api/v1" + path, key="server")) for path in paths]


def check_log(gk):
    """No line of the log was written by a text."""
    for line in gk.output().splitlines():
        assert not line.startswith((FORGED, "Content-Length", "HTTP/1.1", "Set-Cookie")), line
        if line.startswith("{"):
            assert json.loads(line)["event"] != FORGED, line


def test_every_text_in_every_place():
    assert len(PAYLOADS) >= 500, len(PAYLOADS)
    with Server() as gk:
        tester, used = Tester(gk), set()
        control, places = Control(gk, tester.house), list(tester.places())
        for n, (route, where, name) in enumerate(places):
            expected = next((row for row in (POLICY["routes"][route].get(i, "") for i in CALLERS) if row.startswith("2")), None)
            good = tester.ask(route)
            assert expected is None or good.status < 300, f"{route} without a bad text: {good.status} {good.body}"
            texts = PAYLOADS if A_PLACE >= len(PAYLOADS) else [PAYLOADS[(n * A_PLACE + k) % len(PAYLOADS)] for k in range(A_PLACE)]
            for text in texts:
                if where != "header" or may_stand_in_header(text):
                    used.add(text)
                    tester.ask(route, where, name, text)
            if where == "body":  # and what is no text where one is asked for
                for odd in ({"$ne": None}, {"$gt": ""}, ["x"], {"__proto__": {"admin": True}}, 1, None):
                    tester.ask(route, where, name, odd)
        assert len(places) > 200 and len(used) >= 500, (len(places), len(used))
        control.check(gk)
        check_log(gk)
        gk.kill()
        gk.start()
        until_ranked(gk, control.player, "control")
        control.check(gk)
        print(f"     {tester.sent} calls, {len(places)} places, {len(used)} texts", flush=True)


def test_no_pair_is_answered_differently():
    """Reads, and calls that look somebody or something up: a text that is true to an interpreter, and one that is not."""
    with Server() as gk:
        tester, wrong = Tester(gk), []
        for route, where, name in tester.places():
            if where == "header" or (where == "body" and route not in ASKING):
                continue
            for truth, lie in PAIRS:
                answers = [tester.ask(route, where, name, text) for text in (truth, lie)]
                if shape(answers[0]) != shape(answers[1]):
                    wrong.append(f"{route} {where} {name}: {truth!r} {answers[0].status}, {lie!r} {answers[1].status}: {answers[0].body[:150]} {answers[1].body[:150]}")
        assert not wrong, "\n".join(wrong)
        print(f"     {tester.sent} calls", flush=True)


def test_texts_come_back_as_they_were():
    with Server() as gk:
        texts = [t for t in PAYLOADS if "\0" not in t]
        session = ok(gk.call("POST", "/api/v1/sessions", {"players": [House(gk).player["player_id"]], "state": {"texts": texts}}, key="server"), 201)
        assert session["state"]["texts"] == texts
        gk.kill()
        gk.start()
        assert ok(gk.call("GET", f"/api/v1/sessions/{session['session_id']}", key="server"))["state"]["texts"] == texts
        short = [t for t in texts if len(t) <= 128 and t.isprintable()]
        for text in short:  # a game's own ids
            made = gk.call("POST", "/api/v1/players", {"player_id": text}, key="server")
            read = gk.call("GET", "/api/v1/players/" + urllib.parse.quote(text, safe=""), key="server")
            assert made.status in (201, 400), (text, made.body)
            assert made.status == 400 or ok(read)["player_id"] == text, (text, read.status, read.body)
        assert sum(gk.call("GET", "/api/v1/players/" + urllib.parse.quote(t, safe=""), key="server").status == 200 for t in short) > 300


SERIES = """query($x: String!, $z: String!) {
  a: series(metric: EVENTS, event: $x, from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z", step: DAY) { key total }
  b: series(metric: EVENTS, from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z", step: DAY, groupBy: PLATFORM, filter: [{dimension: COUNTRY, in: [$x]}]) { key total }
  c: series(metric: REVENUE, currency: $x, from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z", step: DAY) { key total }
  d: funnel(steps: [$x, $x], from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z", withinSeconds: 60) { steps { event players } }
  e: percentiles(event: $x, property: $x, from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z", p: [0.5])
  f: activePlayers(date: "2026-01-01", timezone: $z) { daily }
}"""


def test_telemetry_and_questions():
    with Server() as gk:
        events = [{"name": "x", "player_id": "p", "session_id": text, "seq": 1, "properties": {text: text}} for text in PAYLOADS] + [
            {"name": text, "player_id": "p"} for text in PAYLOADS] + [{"name": "x", "player_id": text} for text in PAYLOADS] + [
            {"name": "session_start", "player_id": "p", "session_id": f"s{n}", "seq": 1, "properties": {"platform": text, "country": text, "version": text}} for n, text in enumerate(PAYLOADS)]
        got = gk.call("POST", "/api/v1/events", {"events": events}).json()
        assert got["accepted"] + len(got["rejected"]) == len(events) and got["accepted"] > 1000 and got["rejected"], got["accepted"]
        row = gk.row()
        assert (row["accepted"], row["rejected"]) == (got["accepted"], len(got["rejected"])), row
        connection = Tester(gk)
        headers = {"Authorization": f"Bearer {gk.key('read')}"}
        for text in PAYLOADS:
            for zone in (text, "UTC"):
                answer = connection.call("POST", "/graphql", {"query": SERIES, "variables": {"x": text, "z": zone}}, headers, text)
                assert answer.status in (200, 400), (text, answer.status)
        for truth, lie in PAIRS:
            shapes = [shape(connection.call("POST", "/graphql", {"query": SERIES, "variables": {"x": text, "z": "UTC"}}, headers, text)) for text in (truth, lie)]
            assert shapes[0] == shapes[1], (truth, shapes)
        letters = ok(gk.call("GET", "/api/v1/admin/dead-letters?limit=1000", key=gk.admin(), headers={"Gamekeeper-App": "demo"}))["items"]
        assert {x["event"]["name"] for x in letters} >= {t for t in PAYLOADS if t.isprintable() and " " in t and len(t) < 100}, "kept as they came"
        check_log(gk)


if __name__ == "__main__":
    run(globals())
