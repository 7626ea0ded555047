"""Every row of the events table of docs/api/events.md, wrong in every way: what is sent, and the refusal it gets.

A row is (key, event, code, field): `event` is the event's own text, because much of what is wrong can't be written by
a JSON library."""
import json
import time

DAY = 24 * 3600 * 1000


def now_ms():
    return int(time.time() * 1000)


def event(**fields):
    """The text of a good event with these fields changed; None leaves one out."""
    whole = {"name": "a", "player_id": "p", **fields}
    return json.dumps({k: v for k, v in whole.items() if v is not None}).encode()


def text(members):
    """The text of a good event with further members as they stand."""
    return b'{"name":"a","player_id":"p",' + (members if isinstance(members, bytes) else members.encode()) + b"}"


def props(members, name="a"):
    return b'{"name":"' + name.encode() + b'","player_id":"p","properties":{' + members.encode() + b"}}"


def nested(depth):
    """Properties whose own object counts as depth 1."""
    return '{"x":' * depth + "1" + "}" * depth


def iso(ms):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ms / 1000))


def envelope():
    now = now_ms()
    yield from (("write", t, c, f) for t, c, f in [
        # the event itself
        (b"1", "bad_type", None), (b"null", "bad_type", None), (b'"text"', "bad_type", None), (b"[]", "bad_type", None),
        (b"true", "bad_type", None), (b"[[]]", "bad_type", None),
        (b"{}", "required", "name"),
        (text('"name":"b"'), "duplicate_field", "name"), (text('"player_id":"q"'), "duplicate_field", "player_id"),
        (text('"seq":1,"seq":1'), "duplicate_field", "seq"), (text('"n\\u0061me":"b"'), "duplicate_field", "name"),
        (text('"more":"' + "x" * 65536 + '"'), "event_too_large", None),
        (text('"more":nul'), "bad_json", "more"), (text('"more":01'), "number_out_of_range", "more"),
        (text('"more":"\\q"'), "bad_text", "more"), (text('"more":"a\tb"'), "bad_text", "more"), (text('"more" 1'), "bad_json", None),
        (text('"more":1,'), "bad_json", None),
        (text(b'"more":"\xff"'), "bad_utf8", "more"), (text(b'"more":"\xed\xa0\x80"'), "bad_utf8", "more"),
        (text(b'"more":"\xc0\x80"'), "bad_utf8", "more"), (text(b'"more":"\xf4\x90\x80\x80"'), "bad_utf8", "more"),
        # name
        (event(name=None), "required", "name"), (event(name=1), "bad_type", "name"), (event(name=["a"]), "bad_type", "name"),
        (event(name=""), "bad_name", "name"), (event(name="x" * 129), "bad_name", "name"), (event(name="two words"), "bad_name", "name"),
        (event(name="é"), "bad_name", "name"), (event(name="a\n"), "bad_name", "name"), (event(name="a\0b"), "bad_name", "name"),
        (b'{"name":null,"player_id":"p"}', "required", "name"),
        *((event(name=prefix + "x"), "reserved_name", "name") for prefix in ("player.", "session.", "queue.", "match.", "rating.")),
        # id
        (event(id=7), "bad_type", "id"), (event(id={}), "bad_type", "id"), (event(id=""), "bad_id", "id"), (event(id="x"), "bad_id", "id"),
        (event(id="0190c4e0-1111-7000-8000-00000000000g"), "bad_id", "id"), (event(id="0190c4e0-1111-7000-8000-0000000000001"), "bad_id", "id"),
        # player_id
        (event(player_id=None), "required", "player_id"), (event(player_id=5), "bad_type", "player_id"),
        (b'{"name":"a","player_id":null}', "required", "player_id"), (event(player_id=""), "bad_length", "player_id"),
        (event(player_id="x" * 129), "bad_length", "player_id"), (event(player_id="é" * 129), "bad_length", "player_id"),
        (event(player_id="\U0001f3ae" * 129), "bad_length", "player_id"), (event(player_id="a\0b"), "bad_text", "player_id"),
        (event(player_id="a\x1fb"), "bad_text", "player_id"), (event(player_id="\x7f"), "bad_text", "player_id"),
        (event(player_id="\x85"), "bad_text", "player_id"),
        (b'{"name":"a","player_id":"\\ud800"}', "bad_text", "player_id"), (b'{"name":"a","player_id":"\\udc00"}', "bad_text", "player_id"),
        (b'{"name":"a","player_id":"\\ud800\\u0041"}', "bad_text", "player_id"), (b'{"name":"a","player_id":"\xff"}', "bad_utf8", "player_id"),
        # session_id and seq
        (event(session_id=1), "bad_type", "session_id"), (event(session_id=""), "bad_length", "session_id"),
        (event(session_id="s" * 129), "bad_length", "session_id"), (event(session_id="\x01"), "bad_text", "session_id"),
        (event(seq=1), "seq_needs_session", "session_id"),
        *((text('"session_id":"s","seq":' + bad), "bad_seq", "seq") for bad in
          ("0", "-1", "1.0", "1.5", "1e2", '"1"', "true", "[]", "{}", "9007199254740993", "18446744073709551615")),
        (text('"session_id":"s","seq":18446744073709551616'), "number_out_of_range", "seq"),
        # time
        *((event(time=bad), "bad_time", "time") for bad in
          ("", "yesterday", "2024-02-30T00:00:00Z", "2024-13-01T00:00:00Z", "2024-01-01", "2024-01-01T00:00:00", "2024-01-01T25:00:00Z",
           "2024-01-01T00:00:00+25:00", "1700000000000", True, 1.5, [], {})),
        (event(time=now - 30 * DAY - 60_000), "time_out_of_range", "time"), (event(time=now + DAY + 60_000), "time_out_of_range", "time"),
        (event(time=iso(now - 31 * DAY)), "time_out_of_range", "time"), (event(time=iso(now + 2 * DAY)), "time_out_of_range", "time"),
        (event(time=0), "time_out_of_range", "time"), (event(time=-1), "time_out_of_range", "time"),
        (event(time=2**63 - 1), "time_out_of_range", "time"), (event(time=-2**63), "time_out_of_range", "time"),
        (event(time=2**64 - 1), "time_out_of_range", "time"), (event(time="9999-12-31T23:59:59Z"), "time_out_of_range", "time"),
        (text('"time":1e400'), "number_out_of_range", "time"), (text('"time":99999999999999999999'), "number_out_of_range", "time"),
    ])
    yield "server", event(time="1799-12-31T23:59:59Z"), "time_out_of_range", "time"
    yield "server", event(time=-2**63), "time_out_of_range", "time"
    yield "server", event(time=now + DAY + 60_000), "time_out_of_range", "time"


