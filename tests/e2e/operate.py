"""What an operator sees: traces in a collector, metrics, log lines, health."""
import json
import re
import secrets
import socket
import subprocess
import threading
import time
import uuid

from gk import Server, run
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


run(globals())
