"""Players' sockets: who may speak, who hears what, going on after a drop without loss, credentials that end, slow readers."""
import concurrent.futures
import itertools
import os
import socket
import time

from forge import Forger
from answers import ok
from gk import Server, run
from websocket import WebSocket

AUTH, SESSIONS, PASSWORD = "/api/v1/auth", "/api/v1/sessions", "tide pool lantern"


def register(gk, name, key="write"):
    return ok(gk.call("POST", f"{AUTH}/register", {"username": name, "password": PASSWORD}, key=key), 201)


def session(gk, *players, **more):
    return ok(gk.call("POST", SESSIONS, {"players": [p["player_id"] for p in players], **more}, key="server"), 201)["session_id"]


def change(gk, session_id, **body):
    return ok(gk.call("PUT", f"{SESSIONS}/{session_id}", body, key="server"))


class Live(WebSocket):
    """One client. Answers are told from pushes by their id."""

    def __init__(self, gk, token=None, timeout=20, room=None):
        super().__init__(gk.port, "/ws", timeout=timeout, room=room)
        self.ids, self.pushed = itertools.count(1), []
        if token is not None:
            self.hello = self.ask("authenticate", data={"token": token})

    def ask(self, kind, **more):
        return self.ask_all(1, kind, **more)[0]

    def ask_all(self, answers, kind, **more):
        """Says it and takes so many answers; what is pushed meanwhile is kept."""
        number, out = str(next(self.ids)), []
        self.send({"type": kind, "id": number, **more})
        while len(out) < answers:
            got = self.receive()
            if got is None:
                return [None] * answers
            (out if got.get("id") == number else self.pushed).append(got)
        return out

    def next(self):
        return self.pushed.pop(0) if self.pushed else self.receive()

    def raw(self, first, payload):
        """A frame as it is told; the mask is of zeros."""
        size = len(payload)
        length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big") if size < 65536 else b"\xff" + size.to_bytes(8, "big")
        self.socket.sendall(bytes([first]) + length + bytes(4) + payload)

    def closed_or_cut(self):
        """Reads to the end; keeps the last seq that came. A reader who stalls may be cut off before the close reaches them."""
        self.seq = None
        try:
            while (got := self.next()) is not None:
                self.seq = got.get("seq", self.seq)
        except OSError:
            return True
        return self.close_code == 1013

    def closed_with(self):
        while self.next() is not None:
            pass
        return self.close_code


def refused(answer, code):
    assert answer["type"] == "error" and answer["data"]["code"] == code and answer["data"]["detail"], answer


def test_a_socket_must_say_who_it_is():
    with Server() as gk:
        a = register(gk, "ada")
        live = Live(gk, a["access_token"])
        assert live.hello["type"] == "authenticated" and live.hello["data"]["player_id"] == a["player_id"], live.hello
        assert live.hello["data"]["expires_at"].endswith("Z")
        for frame in ({"type": "ping"}, {"type": "subscribe", "topic": "queue"}, {"type": "authenticate"}, {"type": "authenticate", "data": {"token": 1}},
                      {"type": "authenticate", "data": {"token": "nonsense"}}, {"type": "authenticate", "data": {"token": a["refresh_token"]}},
                      {"type": "authenticate", "data": {"token": gk.key("write")}}, {"type": "authenticate", "data": {"token": gk.key("read")}},
                      {"type": "authenticate", "data": {"token": gk.admin()}}, [1]):
            stranger = Live(gk)
            stranger.send(frame)
            assert stranger.closed_with() == 4401, frame
        began = time.monotonic()
        assert Live(gk).closed_with() == 4401
        assert 4.5 < time.monotonic() - began < 8
        assert live.ask("ping")["type"] == "pong"


def test_a_token_in_the_address_is_refused():
    with Server() as gk:
        a = register(gk, "ada")
        for name in ("token", "access_token"):
            socket = WebSocket(gk.port, f"/ws?{name}={a['access_token']}")
            assert socket.receive() is None and socket.close_code == 1008
        assert a["access_token"][-40:] not in gk.output()


