"""Repeats (RELIABILITY R11): every batch is sent 1 to 5 times, at once, over several connections, and again after a kill.

What is visible is the number of distinct identities, in every number that the naive count knows. GK_RETRY_ROUNDS (3).
"""
import concurrent.futures
import http.client
import os
import random
import time

from gk import Server, run
from journal import Journal, check_exact

ROUNDS = int(os.environ.get("GK_RETRY_ROUNDS", "3"))
SEED = int(os.environ.get("GK_SEED", "37"))


def make_batches(chance, number, count=60):
    """Batches of new events, some with events of an earlier batch among them."""
    out, seq, single = [], {}, 0
    for _ in range(count):
        writer = chance.randrange(6)
        batch = []
        for _ in range(chance.randint(1, 200)):
            if chance.random() < 0.3:
                single += 1
                batch.append((writer, None, number * 1_000_000 + single))
            else:
                seq[writer] = seq.get(writer, 0) + 1
                batch.append((writer, number, seq[writer]))
        if out and chance.random() < 0.3:
            batch += chance.choice(out)[:50]
        if chance.random() < 0.2:
            batch += batch[:20]  # twice in one batch
        chance.shuffle(batch)
        out.append(batch)
    return out


def post(gk, journal, batch, key):
    """Sends until it is acknowledged, as a client does; the same bytes and the same key each time."""
    body = {"events": [journal.event(i) for i in batch]}
    for _ in range(200):
        journal.sending(batch)
        try:
            answer = gk.call("POST", "/api/v1/events", body, headers={"Idempotency-Key": key} if key else None)
        except (OSError, http.client.HTTPException):  # the server is being killed: again
            time.sleep(0.05)
            continue
        if answer.status == 200:
            journal.confirm(batch)
            return answer.json()
        assert answer.status == 503, (answer.status, answer.body[:300])
        time.sleep(0.05)
    raise AssertionError("not acknowledged in 200 tries")


def test_every_batch_one_to_five_times():
    chance, journal = random.Random(SEED), Journal(SEED)
    with Server() as gk, concurrent.futures.ThreadPoolExecutor(12) as pool:
        earlier, sends = [], 0
        for number in range(ROUNDS):
            batches = [(batch, f"{number}-{n}" if chance.random() < 0.5 else None) for n, batch in enumerate(make_batches(chance, number))]
            sendings = [one for one in batches for _ in range(chance.randint(1, 5))] + [one for one in earlier if chance.random() < 0.2]
            chance.shuffle(sendings)
            sends += len(sendings)
            answers = [(one, pool.submit(post, gk, journal, *one)) for one in sendings]
            time.sleep(chance.uniform(0.2, 1))
            gk.kill()
            gk.start()
            for (batch, _), answer in answers:
                assert answer.result(120) == {"accepted": len(batch), "rejected": []}, "the answer to a repeat is that of the first"
            row = check_exact(gk, journal)
            earlier += batches
        gk.kill()
        gk.start()
        for batch, key in earlier:  # all of it once more, after a restart
            post(gk, journal, batch, key)
        row = check_exact(gk, journal)
        print(f"seed {SEED}: {sends + len(earlier)} posts of {len(earlier)} batches; distinct {len(journal.acknowledged)}, "
              f"visible {row['stored']}, repeats dropped {row['repeated']}")


def test_events_without_identity_and_an_idempotency_key():
    """Ids made from the key and the index: the same POST, at once and again after a kill, counts once."""
    with Server() as gk, concurrent.futures.ThreadPoolExecutor(8) as pool:
        def send(n):
            return gk.call("POST", "/api/v1/events", {"events": [{"name": "a", "player_id": f"p{k}"} for k in range(20)]},
                           headers={"Idempotency-Key": f"key-{n % 10}"}).json()

        assert all(out["accepted"] == 20 for out in pool.map(send, range(40)))
        assert gk.row()["stored"] == 200, gk.row()
        gk.kill()
        gk.start()
        assert all(out["accepted"] == 20 for out in pool.map(send, range(10)))
        row = gk.row()
        assert row["stored"] == 200 and row["repeated"] == 800, row


run(globals())
