"""The client's own record of what it sent, outside the server's folder, and the naive count of what must be visible.

Every event has an identity (session and number, or an id) and is a pure function of it, so that a repeat is the same
event. Per identity: acknowledged (a 200 was read), uncertain (sent, and no answer or one that may have stored a part), or
never (refused for certain). LOST: acknowledged and not visible. GHOST: visible and never sent. DUP: counted twice.
"""
import collections
import copy
import http.client
import random
import threading
import time
import uuid
from datetime import datetime, timezone
from decimal import Decimal

HOUR, DAY = 3_600_000, 86_400_000
NAMES = ["level_end", "item_used", "purchase", "chat"]
PLATFORMS = ["ios", "android", "pc"]
LATE = [0, 0, 0, 0, 60_000, 3 * HOUR, DAY, 9 * DAY]
SERIES = """query($m: Metric!, $f: DateTime!, $t: DateTime!, $s: Step!, $g: Dimension, $c: String) {
  series(metric: $m, from: $f, to: $t, step: $s, groupBy: $g, currency: $c, limit: 100) { key total totalAmount points { time value amount } } }"""
GAPS = "query($f: DateTime!, $t: DateTime!) { sequenceGaps(from: $f, to: $t) { playerId sessionId missing { first last } } }"


def iso(ms):
    return datetime.fromtimestamp(ms / 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def ms_of(text):
    return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


class Journal:
    """Safe from any thread. `base` is the time (ms) that all events are dated from; each carries `filler` bytes that do
    not compress, for tests that need a log that grows fast."""

    def __init__(self, seed=1, filler=0):
        self.seed = seed
        chance = random.Random(seed)
        self.fillers = [chance.randbytes(filler // 2).hex() for _ in range(1000)] if filler else []
        self.base = int(time.time() * 1000)
        self.mutex = threading.Lock()
        self.acknowledged, self.sent = set(), set()
        self.attempts = collections.defaultdict(list)  # identity → numbers of the posts that carried it
        self.posts, self.loads = 0, 0
        self.events = {}
        self.last_ack = 0.0

    def event(self, identity):
        """What `identity` = (writer, session, seq) or (writer, None, n) looks like, always the same."""
        if known := self.events.get(identity):
            return known
        writer, session, number = identity
        chance = random.Random(f"{self.seed} {identity}")
        event = {"name": chance.choice(NAMES), "time": self.base - chance.choice(LATE) - chance.randrange(60_000),
                 "properties": {"platform": chance.choice(PLATFORMS)}}
        if self.fillers:
            event["properties"]["filler"] = chance.choice(self.fillers)
        if event["name"] == "purchase":
            event["properties"].update(amount=chance.randrange(1, 100_000) / 100, currency="EUR")
        if session is None:
            event.update(player_id=f"w{writer}", id=str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.seed} {writer} {number}")))
        else:
            event.update(player_id=f"w{writer}p{session % 3}", session_id=f"w{writer}s{session}", seq=number)
        self.events[identity] = event
        return event

    def sending(self, identities):
        with self.mutex:
            self.posts += 1
            for identity in identities:
                self.sent.add(identity)
                self.attempts[identity].append(self.posts)

    def confirm(self, identities):
        with self.mutex:
            self.acknowledged.update(identities)
            self.last_ack = time.monotonic()

    def known(self):
        """(acknowledged, sent) at one moment, never half of a post: its events are recorded in any order, so that half
        of one would have gaps of numbers that the server has every right to call missing."""
        with self.mutex:
            return set(self.acknowledged), set(self.sent)

    def as_of(self, acknowledged, sent):
        """The journal of a server that has at least these and at most those, for it went another way since."""
        out = copy.copy(self)
        out.acknowledged, out.sent = set(acknowledged), set(sent)
        return out

    def uncertain(self):
        with self.mutex:
            return self.sent - self.acknowledged

    def counts(self, identities):
        """(name, hour), (platform, day), (day → players), (hour → cents) of these events, each counted once."""
        names, platforms, cents = collections.Counter(), collections.Counter(), collections.Counter()
        players = collections.defaultdict(set)
        for identity in identities:
            e = self.event(identity)
            hour, day = e["time"] // HOUR * HOUR, e["time"] // DAY * DAY
            names[e["name"], hour] += 1
            platforms[e["properties"]["platform"], day] += 1
            players[day].add(e["player_id"])
            if e["name"] == "purchase":
                cents[hour] += round(e["properties"]["amount"] * 100)
        return names, platforms, cents, players


class Visible:
    """The same counts as the public API gives them."""

    def __init__(self, gk, journal):
        f, t = iso((journal.base - 12 * DAY) // DAY * DAY), iso((journal.base + 2 * DAY) // DAY * DAY)

        def series(metric, step, **more):
            return gk.graphql(SERIES, m=metric, f=f, t=t, s=step, **more)["series"]

        def points(metric, step, dimension):
            return {(s["key"], ms_of(p["time"])): p["value"] for s in series(metric, step, g=dimension) for p in s["points"] if p["value"]}

        self.names = points("EVENTS", "HOUR", "EVENT")
        self.platforms = points("EVENTS", "DAY", "PLATFORM")
        self.total = series("EVENTS", "DAY")[0]["total"]
        revenue = series("REVENUE", "HOUR", c="EUR")
        self.cents = {ms_of(p["time"]): int(Decimal(p["amount"]) * 100) for s in revenue for p in s["points"] if Decimal(p["amount"] or 0)}
        active = series("ACTIVE_PLAYERS", "DAY")[0]
        self.players = {ms_of(p["time"]): p["value"] for p in active["points"] if p["value"]}
        self.players_total = active["total"]
        self.missing = {(g["sessionId"], n) for g in gk.graphql(GAPS, f=f, t=t)["sequenceGaps"]
                        for m in g["missing"] for n in range(m["first"], m["last"] + 1)}


def sequenced(identities):
    """As Visible.missing names them."""
    return {(f"w{w}s{s}", n) for w, s, n in identities if s is not None}


def check_bounds(gk, journal, wait_s=60):
    """acknowledged <= visible <= acknowledged + uncertain, in all and in every hour of every event; the ledger balances."""
    row = gk.row(wait_s)
    least, most = len(journal.acknowledged), len(journal.sent)
    assert least <= row["stored"] <= most, f"LOST or GHOST: acknowledged {least}, visible {row['stored']}, sent {most}: {row}"
    assert row["accepted"] == row["stored"] + row["repeated"] + row["dropped"], row
    visible = Visible(gk, journal)
    assert visible.total == row["stored"], (visible.total, row)
    low, high = journal.counts(journal.acknowledged)[0], journal.counts(journal.sent)[0]
    for cell in set(low) | set(high) | set(visible.names):
        assert low[cell] <= visible.names.get(cell, 0) <= high[cell], (cell, low[cell], visible.names.get(cell, 0), high[cell])
    lost = visible.missing & sequenced(journal.acknowledged)
    assert not lost, f"LOST: {sorted(lost)[:5]}"
    return row


def settle(gk, journal, deadline_s=60):
    """Sends every uncertain event again, as a client does, until nothing is uncertain."""
    give_up = time.monotonic() + deadline_s
    while left := sorted(journal.uncertain(), key=str):
        batch = left[:1000]
        journal.sending(batch)
        answer = gk.call("POST", "/api/v1/events", {"events": [journal.event(i) for i in batch]})
        if answer.status == 200:
            assert answer.json()["accepted"] == len(batch), answer.body[:300]
            journal.confirm(batch)
        else:
            assert time.monotonic() < give_up, (answer.status, answer.body[:300])
            time.sleep(0.2)


def check_exact(gk, journal, wait_s=60):
    """With nothing uncertain left, every number equals the naive count."""
    assert not journal.uncertain()
    row = gk.row(wait_s)
    assert row["stored"] == len(journal.acknowledged), f"DUP, LOST or GHOST: {row}, distinct {len(journal.acknowledged)}"
    time.sleep(0.5)  # sets of players of days gone by may be 400 ms old
    visible = Visible(gk, journal)
    names, platforms, cents, players = journal.counts(journal.acknowledged)
    assert visible.names == dict(names), "events by name and hour"
    assert visible.platforms == dict(platforms), "events by platform and day"
    assert visible.cents == dict(cents), "revenue by hour"
    assert visible.players == {day: len(who) for day, who in players.items()}, "active players by day"
    assert visible.players_total == len(set().union(*players.values())), "active players"
    lost = visible.missing & sequenced(journal.acknowledged)
    assert not lost, f"LOST: {sorted(lost)[:5]}"
    assert not visible.missing, f"gaps of what was never sent: {sorted(visible.missing)[:5]}"
    return row


class Writer(threading.Thread):
    """Posts batches of 1 to `batch_max` events: repeats, disorder, late events; `target()` says to which server."""

    def __init__(self, journal, number, target, stop, batch_max=300, pause_s=0.0):
        super().__init__(daemon=True)
        self.journal, self.number, self.target, self.stop = journal, number, target, stop
        self.batch_max, self.pause_s = batch_max, pause_s
        self.random = random.Random(f"{journal.seed} {journal.loads} {number}")
        self.trouble = None
        self.statuses = collections.Counter()

    def run(self):
        session, seq, single, kept = self.journal.loads * 1000, 0, self.journal.loads * 1_000_000, []
        while not self.stop.is_set():
            if seq > 1500:
                session, seq = session + 1, 0
            batch = []
            for _ in range(self.random.randint(1, self.batch_max)):
                if self.random.random() < 0.1:
                    single += 1
                    batch.append((self.number, None, single))
                else:
                    seq += 1
                    batch.append((self.number, session, seq))
            if kept and self.random.random() < 0.3:
                batch += self.random.choice(kept)  # sent before, whatever came of it
            self.random.shuffle(batch)
            kept = kept[-20:] + [list(batch)]
            self.post(batch)
            if self.pause_s:
                self.stop.wait(self.pause_s)

    def post(self, batch):
        self.journal.sending(batch)
        try:
            answer = self.target().call("POST", "/api/v1/events", {"events": [self.journal.event(i) for i in batch]}, timeout=15)
        except (OSError, http.client.HTTPException):  # killed in between: the outcome is unknown
            self.statuses["none"] += 1
            self.stop.wait(0.05)
            return
        except AssertionError as error:  # an answer that breaks a promise
            self.trouble = repr(error)
            return
        self.statuses[answer.status] += 1
        if answer.status == 200:
            if answer.json()["accepted"] != len(batch):
                self.trouble = answer.body[:300]
            self.journal.confirm(batch)
        elif answer.status in (429, 503, 507):
            if not answer.headers["Content-Type"].startswith("application/problem+json"):
                self.trouble = (answer.status, dict(answer.headers))
            self.stop.wait(0.1)
        else:
            self.trouble = (answer.status, answer.body[:300])


class Load:
    """`with Load(...)`: writers at work until the block ends; then none of them may have met anything unpromised."""

    def __init__(self, journal, target, writers=6, **how):
        self.stop = threading.Event()
        journal.loads += 1  # its events are new ones
        self.writers = [Writer(journal, n, target, self.stop, **how) for n in range(writers)]

    def __enter__(self):
        for w in self.writers:
            w.start()
        return self

    def end(self):
        self.stop.set()
        for w in self.writers:
            w.join(30)
            assert not w.is_alive(), "a writer hangs"

    def __exit__(self, kind, *_):
        self.end()
        if kind is None:
            for w in self.writers:
                assert w.trouble is None, w.trouble

    def statuses(self):
        return dict(sum((w.statuses for w in self.writers), collections.Counter()))
