"""The commands that make keys and administrators, and the first start, which may be killed anywhere."""
import datetime
import json
import os
import subprocess
import time

from gk import BINARY, Server, run

ADMIN = "/api/v1/admin"
PASSWORD = "a password of nobody"
# Where the first start is killed, and at which pass: at each of the three keys too.
DEATHS = [("note", 1), ("app", 1), ("key", 1), ("key", 2), ("key", 3), ("admin", 1), ("told", 1)]


def gamekeeper(gk, *args, stdin=None):
    return subprocess.run([BINARY, *args, "--data", gk.data], capture_output=True, text=True, timeout=60, input=stdin, env=gk.env)


def made(done):
    assert done.returncode == 0, done
    return done.stdout.strip()


def refused(done, *words):
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1 and not done.stdout, done
    for word in words:
        assert word in done.stderr, (word, done.stderr)


def in_seconds(seconds):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)).isoformat()


def is_let_in(gk, key):
    return gk.call("POST", "/graphql", {"query": "{ __typename }"}, key=key).status == 200


def test_a_key_that_expires():
    with Server() as gk:
        token = gk.admin()
        ends = in_seconds(4)
        key = made(gamekeeper(gk, "key", "create", "--app", "demo", "--kind", "read", "--name", "four seconds", "--expires-at", ends))
        forever = made(gamekeeper(gk, "key", "create", "--app", "demo", "--kind", "read", "--name", "forever"))
        give_up = time.monotonic() + 30
        while not is_let_in(gk, forever):  # a running server knows within a second
            assert time.monotonic() < give_up, "a key made by a command is never known"
        shown = {k["name"]: k["expires_at"] for k in gk.call("GET", f"{ADMIN}/apps/demo/keys", key=token).json()["items"]}
        assert shown["forever"] is None and datetime.datetime.fromisoformat(shown["four seconds"]) - datetime.datetime.fromisoformat(ends) < datetime.timedelta(seconds=1), shown
        give_up = time.monotonic() + 30
        while is_let_in(gk, key):
            assert time.monotonic() < give_up, "it does not expire"
            time.sleep(0.2)
        assert is_let_in(gk, forever) and datetime.datetime.now(datetime.timezone.utc).isoformat() >= ends
        create = ("key", "create", "--app", "demo", "--kind", "read", "--expires-at")
        refused(gamekeeper(gk, *create, in_seconds(-60)), "in_the_past")
        for wrong in ("tomorrow", "2027-01-31", "2027-01-31T00:00:00", "2027-02-30T00:00:00Z"):
            refused(gamekeeper(gk, *create, wrong), "bad_time", "--expires-at", wrong)


def test_an_administrator_of_some_apps():
    with Server() as gk:
        for app in ("chess", "go", "checkers"):
            made(gamekeeper(gk, "app", "create", app))
        made(gamekeeper(gk, "admin", "create", "ada", "--apps", "chess,go", stdin=PASSWORD + "\n"))
        made(gamekeeper(gk, "admin", "create", "bob", "--role", "analyst", "--apps", "go", stdin=PASSWORD + "\n"))
        made(gamekeeper(gk, "admin", "create", "eve", stdin=PASSWORD + "\n"))
        refused(gamekeeper(gk, "admin", "create", "dan", "--apps", "chess,poker", stdin=PASSWORD + "\n"), "unknown_app", "poker")
        assert gk.stop() == 0
        gk.start()
        for name, apps in {"ada": ["chess", "go"], "bob": ["go"], "eve": ["checkers", "chess", "demo", "go"]}.items():
            answer = gk.call("POST", f"{ADMIN}/login", {"username": name, "password": PASSWORD}, key=None)
            assert answer.status == 200, (name, answer.body)
            seen = gk.call("GET", f"{ADMIN}/apps", key=answer.json()["access_token"]).json()["items"]
            assert [a["id"] for a in seen] == apps, (name, seen)
        assert gk.call("POST", f"{ADMIN}/login", {"username": "dan", "password": PASSWORD}, key=None).status == 401


def die_at_first_start(gk, point, turn):
    gk.env["GAMEKEEPER_CRASH_AT"] = f"first_start.{point}:{turn}"
    try:
        gk.start()
    except AssertionError:
        pass  # it ended, and not by itself
    finally:
        del gk.env["GAMEKEEPER_CRASH_AT"]
    if gk.process.poll() != -9:
        tail = gk.tail()
        gk.close()
        raise AssertionError(f"first_start.{point}:{turn} was not passed: {tail}")


def killed_at_first_start(point, turn):
    gk = Server()
    die_at_first_start(gk, point, turn)
    return gk


def credentials_in(folder):
    try:
        with open(os.path.join(folder, "dev-credentials.json"), encoding="utf-8") as f:
            return json.load(f)
    except FileNotFoundError:
        return None


def check_first_start(gk):
    """Complete credentials that all work, and no key in force that nobody was told of."""
    assert set(gk.credentials) == {"app", "write_key", "read_key", "server_key", "admin"}, gk.credentials.keys()
    gk.post([{"name": "hello", "player_id": "p"}], key="write")
    gk.post([{"name": "hello", "player_id": "p"}], key="server")
    assert gk.drained()["balanced"]
    token = gk.admin()
    assert [a["id"] for a in gk.call("GET", f"{ADMIN}/apps", key=token).json()["items"]] == ["demo"]
    keys = gk.call("GET", f"{ADMIN}/apps/demo/keys", key=token).json()["items"]
    assert sorted(k["kind"] for k in keys if not k["revoked_at"]) == ["read", "server", "write"], keys
    assert [a["username"] for a in gk.call("GET", f"{ADMIN}/admins", key=token).json()["items"]] == ["admin"]
    left = [name for name in os.listdir(gk.data) if "credentials" in name]
    assert left == ["dev-credentials.json"], left


def test_a_first_start_that_is_killed_is_done_again():
    for point, turn in DEATHS:
        gk = killed_at_first_start(point, turn)
        try:
            before = credentials_in(gk.data)
            assert (before is not None) == (point == "told"), point
            gk.start()
            check_first_start(gk)
            assert before in (None, gk.credentials), "what was told no longer holds"
            first = gk.credentials
            assert gk.stop() == 0
            gk.start()  # and then never again
            assert gk.credentials == first
            check_first_start(gk)
        finally:
            gk.close()


def test_a_first_start_that_is_killed_again_and_again():
    gk = killed_at_first_start("admin", 1)
    try:
        for point, turn in DEATHS:
            die_at_first_start(gk, point, turn)
        gk.start()
        check_first_start(gk)
    finally:
        gk.close()


def test_production_refuses_what_a_killed_first_start_left():
    gk = killed_at_first_start("admin", 1)
    try:
        refused_with = []
        for _ in range(5):
            done = gamekeeper(gk, "serve", "--mode", "production", "--listen", f"127.0.0.1:{gk.port}")
            assert done.returncode == 2 and "(default_secret)" in done.stderr, done
            refused_with.append(done.stderr)
            if "administrator admin" in done.stderr:
                break
            key = done.stderr.split("--app demo ")[1].split("`")[0]
            made(gamekeeper(gk, "key", "revoke", "--app", "demo", key))
        assert "administrator admin" in refused_with[-1], refused_with
    finally:
        gk.close()


run(globals())
