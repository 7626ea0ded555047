"""Six kill -9 during ingest from six writers with repeats, disorder and late events (RELIABILITY R1, R9, R11).

Per event: acknowledged, or maybe (sent, no answer). Acknowledged <= visible <= acknowledged + maybe, each counted once,
and the ledger balances. Ready again within 2 s each time.
"""
import random
import threading
import time

from gk import Server, run

KILLS = 6


class Writer(threading.Thread):
    def __init__(self, gk, number, stop):
        super().__init__()
        self.gk, self.number, self.stop = gk, number, stop
        self.random = random.Random(number)
        self.acknowledged, self.maybe = set(), set()
        self.trouble = None

    def run(self):
        session, seq, kept = 0, 0, []
        while not self.stop.is_set():
            if seq > 2000:
                session, seq = session + 1, 0
            batch = []
            for _ in range(self.random.randint(1, 300)):
                seq += 1
                batch.append((session, seq))
            if kept and self.random.random() < 0.3:
                batch += self.random.choice(kept)  # a repeat of something sent before
            self.random.shuffle(batch)
            kept = kept[-20:] + [list(batch)]
            now = int(time.time() * 1000)
            events = [{"name": "crash", "player_id": f"w{self.number}", "session_id": f"s{s}", "seq": n,
                       "time": now - self.random.choice([0, 0, 0, 60_000, 86_400_000])} for s, n in batch]
            self.maybe.update(batch)
            try:
                answer = self.gk.call("POST", "/api/v1/events", {"events": events}, timeout=5)
            except Exception:  # noqa: BLE001 — killed in between: the outcome is unknown
                time.sleep(0.05)
                continue
            if answer.status == 200:
                if answer.json()["accepted"] != len(events):
                    self.trouble = answer.body[:300]
                self.acknowledged.update(batch)
            elif answer.status not in (503, 429):
                self.trouble = (answer.status, answer.body[:300])


def test_six_kills():
    gk = Server()
    try:
        gk.start()
        stop = threading.Event()
        writers = [Writer(gk, n, stop) for n in range(6)]
        for w in writers:
            w.start()
        chance = random.Random(7)
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.3, 1.5))
            gk.kill()
            gk.start()
            assert gk.ready_s <= 2, gk.ready_s
        time.sleep(0.5)
        stop.set()
        for w in writers:
            w.join()
            assert w.trouble is None, w.trouble
        row = gk.row(60)
        acknowledged = sum(len(w.acknowledged) for w in writers)
        maybe = sum(len(w.maybe) for w in writers)
        assert acknowledged <= row["stored"] <= maybe, (acknowledged, row, maybe)
        now = time.time()
        iso = lambda s: time.strftime("%Y-%m-%dT%H:00:00Z", time.gmtime(s))  # noqa: E731
        series = gk.graphql("""query($f: DateTime!, $t: DateTime!) { series(metric: EVENTS, event: "crash", from: $f, to: $t, step: HOUR) { total } }""",
                            f=iso(now - 3 * 86400), t=iso(now + 7200))["series"]
        assert series[0]["total"] == row["stored"], (series, row)
        gk.kill()
        gk.start()
        assert gk.row()["stored"] == row["stored"]
        print(f"acknowledged {acknowledged}, visible {row['stored']}, sent {maybe}")
    finally:
        gk.close()


run(globals())
