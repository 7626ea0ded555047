"""Signing in by a real OpenID provider: the same answer as a login, links, keys that change, and tokens that must not pass."""
import time

from answers import ok, refused
from gk import Server, run
from oidc_server import OidcServer

AUTH, OIDC, LINK, ACCOUNT, PASSWORD = "/api/v1/auth", "/api/v1/auth/oidc", "/api/v1/auth/oidc/link", "/api/v1/auth/account", "tide pool lantern"
WAYS = ("RS256", "ES256", "EdDSA")


def with_provider(provider, app="demo"):
    names = " ".join(f"game-{alg}" for alg in WAYS)
    return Server(env={"GAMEKEEPER_OIDC_PROVIDERS": f"{app}/house {provider.issuer} {names}"})


def enter(gk, token, key="write", **more):
    return gk.call("POST", OIDC, {"provider": "house", "id_token": token, **more}, key=key)


def claims(provider, **more):
    now = int(time.time())
    out = {"iss": provider.issuer, "aud": "game-RS256", "sub": "somebody", "iat": now - 5, "exp": now + 600, **more}
    return {name: value for name, value in out.items() if value is not None}


def profile(gk, who):
    return gk.call("GET", f"{AUTH}/profile", key=who["access_token"])


def test_whom_the_provider_knows_is_signed_in():
    with OidcServer() as provider, with_provider(provider) as gk:
        first = enter(gk, provider.sign_in("ann", nonce="n-1"), nonce="n-1")
        made = ok(first, 201)
        assert set(made) == {"player_id", "username", "rating", "access_token", "refresh_token", "token_type", "expires_in"}, made
        assert made["username"] is None and made["rating"] == 1500
        assert ok(profile(gk, made))["player_id"] == made["player_id"]
        for alg in WAYS:  # the same person by each way of signing
            assert ok(enter(gk, provider.sign_in("ann", alg), key=None))["player_id"] == made["player_id"]
        other = ok(enter(gk, provider.sign_in("ben")), 201)
        assert other["player_id"] != made["player_id"]
        ok(gk.call("POST", f"{AUTH}/refresh", {"refresh_token": made["refresh_token"]}))
        gk.kill()
        gk.start()
        assert ok(enter(gk, provider.sign_in("ann")))["player_id"] == made["player_id"]
        refused(enter(gk, provider.sign_in("ann", nonce="n-1"), nonce="n-2"), 401, "bad_identity_token")
        ok(gk.call("POST", f"/api/v1/players/{other['player_id']}/ban", {"reason": "a test"}, key="server"))
        refused(enter(gk, provider.sign_in("ben")), 403, "banned")


def test_no_token_passes_that_should_not():
    with OidcServer() as provider, with_provider(provider) as gk:
        now = int(time.time())
        good = provider.token("sign", claims(provider))
        ok(enter(gk, good), 201)
        head, body, signature = good.split(".")
        tampered = provider.token("sign", claims(provider, sub="somebody else")).split(".")[1]
        none = "eyJhbGciOiJub25lIn0"  # {"alg":"none"}
        bad = {
            "another audience": provider.token("sign", claims(provider, aud="another game")),
            "for others, too": provider.token("sign", claims(provider, aud=["game-RS256", "another game"])),
            "another issuer": provider.token("sign", claims(provider, iss="http://127.0.0.1:1")),
            "over": provider.token("sign", claims(provider, exp=now - 120)),
            "not yet": provider.token("sign", claims(provider, nbf=now + 600)),
            "never over": provider.token("sign", claims(provider, exp=None)),
            "nobody": provider.token("sign", claims(provider, sub=None)),
            "an access token": provider.token("sign", claims(provider), header={"typ": "at+jwt"}),
            "an extension": provider.token("sign", claims(provider), header={"crit": ["b64"], "b64": True}),
            "an unknown key": provider.token("sign", claims(provider), kid="unknown"),
            "a key of another way": provider.token("sign", claims(provider), kid="ES256-1"),
            "keys that are not the provider's": provider.token("fake", claims(provider), kid="RS256-1"),
            "HS256 with the public key": provider.token("hmac", claims(provider)),
            "unsigned": f"{none}.{body}.", "unsigned, with a signature": f"{none}.{body}.{signature}",
            "tampered": f"{head}.{tampered}.{signature}", "cut off": good[:-10], "no token": "nonsense", "empty": "",
        }
        for what, token in bad.items():
            answer = enter(gk, token)
            assert answer.status == 401 and answer.json()["code"] == "bad_identity_token", (what, answer.status, answer.body)
        refused(gk.call("POST", OIDC, {"provider": "nowhere", "id_token": good}), 400, "unknown_provider", "provider")
        refused(gk.call("POST", OIDC, {"provider": "house"}), 400, "required", "id_token")
        assert good not in gk.output()
        assert ok(enter(gk, good)) and len(ok(gk.call("GET", "/api/v1/players", key="server"))["items"]) == 1


