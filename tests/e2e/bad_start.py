"""What a server must refuse to start with: each gets one clear sentence, a status of failure, and nothing is touched."""
import hashlib
import os
import shutil
import socket
import subprocess
import tempfile

from gk import BINARY, Server, free_port, run

NOBODY = 65534


def start(*args, env=None, user=None, binary=BINARY):
    """Runs `serve` until it ends; a server that starts after all is a failure."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GAMEKEEPER_")} | (env or {})
    process = subprocess.Popen([binary, "serve", *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment, user=user, cwd="/")
    try:
        out, _ = process.communicate(timeout=10)
        return process.returncode, out
    except subprocess.TimeoutExpired:
        process.kill()
        out, _ = process.communicate()
        raise AssertionError(f"it started all the same: {args} {env}: {out[:200]}") from None


def refused(said, *args, **how):
    code, out = start(*args, **how)
    assert 0 < code < 128, (code, out)
    for word in said:
        assert word in out, f"{word!r} is not in: {out}"
    lines = [line for line in out.splitlines() if line.startswith("gamekeeper: ")]
    assert len(lines) == 1, out
    return out


def contents(folder):
    out = {}
    for root, folders, files in os.walk(folder):
        for name in folders:
            out[os.path.join(root, name)] = None
        for name in files:
            with open(os.path.join(root, name), "rb") as f:
                out[os.path.join(root, name)] = hashlib.sha256(f.read()).hexdigest()
    return out


class Folder:
    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix="gk-start-")
        self.data = os.path.join(self.path, "data")
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)

    def file(self, text, name="gamekeeper.toml"):
        path = os.path.join(self.path, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def args(self, *more):
        return ("--data", self.data, "--listen", f"127.0.0.1:{free_port()}", *more)


def test_configuration_file():
    with Folder() as at:
        for text, said in [
            ('[server]\nlistn = "x"\n', (":2", "server.listn")), ("[sever]\n", (":1", "sever")), ("loose = 1\n", (":1", "loose")),
            ("[server]\n\nthreads = \"two\"\n", (":3", "server.threads", "whole number")), ("[server]\nthreads = 1.5\n", (":2", "server.threads")),
            ("[server]\nthreads = 100000\n", (":2", "server.threads", "256")), ("[server]\nthreads = -1\n", (":2", "server.threads")),
            ("[server]\nbody_bytes_max = 99999999999999999999\n", (":2",)), ('[server]\nmode = "prod"\n', (":2", "server.mode", "production")),
            ('[server]\nroles = ["ingest", "cook"]\n', (":2", "server.roles", "processor")), ("[server]\nroles = 3\n", (":2", "server.roles")),
            ("[server]\nsimulated = 1\n", (":2", "server.simulated", "true or false")), ("[telemetry]\nsample = 2\n", (":2", "telemetry.sample")),
            ('[kafka]\nsasl_password = 5\n', (":2", "kafka.sasl_password")), ("server = 1\n", (":1", "server")),
            ("[server\n", (":1",)), ('[server]\nlisten = "a"\nlisten = "b"\n', (":3",)), ("[server]\nlisten = \"\xff\n", (":2",)),
        ]:
            refused(("gamekeeper.toml", *said), *at.args("--config", at.file(text)))
        refused((os.path.join(at.path, "absent.toml"),), *at.args("--config", os.path.join(at.path, "absent.toml")))
        refused((at.path,), *at.args("--config", at.path))
        assert not os.path.exists(at.data), "a refused configuration must not touch the data folder"


def test_environment_and_flags():
    with Folder() as at:
        for name, value, said in [("GAMEKEEPER_SERVER_LISTN", "x", ()), ("GAMEKEEPER_SERVER_THREADS", "many", ("whole number",)),
                                  ("GAMEKEEPER_SERVER_THREADS", "1e400", ()), ("GAMEKEEPER_SERVER_THREADS", "", ()), ("GAMEKEEPER_SERVER_MODE", "prod", ("production",)),
                                  ("GAMEKEEPER_SERVER_SIMULATED", "yes", ("true or false",)), ("GAMEKEEPER_TELEMETRY_SAMPLE", "nan", ())]:
            refused((name, *said), *at.args(), env={name: value})
        refused(("--mode", "production"), *at.args("--mode", "prod"))
        refused(("--roles", "processor"), *at.args("--roles", "ingest,cook"))
        code, out = start(*at.args("--port", "1"))
        assert code not in (0, None) and "--port" in out, (code, out)
        assert not os.path.exists(at.data)


def test_a_secret_is_never_printed():
    with Folder() as at:
        _, out = start(*at.args("--config", at.file('[kafka]\nsasl_password = "hunter2"\nsasl_mechanism = 3\n')))
        assert "hunter2" not in out, out
        env = {**os.environ, "GAMEKEEPER_KAFKA_SASL_PASSWORD": "hunter2"}
        out = subprocess.run([BINARY, "config", "--print"], capture_output=True, text=True, env=env, timeout=10).stdout
        assert "sasl_password" in out and "hunter2" not in out, out


def test_addresses():
    with Folder() as at, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused((f"127.0.0.1:{port}", "already listens"), "--data", at.data, "--listen", f"127.0.0.1:{port}")
        for address in ("127.0.0.1", "127.0.0.1:", ":x", "127.0.0.1:99999", "127.0.0.1:-1", "127.0.0.1:80x", "203.0.113.7:8080"):
            refused((address,), "--data", at.data, "--listen", address)
        refused(("no such host",), "--data", at.data, "--listen", "no such host:1")


def test_a_port_of_another_gamekeeper():
    with Server() as gk, Folder() as at:
        refused((f"127.0.0.1:{gk.port}", "already listens"), "--data", at.data, "--listen", f"127.0.0.1:{gk.port}")
        assert gk.call("GET", "/readyz", key=None).status == 200
        refused((gk.data,), "--data", gk.data, "--listen", f"127.0.0.1:{free_port()}")
        assert gk.post([{"name": "a", "player_id": "p"}])["accepted"] == 1


def test_folders_that_are_not_ours_to_read():
    with Server() as gk:
        gk.post([{"name": "a", "player_id": "p"}])
        assert gk.stop() == 0
        path = os.path.join(gk.data, "format")
        for version, said in (("99\n", ("99", "newer")), ("ninety\n", (path,)), ("-1\n", (path,))):
            with open(path, "w", encoding="utf-8") as f:
                f.write(version)
            before = contents(gk.data)
            refused(said, "--data", gk.data, "--listen", f"127.0.0.1:{free_port()}")
            assert contents(gk.data) == before, "a refused folder must stay as it was"


def test_a_folder_that_is_a_file_or_read_only():
    with Folder() as at, tempfile.TemporaryDirectory(prefix="gk-start-") as other:
        refused((at.file("", "plain"),), "--data", at.file("", "plain"), "--listen", f"127.0.0.1:{free_port()}")
        # As root nothing is read-only, so the program then runs as nobody, from a copy that nobody can read.
        user = NOBODY if os.geteuid() == 0 else None
        binary = shutil.copy(BINARY, os.path.join(other, "gamekeeper"))
        os.chmod(other, 0o755)
        os.chmod(at.path, 0o755)
        os.mkdir(at.data, 0o555)
        refused((at.data,), *at.args(), user=user, binary=binary)
        refused((at.data,), "--data", os.path.join(at.data, "below"), "--listen", f"127.0.0.1:{free_port()}", user=user, binary=binary)
        assert os.listdir(at.data) == []


def test_a_used_folder_that_became_read_only():
    with Server() as gk, tempfile.TemporaryDirectory(prefix="gk-start-") as other:
        gk.post([{"name": "a", "player_id": "p"}])
        assert gk.stop() == 0
        user = NOBODY if os.geteuid() == 0 else None
        binary = shutil.copy(BINARY, os.path.join(other, "gamekeeper"))
        os.chmod(other, 0o755)
        for root, _, files in os.walk(gk.data):
            os.chmod(root, 0o555)
            for name in files:
                os.chmod(os.path.join(root, name), 0o444)
        refused((gk.data,), "--data", gk.data, "--listen", f"127.0.0.1:{free_port()}", user=user, binary=binary)
        for root, _, files in os.walk(gk.data):
            os.chmod(root, 0o755)
            for name in files:
                os.chmod(os.path.join(root, name), 0o644)
        gk.start()
        assert gk.row()["stored"] == 1


def test_certificates():
    with Folder() as at:
        absent = os.path.join(at.path, "absent.pem")
        plain = at.file("no certificate", "plain.pem")
        refused((absent,), *at.args(), env={"GAMEKEEPER_SERVER_TLS_CERTIFICATE": absent, "GAMEKEEPER_SERVER_TLS_KEY": absent})
        refused((plain,), *at.args(), env={"GAMEKEEPER_SERVER_TLS_CERTIFICATE": plain, "GAMEKEEPER_SERVER_TLS_KEY": plain})
        refused(("tls_key",), *at.args(), env={"GAMEKEEPER_SERVER_TLS_CERTIFICATE": plain})


def test_production_without_an_administrator():
    with Folder() as at:
        refused(("gamekeeper admin create",), *at.args("--mode", "production"))


run(globals())
