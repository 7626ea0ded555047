"""Small bodies that mean large ones: each is cut at the limit, costs little processor time and no memory that stays."""
import gzip
import json
import os
import subprocess
import zlib

from gk import Server, run

MIB = 1 << 20
TICKS = os.sysconf("SC_CLK_TCK")
JSON = {"Content-Type": "application/json"}


def gzip_bomb(size, piece=16 * MIB):
    packer = zlib.compressobj(9, wbits=31)
    parts = [packer.compress(bytes(piece)) for _ in range(size // piece)]
    return b"".join(parts) + packer.flush()


def gzip_members(size, piece=16 * MIB):
    return gzip.compress(bytes(piece), 9, mtime=0) * (size // piece)


def zstd_bomb(size, window_log=17):
    """A frame of run-length blocks (RFC 8878, 3.1.1.2), 128 KiB of zeros in four bytes each."""
    count, block = size >> 17, (1 << 17) << 3 | 1 << 1
    head = b"\x28\xb5\x2f\xfd" + bytes([0, (window_log - 10) << 3])
    return head + b"".join((block | (n == count - 1)).to_bytes(3, "little") + b"\0" for n in range(count))


def brotli_bomb(size):
    script = f"process.stdout.write(require('zlib').brotliCompressSync(Buffer.alloc({size}),{{params:{{[require('zlib').constants.BROTLI_PARAM_QUALITY]:1}}}}))"
    return subprocess.run(["node", "-e", script], capture_output=True, check=True, timeout=60).stdout


class Spent:
    """Processor seconds and resident bytes of a process."""

    def __init__(self, process):
        self.pid = process.pid
        self.seconds, self.bytes = self.now()

    def now(self):
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as f:
            fields = f.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS, int(fields[21]) * os.sysconf("SC_PAGE_SIZE")

    def check(self, posts, bytes_max=160 * MIB):  # each HTTP thread keeps one body and its index of it
        seconds, held = self.now()
        assert (seconds - self.seconds) / posts < 0.5, f"{(seconds - self.seconds) / posts:.3f} s of processor a post"
        assert held - self.bytes < bytes_max, f"{(held - self.bytes) / MIB:.0f} MiB more"


def post(gk, body, **headers):
    return gk.call("POST", "/api/v1/events", body, headers={**JSON, **{k.replace("_", "-"): v for k, v in headers.items()}})


def still_well(gk):
    assert gk.post([{"name": "a", "player_id": "p"}])["accepted"] == 1


def test_compressed_bombs_are_cut_at_the_limit():
    bombs = {"gzip": [gzip_bomb(1 << 30), gzip_members(8 << 30)], "zstd": [zstd_bomb(10 << 30), zstd_bomb(10 << 30, 23)],
             "br": [brotli_bomb(256 * MIB)]}
    with Server() as gk:
        still_well(gk)
        spent, posts = Spent(gk.process), 0
        for coding, bodies in bombs.items():
            for body in bodies:
                assert len(body) < 8 * MIB, (coding, len(body))
                for _ in range(8):
                    answer = post(gk, body, Content_Encoding=coding)
                    assert answer.status == 413 and answer.json()["limit"] == f"{8 * MIB} bytes", (coding, answer.status, answer.body)
                    posts += 1
        # A window larger than a decoder has to keep is refused before its memory is taken.
        answer = post(gk, zstd_bomb(1 << 30, 31), Content_Encoding="zstd")
        assert answer.status == 400 and answer.json()["code"] == "bad_encoding", answer.body
        spent.check(posts)
        still_well(gk)


def test_bombs_within_the_limit():
    """What fits the body's limit and is costly to a careless reader: depth, keys, numbers, texts."""
    size = 7 * MIB
    keys = json.dumps({f"k{n}": 0 for n in range(500_000)}).encode()
    shapes = {
        "depth of arrays": b"[" * (size // 2) + b"]" * (size // 2),
        "depth of objects": b'{"x":' * (size // 6) + b"1" + b"}" * (size // 6),
        "many keys": keys,
        "one key many times": b"{" + b",".join([b'"k":0'] * 1_000_000) + b"}",
        "a long number": b"1" * size,
        "a long fraction": b"0." + b"1" * size,
        "a long exponent": b"1e" + b"9" * size,
        "many numbers": b"[" + b",".join([b"1e308"] * 1_000_000) + b"]",
        "escapes": b'"' + b"\\u00e9" * (size // 6) + b'"',
        "lone surrogates": b'"' + b"\\ud800" * (size // 6) + b'"',
        "quotes": b'"' + b'\\"' * (size // 2) + b'"',
    }
    with Server() as gk:
        spent, posts = Spent(gk.process), 0
        for name, shape in shapes.items():
            whole = post(gk, shape)
            assert whole.status == 400, (name, whole.status, whole.body[:200])
            among = post(gk, b'{"events":[{"name":"a","player_id":"p"},{"name":"a","player_id":"p","properties":{"x":' + shape + b'}}]}')
            assert among.status == 200, (name, among.status, among.body[:200])
            assert among.json()["accepted"] == 1 and among.json()["rejected"][0]["code"] == "event_too_large", (name, among.body[:300])
            posts += 2
        events = post(gk, b'{"events":[' + b",".join([b"[]"] * 5000) + b"]}")
        assert events.status == 200 and len(events.json()["rejected"]) == 5000
        spent.check(posts)
        row = gk.row()
        assert row["stored"] == len(shapes) and row["rejected"] == len(shapes) + 5000, row


def test_large_bodies_elsewhere():
    """Routes that take small JSON are not a way around the limits of events."""
    many = json.dumps({f"k{n}": 0 for n in range(300_000)}).encode()
    deep = b'{"variables":' + b'{"x":' * 500_000 + b"1" + b"}" * 500_000 + b"}"
    with Server() as gk:
        token = gk.admin()
        spent, posts = Spent(gk.process), 0
        for body in (many, deep):
            for path, key in (("/api/v1/admin/login", None), ("/api/v1/admin/apps", token), ("/graphql", "read")):
                answer = gk.call("POST", path, body, key=key, headers=JSON)
                assert 400 <= answer.status < 500, (path, answer.status, answer.body[:200])
                posts += 1
        spent.check(posts)
        still_well(gk)


def test_headers():
    with Server() as gk:
        spent = Spent(gk.process)
        for name, value, status in [("X-Long", "x" * 60_000, 431), ("Cookie", "a=b; " * 10_000, 431), ("Idempotency-Key", "k" * 129, 400),
                                    ("Accept-Encoding", "gzip;q=0.5," * 1000, 200), ("traceparent", "0" * 10_000, 200), ("X-Request-ID", "r" * 10_000, 200)]:
            answer = gk.call("GET" if status == 200 else "POST", "/livez" if status == 200 else "/api/v1/events", headers={**JSON, name: value})
            assert answer.status == status, (name, answer.status, answer.body[:200])
        for _ in range(4):
            answer = gk.call("GET", "/livez", headers={f"X-{n}": "1" for n in range(500)})
            assert answer.status == 431, answer.status
        spent.check(10)


run(globals())
