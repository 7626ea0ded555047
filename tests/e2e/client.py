"""The TypeScript client: its own tests, then in Node and in Chromium against the real binary."""
import os
import shutil
import subprocess
import tempfile
import time

from gk import ROOT, Server, golden, run

CLIENT = os.path.join(ROOT, "clients", "typescript")


def npm(*args, timeout):
    done = subprocess.run(["npm", *args], cwd=CLIENT, capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def built():
    """Installed from the lock file and compiled, once for all tests of this run."""
    if not getattr(built, "done", False):
        npm("ci", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error", "--fetch-timeout=60000", timeout=240)
        npm("run", "build", timeout=120)
        built.done = True


def node(*args, timeout=180, env=None):
    done = subprocess.run(["node", *args], cwd=CLIENT, capture_output=True, text=True, timeout=timeout, env={**os.environ, **(env or {})})
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_its_own_tests():
    built()
    npm("test", timeout=180)


def test_in_node_through_a_network_that_breaks():
    built()
    with Server() as gk:
        node("test/real.mjs", f"http://127.0.0.1:{gk.port}", gk.key("write"), gk.key("read"))
        assert gk.row()["repeated"] > 0, "no event was ever sent twice"


def test_in_chromium_offline_and_over_reloads():
    built()
    with Server() as gk:
        node("test/browser.mjs", f"http://127.0.0.1:{gk.port}", gk.key("write"), gk.key("read"))


def test_server_and_client_are_killed():
    """Events that the client kept while the server was down come with the next process, once, without a gap."""
    built()
    folder = tempfile.mkdtemp(prefix="gk-client-")
    try:
        with Server() as gk:
            where = (f"http://127.0.0.1:{gk.port}", gk.key("write"), folder, "restart")
            node("test/restart.mjs", *where, "0", "100")
            gk.kill()
            doomed = subprocess.Popen(["node", "test/restart.mjs", *where, "100", "400", "hang"], cwd=CLIENT, stdout=subprocess.PIPE, text=True)
            try:
                assert doomed.stdout.readline() == "kept\n"
            finally:
                doomed.kill()
                doomed.wait()
            gk.start()
            node("test/restart.mjs", *where, "400", "500")
            row = gk.row()
            assert row["stored"] == 500 and row["rejected"] == 0, row
            hour = 3_600_000
            now = int(time.time() * 1000)
            at = [time.strftime("%Y-%m-%dT%H:00:00Z", time.gmtime(ms / 1000)) for ms in (now - hour, now + 2 * hour)]
            seen = gk.graphql("query($f: DateTime!, $t: DateTime!) { sequenceGaps(from: $f, to: $t) { sessionId } "
                              "series(metric: SESSIONS, from: $f, to: $t, step: HOUR) { total } }", f=at[0], t=at[1])
            assert seen == {"sequenceGaps": [], "series": [{"total": 1}]}, seen
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def address(gk):
    return {"GK_URL": f"http://127.0.0.1:{gk.port}", "GK_WRITE_KEY": gk.key("write"), "GK_SERVER_KEY": gk.key("server")}


def test_the_types_of_calls_are_the_binarys():
    with Server() as gk:
        made = node("scripts/types.mjs", f"http://127.0.0.1:{gk.port}")
    golden(os.path.join(CLIENT, "src", "player", "api_types.ts"), made)


def test_the_players_side_in_node():
    built()
    with Server() as gk:
        node("--test", "test/player.test.mjs", env=address(gk))


def test_what_happens_as_it_happens():
    built()
    with Server() as gk:
        node("--test", "test/realtime.test.mjs", env=address(gk))


def test_the_players_side_in_tabs_of_chromium():
    built()
    with Server() as gk:
        node("test/player_tabs.mjs", env=address(gk))


run(globals())
