"""Events in: durable ingest alone, with everything on, at a steady rate, and through Kafka."""
import statistics
import time

from kafka import Broker
from load import finish, load, post_events, watch_freshness
from machine import Gamekeeper, fresh_folder, go_peer, ingest_control, remove
from rows import alternate, goal, row

POST = "/api/v1/events"


def ingest(plan):
    """Durable ingest of 100 events a POST, keys checked, validated; beside the bare writer, and beside Go that only checks."""
    folder = fresh_folder("control")
    try:
        with Gamekeeper("ingest") as ours, ingest_control(folder) as control, go_peer() as go:
            def product():
                pause()
                return post_events(ours, plan.seconds)

            def other(program):
                pause()
                return load(program.port, "events", POST, plan.seconds, program.pid)

            post_events(ours, 1), other(control), other(go)  # warm
            for name, program, least in (("control", control, 0.5), ("Go, only checking", go, 2.0)):
                runs = {"us": [], "them": []}
                result = alternate(plan.rounds, lambda: keep(runs["us"], product()), lambda p=program: keep(runs["them"], other(p)))
                yield row("ingest durable", result["value"], "events/s", goal("ratio", ">=", least), name, result["peer_value"],
                          result["ratio"], per_core=median(runs["us"], "per_core"), peer_per_core=median(runs["them"], "per_core"),
                          p99_ms=median(runs["us"], "p99_ms"), peer_p99_ms=median(runs["them"], "p99_ms"), rounds=result["rounds"])
    finally:
        remove(folder)


def live(plan):
    """The same with all roles on: until every event is folded and committed."""
    with Gamekeeper() as server:
        post_events(server, 1)
        server.drained()
        folded_before = server.metric("gamekeeper_processor_events_total")
        began = time.monotonic()
        out = post_events(server, plan.seconds * 2)
        behind = out["units"] - (server.metric("gamekeeper_processor_events_total") - folded_before)
        ledger = server.drained(120)
        seconds = time.monotonic() - began
        rate = out["units"] / seconds
        # Bounded: what has piled up under full load is folded in less time than it took to come.
        bounded = seconds - out["seconds"] < out["seconds"]
        yield row("ingest all roles", rate, "events/s", goal("value", ">=", 400_000), and_also=ledger["balanced"] and bounded,
                  accepted_per_s=out["units_per_s"], server_cores=out["server_cores"], p99_ms=out["p99_ms"], behind=behind,
                  drain_s=seconds - out["seconds"], balanced=ledger["balanced"])


def paced(plan):
    """50 000 events/s by the clock, all roles: latency from the planned time of sending, and freshness meanwhile. The
    control in turn shows what the machine and its disk add at that moment."""
    folder, ours, fresh = fresh_folder("control"), [], []
    try:
        with Gamekeeper() as server, ingest_control(folder) as control:
            def product():
                pause()
                watch = watch_freshness(server, plan.paced_seconds)
                out = post_events(server, plan.paced_seconds, rate=50_000, warm=0.5)
                fresh.append(finish(watch, 120))
                ours.append(out)
                return out["p99_ms"]

            def bare():
                pause()
                return load(control.port, "events", POST, plan.paced_seconds, control.pid, rate=50_000, warm=0.5)["p99_ms"]

            product(), bare(), ours.clear(), fresh.clear()  # warm
            result = alternate(3, product, bare)
            ledger = server.drained()
        whole = ledger["balanced"] and not any(out["unanswered"] for out in ours)
        yield row("ingest p99 at 50 k/s", result["value"], "ms", goal("value", "<=", 10), "control", result["peer_value"],
                  result["ratio"], and_also=whole, p50_ms=median(ours, "p50_ms"), p999_ms=median(ours, "p999_ms"),
                  max_ms=median(ours, "max_ms"), client_late_p99_ms=median(ours, "own_late_p99_ms"),
                  client_late_max_ms=max(out["own_late_max_ms"] for out in ours), client_before_others=ours[0]["before_others"],
                  server_cores=median(ours, "server_cores"), rounds=result["rounds"])
        yield row("freshness p99 at 50 k/s", median(fresh, "p99_ms"), "ms", goal("value", "<=", 1000), and_also=whole,
                  p50_ms=median(fresh, "p50_ms"), max_ms=median(fresh, "max_ms"), probes=median(fresh, "probes"))
    finally:
        remove(folder)


def kafka(plan):
    """Through one broker, acks=all, beside the Go service with franz-go."""
    with Broker() as broker, Gamekeeper("ingest", env=broker.settings("ours")) as ours, \
            go_peer("-kafka", broker.address, "-topic", "theirs") as go:
        runs = {"us": [], "them": []}

        def product():
            pause()
            return keep(runs["us"], post_events(ours, plan.seconds))

        def peer():
            pause()
            return keep(runs["them"], load(go.port, "events", POST, plan.seconds, go.pid))

        product(), peer(), runs["us"].clear(), runs["them"].clear()  # warm
        result = alternate(plan.rounds, product, peer)
        yield row("kafka ingest", result["value"], "events/s", goal("ratio", ">=", 1.5), "Go, franz-go", result["peer_value"],
                  result["ratio"], per_core=median(runs["us"], "per_core"), peer_per_core=median(runs["them"], "per_core"),
                  p99_ms=median(runs["us"], "p99_ms"), peer_p99_ms=median(runs["them"], "p99_ms"), rounds=result["rounds"])
        pause()
        out = post_events(ours, plan.paced_seconds, rate=100_000, warm=1)
        pause()
        theirs = load(go.port, "events", POST, plan.paced_seconds, go.pid, rate=100_000, warm=1)
        yield row("kafka p99 at 100 k/s", out["p99_ms"], "ms", goal("value", "<=", 25), "Go, franz-go", theirs["p99_ms"],
                  and_also=out["unanswered"] == 0, p50_ms=out["p50_ms"], p999_ms=out["p999_ms"], peer_p50_ms=theirs["p50_ms"],
                  client_late_p99_ms=out["own_late_p99_ms"], client_late_max_ms=out["own_late_max_ms"],
                  client_before_others=out["before_others"])


def pause():
    """What the last run has left to be written is not the next one's burden."""
    time.sleep(1)


def keep(runs, out):
    runs.append(out)
    return out["units_per_s"]


def median(runs, field):
    return statistics.median(out[field] for out in runs)
