"""`gamekeeper backup` of a server under load and `restore` elsewhere, GK_BACKUP_ROUNDS times (1).

The restored server has everything acknowledged before the backup began, nothing sent after it ended, as many events as
the backup says that its log holds, and goes on from there to exact numbers. Nothing is ever restored over.
"""
import json
import os
import random
import re
import shutil
import subprocess
import tempfile
import time

from gk import BINARY, Server, run
from journal import Journal, Load, check_bounds, check_exact, settle

ROUNDS = int(os.environ.get("GK_BACKUP_ROUNDS", "1"))
SEED = int(os.environ.get("GK_SEED", "29"))
SMALL_SEGMENTS = {"GAMEKEEPER_LOG_SEGMENT_BYTES": str(1 << 20)}


def command(*arguments):
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=120)


def files_of(folder):
    return sorted(os.path.relpath(os.path.join(at, name), folder) for at, _, names in os.walk(folder) for name in names)


def refused(code, *arguments):
    done = command(*arguments)
    assert done.returncode != 0 and f"({code})" in done.stderr and done.stderr.splitlines()[-1].startswith("gamekeeper: "), (done.returncode, done.stderr)


def check_refusals(gk, backup, folder, journal):
    """What must not be overwritten is not, and what is not a whole backup is not restored."""
    for occupied in (gk.data, backup):
        before = files_of(occupied)
        refused("not_empty", "restore", backup, "--data", occupied)
        refused("not_empty", "backup", occupied, "--data", gk.data)
        assert set(before) - set(files_of(occupied)) <= {f for f in before if f.endswith(("-wal", "-shm"))}, "something was removed"
    refused("not_empty", "backup", os.path.join(gk.data, "inside"), "--data", gk.data)
    refused("no_data", "backup", os.path.join(folder, "new"), "--data", os.path.join(folder, "nothing"))
    check_exact(gk, journal)
    damaged = os.path.join(folder, "damaged")
    shutil.copytree(backup, damaged)
    victim = os.path.join(damaged, "log", "p00", sorted(os.listdir(os.path.join(damaged, "log", "p00")))[0])
    with open(victim, "r+b") as f:
        f.seek(os.path.getsize(victim) // 2)
        byte = f.read(1)
        f.seek(-1, os.SEEK_CUR)
        f.write(bytes([byte[0] ^ 4]))
    target = os.path.join(folder, "from-damaged")
    refused("damaged_backup", "restore", damaged, "--data", target)
    refused("restore_unfinished", "serve", "--data", target, "--listen", "127.0.0.1:0")
    os.unlink(os.path.join(damaged, "backup.json"))
    refused("no_backup", "restore", damaged, "--data", os.path.join(folder, "other"))


def one_round(gk, journal, folder, chance, kill):
    backup, data = os.path.join(folder, "backup"), os.path.join(folder, "data")
    with Load(journal, lambda: gk) as load:
        time.sleep(chance.uniform(1, 2))
        before, _ = journal.known()
        running = subprocess.Popen([BINARY, "backup", backup, "--data", gk.data, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if kill:
            time.sleep(chance.uniform(0, 0.1))
            gk.kill()
            gk.start()
        out, told = running.communicate(timeout=120)
        assert running.returncode == 0, told
        _, after = journal.known()
        time.sleep(0.5)
        assert len(journal.acknowledged) > len(before), "no load during the backup"
    summary = json.loads(out)
    lines = told.splitlines()
    assert len(lines) >= summary["files"] and all(re.fullmatch(r"backup: \d+ of \d+ files, \d+ of \d+ KiB: \S+", line) for line in lines), told
    assert any(f"backup: {n} of {n} files" in lines[-1] for n in (summary["files"],)), lines[-1]
    assert not [f for f in files_of(backup) if f.endswith(("-wal", "-shm", "-journal", "lock"))], files_of(backup)
    assert os.stat(os.path.join(backup, "dev-credentials.json")).st_mode & 0o777 == 0o600

    done = command("restore", backup, "--data", data, "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["bytes"] == summary["bytes"], (done.stdout, done.stderr)
    copied = Server(data=data, env=SMALL_SEGMENTS)
    try:
        copied.start()
        then = journal.as_of(before, after)
        row = check_bounds(copied, then)
        assert row["accepted"] == sum(p["log"] - 1 for p in summary["partitions"]), (row, summary)
        assert all(p["series"] <= p["log"] for p in summary["partitions"]), summary
        print(f"seed {SEED}: {summary['files']} files, {summary['bytes'] >> 10} KiB in {summary['seconds']:.2f} s; acknowledged before {len(before)}, "
              f"restored {row['stored']}, sent by its end {len(after)}, in all {len(journal.sent)}; answers {load.statuses()}")
        settle(copied, then)
        check_exact(copied, then)
        settle(gk, journal)
        check_exact(gk, journal)
        check_refusals(copied, backup, folder, then)
        assert copied.stop() == 0
    finally:
        copied.close()


def test_backup_under_load_and_restore():
    chance = random.Random(SEED)
    with Server(env=SMALL_SEGMENTS) as gk:
        journal = Journal(SEED)
        for n in range(ROUNDS):
            with tempfile.TemporaryDirectory(prefix="gk-backup-") as folder:
                one_round(gk, journal, folder, chance, kill=n % 2 == 1)


run(globals())
