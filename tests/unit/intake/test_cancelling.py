"""What a cancel takes back, and what of it turns out to be kept."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.intake.checkouts import checkout

from order_events import CancelReason, ChangeKind, Order, ShipmentStatus
from order_intake.domain.cancelling import (
    AlreadyCancelled,
    AlreadyShipped,
    CancelWish,
    Changed,
    OrderState,
    cancel,
    keep,
    next_version,
)
from order_intake.domain.checkouts import Readable, read_checkout
from order_intake.domain.shipments import LineState, Settled, ShipmentState, Staying, with_newest

WISH = CancelWish(datetime(2026, 11, 23, tzinfo=UTC), CancelReason.CUSTOMER, "mina", "found it cheaper")


def order(**quantities: int) -> OrderState:
    reading = read_checkout(checkout())
    assert isinstance(reading, Readable)
    line = reading.order.lines[0]
    lines = [line.model_copy(update={"line_id": id_, "quantity": quantity}) for id_, quantity in quantities.items()]
    return OrderState(Order(**{**reading.order.__dict__, "name": "#1001", "lines": tuple(lines)}), 1, None)


def shipment(number: int, version: int, **lines: tuple[int, int, int, int]) -> ShipmentState:
    """Lines by id as (ordered, shipped, released, answered)."""
    states = tuple(LineState(line_id, *counts) for line_id, counts in lines.items())
    return ShipmentState(f"o-F{number}", "o", version, ShipmentStatus.OPEN, states)


def cancelled_of(state: OrderState) -> dict[str, int]:
    return {line.line_id: line.cancelled for line in state.order.lines}


def cancelled(held: OrderState, *shipments: ShipmentState) -> OrderState:
    outcome = cancel(held, shipments, WISH)
    assert isinstance(outcome, Changed)
    return outcome.state


def test_a_cancel_takes_back_all_that_is_not_known_to_have_left():
    state = cancelled(order(a=5, b=1), shipment(1, 2, a=(3, 2, 0, 0)), shipment(2, 1, a=(2, 0, 0, 0), b=(1, 0, 0, 0)))
    assert cancelled_of(state) == {"a": 3, "b": 1}


def test_a_cancel_says_the_next_version_who_and_why():
    outcome = cancel(order(a=2), [], WISH)
    assert isinstance(outcome, Changed)
    assert (outcome.state.version, outcome.state.cancelled_version) == (2, 2)
    assert outcome.event.order == outcome.state.order
    assert outcome.event.changes == (ChangeKind.CANCELLED,)
    assert (outcome.event.actor, outcome.event.reason) == ("mina", "found it cheaper")
    cancellation = outcome.state.order.cancellation
    assert cancellation is not None
    assert (cancellation.at, cancellation.reason, cancellation.actor) == (WISH.at, WISH.reason, WISH.actor)


def test_what_has_all_left_cannot_be_cancelled():
    outcome = cancel(order(a=2, b=1), [shipment(1, 3, a=(2, 2, 0, 0), b=(1, 1, 0, 0))], WISH)
    assert isinstance(outcome, AlreadyShipped)


def test_a_cancelled_order_is_not_cancelled_again():
    state = cancelled(order(a=2))
    assert cancel(state, [], WISH) == AlreadyCancelled(state)
    assert cancel(state, [shipment(1, 3, a=(2, 2, 0, 2))], WISH) == AlreadyCancelled(state)


def settled(version: int, **units: int) -> Settled:
    return Settled(version, tuple(Staying(line_id, count) for line_id, count in units.items()))


def kept(state: OrderState, *shipments: ShipmentState, said: Settled | None = None) -> dict[str, int] | None:
    changed = keep(state, shipments, said, since=2)
    return cancelled_of(changed.state) if changed else None


def test_units_that_stay_once_all_is_answered_are_kept():
    state = cancelled(order(a=5))
    changed = keep(state, [shipment(1, 2, a=(5, 0, 3, 5))], settled(2, a=2), since=2)
    assert changed is not None
    assert cancelled_of(changed.state) == {"a": 3}
    assert (changed.state.version, changed.state.cancelled_version) == (3, 2)
    assert (changed.event.changes, changed.takes_back) == ((ChangeKind.KEPT,), False)


def test_what_an_edit_took_back_and_its_shipments_keep_is_wanted_again():
    held = order(a=5)
    [line] = held.order.lines
    edited = next_version(
        held,
        held.order.model_copy(update={"lines": (line.model_copy(update={"cancelled": 2}),)}),
        (ChangeKind.EDITED,),
        None,
        "mina",
    )
    assert edited.takes_back
    assert kept(edited.state, shipment(1, 3, a=(5, 0, 0, 2)), said=settled(2, a=5)) == {"a": 0}
    assert kept(edited.state, shipment(1, 3, a=(5, 0, 1, 2)), said=settled(2, a=4)) == {"a": 1}
    assert kept(edited.state, shipment(1, 3, a=(5, 0, 2, 2)), said=settled(2, a=3)) is None


def test_units_that_left_before_their_shipment_answered_are_no_longer_cancelled():
    """A dispatch that crosses the cancel: the rest may still come back, these do not."""
    assert kept(cancelled(order(a=5)), shipment(1, 2, a=(5, 2, 0, 0))) == {"a": 3}


def test_units_that_left_unasked_count_beside_those_that_were_kept():
    state = cancelled(order(a=5), shipment(1, 2, a=(2, 2, 0, 0)))
    assert cancelled_of(state) == {"a": 3}
    assert kept(state, shipment(1, 2, a=(2, 2, 0, 0)), shipment(2, 3, a=(3, 3, 0, 3))) == {"a": 0}


def test_a_cancel_whose_units_are_all_released_stays_as_it_is():
    state = cancelled(order(a=5), shipment(1, 1, a=(3, 1, 0, 0)))
    both = shipment(1, 2, a=(3, 1, 2, 2)), shipment(2, 2, a=(2, 0, 2, 2))
    assert kept(state, *both, said=settled(2, a=1)) is None


def test_what_is_kept_is_said_once():
    changed = keep(cancelled(order(a=5)), [shipment(1, 2, a=(5, 0, 3, 5))], settled(2, a=2), since=2)
    assert changed is not None
    assert kept(changed.state, shipment(1, 2, a=(5, 0, 3, 5)), said=settled(2, a=2)) is None


def test_cancelled_never_goes_below_zero():
    shipments = shipment(1, 2, a=(2, 2, 0, 2)), shipment(2, 2, a=(3, 3, 0, 3))
    assert kept(cancelled(order(a=2)), *shipments, said=settled(2, a=5)) == {"a": 0}


def test_what_was_settled_before_units_were_taken_back_last_is_no_answer():
    state = cancelled(order(a=5))
    assert kept(state, shipment(1, 3, a=(5, 0, 1, 1)), said=settled(1, a=4)) is None
    assert kept(state, shipment(1, 4, a=(5, 0, 1, 5)), said=settled(2, a=4)) == {"a": 1}


@st.composite
def lives(draw: st.DrawFn) -> list[list[ShipmentState]]:
    """Shipments of one line of ten units, each with versions whose sums only grow; placed are ten in all."""
    left, histories = 10, []
    for number in range(draw(st.integers(1, 4))):
        ordered = draw(st.integers(0, left))
        left -= ordered
        shipped, released, answered, versions = 0, 0, 0, []
        for version in range(1, draw(st.integers(1, 5)) + 1):
            versions.append(shipment(number, version, a=(ordered, shipped, released, answered)))
            shipped += draw(st.integers(0, ordered - shipped - released))
            released += draw(st.integers(0, ordered - shipped - released))
            answered += draw(st.integers(0, ordered - answered))
        histories.append(versions)
    return histories


@given(lives(), st.data())
def test_units_are_conserved_in_whatever_order_shipments_are_read(histories, data):
    """Late, twice, skipped: what left or was kept is never cancelled as well, and each version is said once."""
    everything = [version for history in histories for version in history]
    arrivals = data.draw(st.lists(st.sampled_from(everything), max_size=20))
    state = cancelled(order(a=10))
    shipments: list[ShipmentState] = []
    said = [state.version]
    for arrival in arrivals:
        before = cancelled_of(state)["a"]
        shipments = with_newest(shipments, arrival)
        said_of = data.draw(st.none() | st.builds(settled, st.integers(1, 3), a=st.integers(0, 10)))
        changed = keep(state, shipments, said_of, since=2)
        state = changed.state if changed else state
        said += [changed.state.version] if changed else []
        now = cancelled_of(state)["a"]
        assert 0 <= now <= before
        left = sum(line.shipped for one in shipments for line in one.lines)
        stay = said_of.lines[0].units if said_of and said_of.order_version >= 2 else 0
        assert now + max(left, stay) <= 10
        assert keep(state, shipments, said_of, since=2) is None
    assert said == list(range(2, 2 + len(said)))


@given(lives(), st.data())
def test_the_newest_version_of_a_shipment_counts_whatever_came_first(histories, data):
    everything = [version for history in histories for version in history]
    shuffled = data.draw(st.permutations(everything))
    shipments: list[ShipmentState] = []
    for arrival in shuffled:
        shipments = with_newest(shipments, arrival)
    assert {one.shipment_id: one for one in shipments} == {
        history[-1].shipment_id: history[-1] for history in histories
    }


@pytest.mark.parametrize("reason", list(CancelReason))
def test_every_reason_is_said(reason):
    outcome = cancel(order(a=1), [], CancelWish(WISH.at, reason, "mina", None))
    assert isinstance(outcome, Changed)
    assert outcome.event.order.cancellation is not None
    assert outcome.event.order.cancellation.reason is reason
