"""Players' accounts over HTTP: names, devices, tokens that turn and end, documents with versions, facts on the log."""
import concurrent.futures
import json
import time

from answers import ok, refused
from gk import Server, run

AUTH, PLAYERS = "/api/v1/auth", "/api/v1/players"
PASSWORD = "tide pool lantern"


def register(gk, name="Ada", key="write", **more):
    return ok(gk.call("POST", f"{AUTH}/register", {"username": name, "password": PASSWORD, **more}, key=key), 201)


def device(gk, name):
    answer = gk.call("POST", f"{AUTH}/device", {"device_id": name})
    assert answer.status in (200, 201), answer.body
    return answer.json()


def refresh(gk, tokens):
    return gk.call("POST", f"{AUTH}/refresh", {"refresh_token": tokens["refresh_token"]})


def profile(gk, tokens):
    return gk.call("GET", f"{AUTH}/profile", key=tokens["access_token"])


def within(seconds, check):
    give_up = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < give_up, f"not within {seconds} s"
        time.sleep(0.02)


def test_a_new_account_is_what_the_contract_says():
    with Server() as gk:
        made = register(gk, email="ada@example.com")
        assert set(made) == {"player_id", "username", "rating", "access_token", "refresh_token", "token_type", "expires_in"}, made
        assert (made["username"], made["rating"], made["token_type"], made["expires_in"]) == ("Ada", 1500, "Bearer", 900)
        card = ok(profile(gk, made))
        assert card["player_id"] == made["player_id"] and card["email"] == "ada@example.com"
        assert card["profile"]["games_played"] == 0 and card["profile"]["current_rating"] == 1500 and card["profile"]["created_at"].endswith("Z")
        assert card["stats"] == {"wins": 0, "losses": 0, "draws": 0, "win_rate": 0, "sessions_played": 0, "seconds_played": 0}
        assert card["rating_history"] == [] and card["attributes"] == {} and card["ban"] is None
        assert "password" not in json.dumps(card) and "argon2" not in json.dumps(card)
        signed_in = ok(gk.call("POST", f"{AUTH}/login", {"username": "ADA", "password": PASSWORD}, key=None))  # one app: no key
        assert signed_in["player_id"] == made["player_id"]
        kid = json.loads(__import__("base64").urlsafe_b64decode(made["access_token"].split(".")[0] + "=="))["kid"]
        keys = ok(gk.call("GET", "/.well-known/jwks.json", key=None))["keys"]
        assert kid in [k["kid"] for k in keys] and all(k["alg"] == "EdDSA" for k in keys)


def test_bad_registrations_name_the_field():
    with Server() as gk:
        register(gk)
        for body, status, code, field in [
                ({"username": "ada", "password": PASSWORD}, 409, "username_taken", "username"),
                ({"username": "", "password": PASSWORD}, 400, "bad_username", "username"),
                ({"username": "a\u0007", "password": PASSWORD}, 400, "bad_username", "username"),
                ({"username": "x" * 65, "password": PASSWORD}, 400, "bad_username", "username"),
                ({"username": "Eve", "password": "short"}, 400, "password_too_short", "password"),
                ({"username": "Eve", "password": "iloveyou"}, 400, "password_too_common", "password"),
                ({"username": "Eve", "password": "x" * 129}, 400, "password_too_long", "password"),
                ({"username": "Eve"}, 400, "required", "password"),
                ({"username": 7, "password": PASSWORD}, 400, "bad_type", "username"),
                ({"username": "Eve", "password": PASSWORD, "email": "nowhere"}, 400, "bad_email", "email"),
                ({"username": "Eve", "password": PASSWORD, "role": "admin"}, 400, "unknown_field", "role")]:
            answer = gk.call("POST", f"{AUTH}/register", body)
            refused(answer, status, code)
            assert answer.json()["field"] == field, answer.body
        refused(gk.call("POST", f"{AUTH}/register", "username=Ada", headers={"Content-Type": "application/x-www-form-urlencoded"}), 415, "unsupported_media_type")
        refused(gk.call("POST", f"{AUTH}/register", "[1]", headers={"Content-Type": "application/json"}), 400, "bad_json")


