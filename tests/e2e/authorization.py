"""Every route with every identity over HTTP, against authorization.json; foreign ids and unknown ones; repeats."""
import functools
import itertools
import json
import os
import re
import time

from calls import APP_LESS, CALLS, PASSWORD, Call
from forge import Forger
from gk import Server, run
from websocket import WebSocket

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "authorization.json"), encoding="utf-8") as f:
    POLICY = json.load(f)
ADMIN = "/api/v1/admin"
KINDS = ("write", "read", "server")
EXPECTED_METHODS = ("get", "post", "put", "delete", "patch")


def is_let_in(row, identity):
    """Whether the call is looked at: what it answers to an example that means nothing is not the question."""
    return row.get(identity, "401")[:3] not in ("401", "403", "404", "440")


def keys_taken(row):
    return [kind for kind in KINDS if is_let_in(row, f"{kind}_key") and row["anonymous"] != "200"]



class House:
    """A server with two apps, and someone of every identity. `make` gives what a route's call needs, fresh each time."""

    def __init__(self, gk):
        self.gk, self.count = gk, itertools.count(1)
        self.admin = gk.admin()
        self.ok("POST", f"{ADMIN}/apps", {"id": "other"})
        self.foreign = {kind: self.new_key("other", kind)["key"] for kind in KINDS}
        over = time.time() + 2
        expires_at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(over)) + f".{int(over * 1000) % 1000:03}Z"
        self.expired = {kind: self.new_key("demo", kind, expires_at=expires_at)["key"] for kind in KINDS}
        self.revoked = {kind: self.new_key("demo", kind) for kind in KINDS}
        for key in self.revoked.values():
            assert gk.call("DELETE", f"{ADMIN}/apps/demo/keys/{key['id']}", key=self.admin).status == 204
        self.tokens = {role: self.new_admin(role) for role in ("analyst", "support")}
        self.low = self.new_admin("admin", apps=["other"])
        self.signed_out = self.new_admin("admin")
        assert gk.call("POST", f"{ADMIN}/logout", key=self.signed_out).status == 204
        now = int(time.time())
        self.expired_token = Forger(gk).like(self.admin, iat=now - 100, nbf=now - 100, exp=now - 1)
        self.ok("PUT", "/api/v1/notification-templates/welcome", {"words": {"en": {"title": "Welcome"}}}, {"Gamekeeper-App": "demo"})
        self.player, self.other_player = self.new_player(), self.new_player()
        self.foreign_player = self.new_player(app="other")
        self.ended_player, self.guest = self.new_player(), self.new_player(name="")
        assert gk.call("POST", "/api/v1/auth/logout", key=self.ended_player["access_token"]).status == 204
        time.sleep(max(0, over - time.time()) + 0.1)

    def ok(self, method, path, body=None, headers=None):
        answer = self.gk.call(method, path, body, key=self.admin, headers=headers)
        assert 200 <= answer.status < 300, (method, path, answer.status, answer.body)
        return answer.json() if answer.body else None

    def new_key(self, app, kind, **more):
        return self.ok("POST", f"{ADMIN}/apps/{app}/keys", {"kind": kind, "name": "a name", **more})

    def new_name(self):
        return f"name-{next(self.count)}"

    def new_admin(self, role, **more):
        name = self.new_name()
        self.ok("POST", f"{ADMIN}/admins", {"username": name, "password": PASSWORD, "role": role, **more})
        answer = self.gk.call("POST", f"{ADMIN}/login", {"username": name, "password": PASSWORD}, key=None)
        assert answer.status == 200, answer.body
        return answer.json()["access_token"]

    def new_player(self, app="demo", name=None):
        """By name and password; by a device without `name`d password when name is ""."""
        key = self.gk.key("write") if app == "demo" else self.foreign["write"]
        path, body = ("device", {"device_id": self.new_name()}) if name == "" else ("register", {"username": self.new_name(), "password": PASSWORD})
        answer = self.gk.call("POST", f"/api/v1/auth/{path}", body, key=key)
        assert answer.status == 201, answer.body
        return {**answer.json(), **body}

    def new_session(self):
        answer = self.gk.call("POST", "/api/v1/sessions", {"players": [self.player["player_id"]]}, key="server")
        assert answer.status == 201, answer.body
        return answer.json()["session_id"]

    def stored(self):
        """The player, with something stored."""
        player = self.player["player_id"]
        answer = self.gk.call("PUT", f"/api/v1/players/{player}/storage/save", {"value": 1}, key="server")
        assert answer.status in (200, 201), answer.body
        return player

    def a_sign_in(self):
        """A new one of the guest's."""
        answer = self.gk.call("POST", "/api/v1/auth/device", {"device_id": self.guest["device_id"]})
        assert answer.status == 200, answer.body
        return self.ok("GET", f"/api/v1/players/{self.guest['player_id']}/sign-ins?limit=1", headers={"Gamekeeper-App": "demo"})["items"][0]["sign_in_id"]

    def a_note(self):
        """About the player."""
        return self.ok("POST", f"/api/v1/players/{self.player['player_id']}/notes", {"text": "a note"}, {"Gamekeeper-App": "demo"})["note_id"]

    def a_rival(self, asks=False):
        """A new player, who has asked the first to be friends, or not."""
        rival = self.new_player(name="")["player_id"]
        if asks:
            answer = self.gk.call("POST", f"/api/v1/players/{rival}/friend-requests", {"player_id": self.player["player_id"]}, key="server")
            assert answer.status == 201, answer.body
        return rival

    def queued(self, waits):
        """The player's id, who then waits in a queue with nobody else, or does not."""
        who = self.player["player_id"]
        left = self.gk.call("DELETE", f"/api/v1/queue/leave?player_id={who}", key="server")
        assert left.status in (200, 404, 409), left.body  # 409: there is a match, which keeps nobody from queueing again
        if waits:
            joined = self.gk.call("POST", "/api/v1/queue/join", {"player_id": who, "queue": "lonely"}, key="server")
            assert joined.status == 202, joined.body
        return who

    @functools.cache
    def rps_match(self, _):
        """The session of a match of the demo game that the player plays in; one for each call, which may be repeated."""
        rival = self.new_player()["player_id"]
        opened = self.gk.call("GET", "/api/v1/demo/rps", key=self.player["access_token"])  # its queue, for ratings however far apart
        assert opened.status == 200, opened.body
        for who in (self.queued(False), rival):
            joined = self.gk.call("POST", "/api/v1/queue/join", {"player_id": who, "queue": "rps"}, key="server")
            assert joined.status == 202, joined.body
        give_up = time.monotonic() + 20
        while True:
            ticket = self.gk.call("GET", f"/api/v1/queue/status?player_id={rival}", key="server").json()
            if ticket["status"] == "matched":
                return ticket["match"]["session_id"]
            assert time.monotonic() < give_up, ticket
            time.sleep(0.05)

    def result(self, match_id=None):
        """A duel that was played just now."""
        return {"match_id": match_id or self.new_name(), "teams": [{"rank": rank, "players": [p["player_id"]]} for rank, p in ((1, self.player), (2, self.ended_player))]}

    def new_match(self):
        answer = self.gk.call("POST", "/api/v1/matches/result", self.result(), key="server")
        assert answer.status == 200, answer.body
        return answer.json()["match_id"]
    def new_board(self, app="demo"):
        """A leaderboard that players may write, with the first player on it."""
        key, name = self.gk.key("server") if app == "demo" else self.foreign["server"], self.new_name()
        for method, path, body in (("POST", "", {"id": name, "client_writes": True}), ("PUT", f"/{name}/players/{self.player['player_id']}", {"score": 1})):
            answer = self.gk.call(method, f"/api/v1/leaderboards{path}", body, key=key)
            assert answer.status in (200, 201), answer.body
        return name

    def a_notification(self):
        """One of the player's: the welcome that follows their registration."""
        give_up = time.monotonic() + 20
        while not (items := self.gk.call("GET", "/api/v1/notifications", key=self.player["access_token"]).json()["items"]):
            assert time.monotonic() < give_up, "no welcome came"
            time.sleep(0.05)
        return items[0]["id"]

    def a_template(self):
        name = f"template-{next(self.count)}"
        self.ok("PUT", f"/api/v1/notification-templates/{name}", {"words": {"en": {"title": "A title"}}}, {"Gamekeeper-App": "demo"})
        return name

    def a_webhook(self):
        self.room_for_webhooks()
        return self.ok("POST", "/api/v1/webhooks", {"url": "https://example.com/hook", "events": ["nothing.happens"]}, {"Gamekeeper-App": "demo"})["id"]

    def room_for_webhooks(self):
        """An app has at most 20."""
        made = self.ok("GET", "/api/v1/webhooks", headers={"Gamekeeper-App": "demo"})["items"]
        for webhook in made if len(made) > 15 else []:
            self.ok("DELETE", f"/api/v1/webhooks/{webhook['id']}", headers={"Gamekeeper-App": "demo"})

    def a_message(self):
        return self.ok("POST", f"{ADMIN}/notifications", {"segment": {"players": ["nobody"]}, "title": "Hello"}, {"Gamekeeper-App": "demo"})["id"]

    def removable(self):
        name = self.new_name()
        self.ok("POST", f"{ADMIN}/admins", {"username": name, "password": PASSWORD, "role": "analyst"})
        return name

    def new_letter(self, app):
        key = self.gk.key("write") if app == "demo" else self.foreign["write"]
        name = f"bad name {next(self.count)}"
        self.gk.post([{"name": name, "player_id": "p"}], key=key)
        items = self.ok("GET", f"{ADMIN}/dead-letters?limit=1000", headers={"Gamekeeper-App": app})["items"]
        return next(x["id"] for x in items if x["event"]["name"] == name)

    def credential(self, identity, taken):
        """(headers) of an identity, for a route that takes keys of the kinds `taken`."""
        some = next(iter(taken), "server")
        not_taken = next((kind for kind in KINDS if kind not in taken), "write")
        if identity == "anonymous":
            return {}
        if identity == "wrong_kind":
            return {"X-API-Key": self.gk.key(not_taken)}
        secret = {"write_key": lambda: self.gk.key("write"), "read_key": lambda: self.gk.key("read"), "server_key": lambda: self.gk.key("server"),
                  "analyst": lambda: self.tokens["analyst"], "support": lambda: self.tokens["support"], "admin": lambda: self.admin,
                  "foreign_key": lambda: self.foreign[some], "expired_key": lambda: self.expired[some], "expired_token": lambda: self.expired_token,
                  "player": lambda: self.player["access_token"], "other_player": lambda: self.other_player["access_token"],
                  "foreign_player": lambda: self.foreign_player["access_token"], "ended_player": lambda: self.ended_player["access_token"],
                  "revoked_key": lambda: self.revoked[some]["key"], "revoked_token": lambda: self.signed_out, "low_admin": lambda: self.low}[identity]()
        return {"Authorization": f"Bearer {secret}"}


