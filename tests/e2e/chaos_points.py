"""kill -9 at named places of the program (RELIABILITY R9), each GK_POINT_ROUNDS times (1), GK_POINTS naming some of them.

GAMEKEEPER_CRASH_AT=name:n kills the process at the n-th pass. Then it starts again, unattended: ready within 2 s, every
number equal to the journal, and no position or epoch of the data folder ever goes back.
"""
import glob
import os
import random
import shutil
import sqlite3
import tempfile
import time

from chaos_disk import MIB, SmallDisk, until
from gk import Server, run
from journal import Journal, Load, check_exact, settle

ROUNDS = int(os.environ.get("GK_POINT_ROUNDS", "1"))
SEED = int(os.environ.get("GK_SEED", "31"))
# name: the pass that kills, at most (the seed chooses); places that are passed seldom are met at the first
UNDER_LOAD = {
    "append.before": 40, "append.after": 40, "segment.before": 1, "segment.after": 1, "checkpoint.before": 1, "checkpoint.after": 1,
    "answer.before": 40, "answer.after": 40, "read.after": 40, "fold.after": 40, "drain.before": 6, "drain.after": 6,
    "commit.before": 6, "commit.inside": 6, "commit.after": 6, "committed.after": 6,
}
AT_START = {"claim.before": 2, "claim.after": 2, "open.after": 2}
AT_STOP = {"release.before": 2, "release.after": 2}
WANTED = os.environ.get("GK_POINTS", "").split(",") if os.environ.get("GK_POINTS") else None
ENV = {"GAMEKEEPER_SERVER_DRAIN_WAIT_MS": "0"}
LOAD = {"batch_max": 60, "pause_s": 0.005}


def positions(data):
    """Log end, series position and epoch of every partition, read from copies so that nothing is mended by looking."""
    out = {}
    with tempfile.TemporaryDirectory() as folder:
        def ask(path, sql):
            for old in os.listdir(folder):
                os.unlink(os.path.join(folder, old))
            for suffix in ("", "-wal"):
                if os.path.exists(path + suffix):
                    shutil.copy(path + suffix, os.path.join(folder, "copy" + suffix))
            db = sqlite3.connect(os.path.join(folder, "copy"))
            try:
                made = db.execute("SELECT 1 FROM sqlite_master").fetchone()  # not yet when it was killed while making it
                return made and db.execute(sql).fetchone() or (0, 0)
            finally:
                db.close()

        for path in sorted(glob.glob(os.path.join(data, "series", "p*.db"))):
            out[path, "series"], out[path, "epoch"] = ask(path, "SELECT position, epoch FROM meta")
        for part in sorted(glob.glob(os.path.join(data, "log", "p*"))):
            out[part, "log"] = max(ask(path, "SELECT max(position + count) FROM batches")[0] or 0 for path in glob.glob(part + "/*.log"))
    return out


def never_back(before, after):
    for what, value in before.items():
        assert after[what] >= value, f"{what} went back from {value} to {after[what]}"


def wait_for_end(gk, point, wait_s=40):
    give_up = time.monotonic() + wait_s
    while gk.process.poll() is None:
        assert time.monotonic() < give_up, f"{point} was not passed within {wait_s} s"
        time.sleep(0.01)
    assert gk.process.returncode == -9, (point, gk.process.returncode, gk.tail())


def start_armed(gk, point, turn):
    """Starts with the point armed; it may end while it starts."""
    gk.env["GAMEKEEPER_CRASH_AT"] = f"{point}:{turn}"
    # A segment is checkpointed once 4 MiB wait beside it, and has 16 MiB of room: it has to live longer than that.
    gk.env["GAMEKEEPER_LOG_SEGMENT_BYTES"] = str(64 * MIB if point.startswith(("checkpoint", "retry")) else MIB)
    try:
        gk.start()
    except AssertionError:
        assert gk.process.poll() == -9, gk.tail()
    finally:
        del gk.env["GAMEKEEPER_CRASH_AT"]


def die_under_load(gk, journal, point, turn, before):
    start_armed(gk, point, turn)
    with Load(journal, lambda: gk, **LOAD):
        wait_for_end(gk, point)


def die_at_start(gk, journal, point, turn, before):
    start_armed(gk, point, turn)
    wait_for_end(gk, point)


def die_at_stop(gk, journal, point, turn, before):
    start_armed(gk, point, turn)
    with Load(journal, lambda: gk, **LOAD):
        time.sleep(0.5)
        gk.process.terminate()
        wait_for_end(gk, point)


def strike(gk, journal, point, turn, die):
    """One death and what must hold after it."""
    before = positions(gk.data)
    die(gk, journal, point, turn, before)
    dead = positions(gk.data)
    never_back(before, dead)
    gk.start()
    gk.check_ready(point)
    settle(gk, journal)
    row = check_exact(gk, journal)
    never_back(dead, positions(gk.data))
    assert gk.stop() == 0, (point, gk.tail())
    print(f"  {point}:{turn}: {row['stored']} visible, {row['repeated']} repeats, ready in {gk.ready_s:.2f} s", flush=True)


def strike_all(points, die):
    chance, gk = random.Random(SEED), Server(env=dict(ENV))
    try:
        gk.start()
        journal = Journal(SEED, filler=1000)
        journal.sending([(99, 0, 1)])
        settle(gk, journal)
        assert gk.stop() == 0
        for _ in range(ROUNDS):
            for point, most in points.items():
                turn = chance.randint(1, most)
                if WANTED is None or point in WANTED:
                    strike(gk, journal, point, turn, die)
    finally:
        gk.close()


def test_points_under_load():
    strike_all(UNDER_LOAD, die_under_load)


def test_points_at_start():
    strike_all(AT_START, die_at_start)


def test_points_at_stop():
    strike_all(AT_STOP, die_at_stop)


def has_room(data, size=16 * MIB):
    """Whether the log has written its room ahead in every partition, so that it can go on with no page of the disk left."""
    return all(os.path.getsize(path) >= size for path in glob.glob(os.path.join(data, "log", "p*", "*1.log-wal")))


def test_retry_on_a_full_disk():
    """The fold has to meet the full disk with work to do: if the log were full first, and all folded by then, nothing
    would be left to retry. So the disk fills at once, while the log still takes events in the room it has."""
    disk = SmallDisk("tmpfs", 256)
    gk = Server(data=os.path.join(disk.folder, "data"), env=dict(ENV))
    try:
        start_armed(gk, "retry.before", 1)
        before = positions(gk.data)
        journal = Journal(SEED, filler=1000)
        with Load(journal, lambda: gk, **LOAD):
            until("room in the log", 60, lambda: has_room(gk.data))
            assert gk.process.poll() is None, f"retried before the disk was full: {gk.tail()}"
            disk.leave(0)
            wait_for_end(gk, "retry.before")
        os.unlink(disk.ballast)
        never_back(before, positions(gk.data))
        gk.start()
        settle(gk, journal)
        check_exact(gk, journal)
    finally:
        gk.close()
        shutil.rmtree(gk.data, ignore_errors=True)
        disk.close()


run(globals())
