"""The configuration: its page is the binary's, every key is checked, its sources are told, production's secrets are refused by name."""
import json
import os
import re
import subprocess
import tempfile
import urllib.request

from gk import BINARY, ROOT, Server, free_port, golden, run

PAGE = os.path.join(ROOT, "docs", "configuration.md")


def gamekeeper(*args, env=None, stdin=None, timeout=60):
    clean = {k: v for k, v in os.environ.items() if not k.startswith("GAMEKEEPER_")}
    return subprocess.run([BINARY, *args], capture_output=True, text=True, env={**clean, **(env or {})}, timeout=timeout, input=stdin)


def keys_of_the_page():
    """[(section.key, type, default, allowed)] of docs/configuration.md."""
    section, out = None, []
    with open(PAGE, encoding="utf-8") as f:
        for line in f:
            if line.startswith("## ["):
                section = line.strip("#[] \n")
            row = re.match(r"\| `(\w+)` \| ([\w ]+) \| `(.*?)` \| (?:`(.*?)`)? *\|", line)
            if row and section:
                out.append((f"{section}.{row[1]}", *row.groups()[1:]))
    return out


def test_the_page_is_the_binarys():
    made = gamekeeper("config", "--markdown").stdout
    golden(PAGE, made)
    keys = keys_of_the_page()
    assert len(keys) > 35, len(keys)
    printed, section = set(), None
    for line in gamekeeper("config", "--print").stdout.splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line:
            printed.add(f"{section}.{line.split(' = ')[0]}")
    assert printed == {name for name, *_ in keys}


def test_every_key_refuses_a_wrong_type_and_a_wrong_range():
    wrong = {"text": "5", "whole number": '"x"', "number": '"x"', "true or false": '"yes"', "list of texts": '"x"'}
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "gk.toml")

        def refused(name, value):
            section, leaf = name.split(".")
            with open(path, "w", encoding="utf-8") as f:
                f.write(f"\n[{section}]\n{leaf} = {value}\n")
            done = gamekeeper("config", "--config", path)
            assert done.returncode == 2 and not done.stdout, (name, value, done)
            assert f"{path}:3" in done.stderr and name in done.stderr and len(done.stderr.splitlines()) == 1, (name, value, done.stderr)

        for name, kind, _, allowed in keys_of_the_page():
            refused(name, wrong[kind])
            if kind == "whole number":
                refused(name, "1.5")
            if kind.endswith("number"):
                low, high = allowed.split(" to ")
                refused(name, str(int(float(low)) - 1))
                refused(name, str(int(float(high)) + 1))
            elif allowed:
                refused(name, '["nonsense"]' if kind == "list of texts" else '"nonsense"')
        for name, value in (("server.listen", '"here"'), ("server.trusted_proxies", '["10.0.0.1/8"]'), ("telemetry.otlp_endpoint", '"collector:4318"'),
                            ("telemetry.otlp_headers", '["no colon"]'), ("server.data", '""'), ("server.nonsense", "1")):
            refused(name, value)


def test_flags_beat_the_environment_and_that_the_file():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "gk.toml")
        with open(path, "w", encoding="utf-8") as f:
            f.write('[server]\nlisten = "127.0.0.1:1"\nthreads = 3\nmode = "production"\n')
        env = {"GAMEKEEPER_SERVER_LISTEN": "127.0.0.1:2", "GAMEKEEPER_SERVER_THREADS": "4", "GAMEKEEPER_SERVER_ROLES": "ingest,console"}
        out = gamekeeper("config", "--print", "--config", path, "--listen", "127.0.0.1:3", env=env).stdout.splitlines()
        for line in ('listen = "127.0.0.1:3"  # flag --listen', "threads = 4  # environment GAMEKEEPER_SERVER_THREADS", f'mode = "production"  # {path}:4',
                     'roles = ["ingest", "console"]  # environment GAMEKEEPER_SERVER_ROLES', 'data = "./data"  # default'):
            assert line in out, (line, out)


def test_what_is_printed_is_a_configuration_and_keeps_secrets():
    env = {"GAMEKEEPER_KAFKA_SASL_PASSWORD": "canary-one", "GAMEKEEPER_TELEMETRY_OTLP_HEADERS": "Authorization: canary-two", "GAMEKEEPER_SERVER_THREADS": "7"}
    printed = gamekeeper("config", "--print", env=env).stdout
    assert "canary" not in printed and 'sasl_password = "***"  # environment GAMEKEEPER_KAFKA_SASL_PASSWORD' in printed, printed
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "gk.toml")
        with open(path, "w", encoding="utf-8") as f:
            f.write("\n".join(line for line in printed.splitlines() if "***" not in line))
        again = gamekeeper("config", "--print", "--config", path)
        assert again.returncode == 0 and f"threads = 7  # {path}:" in again.stdout, again


def production(data, *args, env=None):
    return gamekeeper("serve", "--mode", "production", "--data", data, "--listen", f"127.0.0.1:{free_port()}", *args, env=env)