def good_call(house, route, **params):
    if route in CALLS:
        return CALLS[route](house, **params)
    assert "{" not in route and route.startswith("GET "), f"{route} is new: say in CALLS what a good call of it is"
    return Call(**APP_LESS)


def routes_of(gk):
    paths = gk.call("GET", "/openapi.json", key=None).json()["paths"]
    return [f"{method.upper()} {path}" for path, methods in paths.items() for method in methods if method in EXPECTED_METHODS]


def send(house, route, call, headers):
    method, pattern = route.split(" ", 1)
    headers = {**headers, **({"Gamekeeper-App": "demo"} if call.named and "Gamekeeper-App" not in headers else {})}
    return house.gk.call(method, call.path(pattern), call.body, key=None, headers=headers)


def verdict(answer):
    if answer.status < 400:
        return str(answer.status)
    assert answer.headers["Content-Type"] == "application/problem+json", (answer.status, answer.headers)
    if answer.status == 401:
        assert answer.headers["WWW-Authenticate"] == "Bearer", answer.headers
    return f"{answer.status} {answer.json()['code']}"


def socket_verdict(house, path, headers):
    """A credential of another app is good for that app: players' sockets name none."""
    secret = headers.get("X-API-Key") or headers.get("Authorization", "").removeprefix("Bearer ")
    if path == "/ws":
        ws = WebSocket(house.gk.port, path)
        ws.send({"type": "authenticate", "data": {"token": secret}})
        answer = ws.receive()
        return "ack" if answer and answer["type"] == "authenticated" else str(ws.close_code)
    ws = WebSocket(house.gk.port, path, "graphql-transport-ws")
    ws.send({"type": "connection_init", "payload": {"app": "demo", **({"authorization": f"Bearer {secret}"} if secret else {})}})
    answer = ws.receive()
    return "ack" if answer and answer["type"] == "connection_ack" else str(ws.close_code)


