"""A small town for the pages about players and sessions: names, a month of results, sessions in every state, somebody banned."""
import random
import time

from answers import ok, wait_for

FIRST = ("amber", "brisk", "coral", "dusty", "ember", "frost", "gentle", "hollow", "ivory", "jolly", "keen", "lunar", "misty")
SECOND = ("Fox", "Heron", "Lynx", "Otter", "Raven", "Stoat", "Wren", "Newt", "Ibis", "Mole")
DAY_S = 86_400


class Town:
    def __init__(self, gk, games=240):
        self.gk, self.dice = gk, random.Random(7)
        self.names = [first + second for second in SECOND for first in FIRST]
        self.ids = {name: self.server("POST", "/players", {"username": name, "attributes": {"level": n % 60, "faction": ("moss", "tide")[n % 2]}}, 201)["player_id"]
                    for n, name in enumerate(self.names)}
        self.iris = ok(gk.call("POST", "/api/v1/auth/register", {"username": "Iris", "password": "tide pool lantern", "email": "iris@example.com"}), 201)
        self.ids["Iris"] = self.iris["player_id"]
        self.admin = gk.admin()
        self.play(games)
        self.sit_down()
        self.met()
        troll = self.ids["brisk" + SECOND[0]]
        ok(gk.call("POST", f"/api/v1/players/{troll}/ban", {"reason": "aims by machine; the replays of three matches show it"}, key="server"))
        self.note("asked on Monday about a save that was lost; restored from the day before")
        self.note("tournament winner in spring: may be asked to cast the autumn finals")

    def server(self, method, path, body=None, status=200):
        return ok(self.gk.call(method, "/api/v1" + path, body, key="server"), status)

    def note(self, text):
        ok(self.gk.call("POST", f"/api/v1/players/{self.ids['Iris']}/notes", {"text": text}, key=self.admin, headers={"Gamekeeper-App": "demo"}), 201)

    def play(self, games):
        """Duels over a month, most of them Iris's, and races of four."""
        known = ["Iris", *self.names[:19]]
        strength = {name: 1.6 - n / 10 for n, name in enumerate(known)}
        began = time.time() - 30 * DAY_S
        for n in range(games):
            queue = "race" if n % 5 == 4 else "default"
            who = self.dice.sample(known[1:], 3 if queue == "race" else 1)
            who.append("Iris" if n % 2 else self.dice.choice([name for name in known if name not in who]))
            who.sort(key=lambda name: -strength[name] - self.dice.gauss(0, 1))
            at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(began + 29.9 * DAY_S * n / games))
            self.server("POST", "/matches/result", {"match_id": f"m-{n:04}", "queue": queue, "time": at, "teams": [{"rank": r + 1, "players": [self.ids[name]]} for r, name in enumerate(who)]})

    def sit_down(self):
        """Sessions in every state, with what a game writes."""
        ends = ("active", "completed", "active", "paused", "waiting", "abandoned", "active", "cancelled", "completed", "active")
        self.sessions = []
        for n in range(60):
            end, seats = ends[n % len(ends)], self.dice.sample(self.names[:40], 2 + n % 3)
            players = [self.ids["Iris"], *(self.ids[name] for name in seats)] if n % 4 == 0 else [self.ids[name] for name in seats]
            made = self.server("POST", "/sessions", {"players": players, "mode": ("duel", "siege", "race")[n % 3], "attributes": {"map": ("old mill", "harbour")[n % 2]}}, 201)
            path = f"/sessions/{made['session_id']}"
            self.sessions.append(made["session_id"])
            if end in ("waiting", "cancelled"):
                if end == "cancelled":
                    self.server("DELETE", path)
                continue
            self.server("PUT", path, {"status": "active", "state": {"round": 1, "score": [0] * len(players)}})
            for turn in range(1 + n % 4):
                score = [self.dice.randrange(4) for _ in players]
                self.server("PUT", path, {"event": "round_ended", "details": {"round": turn + 1, "score": score}, "state": {"round": turn + 2, "score": score}})
            if end != "active":
                self.server("DELETE", path) if end == "abandoned" else self.server("PUT", path, {"status": end})

    def met(self):
        """A match that the queue made, and its result."""
        rivals = [self.ids["Iris"], self.ids[self.names[0]]]
        for player in rivals:
            self.server("POST", "/queue/join", {"player_id": player}, 202)
        match = wait_for(lambda: self.server("GET", f"/queue/status?player_id={rivals[0]}").get("match"))
        self.met_in = match["session_id"]
        if self.server("GET", f"/sessions/{self.met_in}")["status"] == "waiting":
            self.server("PUT", f"/sessions/{self.met_in}", {"status": "active"})
        self.server("POST", "/matches/result", {"match_id": match["match_id"], "session_id": self.met_in, "teams": [{"rank": 1, "players": rivals[:1]}, {"rank": 2, "players": rivals[1:]}]})
