"""What becomes of a checkout, given the order already held under its identity."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.unit.intake.checkouts import checkout, line

from order_events import Cancellation, Order
from order_intake.domain.checkouts import Readable, Reading, named, read_checkout
from order_intake.domain.policy import with_policy
from order_intake.domain.receiving import (
    Accepted,
    Conflict,
    Edited,
    HeldOrder,
    Outcome,
    Refused,
    Repeated,
    Touched,
    receive,
)
from order_intake.domain.shops import Shop, System, unregistered
from order_intake.domain.twins import likeness
from service_runtime import json_of

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def reading_of(raw: bytes) -> Readable:
    reading = read_checkout(raw)
    assert isinstance(reading, Readable)
    return reading


def received(reading: Reading, held: HeldOrder | None) -> Outcome:
    return receive(reading, held, unregistered("seoul-craft"), NOW)


def held_from(reading: Readable) -> HeldOrder:
    document = json_of(named(reading.order, "#1001")).decode()
    return HeldOrder(reading.order_id, "#1001", reading.body_hash, document)


def test_a_checkout_nobody_holds_is_accepted():
    reading = reading_of(checkout())
    assert received(reading, None) == Accepted(reading, likeness(reading.order))


def test_the_same_order_again_is_the_order_that_is_held():
    held = held_from(reading_of(checkout()))
    assert received(reading_of(checkout()), held) == Repeated(held)


def test_the_same_body_touched_later_says_nothing_new_and_its_time_is_kept():
    held = held_from(reading_of(checkout()))
    reading = reading_of(checkout(updated_at="2026-11-23T09:14:06+09:00"))
    assert received(reading, held) == Touched(reading, held)


def test_the_same_body_touched_earlier_is_a_repeat():
    held = held_from(reading_of(checkout()))
    assert received(reading_of(checkout(updated_at="2026-11-23T09:14:04+09:00")), held) == Repeated(held)


def test_the_same_order_written_otherwise_is_a_repeat():
    held = held_from(reading_of(checkout()))
    assert received(reading_of(checkout() + b" "), held) == Repeated(held)


@pytest.mark.parametrize("body_hash", [None, b"an older release's, of what it said"[:32]])
def test_where_the_hash_is_another_releases_or_missing_the_order_itself_tells_a_repeat(body_hash):
    held = replace(held_from(reading_of(checkout())), body_hash=body_hash)
    assert received(reading_of(checkout()), held) == Repeated(held)
    assert isinstance(received(reading_of(checkout(tags=["other"])), held), Conflict)


def test_an_order_of_which_units_were_cancelled_since_is_repeated_all_the_same():
    held = held_from(reading_of(checkout()))
    order = Order.model_validate_json(held.document)
    cancellation = Cancellation(at=order.updated_at, reason="customer", actor="mina")
    lines = tuple(line.model_copy(update={"cancelled": 1}) for line in order.lines)
    changed = order.model_copy(update={"cancellation": cancellation, "lines": lines})
    held = replace(held, document=json_of(changed).decode())
    assert received(reading_of(checkout() + b" "), held) == Repeated(held)


def test_an_order_from_before_a_field_was_added_is_repeated_by_a_body_without_it():
    held = held_from(reading_of(checkout()))
    older = {name: value for name, value in json.loads(held.document).items() if name != "together"}
    held = replace(held, document=json.dumps(older))
    assert received(reading_of(checkout() + b" "), held) == Repeated(held)


def test_another_body_of_the_same_moment_under_the_same_id_is_a_conflict():
    held = held_from(reading_of(checkout()))
    others = [{"tags": ["other"]}, {"lines": [line(quantity=3)]}, {"locale": "en"}]
    others += [
        {"destination": {"country_code": "KR", "postal_code": "04525"}},
        {"updated_at": "2026-11-23T00:14:05Z", "tags": ["x"]},
    ]
    for other in others:
        outcome = received(reading_of(checkout(**other)), held)
        assert isinstance(outcome, Conflict)
        assert [problem.rule for problem in outcome.problems] == ["conflict"]


@pytest.mark.parametrize(
    "raw",
    [
        checkout(shop="SEOUL-CRAFT", source="Web"),
        checkout(placed_at="2026-11-23T00:14:01Z"),
        checkout(
            test=False, tags=[], customer={"id": "c-88", "name": "김민아", "email": "mina@example.test", "phone": None}
        ),
        checkout(lines=[line(sku=" MUG-BLUE", delivery_method="shipping")]),
        json.dumps(json.loads(checkout()), indent=2).encode(),
    ],
)
def test_a_body_that_says_the_same_is_a_repeat_however_it_is_written(raw):
    held = held_from(reading_of(checkout()))
    assert received(reading_of(raw), held) == Repeated(held)


@pytest.mark.parametrize(
    "changes",
    [
        {"payment": {"status": "pending"}},
        {
            "destination": {"country_code": "KR", "postal_code": "04524"},
            "ship_to": {"name": "M", "address1": "사서함 12호"},
        },
        {"lines": [line(quantity=1)], "updated_at": "2026-11-24T00:00:00Z"},
    ],
)
def test_what_our_policies_and_edits_made_of_an_order_does_not_make_its_repeat_another(changes):
    first = checkout(**changes)
    before = held_from(reading_of(checkout(lines=[line(quantity=2)])))
    if "updated_at" in changes:
        outcome = received(reading_of(first), before)
        held = replace(before, document=json_of(outcome.changed.state.order).decode(), body_hash=None, version=2)
    else:
        shop = unregistered("seoul-craft")
        order = with_policy(reading_of(first).order, shop, NOW, found=())
        held = replace(before, document=json_of(named(order, "#1001")).decode(), body_hash=None)
    assert received(reading_of(first), held) == Repeated(held)


def test_an_older_state_of_an_order_undoes_nothing():
    held = held_from(reading_of(checkout()))
    assert received(reading_of(checkout(updated_at="2026-11-22T09:14:05+09:00", tags=["other"])), held) == Repeated(
        held
    )
    touched = replace(held, upstream_at=datetime(2026, 11, 23, 1, tzinfo=UTC))
    between = reading_of(checkout(updated_at="2026-11-23T09:30:00+09:00", tags=["other"]))
    assert received(between, touched) == Repeated(touched)
    assert isinstance(received(between, held), Edited)


def test_a_newer_body_under_the_same_id_is_the_orders_next_version():
    held = held_from(reading_of(checkout()))
    outcome = received(reading_of(checkout(updated_at="2026-11-23T09:14:06+09:00", tags=["other"])), held)
    assert isinstance(outcome, Edited)
    assert outcome.changed.state.version == 2
    assert outcome.changed.state.order.tags == ("other",)
    assert outcome.changed.event.fields == ("tags",)


def test_what_breaks_a_rule_is_refused_whether_an_order_is_held_or_not():
    unreadable = read_checkout(checkout(lines=[]))
    for held in (None, held_from(reading_of(checkout()))):
        outcome = received(unreadable, held)
        assert isinstance(outcome, Refused)
        assert [problem.rule for problem in outcome.problems] == ["too_short"]


def test_a_repeat_with_a_mistake_in_it_is_refused():
    """What is held stands; the mistake is told, not guessed away."""
    assert isinstance(received(read_checkout(checkout(colour="blue")), held_from(reading_of(checkout()))), Refused)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-2, 2)), min_size=1, max_size=12))
def test_whatever_comes_in_whatever_sequence_an_order_is_accepted_once_and_says_the_newest_in_the_end(arrivals):
    base = reading_of(checkout())
    at_one_moment = {moved: content for content, moved in reversed(arrivals)}  # the first of a moment
    held: HeldOrder | None = None
    accepted = 0
    for content, moved in arrivals:
        at = base.order.updated_at + timedelta(seconds=moved)
        order = base.order.model_copy(update={"updated_at": at, "tags": (str(content),)})
        outcome = received(Readable(order, base.shop, bytes([content, moved + 2]) * 16), held)
        if isinstance(outcome, Accepted):
            accepted, held = accepted + 1, held_from(outcome.reading)
        if isinstance(outcome, Edited):
            held = replace(held_from(outcome.reading), version=outcome.changed.state.version)
        if isinstance(outcome, Touched):
            held = replace(held, upstream_at=at, body_hash=outcome.reading.body_hash)
    assert accepted == 1
    assert Order.model_validate_json(held.document).tags == (str(at_one_moment[max(at_one_moment)]),)


def test_a_newer_state_that_is_silent_on_what_is_short_changes_nothing_of_it():
    first = reading_of(checkout(shortage_policy="all_or_nothing"))
    newer = reading_of(checkout(updated_at="2026-11-23T09:00:00Z", tags=["vip"]))
    changed = received(newer, held_from(first))
    assert isinstance(changed, Edited)
    assert changed.changed.state.order.shortage_policy == "all_or_nothing"
    assert "shortage_policy" not in changed.changed.event.fields


TOLD = Shop("seoul-craft", System.SHOPIFY)
GONE = {"at": "2026-11-23T10:00:00Z", "reason": "customer"}
REFUND = {"refund_id": "r1", "at": "2026-11-23T09:30:00Z", "lines": [], "amount": {"amount": 1000, "currency": "KRW"}}
LIFE = (  # of one order, as its shop says it, each state after the one before
    {"payment": {"status": "pending"}},
    {"payment": {"status": "paid"}},
    {"payment": {"status": "paid"}, "lines": [line(quantity=2, fulfilled_elsewhere=1)]},
    {"payment": {"status": "partially_refunded"}, "lines": [line(fulfilled_elsewhere=1)], "refunds": [REFUND]},
    {"payment": {"status": "refunded"}, "lines": [line(fulfilled_elsewhere=1)], "refunds": [REFUND], "cancelled": GONE},
)


def after(arrivals: list[Readable]) -> Order:
    held: HeldOrder | None = None
    for reading in arrivals:
        outcome = receive(reading, held, TOLD, NOW)
        assert not isinstance(outcome, Conflict | Refused), outcome
        if isinstance(outcome, Accepted):
            held = held_from(reading)
        if isinstance(outcome, Edited):
            document = json_of(outcome.changed.state.order).decode()
            version, cancelled = outcome.changed.state.version, outcome.changed.state.cancelled_version
            held = HeldOrder(reading.order_id, "#1001", reading.body_hash, document, version, cancelled)
        if isinstance(outcome, Touched):
            held = replace(held, upstream_at=reading.order.updated_at, body_hash=reading.body_hash)
    return Order.model_validate_json(held.document)


@given(st.lists(st.integers(0, 1), min_size=4, max_size=4), st.data())
def test_a_life_told_in_any_sequence_with_repeats_and_within_one_second_ends_the_same(steps, data):
    """Two states of one second are told apart by how far the order has gone."""
    at = [datetime(2026, 11, 23, 9, tzinfo=UTC) + timedelta(seconds=sum(steps[:n])) for n in range(5)]
    states = [reading_of(checkout(updated_at=when.isoformat(), **said)) for when, said in zip(at, LIFE, strict=True)]
    repeats = data.draw(st.lists(st.sampled_from(states), max_size=5))
    arrived, told = after(data.draw(st.permutations([*states, *repeats]))), after(states)
    assert (arrived.cancellation, arrived.payment.status, arrived.refunds) == (
        told.cancellation, told.payment.status, told.refunds,
    )  # fmt: skip
    wanted = [
        [one.quantity - one.cancelled - one.fulfilled_elsewhere for one in each.lines] for each in (arrived, told)
    ]
    assert wanted[0] == wanted[1] == [0]


def test_two_edits_of_one_second_end_the_same_whichever_comes_first():
    both = [reading_of(checkout(tags=[tag])) for tag in ("a", "b")]
    assert after(both).tags == after(both[::-1]).tags
