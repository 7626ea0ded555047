"""Notifications over HTTP: the inbox and its counts, what a player wants, words, facts told once over kills, messages to many, mail."""
import email
import email.policy
import time

from answers import ok, refused, wait_for
from gk import Server, run
from receivers import MailServer
from websocket import WebSocket

NOTIFICATIONS, TEMPLATES, MESSAGES = "/api/v1/notifications", "/api/v1/notification-templates", "/api/v1/admin/notifications"


class Game:
    """A server on which every new player is welcomed: registering is the simplest fact that is told."""

    def __init__(self, gk, title="Welcome"):
        self.gk = gk
        self.say("welcome", en=title)

    def say(self, name, **titles):
        words = {locale: {"title": title, "body": "Have fun."} for locale, title in titles.items()}
        return ok(self.gk.call("PUT", f"{TEMPLATES}/{name}", {"words": words}, key="server"))

    def player(self, name):
        answer = self.gk.call("POST", "/api/v1/auth/device", {"device_id": name})
        assert answer.status in (200, 201), answer.body
        return answer.json()

    def call(self, who, method, path="", body=None):
        return self.gk.call(method, NOTIFICATIONS + path, body, key=who["access_token"])

    def inbox(self, who, query=""):
        return ok(self.call(who, "GET", query))

    def welcomed(self, who):
        return wait_for(lambda: self.inbox(who)["items"])[0]


def test_what_the_log_says_comes_into_the_inbox():
    with Server() as gk:
        game = Game(gk, "Welcome, {{player_id}}")
        ada, bob = game.player("ada"), game.player("bob")
        told = game.welcomed(ada)
        assert set(told) == {"id", "type", "title", "body", "data", "created_at", "read_at"}, told
        assert (told["type"], told["title"], told["body"], told["read_at"]) == ("welcome", f"Welcome, {ada['player_id']}", "Have fun.", None), told
        assert game.inbox(ada) == {"items": [told], "next_cursor": None, "unread": 1}
        assert game.welcomed(bob)["id"] != told["id"]
        read = ok(game.call(ada, "POST", f"/{told['id']}/read"))
        assert read == {**told, "read_at": read["read_at"]} and read["read_at"], read
        assert ok(game.call(ada, "POST", f"/{told['id']}/read")) == read
        assert game.inbox(ada)["unread"] == 0 and game.inbox(ada, "?unread=true")["items"] == []
        refused(game.call(bob, "POST", f"/{told['id']}/read"), 404, "not_found")
        assert ok(game.call(bob, "POST", "/read-all")) == {"read": 1} and ok(game.call(bob, "POST", "/read-all")) == {"read": 0}
        assert game.inbox(bob)["unread"] == 0
        refused(game.call(ada, "GET", "?unread=maybe"), 400, "bad_value", "unread")


def live(gk, who):
    """A socket that hears what its player is told."""
    socket = WebSocket(gk.port, "/ws")
    for message in ({"type": "authenticate", "data": {"token": who["access_token"]}}, {"type": "subscribe", "topic": "notifications"}):
        socket.send(message)
        assert (answer := socket.receive())["type"] != "error", answer
    return socket


def heard(socket):
    """The next notification, whatever else is said."""
    while (message := socket.receive())["type"] != "notification":
        pass
    return message


def test_a_match_is_told_from_its_finding_to_its_result():
    with Server() as gk:
        game = Game(gk)
        ada, bob = game.player("ada"), game.player("bob")
        for who in (ada, bob):
            game.welcomed(who)
        socket = live(gk, ada)
        for who in (ada, bob):
            ok(gk.call("POST", "/api/v1/queue/join", {}, key=who["access_token"]), 202)
        found = [wait_for(lambda who=who: [n for n in game.inbox(who)["items"] if n["type"] == "match_found"])[0] for who in (ada, bob)]
        match = found[0]["data"]
        assert found[1]["data"] == match and set(match) == {"match_id", "session_id", "queue"} and match["queue"] == "default", found
        assert found[0]["title"] == "Match found" and found[0]["id"] != found[1]["id"]
        pushed = heard(socket)
        assert pushed["topic"] == "notifications" and pushed["seq"] and pushed["data"] == {**found[0], "unread": 2}, pushed
        body = {"match_id": match["match_id"], "session_id": match["session_id"], "teams": [{"players": [bob["player_id"]], "rank": 1}, {"players": [ada["player_id"]], "rank": 2}]}
        for _ in range(2):  # the second time nothing happens
            applied = ok(gk.call("POST", "/api/v1/matches/result", body, key="server"))
        after = {r["player_id"]: r for r in applied["ratings"]}
        for who in (ada, bob):
            results = wait_for(lambda who=who: [n for n in game.inbox(who)["items"] if n["type"] == "match_result"])
            own = after[who["player_id"]]
            assert [n["data"] for n in results] == [{"match_id": match["match_id"], "queue": "default", "rating": own["after"], "change": own["change"]}], results
            assert str(own["after"]) in results[0]["body"], results
            assert game.inbox(who)["unread"] == 3
        assert heard(socket)["data"]["type"] == "match_result"


