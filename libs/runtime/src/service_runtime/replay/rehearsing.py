"""What events would do if they were run now: they are run, in a transaction that is rolled back."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from service_runtime.decoding import Poison, decode
from service_runtime.failures import AGAIN_AT_ONCE, Failure, failure_of
from service_runtime.ports import Tx
from service_runtime.protocol import Protocol
from service_runtime.reading import Received, Record
from service_runtime.replay.standing import REPLAY_SQL, apart, overtaken, seen
from service_runtime.rounds import ask
from service_runtime.work import Work


class _Undone(Exception):  # noqa: N818 - how a rehearsal ends
    """Take everything back."""


@dataclass
class Rehearsed:
    """Counts: what would become of them, effects that would be done by kind, what would be said by topic.

    `items` says of each record, in their sequence, what would become of it; `passed_over` changes nothing here.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    effects: Counter[str] = field(default_factory=Counter)
    says: Counter[str] = field(default_factory=Counter)
    reasons: list[str] = field(default_factory=list)
    items: list[str] = field(default_factory=list)


async def rehearse(protocol: Protocol, records: Sequence[Record]) -> Rehearsed:
    """Run these records, as a replay would, and take all of it back; their places are those they came from."""
    read = [decode(record, protocol.routes) for record in records]
    for attempt in range(AGAIN_AT_ONCE + 1):
        try:
            return await _rehearsed(protocol, read)
        except Exception as error:
            if failure_of(error) is not Failure.AGAIN or attempt == AGAIN_AT_ONCE:
                raise
    raise AssertionError("unreachable: the last attempt returns or raises")


async def _rehearsed(protocol: Protocol, read: Sequence[Received[Any] | Poison | None]) -> Rehearsed:
    rehearsal = _Rehearsal(protocol, {one.id: one for one in read if isinstance(one, Received)})
    try:
        async with protocol.store.transaction() as tx:
            await rehearsal.run(tx)
            _take_back()
    except _Undone:
        pass
    return rehearsal.told(read)


def _take_back() -> None:
    raise _Undone


class _Rehearsal:
    """One transaction that is taken back: each event in a savepoint, so that one that fails leaves the others alone."""

    def __init__(self, protocol: Protocol, events: Mapping[str, Received[Any]]) -> None:
        self._protocol = protocol
        self._events = events
        self._outcomes: dict[str, str] = {}
        self._told = Rehearsed()

    async def run(self, tx: Tx) -> None:
        """Run them, those that stand in a queue with all that stands before them."""
        events = list(self._events.values())
        orders = [event.order_id for event in events]
        await tx.lock_orders(sorted(set(orders)))
        known = await seen(tx.conn, list(self._events))
        aside = await apart(tx.conn, list(self._events), orders)
        moved_on = await overtaken(tx.conn, self._protocol.routes, [one for one in events if one.id not in known])
        self._outcomes |= dict.fromkeys(moved_on, "superseded") | dict.fromkeys(known - aside.keys(), "done")
        alone = [one for one in events if one.id not in known and one.id not in moved_on and one.id not in aside]
        queued = sorted({event.order_id for event in events if event.id in aside})
        queues = [[decode(one.record, self._protocol.routes) for one in await tx.queued(order)] for order in queued]
        await self._lock(tx, [*alone, *(event for queue in queues for event in queue)])
        work = Work(tx.conn, self._protocol.clock.now())
        for event in alone:
            await self._try(tx, work, event)
        for queue in queues:
            await self._try_queue(tx, work, queue)
        await self._count(tx, work)

    async def _lock(self, tx: Tx, events: Sequence[Received[Any] | Poison | None]) -> None:
        """All at once, as a live batch does: bit by bit, the two would wait for each other."""
        read = [event for event in events if isinstance(event, Received)]
        for lock in self._protocol.locks:
            await lock(tx.conn, read)

    def told(self, read: Sequence[Received[Any] | Poison | None]) -> Rehearsed:
        """What came of it, for each record in its place."""
        for one in read:
            match one:
                case None:
                    word = "passed_over"
                case Poison(reason=reason):
                    word = "parked"
                    self._told.reasons.append(reason)
                case event:
                    word = self._outcomes.get(event.id, "waiting")  # it stands behind one that failed
            self._told.items.append(word)
        self._told.outcomes.update(self._told.items)
        return self._told

    async def _try(self, tx: Tx, work: Work, event: Received[Any]) -> bool:
        try:
            async with tx.conn.transaction():
                failed = (await ask(work, [event], self._protocol.routes)).get(event.id)
        except Exception as error:
            if failure_of(error) is not Failure.BUG:
                raise
            return self._failed(event, "parked", f"{type(error).__name__}: {error}"[:300])
        if failed:
            return self._failed(event, "waiting", failed.reason)
        self._outcomes[event.id] = "handled"
        return True

    def _failed(self, event: Received[Any], word: str, reason: str) -> bool:
        self._outcomes[event.id] = word
        self._told.reasons.append(reason)
        return False

    async def _try_queue(self, tx: Tx, work: Work, queue: Sequence[Received[Any] | Poison | None]) -> None:
        for event in queue:
            if not isinstance(event, Received) or not await self._try(tx, work, event):
                return

    async def _count(self, tx: Tx, work: Work) -> None:
        """Only effects nobody ever intended would be done."""
        kinds = {effect.key: effect.kind for effect, _ in work.effects}
        rows = await tx.conn.fetch(REPLAY_SQL.intended_before, list(kinds)) if kinds else []
        before = {row["key"] for row in rows}
        self._told.effects.update(kind for key, kind in kinds.items() if key not in before)
        self._told.says.update(event.destination for event in work.events)
