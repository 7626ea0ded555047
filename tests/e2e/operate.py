"""What an operator sees: traces in a collector, metrics, log lines, health."""
import concurrent.futures
import json
import re
import secrets
import socket
import subprocess
import threading
import time
import uuid

from gk import BINARY, Server, run
from otlp_receiver import Receiver, attributes

HEX32, HEX16 = re.compile(r"[0-9a-f]{32}\Z"), re.compile(r"[0-9a-f]{16}\Z")


def traced(receiver, **env):
    return Server(env={"GAMEKEEPER_TELEMETRY_OTLP_ENDPOINT": receiver.url, **env})


def traceparent(trace_id, flags="01"):
    return {"traceparent": f"00-{trace_id}-{secrets.token_hex(8)}-{flags}"}


def by_name(spans, name):
    return next((s for s in spans if s["name"] == name), None)


def metric(server, name):
    """The sum of all series of a metric."""
    text = server.call("GET", "/metrics", key=None).body.decode()
    found = re.findall(rf"^{re.escape(name)}(?:\{{[^}}]*\}})? ([0-9.e+-]+)$", text, re.M)
    assert found, f"there is no metric {name}"
    return sum(float(v) for v in found)


def test_a_post_of_events_is_one_trace_from_request_to_fold():
    with Receiver() as receiver, traced(receiver) as server:
        trace = secrets.token_hex(16)
        parent = traceparent(trace)
        answer = server.call("POST", "/api/v1/events", {"events": [{"name": "hello", "player_id": "p"}]}, headers=parent)
        assert answer.status == 200, answer.body
        assert answer.headers["traceparent"].split("-")[1] == trace, answer.headers
        spans = receiver.wait_for(lambda _: (lambda t: t if by_name(t, "fold batch") else None)(receiver.trace(trace)))
        request, append, fold = (by_name(spans, n) for n in ("POST /api/v1/events", "log append", "fold batch"))
        assert request["parentSpanId"] == parent["traceparent"].split("-")[2]
        assert append["parentSpanId"] == request["spanId"]
        assert fold["parentSpanId"] == append["spanId"]
        assert answer.headers["traceparent"].split("-")[2] == request["spanId"]
        assert attributes(request)["http.route"] == "/api/v1/events"
        assert attributes(request)["http.response.status_code"] == 200
        assert attributes(append)["gamekeeper.events"] == 1 == attributes(fold)["gamekeeper.events"]
        for span in spans:
            assert HEX32.match(span["traceId"]) and HEX16.match(span["spanId"]), span
            assert 0 < int(span["startTimeUnixNano"]) <= int(span["endTimeUnixNano"]) <= time.time_ns(), span
            assert span["resource"]["service.name"] == "gamekeeper", span
        assert int(request["startTimeUnixNano"]) <= int(append["startTimeUnixNano"])
        assert set(receiver.requests) == {"/v1/traces"}


def test_a_graphql_query_is_one_trace():
    with Receiver() as receiver, traced(receiver) as server:
        trace = secrets.token_hex(16)
        answer = server.call("POST", "/graphql", {"query": "query Now { overview { activeToday } }", "operationName": "Now"}, key="read",
                             headers=traceparent(trace))
        assert answer.status == 200, answer.body
        spans = receiver.wait_for(lambda _: (lambda t: t if len(t) >= 2 else None)(receiver.trace(trace)))
        request, query = by_name(spans, "POST /graphql"), by_name(spans, "graphql query")
        assert query["parentSpanId"] == request["spanId"]
        assert attributes(query)["graphql.operation.name"] == "Now"


