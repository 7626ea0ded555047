"""Fields of bodies and answers (RELIABILITY S3): every answer has the fields that the API's document declares and no other;
no body changes what it may not, neither by a field of the answer nor by one that nobody knows."""
import json

from answers import ok, refused
from api_document import body_schema, differences, operation, parameters, properties
from authorization import routes_of
from calls import CALLS
from gk import Server, run
from injection import Tester

# What is not ours to name: GraphQL's own envelope; the envelope of events, in which older servers meet newer games (ADR 8).
FREE = {"POST /graphql", "POST /api/v1/events"}


def answer_schema(document, route, status):
    declared = operation(document, route)["responses"].get(str(status), {}).get("content", {})
    return next((c["schema"] for kind, c in declared.items() if "json" in kind and "schema" in c), None)


def test_every_answer_is_what_the_document_declares():
    with Server() as gk:
        tester, wrong, checked = Tester(gk), [], 0
        refused = gk.post([{"name": "x", "player_id": "p"}, {"name": "x"}, {"name": "x", "player_id": "p" * 129}])
        wrong += differences(tester.document, answer_schema(tester.document, "POST /api/v1/events", 200), refused)
        for route in 2 * sorted(r for r in routes_of(gk) if r in CALLS):  # the second time lists are no longer empty
            answer = tester.ask(route)
            if answer.status >= 300 or not answer.body:
                continue
            schema = answer_schema(tester.document, route, answer.status)
            if schema is None:
                wrong.append(f"{route}: {answer.status} is not declared")
                continue
            checked += 1
            wrong += [f"{route}: {line}" for line in differences(tester.document, schema, json.loads(answer.body))]
        assert not wrong, "\n".join(wrong)
        assert checked > 140, checked
        print(f"     {checked} answers", flush=True)


def test_every_list_comes_in_pages():
    """A list takes `limit` and `cursor`, says so, and refuses what is neither."""
    with Server() as gk:
        tester, wrong, tried = Tester(gk), [], 0
        for route in sorted(r for r in routes_of(gk) if r.startswith("GET ") and r in CALLS):
            schema = answer_schema(tester.document, route, 200)
            if schema is None or "next_cursor" not in properties(tester.document, schema):
                continue
            tried += 1
            if missing := {"limit", "cursor"} - {p["name"] for p in parameters(tester.document, route, "query")}:
                wrong.append(f"{route} does not declare {missing}")
            call, headers = tester.good(route)
            path = call.path(route.split(" ", 1)[1])
            for query, field in (("limit=0", "limit"), ("limit=1001", "limit"), ("limit=x", "limit"), ("cursor=nonsense", "cursor")):
                answer = tester.call("GET", path + ("&" if "?" in path else "?") + query, None, headers)
                if answer.status != 400 or json.loads(answer.body)["field"] != field:
                    wrong.append(f"{route} {query}: {answer.status} {answer.body[:120]}")
        assert not wrong, "\n".join(wrong)
        assert tried > 25, tried


def test_a_key_stands_once_in_a_body():
    with Server() as gk:
        tester, wrong, tried = Tester(gk), [], 0
        for route in sorted(r for r in routes_of(gk) if r in CALLS and r not in FREE):
            call, headers = tester.good(route)
            if not isinstance(call.body, dict) or not call.body or route == "PUT /api/v1/admin/dead-letters/{id}":  # whose events have readers of their own
                continue
            tried += 1
            method, pattern = route.split(" ", 1)
            name, value = next(iter(call.body.items()))
            text = json.dumps({name: value})[:-1] + ", " + json.dumps(call.body)[1:]
            answer = tester.raw(method, call.path(pattern), text.encode(), {**headers, "Content-Type": "application/json"})
            problem = json.loads(answer.body) if answer.status >= 400 else {}
            if (answer.status, problem.get("code"), problem.get("field")) != (400, "duplicate_field", name):
                wrong.append(f"{route} {text[:80]}: {answer.status} {answer.body[:120]}")
        assert not wrong, f"{len(wrong)} of {tried}:\n" + "\n".join(wrong)
        assert tried > 40, tried
        who = tester.house.player["player_id"]
        for state, field in [('{"a": {"x": 1, "\\u0078": 2}}', "state.a.x"), ('{"list": [{"y": 0}, {"y": 1, "z": [], "y": 2}]}', "state.list[1].y"), ('{"": 1, "": 1}', "state.")]:
            body = f'{{"players": ["{who}"], "state": {state}}}'
            answer = gk.call("POST", "/api/v1/sessions", body, key="server", headers={"Content-Type": "application/json"})
            refused(answer, 400, "duplicate_field", field)
        kept = {"a:b": "c:\"d\":", "\\": {"a:b": [":", {"x": 1}, {"x": "\\\":"}]}}
        assert ok(gk.call("POST", "/api/v1/sessions", {"players": [who], "state": kept}, key="server"), 201)["state"] == kept


def test_no_body_changes_what_it_may_not():
    with Server() as gk:
        tester, wrong, tried = Tester(gk), [], 0
        for route in sorted(routes_of(gk)):
            schema = body_schema(tester.document, route) if route in CALLS and route not in FREE else None
            if schema is None or "properties" not in schema:
                continue
            answers = [s for status in (200, 201, 202) if (s := answer_schema(tester.document, route, status))]
            read_only = set().union(*(properties(tester.document, s) for s in answers)) - set(schema["properties"])
            for name in sorted(read_only) + ["nobody_knows_this", "__proto__", "constructor", "is_admin"]:
                for value in (1, "x", True, {}, None):
                    call, headers = tester.good(route)
                    method, pattern = route.split(" ", 1)
                    answer = tester.call(method, call.path(pattern), {**(call.body or {}), name: value}, headers)
                    tried += 1
                    problem = json.loads(answer.body) if answer.status >= 400 else {}
                    if answer.status != 400 or problem["code"] not in ("unknown_field", "read_only") or name not in problem.get("field", ""):
                        wrong.append(f"{route} {name}: {value!r}: {answer.status} {answer.body[:120]}")
                        break
            call, headers = tester.good(route)
            many = {**(call.body or {}), **{f"unknown_{n}": n for n in range(50)}}
            answer = tester.call(method, call.path(pattern), many, headers)
            assert answer.status == 400, (route, answer.status, answer.body)
        assert not wrong, f"{len(wrong)} of {tried}:\n" + "\n".join(wrong)
        print(f"     {tried} bodies", flush=True)


run(globals())
