"""The fold over a log that lies there, starting, starting again, and memory over time."""
import os
import statistics
import time

from kafka import Broker
from load import post_events, start
from load import finish as finish_load
from machine import BUILD, Gamekeeper, cpu_s, folder_mb, fresh_folder, remove, rss_mb
from rows import goal, row


def fold(plan):
    """Events per processor second of `--roles=processor`, all of it: reading, folding, committing."""
    data = fresh_folder("fold")
    try:
        yield measure_fold("fold of the embedded log", 2_000_000, plan, data, {})
    finally:
        remove(data)
    with Broker() as broker:
        data = fresh_folder("fold")
        try:
            yield measure_fold("fold of Kafka's JSON", 1_000_000, plan, data, broker.settings("fold"))
        finally:
            remove(data)


def measure_fold(name, least, plan, data, env):
    with Gamekeeper("ingest", data, env) as server:
        events = post_events(server, 600, units=plan.fold_events)["units"]
        server.stop()
    with Gamekeeper("processor", data, env) as server:
        began = time.monotonic() - server.ready_s
        while server.metric("gamekeeper_processor_events_total") < events:
            assert time.monotonic() - began < 300, "the fold does not end"
            time.sleep(0.05)
        spent, seconds = cpu_s(server.pid), time.monotonic() - began
        return row(name, events / spent, "events/s a core", goal("value", ">=", least), wall_per_s=events / seconds,
                   cores=spent / seconds, rss_mb=rss_mb(server.pid), events=events)


def idle(plan):
    """From exec to the first 200 of /readyz on an empty folder, all roles; resident memory some seconds later."""
    starts, sizes = [], []
    for _ in range(plan.rounds):
        with Gamekeeper() as server:
            starts.append(server.ready_s)
            time.sleep(3)
            sizes.append(rss_mb(server.pid))
    yield row("idle memory", statistics.median(sizes), "MB", goal("value", "<=", 40))
    yield row("start to ready", statistics.median(starts), "s", goal("value", "<=", 0.3), rounds=starts)


def restart(plan):
    """Ready again after kill -9 under load, with a long log."""
    data = fresh_folder("restart")
    log = os.path.join(data, "log")
    try:
        with Gamekeeper(data=data) as server:
            while folder_mb(log) < plan.log_mb:
                post_events(server, 5)
            load = start([os.path.join(BUILD, "bench_load"), "--port", server.port, "--work", "events", "--path", "/api/v1/events",
                          "--key", server.key("write"), "--seed", 999, "--seconds", 30])
            time.sleep(1)
            server.kill()
            load.communicate()  # ends by itself: its connections are gone
        with Gamekeeper(data=data) as server:
            ready_s = server.ready_s
            began = time.monotonic()
            ledger = server.drained(300)
            yield row("restart after kill -9", ready_s, "s", goal("value", "<=", 2), log_mb=folder_mb(log), balanced=ledger["balanced"],
                      drain_s=time.monotonic() - began, and_also=ledger["balanced"])
    finally:
        remove(data)


def memory(plan):
    """50 000 events/s, 100 000 sessions open at once, all roles: the greatest resident memory, and whether it stays."""
    with Gamekeeper() as server:
        load = start([os.path.join(BUILD, "bench_load"), "--port", server.port, "--work", "events", "--path", "/api/v1/events",
                      "--key", server.key("write"), "--seconds", plan.memory_seconds, "--rate", 50_000, "--sessions", 100_000, "--run", 10])
        sizes = []
        while load.poll() is None:
            sizes.append(rss_mb(server.pid))
            time.sleep(1)
        out = finish_load(load, 60)
        ledger = server.drained(60)
    quarter = len(sizes) // 4
    early, late = statistics.median(sizes[quarter:2 * quarter]), statistics.median(sizes[-quarter:])
    whole = out["refused"] == 0 and out["unanswered"] == 0 and ledger["balanced"]
    yield row("memory at 50 k/s", max(sizes), "MB", goal("value", "<=", 400), and_also=whole, seconds=plan.memory_seconds,
              p99_ms=out["p99_ms"], by_time=[sizes[len(sizes) * i // 10] for i in range(10)])
    yield row("memory growth", late / early, "last quarter / second", goal("value", "<=", 1.1), and_also=whole, early_mb=early, late_mb=late)
