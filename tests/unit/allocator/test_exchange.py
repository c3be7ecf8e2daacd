"""Allocator and fulfiller talk, messages delayed, skipped and repeated: every ask ends answered, units are conserved."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.unit.allocator.bench_peer import Peer
from tests.unit.allocator.given import Desk, a_line, a_shelf, an_order, booked, ordered

from allocator.domain.allocation import Held, live_of, spots_of, sums_at
from allocator.domain.order import Order
from order_events import UnitOutcome
from sizes import size

SKUS, PLACES, ORDERS = ("mug", "pot"), ("A", "B", "C"), ("o1", "o2", "o3")
POLICIES = ("ship_available", "all_or_nothing", "hold_until_complete", "cancel_missing")
START = {"mug": {"A": 2, "B": 3, "C": 1}, "pot": {"A": 1, "B": 0, "C": 4}}


class Exchange(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk(a_shelf(START))
        self.versions: dict[str, list[Order]] = {}
        self.peers = {order_id: Peer(order_id) for order_id in ORDERS}

    # the shop

    @rule(
        order_id=st.sampled_from(ORDERS),
        lines=st.lists(st.tuples(st.sampled_from(SKUS), st.integers(1, 3)), min_size=1, max_size=3),
        policy=st.sampled_from(POLICIES),
    )
    def place(self, order_id, lines, policy):
        wanted = [a_line(str(n), sku, units) for n, (sku, units) in enumerate(lines)]
        self.versions.setdefault(order_id, [an_order(*wanted, order_id=order_id, policy=policy)])

    @precondition(lambda self: self.versions)
    @rule(data=st.data())
    def change(self, data):
        """Cancel some units, or take a cancel back."""
        last = data.draw(st.sampled_from([versions[-1] for versions in self.versions.values()]))
        lines = [line._replace(cancelled=data.draw(st.integers(0, line.quantity))) for line in last.lines]
        self.versions[last.order_id].append(last._replace(version=last.version + 1, lines=tuple(lines)))

    # what arrives, in any order, any number of times

    @precondition(lambda self: self.versions)
    @rule(data=st.data())
    def the_allocator_reads_an_order(self, data):
        order_id = data.draw(st.sampled_from(sorted(self.versions)))
        self.desk.hear(data.draw(st.sampled_from(self.versions[order_id])))

    @precondition(lambda self: self.desk.said)
    @rule(data=st.data())
    def the_fulfiller_reads_a_decision(self, data):
        held = data.draw(st.sampled_from(self.desk.said))
        self.peers[held.order_id].read(held.revision, held.places)

    @precondition(lambda self: any(peer.said for peer in self.peers.values()))
    @rule(data=st.data())
    def the_allocator_reads_a_shipment(self, data):
        self.desk.hear(data.draw(st.sampled_from([said for peer in self.peers.values() for said in peer.said])))

    @rule(data=st.data())
    def a_batch_arrives(self, data):
        said = [s for peer in self.peers.values() for s in peer.said] + [v for vs in self.versions.values() for v in vs]
        if said:
            self.desk.hear(*data.draw(st.lists(st.sampled_from(said), max_size=5)))

    # the bench

    @precondition(lambda self: any(peer.works for peer in self.peers.values()))
    @rule(data=st.data(), units=st.integers(1, 3))
    def units_leave(self, data, units):
        peer, work = data.draw(st.sampled_from([(p, w) for p in self.peers.values() for w in p.works]))
        peer.ship(work, data.draw(st.sampled_from(sorted(work.lines))), units)

    @precondition(lambda self: any(peer.works for peer in self.peers.values()))
    @rule(data=st.data())
    def a_unit_leaves_that_was_given_back(self, data):
        peer, work = data.draw(st.sampled_from([(p, w) for p in self.peers.values() for w in p.works]))
        peer.ship_after_all(work, data.draw(st.sampled_from(sorted(work.lines))))

    @precondition(lambda self: any(peer.works for peer in self.peers.values()))
    @rule(data=st.data())
    def a_shipment_is_closed_short(self, data):
        peer, work = data.draw(st.sampled_from([(p, w) for p in self.peers.values() for w in p.works]))
        peer.close(work)

    @precondition(lambda self: any(peer.asks() for peer in self.peers.values()))
    @rule(data=st.data(), release=st.booleans())
    def an_ask_is_answered(self, data, release):
        peer, at = data.draw(st.sampled_from([(p, ask) for p in self.peers.values() for ask in p.asks()]))
        peer.settle(*at, release)

    # what always holds

    @invariant()
    def units_sum_to_what_was_ordered(self):
        for held in self.desk.held.values():
            if held.order:
                assert ordered(held) == {line.line_id: line.quantity for line in held.order.lines}

    @invariant()
    def live_never_exceeds_ordered(self):
        for held in self.desk.held.values():
            spots = spots_of(held)
            for line in held.order.lines if held.order else ():
                assert live_of(spots.get(line.line_id, ())) <= line.quantity

    @invariant()
    def no_bucket_is_negative_and_the_ledger_adds_up(self):
        sums = booked(self.desk.shelf)
        for sku, places in START.items():
            for at, units in places.items():
                level = self.desk.shelf.at(sku)[at]
                assert level.available == units + sums.get((sku, at, "available"), 0) >= 0
                assert level.committed == sums.get((sku, at, "committed"), 0) == self._committed(sku, at)

    def _committed(self, sku, at):
        return sum(committed(held, line.line_id, at) for held, line in self._lines(sku))

    def _lines(self, sku):
        orders = [held for held in self.desk.held.values() if held.order]
        return [(held, line) for held in orders for line in held.order.lines if line.sku_key == sku]

    def teardown(self):
        """At the end everything is delivered and answered, and the books of both sides agree."""
        for _ in range(100):
            before = self._state()
            self._deliver_the_newest()
            if self._state() == before:
                break
        else:
            raise AssertionError("the exchange does not come to rest")
        for order_id, versions in self.versions.items():
            self._agrees(self.desk.held[order_id], self.peers[order_id], versions[-1])

    def _state(self):
        return [(p.revision, len(p.said)) for p in self.peers.values()], len(self.desk.said)

    def _deliver_the_newest(self):
        for versions in self.versions.values():
            self.desk.hear(versions[-1])
        for held in self.desk.said:
            self.peers[held.order_id].read(held.revision, held.places)
        for peer in self.peers.values():
            for ask in peer.asks():
                peer.settle(*ask, release=True)
            newest = {said.shipment_id: said for said in peer.said}
            self.desk.hear(*newest.values())

    def _agrees(self, held, peer, order):
        assert held.decided == order.version
        assert peer.asks() == []
        for line in order.lines:
            there = sum(
                w.lines[line.line_id].ordered - w.lines[line.line_id].released
                for w in peer.works
                if line.line_id in w.lines
            )
            assert there == sum(
                u.units for u in held.units if u.line_id == line.line_id and u.outcome is UnitOutcome.ALLOCATED
            )
        for (at, line_id), sums in sums_at(held.shipments).items():
            assert sums.answered >= held.places[at].shares[line_id].asked


def committed(held: Held, line_id: str, at: str) -> int:
    place = held.places.get(at)
    sums = sums_at(held.shipments).get((at, line_id))
    if place is None or line_id not in place.shares:
        return 0
    return place.shares[line_id].assigned - (sums.released + sums.shipped - sums.over if sums else 0)


Exchange.TestCase.settings = settings(max_examples=size(60, 2000), stateful_step_count=size(40, 80))
TestExchange = Exchange.TestCase
