"""What the allocator takes over when its database was put back: decisions as announced, and the stock they moved."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import structlog

from allocator import store
from allocator.domain.allocation import Held
from allocator.domain.codes import sku_key
from allocator.domain.network import Rates
from allocator.domain.order import Order
from allocator.domain.rebuilding import NOTHING_MORE, Ever, Rebuilt, rebuilt
from allocator.domain.restocking import Announced, Gone, Unexplained, gone, restocked
from allocator.domain.shipments import Shipment
from allocator.domain.stock import MoveReason, Shelf
from allocator.handlers import order_of, shipment_of
from allocator.reads import OrderChangedRead, OrderPlacedRead, ShipmentRead
from order_events import AllocationDecided, Cause, InventoryChanged
from service_runtime import Connection, Mending, Open, Page, Received, Step, Thing, had_read, newest, takes_over

LOG = structlog.get_logger("allocator")


class StockDoesNotAddUpError(Exception):
    """What was announced does not explain itself; nothing was written."""


class Lost:
    """What was said since the copy was made, kept until all of it is read: only what the database does not know."""

    def __init__(self) -> None:
        self.decided: dict[str, Received[AllocationDecided]] = {}
        self.ever: dict[str, Ever] = {}
        self.orders: dict[str, Order] = {}
        self.shipments: dict[str, dict[str, Received[ShipmentRead]]] = defaultdict(dict)
        self.levels: dict[store.Spot, dict[int, Announced]] = defaultdict(dict)
        self.skus: dict[str, str] = {}
        self.read: set[str] = set()

    @property
    def steps(self) -> Sequence[Step]:
        """Decisions, then the orders they answer and the shipments they knew, then the stock; then all is written."""
        return (
            takes_over(AllocationDecided)(self._decisions),
            had_read(OrderPlacedRead, OrderChangedRead, ahead=True)(self._orders),
            had_read(OrderPlacedRead, OrderChangedRead)(self._read),
            had_read(ShipmentRead)(self._shipments),
            takes_over(InventoryChanged)(self._stock),
            Mending(self._mend),
        )

    async def _decisions(self, conn: Connection, said: Sequence[Received[AllocationDecided]]) -> int:
        known = await store.revisions(conn, [event.order_id for event in said])
        unknown = [event for event in said if event.version > known.get(event.order_id, 0)]
        for event in unknown:
            self.ever[event.order_id] = self.ever.get(event.order_id, NOTHING_MORE).after(event.body)
        self.decided.update({event.order_id: event for event in newest(unknown)})
        return len(unknown)

    async def _orders(self, _: Connection, read: Sequence[Received[OrderPlacedRead | OrderChangedRead]]) -> int:
        """The version a decision answers; one that is newer is decided when it is read again."""
        taken = 0
        for event in read:
            decided = self.decided.get(event.order_id)
            if decided and event.version == decided.body.order_version:
                self.orders[event.order_id] = order_of(event.body.order, event.version)
                taken += 1
        return taken

    async def _read(self, _: Connection, read: Sequence[Received[Any]]) -> int:
        """What the group had read: the stock moved by it is rebuilt, that moved by anything behind it moves again."""
        self.read.update(event.id for event in read)
        return 0

    async def _shipments(self, _: Connection, read: Sequence[Received[ShipmentRead]]) -> int:
        self.read.update(event.id for event in read)
        mattering = newest(event for event in read if event.body.matters)
        for event in mattering:
            held = self.shipments[event.order_id].get(event.subject)
            if held is None or held.version < event.version:
                self.shipments[event.order_id][event.subject] = event
        return len(mattering)

    async def _stock(self, conn: Connection, said: Sequence[Received[InventoryChanged]]) -> int:
        held = await store.stock_versions(conn, {_spot(event.body) for event in said})
        taken = 0
        for event in said:
            spot, body = _spot(event.body), event.body
            if event.version > held.get(spot, 0):
                counted = body.reason == MoveReason.CYCLE_COUNT_AVAILABLE
                known = _because_of(event) in self.read
                self.levels[spot][event.version] = Announced(event.version, body.on_hand, counted, known, event.cause)
                self.skus[spot[0]] = body.sku
                taken += 1
        return taken

    async def _mend(self, conn: Connection) -> int:
        """Write what every order and level has come to; the units that orders took decide what is available."""
        await self._make_room(conn)
        network = await store.network(conn)
        order_ids = sorted({*self.decided, *self.shipments})
        before = await store.held(conn, order_ids)
        after = {order_id: self._rebuilt(before.get(order_id, Held(order_id)), network.rates) for order_id in order_ids}
        changed = {id_: one.held for id_, one in after.items() if one.held != before.get(id_, Held(id_))}
        moves = [(move, self._cause(order_id)) for order_id, one in after.items() for move in one.moves]
        shelf = await store.shelf(conn, {move.sku_key for move, _ in moves} | {sku for sku, _ in self.levels})
        _refuse(restocked(shelf, moves, self._gone(shelf)))
        versions = {spot: max(announced) for spot, announced in self.levels.items()}
        await store.mend(conn, before, changed, shelf, versions, datetime.now(UTC))
        for kept in (self.decided, self.ever, self.orders, self.shipments, self.levels, self.skus, self.read):
            kept.clear()
        return len(changed)

    def _rebuilt(self, held: Held, rates: Rates) -> Rebuilt:
        decided = self.decided.get(held.order_id)
        shipments = [_shipment(event) for event in self.shipments.get(held.order_id, {}).values()]
        order = self.orders.get(held.order_id)
        if decided and order is None and (held.order is None or held.order.version != decided.body.order_version):
            LOG.error("an order that was decided is in no topic", order_id=held.order_id)
        return rebuilt(
            held, order, decided.body if decided else None, shipments, rates, self.ever.get(held.order_id, NOTHING_MORE)
        )

    def _cause(self, order_id: str) -> Cause:
        decided = self.decided.get(order_id)
        return (decided or next(iter(self.shipments[order_id].values()))).cause

    def _gone(self, shelf: Shelf) -> dict[store.Spot, Gone]:
        return {(sku, at): gone(shelf.at(sku)[at], levels.values()) for (sku, at), levels in self.levels.items()}

    async def _make_room(self, conn: Connection) -> None:
        """Rows for SKUs and places that came after the copy; what they are, nobody said: it must be put again."""
        said = {place.location_id: place.partner_id for one in self.decided.values() for place in one.body.places}
        partners = {location_id: said.get(location_id) for _, location_id in self.levels}
        if made := await store.make_room(conn, self.skus, partners, list(self.levels)):
            LOG.warning("made without knowing what they are: put them again", skus_and_locations=made)


def _spot(body: InventoryChanged) -> store.Spot:
    return sku_key(body.sku), body.location_id


def _shipment(event: Received[ShipmentRead]) -> Shipment:
    return shipment_of(event.body, event.version)


def _because_of(event: Received[Any]) -> str:
    return dict(event.record.headers).get("x-causation-id", b"").decode()


def _refuse(unexplained: Sequence[Unexplained]) -> None:
    if unexplained:
        named = ", ".join(f"{one.level.sku} at {one.level.location_id}" for one in unexplained[:5])
        raise StockDoesNotAddUpError(
            f"{len(unexplained)} levels do not add up, such as {named}: something that moved them was not announced"
        )


async def still_open(conn: Connection, after: str, limit: int) -> Page:
    """Allocations of which units are still to leave, at the revision that was said last."""
    found = await store.allocations_after(conn, after, limit)
    things = [
        Thing(one.order_id, f"allocation/{one.order_id}", one.revision) for one in found if one.is_open and one.revision
    ]
    return things, found[-1].order_id if len(found) == limit else None


OPEN = Open((AllocationDecided.event_type,), still_open)
