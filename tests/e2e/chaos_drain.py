"""SIGTERM under load (RELIABILITY R17), GK_DRAIN_ROUNDS times (5).

/readyz fails first, while other requests are still served; requests that are under way finish; GraphQL sockets get
1001; the program exits 0 within 10 s; nothing acknowledged is lost.
"""
import http.client
import json
import os
import random
import socket
import threading
import time

from gk import Server, run
from journal import Journal, Load, check_bounds, check_exact, settle
from websocket import WebSocket, subscribe

ROUNDS = int(os.environ.get("GK_DRAIN_ROUNDS", "5"))
SEED = int(os.environ.get("GK_SEED", "17"))


class Poller(threading.Thread):
    """Asks one path on a new connection each time, as a load balancer does: (when, status or None)."""

    def __init__(self, port, path):
        super().__init__(daemon=True)
        self.port, self.path, self.seen = port, path, []
        self.start()

    def run(self):
        while not self.seen or self.seen[-1][1] is not None:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
            try:
                connection.request("GET", self.path)
                self.seen.append((time.monotonic(), connection.getresponse().status))
            except OSError:
                self.seen.append((time.monotonic(), None))
            except http.client.HTTPException:
                pass  # accepted by the kernel, closed before it was read: a balancer tries again
            finally:
                connection.close()
            time.sleep(0.01)


class SlowPost:
    """A request of which `part` has been sent before SIGTERM comes; finish() sends the rest and reads the answer."""

    def __init__(self, gk, journal, identities, part):
        body = json.dumps({"events": [journal.event(i) for i in identities]}).encode()
        request = (f"POST /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {gk.key('write')}\r\n"
                   f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body
        cut = int(len(request) * part)
        self.journal, self.identities, self.rest = journal, identities, request[cut:]
        self.socket = socket.create_connection(("127.0.0.1", gk.port), 15)
        journal.sending(identities)
        self.socket.sendall(request[:cut])

    def finish(self):
        self.socket.sendall(self.rest)
        answer = http.client.HTTPResponse(self.socket)
        answer.begin()
        body = answer.read()
        assert answer.status == 200 and json.loads(body)["accepted"] == len(self.identities), (answer.status, body[:300])
        assert answer.headers["Connection"] == "close", dict(answer.headers)
        self.journal.confirm(self.identities)
        self.socket.close()


def silent(gk):
    """Upgraded, and nothing said."""
    return WebSocket(gk.port, "/graphql", "graphql-transport-ws")


def signed_in(gk):
    """Let in, and nothing asked."""
    ws = silent(gk)
    ws.send({"type": "connection_init", "payload": {"authorization": f"Bearer {gk.key('read')}"}})
    assert ws.receive()["type"] == "connection_ack"
    return ws


def listening(gk):
    return subscribe(gk.port, gk.key("read"), "subscription { overview { eventsPerSecond } }")


class Listener(threading.Thread):
    """Reads until the server has closed: `end` is the code of its closing frame, or what happened in its place."""

    def __init__(self, gk, opened):
        super().__init__(daemon=True)
        self.ws = opened(gk)
        self.end = None
        self.start()

    def run(self):
        try:
            while self.ws.receive() is not None:
                pass
            self.end = self.ws.close_code
        except OSError as error:
            self.end = error


def one_round(gk, journal, number, chance):
    listeners = [Listener(gk, opened) for opened in (silent, signed_in, listening, listening)]
    ready, alive = Poller(gk.port, "/readyz"), Poller(gk.port, "/livez")
    with Load(journal, lambda: gk, batch_max=100) as load:
        time.sleep(chance.uniform(0.3, 0.8))
        slow = [SlowPost(gk, journal, [(100 + k, number, n) for n in range(1, 50)], part) for k, part in enumerate((0.1, 0.5, 0.99))]
        time.sleep(0.1)
        began = time.monotonic()
        ended = threading.Timer(0.7, lambda: [one.finish() for one in slow])
        ended.start()
        code = gk.stop(15)
        took = time.monotonic() - began
        ended.join()
        load.stop.set()
    assert code == 0 and took <= 10, (code, took, gk.tail())
    assert not set(i for one in slow for i in one.identities) & journal.uncertain(), "a request that was under way was not finished"
    for listener in listeners:
        listener.join(10)
        assert listener.end == 1001, listener.end
    for poller in (ready, alive):
        poller.join(10)
    failing = [at for at, status in ready.seen if status == 503]
    assert failing, f"/readyz never said 503: {ready.seen[-3:]}"
    still_served = [at for at, status in alive.seen if status == 200 and at > failing[0]]
    assert still_served, "/readyz failed, and nothing was served any more: a balancer had no time to turn away"
    return took


def test_sigterm_under_load():
    gk = Server()
    try:
        gk.start()
        journal, chance, slowest = Journal(SEED), random.Random(SEED), 0
        for number in range(ROUNDS):
            slowest = max(slowest, one_round(gk, journal, number, chance))
            gk.start()
            gk.check_ready()
            check_bounds(gk, journal)
        print(f"seed {SEED}: {ROUNDS} times; acknowledged {len(journal.acknowledged)}, sent {len(journal.sent)}, gone in {slowest:.2f} s at most")
        settle(gk, journal)
        check_exact(gk, journal)
    finally:
        gk.close()


run(globals())
