"""Rounds: the events of a batch, at most one of each order at a time, in log order."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from service_runtime.decoding import Routes
from service_runtime.failures import Bug
from service_runtime.parking import Failed, put_aside
from service_runtime.ports import Parked, Tx, Waiting
from service_runtime.reading import Batch, Handler, Received, Retry
from service_runtime.work import Work

Events = Sequence[Received[Any]]


class MissingAnswerError(Exception):
    """A handler left an event without an answer."""


@dataclass
class Decided:
    """What came of a batch's events."""

    done: list[Received[Any]] = field(default_factory=list)
    waiting: list[Received[Any]] = field(default_factory=list)
    parked: list[Parked] = field(default_factory=list)


def in_log_order(events: Iterable[Received[Any]]) -> list[Received[Any]]:
    """By the record's time, then partition, then offset, so that every replica takes them alike."""
    return sorted(events, key=_in_log)


def _in_log(event: Received[Any]) -> tuple[int, int, int, str]:
    topic, partition, offset = event.record.place
    return event.record.timestamp, partition, offset, topic


def rounds_of(events: Events) -> list[list[Received[Any]]]:
    """The n-th round holds each order's n-th event."""
    rounds: list[list[Received[Any]]] = []
    depth: dict[str, int] = defaultdict(int)
    for event in events:
        n = depth[event.order_id]
        depth[event.order_id] = n + 1
        if n == len(rounds):
            rounds.append([])
        rounds[n].append(event)
    return rounds


async def run_rounds(
    tx: Tx, work: Work, events: Events, blocked: Collection[str], routes: Routes, bug: Bug | None = None
) -> Decided:
    """Decide every event, or queue it behind its blocked order; with `bug`, none is decided and each put aside."""
    decided, stopped = Decided(), set(blocked)
    for events_of_round in rounds_of(events):
        free = [event for event in events_of_round if event.order_id not in stopped]
        decided.waiting += [event for event in events_of_round if event.order_id in stopped]
        failed = await ask(work, free, routes) if bug is None else {event.id: bug for event in free}
        decided.done += [event for event in free if event.id not in failed]
        decided.waiting += [event for event in free if event.id in failed]
        parked = await _block(tx, work, free, failed)
        decided.parked += parked
        stopped.update(event.order_id for event in free if event.id in failed)
    await tx.queue([waiting_of(event) for event in decided.waiting])
    return decided


def waiting_of(event: Received[Any]) -> Waiting:
    """The event as it is queued."""
    return Waiting(event.order_id, event.id, event.record)


async def ask(work: Work, events: Events, routes: Routes) -> dict[str, Failed]:
    """Hand the events of one round to their handlers; return those to be tried again, by event id."""
    by_handler: dict[int, tuple[Handler, list[Received[Any]]]] = {}
    alike: dict[tuple[str, str], list[Received[Any]]] = {}  # of one topic and type: their handler is asked for once
    for event in events:
        its_like = alike.get((event.record.place.topic, event.type))
        if its_like is None:
            handler = routes.handler_of(event)
            its_like = by_handler.setdefault(id(handler), (handler, []))[1]
            alike[event.record.place.topic, event.type] = its_like
        its_like.append(event)
    failed: dict[str, Failed] = {}
    for handler, its_events in by_handler.values():
        failed |= await _answers(handler, Batch(tuple(its_events)), work)
    return failed


async def _answers(handler: Handler, batch: Batch[Any], work: Work) -> dict[str, Retry]:
    answers = await handler(batch, work)
    missing = [event.id for event in batch if event.id not in answers.by_id]
    if missing:
        raise MissingAnswerError(f"no answer to {missing[:3]}")
    return {id_: answer for id_, answer in answers.by_id.items() if isinstance(answer, Retry)}


async def _block(tx: Tx, work: Work, events: Events, failed: Mapping[str, Failed]) -> list[Parked]:
    aside = [put_aside(waiting_of(event), 1, failed[event.id], work.now) for event in events if event.id in failed]
    if aside:
        await tx.block([one.blocked for one in aside])
    return [one.parked for one in aside if one.parked]
