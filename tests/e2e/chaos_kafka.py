"""The log on a real Apache Kafka broker while processor and broker are killed, and with two processors on one host.

Six writers with repeats, disorder and late events; acknowledged <= visible <= acknowledged + uncertain, the ledger
balances, every number equals the naive count, and the topic holds what the documents promise to other consumers.
"""
import collections
import itertools
import json
import os
import random
import shutil
import subprocess
import tempfile
import threading
import time
from datetime import datetime

from answers import wait_for
from broker import Broker
from gk import BINARY, Server, run
from journal import Journal, Load, check_bounds, check_exact, settle

ROUNDS = int(os.environ.get("GK_KAFKA_ROUNDS", "1"))
SEED = int(os.environ.get("GK_SEED", "11"))
TOPIC = "chaos.events"


def kafka_server(broker, topic=TOPIC, data=None, **more):
    return Server(data=data, env={"GAMEKEEPER_LOG_KIND": "kafka", "GAMEKEEPER_KAFKA_BROKERS": broker.address,
                                  "GAMEKEEPER_KAFKA_TOPIC": topic, "GAMEKEEPER_KAFKA_GROUP": topic, "GAMEKEEPER_LOG_PARTITIONS": "2",
                                  "GAMEKEEPER_KAFKA_SESSION_TIMEOUT_MS": "1500", **more})


def check_topic(broker, journal, topic, compression):
    """What any consumer of the topic sees: LOST, GHOST, CORRUPT and REORDER event by event."""
    by_identity, places = {}, collections.defaultdict(list)
    known = {}
    for identity in journal.sent:
        e = journal.event(identity)
        known[(e.get("session_id"), e.get("seq"), e.get("id"))] = (identity, e)
    homes = collections.defaultdict(set)
    for m in broker.messages(topic):
        value, headers = json.loads(m["value"]), m["headers"]
        found = known.get((value.get("session_id"), value.get("seq"), value.get("id")))
        assert found, f"GHOST: {m}"
        identity, e = found
        for field in ("name", "player_id", "time", "properties"):
            assert value[field] == e[field], f"CORRUPT: {field}: {m}"
        assert m["key"] == e["player_id"], m
        homes[m["key"]].add(m["partition"])
        assert headers["ce_specversion"] == "1.0" and headers["ce_type"] == e["name"] and headers["ce_source"] == "gamekeeper/demo", m
        assert headers["content-type"] == "application/json" and len(headers["ce_id"]) == 36, m
        assert int(datetime.fromisoformat(headers["ce_time"].replace("Z", "+00:00")).timestamp() * 1000) // 1000 == e["time"] // 1000, m
        if "id" in e:
            assert headers["ce_id"] == e["id"], m
        places[identity].append((m["partition"], m["offset"]))
        assert by_identity.setdefault(identity, headers["ce_id"]) == headers["ce_id"], "a repeat has another id"
    lost = journal.acknowledged - set(places)
    assert not lost, f"LOST: {len(lost)}, {sorted(lost, key=str)[:5]}"
    assert all(len(where) == 1 for where in homes.values()), "a player's events lie in more than one partition"
    assert set().union(*homes.values()) == {0, 1}, "a partition is empty"
    # Posts of one writer follow one another: what was sent once and acknowledged keeps that order in its partition.
    last = {}
    once = sorted((journal.attempts[i][0], i) for i in journal.acknowledged if len(journal.attempts[i]) == 1 and i[1] is not None)
    for post, group in itertools.groupby(once, key=lambda x: (x[1][0], x[0])):
        for _, i in group:
            partition, offset = places[i][0]
            newest = last.setdefault((i[0], partition), [0, -1, -1])  # post, its greatest offset, that of those before
            if newest[0] != post[1]:
                newest[:] = [post[1], newest[1], newest[1]]
            assert offset > newest[2], f"REORDER: {i}"
            newest[1] = max(newest[1], offset)
    assert broker.codecs(topic) == {compression}, broker.codecs(topic)


def report(name, journal, row, load):
    print(f"{name}, seed {SEED}: acknowledged {len(journal.acknowledged)}, visible {row['stored']}, sent {len(journal.sent)}, "
          f"repeats {row['repeated']}, answers {load.statuses()}")


def test_processor_and_broker_killed():
    with Broker() as broker:
        gk = kafka_server(broker)
        try:
            gk.start()
            journal, chance = Journal(SEED), random.Random(SEED)
            with Load(journal, lambda: gk, batch_max=100, pause_s=0.02) as load:
                for _ in range(ROUNDS):
                    time.sleep(chance.uniform(0.5, 1.5))
                    gk.kill()
                    gk.start()
                    gk.check_ready()
                    time.sleep(chance.uniform(0.5, 1.5))
                    broker.kill()
                    time.sleep(chance.uniform(0, 3 if ROUNDS == 1 else 15))  # the longer ones outlast the producer's patience
                    broker.start()
                    answered = time.monotonic() + 30
                    while journal.last_ack < answered - 30 and time.monotonic() < answered:
                        time.sleep(0.1)
                    assert journal.last_ack >= answered - 30, f"nothing was acknowledged within 30 s of the broker's start: {gk.tail()}"
                time.sleep(0.5)
            row = check_bounds(gk, journal, 90)
            report("processor and broker killed", journal, row, load)
            settle(gk, journal)
            check_exact(gk, journal, 90)
            check_topic(broker, journal, TOPIC, "lz4")
            gk.kill()
            gk.start()
            check_exact(gk, journal, 90)
        finally:
            gk.close()


