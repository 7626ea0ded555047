"""One real broker, KRaft, with its default settings but for its size and its addresses."""
import os
import subprocess

from machine import ENGINES, Program, free_port, fresh_folder, remove

PROPERTIES = """process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
log.dirs={folder}/log
num.partitions=2
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
"""
LOGGING = """rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
appender.out.type = Console
appender.out.name = out
"""


class Broker(Program):
    def __init__(self):
        self.folder = fresh_folder("kafka")
        self.address = f"127.0.0.1:{(port := free_port())}"
        config = os.path.join(self.folder, "server.properties")
        with open(config, "w", encoding="utf-8") as f:
            f.write(PROPERTIES.format(port=port, controller=free_port(), folder=self.folder))
        with open(os.path.join(self.folder, "log4j2.properties"), "w", encoding="utf-8") as f:
            f.write(LOGGING)
        env = {"CLASSPATH": os.path.join(os.path.realpath(os.path.join(ENGINES, "kafka")), "*")}
        java = ["java", "-Xms1g", "-Xmx1g", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20",
                f"-Dlog4j2.configurationFile={self.folder}/log4j2.properties"]
        subprocess.run([*java, "kafka.tools.StorageTool", "format", "--standalone", "-t", "4L6g3nShT-eMCtK--X86sw", "-c", config],
                       env={**os.environ, **env}, check=True, stdout=subprocess.DEVNULL)
        super().__init__("kafka", [*java, "kafka.Kafka", config], port, env)

    def stop(self):
        super().stop()
        remove(self.folder)

    def settings(self, topic):
        """Gamekeeper's, as environment."""
        return {"GAMEKEEPER_LOG_KIND": "kafka", "GAMEKEEPER_KAFKA_BROKERS": self.address, "GAMEKEEPER_KAFKA_TOPIC": topic,
                "GAMEKEEPER_KAFKA_GROUP": topic + "-fold"}
