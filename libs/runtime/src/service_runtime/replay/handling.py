"""A batch of replayed records: what nobody has seen is run as live, what is parked or blocked is run in its order's
sequence, what is done is counted. Each gets one result, in the transaction that decides it.

A crash before the COMMIT leaves nothing. After it, the batch is read again: what has its result is left alone, what it
said is published again until the mark covers it, and what was being run from the queue of its order (`due`) is looked
at anew: whoever was parked once more since then is not run a third time.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from service_runtime.blocked import BugInQueueError, run_blocked
from service_runtime.failpoints import failpoint
from service_runtime.failures import Bug
from service_runtime.horizon import oldest_id
from service_runtime.metrics import Phases
from service_runtime.ports import Parked, Sight, Tx
from service_runtime.protocol import (
    Concluded,
    Handled,
    Marks,
    Progress,
    Protocol,
    Sorted,
    by_first_sight,
    carried_out,
    concluded,
    decide,
)
from service_runtime.reading import Partition, Received, Record
from service_runtime.replay.forcing import Forcing
from service_runtime.replay.ordering import Ordered, Orders, Outcome, is_forced, orders_of
from service_runtime.replay.results import DUE, Key, key_of, settle, settled
from service_runtime.replay.standing import REPLAY_SQL, Apart, Unreadable, apart, held_at, unreadable
from service_runtime.replay.ticket import SUFFIX
from service_runtime.rounds import Decided
from service_runtime.transaction import SQL
from service_runtime.work import Work


@dataclass
class Looked:
    """What is known of a batch's items before anything is decided; `results` grows with what is decided."""

    known: Mapping[Key, Outcome]
    aside: Mapping[str, Apart]
    unread: Mapping[Any, Unreadable]
    moved_on: Mapping[str, int]
    sorted_: Sorted
    results: dict[Key, Outcome] = field(default_factory=dict)


@dataclass(frozen=True)
class Replaying:
    """Handles batches of replayed records; `key` is what the runner signs with, `named` the kinds of effects that an
    operator may have done once more by naming their keys.
    """

    key: bytes
    named: frozenset[str] = frozenset()

    async def handle(
        self,
        protocol: Protocol,
        records: Sequence[Record],
        progress: Progress,
        assigned: frozenset[Partition],
        bug: Bug | None = None,
    ) -> Handled:
        """Handle one polled batch of `.replay` topics up to the last acknowledgement and result."""
        failpoint("after_poll")
        phases = Phases()
        orders = orders_of(records, self.key, protocol.service, protocol.routes, protocol.clock.now())
        phases.ended("decode")
        due: list[Ordered] = []

        async def decided(tx: Tx, marks: Marks) -> Concluded:
            return await self._decided(protocol, tx, orders, marks, bug, due)

        handled = await carried_out(protocol, records, progress, assigned, phases, decided)
        await _run(protocol, due)
        return handled

    async def _decided(
        self, protocol: Protocol, tx: Tx, orders: Orders, marks: Marks, bug: Bug | None, due: list[Ordered]
    ) -> Concluded:
        work = Work(tx.conn, protocol.clock.now())
        looked = await _looked(protocol, tx, work, orders)
        failpoint("after_inbox")
        await _readable_after_all(tx, orders, looked)
        forcing = Forcing(protocol, self.named, [o for o in orders.ordered if _is_done(o, looked) and is_forced(o)])
        decided = await decide(protocol, tx, work, looked.sorted_.fresh, bug, forcing.events)
        await tx.settle_parked([event.id for event in decided.done])
        await forcing.run(tx, work)
        poison = await _still_unreadable(tx, orders, looked)
        due += _sort_results(orders.ordered, looked, _by_id(decided), forcing.outcomes)
        await settle(tx.conn, looked.results)
        # What is forced was first seen live: no offset finds what it says, so that is pending, and the relay's.
        sorted_ = Sorted(looked.sorted_.fresh, _run_here(looked.sorted_))
        done = await concluded(protocol, tx, work, sorted_, decided, [*orders.forged, *poison], marks)
        return done._replace(handled=replace(done.handled, seen=len(looked.sorted_.seen)))


def _run_here(sorted_: Sorted) -> list[tuple[Received[Any], Sight]]:
    """What a crash left unsaid of a live record is said when that is read again, and not because of a replay."""
    return [(event, first) for event, first in sorted_.seen if first.place.topic.endswith(SUFFIX)]


async def _looked(protocol: Protocol, tx: Tx, work: Work, orders: Orders) -> Looked:
    """Claim the ids, then wait for the orders' locks, as a live batch does; what has moved on is not claimed."""
    unread = await unreadable(tx.conn, [one.ticket.origin for one in orders.ordered])
    events = [event for one in orders.ordered if (event := one.to_look_up) and _by_hand(one, unread) is None]
    sorted_ = await by_first_sight(tx, events, work.now)
    await tx.lock_orders(sorted({event.order_id for event in events}))
    known = await settled(tx.conn, [key_of(one) for one in orders.ordered])
    aside = await apart(tx.conn, [event.id for event in events], [event.order_id for event in events])
    unseen = [event for event in sorted_.fresh if event.id not in aside]  # what is older than the inbox may be parked
    held = await held_at(tx.conn, protocol.routes, unseen)
    moved_on = {event.id: held[event.id] for event in unseen if held.get(event.id, 0) > event.version}
    if moved_on:
        await tx.conn.execute(REPLAY_SQL.forget_sights, list(moved_on))
    oldest = oldest_id(work.now)
    known_by_version = {e.id for e in unseen if e.id < oldest and held.get(e.id) == e.version}
    fresh = [event for event in unseen if event.id not in moved_on and event.id not in known_by_version]
    return Looked(known, aside, unread, moved_on, Sorted(fresh, sorted_.seen))


