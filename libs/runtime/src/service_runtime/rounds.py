"""Rounds: the events of a batch, at most one of each order at a time, in log order."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from service_runtime.decoding import Routes
from service_runtime.ports import Blocked, Tx, Waiting
from service_runtime.reading import Batch, Handler, Received, Retry
from service_runtime.schedule import next_try
from service_runtime.work import Work

Events = Sequence[Received[Any]]


class MissingAnswerError(Exception):
    """A handler left an event without an answer."""


@dataclass
class Decided:
    """What came of a batch's events."""

    done: list[Received[Any]] = field(default_factory=list)
    waiting: list[Received[Any]] = field(default_factory=list)


def in_log_order(events: Iterable[Received[Any]]) -> list[Received[Any]]:
    """By the record's time, then partition, then offset, so that every replica takes them alike."""
    return sorted(events, key=lambda e: (e.record.timestamp, e.place.partition, e.place.offset, e.place.topic))


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


async def run_rounds(tx: Tx, work: Work, events: Events, blocked: Collection[str], routes: Routes) -> Decided:
    """Decide every event, or queue it behind its blocked order."""
    decided, stopped = Decided(), set(blocked)
    for events_of_round in rounds_of(events):
        free = [event for event in events_of_round if event.order_id not in stopped]
        decided.waiting += [event for event in events_of_round if event.order_id in stopped]
        failed = await ask(work, free, routes)
        decided.done += [event for event in free if event.id not in failed]
        decided.waiting += [event for event in free if event.id in failed]
        stopped.update(await _block(tx, work, free, failed))
    await tx.queue([Waiting(event.order_id, event.id, event.record) for event in decided.waiting])
    return decided


async def ask(work: Work, events: Events, routes: Routes) -> dict[str, Retry]:
    """Hand the events of one round to their handlers; return those to be tried again, by event id."""
    by_handler: dict[int, tuple[Handler, list[Received[Any]]]] = {}
    for event in events:
        handler = routes.handler_of(event)
        by_handler.setdefault(id(handler), (handler, []))[1].append(event)
    failed: dict[str, Retry] = {}
    for handler, its_events in by_handler.values():
        failed |= await _answers(handler, Batch(tuple(its_events)), work)
    return failed


async def _answers(handler: Handler, batch: Batch[Any], work: Work) -> dict[str, Retry]:
    answers = await handler(batch, work)
    missing = [event.id for event in batch if event.id not in answers.by_id]
    if missing:
        raise MissingAnswerError(f"no answer to {missing[:3]}")
    return {id_: answer for id_, answer in answers.by_id.items() if isinstance(answer, Retry)}


async def _block(tx: Tx, work: Work, events: Events, failed: dict[str, Retry]) -> list[str]:
    blocked = [
        Blocked(event.order_id, 1, next_try(1, work.now), failed[event.id].reason)
        for event in events
        if event.id in failed
    ]
    if blocked:
        await tx.block(blocked)
    return [one.order_id for one in blocked]