def test_a_refresh_token_used_twice_ends_the_family_also_after_a_kill():
    with Server() as gk:
        first = register(gk)
        second = ok(refresh(gk, first))
        assert ok(profile(gk, second)) and ok(profile(gk, first))
        refused(refresh(gk, first), 401, "bad_refresh_token")
        within(1, lambda: profile(gk, second).status == 401)
        refused(refresh(gk, second), 401, "bad_refresh_token")
        gk.kill()
        gk.start()
        refused(profile(gk, second), 401, "unauthenticated")
        refused(refresh(gk, second), 401, "bad_refresh_token")
        again = ok(gk.call("POST", f"{AUTH}/login", {"username": "ada", "password": PASSWORD}))
        assert ok(profile(gk, again))["player_id"] == first["player_id"]


def test_twin_refreshes_give_no_two_tokens():
    with Server() as gk:
        for _ in range(10):
            tokens = device(gk, "d")
            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                answers = list(pool.map(lambda _: refresh(gk, tokens), range(4)))
            good = [a for a in answers if a.status == 200]
            assert len(good) <= 1, [a.status for a in answers]
            for answer in good:
                assert refresh(gk, answer.json()).status == 401  # the twins ended the family


def test_signing_out_and_a_new_password_end_what_they_should():
    with Server() as gk:
        phone = register(gk)
        tablet = ok(gk.call("POST", f"{AUTH}/login", {"username": "Ada", "password": PASSWORD}))
        assert gk.call("POST", f"{AUTH}/logout", key=phone["access_token"]).status == 204
        refused(profile(gk, phone), 401, "unauthenticated")
        refused(refresh(gk, phone), 401, "bad_refresh_token")
        other = ok(gk.call("POST", f"{AUTH}/login", {"username": "Ada", "password": PASSWORD}))
        change = f"{AUTH}/password"
        refused(gk.call("POST", change, {"old": "not this one", "new": "a whole new lantern"}, key=tablet["access_token"]), 403, "wrong_password")
        assert gk.call("POST", change, {"old": PASSWORD, "new": "a whole new lantern"}, key=tablet["access_token"]).status == 204
        assert ok(profile(gk, tablet))
        refused(profile(gk, other), 401, "unauthenticated")
        refused(gk.call("POST", f"{AUTH}/login", {"username": "Ada", "password": PASSWORD}), 401, "wrong_credentials")


def test_one_device_is_one_player_however_many_ask_at_once():
    with Server() as gk:
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            ids = {t["player_id"] for t in pool.map(lambda _: device(gk, "the same"), range(24))}
        assert len(ids) == 1, ids
        tokens = device(gk, "the same")
        card = ok(gk.call("POST", f"{AUTH}/link", {"username": "Grace", "password": PASSWORD}, key=tokens["access_token"]))
        assert card["username"] == "Grace" and card["player_id"] in ids
        assert ok(gk.call("POST", f"{AUTH}/login", {"username": "grace", "password": PASSWORD}))["player_id"] in ids


def test_guesses_slow_the_guesser_and_the_lock_is_told():
    with Server() as gk:
        register(gk)
        guess = {"username": "Ada", "password": "a wrong guess"}
        for _ in range(10):
            refused(gk.call("POST", f"{AUTH}/login", guess), 401, "wrong_credentials")
        answer = gk.call("POST", f"{AUTH}/login", {"username": "Ada", "password": PASSWORD})
        refused(answer, 429, "rate_limited")
        assert int(answer.headers["Retry-After"]) >= 1


