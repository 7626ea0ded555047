"""Calls bench/load's programs."""
import concurrent.futures
import http.client
import itertools
import json
import os
import subprocess

from machine import BUILD, cpu_s

seeds = itertools.count(1)


def load(port, work="get", path="/health", seconds=5.0, server=None, **options):
    """One run of bench_load; its answer, and per_core: units of work per processor second of `server` (a pid, or several)."""
    before = cpu_s(server) if server else 0
    out = finish(begin(port, work, path, seconds, **options), seconds + 120)
    assert out["refused"] == 0 and out["incomplete"] == 0, f"the server refused some of it: {out}"
    if server:
        spent = spent_by(server, before)
        out["server_cores"] = spent / out["seconds"]
        out["per_core"] = out["units"] / spent
    return out


def begin(port, work, path, seconds, **options):
    """bench_load in the background: finish() waits for its answer. Of options that are flags the value is True."""
    argv = [os.path.join(BUILD, "bench_load"), "--port", port, "--work", work, "--path", path, "--seconds", seconds]
    for name, value in options.items():
        argv += ["--" + name.replace("_", "-")] + ([] if value is True else [value])
    return start(argv)


def spent_by(server, before):
    return max(cpu_s(server) - before, 1e-3)


def call_all(port, calls, at_once=16):
    """Makes calls (method, path, token, body), some at a time; their answers' bodies, in order. A refusal is an error."""
    answers = [None] * len(calls)

    def some(first):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for n in range(first, len(calls), at_once):
            method, path, token, body = calls[n]
            connection.request(method, path, json.dumps(body), {"Authorization": f"Bearer {token}", "Content-Type": "application/json",
                                                                "X-Forwarded-For": f"10.1.{n >> 8 & 255}.{n & 255}"})
            answer = connection.getresponse()
            text = answer.read()
            assert answer.status < 300, (method, path, answer.status, text)
            answers[n] = json.loads(text)

    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        list(pool.map(some, range(at_once)))
    return answers


def post_events(server, seconds, key="write", **options):
    """100 events a POST to a Gamekeeper."""
    return load(server.port, "events", "/api/v1/events", seconds, server.pid, key=server.key(key), seed=next(seeds), **options)


def watch_freshness(server, seconds):
    """Started now, in the background: from acknowledged to visible. finish() waits for its answer."""
    return start([os.path.join(BUILD, "bench_fresh"), "--port", server.port, "--write-key", server.key("write"),
                  "--read-key", server.key("read"), "--seconds", seconds])


def start(argv):
    return subprocess.Popen([str(a) for a in argv], stdout=subprocess.PIPE, text=True)


def finish(process, wait_s):
    try:
        out, _ = process.communicate(timeout=wait_s)
    finally:
        if process.poll() is None:
            process.kill()
    assert process.returncode == 0, f"the load ended with {process.returncode}"
    return json.loads(out)
