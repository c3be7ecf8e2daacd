"""Running again what is done: under every guard of the domain, its effects only where each is named."""

from collections.abc import Mapping, Sequence
from typing import Any

from service_runtime.failures import Bug
from service_runtime.ports import Tx
from service_runtime.protocol import Protocol
from service_runtime.reading import Received
from service_runtime.replay.ordering import Ordered, Outcome, forced
from service_runtime.replay.results import Key, key_of
from service_runtime.replay.standing import REPLAY_SQL
from service_runtime.rounds import ask
from service_runtime.work import Work


class Forcing:
    """Asks the handlers of done events again, one event at a time; what fails changes nothing and is refused."""

    def __init__(self, protocol: Protocol, named: frozenset[str], bug: Bug | None) -> None:
        self._protocol = protocol
        self._named = named
        self._bug = bug
        self.events: list[Received[Any]] = []
        self.outcomes: dict[Key, Outcome] = {}

    async def run(self, tx: Tx, work: Work, ordered: Sequence[Ordered]) -> None:
        """Run these; what they say is said because of the job, so it has ids of its own."""
        for one in ordered:
            event = forced(one)
            self.outcomes[key_of(one)] = await self._outcome(tx, work, one, event)

    async def _outcome(self, tx: Tx, work: Work, one: Ordered, event: Received[Any]) -> Outcome:
        if self._bug:
            return Outcome("refused", self._bug.kind)
        if event.order_id in await tx.blocked_among([event.order_id]):
            return Outcome("refused", "its order is blocked: settle what is parked first")
        for lock in self._protocol.locks:
            await lock(tx.conn, [event])
        apart = Work(work.conn, work.now)
        failed = (await ask(apart, [event], self._protocol.routes)).get(event.id)
        if failed:
            return Outcome("refused", failed.reason)
        self.events.append(event)
        self._adopt(work, apart, one)
        done = await self._named_effects(tx, work, one, event)
        return Outcome("handled", f"again, with {', '.join(done)}" if done else "again")

    def _adopt(self, work: Work, apart: Work, one: Ordered) -> None:
        work.events += apart.events
        work.timers += apart.timers
        work.cleared += apart.cleared
        work.effects += [(effect, cause) for effect, cause in apart.effects if effect.key in one.ticket.effects]

    async def _named_effects(self, tx: Tx, work: Work, one: Ordered, event: Received[Any]) -> list[str]:
        """Effects that were done, and are named by their keys, are to be done once more."""
        if not one.ticket.effects:
            return []
        keys, kinds = list(one.ticket.effects), list(self._named)
        rows = await tx.conn.fetch(REPLAY_SQL.intend_again, keys, [event.order_id], kinds, work.now)
        return sorted(row["key"] for row in rows)


def effects_by_name(ports: Mapping[str, Any]) -> frozenset[str]:
    """The kinds of effects that an operator may have done once more by name, as each port says beside itself."""
    return frozenset(kind for kind, port in ports.items() if port.replay.by_name)
