"""Random streams against a naive count: repeats, disorder, late events, wrong clocks, several zones, two apps.

The naive program keeps every event in a list and counts anew for every question, by the meanings in docs/api.
"""
import collections
import random
import time
import zoneinfo
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

from gk import Server, run

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
ZONES = ["UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]
NAMES = ["level_end", "item_used", "error", "purchase", "session_start", "session_end"]
QUERY = """query($m: Metric!, $f: DateTime!, $t: DateTime!, $s: Step!, $e: String, $g: Dimension, $c: String, $w: [Filter!], $z: String) {
  series(metric: $m, from: $f, to: $t, step: $s, event: $e, groupBy: $g, currency: $c, filter: $w, timezone: $z, limit: 100) {
    key total totalAmount points { time value amount } } }"""


def iso(ms):
    return datetime.fromtimestamp(ms / 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Naive:
    """What the contract says, in the plainest way."""

    def __init__(self):
        self.events, self.seen, self.session = [], set(), {}

    def add(self, app, e, received, sent):
        identity = (app, e["player_id"], e.get("session_id"), e["seq"]) if "seq" in e else (app, e["id"])
        if identity in self.seen:
            return
        self.seen.add(identity)
        key = (app, e["player_id"], e["session_id"]) if "session_id" in e else None
        state = self.session.setdefault(key, {"offset": received - sent if sent and abs(received - sent) > 10_000 else 0}) if key else {}
        props = e.get("properties", {})
        if e["name"] == "session_start":
            for d in ("platform", "country", "version"):
                if d in props:
                    state[d] = props[d]
        row = {"app": app, "name": e["name"], "player": e["player_id"], "session": key, "time": e["time"] + state.get("offset", 0), "props": props}
        for d in ("platform", "country", "version"):
            row[d] = props.get(d, state.get(d, ""))
        row["event"] = e["name"]
        self.events.append(row)

    def rows(self, app, keep=lambda e: True):
        return [e for e in self.events if e["app"] == app and keep(e)]


def bucket_starts(f, t, step, zone):
    """Local buckets of the zone, cut by the range."""
    tz = zoneinfo.ZoneInfo(zone)
    if step == "HOUR":
        out, at = [], f
        while at < t:
            local = datetime.fromtimestamp(at / 1000, tz)
            offset = int(local.utcoffset().total_seconds() * 1000)
            floor = (at + offset) // HOUR * HOUR - offset
            out.append(at if not out else floor)
            at = floor + HOUR
        return out
    if step == "MINUTE":
        return list(range(f, t, MINUTE))
    out, day = [], datetime.fromtimestamp(f / 1000, tz).date()
    if step == "WEEK":
        day -= timedelta(days=day.weekday())
    if step == "MONTH":
        day = day.replace(day=1)
    while True:
        start = int(datetime(day.year, day.month, day.day, tzinfo=tz).timestamp() * 1000)
        if start >= t:
            return out
        out.append(max(start, f))
        day = day + timedelta(days=7 if step == "WEEK" else 1) if step != "MONTH" else (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def index_of(starts, at):
    i = 0
    while i + 1 < len(starts) and starts[i + 1] <= at:
        i += 1
    return i


def make_stream(seed, base):
    """Batches of (app, sent_at or None, events)."""
    chance = random.Random(seed)
    batches, sent_before = [], []
    for _ in range(120):
        app, player = chance.choice(["demo", "other"]), f"p{chance.randint(1, 25)}"
        session, start = f"s{chance.randint(1, 3)}-{player}", base + chance.randint(0, 12 * DAY)
        skew = chance.choice([0, 0, 0, 7 * HOUR, -3 * HOUR])
        events, seq = [], 0
        for _ in range(chance.randint(1, 30)):
            seq += 1 if chance.random() < 0.95 else 2
            name = chance.choice(NAMES)
            e = {"name": name, "player_id": player, "time": start + seq * chance.choice([1000, 40_000, 200_000])}
            if chance.random() < 0.85:
                e["session_id"], e["seq"] = session + f"-{len(batches) % 40}", seq
            else:
                e["id"] = f"00000000-0000-4000-8000-{chance.getrandbits(48):012x}"
            p = {}
            if name == "purchase":
                p = {"amount": chance.choice([0, 0.99, 4.99, 12.345678]), "currency": chance.choice(["EUR", "USD"])}
            elif name == "error":
                p = {"severity": chance.choice(["info", "error", "critical"]), "message": "m"}
            for d, values in (("platform", ["ios", "pc"]), ("country", ["DE", "US", "JP"]), ("version", ["1", "2"])):
                if chance.random() < (0.8 if name == "session_start" else 0.1):
                    p[d] = chance.choice(values)
            e["properties"] = p
            events.append(e)
        chance.shuffle(events)
        batches.append((app, skew, events))
        if sent_before and chance.random() < 0.3:
            batches.append(chance.choice(sent_before))
        sent_before.append((app, skew, events))
    return batches


def approx(a, b, tolerance=0.0101):
    return abs(a - b) <= tolerance * max(abs(a), abs(b)) + 1e-9


def check_series(gk, key, naive, app, base, chance, now):
    zone = chance.choice(ZONES)
    f = base - DAY + chance.randint(0, 200) * 15 * MINUTE
    t = f + chance.choice([3 * HOUR, 2 * DAY, 14 * DAY]) // (15 * MINUTE) * (15 * MINUTE)
    step = chance.choice(["HOUR", "DAY", "WEEK", "MONTH"])
    group = chance.choice([None, None, "PLATFORM", "COUNTRY", "VERSION", "EVENT"])
    where = chance.choice([None, None, ("COUNTRY", ["DE", ""]), ("PLATFORM", ["ios"])])
    if where and group == where[0]:
        where = None
    keep = (lambda e: True) if not where else (lambda e: e[where[0].lower()] in where[1])
    starts = bucket_starts(f, t, step, zone)
    for metric in ("EVENTS", "ERRORS", "ACTIVE_PLAYERS", "PAYERS", "REVENUE", "NEW_PLAYERS", "SESSIONS", "CONCURRENT_PLAYERS", "SESSION_SECONDS_MEDIAN"):
        g, w, k = group, where, keep
        if metric in ("CONCURRENT_PLAYERS", "SESSIONS", "SESSION_SECONDS_MEDIAN", "NEW_PLAYERS"):
            g, w, k = None, None, lambda e: True
        event = chance.choice([None, None, "level_end"]) if metric in ("EVENTS", "ACTIVE_PLAYERS") else None
        rows = [e for e in naive.rows(app, k) if event is None or e["name"] == event]
        expected = collections.defaultdict(lambda: [None] * len(starts))
        totals = {}
        dim = (lambda e: e[g.lower()]) if g else (lambda e: "")
        if metric in ("EVENTS", "ERRORS", "REVENUE"):
            value = {"EVENTS": lambda e: 1, "ERRORS": lambda e: int(e["name"] == "error" and e["props"]["severity"] in ("error", "critical")),
                     "REVENUE": lambda e: Decimal(str(e["props"]["amount"])) if e["name"] == "purchase" and e["props"]["currency"] == "EUR" else 0}[metric]
            for e in rows:
                if f <= e["time"] < t and value(e):
                    i, v = index_of(starts, e["time"]), expected[dim(e)]
                    v[i] = (v[i] or 0) + value(e)
                    totals[dim(e)] = totals.get(dim(e), 0) + value(e)
        elif metric in ("ACTIVE_PLAYERS", "PAYERS"):
            paid = lambda e: e["name"] == "purchase" and e["props"]["amount"] > 0  # noqa: E731
            for e in rows:
                if f <= e["time"] < t and (metric == "ACTIVE_PLAYERS" or paid(e)):
                    i, v = index_of(starts, e["time"]), expected[dim(e)]
                    v[i] = (v[i] or set()) | {e["player"]}
                    totals.setdefault(dim(e), set()).add(e["player"])
            for v in expected.values():
                v[:] = [len(x) if x else None for x in v]
            totals = {x: len(s) for x, s in totals.items()}
        elif metric == "NEW_PLAYERS":
            first = {}
            for e in rows:
                first[e["player"]] = min(first.get(e["player"], 1 << 60), e["time"])
            for at in first.values():
                if f <= at < t:
                    v = expected[""]
                    v[index_of(starts, at)] = (v[index_of(starts, at)] or 0) + 1
                    totals[""] = totals.get("", 0) + 1
        else:
            spans = {}
            for e in rows:
                if e["session"]:
                    a, b = spans.get(e["session"], (e["time"], e["time"]))
                    spans[e["session"]] = (min(a, e["time"]), max(b, e["time"]))
            if metric == "CONCURRENT_PLAYERS":
                minutes = collections.defaultdict(set)
                for (_, player, _), (a, b) in spans.items():
                    for m in range(a // MINUTE, b // MINUTE + 1):
                        if f <= m * MINUTE < t:
                            minutes[m * MINUTE].add(player)
                for at, players in minutes.items():
                    v = expected[""]
                    v[index_of(starts, at)] = max(v[index_of(starts, at)] or 0, len(players))
                    totals[""] = max(totals.get("", 0), len(players))
            else:
                lengths = collections.defaultdict(list)
                for a, b in spans.values():
                    if f <= a < t:
                        lengths[index_of(starts, a)].append((b - a) / 1000)
                everything = sorted(x for v in lengths.values() for x in v)
                for i, values in lengths.items():
                    values.sort()
                    expected[""][i] = len(values) if metric == "SESSIONS" else values
                if everything:
                    totals[""] = len(everything) if metric == "SESSIONS" else everything
        got = {s["key"] if g else "": s for s in gk.graphql(QUERY, key=key, m=metric, f=iso(f), t=iso(t), s=step, e=event, g=g, z=zone,
                                                          c="EUR" if metric == "REVENUE" else None, w=[{"dimension": w[0], "in": w[1]}] if w else None)["series"]}
        what = (metric, step, zone, iso(f), iso(t), g, w, event)
        live = {x for x, v in expected.items() if any(v)}
        assert {x for x, s in got.items() if s["total"] or any(p["value"] for p in s["points"])} == live, (what, sorted(got), sorted(live))
        for name in live:
            s = got[name]
            assert [p["time"] for p in s["points"]] == [p["time"] for p in s["points"] if p["time"]] and len(s["points"]) == len(starts), what
            for i, p in enumerate(s["points"]):
                want = expected[name][i]
                if metric == "SESSION_SECONDS_MEDIAN":
                    if want:
                        low, high = want[(len(want) - 1) // 2], want[len(want) // 2]
                        assert low * 0.9899 - 1e-9 <= p["value"] <= high * 1.0101 + 1e-9, (what, p, low, high)
                elif metric == "REVENUE":
                    assert Decimal(p["amount"]) == (want or 0), (what, p, want)
                else:
                    assert p["value"] == (want or 0), (what, name, i, p, want)
            if metric == "REVENUE":
                assert Decimal(s["totalAmount"]) == totals[name], (what, s, totals)
            elif metric != "SESSION_SECONDS_MEDIAN":
                assert s["total"] == totals[name], (what, name, s["total"], totals[name])


def check_days(gk, key, naive, app, base, chance, now):
    zone = chance.choice(ZONES)
    tz = zoneinfo.ZoneInfo(zone)
    day = lambda ms: datetime.fromtimestamp(ms / 1000, tz).date()  # noqa: E731
    active = collections.defaultdict(set)
    first = {}
    for e in naive.rows(app):
        active[day(e["time"])].add(e["player"])
        first[e["player"]] = min(first.get(e["player"], 1 << 60), e["time"])
    d = day(base) + timedelta(days=chance.randint(0, 14))
    got = gk.graphql("query($d: Date!, $z: String) { activePlayers(date: $d, timezone: $z) { daily weekly monthly } }", key=key, d=str(d), z=zone)["activePlayers"]
    union = lambda n: len(set().union(*(active[d - timedelta(days=i)] for i in range(n))))  # noqa: E731
    assert got == {"daily": union(1), "weekly": union(7), "monthly": union(30)}, (got, zone, d)
    f, t = day(base) - timedelta(days=1), day(base) + timedelta(days=13)
    got = gk.graphql("query($f: Date!, $t: Date!, $z: String) { retention(from: $f, to: $t, days: [0, 1, 3, 7, 40], timezone: $z) { cohorts { date size retained } } }",
                     key=key, f=str(f), t=str(t), z=zone)["retention"]["cohorts"]
    today = day(now)
    by_date = {date.fromisoformat(c["date"]): c for c in got}
    d = f
    while d < t:
        cohort = {p for p, at in first.items() if day(at) == d}
        c = by_date.get(d)
        assert (c["size"] if c else 0) == len(cohort), (d, c, len(cohort), zone)
        if c:
            for n, value in zip([0, 1, 3, 7, 40], c["retained"]):
                over = d + timedelta(days=n) < today
                want = len(cohort & active[d + timedelta(days=n)]) if over else None
                assert value == want, (zone, d, n, value, want)
        d += timedelta(days=1)


def test_random_streams_equal_a_naive_count():
    for seed in (1, 2):
        with Server() as gk:
            token = gk.admin()
            assert gk.call("POST", "/api/v1/admin/apps", {"id": "other", "settings": {"timezone": "America/New_York"}}, key=token).status == 201
            keys = {"demo": (gk.key("server"), gk.key("read"))}
            keys["other"] = tuple(gk.call("POST", "/api/v1/admin/apps/other/keys", {"kind": k, "name": k}, key=token).json()["key"] for k in ("server", "read"))
            now = int(time.time() * 1000)
            base = now // DAY * DAY - 20 * DAY
            naive = Naive()
            for app, skew, events in make_stream(seed, base):
                received = int(time.time() * 1000)
                # An offset is exact to the server's clock only: whole minutes in every comparison hide the milliseconds.
                sent = None if skew == 0 else received - skew
                document = {"sent_at": sent} if sent else {}
                out = gk.post(events, key=keys[app][0], **document)
                assert out["accepted"] == len(events), out
                for e in events:
                    naive.add(app, e, received, sent)
            gk.drained()
            chance = random.Random(seed)
            for _ in range(25):
                app = chance.choice(["demo", "other"])
                check_series(gk, keys[app][1], naive, app, base, chance, now)
                check_days(gk, keys[app][1], naive, app, base, chance, now)


run(globals())
