"""The dashboard in a real browser against the real binary; with --screenshots FOLDER its pictures instead."""
import os
import re
import subprocess
import sys
import time

from gk import BINARY, ROOT, Server, run


def with_load(job):
    with Server() as gk:
        target = f"http://127.0.0.1:{gk.port}"
        load = subprocess.Popen([BINARY, "simulate", "--target", target, "--credentials", os.path.join(gk.data, "dev-credentials.json"),
                                 "--players", "300", "--rate", "300", "--duration", "120s"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            gk.post([{"name": "bad name", "player_id": "p"}])
            time.sleep(3)
            link = re.search(r"http://\S+/signin\?token=\S+", gk.output()).group(0)
            done = subprocess.run(job(target, link), cwd=os.path.join(ROOT, "web"), capture_output=True, text=True, timeout=240)
            print(done.stdout[-4000:], done.stderr[-2000:])
            assert done.returncode == 0, "the browser found something wrong"
        finally:
            load.kill()
            load.wait()


def test_dashboard_in_chromium():
    with_load(lambda target, link: ["node", "e2e.mjs", target, link])


if "--screenshots" in sys.argv:
    folder = os.path.abspath(sys.argv[sys.argv.index("--screenshots") + 1])
    with_load(lambda target, link: ["node", "screenshots.mjs", target, link, folder])
else:
    run(globals())
