"""What support sees of players and does for them, over HTTP: search, sign-ins, notes, ratings by queue."""
import concurrent.futures

from answers import ok, refused, wait_for
from gk import Server, run

AUTH, PLAYERS, ADMIN = "/api/v1/auth", "/api/v1/players", "/api/v1/admin"
PASSWORD = "tide pool lantern"


def support(gk):
    """A token of somebody who may do no more than support."""
    assert gk.call("POST", f"{ADMIN}/admins", {"username": "kim", "password": PASSWORD, "role": "support"}, key=gk.admin()).status == 201
    return ok(gk.call("POST", f"{ADMIN}/login", {"username": "kim", "password": PASSWORD}, key=None))["access_token"]


def register(gk, name):
    return ok(gk.call("POST", f"{AUTH}/register", {"username": name, "password": PASSWORD}), 201)


def login(gk, name):
    return ok(gk.call("POST", f"{AUTH}/login", {"username": name, "password": PASSWORD}))


def status_of(gk, tokens):
    return gk.call("GET", f"{AUTH}/profile", key=tokens["access_token"]).status


def audited(gk, player_id):
    """What the audit says was done to the player, by whom, the newest first."""
    acts = ok(gk.call("GET", f"{ADMIN}/audit", key=gk.admin()))["items"]
    return [(act["action"], act["actor"]) for act in acts if player_id in act["target"]]


def test_players_are_found_by_id_and_by_the_beginning_of_a_name():
    with Server() as gk:
        kim = support(gk)
        ids = {name: register(gk, name)["player_id"] for name in ("Ada", "Adam", "Grace")}

        def found(text, **more):
            query = "&".join(f"{name}={value}" for name, value in {"search": text, **more}.items())
            page = ok(gk.call("GET", f"{PLAYERS}?{query}", key=kim))
            return [p["username"] for p in page["items"]], page["next_cursor"]

        assert found("ADA") == (["Ada", "Adam"], None)
        assert found(ids["Grace"]) == (["Grace"], None)
        assert found("zed") == ([], None)
        first, cursor = found("a", limit=1)
        assert (first, found("a", limit=1, cursor=cursor)[0]) == (["Ada"], ["Adam"])


def test_what_many_change_of_a_player_at_once_is_all_kept():
    with Server() as gk:
        player = register(gk, "ada")["player_id"]
        with concurrent.futures.ThreadPoolExecutor(24) as pool:
            answers = list(pool.map(lambda n: gk.call("PUT", f"{PLAYERS}/{player}", {"attributes": {f"k{n}": n}}, key="server").status, range(24)))
        assert set(answers) == {200}, answers
        assert ok(gk.call("GET", f"{PLAYERS}/{player}", key="server"))["attributes"] == {f"k{n}": n for n in range(24)}


def test_sign_ins_are_shown_and_end_at_once_also_after_a_kill():
    with Server() as gk:
        kim = support(gk)
        phone = register(gk, "Ada")
        tablet, laptop = login(gk, "Ada"), login(gk, "Ada")
        path = f"{PLAYERS}/{phone['player_id']}/sign-ins"
        shown = ok(gk.call("GET", path, key=kim))
        assert (shown["has_password"], shown["devices"], len(shown["items"])) == (True, 0, 3), shown
        assert all(set(one) == {"sign_in_id", "since", "refreshed_at", "expires_at"} for one in shown["items"]), shown
        # The newest stands first, where moments differ; the one that is ended answers no more, the others do.
        assert gk.call("DELETE", f"{path}/{shown['items'][0]['sign_in_id']}", key=kim).status == 204
        wait_for(lambda: sorted(status_of(gk, t) for t in (phone, tablet, laptop)) == [200, 200, 401], 5)
        refused(gk.call("DELETE", f"{path}/{shown['items'][0]['sign_in_id']}", key=kim), 404, "not_found")
        assert gk.call("DELETE", path, key="server").status == 204
        wait_for(lambda: all(status_of(gk, t) == 401 for t in (phone, tablet, laptop)), 5)
        gk.kill()
        gk.start()
        assert all(status_of(gk, t) == 401 for t in (phone, tablet, laptop))
        refused(gk.call("POST", f"{AUTH}/refresh", {"refresh_token": tablet["refresh_token"]}), 401, "bad_refresh_token")
        assert status_of(gk, login(gk, "Ada")) == 200
        assert audited(gk, phone["player_id"]) == [("player.sign_out", "kim")] * 2


def test_notes_are_supports_own():
    with Server() as gk:
        kim = support(gk)
        ada = register(gk, "Ada")
        path = f"{PLAYERS}/{ada['player_id']}/notes"
        note = ok(gk.call("POST", path, {"text": "asked about a lost save"}, key=kim), 201)
        assert (set(note), note["by"], note["text"]) == ({"note_id", "at", "by", "text"}, "kim", "asked about a lost save"), note
        assert ok(gk.call("GET", path, key=kim)) == {"items": [note], "next_cursor": None}
        for key in ("server", ada["access_token"]):
            refused(gk.call("GET", path, key=key), 403, "wrong_kind")
        refused(gk.call("POST", path, {"text": ""}, key=kim), 400, "bad_length", "text")
        refused(gk.call("POST", path, {"text": "x" * 2001}, key=kim), 400, "bad_length", "text")
        refused(gk.call("POST", f"{PLAYERS}/nobody/notes", {"text": "x"}, key=kim), 404, "not_found")
        assert gk.call("DELETE", f"{path}/{note['note_id']}", key=kim).status == 204
        assert ok(gk.call("GET", path, key=kim))["items"] == []
        assert audited(gk, ada["player_id"])[0] == ("player.note_remove", "kim")


def test_ratings_of_all_queues():
    with Server() as gk:
        ada, bob = register(gk, "Ada"), register(gk, "Bob")
        for n, queue in enumerate(("ranked", "blitz", "blitz")):
            duel = {"match_id": f"m{n}", "queue": queue, "teams": [{"rank": 1, "players": [ada["player_id"]]}, {"rank": 2, "players": [bob["player_id"]]}]}
            ok(gk.call("POST", "/api/v1/matches/result", duel, key="server"))
        path = f"{PLAYERS}/{ada['player_id']}/ratings"
        ratings = ok(gk.call("GET", path, key=bob["access_token"]))["items"]
        assert [(r["queue"], r["games_played"], r["wins"]) for r in ratings] == [("blitz", 2, 2), ("ranked", 1, 1)], ratings
        for r in ratings:
            one = ok(gk.call("GET", f"{PLAYERS}/{ada['player_id']}/rating?queue={r['queue']}", key=ada["access_token"]))
            assert all(one[name] == r[name] for name in ("rating", "deviation", "games_played", "losses", "draws")), (r, one)
        first = ok(gk.call("GET", path + "?limit=1", key="server"))
        rest = ok(gk.call("GET", f"{path}?limit=1&cursor={first['next_cursor']}", key="server"))
        assert first["items"] + rest["items"] == ratings and rest["next_cursor"] is None, (first, rest)
        refused(gk.call("GET", f"{PLAYERS}/nobody/ratings", key="server"), 404, "not_found")


run(globals())