def test_every_route_has_a_row_and_every_row_a_route():
    with Server() as gk:
        rows = {name for name in POLICY["routes"] if not name.startswith("SOCKET ")}
        routes = set(routes_of(gk))
        assert routes == rows, f"without a row: {sorted(routes - rows)}; without a route: {sorted(rows - routes)}"
    for name, row in POLICY["routes"].items():
        assert set(row) == set(POLICY["identities"]), f"{name} lacks or adds a cell: {set(row) ^ set(POLICY['identities'])}"


def test_every_cell():
    with Server() as gk:
        house, wrong, cells = House(gk), [], 0
        for route, row in POLICY["routes"].items():
            taken = keys_taken(row)
            for identity, expected in row.items():
                headers = house.credential(identity, taken)
                if route == "POST /api/v1/admin/logout" and expected == "204":
                    role = identity if identity != "low_admin" else "admin"
                    headers = {"Authorization": "Bearer " + house.new_admin(role, **({"apps": ["other"]} if identity == "low_admin" else {}))}
                # These calls use up who makes them.
                if route in ("POST /api/v1/auth/logout", "DELETE /api/v1/auth/account") and expected == "204":
                    headers = {"Authorization": "Bearer " + house.new_player()["access_token"]}
                if route == "POST /api/v1/auth/link" and expected == "200":
                    headers = {"Authorization": "Bearer " + house.new_player(name="")["access_token"]}
                got = socket_verdict(house, route.split(" ")[1], headers) if route.startswith("SOCKET ") else verdict(send(house, route, good_call(house, route), headers))
                cells += 1
                if got != expected:
                    wrong.append(f"{route} as {identity}: {got}, declared {expected}")
        assert not wrong, f"{len(wrong)} of {cells} cells:\n" + "\n".join(wrong)
        print(f"     {cells} cells", flush=True)


