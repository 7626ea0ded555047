"""Drives the real binary from outside: start, stop, kill, post events, ask GraphQL. Standard library only."""
import datetime
import difflib
import functools
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import engines

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BINARY = os.environ.get("GK_BINARY", os.path.join(ROOT, "build", "gamekeeper"))
if os.path.exists(BROWSER := os.path.join(ROOT, ".engines", "chromium", "chromium")):  # fetched where the system has none
    os.environ.setdefault("CHROMIUM", BROWSER)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def seconds_of(timestamp):
    return datetime.datetime.fromisoformat(timestamp.replace("Z", "+00:00")).timestamp()


class Unavailable(AssertionError):
    """The server said that asking again later is right."""


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)


@functools.cache
def registered():
    """The codes of refusals that the API's document lists."""
    with open(os.path.join(ROOT, "docs", "api", "openapi.json"), encoding="utf-8") as f:
        return set(json.load(f)["x-problems"])


def checked(path, answer):
    """Every refusal that any test meets is RFC 9457's, complete, and tells nothing of our insides."""
    if answer.status < 400 or path.startswith("/graphql") and "problem" not in answer.headers["Content-Type"] and answer.json()["errors"]:
        return answer
    assert answer.headers["Content-Type"].startswith("application/problem+json"), (path, answer.headers.items())
    problem = answer.json()
    for name in ("type", "title", "status", "code", "detail", "request_id"):
        assert problem.get(name), (name, problem)
    assert problem["status"] == answer.status and problem["type"] == "urn:gamekeeper:problem:" + problem["code"], problem
    assert problem["request_id"] == answer.headers["X-Request-ID"], problem
    assert problem["code"] in registered(), f"{problem['code']} is not registered in src/operate/api_parts.json"
    for inside in ("/src/", ".cpp", "SELECT ", "sqlite", "simdjson", "boost", "std::"):
        assert inside not in answer.body.decode(), problem
    return answer


def golden(path, made):
    """The file at `path` holds what the binary makes; GK_WRITE_GOLDEN=1 (make golden) writes it anew."""
    if os.environ.get("GK_WRITE_GOLDEN") == "1":
        with open(path, "w", encoding="utf-8") as f:
            f.write(made)
    with open(path, encoding="utf-8") as f:
        kept = f.read()
    if kept == made:
        return
    diff = list(difflib.unified_diff(kept.splitlines(), made.splitlines(), "kept", "made", lineterm="", n=1))
    more = [f"… {len(diff) - 30} lines more"] if len(diff) > 30 else []
    raise AssertionError("\n".join([f"{os.path.relpath(path, ROOT)} differs; run `make golden` if this change is meant", *diff[:30], *more]))