def test_traces_begin_here_and_obey_sampling():
    with Receiver() as receiver, traced(receiver, GAMEKEEPER_TELEMETRY_SAMPLE="0") as server:
        not_sampled, sampled = secrets.token_hex(16), secrets.token_hex(16)
        assert server.call("GET", "/health", key=None).headers["traceparent"].endswith("-00")
        server.call("GET", "/health", key=None, headers=traceparent(not_sampled, "00"))
        server.call("GET", "/health", key=None, headers=traceparent(sampled))
        receiver.wait_for(lambda _: receiver.trace(sampled))
        assert server.stop() == 0
        assert {s["traceId"] for s in receiver.spans} == {sampled}
    with Receiver() as receiver, traced(receiver) as server:
        header = server.call("GET", "/health", key=None).headers["traceparent"]
        span = receiver.wait_for(lambda _: receiver.trace(header.split("-")[1]))[0]
        assert "parentSpanId" not in span and span["spanId"] == header.split("-")[2]


def test_secrets_and_queries_stay_out_of_traces():
    canary = "canary" + secrets.token_hex(8)
    with Receiver() as receiver, traced(receiver, GAMEKEEPER_TELEMETRY_OTLP_HEADERS="Authorization: Bearer collector") as server:
        server.post([{"name": "hello", "player_id": canary, "properties": {"x": canary}}])
        server.call("GET", f"/health?token={canary}", key=None)
        server.call("POST", "/graphql", {"query": f'{{ percentiles(event: "{canary}", property: "x", from: "2020-01-01T00:00:00Z", to: "2020-01-02T00:00:00Z", p: [0.5]) }}'}, key="read")
        server.call("POST", "/api/v1/admin/login", {"username": canary, "password": canary}, key=None)
        server.call("GET", "/api/v1/admin/apps", key=canary)
        assert server.stop() == 0
        seen = json.dumps(receiver.spans)
        assert "graphql query" in seen and canary not in seen
        for kind in ("write", "read", "server"):
            assert server.key(kind) not in seen
        assert receiver.headers[0]["Authorization"] == "Bearer collector"


def test_a_collector_that_is_away_costs_spans_and_nothing_else():
    with socket.socket() as deaf:  # accepts, never answers
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(8)
        env = {"GAMEKEEPER_TELEMETRY_OTLP_ENDPOINT": f"http://127.0.0.1:{deaf.getsockname()[1]}", "GAMEKEEPER_TELEMETRY_QUEUE_SPANS_MAX": "20"}
        with Server(env=env) as server:
            for i in range(100):
                server.post([{"name": "hello", "player_id": f"p{i}"}])
            assert server.row()["stored"] == 100
            assert metric(server, "gamekeeper_trace_spans_dropped_total") > 0
            assert metric(server, "gamekeeper_trace_spans_exported_total") == 0
            assert server.stop() == 0
    with Receiver() as receiver, traced(receiver) as server:
        receiver.answer = 503
        trace = secrets.token_hex(16)
        server.call("GET", "/health", key=None, headers=traceparent(trace))
        with receiver.changed:
            assert receiver.changed.wait_for(lambda: receiver.requests, 30)
        receiver.answer = 200
        receiver.wait_for(lambda _: receiver.trace(trace))  # sent again


def test_nothing_is_traced_until_an_endpoint_is_set():
    with Server() as server:
        assert b"gamekeeper_trace_spans" not in server.call("GET", "/metrics", key=None).body



def busy(server):
    """A bit of everything, so that every family of metrics and every kind of log line is there."""
    server.post([{"name": "hello", "player_id": "p"}, {"name": "!bad", "player_id": "p"}])
    server.call("POST", "/api/v1/events", "no json", headers={"Content-Type": "application/json"})
    server.call("GET", "/api/v1/admin/apps/some-app/keys", key=server.admin())
    server.call("PUT", "/api/v1/admin/apps/demo", {"settings": {"timezone": "Europe/Berlin"}}, key=server.admin())
    server.call("GET", "/no/such/path?token=secret", key=None)
    server.call("GET", "/", key=None, headers={"Accept": "text/html"})
    server.drained()


def exposition(server):
    answer = server.call("GET", "/metrics", key=None)
    assert answer.status == 200 and answer.headers["Content-Type"].startswith("text/plain; version=0.0.4"), answer.headers
    return answer.body.decode()


def test_metrics_pass_promtool():
    with Receiver() as receiver, traced(receiver) as server:
        busy(server)
        text = exposition(server)
        checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=60)
        assert checked.returncode == 0 and not checked.stdout + checked.stderr, checked.stdout + checked.stderr


