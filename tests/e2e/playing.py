"""A small game's player side for pictures and browsers: duels whose strengths are known, and who is told of them."""
import datetime
import math
import random

from answers import ok

# Webhooks of tests lead to this machine, and give up at once.
WEBHOOKS_HERE = {"GAMEKEEPER_WEBHOOKS_ALLOW_PRIVATE": "true", "GAMEKEEPER_WEBHOOKS_TRIES": "1"}


def tell(gk, good, bad):
    """Two webhooks: one that answers, one that does not."""
    for url, event in ((good.url, "player.registered"), (bad.url, "match.voided")):
        ok(gk.call("POST", "/api/v1/webhooks", {"url": url, "events": [event]}, key="server"), 201)


def duel(gk, duels, days=12, seed=4):
    """Duels of the queue `duels` between thirty players, over some days until now; three games for more in `casual`; two taken back."""
    chance = random.Random(seed)
    players = [f"rated-{n:02}" for n in range(30)]
    strength = {player: chance.gauss(0, 1) for player in players}
    for player in players:
        ok(gk.call("POST", "/api/v1/players", {"player_id": player, "username": player.replace("rated", "Rated")}, key="server"), 201)
    began = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=days)
    for n in range(duels):
        a, b = chance.sample(players, 2)
        won = chance.random() < 1 / (1 + math.exp(1.5 * (strength[b] - strength[a])))
        played = began + datetime.timedelta(days=days * n / duels)
        result(gk, f"duel-{n}", [([a], 1 if won else 2), ([b], 2 if won else 1)], queue="duels", time=played.isoformat())
    for n in range(3):
        result(gk, f"field-{n}", [([player], rank + 1) for rank, player in enumerate(chance.sample(players, 4))], queue="casual")
    for n in range(2):
        ok(gk.call("POST", f"/api/v1/matches/duel-{n}/void", {"reason": "the server crashed"}, key="server"))


def result(gk, match, teams, **more):
    ok(gk.call("POST", "/api/v1/matches/result", {"match_id": match, "teams": [{"players": players, "rank": rank} for players, rank in teams], **more}, key="server"))
