"""clang-tidy over every source on its own, as listed by the compile commands of the given build folders. A source is
checked again only when it, an own header it includes, its flags, .clang-tidy or clang-tidy itself changed: what passed
is remembered in FOLDER/tidy.json. `tidy.py build-lint build-lint/fuzz`; JOBS=n, else one a core; ONLY=src/net/
for those of one folder. 1 when there is a finding."""
import concurrent.futures
import functools
import hashlib
import json
import os
import re
import subprocess
import sys

ROOT = os.getcwd()
TIDY = "clang-tidy-19"
DEADLINE_S = 900  # of one source


def commands(folders):
    """{source: (build folder, compile command)} of the sources that stand in the tree; what is generated has its own tests."""
    found = {}
    for folder in folders:
        with open(os.path.join(folder, "compile_commands.json"), encoding="utf-8") as f:
            for entry in json.load(f):
                path = os.path.relpath(os.path.join(entry["directory"], entry["file"]), ROOT)
                if not path.startswith(("..", "build")):
                    found.setdefault(path, (folder, entry["command"].replace(ROOT, ".")))  # the same in every checkout
    return found


@functools.cache
def contents(path):
    with open(path, "rb") as f:
        return f.read()


@functools.cache
def own_includes(path):
    found = []
    for name in re.findall(rb'^\s*#\s*include\s*"([^"]+)"', contents(path), re.M):
        for base in (os.path.dirname(path), "src", ""):
            candidate = os.path.normpath(os.path.join(base, name.decode()))
            if os.path.isfile(candidate):
                found.append(candidate)
                break
    return found


def with_headers(path):
    seen, todo = set(), [path]
    while todo:
        one = todo.pop()
        if one not in seen:
            seen.add(one)
            todo += own_includes(one)
    return sorted(seen)


def key(path, command, common):
    sum_ = hashlib.sha256(common + command.encode())
    for one in with_headers(path):
        sum_.update(one.encode() + b"\0" + hashlib.sha256(contents(one)).digest())
    return sum_.hexdigest()


def check(path, folder):
    """The findings' text; empty when there is none."""
    try:
        done = subprocess.run([TIDY, "-p", folder, "--quiet", path], capture_output=True, text=True, timeout=DEADLINE_S,
                              stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return f"{path}: clang-tidy took longer than {DEADLINE_S} s"
    if done.returncode == 0:
        return ""
    return done.stdout or done.stderr or f"{path}: clang-tidy ended with {done.returncode}"


def remember(store, passed):
    with open(store + ".new", "w", encoding="utf-8") as f:
        json.dump(passed, f, indent=0, sort_keys=True)
    os.replace(store + ".new", store)


def main():
    folders = sys.argv[1:]
    sources = commands(folders)
    if not sources:
        sys.exit("tidy: the compile commands name no source")
    version = subprocess.run([TIDY, "--version"], capture_output=True, check=True).stdout
    common = version + contents(".clang-tidy")
    keys = {path: key(path, command, common) for path, (_, command) in sources.items()}
    store = os.path.join(folders[0], "tidy.json")
    try:
        with open(store, encoding="utf-8") as f:
            passed = {path: sum_ for path, sum_ in json.load(f).items() if keys.get(path) == sum_}
    except (OSError, ValueError):
        passed = {}
    only = os.environ.get("ONLY", "")
    todo = sorted((p for p in sources if p not in passed and p.startswith(only)), key=lambda p: (p.endswith("_test.cpp"), p))
    print(f"tidy: {len(todo)} of {len(sources)} sources are new or changed", flush=True)
    said, bad = set(), 0
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("JOBS") or os.cpu_count())) as pool:
        running = {pool.submit(check, path, sources[path][0]): path for path in todo}
        for n, done in enumerate(concurrent.futures.as_completed(running), 1):
            path, text = running[done], done.result()
            bad += bool(text)
            if not text:
                passed[path] = keys[path]
                remember(store, passed)
            elif text not in said:
                said.add(text)
                print(text.strip(), flush=True)
            if n % 20 == 0:
                print(f"tidy: {n} of {len(todo)}", flush=True)
    print(f"tidy: {len(passed)} sources pass, {bad} have findings" + (f", {len(sources) - len(passed) - bad} were not looked at" if only else ""))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
