"""A world to run the protocol in: replicas that poll, crash, come back, lose partitions and keep what they held."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from service_runtime.acts import relay
from service_runtime.blocked import run_blocked
from service_runtime.marking import mark_acknowledged
from service_runtime.protocol import Progress, Protocol, handle, next_offsets
from service_runtime.reading import Partition, Record
from service_runtime.simulation.chance import Chance, Crash
from service_runtime.simulation.log import MemoryLog
from service_runtime.simulation.store import MemoryStore
from service_runtime.timers import fire_due

MOST_TURNS = 4000  # a simulation that has not settled by then never will


@dataclass(frozen=True)
class Input:
    """One record to be read."""

    topic: str
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True)
class Outcome:
    """What a world looks like once it has settled; `skipped`: an operator moved an offset forward and back again."""

    settled: bool
    crashes: int
    skipped: bool
    log: MemoryLog
    store: MemoryStore


class World:
    """Replicas of one service over one log and one store; everything that happens follows from the seed.

    Of the turns a share are disturbed; of those a share by a move of a partition, another by a reset of its offset, and
    the rest by a skip.
    """

    replicas, crash_rate = 2, 0.02
    disturbed_share, moves_share, resets_share = 0.05, 0.6, 0.2
    quiet_share = 0.2  # of the turns without a record: that many find it quiet for long enough to mark

    def __init__(self, protocol: Protocol, log: MemoryLog, store: MemoryStore, chance: Chance) -> None:
        self.protocol = protocol
        self.log = log
        self.store = store
        self.chance = chance
        self.owners: dict[Partition, int] = {}
        self.moves: Counter[Partition] = Counter()
        self.skipped: dict[Partition, int] = {}
        self.has_skipped = False
        self.busy = 0
        self.over = False

    async def run(self, inputs: Sequence[Input], topics: Sequence[str]) -> Outcome:
        """Feed the inputs little by little, until all is read, said and quiet."""
        crashes = self.chance.crashes_left
        parts = [Partition(topic, n) for topic in topics for n in range(self.log.partitions)]
        self.owners = {part: n % self.replicas for n, part in enumerate(parts)}
        waiting = list(inputs)
        processes = [asyncio.create_task(self._replica(n, waiting)) for n in range(self.replicas)]
        done, _ = await asyncio.wait(processes)
        settled = all(task.result() for task in done)
        return Outcome(settled, crashes - self.chance.crashes_left, self.has_skipped, self.log, self.store)

    async def _replica(self, number: int, waiting: list[Input]) -> bool:
        """One replica's lives: each begins at the committed offsets and knows nothing of the last."""
        for _ in range(MOST_TURNS):
            try:
                await self._life(number, waiting)
            except Crash:
                continue
            return True
        return False

    async def _life(self, number: int, waiting: list[Input]) -> None:
        progress = Progress()
        positions: dict[tuple[Partition, int], int] = {}
        for _ in range(MOST_TURNS):
            if self.over:
                return
            self._feed(waiting)
            await self._disturb()
            worked = await self._turn(number, progress, positions)
            self.over = self.over or (not worked and self._quiet(waiting))
            if not worked:
                self.chance.pass_time(3)
                await asyncio.sleep(0)
        raise AssertionError("the world did not settle")

    def _feed(self, waiting: list[Input]) -> None:
        for _ in range(min(len(waiting), self.chance.random.randint(0, 4))):
            one = waiting.pop(0)
            self.log.append(one.topic, one.key, one.value, one.headers)

    async def _disturb(self) -> None:
        """Now and then a partition changes hands, or an operator resets an offset, while crashes still happen."""
        if not self.chance.crashes_left or self.chance.random.random() > self.disturbed_share:
            return
        part = self.chance.random.choice(sorted(self.owners))
        self.moves[part] += 1  # whoever owns it now begins at the committed offset
        kind = self.chance.random.random()
        if kind < self.moves_share:
            self.owners[part] = self.chance.random.randrange(self.replicas)
        elif kind < self.moves_share + self.resets_share and (part not in self.skipped or not self.busy):
            self._reset(part)
        elif not self.busy:  # Kafka lets nobody skip while the group has members
            await self._skip(part)

    def _reset(self, part: Partition) -> None:
        """An operator moves the committed offset back; never past what somebody skipped."""
        back = min(self.log.committed[part], self.skipped.pop(part, self.log.committed[part]))
        self.log.committed[part] = self.chance.random.randint(0, back)

    async def _skip(self, part: Partition) -> None:
        """An operator moves the committed offset forward, and back again later."""
        self.has_skipped = True
        here = self.log.committed[part]
        there = self.chance.random.randint(here, len(self.log.records[part]))
        await self.store.accept_skip(part, there)
        self.skipped[part] = min(here, self.log.committed[part], self.skipped.get(part, here))
        self.log.committed[part] = there

    def _take_back_skips(self) -> None:
        for part in list(self.skipped):
            self.moves[part] += 1
            self._reset(part)

    async def _turn(self, number: int, progress: Progress, positions: dict[tuple[Partition, int], int]) -> bool:
        mine = frozenset(part for part, owner in self.owners.items() if owner == number)
        records, since = self._poll(mine, positions, progress), Counter(self.moves)
        self.busy += 1
        try:
            if records:
                await self._handle(records, progress, mine, since)
            elif self.chance.random.random() < self.quiet_share:
                await self._mark(progress, mine)
            due = await self._due()
            for order in due:
                await run_blocked(self.protocol, order)
            fired, _ = await fire_due(self.protocol)
            relayed = await relay(self.protocol)
        finally:
            self.busy -= 1
        return bool(records or due or fired or relayed)

    async def _handle(
        self, records: Sequence[Record], progress: Progress, mine: frozenset[Partition], since: Counter[Partition]
    ) -> None:
        await handle(self.protocol, records, progress, mine)
        await self.chance.step()
        self._commit(records, since)

    async def _mark(self, progress: Progress, mine: frozenset[Partition]) -> None:
        await mark_acknowledged(self.protocol, progress, mine)

    async def _due(self) -> Sequence[str]:
        return await self.store.due_orders(self.chance.now(), 10)

    def _commit(self, records: Sequence[Record], since: Counter[Partition]) -> None:
        """Only of partitions that have not moved since the poll; a zombie's commit is refused."""
        offsets = next_offsets(records)
        self.log.commit({part: next_ for part, next_ in offsets.items() if self.moves[part] == since[part]})

    def _poll(
        self, mine: frozenset[Partition], positions: dict[tuple[Partition, int], int], progress: Progress
    ) -> list[Record]:
        records: list[Record] = []
        for part in sorted(mine):
            here = (part, self.moves[part])
            if here not in positions:
                progress.published.pop(part, None)  # what was known of it ended when it was revoked
                positions[here] = self.log.committed[part]
            taken = self.log.read(part, positions[here], self.chance.random.randint(1, 5))
            positions[here] += len(taken)
            records += taken
        return records

    def _quiet(self, waiting: list[Input]) -> bool:
        unread = any(self.log.committed[part] < len(self.log.records[part]) for part in self.owners)
        tables = self.store.tables
        if waiting or unread or self.busy or tables.blocked or tables.pending or tables.timers:
            return False
        self._take_back_skips()
        return not any(self.log.committed[part] < len(self.log.records[part]) for part in self.owners)