def test_a_dead_broker_is_said_and_not_waited_for():
    with Broker() as broker:
        gk = kafka_server(broker, topic="silent.events", GAMEKEEPER_LOG_PARTITIONS="8")
        try:
            gk.start()
            gk.post([{"name": "a", "player_id": f"p{n}"} for n in range(50)])
            gk.drained()
            broker.kill()
            time.sleep(1)
            for _ in range(3):  # each has its own time-out; none may add up over the partitions
                health = gk.call("GET", "/health/detailed", key="server", timeout=15)
                assert health.json()["status"] != "ok", health.body
                for query in ("{ ledger { pending } }", "{ overview { eventsPerSecond } }"):
                    answer = gk.call("POST", "/graphql", {"query": query}, key="read", timeout=15)
                    assert answer.status in (200, 503), answer.body
            assert gk.call("GET", "/livez", key=None).status == 200
            assert gk.stop(wait_s=12) == 0
        finally:
            gk.close()


def test_two_processors_and_one_killed():
    data = tempfile.mkdtemp(prefix="gk-e2e-two-")
    with Broker() as broker:
        pair = [kafka_server(broker, "two.events", data, GAMEKEEPER_KAFKA_COMPRESSION="zstd") for _ in range(2)]
        try:
            pair[0].start()
            pair[1].start()
            journal, chance = Journal(SEED), random.Random(SEED)
            turn, mutex = itertools.count(), threading.Lock()

            def target():
                with mutex:
                    return pair[next(turn) % 2]

            with Load(journal, target, batch_max=100, pause_s=0.02) as load:
                time.sleep(2)  # both have joined; partitions have moved once already
                for n in range(ROUNDS):
                    victim = pair[n % 2]
                    victim.kill()
                    time.sleep(chance.uniform(0.5, 5 * ROUNDS))  # sometimes before, sometimes after the group notices
                    victim.start()
                    victim.check_ready()
                    time.sleep(chance.uniform(0.5, 3))
                victim.kill()
            row = check_bounds(pair[ROUNDS % 2], journal, 90)
            report("two processors, one killed", journal, row, load)
            victim.start()
            settle(victim, journal)
            for gk in pair:
                check_exact(gk, journal, 90)
            check_topic(broker, journal, "two.events", "zstd")
            assert pair[0].stop() == 0, pair[0].tail()
            check_exact(pair[1], journal, 90)
        finally:
            for gk in pair:
                gk.close()
            shutil.rmtree(data, ignore_errors=True)


def test_what_nobody_folds_is_told_by_its_age():
    with Broker() as broker:
        gk = kafka_server(broker, "stale.events", GAMEKEEPER_SERVER_ROLES="ingest,analytics")
        try:
            gk.start()
            gk.post([{"name": "a", "player_id": f"p{n}"} for n in range(20)])
            time.sleep(2)
            assert gk.ledger()["pending"] == 20, gk.ledger()
            give_up = time.monotonic() + 30  # a busy broker may not show the oldest in time at once
            while (waited := gk.graphql("{ overview { freshnessMs } }")["overview"]["freshnessMs"]) < 2000:
                assert time.monotonic() < give_up, waited
                time.sleep(1)
            assert gk.stop() == 0
        finally:
            gk.close()


def test_who_is_kept_out_of_the_group_is_not_well():
    """A session timeout that the broker refuses: nothing is folded, and health says so by the coordinator's code."""
    with Broker() as broker:
        def processor(gk):
            return gk.call("GET", "/health/detailed", key="read").json()["checks"]["processor"]

        def health(gk):
            told = processor(gk)
            return gk.call("GET", "/health/detailed", key="read").json()["status"], told["status"], told["details"]["kept_out_by"]

        with kafka_server(broker, topic="closed.events", GAMEKEEPER_KAFKA_SESSION_TIMEOUT_MS="6000") as gk:
            wait_for(lambda: health(gk) == ("degraded", "failing", "INVALID_SESSION_TIMEOUT"))
        with kafka_server(broker, topic="closed.events") as gk:
            wait_for(lambda: processor(gk)["details"]["partitions"])
            assert health(gk) == ("ok", "ok", None), health(gk)


def test_a_topic_that_forgets_sooner_is_said_and_left_alone():
    def kafka_check(gk):
        done = subprocess.run([BINARY, "doctor", "--json", "--data", gk.data], capture_output=True, text=True, timeout=60, env=gk.env)
        return [c for c in json.loads(done.stdout)["checks"] if c["check"] == "kafka"][0]

    with Broker() as broker:
        gk = kafka_server(broker, "short.events", GAMEKEEPER_LOG_RETENTION_HOURS="2")
        try:
            gk.start()  # makes the topic
            assert '"topic_retention"' not in gk.output() and kafka_check(gk)["status"] == "ok"
            assert gk.stop() == 0
            gk.env["GAMEKEEPER_LOG_RETENTION_HOURS"] = "10"
            gk.start()
            gk.post([{"name": "x", "player_id": "p"}])
            assert gk.row()["stored"] == 1
            told = [json.loads(line) for line in gk.output().splitlines() if '"topic_retention"' in line]
            assert len(told) == 1 and "for 2 hours" in told[0]["details"]["message"], told
            check = kafka_check(gk)
            assert check["status"] == "warning" and "for 2 hours" in check["detail"] and "kafka-configs" in check["advice"], check
            assert gk.stop() == 0
        finally:
            gk.close()


run(globals())