def without_request_id(answer):
    return answer.status, re.sub(r'"request_id":"[^"]*"', "", answer.body.decode())


def test_a_foreign_id_answers_like_an_unknown_one():
    with Server() as gk:
        house, seen = House(gk), set()
        unknown_letter, unknown_key = "0193c0de-0000-7000-8000-000000000000", "k_unknown"
        admin, low = {"Authorization": f"Bearer {house.admin}"}, {"Authorization": f"Bearer {house.low}"}

        def same(route, headers, parameter, foreign, unknown, status=404):
            seen.add((route, parameter))
            answers = [without_request_id(send(house, route, good_call(house, route, **which), headers)) for which in (foreign, unknown)]
            assert answers[0] == answers[1] and answers[0][0] == status, (route, parameter, answers)

        for route in [r for r in routes_of(gk) if "{app}" in r]:
            same(route, low, "app", {"app": "demo"}, {"app": "unknown"})
        for route in [r for r in routes_of(gk) if "/keys/{id}" in r]:
            # By an admin of both apps under the wrong one, and by the admin of the other app.
            for headers in (admin, low):
                same(route, headers, "id", {"app": "other", "id": house.new_key("demo", "read")["id"]}, {"app": "other", "id": unknown_key})
        for route in ("PUT /api/v1/admin/dead-letters/{id}", "DELETE /api/v1/admin/dead-letters/{id}"):
            for headers in (admin, low):
                same(route, {**headers, "Gamekeeper-App": "other"}, "id", {"id": house.new_letter("demo")}, {"id": unknown_letter})
        theirs = {"Authorization": f"Bearer {house.foreign['server']}", "Gamekeeper-App": "other"}
        for route in [r for r in routes_of(gk) if "/players/{id}" in r]:
            by_servers = route in FRIEND_WRITES  # no administrator may
            for headers in (theirs,) if by_servers else (admin, low):
                same(route, {**headers, "Gamekeeper-App": "other"}, "id", {"id": house.player["player_id"]}, {"id": "unknown"})
        for parameter, make in (("sign_in", house.a_sign_in), ("note", house.a_note)):  # what is one player's is nothing to another
            for route in [r for r in routes_of(gk) if r.endswith(f"/{{{parameter}}}")]:
                who = {"id": house.other_player["player_id"]}
                same(route, {**admin, "Gamekeeper-App": "demo"}, parameter, {**who, parameter: make()}, {**who, parameter: "unknown"})
        for route in [r for r in routes_of(gk) if "{other}" in r]:
            own = house.foreign_player["player_id"]
            same(route, theirs, "other", {"id": own, "other": house.player["player_id"]}, {"id": own, "other": "unknown"})
        for route in [r for r in routes_of(gk) if r.endswith("/storage/{key}")]:
            house.stored()  # what one player stored is nothing to another
            mine = {"Authorization": "Bearer " + house.other_player["access_token"]} if not route.startswith("PUT") else low
            same(route, mine, "key", {"id": house.other_player["player_id"], "key": "save"}, {"id": house.other_player["player_id"], "key": "unknown"})
        for route in [r for r in routes_of(gk) if "/matches/{id}" in r]:
            for headers in (admin, low):
                same(route, {**headers, "Gamekeeper-App": "other"}, "id", {"id": house.new_match()}, {"id": "unknown"})
        for route in [r for r in routes_of(gk) if "/sessions/{id}" in r]:
            own = route.endswith(("heartbeat", "rejoin"))  # players' own: by a player of the other app
            for headers in ({"Authorization": "Bearer " + house.foreign_player["access_token"]},) if own else (admin, low):
                same(route, {**headers, "Gamekeeper-App": "other"}, "id", {"id": house.new_session()}, {"id": "unknown"})
        for route in [r for r in routes_of(gk) if "/leaderboards/{id}" in r]:
            for headers in (admin, low):
                same(route, {**headers, "Gamekeeper-App": "other"}, "id", {"id": house.new_board()}, {"id": "unknown"})
        for route in [r for r in routes_of(gk) if "/leaderboards/{id}/players/{player}" in r]:
            if route.startswith("PUT "):  # any id may get a score: what one app writes, the other does not see
                theirs, ours = house.new_board("other"), house.new_board()
                assert send(house, route, good_call(house, route, id=theirs), {**admin, "Gamekeeper-App": "other"}).json()["score"] == 2
                assert house.ok("GET", f"/api/v1/leaderboards/{ours}", headers={"Gamekeeper-App": "demo"})["items"][0]["score"] == 1
                seen.add((route, "player"))
                continue
            elsewhere = house.new_player()["player_id"]
            house.ok("PUT", f"/api/v1/leaderboards/{house.new_board()}/players/{elsewhere}", {"score": 1}, headers={"Gamekeeper-App": "demo"})
            same(route, {**admin, "Gamekeeper-App": "other"}, "player", {"id": house.new_board("other"), "player": elsewhere}, {"id": house.new_board("other"), "player": "unknown"})
        same("POST /api/v1/notifications/{id}/read", {"Authorization": "Bearer " + house.foreign_player["access_token"], "Gamekeeper-App": "other"},
             "id", {"id": house.a_notification()}, {"id": "unknown"})
        for route in [r for r in routes_of(gk) if "/notification-templates/{name}" in r and not r.startswith("PUT ")]:  # a PUT makes the app's own
            for headers in (admin, low):
                same(route, {**headers, "Gamekeeper-App": "other"}, "name", {"name": house.a_template()}, {"name": "unknown"})
        seen.add(("PUT /api/v1/notification-templates/{name}", "name"))
        for pattern, make in (("/webhooks/{id}", house.a_webhook), ("/admin/notifications/{id}", house.a_message)):
            for route in [r for r in routes_of(gk) if pattern in r]:
                for headers in (admin, low):
                    same(route, {**headers, "Gamekeeper-App": "other"}, "id", {"id": make()}, {"id": "unknown"})
        for route in [r for r in routes_of(gk) if "/demo/rps/{id}" in r]:  # players' own as well
            own = {"Authorization": "Bearer " + house.foreign_player["access_token"], "Gamekeeper-App": "other"}
            same(route, own, "id", {"id": house.rps_match(route)}, {"id": "unknown"})
        replay = "POST /api/v1/admin/dead-letters/replay"
        letter = house.new_letter("demo")
        answers = [send(house, replay, good_call(house, replay, id=which), {**low, "Gamekeeper-App": "other"}) for which in (letter, unknown_letter)]
        shown = [a.body.decode().replace(letter, "ID").replace(unknown_letter, "ID") for a in answers]
        assert shown[0] == shown[1] and answers[0].json()["accepted"] == 0, shown
        assert letter in [x["id"] for x in house.ok("GET", f"{ADMIN}/dead-letters", headers={"Gamekeeper-App": "demo"})["items"]]

        named = {(route, parameter) for route in routes_of(gk) for parameter in re.findall(r"{(\w+)}", route)}
        whole_house = {("DELETE /api/v1/admin/admins/{username}", "username")}  # administrators belong to no app
        made_by_name = {(r, "queue") for r in ("PUT /api/v1/queues/{queue}", "GET /api/v1/queues/{queue}/rating", "PUT /api/v1/queues/{queue}/rating")}  # in the caller's app: there is no foreign one
        assert named - seen == whole_house | made_by_name, named - seen


