"""What order-intake takes over when its database was put back: its orders, their names, what was heard of checkouts."""

from collections.abc import Collection, Mapping, Sequence

from order_events import ChangeKind, Event, OrderChanged, OrderPlaced
from order_intake import store
from order_intake.domain.booking import FIRST_VERSION, Booked, Delivery, book, number_of
from order_intake.domain.cancelling import OrderState
from order_intake.domain.checkouts import Readable
from order_intake.domain.codes import folded
from order_intake.domain.reading import record_key
from order_intake.domain.receiving import Accepted, Edited, HeldOrder, Outcome, Repeated, receive
from order_intake.domain.shops import Shop, unregistered
from order_intake.handlers import CHECKOUTS, deliveries_of
from order_intake.store import Announced, raw_inputs, refused
from order_intake.store.shops import shops_of
from service_runtime import Connection, Open, Page, Received, Step, Thing, had_heard, newest, takes_over


@takes_over(OrderPlaced)
async def placed(conn: Connection, said: Sequence[Received[OrderPlaced]]) -> int:
    """Every order that was placed, under the name it got: the same checkout again is then a repeat."""
    return await store.take_placed(conn, [_announced(event) for event in newest(said)])


def _announced(event: Received[OrderPlaced]) -> Announced:
    order, number = event.body, number_of(event.body.name)
    assert number is not None
    booked = Booked(folded(order.shop), number, None, Event(order, FIRST_VERSION, event.cause))
    return Announced(booked, event.time)


@takes_over(OrderChanged)
async def changed(conn: Connection, said: Sequence[Received[OrderChanged]]) -> int:
    """Every order as it was announced last; which versions cancelled it or took units back, they say themselves."""
    cancels = {event.order_id: event.version for event in said if ChangeKind.CANCELLED in event.body.changes}
    takes = {event.order_id: event.version for event in said if _takes_back(event.body)}
    states = [OrderState(event.body.order, event.version, cancels.get(event.order_id)) for event in newest(said)]
    return await store.take_changed(conn, [(state, takes.get(state.order.order_id)) for state in states])


def _takes_back(said: OrderChanged) -> bool:
    units = any(field.endswith(".cancelled") for field in said.fields)
    return ChangeKind.CANCELLED in said.changes or (units and ChangeKind.KEPT not in said.changes)


@had_heard(CHECKOUTS, key=record_key)
async def checkouts(conn: Connection, heard: Sequence[Received[bytes]]) -> Collection[str]:
    """What was answered is not answered again; what was refused is kept as it came. An order that is not there is no
    such record: it was parked, and is read again.
    """
    deliveries = await deliveries_of(conn, heard, lambda received: received.time)
    held = await store.held_orders(conn, [delivery.reading.order_id for delivery in deliveries])
    codes = {one.reading.shop for one in deliveries if isinstance(one.reading, Readable)}
    shops = await shops_of(conn, codes)
    outcomes = [_received(one, held.get(one.reading.order_id), shops) for one in deliveries]
    await raw_inputs.take(conn, _repeated(deliveries, outcomes))
    answered = [(d, o) for d, o in zip(deliveries, outcomes, strict=True) if not isinstance(o, Accepted | Edited)]
    now = max(received.time for received in heard)
    books = book([delivery for delivery, _ in answered], [outcome for _, outcome in answered], {}, {}, now)
    await refused.keep(conn, books.turned_away, now)
    return {delivery.cause.id for delivery, _ in answered}


def _received(one: Delivery, held: HeldOrder | None, shops: Mapping[str, Shop]) -> Outcome:
    """What the door made of it, as far as that was announced: what would change an order now was never decided."""
    shop = shops[one.reading.shop] if isinstance(one.reading, Readable) else unregistered("")
    return receive(one.reading, held, shop, one.cause.time)


def _repeated(deliveries: Sequence[Delivery], outcomes: Sequence[Outcome]) -> list[Delivery]:
    """Of each order that is held, a checkout that says what it is."""
    same = zip(deliveries, outcomes, strict=True)
    return list({one.reading.order_id: one for one, outcome in same if isinstance(outcome, Repeated)}.values())


STEPS: Sequence[Step] = (placed, changed, checkouts)


async def still_open(conn: Connection, after: str, limit: int) -> Page:
    """Orders of which something is still to leave, as they stand."""
    orders, next_ = await store.open_orders(conn, after, limit)
    return [Thing(order_id, f"order/{order_id}", version) for order_id, version in orders], next_


OPEN = Open((OrderPlaced.event_type, OrderChanged.event_type), still_open)