class Server:
    """One `gamekeeper serve` on a free loopback port and a temporary folder."""

    def __init__(self, data=None, env=None, args=(), apart=False):
        """`apart`: the log holds standard output alone."""
        self.own = data is None
        self.data = data or tempfile.mkdtemp(prefix="gk-e2e-")
        self.port = free_port()
        self.env = {**os.environ, "GAMEKEEPER_SERVER_WEB": os.path.join(ROOT, "web", "dist"), **engines.environment(self.data), **(env or {})}
        self.args = list(args)
        self.process = None
        self.errors = subprocess.DEVNULL if apart else subprocess.STDOUT
        self.log = open(os.path.join(tempfile.gettempdir(), f"gk-e2e-{os.getpid()}-{self.port}.log"), "ab")

    def start(self, wait_s=10):
        began, self.began_at = time.monotonic(), time.time()
        self.process = subprocess.Popen(
            [BINARY, "serve", "--data", self.data, "--listen", f"127.0.0.1:{self.port}", *self.args],
            stdout=self.log, stderr=self.errors, env=self.env)
        while True:
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended with {self.process.returncode}: {self.tail()}")
            try:
                if self.call("GET", "/readyz", key=None).status == 200:
                    break
            except OSError:
                pass
            if time.monotonic() - began > wait_s:
                raise AssertionError(f"not ready within {wait_s} s: {self.tail()}")
            time.sleep(0.01)
        self.ready_s = time.monotonic() - began
        with open(os.path.join(self.data, "dev-credentials.json"), encoding="utf-8") as f:
            self.credentials = json.load(f)
        return self

    def check_ready(self, after="a kill"):
        """It was ready within 2 s, by its own line `ready`: start() has seen the same from outside, but the writers of a
        test share one interpreter with it, and on a busy machine that alone has taken up to three seconds."""
        ready = []
        until = time.monotonic() + 10  # the line comes right after /readyz has begun to say so
        while not ready:
            assert time.monotonic() < until, f"no line `ready` after {after}: {self.tail()}"
            lines = [json.loads(line) for line in self.output().splitlines() if '"event":"ready"' in line]
            ready = [line for line in lines if seconds_of(line["timestamp"]) > self.began_at]
        self.ready_s = seconds_of(ready[-1]["timestamp"]) - self.began_at
        assert self.ready_s <= 2, f"ready {self.ready_s:.2f} s after {after}; load {os.getloadavg()[0]:.1f}; it says {ready[-1]['details']}"

    def output(self):
        with open(self.log.name, encoding="utf-8", errors="replace") as f:
            return f.read()

    def tail(self):
        self.log.flush()
        with open(self.log.name, encoding="utf-8", errors="replace") as f:
            return f.read()[-2000:]

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, wait_s=15):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            return self.process.wait(wait_s)
        return self.process.returncode if self.process else None

    def close(self):
        if self.process and self.process.poll() is None:
            self.kill()
        self.log.close()
        os.unlink(self.log.name)
        if self.own:
            shutil.rmtree(self.data, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    def key(self, kind):
        return self.credentials[f"{kind}_key"]

    def call(self, method, path, body=None, key="write", headers=None, timeout=20):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            send = dict(headers or {})
            if key in ("write", "read", "server"):
                key = self.key(key)
            if key:
                send["Authorization"] = f"Bearer {key}"
            if isinstance(body, (dict, list)):
                body = json.dumps(body).encode()
                send.setdefault("Content-Type", "application/json")
            elif isinstance(body, str):
                body = body.encode()
            try:
                connection.request(method, path, body=body, headers=send)
            except BrokenPipeError:
                pass  # refused before all of the body was sent: the answer is there to be read
            answer = connection.getresponse()
            told = Answer(answer.status, answer.headers, answer.read())
            return told if method == "HEAD" else checked(path, told)
        finally:
            connection.close()

    def admin(self):
        answer = self.call("POST", "/api/v1/admin/login", self.credentials["admin"], key=None)
        assert answer.status == 200, answer.body
        return answer.json()["access_token"]

    def post(self, events, key="write", **document):
        answer = self.call("POST", "/api/v1/events", {"events": events, **document}, key=key)
        assert answer.status == 200, (answer.status, answer.body[:500])
        return answer.json()

    def graphql(self, query, key="read", **variables):
        answer = self.call("POST", "/graphql", {"query": query, "variables": variables}, key=key)
        assert answer.status == 200, (answer.status, answer.body[:500])
        out = answer.json()
        if any("retry_after_ms" in error.get("extensions", {}) for error in out.get("errors", [])):
            raise Unavailable(out["errors"])
        assert "errors" not in out, out["errors"]
        return out["data"]

    def ledger(self):
        return self.graphql("{ ledger { pending balanced rows { key accepted stored repeated dropped rejected } } }")["ledger"]

    def row(self, wait_s=30):
        """The ledger's one row that is not empty, once everything has been folded."""
        rows = [r for r in self.drained(wait_s)["rows"] if r["accepted"] or r["rejected"]]
        assert len(rows) == 1, rows
        return rows[0]

    def drained(self, wait_s=30):
        """Waits until everything acknowledged has been folded."""
        give_up = time.monotonic() + wait_s
        while True:
            try:
                ledger = self.ledger()
                if ledger["pending"] == 0:
                    assert ledger["balanced"], ledger
                    return ledger
            except Unavailable as passing:  # a broker that has just come back
                ledger = passing
            assert time.monotonic() < give_up, f"still pending after {wait_s} s: {ledger}"
            time.sleep(0.05)


def run(tests):
    """Runs the functions whose names begin with test_; ends with the line that says how many passed."""
    passed = failed = 0
    for name, test in sorted(tests.items()):
        if not name.startswith("test_") or (len(sys.argv) > 1 and name not in sys.argv[1:]):
            continue
        began = time.monotonic()
        try:
            test()
            passed += 1
            print(f"ok   {name} {time.monotonic() - began:.1f} s", flush=True)
        except Exception as error:  # noqa: BLE001 — every failure is reported, the others still run
            failed += 1
            import traceback
            traceback.print_exc()
            print(f"FAIL {name}: {error}", flush=True)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)
