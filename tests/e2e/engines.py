"""Real PostgreSQL and Redis servers on free loopback ports and temporary folders; killed by their own pids.

GK_ENGINES=postgres,redis makes every server that gk.py starts stand on them: the same test, another store.
"""
import atexit
import functools
import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import zlib


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Engine:
    """One server process; `command` and `ready` are its kind's."""

    def __init__(self, kind):
        self.folder = tempfile.mkdtemp(prefix=f"gk-{kind}-")
        self.port = free_port()
        self.process = None

    def start(self, wait_s=60):
        give_up = time.monotonic() + wait_s
        while not self.ready():
            assert time.monotonic() < give_up, f"it did not start: {self.tail()}"
            if self.process is None or self.process.poll() is not None:  # or what was left of a killed one was in the way
                with open(os.path.join(self.folder, "out"), "ab") as out:
                    self.process = subprocess.Popen(self.command(), stdout=out, stderr=subprocess.STDOUT)
            time.sleep(0.05)
        return self

    def tail(self):
        with open(os.path.join(self.folder, "out"), encoding="utf-8", errors="replace") as f:
            return f.read()[-2000:]

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(60)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_):
        self.close()


class Postgres(Engine):
    def __init__(self):
        super().__init__("postgres")
        programs = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
        assert programs, "PostgreSQL is missing: run scripts/setup test"
        self.programs = programs[-1]
        if os.geteuid() == 0:  # which it refuses
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        self.url = f"postgresql://gk@127.0.0.1:{self.port}/postgres"
        subprocess.run([*self.user(), f"{self.programs}/initdb", "-D", f"{self.folder}/data", "-A", "trust", "-U", "gk", "--no-sync",
                        "-E", "UTF8", "--locale=C"], check=True, stdout=subprocess.DEVNULL, timeout=120)

    @staticmethod
    def user():
        return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "env", "-C", "/"] if os.geteuid() == 0 else []

    def command(self):
        return [*self.user(), f"{self.programs}/postgres", "-D", f"{self.folder}/data", "-c", "listen_addresses=127.0.0.1", "-p", str(self.port),
                "-c", f"unix_socket_directories={self.folder}", "-c", "shared_buffers=32MB"]

    def ready(self):
        return subprocess.run([f"{self.programs}/pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port), "-U", "gk", "-d", "postgres"],
                              check=False).returncode == 0

    def ask(self, sql):
        done = subprocess.run([f"{self.programs}/psql", "-XAtqc", sql, self.url], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


class Redis(Engine):
    def __init__(self):
        super().__init__("redis")
        assert shutil.which("redis-server"), "Redis is missing: run scripts/setup test"
        self.url = f"redis://127.0.0.1:{self.port}"

    def command(self):
        return ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port), "--dir", self.folder, "--save", "", "--loglevel", "warning",
                "--databases", "1000"]

    def ready(self):
        return self.process is not None and self.ask("ping") == "PONG"

    def ask(self, *command):
        return subprocess.run(["redis-cli", "-p", str(self.port), *command], capture_output=True, text=True, timeout=60, check=False).stdout.strip()


@functools.cache
def started(kind):
    engine = {"postgres": Postgres, "redis": Redis}[kind]()
    atexit.register(engine.close)
    return engine.start()


databases = {}  # of the Redis, by data folder


def environment(data):
    """What makes a server of this data folder stand on the engines that were asked for: with a schema and a database of its own."""
    out = {}
    for kind in filter(None, os.environ.get("GK_ENGINES", "").split(",")):
        engine = started(kind)
        if kind == "postgres":
            out.update(GAMEKEEPER_DOCUMENTS_KIND="postgres", GAMEKEEPER_DOCUMENTS_URL=engine.url,
                       GAMEKEEPER_DOCUMENTS_SCHEMA=f"gk_{zlib.crc32(data.encode()):08x}")
        else:
            number = databases.setdefault(data, len(databases))
            out.update(GAMEKEEPER_LIVE_KIND="redis", GAMEKEEPER_LIVE_URL=f"{engine.url}/{number}")
    return out
