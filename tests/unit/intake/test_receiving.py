"""What becomes of a checkout, given the order already held under its identity."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.unit.intake.checkouts import checkout

from order_events import Cancellation, Order
from order_intake.domain.checkouts import Readable, named, read_checkout
from order_intake.domain.receiving import Accepted, Conflict, HeldOrder, Refused, Repeated, receive
from service_runtime import json_of


def reading_of(raw: bytes) -> Readable:
    reading = read_checkout(raw)
    assert isinstance(reading, Readable)
    return reading


def held_from(reading: Readable) -> HeldOrder:
    document = json_of(named(reading.order, "#1001")).decode()
    return HeldOrder(reading.order_id, "#1001", reading.body_hash, document)


def test_a_checkout_nobody_holds_is_accepted():
    reading = reading_of(checkout())
    assert receive(reading, None) == Accepted(reading)


def test_the_same_order_again_is_the_order_that_is_held():
    held = held_from(reading_of(checkout()))
    assert receive(reading_of(checkout()), held) == Repeated(held)


def test_the_same_body_touched_later_or_earlier_is_a_repeat():
    held = held_from(reading_of(checkout()))
    for moved in ("2026-11-23T09:14:06+09:00", "2026-11-23T09:14:04+09:00"):
        assert receive(reading_of(checkout(updated_at=moved)), held) == Repeated(held)


def test_the_same_order_written_otherwise_is_a_repeat():
    held = held_from(reading_of(checkout()))
    assert receive(reading_of(checkout() + b" "), held) == Repeated(held)


@pytest.mark.parametrize("body_hash", [None, b"an older release's, of what it said"[:32]])
def test_where_the_hash_is_another_releases_or_missing_the_order_itself_tells_a_repeat(body_hash):
    held = replace(held_from(reading_of(checkout())), body_hash=body_hash)
    assert receive(reading_of(checkout()), held) == Repeated(held)
    assert isinstance(receive(reading_of(checkout(tags=["other"])), held), Conflict)


def test_an_order_of_which_units_were_cancelled_since_is_repeated_all_the_same():
    held = held_from(reading_of(checkout()))
    order = Order.model_validate_json(held.document)
    cancellation = Cancellation(at=order.updated_at, reason="customer", actor="mina")
    lines = tuple(line.model_copy(update={"cancelled": 1}) for line in order.lines)
    changed = order.model_copy(update={"cancellation": cancellation, "lines": lines})
    held = replace(held, document=json_of(changed).decode())
    assert receive(reading_of(checkout() + b" "), held) == Repeated(held)


def test_an_order_from_before_a_field_was_added_is_repeated_by_a_body_without_it():
    held = held_from(reading_of(checkout()))
    older = {name: value for name, value in json.loads(held.document).items() if name != "together"}
    held = replace(held, document=json.dumps(older))
    assert receive(reading_of(checkout() + b" "), held) == Repeated(held)


def test_another_body_under_the_same_id_is_a_conflict_unless_it_is_newer():
    held = held_from(reading_of(checkout()))
    for moved in ("2026-11-23T09:14:05+09:00", "2026-11-23T00:14:05Z", "2026-11-22T09:14:05+09:00"):
        outcome = receive(reading_of(checkout(updated_at=moved, tags=["other"])), held)
        assert isinstance(outcome, Conflict)
        assert [problem.rule for problem in outcome.problems] == ["conflict"]


def test_a_newer_body_under_the_same_id_is_an_edit_which_is_refused_and_says_so():
    held = held_from(reading_of(checkout()))
    outcome = receive(reading_of(checkout(updated_at="2026-11-23T09:14:06+09:00", tags=["other"])), held)
    assert isinstance(outcome, Refused)
    [problem] = outcome.problems
    assert (problem.field, problem.rule) == ("updated_at", "edit_not_supported")
    assert "cannot be edited yet" in problem.message


def test_what_breaks_a_rule_is_refused_whether_an_order_is_held_or_not():
    unreadable = read_checkout(checkout(lines=[]))
    for held in (None, held_from(reading_of(checkout()))):
        outcome = receive(unreadable, held)
        assert isinstance(outcome, Refused)
        assert [problem.rule for problem in outcome.problems] == ["too_short"]


def test_a_repeat_with_a_mistake_in_it_is_refused():
    """What is held stands; the mistake is told, not guessed away."""
    assert isinstance(receive(read_checkout(checkout(colour="blue")), held_from(reading_of(checkout()))), Refused)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-2, 2)), min_size=1, max_size=12))
def test_whatever_comes_again_an_order_is_accepted_once_and_stays_as_it_was_accepted(arrivals):
    """Receiving is idempotent: arrivals of any bodies at any times, in any sequence and number."""
    base = reading_of(checkout())
    held: HeldOrder | None = None
    accepted, first = 0, arrivals[0][0]
    for content, moved in arrivals:
        at = base.order.updated_at + timedelta(seconds=moved)
        order = base.order.model_copy(update={"updated_at": at, "tags": (str(content),)})
        reading = Readable(order, base.shop, bytes([content, moved + 2]) * 16)
        outcome = receive(reading, held)
        if isinstance(outcome, Accepted):
            accepted, held = accepted + 1, held_from(outcome.reading)
        assert isinstance(outcome, Accepted | Repeated) == (content == first)
        assert receive(reading, held) == receive(reading, held)
    assert accepted == 1