def _by_hand(one: Ordered, unread: Mapping[Any, Unreadable]) -> Outcome | None:
    """What an operator discarded or amended while nobody could read it is done, also where it can be read now."""
    row = unread.get(one.ticket.origin)
    settled = row is not None and row.state in ("discarded", "amended")
    return Outcome("done", f"an operator has {row.state} it") if row and settled else None


async def _readable_after_all(tx: Tx, orders: Orders, looked: Looked) -> None:
    """What was parked because nobody could read it, and is read now, is that event's parked row from here on."""
    fresh = {event.id for event in looked.sorted_.fresh}
    for one in orders.ordered:
        row = looked.unread.get(one.ticket.origin)
        if row and one.event and one.event.id in fresh:
            await tx.conn.execute(SQL.read_after_all, row.parked_id, one.event.id, one.event.order_id)


async def _still_unreadable(tx: Tx, orders: Orders, looked: Looked) -> list[Parked]:
    """Once per job; a record that never came here before is parked now, under the place where it came from."""
    new: list[Parked] = []
    for one in orders.ordered:
        if one.poison is None or key_of(one) in looked.known or _by_hand(one, looked.unread):
            continue
        row = looked.unread.get(one.ticket.origin)
        if row:
            await tx.conn.execute(REPLAY_SQL.still_unreadable, row.parked_id, one.poison)
        else:
            new.append(Parked(one.record._replace(place=one.ticket.origin), "poison", one.poison))
        looked.results[key_of(one)] = Outcome("parked_again" if row else "parked", one.poison)
    return new


def _by_id(decided: Decided) -> dict[str, Outcome]:
    """What became of the events that were run."""
    parked = {one.event_id: one.reason.partition("\n")[0] for one in decided.parked}
    waiting = {event.id: Outcome("waiting", "its order is blocked") for event in decided.waiting}
    aside = {id_: Outcome("parked", reason) for id_, reason in parked.items() if id_}
    return {event.id: Outcome("handled") for event in decided.done} | waiting | aside


def _is_done(one: Ordered, looked: Looked) -> bool:
    """Seen, not put aside, and this job has not settled it yet."""
    seen = {event.id for event, _ in looked.sorted_.seen}
    return bool(
        (event := one.to_look_up)
        and event.id in seen
        and event.id not in looked.aside
        and key_of(one) not in looked.known
    )


def _sort_results(
    ordered: Sequence[Ordered], looked: Looked, ran: Mapping[str, Outcome], again: Mapping[Key, Outcome]
) -> list[Ordered]:
    """Give each its result; return those that are run from the queue of their order."""
    due: list[Ordered] = []
    for one in ordered:
        key = key_of(one)
        known = looked.known.get(key)
        if (known and known.word != DUE) or key in looked.results:
            continue
        if one.event and one.event.id in looked.aside:
            looked.results[key] = Outcome(DUE, str(looked.aside[one.event.id].times)) if known is None else known
            due.append(one)
        else:
            looked.results[key] = again.get(key) or _result(one, looked, ran, known)
    return due


def _result(one: Ordered, looked: Looked, ran: Mapping[str, Outcome], known: Outcome | None) -> Outcome:
    by_hand = _by_hand(one, looked.unread)
    if by_hand or one.ends or one.event is None:
        return by_hand or one.ends or Outcome("parked", one.poison)
    if one.event.id in looked.moved_on:
        return Outcome("superseded", f"version {looked.moved_on[one.event.id]} is held, this is {one.event.version}")
    # What was due and stands aside no more was run: by the process that died, or by the schedule.
    return ran.get(one.event.id) or Outcome("handled" if known else "done")


async def _run(protocol: Protocol, due: Sequence[Ordered]) -> None:
    """Run the queues of these orders now, then say how each item ended."""
    if not due:
        return
    tried = await _tried_before(protocol, due)
    orders = {event.order_id for one in due if (event := one.event) and key_of(one) not in tried}
    for order_id in sorted(orders):
        with suppress(BugInQueueError):
            await run_blocked(protocol, order_id, at_once=True)
    async with protocol.store.transaction() as tx:
        aside = await _aside(tx, due)
        await settle(tx.conn, {key_of(one): _ended(aside.get(_event(one).id)) for one in due})


async def _tried_before(protocol: Protocol, due: Sequence[Ordered]) -> set[Key]:
    """Those that were parked once more since this job found them: by the process that died."""
    async with protocol.store.transaction() as tx:
        known = await settled(tx.conn, [key_of(one) for one in due])
        aside = await _aside(tx, due)
    times = {key_of(one): aside[_event(one).id].times for one in due if _event(one).id in aside}
    return {key for key, now in times.items() if key in known and now > int(known[key].reason or 0)}


async def _aside(tx: Tx, due: Sequence[Ordered]) -> dict[str, Apart]:
    events = [_event(one) for one in due]
    return await apart(tx.conn, [event.id for event in events], [event.order_id for event in events])


def _event(one: Ordered) -> Received[Any]:
    assert one.event is not None
    return one.event


def _ended(aside: Apart | None) -> Outcome:
    if aside is None:
        return Outcome("handled")
    headline = (aside.reason or "").partition("\n")[0]
    return Outcome("parked_again" if aside.word == "parked" else "waiting", headline)