def test_durations_are_told_by_route_and_never_by_path():
    with Server() as server:
        busy(server)
        pattern = re.compile(r'^gamekeeper_http_request_duration_seconds_count\{(.*)\} (\d+)$', re.M)
        give_up = time.monotonic() + 30  # counts are handed on ten times a second
        while True:
            rows = [(dict(re.findall(r'(\w+)="([^"]*)"', labels)), int(n)) for labels, n in pattern.findall(exposition(server))]
            by = {(r["method"], r["route"], r["status"]): n for r, n in rows}
            if by.get(("GET", "/api/v1/admin/apps/{app}/keys", "4xx")) == 1 and by.get(("-", "(file)", "2xx")) == 1:
                break
            assert time.monotonic() < give_up, by
            time.sleep(0.1)
        assert by[("POST", "/api/v1/events", "2xx")] == 1 and by[("POST", "/api/v1/events", "4xx")] == 1, by
        assert by[("-", "(none)", "4xx")] == 1, by
        documented = {(m.upper(), p) for p, methods in server.call("GET", "/openapi.json", key=None).json()["paths"].items() for m in methods}
        assert {(m, r) for m, r, _ in by if m != "-"} <= documented, by
        assert 'le="0.0005"' in exposition(server)


def log_lines(server):
    """Everything on standard output, which must be lines of JSON and nothing else."""
    with open(server.log.name, "rb") as f:
        return [json.loads(line.decode("utf-8")) for line in f.read().splitlines()]


def check_line(line):
    stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    assert set(line) - {"player_id", "session_id"} == {"timestamp", "level", "service", "event", "details", "trace_id"}, line
    assert re.fullmatch(stamp, line["timestamp"]), line
    assert line["level"] in ("DEBUG", "INFO", "WARNING", "ERROR"), line
    assert re.fullmatch(r"[a-z][a-z-]*", line["service"]) and re.fullmatch(r"[a-z][a-z_.]*", line["event"]), line
    assert isinstance(line["details"], dict), line
    assert uuid.UUID(line["trace_id"]).hex == line["trace_id"], line


def test_every_line_on_standard_output_has_the_promised_shape():
    with Server(apart=True) as server:
        busy(server)
        trace = secrets.token_hex(16)
        server.call("GET", "/health?token=secret", key=None, headers={**traceparent(trace), "X-Request-ID": "mine"})
        raw = socket.create_connection(("127.0.0.1", server.port))
        raw.sendall(b"GET /\xff\xfe%22\x22 HTTP/1.1\r\nHost: x\r\nX-Request-ID: a\"b\r\n\r\n")
        raw.recv(4096)
        raw.close()
        assert server.stop() == 0
        lines = log_lines(server)
        for line in lines:
            check_line(line)
        events = {(line["service"], line["event"]) for line in lines}
        assert {("server", "ready"), ("server", "stopping"), ("server", "stopped"), ("http", "request")} <= events, events
        assert ("console", "audit") in events, events
        ready = next(line["details"] for line in lines if line["event"] == "ready")
        assert 0 < ready["stores_ms"] <= ready["duration_ms"], ready
        requests = [line for line in lines if line["event"] == "request"]
        for line in requests:
            details = line["details"]
            assert isinstance(details["request_id"], str) and re.match("/|$", details["path"]) and details["method"], line
            assert "secret" not in json.dumps(line), line
        served = {line["details"]["request_id"]: line["trace_id"] for line in requests}
        for line in (line for line in lines if line["event"] == "audit"):  # an act is found by the trace of its request
            assert line["trace_id"] == served[line["details"]["request_id"]], line
        mine = next(line for line in requests if line["details"]["request_id"] == "mine")
        assert mine["trace_id"] == trace and mine["details"]["path"] == "/health" and mine["details"]["status"] == 200, mine


