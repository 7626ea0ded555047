"""The API's documents and the binary are the same; every refusal is a registered problem (RELIABILITY S17, S21)."""
import http.client
import json
import os
import re

from gk import ROOT, Server, golden, run

GOLDEN = os.path.join(ROOT, "docs", "api", "openapi.json")
METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH"]


def pretty(document):
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def fetched(server):
    answer = server.call("GET", "/openapi.json", key=None)
    assert answer.status == 200 and answer.headers["Content-Type"].startswith("application/json")
    return answer.json()


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def matches(pattern, path):
    return re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), path)


def filled(path):
    return re.sub(r"\{\w+\}", "nobody", path)


def check_problem(answer, document, status=None):
    problem = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json", (answer.headers["Content-Type"], answer.body)
    assert status is None or answer.status == status, (answer.status, problem)
    assert problem["status"] == answer.status, problem
    assert problem["type"] == f"urn:gamekeeper:problem:{problem['code']}", problem
    about = document["x-problems"].get(problem["code"])
    assert about, f"the code {problem['code']} is not registered in src/operate/api_parts.json"
    assert answer.status in about["status"], f"{problem['code']} is registered for {about['status']}, not {answer.status}"
    schema = document["components"]["schemas"]["Problem"]
    assert set(schema["required"]) <= set(problem) <= set(schema["properties"]), problem
    for told in ("/tmp/", ".db", "SELECT", "sqlite", ".cpp", "std::"):
        assert told not in json.dumps(problem), problem
    return problem


def test_the_document_in_the_repository_is_the_binarys():
    with Server() as server:
        golden(GOLDEN, pretty(fetched(server)))


def references(node):
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_the_document_is_whole():
    with Server() as server:
        document = fetched(server)
        assert document["openapi"] == "3.1.0" and document["info"]["version"]
        ids = [operation.get("operationId") for _, _, operation in operations(document)]
        bare = [f"{m} {p}" for m, p, operation in operations(document) if not operation.get("operationId")]
        assert not bare, f"no part in src/operate/api_parts.json for {bare}"
        assert len(set(ids)) == len(ids)
        with open(os.path.join(ROOT, "src", "operate", "api_parts.json"), encoding="utf-8") as f:
            parts = json.load(f)["operations"]
        assert set(parts) == {f"{m} {p}" for m, p, _ in operations(document)}, "a part without a route"
        for reference in set(references(document)):
            node = document
            for step in reference.removeprefix("#/").split("/"):
                assert step in node, f"{reference} leads nowhere"
                node = node[step]
        used = {r.rsplit("/", 1)[1] for r in references(document) if "/schemas/" in r}
        assert used == set(document["components"]["schemas"]), "a schema that nothing uses"
        tags = {t["name"] for t in document["tags"]}
        for method, path, operation in operations(document):
            assert set(operation["tags"]) <= tags and operation["summary"] and operation["x-who-may-call"], (method, path)
            assert set(re.findall(r"\{(\w+)\}", path)) == {p["name"] for p in operation.get("parameters", []) if p.get("in") == "path"}, path
            assert any(status.startswith("2") for status in operation["responses"]), (method, path)
            assert (operation["security"] == []) == (operation["x-who-may-call"] == ["anyone"]), (method, path)


def test_every_route_knows_its_methods_and_says_so():
    """RELIABILITY S21: each path with each method; 405 with exactly the methods that there are, and none of them answers so."""
    with Server() as server:
        document = fetched(server)
        token = server.admin()
        tried = 0
        for path, methods in document["paths"].items():
            # …/dead-letters/replay is also a …/dead-letters/{id}.
            known = {m for m, pattern, _ in operations(document) if matches(pattern, filled(path))}
            allowed = known | {"OPTIONS"} | ({"HEAD"} if "GET" in known else set())
            for method in [*METHODS, "HEAD", "TRACE", "FOO", "get"]:
                answer = server.call(method, filled(path), key=token)
                tried += 1
                if method in allowed:
                    assert answer.status != 405, (method, path)
                    if answer.status == 404:
                        assert "{" in path or method not in {m.upper() for m in methods} | {"HEAD"}, f"{method} {path} is documented and not there"
                    continue
                stranger = server.call(method, filled(path), key=None)
                assert stranger.status == 405 and stranger.headers["Allow"] == answer.headers["Allow"], (method, path, stranger.status)
                if method != "HEAD":  # which has no body
                    check_problem(answer, document, 405)
                assert answer.status == 405 and set(answer.headers["Allow"].split(", ")) == allowed, (method, path, answer.status, answer.headers["Allow"], allowed)
            options = server.call("OPTIONS", filled(path), key=None)
            assert options.status == 204 and set(options.headers["Allow"].split(", ")) == allowed, (path, options.headers["Allow"], allowed)
        assert tried == 9 * len(document["paths"]) and tried > 200, tried
        check_problem(server.call("CONNECT", "/health", key=None), document, 405)