def test_facts_are_told_once_over_kills():
    with Server() as gk:
        game, players = Game(gk), []
        for kill in range(4):
            players += [game.player(f"p{kill}-{n}") for n in range(40)]
            gk.kill()  # with facts in the outbox, on the log and under the consumer's hands
            gk.start()
        for who in players:
            game.welcomed(who)
        for who in players:
            inbox = game.inbox(who)
            assert len(inbox["items"]) == 1 and inbox["unread"] == 1, inbox
        assert gk.stop() == 0
        gk.start()
        last = game.player("last")
        game.welcomed(last)
        assert all(len(game.inbox(who)["items"]) == 1 for who in players)


def test_preferences_are_kept_and_followed():
    with Server() as gk:
        game = Game(gk)
        ada = game.player("ada")
        game.welcomed(ada)
        default = ok(game.call(ada, "GET", "/preferences"))
        everything = {"inbox": True, "push": True, "email": False}
        assert default == {"locale": None, "timezone": "UTC", "quiet_hours": None,
                           "channels": {t: everything for t in ("match_found", "match_result", "rank_passed", "season_ended", "message", "welcome")}}, default
        wanted = {"locale": "de-AT", "timezone": "Europe/Vienna", "quiet_hours": {"from": "22:00", "to": "07:00"}, "channels": {"message": {"email": True}}}
        kept = ok(game.call(ada, "PUT", "/preferences", wanted))
        assert kept == {**default, **wanted, "channels": {**default["channels"], "message": {**everything, "email": True}}}, kept
        gk.kill()
        gk.start()
        assert ok(game.call(ada, "GET", "/preferences")) == kept
        assert ok(game.call(ada, "PUT", "/preferences", {"quiet_hours": None, "channels": {"message": None}})) == {
            **kept, "quiet_hours": None, "channels": default["channels"]}
        for body, code, field in [({"locale": "x"}, "bad_locale", "locale"), ({"timezone": "Mars"}, "unknown_time_zone", "timezone"),
                                  ({"quiet_hours": {"from": "7"}}, "bad_value", "quiet_hours.from"), ({"channels": {"message": {"fax": True}}}, "unknown_field", "channels.message.fax"),
                                  ({"sound": "loud"}, "unknown_field", "sound"), ([], "bad_json", "body")]:
            refused(game.call(ada, "PUT", "/preferences", body), 400, code, field)


