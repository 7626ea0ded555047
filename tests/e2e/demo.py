"""The demo game in two real browsers against the real binary; with --screenshots FOLDER also pictures of it."""
import os
import subprocess
import sys

from answers import wait_for
from gk import ROOT, Server, run

PICTURES = [os.path.abspath(sys.argv.pop(sys.argv.index("--screenshots") + 1))] if "--screenshots" in sys.argv else []
if PICTURES:
    sys.argv.remove("--screenshots")


def test_two_browsers_play_to_a_rating_change():
    with Server() as gk:
        wait_for(lambda: f"http://127.0.0.1:{gk.port}/demo" in gk.output())  # the start says where to play
        game = subprocess.Popen(["node", "demo.e2e.mjs", f"http://127.0.0.1:{gk.port}", *PICTURES], cwd=os.path.join(ROOT, "web"),
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            for line in game.stdout:
                if line == "restart\n":
                    gk.kill()
                    gk.start()
                    game.stdin.write("\n")
                    game.stdin.flush()
                else:
                    print(line, end="", flush=True)
            assert game.wait(30) == 0, "the browsers found something wrong"
        finally:
            game.kill()
            game.wait()


def test_the_page_is_there_for_whoever_asks():
    with Server() as gk:
        for accept in ({}, {"Accept": "*/*"}, {"Accept": "text/html"}):
            page = gk.call("GET", "/demo", key=None, headers=accept)
            assert page.status == 200 and page.headers["Content-Type"].startswith("text/html"), (accept, page.status)
        missing = gk.call("GET", "/nowhere", key=None)
        assert missing.status == 404 and missing.json()["code"] == "not_found"


def test_the_demo_is_off_without_its_role():
    with Server(args=["--roles", "ingest,processor,analytics,console,accounts,sessions"]) as gk:
        device = gk.call("POST", "/api/v1/auth/device", {"device_id": "one"}).json()
        assert gk.call("GET", "/api/v1/demo/rps", key=device["access_token"]).status == 404
        assert f":{gk.port}/demo\n" not in gk.output()


run(globals())
