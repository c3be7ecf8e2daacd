"""What the fulfiller listens to: each handler reads, decides, writes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from fulfiller import store
from fulfiller.domain import letters
from fulfiller.domain.fulfilment import Changes, advance
from fulfiller.domain.letters import Letter
from fulfiller.domain.partner import Changed, Heard, Refused
from fulfiller.domain.saying import events_of, refusal_of
from fulfiller.domain.shipment import Shipment
from fulfiller.reads import ChangedRead, DecidedRead, PlacedRead
from order_events import Cause
from service_runtime import Answers, Batch, ByKey, ByVersion, Received, Work, consumes, consumes_outside
from service_runtime.horizon import is_too_old

Causes = Mapping[str, Cause]


@consumes(PlacedRead, ChangedRead, replay=ByVersion(store.versions))
async def on_orders(batch: Batch[PlacedRead | ChangedRead], work: Work) -> Answers:
    """Keep each order's newest version; where it is decided, let its shipments follow it.

    The version that is held already is read again only where a recovery took it over: nothing may have followed it yet.
    """
    held = await store.held_of(work.conn, batch.order_ids)
    news = await store.keep_orders(work.conn, held, [event.body.order.held(event.version) for event in batch])
    orders = {**held.orders, **news}
    causes = {event.order_id: event.cause for event in batch if event.version == orders[event.order_id].version}
    await _advance(work, replace(held, orders=orders), causes)
    return Answers.done(batch)


@consumes(DecidedRead, replay=ByVersion(store.versions))
async def on_decisions(batch: Batch[DecidedRead], work: Work) -> Answers:
    """Keep each order's newest decision; where the order is known, turn it into shipments and answers.

    As with orders, the revision that is held already may not have been turned into anything.
    """
    held = await store.held_of(work.conn, batch.order_ids)
    news = await store.keep_decisions(work.conn, held, [event.body.held() for event in batch])
    decisions = {**held.decisions, **news}
    newest = (event for event in batch if event.body.revision == decisions[event.order_id].revision)
    await _advance(work, replace(held, decisions=decisions), {event.order_id: event.cause for event in newest})
    return Answers.done(batch)


@consumes_outside(
    "partner.*.inbound",
    key=letters.order_named,
    replay=ByKey("the partner's message id: what was believed is nothing"),
)
async def on_partner_messages(batch: Batch[bytes], work: Work) -> Answers:
    """Believe what a partner says of its own shipments where it is legal; refuse the rest and say why."""
    read = [(event, _letter(event, work.now)) for event in batch]
    named = [letter.name for _, letter in read if letter.message]
    before = await store.messages_heard(work.conn, named)
    held = await store.held_of(work.conn, [event.order_id for event, letter in read if letter.message])
    heard = [(event, letter, _judge(event, letter, held, before)) for event, letter in read]
    acted = {event.order_id: outcome.shipment for event, _, outcome in heard if isinstance(outcome, Changed)}
    await _advance(work, held, {event.order_id: event.cause for event in batch if event.order_id in acted}, acted)
    believed = {
        letter.name: letter.content_hash
        for _, letter, outcome in heard
        if letter.message and not isinstance(outcome, Refused) and letter.name not in before
    }
    await store.add_messages(work.conn, believed)
    refusals = [(event, letter, outcome) for event, letter, outcome in heard if isinstance(outcome, Refused)]
    await _refuse(work, refusals)
    return Answers.done(batch)


HANDLERS = (on_orders, on_decisions, on_partner_messages)


def _letter(event: Received[bytes], now: datetime) -> Letter:
    if is_too_old(event.time, now):
        return letters.too_old(event.topic, event.ce_id, event.body)
    return letters.read(event.topic, event.ce_id, event.body, conflict=event.conflict)


def _judge(event: Received[bytes], letter: Letter, held: store.Held, before: Mapping[tuple[str, str], bytes]) -> Heard:
    its_order = held.shipments.get(event.order_id, ())
    shipment = next((one for one in its_order if one.shipment_id == letter.shipment_id), None)
    return letters.judge(letter, shipment, before.get(letter.name) if letter.message else None)


async def _advance(work: Work, held: store.Held, causes: Causes, acted: Mapping[str, Shipment] | None = None) -> None:
    """Decide each order that has both an order and a decision; store and say what changed."""
    decided = {
        order_id: advance(
            held.orders[order_id], held.decisions[order_id], held.shipments.get(order_id, ()),
            _replaced(held.shipments.get(order_id, ()), (acted or {}).get(order_id)),
        )
        for order_id in causes
        if order_id in held.orders and order_id in held.decisions
    }  # fmt: skip
    await store.save(work.conn, held.shipments, _shipments(decided.values()))
    for order_id, changes in decided.items():
        work.emit_all(events_of(changes, causes[order_id]))


def _replaced(shipments: Sequence[Shipment], acted: Shipment | None) -> list[Shipment]:
    """The shipments of an order with one of them as it is after something happened to it."""
    return [acted if acted and acted.shipment_id == one.shipment_id else one for one in shipments]


def _shipments(changes: Iterable[Changes]) -> list[Shipment]:
    return [shipment for one in changes for shipment in one.shipments]


async def _refuse(work: Work, refusals: Sequence[tuple[Received[bytes], Letter, Refused]]) -> None:
    """Keep what was refused as it came, and tell its partner why."""
    kept = [
        store.RefusedMessage(
            event.id, letter.partner_id, letter.message_id, letter.shipment_id, outcome.problems, letter.body, work.now
        )
        for event, letter, outcome in refusals
    ]
    versions = await store.keep_refused(work.conn, kept)
    work.emit_all(
        refusal_of(one.partner_id, one.message_id, one.shipment_id, one.problems, version, event.cause)
        for (event, _, _), one, version in zip(refusals, kept, versions, strict=True)
    )