def test_who_may_call_is_as_documented():
    with Server() as server:
        document = fetched(server)
        kinds = {"write key": server.key("write"), "read key": server.key("read"), "server key": server.key("server")}
        for method, path, operation in operations(document):
            may = operation["x-who-may-call"]
            if may == ["anyone"]:
                continue
            if "anyone while there is one app" not in may:
                check_problem(server.call(method, filled(path), key=None), document, 401)
            check_problem(server.call(method, filled(path), key="gk_unknown"), document, 401)
            for name, key in kinds.items():
                answer = server.call(method, filled(path), key=key)
                assert (answer.status in (401, 403)) == (name not in may), (method, path, name, answer.status)
                if name not in may:
                    check_problem(answer, document, 403)


BAD_BODIES = {"none": b"", "text": b"no json", "list": b"[]", "deep": b"[" * 100_000, "bytes": b"\xff\xfe\x00", "number": b"1", "unknown field": b'{"nonsense":1}',
              "wrong types": b'{"username":1,"password":[],"events":{},"query":2,"ids":"x","id":{},"kind":9,"settings":[],"token":0,"event":"x"}'}


def test_every_refusal_is_a_registered_problem():
    with Server() as server:
        document = fetched(server)
        token = server.admin()
        player = server.call("POST", "/api/v1/auth/device", {"device_id": "one"}).json()["access_token"]
        seen = set()

        def refuse(method, path, body, key, headers=None, status=None):
            answer = server.call(method, path, body, key=key, headers=headers)
            graphql = "/graphql" in path and answer.status in (200, 400) and "problem" not in answer.headers["Content-Type"]
            if answer.status >= 400 and not graphql:
                seen.add(check_problem(answer, document, status)["code"])
            return answer

        for method, path, operation in operations(document):
            if "requestBody" not in operation:
                continue
            who = operation["x-who-may-call"]
            key = server.key("write") if "write key" in who else server.key("read") if "read key" in who else player if who == ["player"] else token
            for name, body in BAD_BODIES.items():
                answer = refuse(method, filled(path), body, key, {"Content-Type": "application/json"})
                assert 200 <= answer.status < 500, (method, path, name, answer.status)
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema
            for name, shape in schema["properties"].items():
                wrong = "x" if shape.get("type") == "number" else 1.5
                answer = refuse(method, filled(path), {**dict.fromkeys(schema.get("required", []), "x"), name: wrong}, key)
                assert 400 <= answer.status < 500 or "graphql" in path, (method, path, name, answer.status)
            for headers in ({"Content-Type": "text/csv"}, {"Content-Type": "application/json", "Content-Encoding": "lzma"},
                            {"Content-Type": "application/json", "Content-Encoding": "gzip"}):
                assert refuse(method, filled(path), b"{}x", key, headers).status < 500, (method, path, headers)
        refuse("GET", "/api/v1/nothing", None, None, status=404)
        refuse("GET", "/api/v1/admin/audit?limit=0", None, token, status=400)
        refuse("GET", "/api/v1/admin/audit?cursor=%00x", None, token)
        refuse("GET", "/graphql", None, "read", {"Accept": "image/png"}, status=406)
        refuse("POST", "/api/v1/events", b"{}", "write", {"Content-Type": "application/json", "Expect": "the moon"}, status=417)
        refuse("POST", "/api/v1/admin/admins", {"username": "x", "password": "short", "role": "admin"}, token, status=400)
        refuse("POST", "/api/v1/admin/apps", {"id": "demo"}, token, status=409)
        refuse("POST", "/api/v1/admin/login", {"username": "admin", "password": "wrong password"}, None, status=401)
        refuse("GET", "/" + "x" * 9000, None, None, status=414)
        refuse("GET", "/health", None, None, {"X-Long": "x" * 20_000}, status=431)
        refuse("GET", "/health", None, None, {f"X-{i}": "1" for i in range(200)}, status=431)
        big = {"Content-Type": "application/json", "Content-Length": str(64 << 20)}
        refuse("POST", "/api/v1/events", b"", "write", big, status=413)
        assert {"bad_json", "unknown_field", "bad_type", "unsupported_media_type", "unsupported_encoding", "not_found", "wrong_credentials", "exists"} <= seen, seen


