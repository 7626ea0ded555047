"""Leaderboards over HTTP: operators, rankings, ties, limits, many writers, kills, friends, neighbours, who may what."""
import concurrent.futures
import http.client
import itertools
import random
import time

from answers import ok, refused
from gk import Server, run

BOARDS, BIG = "/api/v1/leaderboards", 2**53
HEADS = ("rank", "player_id", "score")


def made(gk, board, **rules):
    return ok(gk.call("POST", BOARDS, {"id": board, **rules}, key="server"), 201)


def write(gk, board, player, score, key="server", headers=None):
    return gk.call("PUT", f"{BOARDS}/{board}/players/{player}", {"score": score}, key=key, headers=headers)


def put(gk, board, player, score, **more):
    return ok(write(gk, board, player, score, **more))


def rows(gk, board, query=""):
    return ok(gk.call("GET", f"{BOARDS}/{board}{query}", key="server"))


def table(gk, board, query=""):
    return [tuple(item[name] for name in HEADS) for item in rows(gk, board, query)["items"]]


def place(gk, board, player, query=""):
    return ok(gk.call("GET", f"{BOARDS}/{board}/players/{player}{query}", key="server"))


def player(gk, name):
    answer = gk.call("POST", "/api/v1/auth/device", {"device_id": name})
    assert answer.status in (200, 201), answer.body
    return answer.json()


def test_a_board_is_what_the_contract_says():
    with Server() as gk:
        board = made(gk, "hall", order="high_first", operator="best", ranking="competition", season={"every": "week"})
        assert (board["id"], board["order"], board["operator"], board["ranking"]) == ("hall", "high_first", "best", "competition"), board
        assert board["season"] == {"every": "week", "timezone": "UTC"} and board["client_writes"] is False, board
        assert rows(gk, "hall")["items"] == [] and rows(gk, "hall")["total"] == 0
        first = put(gk, "hall", "ann", 10)
        assert first == {"player_id": "ann", "rank": 1, "score": 10, "percentile": 100, "total": 1}, first
        second = put(gk, "hall", "bob", 5)
        assert second == {"player_id": "bob", "rank": 2, "score": 5, "percentile": 50, "total": 2}, second
        read = rows(gk, "hall")
        assert read["total"] == 2 and read["next_cursor"] is None and [r["player_id"] for r in read["items"]] == ["ann", "bob"], read
        ann = place(gk, "hall", "ann")
        assert (ann["rank"], ann["score"], ann["percentile"], ann["total"]) == (1, 10, 100, 2) and "items" not in ann, ann
        assert [b["id"] for b in ok(gk.call("GET", BOARDS, key="read"))["items"]] == ["hall"]
        seasons = ok(gk.call("GET", f"{BOARDS}/hall/seasons", key="read"))["items"]
        assert len(seasons) == 1 and seasons[0]["status"] == "under_way" and seasons[0]["season"] == read["season"], seasons
        assert table(gk, "hall", f"?season={read['season']}") == [(1, "ann", 10), (2, "bob", 5)]
        refused(gk.call("GET", f"{BOARDS}/hall?season=1999-01-01", key="server"), 404, "no_such_season", "season")
        refused(gk.call("GET", f"{BOARDS}/hall/players/nobody", key="server"), 404, "not_on_board", "player")
        refused(gk.call("GET", f"{BOARDS}/none", key="server"), 404, "not_found")


