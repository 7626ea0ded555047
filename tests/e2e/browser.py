"""The dashboard in a real browser against the real binary; with --screenshots FOLDER its pictures instead."""
import json
import os
import re
import subprocess
import sys
import time

import history
import people
import playing
from receivers import Hook
from gk import BINARY, ROOT, Server, run


def with_load(job, players=300, rate=300, past=False):
    env = {"GAMEKEEPER_SERVER_SIMULATED": "true", **playing.WEBHOOKS_HERE}
    with Server(env=env) as gk, Hook() as good, Hook([500] * 1000) as bad:
        if past:
            history.send(gk)
            gk.drained()
            administer(gk)
            people.Town(gk)
        target = f"http://127.0.0.1:{gk.port}"
        load = subprocess.Popen([BINARY, "simulate", "--target", target, "--credentials", os.path.join(gk.data, "dev-credentials.json"),
                                 "--players", str(players), "--rate", str(rate), "--duration", "0"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            playing.tell(gk, good, bad)
            rank(gk)
            playing.duel(gk, 1500 if past else 120)
            gk.post([{"name": "bad name", "player_id": "p"}])
            # Numbers that no double holds: mending must not touch them.
            gk.call("POST", "/api/v1/events", '{"events":[{"name":"bad name","player_id":"p","properties":{"big":18446744073709551615,"exact":0.10}}]}',
                    headers={"Content-Type": "application/json"})
            time.sleep(15 if past else 3)  # rates are of the last ten seconds
            browse(job(target, link_of(gk)))
        finally:
            load.kill()
            load.wait()


def link_of(gk):
    return re.search(r"http://\S+/signin\?token=\S+", gk.output()).group(0)


def browse(job):
    done = subprocess.run(job, cwd=os.path.join(ROOT, "web"), capture_output=True, text=True, timeout=240)
    print(done.stdout[-4000:], done.stderr[-2000:])
    assert done.returncode == 0, "the browser found something wrong"


def rank(gk):
    """A leaderboard with seasons: 60 players without a name, and three with."""
    board = "/api/v1/leaderboards"
    assert gk.call("POST", board, {"id": "weekly", "season": {"every": "week"}}, key="server").status == 201
    players = {f"player-{n:02}": 40 * n for n in range(60)}
    for name, score in (("Ada", 2401), ("Grace", 1999), ("Linus", 1999)):
        made = gk.call("POST", "/api/v1/auth/register", {"username": name, "password": "tide pool lantern"})
        players[made.json()["player_id"]] = score
    for player, score in players.items():
        assert gk.call("PUT", f"{board}/weekly/players/{player}", {"score": score}, key="server").status == 200


def administer(gk):
    """A few acts for the audit."""
    token = gk.admin()
    keys = "/api/v1/admin/apps/demo/keys"
    for kind, name in (("server", "tournament servers"), ("read", "spreadsheet"), ("write", "beta client")):
        made = gk.call("POST", keys, {"kind": kind, "name": name}, key=token).json()
    gk.call("DELETE", f"{keys}/{made['id']}", key=token)
    gk.call("PUT", "/api/v1/admin/apps/demo", {"settings": {"timezone": "Europe/Berlin", "currency": "EUR", "environment": "development"}}, key=token)


def test_dashboard_in_chromium():
    with_load(lambda target, link: ["node", "e2e.mjs", target, link])


def test_players_and_sessions_in_chromium():
    with Server() as gk:
        town = people.Town(gk)
        states = {sid: town.server("GET", f"/sessions/{sid}")["status"] for sid in town.sessions}
        found = {state: next(sid for sid, is_in in states.items() if is_in == state) for state in ("active", "waiting")}
        browse(["node", "people.e2e.mjs", f"http://127.0.0.1:{gk.port}", link_of(gk), json.dumps({"ids": town.ids, "met": town.met_in, **found})])


if "--screenshots" in sys.argv:
    folder = os.path.abspath(sys.argv[sys.argv.index("--screenshots") + 1])
    with_load(lambda target, link: ["node", "screenshots.mjs", target, link, folder], players=40, rate=4, past=True)
else:
    run(globals())