def test_topics_and_what_is_refused():
    with Server() as gk:
        a, b = register(gk, "ada"), register(gk, "bob")
        own, foreign = session(gk, a), session(gk, b)
        live = Live(gk, a["access_token"])
        for topic in ("queue", "ratings", "notifications", f"session:{own}"):
            answer = live.ask("subscribe", topic=topic)
            assert (answer["type"], answer["topic"]) == ("subscribed", topic) and answer["seq"], answer
        for topic in (f"session:{foreign}", "session:unknown", "leaderboard:unknown"):
            answer = live.ask("subscribe", topic=topic)
            refused(answer, "not_found")
            assert answer["topic"] == topic
        for topic in ("", "everything", "session:", "queue:1", "player:" + b["player_id"], "session:" + "x" * 129, "leaderboard:\u0001"):
            refused(live.ask("subscribe", topic=topic), "unknown_topic")
        refused(live.ask("unsubscribe", topic="leaderboard:1"), "not_subscribed")
        assert live.ask("unsubscribe", topic="queue")["type"] == "unsubscribed"
        refused(live.ask("unsubscribe", topic="queue"), "not_subscribed")
        refused(live.ask("dance"), "unknown_type")
        refused(live.ask("resume"), "required")
        refused(live.ask("resume", data={"topics": {"queue": "x"}}), "bad_position")
        refused(live.ask("resume", data={"topics": {f"session:{foreign}": "x.1"}}), "not_found")
        live.send([1])
        refused(live.receive(), "bad_json")
        live.send({"id": "n"})
        refused(live.receive(), "required")
        live.send({"type": 1})
        refused(live.receive(), "bad_type")
        change(gk, own, status="active")
        assert live.next()["type"] == "session_state", "still good after all that"


def test_a_game_server_hears_every_session_of_its_app():
    with Server() as gk:
        a = register(gk, "ada")
        live = Live(gk, gk.key("server"))
        assert live.hello["data"] == {"app": "demo"}, live.hello
        made = session(gk, a)
        assert live.ask("subscribe", topic=f"session:{made}")["type"] == "subscribed"
        refused(live.ask("subscribe", topic="queue"), "not_found")
        change(gk, made, status="active")
        assert live.next()["data"]["status"] == "active"
        assert ok(gk.call("POST", "/api/v1/admin/apps", {"id": "other"}, key=gk.admin()), 201)
        foreign = ok(gk.call("POST", "/api/v1/admin/apps/other/keys", {"kind": "server", "name": "x"}, key=gk.admin()), 201)
        other = Live(gk, foreign["key"])
        refused(other.ask("subscribe", topic=f"session:{made}"), "not_found")
        assert gk.call("DELETE", f"/api/v1/admin/apps/other/keys/{foreign['id']}", key=gk.admin()).status == 204
        began = time.monotonic()
        assert other.closed_with() == 4401 and time.monotonic() - began < 2


def test_a_session_tells_its_players_what_changes():
    with Server() as gk:
        a, b, c = (register(gk, name) for name in ("ada", "bob", "cyn"))
        made, another = session(gk, a, b, state={"turn": 0}), session(gk, c)
        sockets = [Live(gk, who["access_token"]) for who in (a, a, b)]
        topic = f"session:{made}"
        for live in sockets:
            live.ask("subscribe", topic=topic)
        change(gk, another, status="active")
        changed = change(gk, made, status="active", state={"turn": 1})
        ok(gk.call("POST", f"{SESSIONS}/{made}/heartbeat", key=a["access_token"]))
        ok(gk.call("DELETE", f"{SESSIONS}/{made}", key="server"))
        for live in sockets:
            first, second = live.next(), live.next()
            assert (first["type"], first["topic"]) == ("session_state", topic) and first["seq"] != second["seq"], first
            assert first["data"] == {k: changed[k] for k in ("session_id", "status", "players", "state", "version", "updated_at")}, first
            assert (second["data"]["status"], second["data"]["state"]) == ("abandoned", {"turn": 1}), second
        assert "gamekeeper_realtime_sockets 3" in gk.call("GET", "/metrics", key=None).body.decode()


