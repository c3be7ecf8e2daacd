"""One Apache Kafka broker (KRaft) as a process of ours, without a container and without a format step.

The recipe was measured: Serial GC, the C1 compiler and an archive of loaded classes start it in about a second, and a
hand-written `meta.properties` saves the JVM that `kafka-storage format` would cost.
"""

import asyncio
import base64
import os
import uuid
from pathlib import Path

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from baesong.kafka_jars import class_archive, find_java, kafka_jars
from baesong.part import Part, Say, silent
from baesong.ports import LOOPBACK
from baesong.processes import Child

# With -Xmx128m it ran too; 256 leaves room for 4 MiB records of several clients.
JVM_FLAGS = [
    "-Xms128m",
    "-Xmx256m",
    "-Xss512k",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Xshare:auto",
    "-Xlog:cds=error",
]

SETTINGS = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller_port}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}
advertised.listeners=PLAINTEXT://{host}:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
# one node: every replication factor is one
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
offsets.topic.num.partitions=4
transaction.state.log.num.partitions=4
# the 9 s default is what a restart after kill -9 waits for
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
group.initial.rebalance.delay.ms=0
# a small machine; how durable a record is stays at Kafka's defaults
metadata.max.idle.interval.ms=0
log.cleaner.dedupe.buffer.size=4194304
log.cleaner.threads=1
num.network.threads=2
num.io.threads=4
background.threads=2
num.recovery.threads.per.data.dir=2
"""

LOGGING = """\
status = warn
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{ISO8601} %p %c{1} %m%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
"""


class Kafka(Part):
    """A broker whose data lies in `folder`."""

    def __init__(self, folder: Path, log: Path, port: int, controller_port: int, say: Say = silent) -> None:
        super().__init__("kafka", port, log)
        self._folder = folder
        self._controller_port = controller_port
        self._say = say
        self._archive_in_making: Path | None = None

    @property
    def bootstrap(self) -> str:
        """What a client connects to."""
        return f"{LOOPBACK}:{self.port}"

    async def launch(self) -> None:
        """Start the broker."""
        argv = await asyncio.to_thread(self._prepared)
        self.spawned(Child(argv, self.log, env=_environment(), cwd=self._folder))

    async def ready(self) -> bool:
        """Say whether the broker lists itself in its metadata."""
        return await answers(self.bootstrap)

    async def stop(self) -> None:
        """Stop the broker; the first stop ever also leaves the archive of loaded classes for later starts."""
        await super().stop()
        self._keep_archive(whole=self.child is not None and self.child.exit_code in {0, 143})

    async def kill(self) -> None:
        """Kill the broker (SIGKILL)."""
        await super().kill()
        self._keep_archive(whole=False)

    def _keep_archive(self, *, whole: bool) -> None:
        making, self._archive_in_making = self._archive_in_making, None
        if making and whole and making.exists():
            making.rename(making.with_suffix(""))
        elif making:
            making.unlink(missing_ok=True)

    def _prepared(self) -> list[str]:
        java, jars = find_java(), kafka_jars(self._say)
        self._write_files()
        classpath = ":".join(map(str, jars))  # spelt out: with lib/* Java would ignore the archive
        logging = f"-Dlog4j2.configurationFile={self._folder / 'log4j2.properties'}"
        flags = [*JVM_FLAGS, self._archive_flag(class_archive(java, jars, JVM_FLAGS)), logging]
        return [str(java.program), *flags, "-cp", classpath, "kafka.Kafka", str(self._folder / "server.properties")]

    def _archive_flag(self, archive: Path) -> str:
        if archive.exists():
            return f"-XX:SharedArchiveFile={archive}"
        # Dumped when this broker stops (3 s), beside its place, so that a killed dump is never taken for an archive.
        self._archive_in_making = archive.with_name(f"{archive.name}.{uuid.uuid4().hex[:8]}")
        return f"-XX:ArchiveClassesAtExit={self._archive_in_making}"

    def _write_files(self) -> None:
        data = self._folder / "data"
        data.mkdir(parents=True, exist_ok=True)
        (self._folder / "log4j2.properties").write_text(LOGGING)
        settings = SETTINGS.format(
            host=LOOPBACK, port=self.port, controller_port=self._controller_port, data=data.resolve()
        )
        (self._folder / "server.properties").write_text(settings)
        meta = data / "meta.properties"
        if not meta.exists():
            cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
            whole = data.with_name("meta.new")
            whole.write_text(f"version=1\ncluster.id={cluster}\nnode.id=1\n")
            whole.rename(meta)


def _environment() -> dict[str, str]:
    """The broker takes its settings from its files alone."""
    kept = ("PATH", "HOME", "LANG", "TMPDIR", "JAVA_HOME")
    return {name: os.environ[name] for name in kept if name in os.environ}


async def answers(bootstrap: str) -> bool:
    """Say whether a broker answers there and lists at least itself."""
    if not await _listens(bootstrap):
        return False
    client = AIOKafkaClient(bootstrap_servers=bootstrap, request_timeout_ms=3000)
    try:
        await client.bootstrap()
        return bool(client.cluster.brokers())
    except (KafkaError, OSError):
        return False
    finally:
        await client.close()


async def _listens(bootstrap: str) -> bool:
    host, _, port = bootstrap.split(",", maxsplit=1)[0].rpartition(":")
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(host, int(port)), 3)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
