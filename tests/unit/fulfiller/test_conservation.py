"""Whatever is done to an order's shipments, legal or not: units are conserved, sums only grow, what is over stays over."""

from datetime import timedelta

from hypothesis import given as forall
from hypothesis import settings
from hypothesis import strategies as st
from tests.unit.fulfiller.given import (
    NOW,
    a_decision,
    a_message,
    an_order,
    at_bench,
    at_partner,
    given,
    held_after,
)

from fulfiller.domain.bench import Left, Wish, pack
from fulfiller.domain.fulfilment import advance, why_barred
from fulfiller.domain.packing import Wanted
from fulfiller.domain.partner import Changed, hear
from fulfiller.domain.shipment import DISPATCHED_AFTER_RELEASE
from fulfiller.domain.transitions import allowed
from order_events import MilestoneStatus, PartnerAnswer
from sizes import size

LINES = ("1", "2")
KINDS = [kind for kind in PartnerAnswer if kind is not PartnerAnswer.OTHER]
PACKAGES = st.sampled_from(("P1", "P2", "P3", "P4"))
PLACES = ("hub", "bench")
PARTNERS_WORDS = [kind.value for kind in KINDS]


@st.composite
def acts(draw, world):
    """Something to do to the world: mostly what is possible, now and then what is not."""
    kind = draw(st.sampled_from(("assign", "ask", "order", "decide", *(["pack"] * 3), *(["hear"] * 6))))
    if kind == "assign":
        return kind, draw(st.sampled_from(PLACES)), draw(st.sampled_from(LINES)), draw(st.integers(1, 4))
    if kind == "ask":
        return kind, draw(st.sampled_from(PLACES)), draw(st.sampled_from(LINES)), draw(st.integers(1, 5))
    if kind == "order":
        return kind, draw(st.sampled_from((None, None, "fraud")))
    if kind == "decide" or not world.held:
        return ("decide",)
    shipment = draw(st.sampled_from(world.held))
    units = {line.line_id: draw(st.integers(0, line.ordered - line.shipped + 1)) for line in shipment.lines}
    units = {line: n for line, n in units.items() if n} or {"nowhere": 1}
    if kind == "pack":
        return kind, shipment, units, draw(PACKAGES | st.none())
    possible = [act.value for act in allowed(shipment) if act.value in PARTNERS_WORDS]
    word = draw(st.sampled_from(possible + PARTNERS_WORDS if draw(st.booleans()) else possible or PARTNERS_WORDS))
    return kind, shipment, word, units, draw(PACKAGES)


class World:
    """One order, what was ever decided of it, and its shipments."""

    def __init__(self):
        self.order, self.held, self.revision, self.answers = an_order(), [], 0, 1
        self.assigned, self.asked = {}, {}

    def decision(self):
        duties = {
            place: [
                given(line, self.assigned.get((place, line), 0), self.asked.get((place, line), 0)) for line in LINES
            ]
            for place in ("hub", "bench")
        }
        sites = (at_partner(*duties["hub"]), at_bench(*duties["bench"]))
        return a_decision(*sites, revision=self.revision, order_version=self.answers)

    def advance(self, acted=None):
        acted = acted and [acted if one.shipment_id == acted.shipment_id else one for one in self.held]
        changes = advance(self.order, self.decision(), self.held, acted)
        self.held = held_after(changes, *self.held)

    def do(self, act):
        kind, *what = act
        getattr(self, f"do_{kind}")(*what)

    def do_assign(self, place, line, units):
        self.assigned[place, line] = self.assigned.get((place, line), 0) + units
        self.do_decide()

    def do_ask(self, place, line, units):
        self.asked[place, line] = self.asked.get((place, line), 0) + units
        self.do_decide()

    def do_order(self, hold):
        self.order = self.order._replace(version=self.order.version + 1, hold=hold)
        self.advance()

    def do_decide(self):
        self.revision, self.answers = self.revision + 1, self.order.version
        self.advance()

    def do_pack(self, shipment, units, package_id):
        wish = Wish(package_id, [Wanted(line, None, units[line]) for line in units], None, None)
        packed = pack(shipment, wish, NOW, barred=why_barred(self.order, self.decision()))
        if isinstance(packed, Left):
            self.advance(packed.shipment)

    def do_hear(self, shipment, kind, units, package_id):
        lines = [{"line_id": line, "sku": f"SKU-{line}", "quantity": units[line]} for line in units]
        message = a_message(
            kind, package_id=package_id, lines=lines, reason="other", milestone=MilestoneStatus.DELIVERED,
            happened_at=NOW + timedelta(minutes=len(lines)),
        )  # fmt: skip
        heard = hear(message, shipment, "swift")
        if isinstance(heard, Changed):
            self.advance(heard.shipment)


def sums_of(shipment):
    return {line.line_id: (line.ordered, line.shipped, line.released, line.answered) for line in shipment.lines}


def units_are_conserved(world):
    for shipment in world.held:
        for line in shipment.lines:
            late = line.shipped + line.released - line.ordered
            assert line.open == max(0, -late)
            assert late <= 0 or line.reason == DISPATCHED_AFTER_RELEASE
            in_packages = sum(
                one.quantity for package in shipment.packages for one in package.lines if one.line_id == line.line_id
            )
            assert in_packages == line.shipped
        assert shipment.over == (shipment.open_units == 0)
    for (place, line), assigned in world.assigned.items():
        ordered = sum(sums_of(one).get(line, (0,))[0] for one in world.held if one.location_id == place)
        assert ordered == assigned


def asks_are_answered_or_wait_for_a_partner(world):
    for (place, line), asked in world.asked.items():
        there = [one for one in world.held if one.location_id == place and one.line(line)]
        assert sum(one.line(line).answered + one.line(line).waiting for one in there) == asked
        for one in there:
            assert not one.line(line).waiting or (one.request_status == "cancellation_requested" and not one.over)


def nothing_went_back(before, world):
    for had in before:
        now = next(one for one in world.held if one.shipment_id == had.shipment_id)
        for line_id, sums in sums_of(had).items():
            assert all(new >= old for new, old in zip(sums_of(now)[line_id], sums, strict=True))
        assert now.over >= had.over
        assert not had.over or now.status == had.status
        assert now.version == had.version + (now != had)


def lived(data, steps):
    """A world in which as many things as drawn happened, checked after each."""
    world = World()
    for _ in range(data.draw(steps)):
        before = list(world.held)
        world.do(data.draw(acts(world)))
        units_are_conserved(world)
        asks_are_answered_or_wait_for_a_partner(world)
        nothing_went_back(before, world)
    return world


@settings(max_examples=size(150, 3000))
@forall(st.data())
def test_units_are_conserved_sums_grow_and_what_is_over_stays_over(data):
    lived(data, st.integers(10, 40))


@settings(max_examples=size(50, 1000))
@forall(st.data())
def test_once_the_partner_has_answered_every_ask_is_answered(data):
    world = lived(data, st.integers(5, 25))
    for shipment in list(world.held):
        if shipment.request_status == "cancellation_requested" and not shipment.over:
            kind = data.draw(st.sampled_from(("cancellation_accepted", "cancellation_rejected")))
            world.do_hear(shipment, kind, {}, None)
    for (place, line), asked in world.asked.items():
        there = [one.line(line) for one in world.held if one.location_id == place and one.line(line)]
        assert sum(one.answered for one in there) == asked
