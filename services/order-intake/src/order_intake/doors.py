"""What both doors do with what comes in: read what is held, decide, write, say."""

from collections.abc import Mapping, Sequence
from itertools import starmap

from msgspec.structs import replace

from order_events import Cause, Event
from order_intake import store
from order_intake.domain import receiving
from order_intake.domain.booking import Answer, Books, Delivery, Heard, book, names_wanted
from order_intake.domain.cancelling import Changed, OrderState
from order_intake.domain.checkouts import Readable, Reading
from order_intake.domain.codes import folded
from order_intake.domain.editing import Word, edit
from order_intake.domain.facts import Fact, with_facts
from order_intake.domain.policy import with_policy
from order_intake.domain.reading import READS, SHOPIFY
from order_intake.domain.receiving import NOTHING_KNOWN, Accepted, Edited, HeldOrder, Known, Outcome, is_newer, receive
from order_intake.domain.shipments import units_shipped
from order_intake.domain.shops import Shop, System, unregistered
from order_intake.store import facts, placed_of, raw_inputs, refused, words
from order_intake.store.shops import Registry, registry, shops_of
from order_intake.timers import mind_payments
from service_runtime import Work, json_of


def read_again(door: str, raw: bytes, registry: Registry) -> Reading:
    """A body that came by a door before, by today's rules."""
    is_shopifys = door.rpartition("/")[0].endswith(SHOPIFY)
    return READS[System.SHOPIFY if is_shopifys else System.NATIVE](raw, shop_of(door, registry))


def shop_of(door: str, registry: Registry) -> Shop:
    """The shop whose own door it is: that stands at its end."""
    path, _, code = door.rpartition("/")
    return registry.shop(code) if path.endswith(SHOPIFY) else unregistered("")


async def take(work: Work, deliveries: Sequence[Delivery]) -> list[Answer]:
    """Take each order once and answer each delivery; no two deliveries may be of one order.

    The orders' locks are held. However many deliveries there are, they cost the same few statements: those of new
    orders, more where orders are changed, two more where a shop also speaks bit by bit.
    """
    held = await store.held_orders(work.conn, [delivery.reading.order_id for delivery in deliveries])
    shops = await shops_of(work.conn, {one.reading.shop for one in deliveries if isinstance(one.reading, Readable)})
    deliveries = await _with_facts(work, deliveries, shops)
    outcomes = await _outcomes(work, deliveries, held, shops)
    numbers = await store.take_numbers(work.conn, names_wanted(outcomes))
    new = [outcome for outcome in outcomes if isinstance(outcome, Accepted)]
    alike = await store.alike(work.conn, [one.likeness for one in new if one.likeness is not None])
    books = book(deliveries, outcomes, numbers, shops, work.now, alike)
    accepted = [one for one, outcome in zip(deliveries, outcomes, strict=True) if isinstance(outcome, Accepted)]
    await _add(work, books, accepted)
    await _hear(work, books.heard)
    await refused.keep(work.conn, books.turned_away, work.now)
    return books.answers


async def _with_facts(work: Work, deliveries: Sequence[Delivery], shops: Mapping[str, Shop]) -> Sequence[Delivery]:
    """Orders of shops that also speak bit by bit, with all those bits; what they say themselves is kept as such."""
    told = [one.reading for one in deliveries if isinstance(one.reading, Readable) and shops[one.reading.shop].is_told]
    if not told:
        return deliveries
    await facts.save(work.conn, {reading.order_id: reading.facts for reading in told})
    known = await facts.of(work.conn, [reading.order_id for reading in told])
    return [_whole(one, known.get(one.reading.order_id)) for one in deliveries]


def _whole(delivery: Delivery, known: Sequence[Fact] | None) -> Delivery:
    reading = delivery.reading
    if not known or not isinstance(reading, Readable):
        return delivery
    return replace(delivery, reading=replace(reading, order=with_facts(reading.order, known)))