def test_player_documents_have_versions_and_stay_in_their_app():
    with Server() as gk:
        answer = gk.call("POST", PLAYERS, {"player_id": "knight/7", "username": "Sir", "attributes": {"level": 1, "clan": "red"}}, key="server")
        made, tag = ok(answer, 201), answer.headers["ETag"]
        assert made["player_id"] == "knight/7" and tag == '"1"', (made, tag)
        path = f"{PLAYERS}/knight%2F7"
        refused(gk.call("POST", PLAYERS, {"player_id": "knight/7"}, key="server"), 409, "exists")
        refused(gk.call("POST", PLAYERS, {"username": "SIR"}, key="server"), 409, "username_taken")
        changed = gk.call("PUT", path, {"attributes": {"level": 2, "clan": None}}, key="server", headers={"If-Match": tag})
        assert ok(changed)["attributes"] == {"level": 2} and changed.headers["ETag"] == '"2"'
        refused(gk.call("PUT", path, {"attributes": {"level": 3}}, key="server", headers={"If-Match": tag}), 412, "stale")
        refused(gk.call("PUT", path, {"attributes": {"level": 3}}, key="server", headers={"If-Match": "2"}), 400, "bad_header")
        for bad in ('"2', '"2" "3"', 'W/2', '"2",*', ""):
            refused(gk.call("PUT", path, {"attributes": {"level": 3}}, key="server", headers={"If-Match": bad}), 400, "bad_header", "If-Match")
        for other in ('"1"', '"1", "3"', 'W/"2"', '"two, \\"', '"02"', '"2x"'):
            refused(gk.call("PUT", path, {"attributes": {"level": 3}}, key="server", headers={"If-Match": other}), 412, "stale")
        for n, good in enumerate(('"2"', '"1", "3"', '"x,y" ,"4",,', "*", '"9",W/"5","6"')):
            changed = gk.call("PUT", path, {"attributes": {"level": 2}}, key="server", headers={"If-Match": good})
            assert ok(changed) and changed.headers["ETag"] == f'"{n + 3}"', (good, changed.headers["ETag"])
        refused(gk.call("PUT", path, {"profile": {"current_rating": 3000}}, key="server"), 400, "read_only")
        refused(gk.call("PUT", path, {"attributes": {"x": "y" * 9000}}, key="server"), 400, "attributes_too_large")
        refused(gk.call("GET", f"{PLAYERS}/nobody", key="server"), 404, "not_found")
        ada, bob = register(gk, "Ada"), register(gk, "Bob")
        assert ok(gk.call("PUT", f"{PLAYERS}/{ada['player_id']}", {"attributes": {"hat": "blue"}}, key=ada["access_token"]))["attributes"] == {"hat": "blue"}
        refused(gk.call("GET", f"{PLAYERS}/{ada['player_id']}", key=bob["access_token"]), 403, "not_yours")
        listed, cursor = [], ""
        while True:
            page = ok(gk.call("GET", f"{PLAYERS}?limit=2{cursor}", key="server"))
            listed += [p["username"] for p in page["items"]]
            if not page["next_cursor"]:
                break
            cursor = f"&cursor={page['next_cursor']}"
        assert listed == ["Bob", "Ada", "Sir"], listed
        assert [p["player_id"] for p in ok(gk.call("GET", f"{PLAYERS}?username=sir", key="server"))["items"]] == ["knight/7"]
        admin = gk.admin()
        ok(gk.call("POST", "/api/v1/admin/apps", {"id": "other"}, key=admin), 201)
        refused(gk.call("GET", path, key=admin, headers={"Gamekeeper-App": "other"}), 404, "not_found")