def test_health():
    with Server() as server:
        assert server.call("GET", "/health", key=None).json() == {"status": "ok"}
        assert server.call("GET", "/livez", key=None).status == 200
        assert server.call("GET", "/readyz", key=None).json()["status"] == "ready"
        server.post([{"name": "hello", "player_id": "p"}])
        server.drained()
        strangers = server.call("GET", "/health/detailed", key=None).json()
        assert strangers["status"] == "ok", strangers
        assert set(strangers["checks"]) == {"documents", "log", "series", "processor", "leaderboards"}, strangers
        assert all(check == {"status": "ok"} for check in strangers["checks"].values()), strangers
        give_up = time.monotonic() + 30  # the lag is measured twice a second
        while (known := server.call("GET", "/health/detailed", key="read").json())["checks"]["processor"]["details"]["lag"]:
            assert time.monotonic() < give_up, known
            time.sleep(0.1)
        for name, check in known["checks"].items():
            assert check["status"] == "ok" and check["latency_ms"] >= 0 and check["details"]["version"], (name, check)
        assert known["version"] and known["checks"]["log"]["details"]["events"] == 1, known
        assert {p["state"] for p in known["checks"]["processor"]["details"]["partitions"]} == {"folding"}, known
        assert metric(server, "gamekeeper_ready") == 1
        assert metric(server, "gamekeeper_processor_partitions") == 2
        assert metric(server, "gamekeeper_data_free_bytes") > 0
        assert metric(server, "process_resident_memory_bytes") > 1 << 20


