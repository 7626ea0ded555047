"""The player's side over HTTP: new accounts, logins, sessions, and what players read again and again."""
import json
import os
import random
import statistics

from load import begin, call_all, finish, load, seeds, spent_by
from machine import Gamekeeper, SessionsPeer, cpu_s, fresh_folder, remove
from play_rows import make_players
from rows import alternate, goal, row

# Players come from everywhere; the load says so as a load balancer would, so that no limit of one address is met.
BEHIND_PROXY = {"GAMEKEEPER_SERVER_TRUSTED_PROXIES": "127.0.0.0/8"}
ONE_THREAD = {"GAMEKEEPER_SERVER_THREADS": "1"}
PASSWORD = "correct horse battery"


class Calls:
    """A file of calls for bench_load: (method, path, token, body)."""

    def __init__(self, calls):
        self.folder = fresh_folder("calls")
        self.file = os.path.join(self.folder, "calls")
        with open(self.file, "w", encoding="utf-8") as f:
            for method, path, token, body in calls:
                f.write("\t".join((method, path, token, json.dumps(body) if body else "")) + "\n")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        remove(self.folder)


def devices(plan):
    """New accounts by device, durable (player, credentials, refresh family, fact), both cores; by the wall clock."""
    with Gamekeeper(env=BEHIND_PROXY) as server:
        def run(seconds):
            return load(server.port, "devices", "/api/v1/auth/device", seconds, server.pid, key=server.key("write"), connections=256,
                        seed=next(seeds))

        run(1)
        runs = [run(plan.seconds) for _ in range(plan.rounds)]
        yield row("new account by device, durable", middle(runs, "units_per_s"), "accounts/s", goal("value", ">=", 15_000),
                  per_core=middle(runs, "per_core"), cores=middle(runs, "server_cores"), p99_ms=middle(runs, "p99_ms"),
                  rounds=[r["units_per_s"] for r in runs])


def login(plan):
    """Logins by password (Argon2id, 19 MiB) without a pause, while others read their profile 1000 times a second by the clock."""
    with Gamekeeper(env=BEHIND_PROXY) as server:
        accounts = [{"username": f"player{n}", "password": f"{PASSWORD} {n}"} for n in range(64)]
        made = call_all(server.port, [("POST", "/api/v1/auth/register", server.key("write"), {**a}) for a in accounts], at_once=4)
        reads = [("GET", "/api/v1/auth/profile", m["access_token"], None) for m in made]
        logins = [("POST", "/api/v1/auth/login", server.key("write"), a) for a in accounts]
        with Calls(reads) as some_reads, Calls(logins) as some_logins:
            def read_while(seconds, logging_in):
                before = cpu_s(server.pid)
                other = begin(server.port, "calls", "/", seconds, body=some_logins.file, through_proxy=True, connections=8,
                              seed=next(seeds)) if logging_in else None
                out = load(server.port, "calls", "/", seconds, body=some_reads.file, rate=1000, warm=0.3, connections=64, seed=next(seeds))
                if other:
                    done = finish(other, seconds + 120)
                    assert done["refused"] == 0, f"the server refused some of it: {done}"
                    out["logins_per_s"] = done["units_per_s"]
                    out["logins_per_core"] = done["units"] / spent_by(server.pid, before)
                return out

            read_while(1, True)
            alone = read_while(plan.seconds, False)
            runs = [read_while(plan.seconds, True) for _ in range(plan.rounds)]
        p99 = middle(runs, "p99_ms")
        yield row("login", middle(runs, "logins_per_core"), "logins/s a core", goal("value", ">=", 34), and_also=p99 <= 10,
                  logins_per_s=middle(runs, "logins_per_s"))
        yield row("p99 of reads during logins", p99, "ms", goal("value", "<=", 10), without_logins_ms=alone["p99_ms"],
                  client_late_p99_ms=middle(runs, "own_late_p99_ms"), rounds=[r["p99_ms"] for r in runs])


