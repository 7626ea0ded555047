"""Answers out: a small GET, a chart over GraphQL, retention of ten million players a day."""
import json
import os
import statistics
import subprocess
import time
import http.client

from load import load, post_events
from machine import BUILD, Gamekeeper, fastapi_peer, fresh_folder, go_peer, http_control, remove, yoga_peer
from rows import alternate, goal, row

DAY_MS = 86_400_000
ONE_THREAD = {"GAMEKEEPER_SERVER_THREADS": "1"}


def get(plan):
    """GET /health of one thread. All figures are requests per processor second of the server, so that neither the
    client's share of the machine nor somebody else's counts."""
    with Gamekeeper("ingest", env=ONE_THREAD) as ours, http_control() as control, go_peer(cores=1) as go, fastapi_peer() as fastapi:
        def of(program):
            return lambda: load(program.port, "get", "/health", plan.seconds, program.pid)["per_core"]

        for program in (ours, control, go, fastapi):
            load(program.port, "get", "/health", 0.5)
        for name, program, least in (("control", control, 0.85), ("Go net/http", go, 1.3), ("FastAPI, uvicorn", fastapi, 8.0)):
            result = alternate(plan.rounds, of(ours), of(program))
            yield row("small GET", result["value"], "requests/s a core", goal("ratio", ">=", least), name, result["peer_value"],
                      result["ratio"], rounds=result["rounds"])


def graphql(plan):
    """`series` of 60 minutes, from four weeks of minutes; ranges in turn, more of them than the cache of answers holds."""
    minutes = 28 * 1440
    first = int(time.time() * 1000) // DAY_MS * DAY_MS - 28 * DAY_MS
    with Gamekeeper(env=ONE_THREAD) as ours, yoga_peer() as yoga:
        post_events(ours, 60, units=minutes * 5, from_ms=first, minutes=minutes, sessions=1000, run=1)
        ours.drained(120)

        def series(program, ranges, **options):
            return load(program.port, "series", "/graphql", plan.seconds, program.pid, from_ms=first, ranges=ranges, **options)["per_core"]

        def varying():
            return series(ours, minutes - 60, key=ours.key("read"))

        def same():
            return series(ours, 1, key=ours.key("read"))

        def peer():
            return series(yoga, 1)

        same(), peer()  # warm
        result = alternate(plan.rounds, varying, peer)
        figures = {k: result[k] for k in ("peer_value", "ratio")}
        yield row("GraphQL series", result["value"], "requests/s a core", goal("value", ">=", 25_000), "graphql-yoga", **figures,
                  rounds=result["rounds"])
        yield row("GraphQL series", result["value"], "requests/s a core", goal("ratio", ">=", 5), "graphql-yoga", **figures)
        result = alternate(plan.rounds, same, peer)
        yield row("GraphQL series, remembered", result["value"], "requests/s a core", goal("value", ">=", 25_000), "graphql-yoga",
                  result["peer_value"], result["ratio"], rounds=result["rounds"])


def retention(plan):
    """30 cohorts × 30 days, ten million players a day, in the app's zone; every request another one."""
    zone, data = "Europe/Berlin", fresh_folder("retention")
    try:
        with Gamekeeper("analytics", data=data) as server:
            server.stop()
            out = subprocess.run([os.path.join(BUILD, "bench_make_days"), data, str(plan.daily_players), zone], check=True,
                                 capture_output=True, text=True)
            first = time.mktime(time.strptime(out.stdout.strip(), "%Y-%m-%d"))
            server.start()
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
            headers = {"Authorization": "Bearer " + server.key("read"), "Content-Type": "application/json"}

            def ask(n):
                days = [1 + (n + i) % 30 for i in range(30)]
                query = ('{ retention(from: "%s", to: "%s", days: %s, timezone: "%s") { cohorts { date size retained } } }'
                         % (date(first), date(first + 30 * 86_400), days, zone))
                began = time.monotonic()
                connection.request("POST", "/graphql", json.dumps({"query": query, "variables": {"n": n}}), headers)
                answer = json.loads(connection.getresponse().read())
                ms = (time.monotonic() - began) * 1000
                cohorts = answer["data"]["retention"]["cohorts"]
                assert len(cohorts) == 30 and all(c["size"] > 0 and all(c["retained"]) for c in cohorts), answer
                return ms

            cold = ask(0)
            times = sorted(ask(n) for n in range(1, 101))
            yield row("retention 30×30", statistics.median(times), "ms", goal("value", "<=", 10), p99_ms=times[98], cold_ms=cold,
                      daily_players=plan.daily_players)
    finally:
        remove(data)


def date(seconds):
    return time.strftime("%Y-%m-%d", time.localtime(seconds + 43_200))