def versions_heard(live, topic, until, heard, cut_after):
    """Takes pushes until the one of that version; False when the connection went before: after that many it is cut."""
    try:
        while not heard or heard[-1]["data"]["version"] < until:
            got = live.next()
            if got is None:
                return False
            if got.get("topic") == topic and got["type"] == "session_state":
                heard.append(got)
                if len(heard) == cut_after:
                    live.socket.close()
                    return False
        return True
    except OSError:
        return False


def test_who_drops_and_resumes_misses_nothing_and_hears_nothing_twice():
    with Server() as gk:
        a = register(gk, "ada")
        made, last = session(gk, a), 400
        topic = f"session:{made}"
        live = Live(gk, a["access_token"])
        seq = live.ask("subscribe", topic=topic)["seq"]
        change(gk, made, status="active")
        heard, drops = [], 0

        def play():
            for turn in range(3, last + 1):
                change(gk, made, state={"turn": turn})

        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            playing = pool.submit(play)
            while True:
                if versions_heard(live, topic, last, heard, cut_after=(drops + 1) * 60):
                    break
                drops += 1
                seq = heard[-1]["seq"] if heard else seq
                live = Live(gk, a["access_token"])
                live.send({"type": "resume", "id": "r", "data": {"topics": {topic: seq}}})
                answer = live.next()
                assert (answer["type"], answer["topic"], answer["seq"]) == ("subscribed", topic, seq), answer
            playing.result()
        assert [h["data"]["version"] for h in heard] == list(range(2, last + 1)), "nothing missing, nothing twice, in order"
        assert drops == 6, drops
        assert len({h["seq"] for h in heard}) == len(heard)


def test_what_is_no_longer_kept_needs_a_resync():
    with Server() as gk:
        a = register(gk, "ada")
        made = session(gk, a)
        topic = f"session:{made}"
        live = Live(gk, a["access_token"])
        seq = live.ask("subscribe", topic=topic)["seq"]
        live.socket.close()
        for turn in range(150):  # a topic keeps 128
            change(gk, made, **({"status": "active"} if turn == 0 else {"state": {"turn": turn}}))
        live = Live(gk, a["access_token"])
        answer = live.ask("resume", data={"topics": {topic: seq}})
        assert (answer["type"], answer["topic"]) == ("resync", topic) and answer["seq"] != seq, answer
        change(gk, made, state={"turn": 200})
        assert live.next()["data"]["state"] == {"turn": 200}, "subscribed all the same"
        last = live.ask("subscribe", topic=topic)["seq"]
        gk.kill()
        gk.start()
        live = Live(gk, a["access_token"])
        first, second = live.ask_all(2, "resume", data={"topics": {topic: last, "queue": last}})
        survives = "redis" in os.environ.get("GK_ENGINES", "")  # positions of a Redis outlive the process
        assert (first["type"], second["type"]) == ("subscribed" if survives else "resync", "resync"), (first, second)
        change(gk, made, state={"turn": 201})
        assert live.next()["data"]["state"] == {"turn": 201}


