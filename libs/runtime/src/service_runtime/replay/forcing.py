"""Running again what is done: under every guard of the domain, its effects only where each is named."""

from collections.abc import Mapping, Sequence
from typing import Any

from service_runtime.failures import Bug, Failure, failure_of
from service_runtime.ports import Tx
from service_runtime.protocol import Protocol
from service_runtime.reading import Received
from service_runtime.replay.ordering import Ordered, Outcome, forced
from service_runtime.replay.results import Key, key_of
from service_runtime.replay.standing import REPLAY_SQL, acted_on, overtaken
from service_runtime.rounds import ask
from service_runtime.work import Work


class _Refused(Exception):  # noqa: N818 - how one that may not run is taken back
    """Nothing of it stays; the message says why."""


class Forcing:
    """Asks the handlers of done events again, one event at a time, each in a savepoint: what is refused leaves nothing.

    Their orders and what their handlers need are locked by then, together with all else of the batch.
    """

    def __init__(self, protocol: Protocol, named: frozenset[str], ordered: Sequence[Ordered]) -> None:
        self._protocol = protocol
        self._named = named
        self._asked = [(one, forced(one)) for one in ordered]
        self.outcomes: dict[Key, Outcome] = {}

    @property
    def events(self) -> list[Received[Any]]:
        """What is to be locked for it."""
        return [event for _, event in self._asked]

    async def run(self, tx: Tx, work: Work) -> None:
        """Run them; what they say is said because of the job, so it has ids of its own."""
        barred = await self._barred(tx)
        for one, event in self._asked:
            if event.id in barred:
                self.outcomes[key_of(one)] = barred[event.id]
                continue
            try:
                async with tx.conn.transaction():
                    self.outcomes[key_of(one)] = await self._run(tx, work, one, event)
            except _Refused as refused:
                self.outcomes[key_of(one)] = Outcome("refused", str(refused))

    async def _barred(self, tx: Tx) -> dict[str, Outcome]:
        """What is not run whoever wants it: its thing has moved on, its order waits, an operator has settled it."""
        if not self._asked:
            return {}
        moved_on = await overtaken(tx.conn, self._protocol.routes, self.events)
        blocked = await tx.blocked_among(sorted({event.order_id for event in self.events}))
        settled = await acted_on(tx.conn, [event.id for event in self.events])
        waits = Outcome("refused", "its order is blocked: settle what is parked first")
        return {
            **{event.id: waits for event in self.events if event.order_id in blocked},
            **{id_: Outcome("refused", f"an operator has {state} it") for id_, state in settled.items()},
            **{id_: Outcome("superseded", f"version {version} is held") for id_, version in moved_on.items()},
        }

    async def _run(self, tx: Tx, work: Work, one: Ordered, event: Received[Any]) -> Outcome:
        apart = Work(work.conn, work.now)
        failed = await self._failure(apart, event)
        if failed:
            raise _Refused(failed)
        await self._refuse_unnamed(tx, apart, one.ticket.effects)
        again = await self._named_effects(tx, work, one, event)
        work.events += apart.events
        work.effects += apart.effects
        work.timers += apart.timers
        work.cleared += apart.cleared
        return Outcome("handled", f"again, with {', '.join(again)}" if again else "again")

    async def _failure(self, apart: Work, event: Received[Any]) -> str | None:
        try:
            failed = (await ask(apart, [event], self._protocol.routes)).get(event.id)
        except Exception as error:
            if failure_of(error) is not Failure.BUG:
                raise
            return Bug.of(error).kind
        return failed.reason if failed else None

    async def _refuse_unnamed(self, tx: Tx, apart: Work, named: Sequence[str]) -> None:
        """A handler claims what it wants done: dropped, the effect would be wanted by nobody ever again."""
        wanted = {effect.key for effect, _ in apart.effects}
        rows = await tx.conn.fetch(REPLAY_SQL.intended_before, list(wanted)) if wanted else []
        new = sorted(wanted - {row["key"] for row in rows} - set(named))
        if new:
            raise _Refused(f"it would do {', '.join(new[:5])}: name each with --effect")

    async def _named_effects(self, tx: Tx, work: Work, one: Ordered, event: Received[Any]) -> list[str]:
        """Effects of this order that were done, and are named by their keys, are done once more: once a job."""
        if not one.ticket.effects:
            return []
        keys, kinds = list(one.ticket.effects), list(self._named)
        ours = await tx.conn.fetch(REPLAY_SQL.effects_of_order, keys, event.order_id, kinds)
        claimed = await tx.conn.fetch(REPLAY_SQL.claim_effects, one.ticket.replay_id, [row["key"] for row in ours])
        rows = await tx.conn.fetch(REPLAY_SQL.intend_again, [row["key"] for row in claimed], work.now)
        return sorted(row["key"] for row in rows)


def effects_by_name(ports: Mapping[str, Any]) -> frozenset[str]:
    """The kinds of effects that an operator may have done once more by name, as each port says beside itself."""
    return frozenset(kind for kind, port in ports.items() if port.replay.by_name)