def test_words_are_the_apps_in_the_players_language():
    with Server() as gk:
        game = Game(gk)
        names = [t["name"] for t in ok(gk.call("GET", TEMPLATES, key="server"))["items"]]
        assert names == ["email_changed", "email_verification", "match_found", "match_result", "password_reset", "rank_passed", "season_ended", "welcome"], names
        built = ok(gk.call("GET", f"{TEMPLATES}/match_found", key="server"))
        assert built["built_in"] and set(built["words"]) == {"en", "de"} and built["version"] == 0, built
        game.say("welcome", en="Hello", de="Hallo", fr="Bonjour")
        assert ok(gk.call("PUT", "/api/v1/admin/apps/demo", {"settings": {"locale": "fr"}}, key=gk.admin()))["settings"]["locale"] == "fr"
        assert game.welcomed(game.player("ada"))["title"] == "Bonjour"
        answer = gk.call("PUT", f"{TEMPLATES}/spring", {"words": {"en": {"title": "{{prize}} for you"}}, "variables": ["prize"]}, key="server")
        assert ok(answer)["version"] == 1 and answer.headers["ETag"] == '"1"' and not answer.json()["built_in"]
        stale = gk.call("PUT", f"{TEMPLATES}/spring", {"words": {"en": {"title": "x"}}}, key="server", headers={"If-Match": '"7"'})
        refused(stale, 412, "stale")
        for name, body, code, field in [("spring", {"words": {"en": {"title": "{{price}}"}}, "variables": ["prize"]}, "unknown_variable", "words.en.title"),
                                        ("spring", {"words": {"en": {"title": "{{prize"}}, "variables": ["prize"]}, "bad_template", "words.en.title"),
                                        ("match_found", {"words": {"en": {"title": "x"}}, "variables": ["mine"]}, "read_only", "variables"),
                                        ("Spring!", {"words": {"en": {"title": "x"}}}, "bad_name", "name"), ("spring", {}, "required", "words"),
                                        ("spring", {"words": {}}, "bad_value", "words"), ("spring", {"words": {"en": {"title": ""}}}, "bad_length", "words.en.title"),
                                        ("spring", {"words": {"en": "x"}}, "bad_type", "words.en"), ("spring", {"words": {"en_US": {"title": "x"}}}, "bad_locale", "words.en_US")]:
            refused(gk.call("PUT", f"{TEMPLATES}/{name}", body, key="server"), 400, code, field)
        assert gk.call("DELETE", f"{TEMPLATES}/spring", key="server").status == 204
        refused(gk.call("GET", f"{TEMPLATES}/spring", key="server"), 404, "not_found")
        assert gk.call("DELETE", f"{TEMPLATES}/welcome", key="server").status == 204
        assert ok(gk.call("GET", f"{TEMPLATES}/welcome", key="server"))["built_in"]


def test_a_message_reaches_its_segment_once_over_kills():
    with Server() as gk:
        game, admin = Game(gk), gk.admin()
        players = [game.player(f"p{n}") for n in range(350)]
        ok(gk.call("PUT", f"{TEMPLATES}/spring", {"words": {"en": {"title": "{{prize}} for you"}, "de": {"title": "{{prize}} f\u00fcr dich"}}, "variables": ["prize"]}, key="server"))
        ok(game.call(players[0], "PUT", "/preferences", {"locale": "de"}))
        ok(game.call(players[1], "PUT", "/preferences", {"channels": {"message": {"inbox": False, "push": False}}}))
        sent = ok(gk.call("POST", MESSAGES, {"segment": {"all": True}, "template": "spring", "data": {"prize": "A hat"}}, key=admin), 202)
        assert (sent["status"], sent["players"], sent["told"], sent["by"]) == ("running", 350, 0, gk.credentials["admin"]["username"]), sent
        gk.kill()
        gk.start()
        admin = gk.admin()
        done = wait_for(lambda: (m := ok(gk.call("GET", f"{MESSAGES}/{sent['id']}", key=admin)))["status"] == "done" and m)
        assert done["looked_at"] == 350 and done["told"] == 350 and done["ended_at"], done
        messages = [[n for n in game.inbox(who)["items"] if n["type"] == "message"] for who in players]
        assert [len(m) for m in messages] == [1, 0] + [1] * 348
        assert messages[0][0]["title"] == "A hat f\u00fcr dich" and messages[2][0]["title"] == "A hat for you" and messages[2][0]["data"] == {"prize": "A hat"}
        few = {"segment": {"players": [players[5]["player_id"], "nobody"], "rating": {"min": 1500, "max": 1500}}, "title": "Hello", "body": "You."}
        second = ok(gk.call("POST", MESSAGES, few, key=admin), 202)
        assert wait_for(lambda: (m := ok(gk.call("GET", f"{MESSAGES}/{second['id']}", key=admin)))["status"] == "done" and m)["told"] == 1
        assert [m["id"] for m in ok(gk.call("GET", MESSAGES, key=admin))["items"]] == [second["id"], sent["id"]]
        assert ok(gk.call("DELETE", f"{MESSAGES}/{second['id']}", key=admin))["status"] == "done"
        for body, code, field in [({"title": "x"}, "required", "segment"), ({"segment": {"all": True}}, "required", "words"), ({"segment": {"mood": 1}, "title": "x"}, "unknown_field", "segment.mood"),
                                  ({"segment": {"all": True}, "title": "{{x}}"}, "unknown_variable", "words.en.title"), ({"segment": {"all": True}, "title": "x", "words": {}}, "bad_value", "words"),
                                  ({"segment": {"all": True}, "title": "x", "template": "spring"}, "bad_value", "title")]:
            refused(gk.call("POST", MESSAGES, body, key=admin), 400, code, field)
        refused(gk.call("POST", MESSAGES, {"segment": {"all": True}, "template": "winter"}, key=admin), 404, "not_found", "template")