def properties():
    yield from (("write", t, c, f) for t, c, f in [
        *((event(properties=bad), "bad_type", "properties") for bad in (1, "x", [], True)),
        (props('"x":"' + "y" * 32768 + '"'), "properties_too_large", "properties"),
        (text('"properties":' + nested(9)), "properties_too_deep", "properties"),
        (props('"x":' + "[" * 8 + "]" * 8), "properties_too_deep", "properties"),
        (props('"x":' + "[" * 3000 + "]" * 3000), "properties_too_deep", "properties"),
        (text('"properties":' + nested(3000)), "properties_too_deep", "properties"),
        (props('"x":1,"x":2'), "duplicate_field", "properties.x"), (props('"o":{"x":1,"x":2}'), "duplicate_field", "properties.x"),
        (props('"o":[{"x":1,"\\u0078":2}]'), "duplicate_field", "properties.x"),
        (props(",".join(f'"k{i % 40}":1' for i in range(41))), "duplicate_field", "properties.k0"),
        (props('"x":"\\u0000"'), "bad_text", "properties"), (props('"\\u0000":1'), "bad_text", "properties"),
        (props('"x":"\\ud83c"'), "bad_text", "properties"), (props('"x":"\\udfae"'), "bad_text", "properties"),
        (props('"x":["\\udfae\\ud83c"]'), "bad_text", "properties"), (props('"\\udfae":1'), "bad_text", "properties"),
        (text(b'"properties":{"x":"\xff"}'), "bad_utf8", "properties"), (text(b'"properties":{"x":"\x00"}'), "bad_text", "properties"),
        *((props('"x":' + bad), "number_out_of_range", "properties") for bad in
          ("18446744073709551616", "-9223372036854775809", "1e400", "-1e400", "9" * 400)),
        *((props('"x":' + bad), "bad_json", "properties") for bad in ("NaN", "Infinity", "tru")),
        (props('"x":+1'), "bad_json|number_out_of_range", "properties"),  # no number, or a bad one: simdjson's versions differ
    ])


