"""A full disk (RELIABILITY R6): the data folder on a small tmpfs that the load fills, GK_DISK_ROUNDS times (1).

507 problem+json within a second, reads still served, accepted again within 5 s of space being freed, nothing
acknowledged lost; also when the program is killed while the disk is full.
"""
import os
import shutil
import subprocess
import tempfile
import time

from gk import Server, run
from journal import Journal, Load, check_bounds, check_exact, settle

ROUNDS = int(os.environ.get("GK_DISK_ROUNDS", "1"))
SEED = int(os.environ.get("GK_SEED", "23"))
MIB = 1 << 20


class SmallDisk:
    """A tmpfs of `mib` MiB, of which a ballast file leaves only a little."""

    def __init__(self, mib=64):
        self.folder = tempfile.mkdtemp(prefix="gk-disk-")
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mib}m", "gk-disk", self.folder], capture_output=True, text=True)
        if done.returncode != 0:
            os.rmdir(self.folder)
            raise AssertionError("The test of a full disk has to mount a small tmpfs: run it as root in a container or machine "
                                 f"that permits mounting ({done.stderr.strip()}).")
        self.ballast = os.path.join(self.folder, "ballast")

    def free(self):
        s = os.statvfs(self.folder)
        return s.f_bavail * s.f_frsize

    def leave(self, size):
        with open(self.ballast, "wb") as f:
            for _ in range((self.free() - size) // 4096):
                f.write(b"\0" * 4096)

    def close(self):
        subprocess.run(["umount", self.folder], check=True)
        os.rmdir(self.folder)


def until(what, wait_s, ask):
    began = time.monotonic()
    while not (found := ask()):
        assert time.monotonic() - began <= wait_s, f"{what} not within {wait_s} s"
        time.sleep(0.05)
    return found, time.monotonic() - began


def probe(gk, journal, number):
    """One more post of its own: its status, and that it was answered within a second."""
    identity = (99, 0, number)
    journal.sending([identity])
    began = time.monotonic()
    answer = gk.call("POST", "/api/v1/events", {"events": [journal.event(identity)]})
    took = time.monotonic() - began
    if answer.status == 200:
        journal.confirm([identity])
    else:
        assert answer.headers["Content-Type"].startswith("application/problem+json"), dict(answer.headers)
        problem = answer.json()
        assert answer.status == 507 and problem["code"] == "disk_full" and problem["status"] == 507, problem
        assert took <= 1, f"507 took {took:.2f} s"
    return answer.status


def one_round(gk, disk, journal, counter):
    with Load(journal, lambda: gk) as load:
        disk.leave(3 * MIB)
        until("507", 60, lambda: any(w.statuses[507] for w in load.writers))
    until("507 for the smallest post", 10, lambda: probe(gk, journal, next(counter)) == 507)
    for _ in range(5):
        assert gk.call("GET", "/readyz", key=None).status == 200
        gk.graphql("{ overview { eventsPerSecond activeToday } ledger { pending rows { stored } } }")
        probe(gk, journal, next(counter))
    os.unlink(disk.ballast)
    _, took = until("acceptance", 5, lambda: probe(gk, journal, next(counter)) == 200)
    row = check_bounds(gk, journal)
    print(f"seed {SEED}: acknowledged {len(journal.acknowledged)}, visible {row['stored']}, sent {len(journal.sent)}, answers {load.statuses()}, "
          f"accepted {took:.2f} s after space was there")


def test_full_disk():
    disk = SmallDisk()
    gk = Server(data=os.path.join(disk.folder, "data"))
    try:
        gk.start()
        journal, counter = Journal(SEED), iter(range(1, 1 << 30))
        for _ in range(ROUNDS):
            one_round(gk, disk, journal, counter)
        disk.leave(0)
        gk.kill()
        until("a start on a full disk, or a clear refusal", 10, lambda: starts_or_says_why(gk))
        os.unlink(disk.ballast)
        if gk.process.poll() is not None:
            gk.start()
        settle(gk, journal)
        check_exact(gk, journal)
    finally:
        gk.close()
        shutil.rmtree(gk.data, ignore_errors=True)
        disk.close()


def starts_or_says_why(gk):
    """With no page left a start either succeeds (reads are served) or ends with one sentence naming the cause."""
    try:
        gk.start()
        gk.graphql("{ ledger { rows { stored } } }")
    except AssertionError:
        assert gk.process.poll() == 1 and "full" in gk.tail().splitlines()[-1], (gk.process.poll(), gk.tail())
    return True


run(globals())
