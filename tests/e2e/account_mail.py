"""E-mail addresses that are confirmed and passwords that were forgotten: by real mail over SMTP, or a plain word that there is none."""
import email
import email.policy
import re
import time

from answers import ok, refused, wait_for
from gk import Server, run
from receivers import MailServer
from websocket import WebSocket

AUTH, PASSWORD, NEW = "/api/v1/auth", "tide pool lantern", "a whole new lantern"
VERIFY, CONFIRM, RESET, RENEW = f"{AUTH}/email/verify", f"{AUTH}/email/verify/confirm", f"{AUTH}/password/reset", f"{AUTH}/password/reset/confirm"


def with_mail(mails):
    return Server(env={"GAMEKEEPER_SMTP_URL": mails.url, "GAMEKEEPER_SMTP_FROM": "keeper@game.example"})


def register(gk, name, **more):
    return ok(gk.call("POST", f"{AUTH}/register", {"username": name, "password": PASSWORD, **more}), 201)


def login(gk, name, password):
    return gk.call("POST", f"{AUTH}/login", {"username": name, "password": password})


def profile(gk, who):
    return gk.call("GET", f"{AUTH}/profile", key=who["access_token"])


class Post:
    """Reads the mails of a server one after another."""

    def __init__(self, server):
        self.server, self.read = server, 0

    def next(self):
        """The next mail: (to, subject, text, token)."""
        wait_for(lambda: len(self.server.mails) > self.read)
        _, to, raw = self.server.mails[self.read]
        self.read += 1
        message = email.message_from_bytes(raw, policy=email.policy.default)
        text = message.get_content()
        token = re.search(r"^([\w-]{43})\s*$", text, re.M)
        assert len(to) == 1, (to, text)
        return to[0], message["Subject"], text, token and token.group(1)


def verified(gk, post, name, address):
    """A new player whose address is confirmed."""
    who = register(gk, name, email=address)
    assert ok(gk.call("POST", VERIFY, key=who["access_token"]), 202) == {"status": "accepted"}
    assert gk.call("POST", CONFIRM, {"token": post.next()[3]}).status == 204
    return who


def test_an_address_is_confirmed_by_its_mail():
    with MailServer() as mails, with_mail(mails) as gk:
        post = Post(mails)
        ada = register(gk, "Ada", email="ada@example.com")
        assert ok(profile(gk, ada))["email_verified"] is False
        assert ok(gk.call("POST", VERIFY, key=ada["access_token"]), 202) == {"status": "accepted"}
        to, subject, text, token = post.next()
        name = next(a for a in ok(gk.call("GET", "/api/v1/admin/apps", key=gk.admin()))["items"] if a["id"] == "demo")["name"]
        assert to == "ada@example.com" and subject.startswith(name) and name in text and "Ada" in text and "30 minutes" in text, (subject, text)
        refused(gk.call("POST", CONFIRM, {"token": token[:-1] + "~"}), 400, "bad_mail_token", "token")
        refused(gk.call("POST", CONFIRM, {}), 400, "required", "token")
        assert gk.call("POST", CONFIRM, {"token": token}).status == 204
        assert ok(profile(gk, ada))["email_verified"] is True
        refused(gk.call("POST", CONFIRM, {"token": token}), 400, "bad_mail_token", "token")
        refused(gk.call("POST", VERIFY, key=ada["access_token"]), 409, "verified_already")
        refused(gk.call("POST", VERIFY, key=register(gk, "Bob")["access_token"]), 409, "no_email")
        own = f"/api/v1/players/{ada['player_id']}"
        assert ok(gk.call("PUT", own, {"email": "ada@elsewhere.example", "password": PASSWORD}, key=ada["access_token"]))["email_verified"] is False
        assert token not in gk.output()


