"""kill -9 during ingest from six writers with repeats, disorder and late events (RELIABILITY R1, R9).

GK_CRASH_ROUNDS kills (6). Ready again within 2 s each time; acknowledged <= visible <= acknowledged + uncertain, the
ledger balances, and once the uncertain have been sent again every number equals the naive count.
"""
import os
import random
import time

from gk import Server, run
from journal import Journal, Load, check_bounds, check_exact, settle

ROUNDS = int(os.environ.get("GK_CRASH_ROUNDS", "6"))
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
                slowest = max(slowest, gk.ready_s)
                assert gk.ready_s <= 2, gk.ready_s
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


run(globals())