# Friends are the players' and their game servers' to change.
FRIEND_WRITES = {r for r in CALLS if not r.startswith("GET ") and re.search(r"/players/{id}/(friend|blocks|presence)", r)}


# Signing in and out has no principal to repeat for; events are made safe by their ids; GraphQL has no mutations.
REPEATS_NOTHING = {"POST /api/v1/admin/login", "POST /api/v1/admin/signin-link", "POST /api/v1/admin/logout", "POST /api/v1/events", "POST /graphql",
                   "POST /api/v1/sessions/{id}/heartbeat", "POST /api/v1/sessions/{id}/rejoin",
                   "POST /api/v1/admin/notifications/reach",  # counts
                   # A player's own, and the same however often it is done.
                   "POST /api/v1/notifications/{id}/read", "POST /api/v1/notifications/read-all", "PUT /api/v1/notifications/preferences",
                   "POST /api/v1/demo/rps/{id}/hand", "POST /api/v1/demo/rps/{id}/resign", "POST /api/v1/demo/rps/{id}/claim"}


def test_every_write_answers_a_repeat_like_the_first():
    with Server() as gk:
        house = House(gk)
        headers = {"Authorization": f"Bearer {house.admin}"}
        writes = [r for r in routes_of(gk) if not r.startswith("GET ") and "/auth/" not in r]
        assert REPEATS_NOTHING <= set(writes)
        for n, route in enumerate(w for w in writes if w not in REPEATS_NOTHING):
            call = good_call(house, route)
            by = {"Authorization": f"Bearer {gk.key('server')}"} if route in FRIEND_WRITES else headers
            keyed = {**by, "Idempotency-Key": f"key-{n}"}
            first, second = send(house, route, call, keyed), send(house, route, call, keyed)
            assert first.status < 300 and "Idempotency-Replayed" not in first.headers, (route, first.status, first.body)
            assert (second.status, second.body) == (first.status, first.body), (route, first.body, second.body)
            assert second.headers["Idempotency-Replayed"] == "true", (route, second.headers)
            call.body = {"another": "body"}
            third = send(house, route, call, keyed)
            assert verdict(third) == "422 idempotency_key_reused", (route, third.status, third.body)
        players_own = ("/sessions/", "/demo/", "/notifications", "logout")
        for route in sorted(r for r in REPEATS_NOTHING if not any(part in r for part in players_own)):
            who = {"Authorization": f"Bearer {gk.key('read' if 'graphql' in route else 'write')}"}
            for _ in range(2):
                answer = send(house, route, good_call(house, route), {**who, "Idempotency-Key": "same"})
                assert "Idempotency-Replayed" not in answer.headers, (route, answer.headers)


if __name__ == "__main__":
    run(globals())