def test_readiness_fails_first_while_a_request_is_finished():
    with Server() as server:
        body = json.dumps({"events": [{"name": "hello", "player_id": "p"}]}).encode()
        slow = socket.create_connection(("127.0.0.1", server.port))
        slow.sendall(b"POST /api/v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer "
                     + server.key("write").encode() + b"\r\nContent-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body[:10])
        watch = socket.create_connection(("127.0.0.1", server.port))
        watch.sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b" 200 " in watch.recv(4096)
        done = threading.Thread(target=server.stop)
        done.start()
        time.sleep(0.5)
        slow.sendall(body[10:])
        assert b" 200 " in slow.recv(4096)
        done.join()
        assert server.process.returncode == 0



def test_dead_letters_have_a_bound_and_the_ledger_forgets_none():
    with Server(env={"GAMEKEEPER_INGEST_DEAD_LETTERS_MAX": "5"}) as server:
        for i in range(12):
            assert len(server.post([{"name": "!", "player_id": f"p{i}"}])["rejected"]) == 1
        listed = server.call("GET", "/api/v1/admin/dead-letters", key=server.admin()).json()["items"]
        assert [item["event"]["player_id"] for item in listed] == ["p11", "p10", "p9", "p8", "p7"], listed
        assert server.row()["rejected"] == 12
        assert metric(server, "gamekeeper_dead_letters_pushed_out_total") == 7
        assert server.call("DELETE", f"/api/v1/admin/dead-letters/{listed[0]['id']}", key=server.admin()).status == 204
        assert server.row()["rejected"] == 12


def test_only_a_trusted_proxy_says_who_the_client_is():
    """Seen in the limit of attempts to sign in, which production counts by address: 60 a minute."""

    def too_many(server, forwarded):
        """Whether some of 100 attempts at once, the n-th of them by forwarded(n), are too many."""
        def attempt(n):
            body = {"username": f"nobody{n}", "password": "x"}
            return server.call("POST", "/api/v1/admin/login", body, key=None, headers={"X-Forwarded-For": forwarded(n)}, timeout=120).status
        with concurrent.futures.ThreadPoolExecutor(100) as pool:
            return 429 in set(pool.map(attempt, range(100)))

    with Server() as first:
        data = first.data
        first.stop()
        for args in (("admin", "create", "ada"), ("admin", "remove", "admin")):
            subprocess.run([BINARY, *args, "--data", data], check=True, capture_output=True, input=b"a password of my own\n", timeout=60)
        for _ in range(3):
            refused = subprocess.run([BINARY, "serve", "--mode", "production", "--data", data, "--listen", f"127.0.0.1:{first.port}"], capture_output=True, text=True, timeout=60)
            key = re.search(r"key revoke --app demo ([\w-]+)", refused.stderr)[1]
            subprocess.run([BINARY, "key", "revoke", "--app", "demo", key, "--data", data], check=True, capture_output=True, timeout=60)
        with Server(data=data, args=("--mode", "production"), env={"GAMEKEEPER_SERVER_TRUSTED_PROXIES": "127.0.0.0/8"}) as server:
            assert not too_many(server, lambda n: f"198.51.100.{n}"), "each is a client of its own"
            assert too_many(server, lambda n: "203.0.113.1"), "all are one client"
            assert too_many(server, lambda n: f"198.51.100.{n}, 203.0.113.2"), "what stands left of the client is not believed"
        with Server(data=data, args=("--mode", "production")) as server:
            assert too_many(server, lambda n: f"198.51.100.{n}"), "nobody is trusted: the header is ignored"


def test_lists_of_the_administration_come_in_pages():
    with Server() as gk:
        token, base = gk.admin(), "/api/v1/admin"
        for n in range(4):
            gk.call("POST", f"{base}/apps/demo/keys", {"kind": "read", "name": str(n)}, key=token)
            gk.call("POST", f"{base}/apps", {"id": f"app-{n}"}, key=token)
            gk.call("POST", f"{base}/admins", {"username": f"Zoë {n}", "password": "a good password", "role": "analyst"}, key=token)
        for path, name in ((f"{base}/apps", "id"), (f"{base}/apps/demo/keys", "id"), (f"{base}/admins", "username")):
            whole = [item[name] for item in gk.call("GET", path, key=token).json()["items"]]
            assert len(whole) >= 5, whole
            paged, cursor = [], ""
            while cursor is not None:
                page = gk.call("GET", f"{path}?limit=2{cursor and '&cursor=' + cursor}", key=token).json()
                assert 1 <= len(page["items"]) <= 2, page
                paged += [item[name] for item in page["items"]]
                cursor = page["next_cursor"]
                assert cursor is None or cursor.replace("-", "").replace("_", "").isalnum(), cursor
            assert paged == whole, (path, paged, whole)
            for wrong, code in (("limit=0", "bad_limit"), ("limit=1001", "bad_limit"), ("limit=x", "bad_limit"), ("cursor=%00", "bad_cursor"), ("cursor=bm9wZQ", "bad_cursor")):
                answer = gk.call("GET", f"{path}?{wrong}", key=token)
                assert answer.status == 400 and answer.json()["code"] == code, (path, wrong, answer.body)


def test_writes_of_the_administration_take_json_alone():
    with Server() as gk:
        token = gk.admin()
        for method, path in (("POST", "apps"), ("PUT", "apps/demo"), ("POST", "apps/demo/keys"), ("POST", "admins"), ("POST", "login"), ("POST", "signing-key/rotate"), ("POST", "dead-letters/replay")):
            answer = gk.call(method, f"/api/v1/admin/{path}", '{"id":"x"}', key=token, headers={"Content-Type": "text/plain"})
            assert answer.status == 415 and answer.json()["code"] == "unsupported_media_type", (path, answer.body)
        assert gk.call("POST", "/api/v1/admin/apps", '{"id":"x"}', key=token, headers={"Content-Type": "Application/JSON; charset=utf-8"}).status == 201


def test_answers_stay_out_of_caches_and_pages_have_a_policy():
    with Server() as gk:
        for path, key in (("/health", None), ("/api/v1/admin/apps", gk.admin()), ("/nowhere", None)):
            assert gk.call("GET", path, key=key).headers["Cache-Control"] == "no-store", path
        assert "default-src 'none'" in gk.call("GET", "/docs", key=None).headers["Content-Security-Policy"]
        page = gk.call("GET", "/", key=None, headers={"Accept": "*/*"})
        assert page.status == 200 and page.headers["Cache-Control"] == "no-cache" and b"<!doctype html>" in page.body.lower(), page.body[:200]


run(globals())
