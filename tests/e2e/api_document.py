"""The API's document as tests walk through it: operations, parameters, bodies, and whether an answer is what it says."""
import re


def resolved(document, node):
    while "$ref" in node:
        steps, node = node["$ref"].removeprefix("#/").split("/"), document
        for step in steps:
            node = node[step]
    return node


def operation(document, route):
    method, path = route.split(" ", 1)
    return document["paths"][path][method.lower()]


def parameters(document, route, where):
    out = [resolved(document, p) for p in operation(document, route).get("parameters", [])]
    return [p for p in out if p["in"] == where]


def body_schema(document, route):
    content = operation(document, route).get("requestBody", {}).get("content", {})
    return resolved(document, content["application/json"]["schema"]) if "application/json" in content else None


def kinds(schema):
    kind = schema.get("type", "object" if "properties" in schema else "string" if "enum" in schema else None)
    return kind if isinstance(kind, list) else [kind]


def strings_of(document, schema, at=()):
    """Where the strings of a body stand: keys, and 0 for the first of a list."""
    schema = resolved(document, schema)
    for one in schema.get("oneOf", []) + schema.get("anyOf", []):
        yield from strings_of(document, one, at)
    if "string" in kinds(schema):
        yield at
    for name, inner in schema.get("properties", {}).items():
        yield from strings_of(document, inner, (*at, name))
    if "items" in schema:
        yield from strings_of(document, schema["items"], (*at, 0))


def with_value(body, at, value):
    """A copy of the body in which this stands there."""
    if not at:
        return value
    key, rest = at[0], at[1:]
    if key == 0:
        items = list(body) if isinstance(body, list) and body else [None]
        return [with_value(items[0], rest, value), *items[1:]]
    out = dict(body) if isinstance(body, dict) else {}
    out[key] = with_value(out.get(key), rest, value)
    return out


TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def is_a(value, kind):
    if kind in ("number", "integer"):
        return isinstance(value, (int, float)) and not isinstance(value, bool) and (kind == "number" or value == int(value))
    return kind is None or isinstance(value, TYPES[kind])


def properties(document, schema):
    """All that an object of this schema may have, by name."""
    schema, out = resolved(document, schema), {}
    for part in schema.get("allOf", []):
        out.update(properties(document, part))
    return {**out, **schema.get("properties", {})}


def differences(document, schema, value, at="$", whole=True):
    """Where the value is not what the schema says; a field that it does not name is a difference, too. Not `whole`: a part
    of a schema, whose other parts name other fields."""
    schema = resolved(document, schema)
    for choice in ("oneOf", "anyOf"):
        if choice in schema:
            tried = [list(differences(document, one, value, at)) for one in schema[choice]]
            if all(tried):
                yield from min(tried, key=len)
    for part in schema.get("allOf", []):
        yield from differences(document, part, value, at, whole=False)
    named = schema.get("type")
    if named and not any(is_a(value, kind) for kind in (named if isinstance(named, list) else [named])):
        yield f"{at} is {type(value).__name__}, not {named}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at} is {value!r}, none of {schema['enum']}"
    if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{at} does not match {schema['pattern']}"
    if isinstance(value, list) and "items" in schema:
        for n, one in enumerate(value):
            yield from differences(document, schema["items"], one, f"{at}[{n}]")
    if isinstance(value, dict):
        yield from (f"{at}.{name} is missing" for name in schema.get("required", []) if name not in value)
        known, own, more = properties(document, schema), schema.get("properties", {}), schema.get("additionalProperties")
        for name, one in value.items():
            if name in own:
                yield from differences(document, own[name], one, f"{at}.{name}")
            elif isinstance(more, dict):
                yield from differences(document, more, one, f"{at}.{name}")
            elif known and name not in known and more is not True and whole:
                yield f"{at}.{name} is not declared"