def test_a_stolen_token_does_not_become_a_reset():
    with MailServer() as mails, with_mail(mails) as gk:
        post = Post(mails)
        ada = verified(gk, post, "Ada", "ada@example.com")
        own, eve = f"/api/v1/players/{ada['player_id']}", {"email": "eve@example.com"}
        for address in ("eve@example.com", "", None):
            refused(gk.call("PUT", own, {"email": address}, key=ada["access_token"]), 403, "password_needed", "password")
        refused(gk.call("PUT", own, {**eve, "password": "guess"}, key=ada["access_token"]), 403, "wrong_password", "password")
        refused(gk.call("PUT", own, {**eve, "password": 5}, key=ada["access_token"]), 400, "bad_type", "password")
        refused(gk.call("PUT", own, {"password": PASSWORD}, key=ada["access_token"]), 400, "read_only", "password")
        assert ok(gk.call("PUT", own, {"attributes": {"hat": 1}}, key=ada["access_token"]))["email"] == "ada@example.com"
        changed = ok(gk.call("PUT", own, {"email": "ada@elsewhere.example", "password": PASSWORD}, key=ada["access_token"]))
        assert changed["email_verified"] is False
        to, subject, text, token = post.next()
        assert to == "ada@example.com" and "Ada" in text and "changed" in subject and not token and "elsewhere" not in text, (to, subject, text)

        bob = register(gk, "Bob")  # has none yet: a token alone may name one, and it leads nowhere
        assert ok(gk.call("PUT", f"/api/v1/players/{bob['player_id']}", eve, key=bob["access_token"]))["email"] == "eve@example.com"
        ok(gk.call("POST", VERIFY, key=bob["access_token"]), 202)
        assert gk.call("POST", CONFIRM, {"token": post.next()[3]}).status == 204
        ok(gk.call("POST", RESET, {"username": "Bob"}), 202)
        device = ok(gk.call("POST", f"{AUTH}/device", {"device_id": "phone-1"}), 201)  # no password: as it always was
        page = f"/api/v1/players/{device['player_id']}"
        ok(gk.call("PUT", page, {"email": "dee@example.com"}, key=device["access_token"]))
        ok(gk.call("POST", VERIFY, key=device["access_token"]), 202)
        to, _, _, token = post.next()
        assert to == "dee@example.com", "Bob got a reset"
        assert gk.call("POST", CONFIRM, {"token": token}).status == 204
        assert ok(gk.call("PUT", page, {"email": None}, key=device["access_token"]))["email"] is None
        assert post.next()[0] == "dee@example.com"


def test_a_forgotten_password_is_replaced_and_every_sign_in_ends():
    with MailServer() as mails, with_mail(mails) as gk:
        post = Post(mails)
        phone = verified(gk, post, "Ada", "ada@example.com")
        tablet = ok(login(gk, "Ada", PASSWORD))
        socket = WebSocket(gk.port, "/ws")
        socket.send({"type": "authenticate", "data": {"token": tablet["access_token"]}})
        assert socket.receive()["type"] == "authenticated"

        assert ok(gk.call("POST", RESET, {"username": "ADA"}), 202) == {"status": "accepted"}
        to, _, text, token = post.next()
        assert to == "ada@example.com" and "Ada" in text
        refused(gk.call("POST", CONFIRM, {"token": token}), 400, "bad_mail_token")  # made for something else
        refused(gk.call("POST", RENEW, {"token": token, "new_password": "iloveyou"}), 400, "password_too_common", "new_password")
        assert gk.call("POST", RENEW, {"token": token, "new_password": NEW}).status == 204
        while socket.receive() is not None:
            pass
        assert socket.close_code == 4401
        gk.kill()
        gk.start()
        for who in (phone, tablet):
            refused(profile(gk, who), 401, "unauthenticated")
            refused(gk.call("POST", f"{AUTH}/refresh", {"refresh_token": who["refresh_token"]}), 401, "bad_refresh_token")
        refused(login(gk, "Ada", PASSWORD), 401, "wrong_credentials")
        assert ok(profile(gk, ok(login(gk, "Ada", NEW))))["email_verified"] is True
        refused(gk.call("POST", RENEW, {"token": token, "new_password": PASSWORD}), 400, "bad_mail_token")
        assert token not in gk.output()


