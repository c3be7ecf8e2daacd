"""Looks every few seconds whether each consumer progresses; one that should and does not ends the process."""

import asyncio
import faulthandler
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from service_runtime.infrastructure import Infrastructure
from service_runtime.liveness import Look, Standing, looked, stuck
from service_runtime.metrics import LAG, LAG_SECONDS, STOOD_SECONDS
from service_runtime.reading import Partition

if TYPE_CHECKING:
    from service_runtime.subscriber import Subscriber

LOG = structlog.get_logger("watch")
LOOKS = 12  # in the time after which a consumer counts as stuck: every 5 s of 60
ASK_S = 5.0  # how long the broker may take to say where its logs end


def leave_this_process(waits_for: Sequence[str]) -> None:
    """Nothing that waits would ever end, so nothing is waited for; the supervisor sees exit status 1."""
    LOG.error("stuck: this process ends, to be started again", waits_for=list(waits_for))
    sys.stdout.flush()
    os._exit(1)


class Witness:
    """Where the logs end, over a connection of its own: who is judged cannot be the witness."""

    def __init__(self, bootstrap: str, prefix: str) -> None:
        self._bootstrap = bootstrap
        self._prefix = prefix
        self._consumer: AIOKafkaConsumer | None = None

    async def ends(self, parts: Sequence[Partition]) -> dict[Partition, int]:
        """Per partition the offset after its last record.

        Raises:
            KafkaError, OSError: the broker does not say.
        """
        wanted = {TopicPartition(self._prefix + part.topic, part.partition): part for part in parts}
        try:
            async with asyncio.timeout(ASK_S):
                consumer = await self._connected()
                ends = await consumer.end_offsets(list(wanted))
        except BaseException:
            await self.stop()
            raise
        return {part: ends[tp] for tp, part in wanted.items() if tp in ends}

    async def _connected(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            self._consumer = AIOKafkaConsumer(bootstrap_servers=self._bootstrap, request_timeout_ms=int(ASK_S * 1000))
            await self._consumer.start()
        return self._consumer

    async def stop(self) -> None:
        """Leave."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await consumer.stop()


class Watch:
    """What is known of each partition's progress; `stuck` says what should move and does not."""

    def __init__(
        self,
        witness: Witness,
        subscribers: Sequence["Subscriber"],
        infrastructure: Infrastructure,
        limit_s: float,
        on_stuck: Callable[[Sequence[str]], None],
    ) -> None:
        self.stuck: list[str] = []
        self.beats = 0
        self.every_s = limit_s / LOOKS
        self._witness = witness
        self._subscribers = subscribers
        self._infrastructure = infrastructure
        self._limit_s = limit_s
        self._on_stuck = on_stuck
        self._standings: Mapping[Partition, Standing] = {}
        self._caught_up_at: dict[Partition, float] = {}
        self._topics: set[str] = set()
        self._began = time.time()

    async def run(self) -> None:
        """Look until cancelled. /live fails at the limit; the process ends two looks later, if nothing moved."""
        looks_stuck = 0
        try:
            while True:
                await asyncio.sleep(self.every_s)
                self.beats += 1
                await self.look()
                looks_stuck = looks_stuck + 1 if self.stuck else 0
                if looks_stuck > 2:
                    self._on_stuck(self.stuck)
                    return
        finally:
            await self._witness.stop()

    async def look(self) -> None:
        """Look once at every partition that is ours, and bring the gauges up to date."""
        looks = await self._looks()
        # A process that was stopped (SIGSTOP) has not stood still for that long: a look counts as one, however late.
        self._standings = looked(self._standings, looks, self.every_s)
        self.stuck = stuck(self._standings, self._limit_s)
        STOOD_SECONDS.set(max((one.stood_s for one in self._standings.values()), default=0.0))
        self._caught_up_at = {part: at for part, at in self._caught_up_at.items() if part in looks}
        self._tell_lag(looks)
        self._infrastructure.tell()

    async def _looks(self) -> dict[Partition, Look]:
        ours = {part: one for one in self._subscribers for part in one.assigned()}
        ends = await self._ends(sorted(ours))
        publishing = "publishing backs off" if "publish" in self._infrastructure.away else None
        return {
            part: Look(await one.position(part, ends.get(part)), ends.get(part), one.excuse(part) or publishing)
            for part, one in ours.items()
        }

    async def _ends(self, parts: Sequence[Partition]) -> dict[Partition, int]:
        try:
            ends = await self._witness.ends(parts)
        except (KafkaError, OSError) as error:
            self._infrastructure.failed("look", error)
            return {}
        self._infrastructure.well("look")
        return ends

    def _tell_lag(self, looks: Mapping[Partition, Look]) -> None:
        """Messages, and seconds: a record not handled is younger than the last handled, and than the last idle look."""
        now = time.time()
        messages: dict[str, int] = {}
        seconds: dict[str, float] = {}
        handled_at = {part: at for one in self._subscribers for part, at in one.course.handled_at.items()}
        for part, look in looks.items():
            behind = max(0, look.end - look.position) if look.end is not None else 0
            if look.end is not None and not behind:
                self._caught_up_at[part] = now
            since = max(handled_at.get(part, 0.0), self._caught_up_at.get(part, 0.0)) or self._began
            messages[part.topic] = messages.get(part.topic, 0) + behind
            seconds[part.topic] = max(seconds.get(part.topic, 0.0), now - since if behind else 0.0)
        for topic in self._topics - messages.keys():  # gone to another replica: their last figures are nobody's
            LAG.remove(topic)
            LAG_SECONDS.remove(topic)
        self._topics = set(messages)
        for topic, behind in messages.items():
            LAG.labels(topic).set(behind)
            LAG_SECONDS.labels(topic).set(seconds[topic])


def watch_the_loop(watch: Watch) -> threading.Thread:
    """A handler that never lets the event loop go is seen from outside of it: every thread's stack, and exit 1.

    Looks are counted, not seconds, so that a process that was stopped and continued is not ended for it.
    """
    thread = threading.Thread(target=_end_a_process_that_hangs, args=(watch,), daemon=True, name="watch-the-loop")
    thread.start()
    return thread


def _end_a_process_that_hangs(watch: Watch) -> None:
    beats, missed = -1, 0
    while missed <= LOOKS + ASK_S / watch.every_s:
        time.sleep(watch.every_s)
        missed = missed + 1 if watch.beats == beats else 0
        beats = watch.beats
    faulthandler.dump_traceback(sys.stderr)
    leave_this_process(["the event loop, which a handler does not let go"])