def test_rankings_of_queues_are_listed():
    with Server() as gk:
        ann, bob = player(gk, "ann")["player_id"], player(gk, "bob")["player_id"]
        assert ok(gk.call("GET", BOARDS, key="read"))["items"] == []
        for n, queue in enumerate(("ranked", "blitz: 3+2", "ranked")):
            duel = {"match_id": f"m{n}", "queue": queue, "teams": [{"rank": 1, "players": [ann]}, {"rank": 2, "players": [bob]}]}
            ok(gk.call("POST", "/api/v1/matches/result", duel, key="server"))
        for name in ("first", "second"):
            made(gk, name)
        for limit in (1, 2, 3, 4, 50):
            listed, cursor = [], ""
            while cursor is not None:
                page = ok(gk.call("GET", f"{BOARDS}?limit={limit}&cursor={cursor}", key="read"))
                assert 0 < len(page["items"]) <= limit, page
                listed, cursor = listed + page["items"], page["next_cursor"]
            assert [b["id"] for b in listed] == ["second", "first", "queue:blitz: 3+2", "queue:ranked"], (limit, listed)
        assert [b["queue"] for b in listed] == [None, None, "blitz: 3+2", "ranked"] and listed[0]["created_at"], listed
        ranked = listed[3]
        assert (ranked["order"], ranked["operator"], ranked["season"], ranked["created_at"]) == ("high_first", "last", None, None), ranked
        assert [r["player_id"] for r in rows(gk, ranked["id"])["items"]] == [ann, bob]
        refused(gk.call("GET", f"{BOARDS}?cursor=queues~nonsense", key="read"), 400, "bad_cursor", "cursor")
        refused(gk.call("GET", f"{BOARDS}/{ranked['id']}/seasons?cursor=a", key="read"), 400, "bad_cursor", "cursor")


def test_operators_orders_and_limits():
    with Server() as gk:
        for operator, order in itertools.product(("best", "last", "sum"), ("high_first", "low_first")):
            board = f"{operator}-{order}"
            made(gk, board, operator=operator, order=order)
            held = None
            for score in (5, -3, 12, 12, 0, -BIG if operator != "sum" else -7):
                if held is None or operator == "last":
                    held = score
                elif operator == "sum":
                    held += score
                else:
                    held = max(held, score) if order == "high_first" else min(held, score)
                assert put(gk, board, "ann", score)["score"] == held, (board, score)
        made(gk, "edge", operator="sum")
        assert put(gk, "edge", "ann", BIG)["score"] == BIG
        refused(write(gk, "edge", "ann", 1), 400, "score_out_of_range", "score")
        assert put(gk, "edge", "ann", -BIG)["score"] == 0 and put(gk, "edge", "ann", -BIG)["score"] == -BIG
        for score, code in ((BIG + 1, "score_out_of_range"), (-BIG - 1, "score_out_of_range"), (2**64, "score_out_of_range"), (1e16, "score_out_of_range"), (1.5, "bad_type"),
                            ("7", "bad_type"), (None, "bad_type"), (True, "bad_type")):
            answer = write(gk, "edge", "bob", score)
            assert answer.status == 400 and (answer.json()["code"] == code or score == 2**64), (score, answer.body)
        assert put(gk, "edge", "bob", 12.0)["score"] == 12, "a number that is whole, however it is written"
        refused(gk.call("PUT", f"{BOARDS}/edge/players/bob", {}, key="server"), 400, "required", "score")
        refused(gk.call("PUT", f"{BOARDS}/edge/players/bob", {"score": 1, "more": 2}, key="server"), 400, "unknown_field")
        made(gk, "sane", limits={"min": 0, "max": 1000})
        refused(write(gk, "sane", "ann", 1001), 400, "score_out_of_range", "score")
        assert put(gk, "sane", "ann", 1000)["rank"] == 1


def test_rankings_and_ties_by_who_came_first():
    with Server() as gk:
        ranks = {"competition": [1, 2, 2, 2, 5], "dense": [1, 2, 2, 2, 3], "ordinal": [1, 2, 3, 4, 5]}
        for ranking, expected in ranks.items():
            made(gk, ranking, ranking=ranking)
            for name, score in (("zoe", 7), ("ann", 7), ("top", 9), ("mia", 7), ("end", 1)):
                put(gk, ranking, name, score)
            put(gk, ranking, "zoe", 7)  # says nothing new: stays first of her score
            assert table(gk, ranking) == list(zip(expected, ("top", "zoe", "ann", "mia", "end"), (9, 7, 7, 7, 1))), table(gk, ranking)
            assert [place(gk, ranking, n)["percentile"] for n in ("top", "mia", "end")] == [100, 80, 20]
        ok(gk.call("PUT", f"{BOARDS}/ordinal", {"ranking": "dense"}, key="server"))
        assert [r[0] for r in table(gk, "ordinal")] == ranks["dense"]
        refused(gk.call("PUT", f"{BOARDS}/ordinal", {"order": "low_first"}, key="server"), 400, "read_only", "order")
        made(gk, "fast", order="low_first")
        many = [f"p{n}" for n in random.sample(range(1000), 60)]
        for name in many:
            put(gk, "fast", name, 100)
        assert [r[1] for r in table(gk, "fast", "?limit=100")] == many


