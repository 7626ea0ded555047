"""Retention of the embedded log: only what is folded for certain goes, by age or by size, one whole file after another.

A live server under load with small segments; every number stays exact, the ledger balances, a kill in the midst of a
removal leaves no hole, a backup taken meanwhile is whole, and events that are gone before they were folded are said.
GK_RETENTION_ROUNDS times (1); GK_SEED=n another course.
"""
import glob
import json
import os
import random
import re
import shutil
import signal
import subprocess
import tempfile
import time

from gk import BINARY, Server, run
from journal import Journal, Load, check_bounds, check_exact, settle

ROUNDS = int(os.environ.get("GK_RETENTION_ROUNDS", "1"))
SEED = int(os.environ.get("GK_SEED", "41"))
MIB = 1 << 20
BYTES_MAX = 4 * MIB
SMALL = {"GAMEKEEPER_LOG_SEGMENT_BYTES": str(MIB), "GAMEKEEPER_SERVER_DRAIN_WAIT_MS": "0"}
LITTLE = {**SMALL, "GAMEKEEPER_LOG_RETENTION_BYTES": str(BYTES_MAX)}
POINTS = ("trim.before", "trim.inside", "trim.after")
LOAD = {"batch_max": 100, "pause_s": 0.01}


def segments(data):
    """The segments' first positions, by partition."""
    return {os.path.basename(folder): sorted(int(os.path.basename(f)[:-4]) for f in glob.glob(folder + "/*.log"))
            for folder in glob.glob(os.path.join(data, "log", "p*"))}


def stored_bytes(data):
    total = 0
    for f in glob.glob(os.path.join(data, "log", "p*", "*.log*")):
        try:
            total += os.path.getsize(f) if f.endswith((".log", "-wal")) else 0
        except FileNotFoundError:
            pass
    return total


def metric(gk, name, **labels):
    """The sum over the series that have these labels."""
    text = gk.call("GET", "/metrics", key=None).body.decode()
    found = [line for line in re.findall(rf"^{name}(?:{{.*}})? .*$", text, re.M) if all(f'{k}="{v}"' in line for k, v in labels.items())]
    assert found, name
    return sum(float(line.rsplit(" ", 1)[1]) for line in found)


def forgotten(gk):
    return metric(gk, "gamekeeper_log_forgotten_events_total")


def wait_until(true, what, wait_s=60):
    give_up = time.monotonic() + wait_s
    while not true():
        assert time.monotonic() < give_up, f"not within {wait_s} s: {what}"
        time.sleep(0.1)


def lines_of(gk, event):
    return [line for line in map(json.loads, filter(lambda x: x.startswith("{"), gk.output().splitlines())) if line["event"] == event]


def load_until(gk, journal, true, what):
    with Load(journal, lambda: gk, **LOAD):
        wait_until(true, what)


def poke(gk, journal):
    """One event of each of fifty players, in both partitions: what is folded is durable once a commit a few seconds later is."""
    more = [(writer, None, journal.posts + 1_000_000) for writer in range(50, 100)]
    journal.sending(more)
    settle(gk, journal)


def fill(gk, journal, count=4):
    """At least `count` segments in every partition, everything folded."""
    load_until(gk, journal, lambda: all(len(s) >= count for s in segments(gk.data).values()), "segments")
    settle(gk, journal)
    check_exact(gk, journal)


