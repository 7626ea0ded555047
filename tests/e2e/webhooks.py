"""Webhooks over HTTP: signed by Standard Webhooks, tried again, dead letters, told over kills, and never led inside (RELIABILITY S20)."""
import base64
import hashlib
import hmac
import json
import time

import answers
from answers import ok, refused
from gk import BINARY, Server, free_port, run
from receivers import Door, Hook

WEBHOOKS = "/api/v1/webhooks"
PRIVATE = {"GAMEKEEPER_WEBHOOKS_ALLOW_PRIVATE": "true", "GAMEKEEPER_WEBHOOKS_TIMEOUT_MS": "1000", "GAMEKEEPER_WEBHOOKS_RETRY_FIRST_MS": "50",
           "GAMEKEEPER_WEBHOOKS_RETRY_LONGEST_MS": "200", "GAMEKEEPER_WEBHOOKS_TRIES": "4"}


def wait_for(what, wait_s=60):
    return answers.wait_for(what, wait_s)  # deliveries are tried again and again


def make(gk, url, events=("player.*",), **more):
    return ok(gk.call("POST", WEBHOOKS, {"url": url, "events": list(events), **more}, key="server"), 201)


def player(gk, name):
    answer = gk.call("POST", "/api/v1/auth/device", {"device_id": name})
    assert answer.status in (200, 201), answer.body
    return answer.json()["player_id"]


def deliveries(gk, webhook, query=""):
    return ok(gk.call("GET", f"{WEBHOOKS}/{webhook['id']}/deliveries{query}", key="server"))["items"]


