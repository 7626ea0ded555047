"""Three weeks of a small game, made up from a seed, so that pictures show what the pages are for."""
import math
import random
import time

DAY = 86_400_000
HOUR = 3_600_000
COUNTRIES = ["DE", "US", "JP", "BR", "FR", "KR", "GB", "IN"]


def players(rng, days, a_day):
    """(player, first day, platform, country): weekends bring more, and each cohort stays a little longer than the last."""
    for day in range(days):
        for n in range(round(a_day * (1 + 0.35 * math.sin(day / 7 * math.tau)) + rng.gauss(0, 2))):
            yield f"h{day:02}-{n:03}", day, rng.choice(["ios", "android", "android", "pc"]), COUNTRIES[int(rng.random() ** 2 * 8)]


def sessions(rng, first_day, days):
    """The days on which a player came, and how often."""
    for day in range(first_day, days):
        age = day - first_day
        if age == 0 or rng.random() < (0.38 + 0.006 * first_day) * (age ** -0.42):
            for _ in range(rng.choice([1, 1, 2, 3])):
                yield day


def play(rng, player, platform, country, start):
    """One session's events."""
    session, at, events = f"{player}-{start}", start, []

    def add(name, **properties):
        events.append({"name": name, "player_id": player, "session_id": session, "seq": len(events) + 1, "time": at, "properties": properties})

    add("session_start", platform=platform, country=country, version=rng.choice(["1.4.0", "1.4.1", "1.5.0"]))
    for _ in range(rng.randint(3, 14)):
        at += rng.randint(20_000, 150_000)
        dice = rng.random()
        if dice < 0.5:
            add("level_end", level=rng.randint(1, 40))
        elif dice < 0.75:
            add("progression", status=rng.choice(["complete", "complete", "fail"]), level=str(rng.randint(1, 40)), score=rng.randint(0, 9999))
        elif dice < 0.92:
            add("item_used", item_id=rng.choice(["potion", "key", "map"]))
        elif dice < 0.97:
            add("purchase", amount=rng.choice([0.99, 4.99, 9.99]), currency="EUR", item_id="chest")
        else:
            add("error", severity=rng.choice(["warning", "error"]), message="asset took too long")
    at += 30_000
    add("session_end")
    return events


def send(gk, days=21, a_day=140, seed=7):
    """Posts it all; the last day ends now."""
    rng = random.Random(seed)
    now = int(time.time() * 1000)
    midnight = now - now % DAY - (days - 1) * DAY
    batch = []

    def post(rest=0):
        while len(batch) > rest:
            gk.post(batch[:4000])
            del batch[:4000]

    for player, first, platform, country in players(rng, days, a_day):
        for day in sessions(rng, first, days):
            hour = rng.gauss(19, 3.5) % 24  # evenings
            start = midnight + day * DAY + int(hour * HOUR) + rng.randint(0, HOUR)
            events = play(rng, player, platform, country, start)
            if events[-1]["time"] < now:
                batch.extend(events)
        post(4000)
    post()