def test_the_log_stays_small_under_load_and_every_number_exact():
    chance = random.Random(SEED)
    with Server(env=dict(LITTLE)) as gk:
        journal = Journal(SEED, filler=1000)
        load_until(gk, journal, lambda: forgotten(gk) > 0 and all(s[0] > 1 for s in segments(gk.data).values()), "both partitions trimmed")
        settle(gk, journal)
        row = check_exact(gk, journal)
        # One file a partition is being written to, and a look comes every few seconds.
        wait_until(lambda: poke(gk, journal) or stored_bytes(gk.data) <= BYTES_MAX + 2 * 2 * MIB, "the log is small again")
        wait_until(lambda: metric(gk, "gamekeeper_log_first_position") == sum(s[0] for s in segments(gk.data).values()), "the metric is true")
        assert 0 < metric(gk, "gamekeeper_log_bytes") <= BYTES_MAX + 4 * MIB
        assert time.time() - 600 < metric(gk, "gamekeeper_log_oldest_timestamp_seconds", partition=0) <= time.time()
        details = gk.call("GET", "/health/detailed", key="read").json()["checks"]["log"]["details"]
        assert details["bytes"] > 0 and re.fullmatch(r"20\d\d-.*Z", details["oldest_at"]), details
        removed = lines_of(gk, "segment_removed")
        assert removed and all(r["details"]["events"] > 0 and r["details"]["bytes"] > 0 for r in removed), gk.tail()
        wait_until(lambda: sum(r["details"]["events"] for r in lines_of(gk, "segment_removed")) == forgotten(gk), "metric and lines agree")
        told = json.loads(subprocess.run([BINARY, "doctor", "--json", "--data", gk.data, "--listen", f"127.0.0.1:{gk.port}"],
                                         capture_output=True, text=True, timeout=60, env=gk.env).stdout)
        log = [c for c in told["checks"] if c["check"] == "log"][0]
        assert log["status"] == "ok" and "720 hours and up to 4 MiB" in log["detail"], log
        print(f"  {row['stored']} visible, {len(removed)} segments and {forgotten(gk):.0f} events forgotten, {stored_bytes(gk.data) >> 10} KiB kept")
        for _ in range(ROUNDS):
            for point in POINTS:
                die_at(gk, journal, point, chance.randint(1, 3))
        assert gk.stop() == 0


def die_at(gk, journal, point, turn):
    """kill -9 in the midst of a removal, a start unattended, and exact numbers."""
    assert gk.stop() == 0
    gk.env["GAMEKEEPER_CRASH_AT"] = f"{point}:{turn}"
    gk.start()
    with Load(journal, lambda: gk, **LOAD):
        wait_until(lambda: gk.process.poll() is not None, point)
        assert gk.process.returncode == -9, gk.tail()
        del gk.env["GAMEKEEPER_CRASH_AT"]
        before = segments(gk.data)
        gk.start()
        after = segments(gk.data)
        assert all(after[p][0] >= before[p][0] for p in before), (before, after)
        assert all(int(os.path.basename(f)[:20]) >= after[os.path.basename(os.path.dirname(f))][0]
                   for f in glob.glob(os.path.join(gk.data, "log", "p*", "*.log*"))), "files of a removed segment are left"
    settle(gk, journal)
    check_exact(gk, journal)
    assert metric(gk, "gamekeeper_processor_gap_events") == 0


def test_what_is_old_goes_and_nothing_else():
    with Server(env={**SMALL, "GAMEKEEPER_LOG_RETENTION_HOURS": "1"}) as gk:
        journal = Journal(SEED, filler=1000)
        fill(gk, journal)
        assert forgotten(gk) == 0, "nothing is an hour old"
        # The oldest two files of each partition become old; the third, in between, stays young.
        before, old = segments(gk.data), time.time() - 2 * 3600
        wait_until(lambda: not glob.glob(os.path.join(gk.data, "log", "p*", f"*{before['p00'][1]:020}.log-wal")), "checkpointed")
        for partition, firsts in before.items():
            for first in firsts[:2]:
                for path in glob.glob(os.path.join(gk.data, "log", partition, f"{first:020}.log*")):
                    os.utime(path, (old, old))
        wanted = {p: firsts[2:] for p, firsts in before.items()}

        def trimmed():
            poke(gk, journal)
            return all(segments(gk.data)[p][0] >= w[0] for p, w in wanted.items())
        wait_until(trimmed, "the old ones are gone")
        assert all(segments(gk.data)[p][:len(w)] == w for p, w in wanted.items()), (before, segments(gk.data))
        check_exact(gk, journal)
        assert gk.stop() == 0
        gk.start()
        check_exact(gk, journal)
        assert {p: s[0] for p, s in segments(gk.data).items()} == {p: w[0] for p, w in wanted.items()}
        assert gk.stop() == 0


def test_what_nobody_has_folded_stays():
    with Server(env={**SMALL, "GAMEKEEPER_LOG_RETENTION_BYTES": "1"}, args=("--roles", "ingest,analytics,console")) as gk:
        journal = Journal(SEED, filler=1000)
        load_until(gk, journal, lambda: all(len(s) >= 4 for s in segments(gk.data).values()), "segments")
        time.sleep(12)  # two looks and more
        assert forgotten(gk) == 0 and all(s[0] == 1 for s in segments(gk.data).values()), segments(gk.data)
        assert gk.stop() == 0
        gk.args = []
        gk.start()
        settle(gk, journal)
        check_exact(gk, journal)
        wait_until(lambda: poke(gk, journal) or forgotten(gk) > 0, "now that it is folded, it goes")
        check_exact(gk, journal)
        assert gk.stop() == 0