def sessions(plan):
    """Sessions made, and their state written, durable with their facts, both cores; beside FastAPI on Redis, which syncs once a second."""
    pairs = [(a, (a + 1 + random.Random(a).randrange(998)) % 1000) for a in range(1000)]
    new = [{"players": [f"p{a}", f"p{b}"], "mode": "ranked", "state": {"board": "." * 64, "turn": 0}} for a, b in pairs]
    with Gamekeeper() as ours, SessionsPeer() as peer:
        make_players(ours, 1000)
        key = ours.key("server")
        create = [("POST", "/api/v1/sessions/create", key, body) for body in new]

        def updates(port):
            made = call_all(port, create * 5)
            return [("PUT", f"/api/v1/sessions/{m['session_id']}/update", key, {"state": {"board": "x" * 64, "turn": n}}) for n, m in enumerate(made)]

        for name, of_ours, of_theirs in (("session create", create, create), ("session state", updates(ours.port), updates(peer.port))):
            runs = {"us": [], "them": []}
            with Calls(of_ours) as our_calls, Calls(of_theirs) as their_calls:
                def run(server, pids, calls, kept):
                    out = load(server.port, "calls", "/", plan.seconds, pids, body=calls.file, connections=256, seed=next(seeds))
                    kept.append(out)
                    return out["per_core"]

                def us(calls=our_calls, kept=runs["us"]):
                    return run(ours, ours.pid, calls, kept)

                def them(calls=their_calls, kept=runs["them"]):
                    return run(peer, peer.pids, calls, kept)

                us(), them(), runs["us"].clear(), runs["them"].clear()  # warm
                result = alternate(plan.rounds, us, them)
            yield row(f"{name}, durable", middle(runs["us"], "units_per_s"), "/s", goal("value", ">=", 20_000), cores=middle(runs["us"], "server_cores"),
                      p99_ms=middle(runs["us"], "p99_ms"), rounds=[r["units_per_s"] for r in runs["us"]])
            yield row(f"{name}, a core", result["value"], "/s a core", goal("ratio", ">=", 5), "FastAPI, Redis", result["peer_value"],
                      result["ratio"], peer_per_s=middle(runs["them"], "units_per_s"), rounds=result["rounds"])


def reads(plan):
    """What signed-in players read: their profile, their rating with its history, their place on a board; one thread, a core."""
    count = 2000
    with Gamekeeper(env={**ONE_THREAD, **BEHIND_PROXY}) as server:
        key = server.key("server")
        made = call_all(server.port, [("POST", "/api/v1/auth/device", server.key("write"), {"device_id": f"device {n}"}) for n in range(count)])
        players = [(m["player_id"], m["access_token"]) for m in made]
        call_all(server.port, [("POST", "/api/v1/leaderboards", key, {"id": "bench"})])
        call_all(server.port, [("PUT", f"/api/v1/leaderboards/bench/players/{p}", key, {"score": n}) for n, (p, _) in enumerate(players)])
        call_all(server.port, [("POST", "/api/v1/matches/result", key,
                                {"match_id": f"m{n}", "teams": [{"players": [players[n][0]], "rank": 1}, {"players": [players[n * 7 % count - 1][0]], "rank": 2}]})
                               for n in range(count) if n != n * 7 % count - 1])
        for name, path in (("profile read", "/api/v1/auth/profile"), ("rating read", "/api/v1/players/{}/rating"),
                           ("rank read", "/api/v1/leaderboards/bench/players/{}")):
            with Calls([("GET", path.format(player), token, None) for player, token in players]) as calls:
                def run(seconds, file=calls.file):
                    return load(server.port, "calls", "/", seconds, server.pid, body=file, seed=next(seeds))

                run(1)
                runs = [run(plan.seconds) for _ in range(plan.rounds)]
            yield row(name, middle(runs, "per_core"), "reads/s a core", goal("value", ">=", 60_000), p99_ms=middle(runs, "p99_ms"),
                      rounds=[r["per_core"] for r in runs])


def middle(runs, name):
    return statistics.median(r[name] for r in runs)