def test_pages_neighbours_and_friends():
    with Server() as gk:
        made(gk, "long")
        scores = {f"p{n:03}": n // 2 for n in range(230)}
        names = list(scores)
        random.shuffle(names)
        for name in names:
            put(gk, "long", name, scores[name])
        order = sorted(names, key=lambda n: (-scores[n], names.index(n)))
        seen, cursor = [], ""
        while True:
            page = rows(gk, "long", f"?limit=40{cursor}")
            seen += [r["player_id"] for r in page["items"]]
            if len(seen) == 80:
                put(gk, "long", seen[-1], 10_000)  # who the cursor names goes elsewhere: nobody is skipped or told twice
            if not page["next_cursor"]:
                break
            cursor = f"&cursor={page['next_cursor']}"
        assert seen == order
        refused(gk.call("GET", f"{BOARDS}/long?cursor=what", key="server"), 400, "bad_cursor", "cursor")
        whole = table(gk, "long", "?limit=1000")
        for name in (whole[0][1], whole[1][1], whole[120][1], whole[-1][1]):
            at = [r[1] for r in whole].index(name)
            near = place(gk, "long", name, "?around=3")
            assert [tuple(r[h] for h in HEADS) for r in near["items"]] == whole[max(0, at - 3):at + 4], near
            assert (near["rank"], near["score"]) == (whole[at][0], whole[at][2])
        friends = rows(gk, "long", "?players=" + ",".join([whole[200][1], "nobody", whole[3][1], whole[3][1]]))
        assert [r["player_id"] for r in friends["items"]] == [whole[3][1], whole[200][1]] and friends["total"] == 230
        ada = ok(gk.call("POST", "/api/v1/auth/register", {"username": "Ada", "password": "tide pool lantern"}), 201)
        put(gk, "long", ada["player_id"], 20_000)
        assert rows(gk, "long", "?limit=1")["items"][0]["username"] == "Ada"


def test_ranks_are_exact_right_after_a_kill():
    with Server() as gk:
        made(gk, "best")
        made(gk, "sum", operator="sum", season={"every": "month", "timezone": "Asia/Tokyo"})
        model = {"best": {}, "sum": {}}
        for n in range(1200):
            board, name, score = random.choice(("best", "sum")), f"player {n % 200}", random.randint(-50, 50)
            put(gk, board, name.replace(" ", "%20"), score)
            known = model[board].get(name)
            model[board][name] = score if known is None else max(known, score) if board == "best" else known + score
            if n % 400 == 399:
                before = {b: rows(gk, b, "?limit=1000") for b in model}
                gk.kill()
                gk.start()
                for b, was in before.items():
                    assert rows(gk, b, "?limit=1000") == was
        for board, scores in model.items():
            assert {r[1]: r[2] for r in table(gk, board, "?limit=1000")} == scores
        gone = random.choice(sorted(model["best"])).replace(" ", "%20")
        assert gk.call("DELETE", f"{BOARDS}/best/players/{gone}", key="server").status == 204
        gk.kill()
        gk.start()
        refused(gk.call("GET", f"{BOARDS}/best/players/{gone}", key="server"), 404, "not_on_board")
        assert rows(gk, "best")["total"] == len(model["best"]) - 1, (gone, len(model["best"]), rows(gk, "best")["total"])


def test_eight_writers_and_a_kill_lose_nothing():
    with Server() as gk:
        made(gk, "sum", operator="sum")
        made(gk, "last", operator="last")
        acknowledged, unknown = {}, {}

        def work(worker):
            rng = random.Random(worker)
            for n in range(150):
                name, score = f"s{rng.randrange(30)}", rng.randint(1, 9)
                try:
                    status = write(gk, "sum", name, score).status
                    last = write(gk, "last", f"w{worker}", n).status
                except OSError:
                    return worker, n, (name, score)
                assert status == 200 and last == 200, (status, last)
                acknowledged.setdefault((worker, name), []).append(score)
            return worker, None, None

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            futures = [pool.submit(work, worker) for worker in range(8)]
            for future in futures:
                _, _, doubtful = future.result()
                assert doubtful is None, doubtful
        sums = {}
        for (_, name), scores in acknowledged.items():
            sums[name] = sums.get(name, 0) + sum(scores)
        assert {r[1]: r[2] for r in table(gk, "sum", "?limit=1000")} == sums
        assert {r[1]: r[2] for r in table(gk, "last")} == {f"w{n}": 149 for n in range(8)}
        # The same with the server killed under them: what was acknowledged is there; what was not may be there once.
        acknowledged.clear()
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            futures = [pool.submit(work, worker) for worker in range(8)]
            while sum(len(s) for s in list(acknowledged.values())) < 200:
                time.sleep(0.005)
            gk.kill()
            for future in futures:
                _, _, doubtful = future.result()
                if doubtful:
                    unknown.setdefault(doubtful[0], []).append(doubtful[1])
        assert unknown, "the kill came too late to prove anything"
        gk.start()
        for (_, name), scores in acknowledged.items():
            sums[name] = sums.get(name, 0) + sum(scores)
        for _, name, score in table(gk, "sum", "?limit=1000"):
            possible = {sums.get(name, 0) + sum(some) for n in range(9) for some in itertools.combinations(unknown.get(name, []), n)}
            assert score in possible, (name, score, possible)


def test_ranks_read_back_after_a_kill_under_writes_are_exact():
    with Server() as gk:
        made(gk, "b", operator="last")
        players, kept, under_way = 60, {}, {}

        def work(worker):  # each has players of its own, so that the last score it heard of is the one that counts
            rng = random.Random(worker)
            while True:
                name, score = f"w{worker}p{rng.randrange(players)}", rng.randrange(40)
                under_way[worker] = name, score
                try:
                    assert write(gk, "b", name, score).status == 200
                except (OSError, http.client.HTTPException):
                    return
                kept[name] = score

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            futures = [pool.submit(work, worker) for worker in range(8)]
            while len(kept) < 5 * players:
                time.sleep(0.005)
            gk.kill()
            for future in futures:
                future.result()
        gk.start()
        whole = rows(gk, "b", "?limit=1000")["items"]
        scores = {r["player_id"]: r["score"] for r in whole}
        maybe = dict(under_way.values())
        assert set(kept) <= set(scores) <= set(kept) | set(maybe), set(kept) ^ set(scores)
        for name, score in scores.items():
            assert score in (kept.get(name), maybe.get(name)), (name, score, kept.get(name), maybe.get(name))
        for at, r in enumerate(whole):
            better = sum(score > r["score"] for score in scores.values())
            assert r["rank"] == 1 + better, r
            assert at == 0 or (-whole[at - 1]["score"], whole[at - 1]["reached_at"]) <= (-r["score"], r["reached_at"]), (whole[at - 1], r)
            if at % 17 == 0:
                own = place(gk, "b", r["player_id"])
                assert own["rank"] == r["rank"] and abs(own["percentile"] - 100 * (len(scores) - better) / len(scores)) < 1e-9, (own, r)
        gk.kill()
        gk.start()
        assert rows(gk, "b", "?limit=1000")["items"] == whole


def test_a_sum_repeated_by_its_key_counts_once():
    with Server() as gk:
        made(gk, "sum", operator="sum")
        first = put(gk, "sum", "ann", 5, headers={"Idempotency-Key": "k1"})
        again = write(gk, "sum", "ann", 5, headers={"Idempotency-Key": "k1"})
        assert ok(again) == first and again.headers["Idempotency-Replayed"] == "true"
        refused(write(gk, "sum", "ann", 6, headers={"Idempotency-Key": "k1"}), 422, "idempotency_key_reused")
        for n in range(40):  # killed right after, or while, it is done: its first answer may be lost, the addition not
            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                sent = pool.submit(lambda n=n: write(gk, "sum", "ann", 1, headers={"Idempotency-Key": f"n{n}"}))
                if n % 8 == 7:
                    gk.kill()
                try:
                    sent.result()
                except OSError:
                    pass
            if gk.process.poll() is not None:
                gk.start()
            assert put(gk, "sum", "ann", 1, headers={"Idempotency-Key": f"n{n}"})["score"] == 6 + n
        assert place(gk, "sum", "ann")["score"] == 45


def test_who_may_write():
    with Server() as gk:
        made(gk, "server")
        made(gk, "open", client_writes=True)
        ann, bob = player(gk, "ann"), player(gk, "bob")
        own, token = ann["player_id"], ann["access_token"]
        assert put(gk, "open", own, 3, key=token)["rank"] == 1
        refused(write(gk, "open", bob["player_id"], 3, key=token), 403, "not_yours")
        refused(write(gk, "server", own, 3, key=token), 403, "server_writes_only")
        refused(write(gk, "none", own, 3, key=token), 404, "not_found")
        refused(gk.call("DELETE", f"{BOARDS}/open/players/{own}", key=token), 403, "wrong_kind")
        refused(write(gk, "queue:default", own, 3), 409, "queue_board")
        refused(gk.call("DELETE", f"{BOARDS}/queue:default", key="server"), 409, "queue_board")
        refused(gk.call("POST", BOARDS, {"id": "queue:mine"}, key="server"), 400, "bad_id", "id")
        assert rows(gk, "queue:default") == {"items": [], "total": 0, "season": None, "next_cursor": None}
        for body, code, field in (({}, "required", "id"), ({"id": "a b"}, "bad_id", "id"), ({"id": "x" * 129}, "bad_id", "id"), ({"id": ".x"}, "bad_id", "id"),
                                  ({"id": "x", "order": "up"}, "bad_value", "order"), ({"id": "x", "operator": "max"}, "bad_value", "operator"),
                                  ({"id": "x", "ranking": 1}, "bad_type", "ranking"), ({"id": "x", "season": {}}, "required", "season.every"),
                                  ({"id": "x", "season": {"every": 0}}, "bad_value", "season.every"), ({"id": "x", "season": {"every": "hour"}}, "bad_value", "season.every"),
                                  ({"id": "x", "season": {"every": "day", "timezone": "Mars"}}, "unknown_time_zone", "timezone"),
                                  ({"id": "x", "limits": {"min": 2, "max": 1}}, "bad_value", "limits"), ({"id": "x", "client_writes": "yes"}, "bad_type", "client_writes")):
            refused(gk.call("POST", BOARDS, body, key="server"), 400, code, field)
        refused(gk.call("POST", BOARDS, {"id": "open"}, key="server"), 409, "exists", "id")


def test_a_removed_board_is_gone_and_begins_anew():
    with Server() as gk:
        made(gk, "b")
        for n in range(50):
            put(gk, "b", f"p{n}", n)
        assert gk.call("DELETE", f"{BOARDS}/b", key="server").status == 204
        refused(gk.call("GET", f"{BOARDS}/b", key="server"), 404, "not_found")
        made(gk, "b", order="low_first")
        assert rows(gk, "b")["total"] == 0
        put(gk, "b", "p1", 4)
        gk.kill()
        gk.start()
        assert table(gk, "b") == [(1, "p1", 4)]


run(globals())
