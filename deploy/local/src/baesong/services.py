"""The services of the pipeline: what they are called, and how one of them is run."""

import asyncio
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from baesong.part import READY_POLL_S, Part
from baesong.ports import LOOPBACK
from baesong.processes import Child

# By package; a project of the same name has hyphens, a setting is written in capitals.
SERVICES = ("order_intake", "allocator", "fulfiller", "notifier")
WITH_CONSOLE = (*SERVICES, "console")  # what `baesong up` runs; figures are of the four

ANSWER_TIMEOUT_S = 3.0
WAITS_FOR_ITS_ORDINAL = "another process is this replica"  # as the runtime's log says it


def setting(service: str, name: str) -> str:
    """Spell a setting of a service: `ALLOCATOR_HTTP_PORT`."""
    return f"{service.upper()}_{name}"


def service_named(word: str) -> str:
    """Give the service a user means, written with hyphen or underscore; KeyError if there is none."""
    name = word.strip().lower().replace("-", "_")
    if name not in SERVICES:
        raise KeyError(word)
    return name


def part_name(service: str, ordinal: int) -> str:
    """Name a replica: the first as its service, the others with their number behind."""
    return service if ordinal == 0 else f"{service}-{ordinal}"


class Service(Part):
    """One replica of a service, run by our own Python as `python -m <package>`, or what stands for it in a test."""

    leave_signal = signal.SIGUSR1

    def __init__(
        self,
        service: str,
        ordinal: int,
        port: int,
        log: Path,
        environment: Mapping[str, str],
        module: Sequence[str] = (),
    ) -> None:
        super().__init__(part_name(service, ordinal), port, log)
        self.service = service
        self.ordinal = ordinal
        self._environment = dict(environment)
        self._module = list(module) or [service]
        self.next_start: dict[str, str] = {}

    @property
    def url(self) -> str:
        """Where its HTTP API is."""
        return f"http://{LOOPBACK}:{self.port}"

    async def launch(self) -> None:
        """Start it; `next_start` holds settings for this one start only."""
        environment = self._environment | self.next_start
        self.next_start = {}
        self.spawned(Child([sys.executable, "-m", *self._module], self.log, env=environment))

    async def hand_over(self) -> None:
        """Be followed by a process that starts while this one works, waits for its ordinal, and is then ready at once.

        Raises:
            BaesongError: the next one could not start.
        """
        before = self.child
        await self.launch()
        deadline = time.monotonic() + self.start_timeout_s
        while self.alive() and not self.wrote(WAITS_FOR_ITS_ORDINAL) and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(READY_POLL_S)  # it tells nobody but its log
        if not self.alive():
            failed, self.child = self._failed("ended at its start"), before
            raise failed
        if before:
            await before.stop(self.stop_grace_s, self.stop_signal)
        await self._until_ready()

    async def ready(self) -> bool:
        """Say whether `/ready` answers 200."""
        return await answers_ok(f"{self.url}/ready")


class MailSink(Part):
    """The local mail sink: SMTP on `port`, and on `find_port` whether it holds a mail."""

    def __init__(self, maildir: Path, log: Path, port: int, find_port: int, environment: Mapping[str, str]) -> None:
        super().__init__("mail", port, log)
        self.maildir = maildir
        self.find_port = find_port
        self._environment = dict(environment)

    @property
    def smtp_url(self) -> str:
        """Where it takes mail."""
        return f"smtp://{LOOPBACK}:{self.port}"

    @property
    def find_url(self) -> str:
        """Where it says whether it holds a mail."""
        return f"http://{LOOPBACK}:{self.find_port}"

    async def launch(self) -> None:
        """Start it."""
        doors = ["--port", str(self.port), "--find-port", str(self.find_port), "--maildir", str(self.maildir)]
        self.spawned(Child([sys.executable, "-m", "baesong.mail", *doors], self.log, env=self._environment))

    async def ready(self) -> bool:
        """Say whether it answers."""
        return await answers_ok(f"{self.find_url}/ready")


async def answers_ok(url: str) -> bool:
    """Say whether a GET is answered 200. By hand: a client costs 20 ms of CPU, and this is asked many times a start."""
    place = urlsplit(url)
    request = f"GET {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\nConnection: close\r\n\r\n"
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            reader, writer = await asyncio.open_connection(place.hostname, place.port)
            with closing(writer):
                writer.write(request.encode())
                return (await reader.readline()).split()[1:2] == [b"200"]
    except (OSError, TimeoutError):
        return False