def test_nobody_learns_who_has_an_account():
    with MailServer() as mails, with_mail(mails) as gk:
        post = Post(mails)
        verified(gk, post, "Ada", "ada@example.com")
        register(gk, "Bob", email="bob@example.com")  # an address that nobody has confirmed
        register(gk, "Cy")
        said = [gk.call("POST", RESET, {"username": name}) for name in ("Ada", "Bob", "Cy", "Nobody", "", "x" * 500, "\u200b")]
        assert {(a.status, a.body) for a in said} == {(202, b'{"status":"accepted"}')}, [a.body for a in said]
        assert len({tuple(sorted(set(a.headers) - {"X-Request-ID", "Date"})) for a in said}) == 1
        assert post.next()[0] == "ada@example.com"
        verified(gk, post, "Dee", "dee@example.com")  # by now all that was asked for before is done
        assert len(mails.mails) == post.read, mails.mails


def test_a_mailbox_is_not_flooded():
    with MailServer() as mails, with_mail(mails) as gk:
        post = Post(mails)
        verified(gk, post, "Ada", "ada@example.com")
        for _ in range(9):
            ok(gk.call("POST", RESET, {"username": "Ada"}), 202)
        tokens = [post.next()[3] for _ in range(5)]
        verified(gk, post, "Dee", "dee@example.com")
        assert len(mails.mails) == post.read == 7
        for old in tokens[:-1]:  # the newest alone is good
            refused(gk.call("POST", RENEW, {"token": old, "new_password": NEW}), 400, "bad_mail_token")
        assert gk.call("POST", RENEW, {"token": tokens[-1], "new_password": NEW}).status == 204


def test_what_was_asked_for_survives_a_kill_and_a_mail_server_that_is_away():
    with MailServer(answers=[451]) as mails, with_mail(mails) as gk:
        post = Post(mails)
        ada = register(gk, "Ada", email="ada@example.com")
        ok(gk.call("POST", VERIFY, key=ada["access_token"]), 202)
        give_up = time.monotonic() + 20
        while mails.answers:
            assert time.monotonic() < give_up, "no try was made"
            time.sleep(0.02)
        gk.kill()
        gk.start()
        assert gk.call("POST", CONFIRM, {"token": post.next()[3]}).status == 204


def test_words_are_the_apps_own():
    with MailServer() as mails, with_mail(mails) as gk:
        words = {"en": {"title": "Welcome to {{app_name}}", "body": "https://game.example/verify\n\n{{token}}\n\nfor {{minutes}} minutes, {{username}}"},
                 "de": {"title": "Willkommen bei {{app_name}}", "body": "Hallo {{username}}\n\n{{token}}\n"}}
        ok(gk.call("PUT", "/api/v1/notification-templates/email_verification", {"words": words}, key="server"))
        post = Post(mails)
        ada = register(gk, "Ada", email="ada@example.com")
        ok(gk.call("PUT", "/api/v1/notifications/preferences", {"locale": "de-AT"}, key=ada["access_token"]))
        ok(gk.call("POST", VERIFY, key=ada["access_token"]), 202)
        _, subject, text, token = post.next()
        assert subject.startswith("Willkommen bei ") and text.startswith("Hallo Ada"), (subject, text)
        assert gk.call("POST", CONFIRM, {"token": token}).status == 204


def test_without_a_mail_server_it_says_so():
    with Server() as gk:
        ada = register(gk, "Ada", email="ada@example.com")
        refused(gk.call("POST", VERIFY, key=ada["access_token"]), 409, "mail_not_configured")
        for name in ("Ada", "Nobody"):
            refused(gk.call("POST", RESET, {"username": name}), 409, "mail_not_configured")


run(globals())