def builtin():
    for name, members, code, field in [
        ("session_start", '"platform":1', "bad_type", "platform"), ("session_start", '"country":[]', "bad_type", "country"),
        ("session_start", '"version":2.1', "bad_type", "version"), ("session_start", '"platform":"' + "x" * 600 + '"', "bad_length", "platform"),
        ("purchase", '"currency":"EUR"', "required", "amount"), ("purchase", '"amount":1', "required", "currency"),
        ("purchase", '"amount":"1","currency":"EUR"', "bad_type", "amount"), ("purchase", '"amount":null,"currency":"EUR"', "required", "amount"),
        ("purchase", '"amount":-0.01,"currency":"EUR"', "bad_amount", "amount"),
        ("purchase", '"amount":0.0000001,"currency":"EUR"', "bad_amount", "amount"),
        ("purchase", '"amount":1e30,"currency":"EUR"', "bad_amount", "amount"),
        ("purchase", '"amount":9000000000001,"currency":"EUR"', "bad_amount", "amount"),
        ("purchase", '"amount":1,"currency":"eur"', "bad_currency", "currency"), ("purchase", '"amount":1,"currency":"ZZZ"', "bad_currency", "currency"), ("purchase", '"amount":1,"currency":"EURO"', "bad_currency", "currency"),
        ("purchase", '"amount":1,"currency":""', "bad_currency", "currency"), ("purchase", '"amount":1,"currency":978', "bad_type", "currency"),
        ("purchase", '"amount":1,"currency":"EUR","item_id":3', "bad_type", "item_id"),
        ("economy", '"currency":"gold","amount":1', "required", "flow"), ("economy", '"flow":"up","currency":"gold","amount":1', "bad_value", "flow"),
        ("economy", '"flow":"sink","amount":1', "required", "currency"), ("economy", '"flow":"sink","currency":"","amount":1', "bad_currency", "currency"),
        ("economy", '"flow":"sink","currency":"gold"', "required", "amount"), ("economy", '"flow":"sink","currency":"gold","amount":-1', "bad_amount", "amount"),
        ("economy", '"flow":"sink","currency":"gold","amount":1,"item_type":1', "bad_type", "item_type"),
        ("economy", '"flow":"sink","currency":"gold","amount":1,"balance":"1"', "bad_type", "balance"),
        ("progression", '"level":1', "required", "status"), ("progression", '"status":"done","level":1', "bad_value", "status"),
        ("progression", '"status":"start"', "required", "level"), ("progression", '"status":"start","level":[]', "bad_type", "level"),
        ("progression", '"status":"start","level":1,"score":"9"', "bad_type", "score"),
        ("progression", '"status":"start","level":1,"attempt":{}', "bad_type", "attempt"),
        ("error", '"message":"m"', "required", "severity"), ("error", '"severity":"fatal","message":"m"', "bad_value", "severity"),
        ("error", '"severity":"error"', "required", "message"), ("error", '"severity":"error","message":1', "bad_type", "message"),
        ("match_played", '"team":"a"', "required", "match_id"), ("match_played", '"match_id":1', "bad_type", "match_id"),
        ("match_played", '"match_id":""', "bad_value", "match_id"), ("match_played", '"match_id":"m","opponent":1', "bad_type", "opponent"),
        ("match_played", '"match_id":"m","rank":"1"', "bad_type", "rank"), ("match_played", '"match_id":"m","score":"1"', "bad_type", "score"),
    ]:
        yield "write", props(members, name), code, "properties." + field
    for name, field in [("purchase", "amount"), ("economy", "flow"), ("progression", "status"), ("error", "severity"), ("match_played", "match_id")]:
        yield "write", event(name=name), "required", "properties." + field


def good():
    """Events at their limits: none of these is refused."""
    now = now_ms()
    yield from (("write", e) for e in [
        event(name="x" * 128), event(name="A.z_0:/-"), event(player_id="x" * 128), event(player_id="\U0001f3ae" * 128), event(id=None),
        event(id="0190C4E0-1111-7000-8000-00000000000A"), text('"id":null,"session_id":null,"seq":null,"time":null,"properties":null'),
        event(session_id="limits", seq=1), event(session_id="limits", seq=2**53), event(time=now - 30 * DAY + 60_000), event(time=now + DAY - 60_000),
        event(time=iso(now)), event(time=iso(now)[:-1] + ".123456789+00:00"),
        text('"properties":' + nested(8)), props('"x":' + "[" * 7 + "]" * 7), props('"x":"' + "y" * (32768 - 8) + '"'),
        props('"x":18446744073709551615,"y":-9223372036854775808,"z":1e308'), props('"x":"\\ud83c\\udfae"'), props('"é":"\\u0001"'),
        props('"amount":0.000001,"currency":"EUR"', "purchase"), props('"amount":0,"currency":"EUR"', "purchase"),
        text('"a_field_of_a_newer_client":[1,2,3]'),
    ])
    yield "server", event(time="1800-01-01T00:00:00Z")
    yield "server", event(name="match.completed", properties={"match_id": "m"})