def test_credentials_that_end_close_their_sockets_within_a_second():
    with Server() as gk:
        def ended(live, what):
            began = time.monotonic()
            assert live.closed_with() == 4401 and time.monotonic() - began < 1.5, what

        a = register(gk, "ada")
        live, bystander = Live(gk, a["access_token"]), Live(gk, register(gk, "bob")["access_token"])
        again = ok(gk.call("POST", f"{AUTH}/login", {"username": "ada", "password": PASSWORD}))
        other = Live(gk, again["access_token"])
        assert gk.call("POST", f"{AUTH}/logout", key=a["access_token"]).status == 204
        ended(live, "signed out")
        assert other.ask("ping")["type"] == "pong", "another sign-in goes on"

        fresh = ok(gk.call("POST", f"{AUTH}/refresh", {"refresh_token": again["refresh_token"]}))
        third = ok(gk.call("POST", f"{AUTH}/refresh", {"refresh_token": fresh["refresh_token"]}))
        live = Live(gk, third["access_token"])
        assert gk.call("POST", f"{AUTH}/refresh", {"refresh_token": again["refresh_token"]}).status == 401
        ended(live, "a refresh token was used twice")
        ended(other, "of the same family")

        c = register(gk, "cyn")
        live = Live(gk, c["access_token"])
        ok(gk.call("POST", f"/api/v1/players/{c['player_id']}/ban", {"reason": "x"}, key="server"))
        ended(live, "banned")
        assert bystander.ask("ping")["type"] == "pong"
        gk.kill()
        gk.start()
        for dead in (a, third, c):
            stranger = Live(gk)
            stranger.send({"type": "authenticate", "data": {"token": dead["access_token"]}})
            assert stranger.closed_with() == 4401


def test_a_token_that_expires_closes_its_socket_and_a_fresh_one_keeps_it():
    with Server() as gk:
        a, b = register(gk, "ada"), register(gk, "bob")
        forger, now = Forger(gk, "player"), time.time()
        short = forger.like(a["access_token"], iat=int(now), nbf=int(now), exp=int(now) + 4)
        ending, kept = Live(gk, short), Live(gk, short)
        for live in (ending, kept):
            assert live.next()["type"] == "token_expiring"
        refreshed = kept.ask("authenticate", data={"token": a["access_token"]})
        assert refreshed["type"] == "authenticated" and refreshed["data"]["expires_at"] > ending.hello["data"]["expires_at"]
        assert ending.closed_with() == 4401
        assert int(now) + 3.5 < time.time() < int(now) + 6
        assert kept.ask("ping")["type"] == "pong"
        kept.send({"type": "authenticate", "data": {"token": b["access_token"]}})
        assert kept.closed_with() == 4401, "a socket stays whose it is"
        expired = forger.like(a["access_token"], iat=int(now) - 100, nbf=int(now) - 100, exp=int(now) - 1)
        stranger = Live(gk)
        stranger.send({"type": "authenticate", "data": {"token": expired}})
        assert stranger.closed_with() == 4401


def test_limits():
    with Server(env={"GAMEKEEPER_REALTIME_SOCKETS_MAX": "15"}) as gk:
        a, b = register(gk, "ada"), register(gk, "bob")
        first = [Live(gk, a["access_token"]) for _ in range(10)]
        eleventh = Live(gk)
        eleventh.send({"type": "authenticate", "data": {"token": a["access_token"]}})
        assert eleventh.closed_with() == 4429
        others = [Live(gk, b["access_token"]) for _ in range(5)]
        full = Live(gk)
        full.send({"type": "authenticate", "data": {"token": b["access_token"]}})
        assert full.closed_with() == 1013
        first[0].socket.close()
        give_up = time.monotonic() + 10
        while "gamekeeper_realtime_sockets 14" not in gk.call("GET", "/metrics", key=None).body.decode():
            assert time.monotonic() < give_up
            time.sleep(0.05)
        again = Live(gk, a["access_token"])
        for _ in range(200):
            again.send({"type": "ping"})
        assert again.closed_with() == 1008
        made = [session(gk, b) for _ in range(101)]
        time.sleep(0.1)
        for n, one in enumerate(made):
            answer = others[1].ask("subscribe", topic=f"session:{one}")
            if n < 100:
                assert answer["type"] == "subscribed", (n, answer)
            else:
                refused(answer, "too_many_topics")


def metric(gk, name):
    for line in gk.call("GET", "/metrics", key=None).body.decode().splitlines():
        if line.startswith(name + " "):
            return float(line.split()[1])
    raise AssertionError(f"no metric {name}")


