"""Secrets that come by any way in never come out where others read (RELIABILITY S19).

Passwords, keys, tokens and an e-mail are planted in every input: headers, bodies, queries, events, sockets, settings.
Then log, metrics, traces, problem bodies, health, the audit and a backup's manifest are searched for them; passwords and
keys are searched for in the data folder as well. A mark that is no secret must be found there, else nothing was searched.
"""
import base64
import json
import os
import re
import secrets
import subprocess
import tempfile
import urllib.parse

from gk import BINARY, Server, run
from otlp_receiver import Receiver
from websocket import WebSocket

ADMIN = "/api/v1/admin"
MARK = "mark-" + secrets.token_hex(8)  # the request id of every call here
KINDS = ("password", "key", "token", "email", "collector")


class Canaries:
    """One secret of each kind and place, so that a find tells where it came in."""

    def __init__(self):
        self.planted = {}

    def new(self, kind, place):
        assert kind in KINDS, kind
        text = f"canary{secrets.token_hex(10)}"
        if kind == "key":
            text = f"gk_write_{text}"
        if kind == "token":
            text = ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in ('{"alg":"EdDSA"}', text, text))
        if kind == "email":
            text += "@example.org"
        return self.keep(f"{kind} in {place}", text)

    def keep(self, what, text):
        self.planted[what] = text
        return text

    def found_in(self, text, kinds=KINDS):
        """Those that the text shows, also in another writing of their bytes."""
        for what, secret in self.planted.items():
            writings = {secret, urllib.parse.quote(secret, safe=""), base64.b64encode(secret.encode()).decode().rstrip("=")[:-1]}
            if what.split(" ")[0] in kinds and any(w in text for w in writings):
                yield what


class Visitor:
    """Calls the server and keeps what refusals say."""

    def __init__(self, gk):
        self.gk, self.refusals = gk, []

    def call(self, method, path, body=None, key=None, headers=None, refused=True):
        answer = self.gk.call(method, path, body, key=key, headers={"X-Request-ID": MARK, **(headers or {})})
        told = answer.body.decode(errors="replace")
        if answer.status >= 400 or '"errors"' in told or '"rejected"' in told:
            self.refusals.append(f"{method} {path.split('?')[0]} {answer.status}\n{answer.headers}\n{told}")
        assert not refused or answer.status >= 400 or '"errors"' in told or '"code"' in told, (method, path, answer.status, told[:300])
        return answer


def as_headers(visitor, canaries):
    for place, headers in [("Authorization", lambda: {"Authorization": "Bearer " + canaries.new("token", "Authorization")}),
                           ("Basic", lambda: {"Authorization": "Basic " + base64.b64encode(canaries.new("password", "Basic").encode()).decode()}),
                           ("X-API-Key", lambda: {"X-API-Key": canaries.new("key", "X-API-Key")}),
                           ("Cookie", lambda: {"Cookie": "session=" + canaries.new("token", "Cookie")})]:
        for method, path in (("GET", f"{ADMIN}/apps"), ("POST", "/api/v1/events"), ("POST", "/graphql"), ("GET", "/graphql?query={__typename}")):
            visitor.call(method, path, b"{}" if method == "POST" else None, headers={**headers(), "Content-Type": "application/json"})
    # Not Origin, which CORS sends back as it stands, nor an event's id, by which a refusal names it.
    for name in ("Idempotency-Key", "If-Match", "Referer", "User-Agent", "X-Forwarded-For", "traceparent", "tracestate", "Gamekeeper-App", "Content-Type",
                 "Content-Encoding", "Accept", "Expect", "Range"):
        visitor.call("POST", "/api/v1/events", b"{", key="write", headers={"Content-Type": "application/json", name: canaries.new("token", name)}, refused=False)
    for path in (f"{ADMIN}/audit?limit=", "/health?token=", "/signin?token=", "/graphql?query=", "/graphql?query={__typename}&variables=", f"{ADMIN}/dead-letters?cursor="):
        visitor.call("GET", path + canaries.new("token", path), key=visitor.gk.key("read") if "graphql" in path else None, refused=False)


