"""The same product on PostgreSQL and Redis: what operators see of them, two processes on one store, engines that are killed."""
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time

from engines import Postgres, Redis
from gk import BINARY, Server, run

SESSIONS = "/api/v1/sessions"


def on(postgres=None, redis=None, **more):
    env = {}
    if postgres:
        env.update(GAMEKEEPER_DOCUMENTS_KIND="postgres", GAMEKEEPER_DOCUMENTS_URL=postgres.url)
    if redis:
        env.update(GAMEKEEPER_LIVE_KIND="redis", GAMEKEEPER_LIVE_URL=redis.url)
    return {**env, **more}


def player(gk, name):
    answer = gk.call("POST", "/api/v1/players", {"player_id": name}, key="server")
    assert answer.status in (201, 409), answer.body
    return name


def make_session(gk, *players):
    answer = gk.call("POST", SESSIONS, {"players": list(players)}, key="server")
    assert answer.status == 201, answer.body
    return answer.json()


def change(gk, session, **body):
    answer = gk.call("PUT", f"{SESSIONS}/{session}", body, key="server")
    assert answer.status == 200, answer.body
    return answer.json()


def within(seconds, check):
    give_up = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < give_up, f"not within {seconds} s"
        time.sleep(0.02)


def command(*arguments, env):
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=120, env={**os.environ, **env}, check=False)


def test_health_and_doctor_name_the_engines():
    with Postgres() as postgres, Redis() as redis:
        env = on(postgres, redis)
        with Server(env=env) as gk:
            checks = gk.call("GET", "/health/detailed", key="server").json()["checks"]
            documents, live = checks["documents"], checks["live"]
            assert documents["status"] == live["status"] == "ok" and documents["latency_ms"] > 0 and live["latency_ms"] > 0, checks
            assert documents["details"]["engine"] == "postgresql" and documents["details"]["version"] == postgres.ask("SHOW server_version"), documents
            assert documents["details"]["commits"] > 0, documents
            assert live["details"]["engine"] == "redis" and "redis_version:" + live["details"]["version"] in redis.ask("info", "server"), live
            assert not os.path.exists(os.path.join(gk.data, "documents.db"))
            checks = {c["check"]: c for c in json.loads(command("doctor", "--json", "--data", gk.data, "--listen", f"127.0.0.1:{gk.port}", env=env).stdout)["checks"]}
            assert checks["documents"]["status"] == "ok" and postgres.ask("SHOW server_version") in checks["documents"]["detail"], checks
            assert checks["live"]["status"] == "ok" and "Redis" in checks["live"]["detail"], checks
            postgres.kill()
            redis.kill()
            within(30, lambda: gk.call("GET", "/health/detailed", key="server").json()["status"] != "ok")
            checks = {c["check"]: c for c in json.loads(command("doctor", "--json", "--data", gk.data, "--listen", f"127.0.0.1:{gk.port}", env=env).stdout)["checks"]}
            assert checks["documents"]["status"] == checks["live"]["status"] == "failing", checks


def test_addresses_are_secrets_and_are_asked_for():
    env = on(GAMEKEEPER_DOCUMENTS_URL="postgresql://me:swordfish@db/game", GAMEKEEPER_LIVE_URL="redis://:swordfish@cache")
    printed = command("config", "--print", env=env).stdout
    assert "[documents]" in printed and "[live]" in printed and "swordfish" not in printed, printed
    for kind, url in (("DOCUMENTS", "documents.url"), ("LIVE", "live.url")):
        done = command("serve", "--listen", "127.0.0.1:1", env={f"GAMEKEEPER_{kind}_KIND": {"DOCUMENTS": "postgres", "LIVE": "redis"}[kind]})
        assert done.returncode == 2 and url in done.stderr, done.stderr
    with tempfile.TemporaryDirectory() as folder:
        away = {"GAMEKEEPER_DOCUMENTS_KIND": "postgres", "GAMEKEEPER_DOCUMENTS_URL": "postgresql://me:swordfish@127.0.0.1:1/game", "GAMEKEEPER_DOCUMENTS_PATIENCE_MS": "0"}
        done = command("serve", "--listen", "127.0.0.1:1", "--data", folder, env=away)
        assert done.returncode == 1 and "PostgreSQL" in done.stderr and "swordfish" not in done.stdout + done.stderr, done.stderr


def test_a_backup_says_what_is_not_in_it():
    with Postgres() as postgres, Server(env=on(postgres)) as gk, tempfile.TemporaryDirectory() as folder:
        gk.post([{"name": "x", "player_id": "p"}])
        gk.drained()  # the series are there: a backup of the very first moment finds files without tables, and says so
        done = command("backup", os.path.join(folder, "copy"), "--data", gk.data, env=on(postgres))
        assert done.returncode == 0 and "PostgreSQL" in done.stderr and "pg_dump --schema=gamekeeper" in done.stderr, done
        assert os.path.exists(os.path.join(folder, "copy", "backup.json"))