def test_who_stops_reading_is_dropped_and_the_others_hear_on():
    with Server(env={"GAMEKEEPER_REALTIME_SOCKETS_PER_PLAYER": "50"}) as gk:
        a = register(gk, "ada")
        made = session(gk, a)
        topic = f"session:{made}"
        sockets = [Live(gk, a["access_token"]) for _ in range(50)]
        for live in sockets:
            live.ask("subscribe", topic=topic)
        slow, others = sockets[0], sockets[1:]
        slow.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        change(gk, made, status="active")
        for live in others:
            live.next()
        began, turn = time.monotonic(), 0
        while metric(gk, "gamekeeper_realtime_slow_readers_total") == 0:
            assert time.monotonic() - began < 10, "still there"
            turn += 1
            change(gk, made, state={"turn": turn, "map": "x" * 50_000})
            for live in others:
                assert live.next()["data"]["state"]["turn"] == turn
        assert slow.closed_or_cut()
        assert metric(gk, "gamekeeper_realtime_slow_readers_total") == 1 and metric(gk, "gamekeeper_realtime_sockets") == 49
        for live in others:
            assert live.ask("ping")["type"] == "pong"
        back = Live(gk, a["access_token"])
        assert back.ask("resume", data={"topics": {topic: slow.seq}})["type"] in ("subscribed", "resync")


def test_a_thousand_idle_sockets():
    with Server(env={"GAMEKEEPER_REALTIME_SOCKETS_PER_PLAYER": "2000"}) as gk:
        a = register(gk, "ada")
        sockets = [Live(gk, a["access_token"]) for _ in range(1000)]
        for live in sockets:
            live.send({"type": "subscribe", "topic": "notifications"})
        assert all(live.receive()["type"] == "subscribed" for live in sockets)
        assert metric(gk, "gamekeeper_realtime_sockets") == metric(gk, "gamekeeper_realtime_subscriptions") == 1000
        assert metric(gk, "gamekeeper_realtime_topics") == 1
        for live in sockets[::97]:
            assert live.ask("ping")["type"] == "pong"
        gk.process.terminate()
        assert {live.closed_with() for live in sockets} == {1001}
        assert gk.process.wait(15) == 0


def test_floods_and_broken_frames_close_the_socket():
    with Server() as gk:
        a = register(gk, "ada")

        def closes(code, *frames):
            live = Live(gk, a["access_token"])
            try:
                for first, payload in frames:
                    live.raw(first, payload)
            except OSError:
                pass  # closed while we were still sending
            assert live.closed_with() == code, code

        closes(1009, (0x81, b'{"type":"ping","data":{"x":"' + b"y" * 65_506 + b'"}}'))  # 64 KiB and one byte
        closes(1009, (0x01, b"[" * 40_000), (0x80, b"[" * 40_000))
        closes(1003, (0x82, b"{}"))
        closes(1007, (0x81, b'{"type":"\xff"}'))
        closes(1002, (0xC1, b"{}"))
        closes(1008, *[(0x89, b"ping")] * 20_000)
        closes(1008, (0x01, b"["), *[(0x00, b"")] * 100_000)
        live = Live(gk, a["access_token"])
        live.raw(0x81, b'{"type":"ping","data":{"x":"' + b"y" * 65_000 + b'"}}')
        assert live.receive()["type"] == "pong"
        live.socket.sendall(b"\x81\x02{}")
        assert live.closed_with() == 1002, "not masked"


def test_a_page_of_another_origin_may_not_connect():
    with Server(env={"GAMEKEEPER_SERVER_ALLOWED_ORIGINS": "https://game.example"}) as gk:
        upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
        for origin, status in (("https://evil.example", 403), ("null", 403), ("https://game.example.evil", 403), ("https://game.example", 101)):
            answer = gk.call("GET", "/ws", key=None, headers={**upgrade, "Origin": origin})
            assert answer.status == status, (origin, answer.status)
        assert gk.call("GET", "/ws", key=None).status == 426


def test_a_server_that_stops_says_so():
    with Server() as gk:
        live = Live(gk, register(gk, "ada")["access_token"])
        began = time.monotonic()
        gk.process.terminate()
        assert live.closed_with() == 1001
        assert gk.process.wait(10) == 0 and time.monotonic() - began < 8


if __name__ == "__main__":
    run(globals())