def as_administrators(visitor, canaries, token):
    def new(kind, place):
        return canaries.new(kind, place)

    visitor.call("POST", f"{ADMIN}/login", {"username": "admin", "password": new("password", "login")})
    visitor.call("POST", f"{ADMIN}/login", {"username": new("password", "login as username"), "password": "x"})
    visitor.call("POST", f"{ADMIN}/login", {"username": "admin", "password": new("password", "login beside"), "other": 1})
    visitor.call("POST", f"{ADMIN}/login", {"username": 1, "password": new("password", "login of a wrong type")})
    visitor.call("POST", f"{ADMIN}/login", '{"username":"admin","password":"' + new("password", "broken JSON") + '"', headers={"Content-Type": "application/json"})
    visitor.call("POST", f"{ADMIN}/login", f'username=admin&password={new("password", "a form")}', headers={"Content-Type": "application/x-www-form-urlencoded"})
    visitor.call("POST", f"{ADMIN}/signin-link", {"token": new("token", "sign-in link")})
    good = new("password", "administrator that was made")
    for _ in range(2):  # the second time there is one of this name
        visitor.call("POST", f"{ADMIN}/admins", {"username": "ada", "password": good, "role": "analyst"}, key=token, headers={"Idempotency-Key": secrets.token_hex(4)}, refused=False)
    canaries.keep("token of ada", visitor.call("POST", f"{ADMIN}/login", {"username": "ada", "password": good}, refused=False).json()["access_token"])
    visitor.call("POST", f"{ADMIN}/admins", {"username": "bob", "password": new("password", "unknown role"), "role": "boss"}, key=token)
    visitor.call("POST", f"{ADMIN}/admins", {"username": "bob", "password": new("password", "unknown app"), "role": "admin", "apps": ["no"]}, key=token)
    for kind in ("read", "server"):
        made = visitor.call("POST", f"{ADMIN}/apps/demo/keys", {"kind": kind, "name": "k"}, key=token, headers={"Idempotency-Key": "k-" + kind}, refused=False)
        canaries.keep(f"key of kind {kind} that was made", made.json()["key"])
    visitor.call("POST", f"{ADMIN}/apps/demo/keys", {"kind": new("key", "kind of a key")}, key=token)
    visitor.call("POST", f"{ADMIN}/apps/demo/keys", {"kind": "read", "expires_at": new("token", "expiry of a key")}, key=token)
    visitor.call("PUT", f"{ADMIN}/apps/demo", {"settings": {"timezone": new("email", "settings")}}, key=token)


def as_events(visitor, canaries):
    def new(place):
        return canaries.new("email", place)

    good = {"name": "hello", "player_id": "p", "properties": {"mail": new("properties")}}
    bad = [{**good, **wrong} for wrong in (
        {"name": new("name")}, {"time": new("time")}, {"seq": new("seq")}, {"session_id": new("session") + "\0"}, {"player_id": [new("player")]},
        {"properties": new("properties as text")}, {"name": "purchase", "properties": {"amount": new("amount"), "currency": "EUR"}},
        {"name": "purchase", "properties": {"amount": 1, "currency": new("currency")}}, {"name": "error", "properties": {"severity": new("severity"), "message": "x"}},
        {"name": "economy", "properties": {"flow": new("flow"), "currency": "gold", "amount": 1}})]
    answer = visitor.call("POST", "/api/v1/events", {"events": [good, *bad], "sent_at": "2026-01-01T00:00:00Z"}, key="write", refused=False)
    assert answer.json()["accepted"] == 1 and len(answer.json()["rejected"]) == len(bad), answer.body
    visitor.call("POST", "/api/v1/events", {"events": [good], "sent_at": new("sent_at")}, key="write", refused=False)
    visitor.call("POST", "/api/v1/events", '{"events":[{"name":"' + new("broken JSON"), key="write", headers={"Content-Type": "application/json"}, refused=False)
    visitor.call("POST", "/api/v1/events", new("a body of another type"), key="write", headers={"Content-Type": "text/plain"})


def as_queries(visitor, canaries):
    def new(place):
        return canaries.new("email", place)

    span = 'from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z"'
    for query in (f'{{ percentiles(event: "{new("event of percentiles")}", property: "x", {span}, p: [0.5]) }}',
                  f'{{ series(metric: EVENTS, step: DAY, {span}, timezone: "{new("time zone")}") {{ total }} }}',
                  f'{{ series(metric: REVENUE, step: DAY, {span}, currency: "{new("currency of a query")}") {{ total }} }}',
                  f'{{ series(metric: EVENTS, step: DAY, {span}, groupBy: COUNTRY, filter: [{{ dimension: EVENT, in: ["{new("filter")}"] }}]) {{ key }} }}',
                  f'# {new("comment")}\n{{ ledger {{ nothing }} }}', f'{{ ledger(a: "{new("argument nobody knows")}") {{ pending }} }}'):
        visitor.call("POST", "/graphql", {"query": query}, key="read", refused=False)
    visitor.call("POST", "/graphql", {"query": "query($e: String!) { __typename }", "variables": {"e": {"deep": new("variables")}}}, key="read")
    visitor.call("POST", "/graphql", {"query": "{ __typename }", "operationName": new("operation")}, key="read")