def signatures(secret, headers, body):
    """What the header should hold, by an implementation of its own."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def test_a_fact_is_posted_and_signed():
    with Server(env=PRIVATE) as gk, Hook() as hook:
        webhook = make(gk, hook.url)
        assert set(webhook) == {"id", "url", "events", "enabled", "created_at", "failing_since", "disabled_at", "secret"}, webhook
        shown = ok(gk.call("GET", f"{WEBHOOKS}/{webhook['id']}", key="server"))
        assert shown == {k: v for k, v in webhook.items() if k != "secret"} and ok(gk.call("GET", WEBHOOKS, key="server"))["items"] == [shown]
        ada = player(gk, "ada")
        path, headers, body = wait_for(hook.taken)[0]
        headers = {name.lower(): value for name, value in headers.items()}
        assert path == "/hook" and headers["content-type"] == "application/json", headers
        told = json.loads(body)
        assert told["type"] == "player.registered" and told["data"]["player_id"] == ada and told["timestamp"].endswith("Z"), told
        assert headers["webhook-signature"] == signatures(webhook["secret"], headers, body)
        assert abs(int(headers["webhook-timestamp"]) - time.time()) < 30
        delivery = wait_for(lambda: deliveries(gk, webhook, "?status=delivered"))[0]
        assert delivery["id"] == headers["webhook-id"] and delivery["attempts"] == 1 and delivery["error"] is None, delivery
        turned = ok(gk.call("POST", f"{WEBHOOKS}/{webhook['id']}/rotate", {}, key="server"))
        player(gk, "bob")
        _, headers, body = wait_for(lambda: hook.taken()[1:])[0]
        headers = {name.lower(): value for name, value in headers.items()}
        assert headers["webhook-signature"].split() == [signatures(s, headers, body) for s in (turned["secret"], webhook["secret"])]
        assert gk.call("DELETE", f"{WEBHOOKS}/{webhook['id']}", key="server").status == 204
        player(gk, "eve")
        refused(gk.call("GET", f"{WEBHOOKS}/{webhook['id']}/deliveries", key="server"), 404, "not_found")
        time.sleep(1)
        assert len(hook.taken()) == 2


def test_what_fails_is_tried_again_and_dead_letters_are_sent_again():
    with Server(env=PRIVATE) as gk, Hook([500, "hang", (302, {"Location": "http://127.0.0.1:1/"})]) as hook, Hook([503] * 4) as dead:
        good, bad, gone = make(gk, hook.url), make(gk, dead.url), make(gk, f"http://127.0.0.1:{free_port()}/")
        player(gk, "ada")
        wait_for(lambda: deliveries(gk, good, "?status=delivered"))
        tries = hook.taken()
        assert len(tries) == 4 and len({t[1]["webhook-id"] for t in tries}) == 1 and len({t[2] for t in tries}) == 1, [t[1] for t in tries]
        letter = wait_for(lambda: deliveries(gk, bad, "?status=dead"))[0]
        assert letter["attempts"] == 4 and "503" in letter["error"] and letter["next_at"] is None and letter["ended_at"], letter
        assert wait_for(lambda: deliveries(gk, gone, "?status=dead"))[0]["error"]
        assert ok(gk.call("GET", f"{WEBHOOKS}/{bad['id']}", key="server"))["failing_since"]
        retry = f"{WEBHOOKS}/{bad['id']}/deliveries/retry"
        assert ok(gk.call("POST", retry, {"ids": ["another"]}, key="server")) == {"retried": 0}
        assert ok(gk.call("POST", retry, key="server")) == {"retried": 1}
        wait_for(lambda: deliveries(gk, bad, "?status=delivered"))
        assert len(dead.taken()) == 5 and deliveries(gk, bad, "?status=dead") == []
        assert wait_for(lambda: ok(gk.call("GET", f"{WEBHOOKS}/{bad['id']}", key="server"))["failing_since"] is None)


def test_one_that_hangs_holds_up_nobody_and_no_stop():
    with Server(env={**PRIVATE, "GAMEKEEPER_WEBHOOKS_TIMEOUT_MS": "30000"}) as gk, Hook(["hang"] * 100) as slow, Hook() as quick:
        make(gk, slow.url)
        make(gk, quick.url)
        for n in range(20):
            player(gk, f"p{n}")
        wait_for(lambda: len(quick.taken()) == 20)
        assert slow.taken()
        assert gk.stop(wait_s=10) == 0


def test_nothing_is_lost_over_kills():
    with Server(env=PRIVATE) as gk, Hook() as hook:
        webhook, players = make(gk, hook.url, ["*"]), []
        for kill in range(3):
            players += [player(gk, f"p{kill}-{n}") for n in range(30)]
            gk.kill()
            gk.start()
        wait_for(lambda: len({json.loads(body)["data"]["player_id"] for _, _, body in hook.taken()} & set(players)) == len(players), 90)
        wait_for(lambda: not deliveries(gk, webhook, "?status=waiting"), 90)
        of_player = {}
        for _, headers, body in hook.taken():  # more than once only by a try that was cut off, and then under the same id
            of_player.setdefault(json.loads(body)["data"]["player_id"], set()).add(headers["webhook-id"])
        assert all(len(ids) == 1 for ids in of_player.values()), of_player
        assert len(deliveries(gk, webhook, "?limit=1000&status=delivered")) == len(players)


def test_a_webhook_that_only_fails_is_switched_off():
    with Server(env={**PRIVATE, "GAMEKEEPER_WEBHOOKS_GIVE_UP_HOURS": "0"}) as gk, Hook([500] * 100) as hook:
        webhook = make(gk, hook.url)
        player(gk, "ada")
        shown = wait_for(lambda: (w := ok(gk.call("GET", f"{WEBHOOKS}/{webhook['id']}", key="server")))["disabled_at"] and w)
        assert not shown["enabled"] and shown["failing_since"]
        seen = len(hook.taken())
        player(gk, "bob")
        time.sleep(1)
        assert len(hook.taken()) == seen
        back = ok(gk.call("PUT", f"{WEBHOOKS}/{webhook['id']}", {"enabled": True}, key="server"))
        assert back["enabled"] and back["disabled_at"] is None


def test_bad_bodies_name_the_field():
    with Server() as gk:
        url, events = "https://example.com/", ["match.*"]
        for body, code, field in [({}, "required", "url"), ({"url": url}, "required", "events"), ({"url": 1, "events": events}, "bad_type", "url"),
                                  ({"url": url, "events": []}, "too_many", "events"), ({"url": url, "events": ["x y"]}, "bad_value", "events"),
                                  ({"url": url, "events": "x"}, "bad_type", "events"), ({"url": url, "events": events, "secret": "whsec_c2hvcnQ="}, "bad_secret", "secret"),
                                  ({"url": url, "events": events, "state": 1}, "unknown_field", "state")]:
            refused(gk.call("POST", WEBHOOKS, body, key="server"), 400, code, field)
        webhook = make(gk, url, secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        assert webhook["secret"] == "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        refused(gk.call("GET", f"{WEBHOOKS}/{webhook['id']}/deliveries?status=lost", key="server"), 400, "bad_value", "status")
        refused(gk.call("PUT", f"{WEBHOOKS}/{webhook['id']}", {"url": "ftp://example.com/"}, key="server"), 400, "bad_url", "url")


# Ways to write an address that leads inside. {p}: a port at which somebody listens on all addresses of this machine.
INSIDE = ["127.0.0.1:{p}", "127.1:{p}", "127.0.1:{p}", "127.127.127.127:{p}", "2130706433:{p}", "0x7f000001:{p}", "0x7f.0x0.0x0.0x1:{p}", "017700000001:{p}",
          "0177.0.0.1:{p}", "0177.0.0.01:{p}", "0x7f.1:{p}", "127.0.0.1.:{p}", "0:{p}", "0.0.0.0:{p}", "0x0:{p}", "00000:{p}", "10.0.0.1:{p}", "10.255.255.255:{p}",
          "172.16.0.1:{p}", "172.31.255.254:{p}", "192.168.0.1:{p}", "192.168.255.255:{p}", "169.254.169.254", "169.254.169.254:{p}", "2852039166", "0xa9fea9fe",
          "0xA9.0xFE.0xA9.0xFE", "0251.0376.0251.0376", "169.254.0.1", "100.64.0.1:{p}", "100.127.255.255:{p}", "192.0.0.1:{p}", "192.0.2.1:{p}", "198.18.0.1:{p}",
          "198.51.100.1:{p}", "203.0.113.1:{p}", "224.0.0.1:{p}", "239.255.255.255:{p}", "240.0.0.1:{p}", "255.255.255.255:{p}",
          "[::1]:{p}", "[::]:{p}", "[0:0:0:0:0:0:0:1]:{p}", "[0000::0001]:{p}", "[::ffff:127.0.0.1]:{p}", "[::ffff:7f00:1]:{p}", "[::ffff:10.0.0.1]:{p}",
          "[::ffff:169.254.169.254]:{p}", "[::ffff:a9fe:a9fe]", "[::127.0.0.1]:{p}", "[::7f00:1]:{p}", "[64:ff9b::7f00:1]:{p}", "[64:ff9b::10.0.0.1]:{p}",
          "[64:ff9b:1::7f00:1]:{p}", "[2002:7f00:1::]:{p}", "[2002:7f00:1::1]:{p}", "[2001::1]:{p}", "[2001:db8::1]:{p}", "[fe80::1]:{p}", "[fe80::1%25lo]:{p}",
          "[fc00::1]:{p}", "[fd00:ec2::254]:{p}", "[ff02::1]:{p}", "[100::1]:{p}", "localhost:{p}", "LOCALHOST:{p}", "localhost.:{p}", "ip6-localhost:{p}",
          "\u2460\u2461\u2466.0.0.1:{p}", "\uff11\uff12\uff17.0.0.1:{p}", "127\u30020\u30020\u30021:{p}"]
NO_URL = ["ftp://127.0.0.1:{p}/", "file:///etc/passwd", "gopher://127.0.0.1:{p}/", "dict://127.0.0.1:{p}/", "ldap://127.0.0.1:{p}/", "smtp://127.0.0.1:{p}/",
          "http://example.com@127.0.0.1:{p}/", "http://127.0.0.1:{p}@example.com/", "http://example.com:22/", "http://example.com:6379x/", "//127.0.0.1:{p}/", "127.0.0.1:{p}",
          "http://127.0.0.1:{p}\r\nX: y/", "http://[::1/", "http://", "http:///hook", "javascript:alert(1)"]


def test_webhooks_come_in_pages():
    with Server() as gk:
        made = [make(gk, f"https://example.com/{n}")["id"] for n in range(5)]
        seen, cursor = [], ""
        for page in range(3):
            answer = ok(gk.call("GET", f"{WEBHOOKS}?limit=2{cursor}", key="server"))
            seen += [webhook["id"] for webhook in answer["items"]]
            cursor = f"&cursor={answer['next_cursor']}"
        assert seen == made[::-1] and answer["next_cursor"] is None, (seen, made)
        for query in ("limit=0", "limit=1001", "cursor=made-up"):
            assert gk.call("GET", f"{WEBHOOKS}?{query}", key="server").status == 400, query


def test_no_webhook_leads_inside():
    with Server() as gk, Door() as door:
        admin, made = gk.admin(), []
        ok(gk.call("POST", "/api/v1/admin/apps", {"id": "other"}, key=admin), 201)
        urls = [f"http://{host}/hook" for host in INSIDE] + NO_URL + ["https://127.0.0.1:{p}/", "https://[::1]:{p}/", "HTTP://127.0.0.1:{p}/"]
        assert len(urls) >= 60
        for url in [u.replace("{p}", str(door.port)) for u in urls]:
            answer = gk.call("POST", WEBHOOKS, {"url": url, "events": ["player.*"]}, key="server")
            if answer.status == 400:
                assert answer.json()["code"] in ("bad_url", "address_not_allowed"), (url, answer.body)
            else:  # a name: where it leads is known only when it is called
                made.append(ok(answer, 201))
        assert made
        player(gk, "ada")
        for webhook in made:
            letter = wait_for(lambda webhook=webhook: (d := deliveries(gk, webhook)) and (d[0]["error"] or d[0]["status"] != "waiting") and d[0])
            assert letter["status"] != "delivered" and letter["error"], (webhook["url"], letter)
            if webhook["url"].lower().startswith("http://localhost:"):
                assert letter["status"] == "dead" and "public internet" in letter["error"], (webhook["url"], letter)
        assert door.count == 0, f"{door.count} connections"


def test_redirects_lead_nowhere():
    with Server(env=PRIVATE) as gk, Door() as door, Hook([(code, {"Location": f"http://127.0.0.1:{door.port}/"}) for code in (301, 302, 303, 307, 308)]) as hook:
        webhook = make(gk, hook.url)
        for n in range(2):
            player(gk, f"p{n}")
        wait_for(lambda: len(deliveries(gk, webhook, "?status=delivered")) == 2)
        assert len(hook.taken()) == 7 and door.count == 0


def test_production_refuses_to_be_led_inside():
    import subprocess
    import tempfile
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([BINARY, "serve", "--data", folder, "--listen", f"127.0.0.1:{free_port()}", "--mode", "production"], timeout=60, check=False,
                              env={"GAMEKEEPER_WEBHOOKS_ALLOW_PRIVATE": "true"}, capture_output=True, text=True)
        assert done.returncode != 0 and "webhooks.allow_private" in done.stdout + done.stderr, (done.returncode, done.stdout, done.stderr)


run(globals())