async def hear(work: Work, order_id: str, shop: Shop, fact: Fact, cause: Cause) -> OrderState | None:
    """Take one bit that a shop says of an order; the order as it stands now, or None where it has not come yet."""
    await facts.save(work.conn, {order_id: [fact]})
    held = await store.order_state(work.conn, order_id)
    if held is None:
        return None
    known = (await _known(work, [order_id]))[order_id]
    wanted = with_facts(held.order, (await facts.of(work.conn, [order_id]))[order_id])
    wanted = with_policy(wanted, shop, work.now, held.order, known.released)
    outcome = edit(held, wanted, known.left, Word(shop.shop, is_so=True))
    if not isinstance(outcome, Changed):
        return held
    await store.change_orders(work.conn, [outcome], work.now)
    work.emit(Event(outcome.event, outcome.state.version, cause))
    return outcome.state


async def take_again(work: Work, causes: Mapping[str, Cause]) -> None:
    """Read orders again, by id, that waited for a word of their shop; who still waits for one is remembered anew."""
    raw = await raw_inputs.of(work.conn, list(causes))
    held = await store.held_orders(work.conn, list(causes))
    known = await _known(work, list(causes))
    registered = await registry(work.conn)
    heard = []
    for order_id, one in raw.items():
        if one.raw is None:
            continue
        reading, shop = read_again(one.door, one.raw, registered), registered.shop(folded(one.state.order.shop))
        outcome = receiving.read_again(reading, held[order_id], shop, work.now, known[order_id])
        if isinstance(outcome, Edited):
            heard.append(Heard(outcome.reading, causes[order_id], outcome.changed, None))
    await words.understood(work.conn, [one.reading.order_id for one in heard])
    await _hear(work, heard)


async def _outcomes(
    work: Work, deliveries: Sequence[Delivery], held: Mapping[str, HeldOrder], shops: Mapping[str, Shop]
) -> list[Outcome]:
    readings = [delivery.reading for delivery in deliveries]
    known = await _known(work, [one.order_id for one in readings if is_newer(one, held.get(one.order_id))])
    return [
        receive(one, held.get(one.order_id), _shop_of(one, shops), work.now, known.get(one.order_id, NOTHING_KNOWN))
        for one in readings
    ]


def _shop_of(reading: Reading, shops: Mapping[str, Shop]) -> Shop:
    code = reading.shop if isinstance(reading, Readable) else ""
    return shops.get(code) or unregistered(code)


async def _known(work: Work, order_ids: Sequence[str]) -> dict[str, Known]:
    """What has left of these orders, and which of their holds were released."""
    if not order_ids:
        return {}
    shipments = await store.shipments_of(work.conn, order_ids)
    released = await store.released_holds(work.conn, order_ids)
    return {id_: Known(units_shipped(shipments[id_]), released.get(id_, ())) for id_ in order_ids}


async def _add(work: Work, books: Books, accepted: Sequence[Delivery]) -> None:
    documents = [json_of(one.event.body) for one in books.booked]  # once: what is kept is what is said
    await store.add_orders(work.conn, books.booked, documents, work.now)
    await raw_inputs.keep(work.conn, accepted, work.now)
    waiting = [placed_of(one) for one in books.booked if placed_of(one).holds]
    mind_payments(work, waiting)
    await words.wait(work.conn, waiting)
    said = zip(books.booked, documents, strict=True)
    work.emit_all(one.event._replace(payload=document) for one, document in said)


async def _hear(work: Work, heard: Sequence[Heard]) -> None:
    """Write what shops say anew of orders that are held, and say what changed."""
    changes = [(one.changed, one.cause) for one in heard if one.changed]
    await store.change_orders(work.conn, [changed for changed, _ in changes], work.now)
    await store.hear_upstream(work.conn, heard)
    mind_payments(work, [changed.state.order for changed, _ in changes])
    await words.wait(work.conn, [changed.state.order for changed, _ in changes])
    work.emit_all(starmap(lambda changed, cause: Event(changed.event, changed.state.version, cause), changes))
