"""What the fulfiller takes over when its database was put back: what it had read, its shipments, what partners said."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from fulfiller import store
from fulfiller.domain import letters
from fulfiller.domain.announced import shipment_of, told, with_what_waits
from fulfiller.domain.letters import Letter
from fulfiller.domain.partner import Changed
from fulfiller.domain.saying import NOBODYS
from fulfiller.domain.shipment import Shipment
from fulfiller.reads import ChangedRead, DecidedRead, PlacedRead
from order_events import PartnerAnswer, PartnerRequest, PartnerShipment, ShipmentCreated, ShipmentUpdated, read_headers
from service_runtime import (
    Connection,
    Mending,
    Open,
    Page,
    Received,
    Step,
    Thing,
    had_heard,
    had_read,
    newest,
    takes_over,
)

PACKED = {PartnerAnswer.DISPATCHED, PartnerAnswer.EVENT}


@had_read(PlacedRead, ChangedRead)
async def orders(conn: Connection, read: Sequence[Received[PlacedRead | ChangedRead]]) -> int:
    """The versions of orders that its shipments follow: an older one read again would undo what a newer one did."""
    held = await store.held_of(conn, {event.order_id for event in read})
    return len(await store.keep_orders(conn, held, [event.body.order.held(event.version) for event in newest(read)]))


@had_read(DecidedRead)
async def decisions(conn: Connection, read: Sequence[Received[DecidedRead]]) -> int:
    """The decisions that its shipments answer."""
    held = await store.held_of(conn, {event.order_id for event in read})
    return len(await store.keep_decisions(conn, held, [event.body.held() for event in newest(read)]))


@takes_over(ShipmentCreated, ShipmentUpdated)
async def shipments(conn: Connection, said: Sequence[Received[ShipmentCreated | ShipmentUpdated]]) -> int:
    """Every shipment with its packages, as it was announced last."""
    before = await store.shipments_of(conn, sorted({event.order_id for event in said}))
    held = {one.shipment_id: one for ones in before.values() for one in ones}
    taken = [
        shipment_of(event.body, event.version, known)
        for event in newest(said)
        if (known := held.get(event.body.shipment_id)) is None or known.version < event.version
    ]
    await store.take_shipments(conn, before, taken)
    return len(taken)


@takes_over(PartnerShipment, topic="partner.*.shipments")
async def letters_to_partners(conn: Connection, said: Sequence[Received[PartnerShipment]]) -> int:
    """How often partners were written to and of how many units they were told; and what was refused them."""
    refused = [event for event in said if event.body.kind is PartnerRequest.REFUSED]
    work = defaultdict(list)
    for event in said:
        if event.body.kind is not PartnerRequest.REFUSED:
            work[event.body.shipment_id].append((event.version, event.body))
    before = await store.shipments_of(conn, sorted({event.body.order_id for event in said}))
    held = [one for ones in before.values() for one in ones if one.shipment_id in work]
    taken = [after for one in held if (after := told(one, work[one.shipment_id])) != one]
    await store.take_shipments(conn, before, taken)
    return len(taken) + await store.take_refusals(conn, [(_refused(event), event.version) for event in refused])


def _refused(event: Received[PartnerShipment]) -> store.RefusedMessage:
    body, cause = event.body, read_headers(event.record.headers)["x-causation-id"]
    partner_id = event.place.topic.removeprefix("partner.").removesuffix(".shipments")
    shipment_id = None if body.shipment_id == NOBODYS else body.shipment_id
    return store.RefusedMessage(cause, partner_id, body.message_id or "", shipment_id, body.problems, b"", event.time)


@had_heard("partner.*.inbound", key=letters.order_named)
async def partner_messages(conn: Connection, heard: Sequence[Received[bytes]]) -> Collection[str]:
    """What a partner said and was not refused was believed, and is not heard again.

    A package that its shipment does not hold is no such message: it was parked, and is read again.
    """
    refused = await store.fill_refused(conn, {event.id: event.body for event in heard})
    read = [(event, letters.read(event.topic, event.ce_id, event.body, conflict=event.conflict)) for event in heard]
    believed = [(event, letter) for event, letter in read if letter.message and event.id not in refused]
    held = await store.shipments_of(conn, sorted({event.order_id for event, _ in believed}))
    known = {one.shipment_id: one for ones in held.values() for one in ones}
    acted = [(event, letter) for event, letter in believed if not _is_news(letter, known)]
    await store.remember_messages(conn, {letter.name: letter.content_hash for _, letter in acted})
    return refused | {event.id for event, _ in acted}


def _is_news(letter: Letter, shipments: Mapping[str, Shipment]) -> bool:
    assert letter.message is not None
    outcome = letters.judge(letter, shipments.get(letter.message.shipment_id), None)
    return letter.message.kind in PACKED and isinstance(outcome, Changed)


async def _count_what_waits(conn: Connection) -> int:
    """Units that wait for a partner's answer are in no event; they follow from what is asked."""
    held = await store.held_of(conn, await store.orders_asked_back(conn))
    waits = [
        one
        for order_id, decision in held.decisions.items()
        for one in with_what_waits(held.shipments.get(order_id, ()), decision)
    ]
    await store.take_shipments(conn, held.shipments, waits)
    return len(waits)


STEPS: Sequence[Step] = (
    orders,
    decisions,
    shipments,
    letters_to_partners,
    partner_messages,
    Mending(_count_what_waits),
)


async def still_open(conn: Connection, after: str, limit: int) -> Page:
    """Shipments of which units are still to leave, as they stand."""
    found = await store.open_shipments(conn, after, limit)
    things = [Thing(order_id, f"shipment/{shipment_id}", version) for order_id, shipment_id, version in found]
    return things, found[-1][1] if len(found) == limit else None


OPEN = Open((ShipmentCreated.event_type, ShipmentUpdated.event_type), still_open)
