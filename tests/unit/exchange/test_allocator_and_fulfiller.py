"""The real allocator and the real fulfiller talk: messages delayed, skipped, repeated, in any order.

Whatever happens, once all that was said has arrived and partners have answered: every ask is answered, units are
conserved, and what is allocated is what the shipments hold.
"""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.unit.allocator.given import Desk, a_line, a_shelf, an_order, booked
from tests.unit.exchange.fulfiller_desk import FulfillerDesk

from allocator.domain.announcing import allocation_decided
from allocator.domain.network import Location, Network, Rates
from allocator.domain.shipments import Shipment, ShipmentLine
from fulfiller.domain.shipment import DISPATCHED_AFTER_RELEASE
from order_events import FulfilledBy, ShipmentStatus, ShipmentUpdated, UnitOutcome
from sizes import size

STOCK = {"mug": {"bench": 2, "hub": 4, "depot": 3}, "pot": {"bench": 3, "hub": 0, "depot": 4}}
PARTNER, BENCH = FulfilledBy.PARTNER, FulfilledBy.MANUAL
NETWORK = Network(
    {
        "bench": Location("bench", None, BENCH, None),
        "hub": Location("hub", None, PARTNER, "swift"),
        "depot": Location("depot", None, PARTNER, "north"),
    },
    Rates("KRW", 3_000_000, 500_000, 100_000),
)
ORDERS = ("o1", "o2")
HOLDS = (None, None, None, "fraud")
LINES = st.lists(st.tuples(st.sampled_from(sorted(STOCK)), st.integers(1, 4)), min_size=1, max_size=3)
POLICIES = st.sampled_from(("ship_available", "all_or_nothing", "cancel_missing"))
WORDS = ("accepted", "rejected", "cancellation_accepted", "cancellation_rejected", "dispatched", "closed", "event")


