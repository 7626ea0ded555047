"""What runs on this machine: programs started and ended by us, their processor time and memory."""
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, os.environ.get("BUILD", "build"))
ENGINES = os.path.join(ROOT, ".engines")
# Not /tmp: it may lie in memory, where a sync costs nothing.
SCRATCH = os.path.join(BUILD, "bench-data")
TICK = os.sysconf("SC_CLK_TCK")

sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))
os.environ.setdefault("GK_BINARY", os.path.join(BUILD, "gamekeeper"))
from gk import Server, free_port  # noqa: E402  (the tests' own way to run the binary)


def fresh_folder(name):
    os.makedirs(SCRATCH, exist_ok=True)
    return tempfile.mkdtemp(prefix=name + "-", dir=SCRATCH)


def remove(folder):
    shutil.rmtree(folder, ignore_errors=True)


def cpu_s(pids):
    """Processor seconds of a process so far, or of several, all threads, in user and kernel."""
    if not isinstance(pids, int):
        return sum(cpu_s(pid) for pid in pids)
    with open(f"/proc/{pids}/stat", encoding="utf-8") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def rss_mb(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as f:
        for line in f:
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
    raise AssertionError("the process is gone")


def folder_mb(folder):
    return sum(os.path.getsize(os.path.join(at, name)) for at, _, names in os.walk(folder) for name in names) / 2**20


def describe():
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        model = next((line.split(":", 1)[1].strip() for line in f if line.startswith("model name")), platform.machine())
    return f"{os.cpu_count()} cores of {model}, load average {os.getloadavg()[0]:.1f}"


class Program:
    """A program of ours or a peer's that listens on a port; its output goes to a file in the scratch folder."""

    def __init__(self, name, argv, port, env=None, wait_s=60):
        os.makedirs(SCRATCH, exist_ok=True)
        self.name, self.port = name, port
        self.log = os.path.join(SCRATCH, f"{name}.log")
        with open(self.log, "wb") as out:
            self.process = subprocess.Popen([str(a) for a in argv], stdout=out, stderr=out, env={**os.environ, **(env or {})})
        self.pid = self.process.pid
        try:
            self._await_port(wait_s)
        except BaseException:
            self.stop()
            raise

    def _await_port(self, wait_s):
        import socket
        give_up = time.monotonic() + wait_s
        while True:
            if self.process.poll() is not None:
                raise AssertionError(f"{self.name} ended with {self.process.returncode}; see {self.log}")
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                assert time.monotonic() < give_up, f"{self.name} does not listen; see {self.log}"
                time.sleep(0.05)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Gamekeeper(Server):
    """The product, on a folder of the scratch disk that is removed at the end unless it was given."""

    def __init__(self, roles="all", data=None, env=None):
        self.temporary = data is None
        super().__init__(data or fresh_folder("gamekeeper"), env={"GAMEKEEPER_LOGGING_LEVEL": "warning", **(env or {})},
                         args=["--roles", roles])

    @property
    def pid(self):
        return self.process.pid

    def close(self):
        super().close()
        if self.temporary:
            remove(self.data)

    def metric(self, name):
        """The sum of a metric over its labels."""
        text = self.call("GET", "/metrics", key=None).body.decode()
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith((name + "{", name + " ")))


def go_peer(*args, cores=None):
    port = free_port()
    env = {"GOMAXPROCS": str(cores)} if cores else {}
    return Program("go", [os.path.join(ENGINES, "bench-go", "peer"), "-listen", f"127.0.0.1:{port}", *args], port, env)


def http_control():
    port = free_port()
    return Program("http_control", [os.path.join(BUILD, "http_control"), port], port)


def ingest_control(folder):
    port = free_port()
    return Program("ingest_control", [os.path.join(BUILD, "ingest_control"), port, os.path.join(folder, "rows")], port)


def fastapi_peer(app="app", env=None):
    port = free_port()
    return Program("fastapi", [os.path.join(ENGINES, "bench-fastapi", "bin", "uvicorn"), "--app-dir",
                               os.path.join(ROOT, "bench", "peers", "fastapi"), app + ":app", "--port", port, "--loop", "uvloop",
                               "--http", "httptools", "--no-access-log", "--log-level", "warning"], port,
                   {"PYTHONDONTWRITEBYTECODE": "1", **(env or {})})


class SessionsPeer:
    """FastAPI with one worker, and the Redis that it keeps sessions in: a file synced once a second."""

    def __init__(self):
        self.folder = fresh_folder("redis")
        port = free_port()
        self.redis = Program("redis", ["redis-server", "--port", port, "--bind", "127.0.0.1", "--dir", self.folder, "--save", "",
                                       "--appendonly", "yes", "--appendfsync", "everysec"], port)
        try:
            self.web = fastapi_peer("sessions_app", {"REDIS_URL": f"redis://127.0.0.1:{port}/0"})
        except BaseException:
            self.redis.stop()
            raise
        self.port, self.pids = self.web.port, (self.web.pid, self.redis.pid)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.web.stop()
        self.redis.stop()
        remove(self.folder)


def yoga_peer():
    port = free_port()
    return Program("yoga", ["node", os.path.join(ROOT, "bench", "peers", "yoga", "server.mjs"),
                            os.path.realpath(os.path.join(ENGINES, "bench-yoga")), port], port, {"NODE_ENV": "production"})
