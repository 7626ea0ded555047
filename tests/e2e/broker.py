"""One real Apache Kafka broker (KRaft) on free loopback ports and a temporary folder; killed by its own pid."""
import glob
import json
import os
import shutil
import socket
import subprocess
import time

from engines import Engine
from gk import ROOT, free_port

JARS = os.path.join(ROOT, ".engines", "kafka")
PYTHON = os.path.join(ROOT, ".engines", "python", "bin", "python")
CODECS = {0: "none", 1: "gzip", 2: "snappy", 3: "lz4", 4: "zstd"}


class Broker(Engine):
    def __init__(self):
        assert glob.glob(os.path.join(JARS, "kafka_*.jar")), "Kafka is missing: run scripts/engines kafka"
        assert os.path.exists(PYTHON), "confluent-kafka is missing: run scripts/engines python"
        super().__init__("kafka")
        controller = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.write("log4j2.properties", "rootLogger.level = warn\nrootLogger.appenderRef.out.ref = out\n"
                   "appender.out.type = Console\nappender.out.name = out\n")
        self.write("server.properties", "\n".join([
            "process.roles=broker,controller", "node.id=1",
            f"listeners=PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{controller}",
            f"advertised.listeners=PLAINTEXT://127.0.0.1:{self.port}", "controller.listener.names=CONTROLLER",
            f"controller.quorum.bootstrap.servers=127.0.0.1:{controller}", f"log.dirs={self.folder}/log",
            "offsets.topic.num.partitions=1", "offsets.topic.replication.factor=1",
            "transaction.state.log.num.partitions=1", "transaction.state.log.replication.factor=1",
            "transaction.state.log.min.isr=1", "share.coordinator.state.topic.replication.factor=1",
            "share.coordinator.state.topic.min.isr=1", "group.initial.rebalance.delay.ms=0",
            # Not what processors ask for unless told (kafka.session_timeout_ms).
            "group.min.session.timeout.ms=1000", "group.max.session.timeout.ms=2000",
            "broker.session.timeout.ms=2000", "broker.heartbeat.interval.ms=500", ""]))
        made = self.java("kafka.tools.StorageTool", "format", "--standalone", "-t", "4L6g3nShT-eMCtK--X86sw",
                         "-c", f"{self.folder}/server.properties").wait(60)
        assert made == 0, self.tail()

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as f:
            f.write(text)

    def java(self, *arguments):
        with open(os.path.join(self.folder, "out"), "ab") as out:
            return subprocess.Popen(
                ["java", "-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                 f"-Dlog4j2.configurationFile={self.folder}/log4j2.properties", *arguments],
                env={**os.environ, "CLASSPATH": JARS + "/*"}, stdout=out, stderr=subprocess.STDOUT)

    def start(self, wait_s=60):
        self.process = self.java("kafka.Kafka", f"{self.folder}/server.properties")
        give_up = time.monotonic() + wait_s
        while True:
            assert self.process.poll() is None and time.monotonic() < give_up, "Kafka did not start: " + self.tail()
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.05)

    def close(self):
        if self.process and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def messages(self, topic):
        """Every message of the topic, partition by partition in order, as a stock consumer reads it."""
        reader = os.path.join(ROOT, "tests", "e2e", "topic_reader.py")
        done = subprocess.run([PYTHON, reader, self.address, topic], capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def codecs(self, topic):
        """How the batches lie in the broker's files: the last three bits of each batch's attributes."""
        seen = set()
        for path in glob.glob(os.path.join(self.folder, "log", f"{topic}-*", "*.log")):
            with open(path, "rb") as f:
                data = f.read()
            at = 0
            while at + 23 <= len(data):
                size = int.from_bytes(data[at + 8:at + 12], "big")
                if size == 0:
                    break
                seen.add(CODECS[int.from_bytes(data[at + 21:at + 23], "big") & 7])
                at += 12 + size
        return seen