class Exchange(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.allocator = Desk(a_shelf(STOCK), NETWORK)
        self.fulfillers = {order_id: FulfillerDesk(order_id) for order_id in ORDERS}
        self.versions = {}  # per order, its versions with their holds
        self.decisions = []  # all that the allocator said
        self.packages = 0
        self.gave_back = set()  # (order, place): whose partner would not ship, or closed short

    # the shop

    @initialize(data=st.data())
    def place(self, data):
        """Both orders are decided and taken up before anything goes wrong."""
        for order_id in ORDERS:
            lines = data.draw(LINES)
            wanted = [a_line(str(n), sku, units) for n, (sku, units) in enumerate(lines)]
            order = an_order(*wanted, order_id=order_id, policy=data.draw(POLICIES))
            self.versions[order_id] = [(order, data.draw(st.sampled_from(HOLDS)))]
        if data.draw(st.booleans()):
            self._deliver()

    @rule(data=st.data(), hold=st.sampled_from(HOLDS))
    def change(self, data, hold):
        """Cancel some units, all of them or none, or take a cancel back, or want more of a line; hold or release."""
        last, _ = data.draw(st.sampled_from([versions[-1] for versions in self.versions.values()]))
        share = data.draw(st.sampled_from(("some", "some", "all", "none", "more")))
        lines = [_edited(data, line, share) for line in last.lines]
        self.versions[last.order_id].append((last._replace(version=last.version + 1, lines=tuple(lines)), hold))

    @rule(data=st.data(), hold=st.sampled_from(HOLDS))
    def change_and_deliver(self, data, hold):
        self.change(data, hold)
        self._deliver()

    # what arrives, in any order, any number of times

    @rule(data=st.data())
    def the_allocator_reads_an_order(self, data):
        order, _ = data.draw(st.sampled_from([one for versions in self.versions.values() for one in versions]))
        self._allocate(order)

    @rule(data=st.data())
    def the_fulfiller_reads_an_order(self, data):
        order, hold = data.draw(st.sampled_from([one for versions in self.versions.values() for one in versions]))
        self.fulfillers[order.order_id].read_order(order.version, hold)

    @precondition(lambda self: self.decisions)
    @rule(data=st.data())
    def the_fulfiller_reads_a_decision(self, data):
        said = data.draw(st.sampled_from(self.decisions))
        self.fulfillers[said.order_id].read_decision(said)

    @precondition(lambda self: self._said())
    @rule(data=st.data())
    def the_allocator_reads_a_shipment(self, data):
        self._allocate(_as_read(data.draw(st.sampled_from(self._said()))))

    @rule()
    def the_newest_is_read_by_the_fulfiller(self):
        self._tell_fulfillers()

    @rule()
    def the_newest_is_read_by_the_allocator(self):
        self._tell_allocator()

    @rule()
    def all_is_delivered(self):
        self._deliver()

    # bench and partners

    @precondition(lambda self: any(desk.at_benches for desk in self.fulfillers.values()))
    @rule(data=st.data())
    def the_bench_packs(self, data):
        desk, shipment = data.draw(st.sampled_from(self._all("at_benches")))
        desk.pack(shipment, _units(data, shipment))

    @precondition(lambda self: any(desk.at_partners for desk in self.fulfillers.values()))
    @rule(data=st.data())
    def a_partner_speaks(self, data):
        """Mostly of what is possible, now and then of what is not."""
        desk, shipment = data.draw(st.sampled_from(self._all("at_partners")))
        word = data.draw(st.sampled_from([*desk.words_of(shipment) * 4, *WORDS]))
        self._hear(desk, shipment, word, _units(data, shipment))

    @precondition(lambda self: any(desk.waiting for desk in self.fulfillers.values()))
    @rule(data=st.data(), word=st.sampled_from(("cancellation_accepted", "cancellation_rejected")))
    def a_partner_answers_a_cancel(self, data, word):
        desk, shipment = data.draw(st.sampled_from(self._all("waiting")))
        self._hear(desk, shipment, word, {})

    @precondition(lambda self: any(desk.let_go for desk in self.fulfillers.values()))
    @rule(data=st.data())
    def a_partner_dispatches_what_it_had_let_go(self, data):
        desk, shipment = data.draw(st.sampled_from(self._all("let_go")))
        self._hear(desk, shipment, "dispatched", _units(data, shipment))

    # what always holds

    @invariant()
    def no_unit_is_made_or_lost(self):
        for desk in self.fulfillers.values():
            for shipment in desk.shipments.values():
                for line in shipment.lines:
                    late = line.shipped + line.released > line.ordered
                    assert not late or line.reason == DISPATCHED_AFTER_RELEASE
                    assert _packed(shipment, line.line_id) == line.shipped

    @invariant()
    def what_is_asked_is_answered_or_waits_for_a_partner(self):
        for desk in self.fulfillers.values():
            for site in desk.decision.sites if desk.decision and desk.order else ():
                for duty in site.duties:
                    there = _lines_at(desk, site.location_id, duty.line_id)
                    assert sum(line.ordered for line in there) == duty.assigned
                    assert sum(line.answered + line.waiting for line in there) == duty.asked

    @invariant()
    def the_ledger_is_the_balance(self):
        sums = booked(self.allocator.shelf)
        for sku, places in STOCK.items():
            for at, units in places.items():
                level = self.allocator.shelf.at(sku)[at]
                assert level.available == units + sums.get((sku, at, "available"), 0) >= 0
                assert level.committed == sums.get((sku, at, "committed"), 0) >= 0

    @invariant()
    def no_place_is_passed_over_for_what_we_asked_back(self):
        for order_id, held in self.allocator.held.items():
            assert {(order_id, place) for place in held.excluded} <= self.gave_back

    # the end

    def teardown(self):
        """All is delivered, holds go, partners answer: then the books of both sides agree."""
        for versions in self.versions.values():
            order, hold = versions[-1]
            if hold:
                versions.append((order._replace(version=order.version + 1), None))
        for _ in range(50):
            before = len(self.decisions), len(self._said())
            self._deliver()
            for number, (desk, shipment) in enumerate(self._all("waiting")):
                self._hear(desk, shipment, ("cancellation_accepted", "cancellation_rejected")[number % 2], {})
            if before == (len(self.decisions), len(self._said())):
                break
        else:
            raise AssertionError("the exchange does not come to rest")
        for order_id, versions in self.versions.items():
            self._agree(self.allocator.held[order_id], self.fulfillers[order_id], versions[-1][0])

    def _agree(self, held, desk, order):
        said = allocation_decided(held, NETWORK)
        assert (said.order_version, desk.order.version, desk.decision.revision) == (
            order.version,
            order.version,
            said.revision,
        )
        for line in order.lines:
            units = [one for one in said.units if one.line_id == line.line_id]
            assert sum(one.quantity for one in units) == line.quantity
            allocated = sum(one.quantity for one in units if one.outcome is UnitOutcome.ALLOCATED)
            here = [one.line(line.line_id) for one in desk.shipments.values() if one.line(line.line_id)]
            assert allocated == sum(one.ordered - one.released for one in here)
        for ask in said.asked:
            there = _lines_at(desk, ask.location_id, ask.line_id)
            assert sum(one.answered for one in there) == ask.quantity
        asked = {ask.line_id for ask in said.asked if ask.quantity}
        assert _staying(desk.said) == {line_id: _units_here(desk, line_id) for line_id in asked}
        for shipment in desk.at_partners:
            assert shipment.over or shipment.request_status != "unsubmitted"
        assert not any(one.status is ShipmentStatus.ON_HOLD for one in desk.shipments.values())
        if all(line.cancelled == line.quantity for line in order.lines):
            assert all(map(_happened, desk.newest())), "the notifier tells a cancel by what shipments answered"

    def _deliver(self):
        self._tell_fulfillers()
        self._tell_allocator()
        self._tell_fulfillers()

    def _tell_fulfillers(self):
        for versions in self.versions.values():
            order, hold = versions[-1]
            self.fulfillers[order.order_id].read_order(order.version, hold)
        for said in self.decisions:
            self.fulfillers[said.order_id].read_decision(said)

    def _tell_allocator(self):
        for versions in self.versions.values():
            self._allocate(versions[-1][0])
        for desk in self.fulfillers.values():
            for said in filter(_happened, desk.newest()):
                self._allocate(_as_read(said))

    def _allocate(self, fact):
        settled = self.allocator.hear(fact)
        self.decisions += [allocation_decided(said.held, NETWORK) for said in settled.said]

    def _hear(self, desk, shipment, word, units):
        self.packages += 1
        if word in ("rejected", "closed"):
            self.gave_back.add((desk.order_id, shipment.location_id))
        desk.hear(shipment, word, units, f"P{self.packages}")

    def _said(self):
        return [said for desk in self.fulfillers.values() for said in desk.said if _happened(said)]

    def _all(self, which):
        return [(desk, shipment) for desk in self.fulfillers.values() for shipment in getattr(desk, which)]


def _edited(data, line, share):
    if share == "more":
        return line._replace(quantity=line.quantity + data.draw(st.integers(0, 2)))
    return line._replace(cancelled=_cancelled(data, line, share))


def _cancelled(data, line, share):
    return {"all": line.quantity, "none": 0}.get(share, data.draw(st.integers(0, line.quantity)))


def _units(data, shipment):
    drawn = {one.line_id: data.draw(st.integers(0, one.ordered - one.shipped)) for one in shipment.lines}
    return {line_id: units for line_id, units in drawn.items() if units}


def _packed(shipment, line_id):
    return sum(one.quantity for package in shipment.packages for one in package.lines if one.line_id == line_id)


def _lines_at(desk, location_id, line_id):
    there = [one.line(line_id) for one in desk.shipments.values() if one.location_id == location_id]
    return [line for line in there if line]


def _units_here(desk, line_id):
    return sum(one.line(line_id).staying for one in desk.shipments.values() if one.line(line_id))


def _staying(said):
    """What was said last of all that was asked back: how order-intake learns what was kept."""
    settled = said[-1][1].settled if said else None
    return {one.line_id: one.units for one in settled.lines} if settled else {}


def _happened(said):
    """The allocator does not read a shipment as it is born."""
    return isinstance(said[1], ShipmentUpdated)


def _as_read(said):
    """What a shipment event says, as the allocator reads it."""
    version, body = said
    lines = [ShipmentLine(one.line_id, one.ordered, one.shipped, one.released, one.answered) for one in body.lines]
    return Shipment(body.shipment_id, version, body.location_id, tuple(lines))


Exchange.TestCase.settings = settings(max_examples=size(100, 3000), stateful_step_count=size(40, 80))
TestExchange = Exchange.TestCase
