"""A copy of both sides is made at some moment of an exchange; from it and from what was said they become what they were."""

from copy import deepcopy
from dataclasses import replace

from hypothesis import settings
from hypothesis.stateful import rule
from tests.unit.allocator.given import CAUSE
from tests.unit.exchange.test_allocator_and_fulfiller import NETWORK, Exchange

from allocator.domain.allocation import Held
from allocator.domain.rebuilding import NOTHING_MORE, rebuilt
from allocator.domain.restocking import Announced, gone, restocked
from allocator.domain.shipments import Shipment
from fulfiller.domain.announced import shipment_of, told, with_what_waits
from sizes import size


class PutBack(Exchange):
    def __init__(self):
        super().__init__()
        self.read = {}  # since the copy: per order and shipment, the newest the allocator read
        self.announced = {}  # per SKU and location, all versions of its stock
        self.ever = {}  # per order, what all decisions said
        self._copy()

    @rule()
    def a_copy_is_made(self):
        self._copy()

    def _copy(self):
        self.read, self.announced, self.ever = {}, {}, {}
        self.was_held, self.was_there = dict(self.allocator.held), deepcopy(self.allocator.shelf.levels)
        self.was_shipped = {order_id: dict(desk.shipments) for order_id, desk in self.fulfillers.items()}

    def _allocate(self, fact):
        before = len(self.decisions)
        super()._allocate(fact)
        for said in self.decisions[before:]:
            self.ever[said.order_id] = self.ever.get(said.order_id, NOTHING_MORE).after(said)
        for spot, (level, _, cause) in self.allocator.shelf.touched.items():
            announced = Announced(level.version, level.on_hand, counted=False, known=True, cause=cause)
            self.announced.setdefault(spot, []).append(announced)
        self.allocator.shelf.touched.clear()
        if isinstance(fact, Shipment) and any(one.shipped or one.released or one.answered for one in fact.lines):
            order_id = fact.shipment_id.rpartition("-F")[0]
            newest = self.read.setdefault(order_id, {})
            if fact.shipment_id not in newest or newest[fact.shipment_id].version < fact.version:
                newest[fact.shipment_id] = fact

    def teardown(self):
        self._both_become_what_they_were()
        super().teardown()
        self._both_become_what_they_were()

    def _both_become_what_they_were(self):
        self._the_allocator_does()
        for desk in self.fulfillers.values():
            self._the_fulfiller_does(desk)

    def _the_allocator_does(self):
        shelf = replace(self.allocator.shelf, levels=deepcopy(self.was_there), entries=[], touched={})
        moves = []
        for order_id, now in self.allocator.held.items():
            held = self.was_held.get(order_id, Held(order_id))
            newest = max((one for one in self.decisions if one.order_id == order_id), key=_revision, default=None)
            decided = newest if newest and newest.revision > held.revision else None
            order = self._order(order_id, decided.order_version) if decided else None
            again = rebuilt(
                held,
                order,
                decided,
                self.read.get(order_id, {}).values(),
                NETWORK.rates,
                self.ever.get(order_id, NOTHING_MORE),
            )
            moves += [(move, CAUSE) for move in again.moves]
            assert _sums(again.held) == _sums(now)
        announced = {(sku, at): gone(shelf.at(sku)[at], all_of) for (sku, at), all_of in self.announced.items()}
        assert not restocked(shelf, moves, announced)
        assert shelf.levels == _but_versions(self.allocator.shelf.levels, shelf.levels)

    def _order(self, order_id, version):
        return next(order for order, _ in self.versions[order_id] if order.version == version)

    def _the_fulfiller_does(self, desk):
        held = dict(self.was_shipped[desk.order_id])
        for version, body in desk.newest():
            known = held.get(body.shipment_id)
            if known is None or known.version < version:
                held[body.shipment_id] = shipment_of(body, version, known)
        for id_, one in held.items():
            held[id_] = told(one, [letter for letter in desk.letters if letter[1].shipment_id == id_])
        if desk.decision:
            held |= {one.shipment_id: one for one in with_what_waits(list(held.values()), desk.decision)}
        assert held == desk.shipments


def _revision(decision):
    return decision.revision


def _sums(held):
    """All but what is only shown, and at which version of a shipment its sums were read."""
    shipments = {id_: (one.location_id, one.lines) for id_, one in held.shipments.items()}
    shares = {location_id: dict(place.shares) for location_id, place in held.places.items()}
    return held.order, held.decided, held.revision, held.units, shares, shipments, set(held.excluded), held.declined


def _but_versions(levels, others):
    return {
        sku: {at: replace(level, version=others[sku][at].version) for at, level in by_location.items()}
        for sku, by_location in levels.items()
    }


PutBack.TestCase.settings = settings(max_examples=size(100, 4000), stateful_step_count=size(40, 60))
TestPutBack = PutBack.TestCase
