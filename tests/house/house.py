"""The walls of the house: include table of ARCHITECTURE.md, no lock across a co_await, no SQL put together, files and functions named by docs/life_of_an_event.md and its sister, links."""
import os
import re
import sys

ALLOWED = {  # folder: prefixes that its files may include, beside its own
    "base": [], "events": ["base"], "ports": ["base", "events"], "net": ["base"],
    "gate": ["base", "events", "net", "ports"], "flow": ["base", "events", "net", "ports"],
    "insight": ["base", "events", "net", "ports", "gate", "flow"], "play": ["base", "events", "net", "ports", "gate", "flow"],
    "operate": ["base", "events", "net", "ports", "gate", "flow"], "tools": ["base", "events", "play/ratings", "net/http_client.h"],
}
PURE = {"play/ratings": ["base"], "play/live": ["base", "ports"]}  # wings that may include less than their room
BEAST_ONLY_IN = "src/net/"


def sources():
    for folder, _, files in os.walk("src"):
        for name in files:
            if name.endswith((".h", ".cpp")):
                yield os.path.join(folder, name)


def includes(path):
    with open(path, encoding="utf-8") as f:
        return re.findall(r'^#include ["<]([^">]+)[">]', f.read(), re.M)


def check_includes():
    bad = []
    for path in sources():
        parts = path.split("/")
        room = parts[1]
        for include in includes(path):
            if include.startswith("boost/beast") and not (path.startswith(BEAST_ONLY_IN) and path.endswith(".cpp")):
                bad.append(f"{path}: Beast stands only in the .cpp files of net")
            first = include.split("/")[0]
            if first not in ("base", "events", "ports", "net", "gate", "flow", "adapters", "insight", "play", "operate", "tools", "server"):
                continue
            if room == "server":
                continue
            if path.endswith("_test.cpp") or "/testing/" in path:
                if first == "adapters" and room != "adapters":
                    bad.append(f"{path} includes {include}: tests/support has engines for tests")
                continue
            wing = "/".join(parts[1:3])
            if wing in PURE:
                ok = include.startswith(wing + "/") or first in PURE[wing]
            elif room == "adapters":
                ok = first in ("base", "events", "ports") or include == "net/http_client.h" or include.startswith(
                    (f"adapters/{parts[2]}/", "adapters/kit/"))
            else:
                ok = first == room or any(include == a or include.startswith(a + "/") for a in ALLOWED[room])
            if not ok:
                bad.append(f"{path} includes {include}")
    return bad


LIVES = ["docs/life_of_an_event.md", "docs/life_of_a_match.md"]


def check_lives():
    return [line for page in LIVES for line in check_life(page)]


def check_life(page):
    bad = []
    with open(page, encoding="utf-8") as f:
        text = f.read()
    steps = re.findall(r"^\d+\. .*?(?=^\d+\. |\Z)", text, re.M | re.S)
    if len(steps) != 8:
        bad.append(f"{page} has {len(steps)} steps, not eight")
    for step in steps:
        files = [p for p in re.findall(r"`((?:src|web)/[\w./-]+)`", step)]
        names = re.findall(r"`([\w:]+)\(\)`", step)
        if not files:
            bad.append(f"{page}: a step names no file: " + step[:60])
        body = ""
        for path in files:
            if not os.path.exists(path):
                bad.append(f"{page} names {path}, which does not exist")
            elif os.path.isfile(path):
                with open(path, encoding="utf-8") as f:
                    body += f.read()
        for name in names:
            if not re.search(r"\b" + re.escape(name.split("::")[-1]) + r"\b", body):
                bad.append(f"{page} names {name}(), which is not in {files}")
    return bad


def check_links():
    bad = []
    for path in [p for p in os.listdir(".") if p.endswith(".md")] + LIVES:
        with open(path, encoding="utf-8") as f:
            for target in re.findall(r"\]\(([^)#:]+)\)", f.read()):
                if not os.path.exists(os.path.join(os.path.dirname(path), target)):
                    bad.append(f"{path} links to {target}, which does not exist")
    return bad