def over_sockets(gk, canaries):
    for payload in ({"authorization": "Bearer " + canaries.new("key", "connection_init")}, {"authorization": canaries.new("token", "connection_init, bare")}):
        ws = WebSocket(gk.port, "/graphql", "graphql-transport-ws")
        ws.send({"type": "connection_init", "payload": payload})
        while ws.receive() is not None:
            pass
        assert ws.close_code in (4401, 4403), ws.close_code


def read_where_others_read(gk, visitor, token, receiver, folder):
    """{where: text}, and in each of them something that shows that it is the right place."""
    backup = os.path.join(folder, "backup")
    done = subprocess.run([BINARY, "backup", backup, "--data", gk.data, "--json"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    with open(os.path.join(backup, "backup.json"), encoding="utf-8") as f:
        manifest = f.read()
    doctor = subprocess.run([BINARY, "doctor", "--data", gk.data, "--json"], capture_output=True, text=True, timeout=60, env=gk.env)
    settings = subprocess.run([BINARY, "config", "--print"], capture_output=True, text=True, timeout=60, env=gk.env)
    places = {
        "metrics": (gk.call("GET", "/metrics", key=None).body.decode(), "gamekeeper_ingest_events_total"),
        "health": (gk.call("GET", "/health/detailed", key="read").body.decode(), '"status"'),
        "audit": (gk.call("GET", f"{ADMIN}/audit?limit=1000", key=token).body.decode(), "admin.create"),
        "administrators": (gk.call("GET", f"{ADMIN}/admins", key=token).body.decode(), "ada"),
        "keys": (gk.call("GET", f"{ADMIN}/apps/demo/keys", key=token).body.decode(), "made at first start"),
        "refusals": ("\n".join(visitor.refusals), MARK),
        "what backup says": (done.stdout + done.stderr, "partitions"),
        "the backup's manifest": (manifest, "documents"),
        "doctor": (doctor.stdout + doctor.stderr, "data"),
        "settings": (settings.stdout + settings.stderr, "otlp_headers = "),
    }
    assert gk.stop() == 0
    places["log"] = (gk.output(), MARK)
    places["traces"] = (json.dumps(receiver.spans), "POST /api/v1/events")
    for where, (text, sign) in places.items():
        assert sign in text, f"the test did not read the {where}: {text[:300]}"
    return {where: text for where, (text, _) in places.items()}


def files_of(folder):
    for at, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(at, name), "rb") as f:
                yield os.path.relpath(os.path.join(at, name), folder), f.read().decode("latin-1")


def test_secrets_stay_where_they_belong():
    canaries = Canaries()
    with tempfile.TemporaryDirectory(prefix="gk-canaries-") as folder, Receiver() as receiver:
        env = {"GAMEKEEPER_TELEMETRY_OTLP_ENDPOINT": receiver.url, "GAMEKEEPER_LOGGING_LEVEL": "debug",
               "GAMEKEEPER_TELEMETRY_OTLP_HEADERS": "Authorization: Bearer " + canaries.new("collector", "the settings"),
               "GAMEKEEPER_KAFKA_SASL_PASSWORD": canaries.new("password", "the settings")}
        with Server(env=env) as gk:
            token = canaries.keep("token of admin", gk.admin())
            for kind in ("write", "read", "server"):
                canaries.keep(f"key of the first start: {kind}", gk.key(kind))
            canaries.keep("password of the first start", gk.credentials["admin"]["password"])
            link = re.search(r"/signin\?token=(\S+)", gk.output())[1]  # development prints it on purpose, once
            visitor = Visitor(gk)
            as_headers(visitor, canaries)
            as_administrators(visitor, canaries, token)
            as_events(visitor, canaries)
            as_queries(visitor, canaries)
            over_sockets(gk, canaries)
            gk.drained()
            assert len(canaries.planted) > 60 and len(visitor.refusals) > 50, (len(canaries.planted), len(visitor.refusals))
            places = read_where_others_read(gk, visitor, token, receiver, folder)
            places["log"] = places["log"].replace(link, "", 1)
            shown = [f"{what}, in the {where}" for where, text in places.items() for what in canaries.found_in(text)]
            assert link not in places["log"], "the sign-in link is told twice"
            for name, text in files_of(gk.data):
                if os.path.basename(name) != "dev-credentials.json":
                    shown += [f"{what}, in the file {name}" for what in canaries.found_in(text, ("password", "key", "collector"))]
            assert not shown, "secrets are shown:\n" + "\n".join(shown)
            assert receiver.headers[0]["Authorization"].startswith("Bearer canary"), "the collector was not signed in to"


run(globals())