def test_a_backup_is_whole_while_the_log_is_trimmed():
    with Server(env={**SMALL, "GAMEKEEPER_LOG_RETENTION_BYTES": "1"}) as gk, tempfile.TemporaryDirectory(prefix="gk-retention-") as folder:
        journal = Journal(SEED, filler=1000)
        backup, data = os.path.join(folder, "backup"), os.path.join(folder, "data")
        load_until(gk, journal, lambda: forgotten(gk) > 0, "trimmed")
        with Load(journal, lambda: gk, batch_max=100, pause_s=0.1):  # for long, so less of it
            before, _ = journal.known()
            copying = subprocess.Popen([BINARY, "backup", backup, "--data", gk.data, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            wait_until(lambda: os.path.exists(os.path.join(backup, "log")), "the series are copied")
            copying.send_signal(signal.SIGSTOP)
            assert copying.poll() is None
            until = forgotten(gk)
            time.sleep(13)  # two looks and more, with new segments all the time
            grown = forgotten(gk) - until
            copying.send_signal(signal.SIGCONT)
            out, told = copying.communicate(timeout=120)
            assert copying.returncode == 0, told
            _, after = journal.known()
            assert grown == 0, f"{grown} events were forgotten while the copy was being made"
            wait_until(lambda: forgotten(gk) > until, "trimmed again")
        assert all(p["series"] <= p["log"] for p in json.loads(out)["partitions"]), out
        done = subprocess.run([BINARY, "restore", backup, "--data", data], capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        copied = Server(data=data, env=dict(LITTLE))
        try:
            copied.start()
            then = journal.as_of(before, after)
            check_bounds(copied, then)
            assert metric(copied, "gamekeeper_processor_gap_events") == 0
            settle(copied, then)
            check_exact(copied, then)
            assert copied.stop() == 0
        finally:
            copied.close()
        settle(gk, journal)
        check_exact(gk, journal)
        assert gk.stop() == 0


def test_events_that_are_gone_before_they_were_folded_are_said():
    with Server(env={**SMALL, "GAMEKEEPER_LOG_RETENTION_BYTES": "1"}) as gk:
        journal = Journal(SEED, filler=1000)
        poke(gk, journal)
        check_exact(gk, journal)
        assert gk.stop() == 0
        early = tempfile.mkdtemp(prefix="gk-early-")
        try:
            shutil.copytree(os.path.join(gk.data, "series"), early, dirs_exist_ok=True)
            gk.start()
            load_until(gk, journal, lambda: all(s[0] > 1 for s in segments(gk.data).values()), "both partitions trimmed")
            settle(gk, journal)
            check_exact(gk, journal)
            assert gk.stop() == 0
            gone = {p: s[0] - 1 for p, s in segments(gk.data).items()}

            shutil.rmtree(os.path.join(gk.data, "series"))
            gk.start()  # made anew from what is left: allowed, and said
            gk.drained()
            assert metric(gk, "gamekeeper_processor_gap_events") == sum(gone.values())
            told = {f"p{line['details']['partition']:02}": line["details"]["events"] for line in lines_of(gk, "log_gap")}
            assert told == gone, (told, gone)
            assert metric(gk, "gamekeeper_processor_partitions", state="folding") == 2
            assert gk.stop() == 0

            shutil.rmtree(os.path.join(gk.data, "series"))
            shutil.copytree(early, os.path.join(gk.data, "series"))
            gk.start()  # goes on from where the log no longer is: not allowed
            wait_until(lambda: metric(gk, "gamekeeper_processor_partitions", state="halted") == 2, "halted")
            assert 0 < metric(gk, "gamekeeper_processor_gap_events") < sum(gone.values())
            assert {line["details"]["code"] for line in lines_of(gk, "partition_halted")} == {"trimmed"}
            first = segments(gk.data)
            time.sleep(6)
            assert segments(gk.data) == first, "a halted fold's log was trimmed"
            assert gk.stop() == 0
        finally:
            shutil.rmtree(early)


run(globals())