def test_what_has_not_changed_is_not_sent_again():
    with Server() as gk:
        ada, bob = register(gk, "Ada")["player_id"], register(gk, "Bob")["player_id"]
        session = ok(gk.call("POST", "/api/v1/sessions", {"players": [ada, bob]}, key="server"), 201)["session_id"]
        ok(gk.call("PUT", f"{PLAYERS}/{ada}/storage/save", {"value": 1}, key="server"), 201)
        document = ok(gk.call("GET", "/openapi.json", key=None))
        declared = [path for path, methods in document["paths"].items() if "304" in methods.get("get", {}).get("responses", {})]
        assert len(declared) == 4, declared
        for path in (f"/api/v1/sessions/{session}", f"/api/v1/sessions/{session}/state", f"{PLAYERS}/{ada}/storage/save", "/api/v1/notification-templates/welcome"):
            tag = gk.call("GET", path, key="server").headers["ETag"]
            for held in (tag, "W/" + tag, f'"other, one", {tag}', "*"):
                for method in ("GET", "HEAD"):
                    same = gk.call(method, path, key="server", headers={"If-None-Match": held})
                    assert (same.status, same.body, same.headers["ETag"]) == (304, b"", tag) and same.headers["Content-Length"] is None, (path, held, same)
            for held in ('"other"', tag.strip('"'), "", f'"{tag}"'):
                assert gk.call("GET", path, key="server", headers={"If-None-Match": held}).status == 200, (path, held)
        # A player's document shows what is not in it, and its ETag is the document's version: it is always sent.
        path = f"{PLAYERS}/{ada}"
        tag = gk.call("GET", path, key="server").headers["ETag"]
        ok(gk.call("POST", "/api/v1/matches/result", {"match_id": "m", "teams": [{"rank": 1, "players": [ada]}, {"rank": 2, "players": [bob]}]}, key="server"))
        moved = gk.call("GET", path, key="server", headers={"If-None-Match": tag})
        assert ok(moved)["stats"]["wins"] == 1 and moved.headers["ETag"] == tag
        ok(gk.call("PUT", path, {"attributes": {"hat": "blue"}}, key="server", headers={"If-Match": tag}))
        refused(gk.call("GET", f"{PLAYERS}/nobody", key="server", headers={"If-None-Match": "*"}), 404, "not_found")


def test_a_ban_ends_live_tokens_and_can_be_lifted():
    with Server() as gk:
        ada, admin = register(gk), gk.admin()
        path = f"{PLAYERS}/{ada['player_id']}/ban"
        refused(gk.call("POST", path, {}, key=admin), 400, "required")
        refused(gk.call("POST", path, {"reason": "x", "until": "2020-01-01T00:00:00Z"}, key=admin), 400, "in_the_past")
        assert ok(gk.call("POST", path, {"reason": "aim bot"}, key=admin))["ban"]["reason"] == "aim bot"
        within(1, lambda: profile(gk, ada).status == 401)
        gk.kill()
        gk.start()
        refused(profile(gk, ada), 401, "unauthenticated")
        refused(gk.call("POST", f"{AUTH}/login", {"username": "Ada", "password": PASSWORD}), 403, "banned")
        refused(refresh(gk, ada), 403, "banned")
        assert ok(gk.call("DELETE", path, key=admin))["ban"] is None
        assert ok(gk.call("POST", f"{AUTH}/login", {"username": "Ada", "password": PASSWORD}))
        acts = [a["action"] for a in ok(gk.call("GET", "/api/v1/admin/audit", key=admin))["items"]]
        assert "player.ban" in acts and "player.unban" in acts, acts


def test_facts_reach_the_log_once_and_make_nobody_active():
    with Server() as gk:
        for n in range(50):
            device(gk, f"d{n}")
        gk.kill()  # with facts perhaps still in the outbox
        gk.start()

        def told():
            rows = {r["key"]: r for r in gk.drained()["rows"]}
            return rows.get("gamekeeper", {"stored": 0})["stored"] == 50

        within(10, told)
        day = time.strftime("%Y-%m-%d", time.gmtime())
        assert gk.graphql(f'{{ activePlayers(date: "{day}") {{ daily }} overview {{ newToday playersOnline }} }}') == {
            "activePlayers": {"daily": 0}, "overview": {"newToday": 0, "playersOnline": 0}}


def test_accounts_survive_kills_while_they_are_made():
    with Server() as gk:
        made = []
        for round_ in range(3):
            with concurrent.futures.ThreadPoolExecutor(6) as pool:
                waiting = [pool.submit(lambda n=n: device(gk, f"{round_}-{n}")) for n in range(200)]
                time.sleep(0.15)
                gk.kill()
                for future in waiting:
                    try:
                        made.append(future.result())
                    except OSError:
                        pass
                    except Exception as error:  # noqa: BLE001 — a connection that the kill cut off
                        assert "Remote" in type(error).__name__ or "IncompleteRead" in type(error).__name__, error
            gk.start()
        for tokens in made:
            assert ok(profile(gk, tokens))["player_id"] == tokens["player_id"]
        assert made


run(globals())
