"""Signs tokens with the server's own key, read out of its store: what is refused then is refused for what it says.
Ed25519 as RFC 8032 defines it, in affine coordinates: slow, and enough."""
import base64
import hashlib
import json
import os
import sqlite3

import engines

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def plus(a, b):
    (x1, y1), (x2, y2) = a, b
    k = D * x1 * x2 * y1 * y2
    return (x1 * y2 + x2 * y1) * pow(1 + k, -1, P) % P, (y1 * y2 + x1 * x2) * pow(1 - k, -1, P) % P


def times(n, point):
    out = (0, 1)
    while n:
        if n & 1:
            out = plus(out, point)
        point = plus(point, point)
        n >>= 1
    return out


def base_point():
    y = 4 * pow(5, -1, P) % P
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    return (P - x if x & 1 else x), y


BASE = base_point()


def packed(point):
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def number(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little")


def sign(seed, message):
    h = hashlib.sha512(seed).digest()
    secret = int.from_bytes(h[:32], "little") & ((1 << 254) - 8) | 1 << 254
    public = packed(times(secret, BASE))
    r = number(h[32:], message) % ORDER
    commitment = packed(times(r, BASE))
    s = (r + number(commitment, public, message) * secret) % ORDER
    return commitment + s.to_bytes(32, "little")


def url64(data):
    return base64.urlsafe_b64encode(data if isinstance(data, bytes) else data.encode()).rstrip(b"=").decode()


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def document(gk, ring):
    schema = gk.env.get("GAMEKEEPER_DOCUMENTS_SCHEMA")
    if schema:
        return engines.started("postgres").ask(f"SELECT convert_from(body, 'UTF8') FROM {schema}.documents WHERE collection='gate_signing' AND id='{ring}'")
    with sqlite3.connect(os.path.join(gk.data, "documents.db")) as db:
        return db.execute("SELECT body FROM documents WHERE collection = 'gate_signing' AND id = ?", (ring,)).fetchone()[0]


class Forger:
    def __init__(self, gk, ring="admin"):
        """`ring`: whose tokens, admin or player."""
        secret = json.loads(document(gk, ring))["secret"]
        self.seed = base64.urlsafe_b64decode(secret + "=" * (-len(secret) % 4))[:32]

    def like(self, token, head=None, **claims):
        """The token with other members in its header or claims (None removes one), signed by the server's key."""
        parts = [json.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2]]
        for part, changes in zip(parts, (head or {}, claims)):
            part.update(changes)
            for name in [name for name, value in changes.items() if value is None]:
                del part[name]
        body = ".".join(url64(compact(part)) for part in parts)
        return f"{body}.{url64(sign(self.seed, body.encode()))}"
