"""GraphQL over HTTP: the public audits against the real binary, limits that refuse before anything runs, GraphiQL in Chromium."""
import json
import os
import re
import subprocess
import time

from gk import ROOT, Server, run

AUDIT = os.path.join(ROOT, "tests", "e2e", "graphql_audit")
AUDITS = 61
GRAPHQL = {"Content-Type": "application/json", "Accept": "application/graphql-response+json"}


def installed(folder):
    """The packages that the lock file names, fetched once; a fetch that hangs ends."""
    lock, mark = os.path.join(folder, "package-lock.json"), os.path.join(folder, "node_modules", ".package-lock.json")
    if not os.path.exists(mark) or os.path.getmtime(mark) < os.path.getmtime(lock):
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error", "--fetch-timeout=60000"], cwd=folder,
                       check=True, timeout=240, stdin=subprocess.DEVNULL)
        os.utime(mark)


def test_audits_of_graphql_over_http():
    installed(AUDIT)
    with Server() as gk:
        done = subprocess.run(["node", "audit.mjs", f"http://127.0.0.1:{gk.port}/graphql", gk.key("read")], cwd=AUDIT, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        audits = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(audits) == AUDITS, len(audits)
        failed = [a for a in audits if a["status"] != "ok"]
        assert not failed, "\n".join(f'{a["id"]} {a["name"]}: {a["reason"]}' for a in failed)


def test_graphiql_in_chromium():
    with Server() as gk:
        gk.post([{"name": "a", "player_id": "p"}])
        gk.drained()
        link = re.search(r"http://\S+/signin\?token=\S+", gk.output()).group(0)
        done = subprocess.run(["node", "graphiql.e2e.mjs", f"http://127.0.0.1:{gk.port}", gk.key("read"), link], cwd=os.path.join(ROOT, "web"),
                              capture_output=True, text=True, timeout=240)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]


def too_complex():
    """Requests over each limit of the schema, with the limit's name."""
    retention = 'retention(from: "2026-01-01", to: "2026-01-31", days: [1, 7]) { cohorts { date size retained } }'
    yield "depth", "{" + "ledger{rows{" * 6 + "key" + "}}" * 6 + "}"
    yield "tokens", "{" + " __typename" * 2001 + "}"
    yield "nesting", "{a" * 100_000
    yield "nesting", "{a(b:" + "[" * 100_000
    yield "aliases", "{" + " ".join(f"a{n}: __typename" for n in range(31)) + "}"
    yield "directives", "{ __typename " + "@include(if: true) " * 150 + "}"
    yield "tokens", "{ __typename " + "@a " * 10_000 + "}"
    yield "cost", "{" + " ".join(f"a{n}: {retention}" for n in range(25)) + "}"
    doubled = "fragment f0 on Overview { playersOnline newToday } " + " ".join(f"fragment f{n} on Overview {{ ...f{n - 1} ...f{n - 1} }}" for n in range(1, 40))
    yield "cost", "{ overview { ...f39 } } " + doubled
    lists = "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }"
    yield "introspection", lists


def invalid():
    yield "{ overview { ...a } } fragment a on Overview { ...b } fragment b on Overview { ...a }"
    yield "{ nothing }"
    yield "{ ledger }"
    yield "{ overview { playersOnline { x } } }"
    yield 'query($a: Nothing!) { __typename }'
    yield "query($a: Int!) { __typename }"
    yield '{ funnel(steps: []) { event } }'
    yield "{"
    yield "\0"
    yield "[" * 100_000
    yield "query(" + "$" * 100_000
    yield '{ __typename "'


def ask(gk, query, **body):
    answer = gk.call("POST", "/graphql", {"query": query, **body}, key="read", headers=GRAPHQL)
    return answer, answer.json()


def test_limits_refuse_before_anything_runs():
    with Server() as gk:
        for limit, query in too_complex():
            began = time.monotonic()
            answer, told = ask(gk, query)
            shown = (limit, query[:100], answer.status, answer.body[:300])
            assert answer.status == 400 and "data" not in told, shown
            assert len(told["errors"]) == 1 and told["errors"][0]["extensions"]["code"] == "too_complex", shown
            extensions = told["errors"][0]["extensions"]
            assert extensions["field"] == limit and float(extensions["limit"]) > 0, shown
            assert time.monotonic() - began < 5, shown
            # With the older type of answer nothing runs either.
            plain = gk.call("POST", "/graphql", {"query": query}, key="read", headers={"Content-Type": "application/json", "Accept": "application/json"})
            assert "data" not in plain.json(), shown


def test_what_is_no_request():
    with Server() as gk:
        for query in invalid():
            answer, told = ask(gk, query)
            assert answer.status == 400 and "data" not in told and told["errors"][0]["message"], (query, answer.body)
        for body, field in [(b"", "body"), (b"[]", "body"), (b"1", "body"), (b'{"query":1}', "query"), (b"{}", "query"), (b'{"query":"{a}","variables":[]}', "variables"),
                            (b'{"query":"{a}","operationName":1}', "operationName"), (b'{"query":"{a}","extensions":1}', "extensions"),
                            (b'[{"query":"{__typename}"}]', "body"), (b'{"query":"{__typename}"', "body"), (b'{"query":"\xff"}', "body"), (b"[" * 100_000, "body")]:
            answer = gk.call("POST", "/graphql", body, key="read", headers=GRAPHQL)
            told = answer.json()
            assert answer.status == 400 and told["errors"][0]["extensions"].get("field") == field, (body[:60], answer.status, answer.body[:300])


def test_variables_are_checked():
    query = "query($f: DateTime!, $t: DateTime!, $s: Step!, $n: Int) { series(metric: EVENTS, from: $f, to: $t, step: $s, limit: $n) { total } }"
    good = {"f": "2026-01-01T00:00:00Z", "t": "2026-01-02T00:00:00Z", "s": "HOUR"}
    with Server() as gk:
        for wrong in ({"f": None}, {"f": 1}, {"f": "yesterday"}, {"s": "hour"}, {"s": "CENTURY"}, {"n": 2**31}, {"n": 1.5}, {"n": "1"}, {"n": [1]}):
            answer, told = ask(gk, query, variables={**good, **wrong})
            assert answer.status == 400 and "data" not in told and told["errors"], (wrong, answer.body)
        for wrong in ({"f": "2026-01-01T00:00:30Z"}, {"t": "2025-01-01T00:00:00Z"}, {"n": 0}, {"n": -1}, {"n": 1_000_000}, {"s": "MINUTE", "f": "1900-01-01T00:00:00Z"}):
            answer, told = ask(gk, query, variables={**good, **wrong})
            assert told.get("data") is None and told["errors"][0]["extensions"]["code"], (wrong, answer.body)
        grouped = query.replace("limit: $n", "limit: $n, groupBy: EVENT")
        answer, told = ask(gk, grouped, variables={**good, "s": "MINUTE", "n": 1000})
        assert told["errors"][0]["extensions"]["code"] == "too_many_points", answer.body[:300]
        answer, told = ask(gk, query, variables=good)
        assert answer.status == 200 and "errors" not in told, answer.body


run(globals())
