"""Players' sockets: what is handed to the members of a topic, and what idle ones cost."""
import json
import os
import statistics
import subprocess

from machine import BUILD
from rows import goal, row


def measure(*words):
    done = subprocess.run([os.path.join(BUILD, "realtime_bench"), *map(str, words)], capture_output=True, text=True, timeout=600, check=True)
    return json.loads(done.stdout)


def fanout(plan):
    """Pushes to the 200 members of a topic: deliveries a second of a core, no reader lost."""
    rounds = [measure("fanout", 200, int(12_500 * plan.seconds)) for _ in range(plan.rounds)]
    yield row("deliveries to 200 members", statistics.median(r["deliveries_per_core_s"] for r in rounds), "deliveries/s a core",
              goal("value", ">=", 240_000), rounds=[r["deliveries_per_core_s"] for r in rounds], wall_per_s=[r["deliveries_per_s"] for r in rounds])


def sockets(plan):
    """10 000 idle sockets, each signed in and listening to a topic of its own: memory of one, and their share of a core."""
    out = measure("idle", 10_000, int(10 * plan.seconds))
    yield row("memory of a socket", out["bytes_per_socket"] / 1024, "KiB", goal("value", "<=", 8))
    yield row("10 000 idle sockets", out["core_share"], "of a core", goal("value", "<=", 0.05))