def test_two_processes_are_one():
    with Postgres() as postgres, Redis() as redis, Server(env=on(postgres, redis)) as one:
        folder = tempfile.mkdtemp(prefix="gk-e2e-")
        shutil.copy(os.path.join(one.data, "dev-credentials.json"), folder)
        try:
            with Server(data=folder, env=on(postgres, redis)) as two:
                answer = one.call("POST", "/api/v1/auth/register", {"username": "Ada", "password": "tide pool lantern"})
                assert answer.status == 201, answer.body
                login = two.call("POST", "/api/v1/auth/login", {"username": "ada", "password": "tide pool lantern"})
                assert login.status == 200 and login.json()["player_id"] == answer.json()["player_id"], login.body
                assert two.call("POST", "/api/v1/auth/register", {"username": "ADA", "password": "tide pool lantern"}).status == 409
                session = make_session(one, player(one, "p"))
                assert change(two, session["session_id"], status="active")["version"] == 2
                assert one.call("GET", f"{SESSIONS}/{session['session_id']}", key="server").json()["status"] == "active"
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def test_a_database_killed_under_load_loses_nothing_and_does_nothing_twice():
    with Postgres() as postgres, Server(env=on(postgres, GAMEKEEPER_DOCUMENTS_PATIENCE_MS="30000")) as gk:
        player(gk, "p")
        made, refused, ended = [], [], threading.Event()

        def work():
            while not ended.is_set():
                answer = gk.call("POST", SESSIONS, {"players": ["p"]}, key="server", timeout=60)
                (made if answer.status == 201 else refused).append(answer)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for _ in range(3):
            before = len(made)
            within(60, lambda: len(made) >= before + 20)
            postgres.kill()
            postgres.start()
        ended.set()
        for thread in threads:
            thread.join()
        assert not refused, refused[0].body
        ids = {a.json()["session_id"] for a in made}
        assert len(ids) == len(made)
        assert postgres.ask("SELECT count(*) FROM gamekeeper.documents WHERE collection='sessions'") == str(len(made))
        within(60, lambda: postgres.ask("SELECT count(*) FROM gamekeeper.outbox") == "0")
        gk.drained()
        # What the log heard of them: one fact each.
        rows = [r for r in gk.ledger()["rows"] if r["accepted"]]
        assert rows and sum(r["stored"] for r in rows) + sum(r["repeated"] for r in rows) == sum(r["accepted"] for r in rows), rows


def test_other_programs_see_live_sessions_in_redis():
    with Redis() as redis, Server(env=on(redis=redis)) as gk:
        session = make_session(gk, player(gk, "ann"), player(gk, "bob"))
        key = "sessions:" + session["session_id"]

        def record():
            flat = redis.ask("hgetall", key).splitlines()
            return dict(zip(flat[::2], flat[1::2]))

        assert record() == {"player_id": "ann", "status": "waiting", "rating": "1500", "timestamp": session["updated_at"]}, record()
        changed = change(gk, session["session_id"], status="active")
        assert record() == {"player_id": "ann", "status": "active", "rating": "1500", "timestamp": changed["updated_at"]}, record()
        assert int(redis.ask("ttl", key)) > 0
        redis.ask("flushall")
        assert change(gk, session["session_id"], event="goal")["status"] == "active", "nothing that is true was in there"
        assert record()["status"] == "active"
        redis.kill()
        assert change(gk, session["session_id"], status="completed")["status"] == "completed", "a cache that is away fails no write"
        redis.start()
        other = make_session(gk, "ann")
        within(20, lambda: redis.ask("exists", "sessions:" + other["session_id"]) == "1" or change(gk, other["session_id"], event="x") is None)
        assert gk.call("DELETE", f"{SESSIONS}/{other['session_id']}", key="server").status == 200
        assert redis.ask("exists", "sessions:" + other["session_id"]) == "0"


def places(gk, players, waiting):
    """What of boards and tickets can only come from Redis."""
    board = gk.call("GET", "/api/v1/leaderboards/hall", key="server")
    ratings = [gk.call("GET", f"/api/v1/players/{p}/rating", key="server") for p in players]
    ticket = gk.call("GET", "/api/v1/queue/status", key=waiting)
    if board.status != 200 or ticket.status != 200:
        return board.status, ticket.status  # being read back
    return ([(row["rank"], row["player_id"], row["score"]) for row in board.json()["items"]],
            [(r.json()["rank"], r.json()["rating"]) for r in ratings], ticket.json()["position"])


def test_what_redis_forgets_comes_back_from_the_documents():
    with Redis() as redis, Server(env=on(redis=redis)) as gk:
        players = [player(gk, name) for name in ("ann", "bob", "cid")]
        assert gk.call("POST", "/api/v1/leaderboards", {"id": "hall"}, key="server").status == 201
        for score, name in enumerate(players):
            assert gk.call("PUT", f"/api/v1/leaderboards/hall/players/{name}", {"score": score}, key="server").status == 200
        for first, second in (("ann", "bob"), ("ann", "cid"), ("bob", "cid")):
            result = {"match_id": first + second, "teams": [{"players": [first], "rank": 1}, {"players": [second], "rank": 2}]}
            assert gk.call("POST", "/api/v1/matches/result", result, key="server").status == 200
        waiting = gk.call("POST", "/api/v1/auth/device", {"device_id": "who waits"}).json()["access_token"]
        assert gk.call("POST", "/api/v1/queue/join", {}, key=waiting).status in (200, 201, 202)
        before = places(gk, players, waiting)
        assert before[0] == [(1, "cid", 2), (2, "bob", 1), (3, "ann", 0)] and [r[0] for r in before[1]] == [1, 2, 3] and before[2] == 1, before
        time.sleep(2.5)  # it looks once a second whether Redis is the one that it knows
        redis.ask("flushall")
        within(30, lambda: places(gk, players, waiting) == before)
        redis.kill()
        redis.start()
        within(30, lambda: places(gk, players, waiting) == before)


run(globals())
