"""kill -9 during ingest from six writers with repeats, disorder and late events (RELIABILITY R1, R9).

GK_CRASH_ROUNDS kills (6). Ready again within 2 s each time; acknowledged <= visible <= acknowledged + uncertain, the
ledger balances, and once the uncertain have been sent again every number equals the naive count.
"""
import os
import pathlib
import random
import time

from gk import Server, run
from journal import Journal, Load, check_bounds, check_exact, settle

ROUNDS = int(os.environ.get("GK_CRASH_ROUNDS", "6"))
LOG_MIB = int(os.environ.get("GK_LOG_MIB", "64"))
SEED = int(os.environ.get("GK_SEED", "7"))


def test_kills_during_ingest():
    gk = Server()
    try:
        gk.start()
        journal, chance, slowest = Journal(SEED), random.Random(SEED), 0
        with Load(journal, lambda: gk) as load:
            for _ in range(ROUNDS):
                time.sleep(chance.uniform(0.05, 2.0))
                gk.kill()
                gk.start()
                gk.check_ready()
                slowest = max(slowest, gk.ready_s)
            time.sleep(0.3)
        row = check_bounds(gk, journal)
        print(f"seed {SEED}: {ROUNDS} kills; acknowledged {len(journal.acknowledged)}, visible {row['stored']}, "
              f"sent {len(journal.sent)}, repeats {row['repeated']}, ready in {slowest:.2f} s at most, answers {load.statuses()}")
        settle(gk, journal)
        check_exact(gk, journal)
        gk.kill()
        gk.start()
        check_exact(gk, journal)
    finally:
        gk.close()


def test_ready_with_a_long_log():
    """GK_LOG_MIB of log (64) that does not compress, then kill -9 in the middle of more: ready within 2 s, nothing lost."""
    chance, sent = random.Random(SEED), 0
    fillers = [chance.randbytes(500).hex() for _ in range(2000)]

    def batch(n):
        return {"events": [{"name": "fill", "player_id": f"p{i % 50}", "session_id": f"s{i % 50}", "seq": n * 40 + i // 50 + 1,
                            "properties": {"filler": chance.choice(fillers)}} for i in range(2000)]}

    with Server() as gk:
        while sum(f.stat().st_size for f in pathlib.Path(gk.data, "log").rglob("*.log*")) < LOG_MIB << 20:
            answer = gk.call("POST", "/api/v1/events", batch(sent))
            assert answer.status in (200, 503), (answer.status, answer.body[:300])
            sent += answer.status == 200
        journal = Journal(SEED)
        with Load(journal, lambda: gk):
            time.sleep(0.5)
            gk.kill()
            gk.start()
        gk.check_ready()
        settle(gk, journal)
        row = gk.row(120)
        assert row["stored"] == sent * 2000 + len(journal.acknowledged), (row, sent, len(journal.acknowledged))
        print(f"ready in {gk.ready_s:.2f} s with {LOG_MIB} MiB of log, {row['stored']} events")


run(globals())