def raw(server, data):
    import socket
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as s:
        s.sendall(data)
        answer = http.client.HTTPResponse(s)
        answer.begin()
        from gk import Answer
        return Answer(answer.status, answer.headers, answer.read())


def test_the_parsers_refusals_are_problems_too():
    with Server() as server:
        document = fetched(server)
        for data in (b"GET\r\n\r\n", b"\x16\x03\x01\x00\x00\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
                     b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
                     b"POST /api/v1/events HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nAuthorization: Bearer " + server.key("write").encode() + b"\r\n\r\nnonsense\r\n"):
            check_problem(raw(server, data), document, 400)
        check_problem(raw(server, b"GET / HTTP/2.0\r\nHost: a\r\n\r\n"), document, 505)


def test_codes_of_refused_events_and_of_graphql_are_registered():
    with Server() as server:
        problems = fetched(server)["x-problems"]
        events = [1, {}, {"name": "x"}, {"name": "!", "player_id": "p"}, {"name": "x", "player_id": ""}, {"name": "x", "player_id": "p", "seq": 1}, {"name": "x", "player_id": "p", "id": "1"},
                  {"name": "match.formed", "player_id": "p"}, {"name": "x", "player_id": "p", "time": "soon"}, {"name": "x", "player_id": "p", "time": 1},
                  {"name": "purchase", "player_id": "p", "properties": {"amount": -1, "currency": "EUR"}}, {"name": "purchase", "player_id": "p", "properties": {"amount": 1, "currency": "?"}},
                  {"name": "x", "player_id": "p", "properties": {"a": "x" * 40_000}}, {"name": "x", "player_id": "p", "nonsense": "x" * 70_000}]
        codes = {r["code"] for r in server.post(events)["rejected"]}
        assert len(codes) > 8 and codes <= set(problems), codes - set(problems)
        for query in ("{", "{ nothing }", "{ overview { nothing } }", "query A { overview { activeToday } } query B { overview { activeToday } }",
                      '{ series(metric: REVENUE, from: "2024-01-01T00:00:00Z", to: "2024-01-02T00:00:00Z", step: DAY) { key } }',
                      '{ series(metric: EVENTS, from: "2024-01-01T00:00:30Z", to: "2024-01-02T00:00:00Z", step: DAY) { key } }',
                      '{ series(metric: EVENTS, from: "2024-01-03T00:00:00Z", to: "2024-01-02T00:00:00Z", step: DAY) { key } }',
                      '{ series(metric: EVENTS, from: "2024-01-01T00:00:00Z", to: "2024-01-02T00:00:00Z", step: DAY, timezone: "Mars/Base") { key } }',
                      '{ percentiles(event: "x", property: "y", from: "2024-01-01T00:00:00Z", to: "2024-01-02T00:00:00Z", p: [2]) }',
                      "{ " + " ".join(f"a{i}: overview {{ activeToday }}" for i in range(200)) + " }", "subscription { overview { activeToday } }"):
            answer = server.call("POST", "/graphql", {"query": query}, key="read").json()
            found = {e["extensions"]["code"] for e in answer["errors"]}
            assert found and found <= set(problems), (query[:80], found - set(problems))