def test_keys_change_and_unknown_ones_do_not_flood_the_provider():
    with OidcServer() as provider, with_provider(provider) as gk:
        assert provider.reads() == 0
        who = ok(enter(gk, provider.sign_in("ann")), 201)
        assert provider.reads() == 1
        old = provider.sign_in("ann")
        provider.ask(rotate=True)
        assert ok(enter(gk, provider.sign_in("ann")))["player_id"] == who["player_id"]
        assert provider.reads() == 2
        refused(enter(gk, old), 401, "bad_identity_token")  # its key is no longer the provider's
        before = provider.reads()
        began = time.monotonic()
        for n in range(50):
            refused(enter(gk, provider.token("sign", claims(provider), kid=f"unknown-{n}")), 401, "bad_identity_token")
        assert provider.reads() - before <= 3 + (time.monotonic() - began) / 20
        provider.close()  # who is known goes on being known
        provider.start()
        assert ok(profile(gk, who))


def test_a_provider_that_is_away_is_told_apart_from_a_bad_token():
    with OidcServer() as provider, with_provider(provider) as gk:
        token = provider.token("sign", claims(provider))
        provider.close()
        answer = enter(gk, token)
        refused(answer, 503, "identity_provider_unavailable")
        assert int(answer.headers["Retry-After"]) >= 1


def test_an_identity_is_linked_to_one_player():
    with OidcServer() as provider, with_provider(provider) as gk:
        ada = ok(gk.call("POST", f"{AUTH}/register", {"username": "Ada", "password": PASSWORD}), 201)
        bob = ok(gk.call("POST", f"{AUTH}/register", {"username": "Bob", "password": PASSWORD}), 201)

        def link(who, token):
            return gk.call("POST", LINK, {"provider": "house", "id_token": token}, key=who["access_token"])

        for _ in range(2):  # repeating is harmless
            assert ok(link(ada, provider.sign_in("ann")))["player_id"] == ada["player_id"]
        signed_in = ok(enter(gk, provider.sign_in("ann")))
        assert signed_in["player_id"] == ada["player_id"] and signed_in["username"] == "Ada"
        refused(link(bob, provider.sign_in("ann")), 409, "identity_taken")
        refused(link(bob, "nonsense"), 401, "bad_identity_token")
        assert ok(gk.call("POST", f"{AUTH}/login", {"username": "Ada", "password": PASSWORD}))["player_id"] == ada["player_id"]
        ben = ok(enter(gk, provider.sign_in("ben")), 201)
        assert ok(gk.call("POST", f"{AUTH}/link", {"username": "Ben", "password": PASSWORD}, key=ben["access_token"]))["username"] == "Ben"
        assert ok(gk.call("POST", f"{AUTH}/login", {"username": "Ben", "password": PASSWORD}))["player_id"] == ben["player_id"]


def test_who_leaves_says_again_who_they_are():
    with OidcServer() as provider, with_provider(provider) as gk:
        ann = ok(enter(gk, provider.token("sign", claims(provider))), 201)

        def leave(**more):
            token = provider.token("sign", claims(provider, **more))
            return gk.call("DELETE", ACCOUNT, {"provider": "house", "id_token": token}, key=ann["access_token"])

        refused(leave(sub="another"), 403, "wrong_identity")
        refused(leave(iat=int(time.time()) - 3600), 403, "wrong_identity")
        assert leave().status == 204
        assert ok(enter(gk, provider.token("sign", claims(provider))), 201)["player_id"] != ann["player_id"]


def test_a_provider_is_one_apps_alone():
    with OidcServer() as provider, with_provider(provider, app="other") as gk:
        ok(gk.call("POST", "/api/v1/admin/apps", {"id": "other"}, key=gk.admin()), 201)
        key = ok(gk.call("POST", "/api/v1/admin/apps/other/keys", {"kind": "write", "name": "a name"}, key=gk.admin()), 201)["key"]
        token = provider.sign_in("ann")
        refused(enter(gk, token), 400, "unknown_provider", "provider")
        assert ok(enter(gk, token, key=key), 201)


def test_a_provider_is_configured_safely():
    for entry in ("demo/house http://id.example game", "demo/house https://id.example", "house https://id.example game", "demo/house id.example game"):
        gk = Server(env={"GAMEKEEPER_OIDC_PROVIDERS": entry})
        try:
            gk.start()
        except AssertionError as error:
            assert "oidc.providers" in str(error), error
        else:
            raise AssertionError(f"{entry} was taken")
        finally:
            gk.close()


run(globals())