NO_CODE = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', re.S)
LOCK = re.compile(r"\bstd::(?:unique_lock|lock_guard|scoped_lock|shared_lock)\b(?:<[^;{}()]*>)? (\w+)[({]")


def check_locks():
    """No lock is held across a co_await: whoever goes on may be another thread. (clang-tidy's two checks for this see
    neither `auto x = co_await …` nor a deduced lock.)"""
    bad = []
    for path in sources():
        with open(path, encoding="utf-8") as f:
            code = NO_CODE.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), f.read())
        for lock in LOCK.finditer(code):
            depth = 0
            for at in re.finditer(r"[{}]|\bco_await\b|\b%s\.unlock\(" % lock.group(1), code[lock.end() - 1:]):
                depth += {"{": 1, "}": -1}.get(at.group(), 0)
                if depth < 0 or at.group().endswith("unlock("):
                    break
                if at.group() == "co_await":
                    bad.append(f"{path}:{code.count(chr(10), 0, lock.end() + at.start()) + 1} waits while it holds {lock.group(1)}")
                    break
    return bad


def outer_code(path):
    """The code outside of unnamed namespaces: what other files' code may meet."""
    with open(path, encoding="utf-8") as f:
        code = NO_CODE.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), f.read())
    while unnamed := re.search(r"^namespace \{", code, re.M):
        depth = 0
        for at in re.finditer(r"[{}]", code[unnamed.start():]):
            depth += 1 if at.group() == "{" else -1
            if depth == 0:
                break
        code = code[:unnamed.start()] + code[unnamed.start() + at.end():]
    return code


def check_names():
    """A class is defined in one place of its namespace: a second one of that name would be a second meaning of the same
    symbols, and the linker takes either."""
    where, bad = {}, []
    for path in sorted(sources()):
        if path.endswith("_test.cpp") or "/testing/" in path:
            continue
        code = outer_code(path)
        space = re.search(r"^namespace ([\w:]+) \{", code, re.M)
        for found in re.finditer(r"^(?:struct|class|enum class) (\w+)(?: final)?(?: : [^;{]*)? \{", code, re.M):
            name = f"{space.group(1) if space else ''}::{found.group(1)}"
            if where.setdefault(name, path) != path:
                bad.append(f"{path} defines {name} as {where[name]} does")
    return bad


SQL = re.compile(r'"\s*(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE|DROP|ALTER|TRUNCATE|PRAGMA|SET|WITH|WHERE|VALUES)\b')
PUT_TOGETHER = re.compile(r"\bformat(?:_to)?\(|\+|\bappend\(|<<")
# Their one variable is the name of the schema, made of [a-z0-9_]: names cannot be parameters.
NAMES_A_SCHEMA = {"src/adapters/postgres/schema.cpp", "src/adapters/postgres/connection.cpp"}


def check_sql():
    """SQL is written out: what is asked for travels as parameters, never as text of a statement."""
    bad, statements = [], 0
    for path in sources():
        if path.endswith("_test.cpp") or path in NAMES_A_SCHEMA:
            continue
        with open(path, encoding="utf-8") as f:
            text = re.sub(r"//[^\n]*", "", f.read())
        plain = NO_CODE.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)  # of the same length
        for found in SQL.finditer(text):
            begin = max(plain.rfind(c, 0, found.start()) for c in ";{}") + 1
            end = min((at for c in ";{}" if (at := plain.find(c, found.start())) >= 0), default=len(plain))
            statements += 1
            if PUT_TOGETHER.search(plain, begin, end):
                bad.append(f"{path}:{text.count(chr(10), 0, found.start()) + 1} puts SQL together")
    return bad if statements > 20 else [f"only {statements} statements were found: the search is wrong"]


checks = [check_includes, check_locks, check_names, check_sql, check_lives, check_links]
failed = 0
for check in checks:
    found = check()
    failed += bool(found)
    print(f"{'FAIL' if found else 'ok  '} {check.__name__}")
    for line in found:
        print("     " + line)
print(f"{len(checks) - failed} passed, {failed} failed")
sys.exit(1 if failed else 0)