def refused_for(done, code, *words):
    assert done.returncode == 2 and f"({code})" in done.stderr, done
    for word in words:
        assert word in done.stderr, (word, done.stderr)


def test_production_refuses_what_nobody_chose_by_name():
    with tempfile.TemporaryDirectory() as folder:
        refused_for(production(folder), "no_admin", "gamekeeper admin create")
        kafka = {"GAMEKEEPER_LOG_KIND": "kafka", "GAMEKEEPER_KAFKA_BROKERS": "127.0.0.1:1", "GAMEKEEPER_KAFKA_SECURITY": "sasl_ssl"}
        refused_for(production(folder, env=kafka), "missing_secret", "kafka.sasl_username")
        kafka["GAMEKEEPER_KAFKA_SASL_USERNAME"] = "gk"
        refused_for(production(folder, env=kafka), "missing_secret", "kafka.sasl_password")
        for weak in ("short", "changeme12345678", "Password-is-long"):
            done = production(folder, env={**kafka, "GAMEKEEPER_KAFKA_SASL_PASSWORD": weak})
            refused_for(done, "weak_secret", "kafka.sasl_password")
            assert weak not in done.stderr


def test_production_refuses_what_development_made_until_it_is_gone():
    with Server() as gk:
        assert gk.stop() == 0
        for _ in range(3):
            done = production(gk.data)
            refused_for(done, "default_secret", "demo", "gamekeeper key revoke --app demo ")
            key = re.search(r"key revoke --app demo ([\w-]+)", done.stderr)[1]
            assert gamekeeper("key", "revoke", "--app", "demo", key, "--data", gk.data).returncode == 0
        refused_for(production(gk.data), "default_secret", "administrator admin", "gamekeeper admin remove admin")
        assert gamekeeper("admin", "create", "ada", "--data", gk.data, stdin="a password of my own\n").returncode == 0
        refused_for(production(gk.data), "default_secret")
        assert gamekeeper("admin", "remove", "admin", "--data", gk.data).returncode == 0
        made = gamekeeper("key", "create", "--app", "demo", "--kind", "write", "--data", gk.data)
        port = free_port()
        with subprocess.Popen([BINARY, "serve", "--mode", "production", "--data", gk.data, "--listen", f"127.0.0.1:{port}"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as server:
            try:
                for line in server.stdout:
                    if json.loads(line)["event"] == "ready":
                        break
                body = json.dumps({"events": [{"name": "x", "player_id": "p"}]}).encode()
                request = urllib.request.Request(f"http://127.0.0.1:{port}/api/v1/events", body, {"Content-Type": "application/json", "X-API-Key": made.stdout.strip()})
                assert json.load(urllib.request.urlopen(request, timeout=20))["accepted"] == 1
            finally:
                server.terminate()
                rest = server.stdout.read().decode()
                assert server.wait(20) == 0
        assert "signin" not in rest, "a way in must not stand in production's log"


def test_what_is_printed_is_a_configuration_also_with_secret_headers():
    printed = gamekeeper("config", "--print", env={"GAMEKEEPER_TELEMETRY_OTLP_HEADERS": "Authorization: hush-hush"})
    assert printed.returncode == 0 and "hush-hush" not in printed.stdout, printed
    assert '"Authorization: ***"' in printed.stdout, printed.stdout
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write(printed.stdout)
        file.flush()
        again = gamekeeper("config", "--config", file.name)
        assert again.returncode == 0, again


def test_a_wrong_command_line_is_told_in_one_line_and_ends_with_2():
    for args, said in (("nope",), "nope"), (("serve", "--nope"), "--nope"), (("simulate", "--target", "http://127.0.0.1:9", "--credentials", "x", "--rate", "-5"), "--rate"), \
            (("simulate", "--target", "http://127.0.0.1:9", "--credentials", "x", "--players", "0"), "--players"):
        ended = gamekeeper(*args)
        assert ended.returncode == 2 and said in ended.stderr, (args, ended)
    assert gamekeeper("--version").stdout.startswith("gamekeeper "), "--version"
    assert gamekeeper("--help").returncode == 0


def test_a_simulation_against_nobody_ends_and_says_so():
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"write_key": "w", "server_key": "s"}, file)
        file.flush()
        target = f"http://127.0.0.1:{free_port()}"
        ended = gamekeeper("simulate", "--target", target, "--credentials", file.name, "--duration", "1s", timeout=40)
        assert ended.returncode == 1 and target in ended.stderr, ended


def test_a_key_made_by_the_command_can_be_revoked_by_what_it_said():
    with tempfile.TemporaryDirectory() as data:
        assert gamekeeper("app", "create", "chess", "--data", data).returncode == 0
        made = gamekeeper("key", "create", "--app", "chess", "--kind", "read", "--data", data)
        assert re.fullmatch(r"gk_read_\S+\n", made.stdout), made
        ended = gamekeeper(*made.stderr.split("gamekeeper ")[1].split(), "--data", data)
        assert ended.returncode == 0, (made, ended)


run(globals())