def test_mail_goes_to_who_wants_it():
    with MailServer() as mail, Server(env={"GAMEKEEPER_SMTP_URL": mail.url, "GAMEKEEPER_SMTP_FROM": "game@example.com", "GAMEKEEPER_WEBHOOKS_RETRY_FIRST_MS": "50"}) as gk:
        game, admin = Game(gk), gk.admin()

        def mailed(name, preferences, address=True, confirmed=True):
            who = game.player(name)
            game.welcomed(who)
            ok(game.call(who, "PUT", "/preferences", preferences))
            if address:
                ok(gk.call("PUT", f"/api/v1/players/{who['player_id']}", {"email": f"{name}@example.org"}, key=who["access_token"]))
            if address and confirmed:
                before = len(mail.mails)
                ok(gk.call("POST", "/api/v1/auth/email/verify", key=who["access_token"]), 202)
                wait_for(lambda: len(mail.mails) > before)
                text = email.message_from_bytes(mail.mails.pop()[2], policy=email.policy.default).get_content()
                confirmed = gk.call("POST", "/api/v1/auth/email/verify/confirm", {"token": max(text.split(), key=len)})
                assert confirmed.status == 204, (confirmed.body, text)
            return who

        wants = {"channels": {"message": {"email": True}}}
        hours = time.gmtime(time.time() - 3600), time.gmtime(time.time() + 3600 * 2)
        quiet = {"from": time.strftime("%H:%M", hours[0]), "to": time.strftime("%H:%M", hours[1])}
        ada = mailed("ada", {**wants, "locale": "de"})
        sleeper = mailed("sleeper", {**wants, "quiet_hours": quiet})
        others = [mailed("bob", {}), mailed("eve", wants, address=False), mailed("mallory", wants, confirmed=False), sleeper]
        mail.answers[:] = [451]

        def send(who, title):
            words = {"en": {"title": title, "body": "Text."}, "de": {"title": f"\u00dcber {title}", "body": "Gr\u00fc\u00dfe,\n.\nzwei Zeilen."}}
            sent = ok(gk.call("POST", MESSAGES, {"segment": {"players": [w["player_id"] for w in who]}, "words": words}, key=admin), 202)
            wait_for(lambda: ok(gk.call("GET", f"{MESSAGES}/{sent['id']}", key=admin))["status"] == "done")

        send([ada, *others], "one")  # the first try meets a 451: the receiver takes it later
        wait_for(lambda: mail.mails)
        sender, to, text = mail.mails[0]
        message = email.message_from_bytes(text, policy=email.policy.default)
        assert sender == "game@example.com" and to == ["ada@example.org"], (sender, to)
        assert message["Subject"] == "\u00dcber one" and message["From"] == "game@example.com" and message["To"] == "ada@example.org", message
        assert message.get_content().rstrip("\n") == "Gr\u00fc\u00dfe,\n.\nzwei Zeilen.", message.get_content()
        assert message["Message-ID"] and message["Date"] and message.get_content_type() == "text/plain"
        mail.answers[:] = [550]  # for good
        send([ada], "two")
        wait_for(lambda: not mail.answers)
        send([ada], "three")
        wait_for(lambda: len(mail.mails) == 2)
        time.sleep(1)
        assert len(mail.mails) == 2 and b"example.org" in mail.mails[1][2], mail.mails
        told = [[(item["type"], item["title"]) for item in game.inbox(who)["items"]] for who in others]
        assert told == [[("message", "one"), ("welcome", "Welcome")]] * len(others), told  # quiet hours are not the inbox's


run(globals())