def test_every_code_in_the_source_is_registered():
    with open(os.path.join(ROOT, "src", "operate", "api_parts.json"), encoding="utf-8") as f:
        problems = set(json.load(f)["problems"])
    patterns = [r'ErrorKind::k\w+,\s*"([a-z_0-9]+)"', r'\b(?:invalid|unauthenticated)\("([a-z_0-9]+)"', r'\{\d{3}, "([a-z_0-9]+)"']
    # What never reaches a caller: starting up, calls of ours to others, sockets, what is answered as `internal`.
    inner = {"aborted", "address_not_allowed", "answer_too_large", "bad_address", "bad_certificate", "bad_discovery", "bad_frame", "bad_key_set", "bad_partition", "bad_record", "bad_schema", "bad_topic", "bad_url", "claimed", "closed", "corrupt", "corrupt_cell",
             "empty", "fenced", "http_failed", "http_status", "http_timeout", "mail_failed", "mail_refused", "message_too_large", "newer_format", "port_in_use", "read_timeout", "resync", "text_only", "too_slow",
             "trimmed", "unsafe_settings"}
    used = set()
    for folder in ("base", "net", "gate", "operate", "events", "insight/ingest", "insight/analytics", "adapters"):
        for where, _, files in os.walk(os.path.join(ROOT, "src", folder)):
            for name in files:
                if "/testing" in where or not name.endswith((".cpp", ".h")) or name.endswith(("_test.cpp", "_for_test.h")):
                    continue
                with open(os.path.join(where, name), encoding="utf-8") as f:
                    text = f.read()
                used |= {code for pattern in patterns for code in re.findall(pattern, text)}
    assert used - problems <= inner, f"not registered in src/operate/api_parts.json: {sorted(used - problems - inner)}"
    assert inner <= used, f"no longer in the source: {sorted(inner - used)}"


def test_the_page_shows_it():
    with Server() as server:
        document = fetched(server)
        answer = server.call("GET", "/docs", key=None)
        page = answer.body.decode()
        assert answer.headers["Content-Type"].startswith("text/html") and "<script" not in page
        for method, path, operation in operations(document):
            assert f"<code>{method} {path}</code>" in page and f'id="{operation["operationId"]}"' in page, (method, path)
        for name in list(document["components"]["schemas"]) + [f"problem-{code}" for code in document["x-problems"]]:
            assert f'id="{name}"' in page, name


def test_the_sockets_document_is_true():
    with open(os.path.join(ROOT, "docs", "api", "asyncapi.json"), encoding="utf-8") as f:
        document = json.load(f)
    assert document["asyncapi"].startswith("3.")
    for reference in set(references(document)):
        node = document
        for step in reference.removeprefix("#/").split("/"):
            assert step in node, f"{reference} leads nowhere"
            node = node[step]
    with Server() as server:
        assert document["info"]["version"] == fetched(server)["info"]["version"]
        upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
        protocols = {}
        for channel in document["channels"].values():
            headers = channel["bindings"]["ws"].get("headers", {"properties": {}})["properties"]
            asked = {name: value["const"] for name, value in headers.items()}
            answer = server.call("GET", channel["address"], key=None, headers={**upgrade, **asked})
            assert answer.status == 101, (channel["address"], answer.status)
            protocols[channel["address"]] = answer.headers["Sec-WebSocket-Protocol"]
        assert protocols == {"/graphql": "graphql-transport-ws", "/ws": None}, protocols


def test_whatever_is_pushed_is_in_the_sockets_document():
    with open(os.path.join(ROOT, "docs", "api", "asyncapi.json"), encoding="utf-8") as f:
        known = json.load(f)["channels"]["ws"]["messages"]
    said = set()
    for where, _, files in os.walk(os.path.join(ROOT, "src", "play")):
        for name in files:
            if name.endswith(".cpp") and not name.endswith("_test.cpp"):
                with open(os.path.join(where, name), encoding="utf-8") as f:
                    said |= set(re.findall(r'flow::push\(.*?"([a-z_]+)",\s*(?:std::move\()?(?:data|\{)', f.read(), re.S))
    assert {"session_state", "queue_update", "match_found", "rating_changed", "notification", "leaderboard_update", "presence", "friend_changed"} <= said, said
    assert said <= set(known), f"not in docs/api/asyncapi.json: {said - set(known)}"


def test_what_an_app_that_is_not_there_answers_is_declared():
    with Server() as gk:
        document = gk.call("GET", "/openapi.json", key=None).json()
        token = gk.admin()
        for path, operations in document["paths"].items():
            operation = operations.get("get")
            if not operation or "{" in path or path == "/graphql":
                continue
            status = gk.call("GET", path, key=token, headers={"Gamekeeper-App": "none"}).status
            assert str(status) in operation["responses"], (path, status)


run(globals())
