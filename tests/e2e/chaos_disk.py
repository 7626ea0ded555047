"""A full disk (RELIABILITY R6): the data folder on a small file system that the load fills, GK_DISK_ROUNDS times (1).

507 problem+json within a second, reads still served, accepted again within 5 s of space being freed, nothing
acknowledged lost; also when the program is killed while the disk is full.
"""
import errno
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
    """A file system of `mib` MiB, of which a ballast file leaves only a little: a tmpfs, or ext4 on a loop device."""

    def __init__(self, kind, mib=64):
        self.folder, self.image = tempfile.mkdtemp(prefix="gk-disk-"), None
        options = ["-t", "tmpfs", "-o", f"size={mib}m", "gk-disk"]
        if kind == "ext4":
            self.image = self.folder + ".image"
            with open(self.image, "wb") as f:
                f.truncate(mib * MIB)
            subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", self.image], check=True)
            options = ["-o", "loop", self.image]
        done = subprocess.run(["mount", *options, self.folder], capture_output=True, text=True)
        if done.returncode != 0:
            self.remove()
            raise AssertionError(f"The test of a full disk has to mount a small {kind}: run it as root on a machine, or in a container, "
                                 f"that permits mounting ({done.stderr.strip()}).")
        self.ballast = os.path.join(self.folder, "ballast")

    def free(self):
        s = os.statvfs(self.folder)
        return s.f_bavail * s.f_frsize

    def leave(self, size):
        """Makes the ballast as large as leaves `size` bytes (0: takes every page that is there)."""
        with open(self.ballast, "wb", buffering=0) as f:
            try:
                while self.free() > size:
                    f.write(bytes(min(self.free() - size, MIB) or 4096))
            except OSError as error:
                assert error.errno == errno.ENOSPC, error

    def close(self):
        subprocess.run(["umount", self.folder], check=True)
        self.remove()

    def remove(self):
        os.rmdir(self.folder)
        if self.image:
            os.unlink(self.image)


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
    disk.leave(4 * MIB)
    with Load(journal, lambda: gk) as load:
        until("507", 60, lambda: any(w.statuses[507] for w in load.writers))
        # Under load still: on a full disk a partition takes small posts as long as they fit into the room that it has
        # written ahead (up to 16 MiB), and the other one may have been the first without.
        until("507 for the smallest post", 60, lambda: probe(gk, journal, next(counter)) == 507)
    for _ in range(5):
        assert gk.call("GET", "/readyz", key=None).status == 200
        gk.graphql("{ overview { eventsPerSecond activeToday } ledger { pending rows { stored } } }")
        probe(gk, journal, next(counter))
    os.unlink(disk.ballast)
    _, took = until("acceptance", 5, lambda: probe(gk, journal, next(counter)) == 200)
    row = check_bounds(gk, journal)
    print(f"seed {SEED}: acknowledged {len(journal.acknowledged)}, visible {row['stored']}, sent {len(journal.sent)}, answers {load.statuses()}, "
          f"accepted {took:.2f} s after space was there")


def full_disk(kind):
    disk = SmallDisk(kind, 56 + 8 * ROUNDS)  # nothing of the log goes, and in the end all that was refused is sent again
    gk = Server(data=os.path.join(disk.folder, "data"))
    try:
        gk.start()
        journal, counter = Journal(SEED), iter(range(1, 1 << 30))
        for _ in range(ROUNDS):
            one_round(gk, disk, journal, counter)
        disk.leave(0)
        gk.kill()
        how = until("a start on a full disk, or a clear refusal", 10, lambda: starts_or_says_why(gk))[0]
        print(f"start on a full disk: {how}")
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
        why = gk.tail().splitlines()[-1]
        assert gk.process.poll() == 1 and "full" in why, (gk.process.poll(), gk.tail())
        return why
    return "reads are served"


def test_full_tmpfs():
    full_disk("tmpfs")


if os.environ.get("GK_DISK_EXT4"):  # the long form: a file system that allocates late
    def test_full_ext4():
        full_disk("ext4")


if __name__ == "__main__":
    run(globals())
