import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from aiokafka import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from baesong.feed.evidence import listed
from baesong.partner.behaviour import BUSY, Behaviour
from baesong.partner.desk import Asked, Desk, Line, halves
from baesong.partner.memory import Memory
from baesong.partner.offsets import Offsets
from baesong.partner.tracking import s10_check_digit, tracking_of, ups_check_digit
from order_events import PartnerInbound

THEN = "2026-11-23T09:14:00Z"
QUIET = Behaviour(reject=0, parts=0, late=0, double=0, keep=0, travel=0, pack_s=(1, 1))
ASKED = Asked("o-F1", "KR-ICN", [Line("1", "MUG", 3), Line("2", "BOWL", 1)])


def said(desk: Desk, answers) -> list[dict]:
    spoken = [desk.say(answer, THEN) for answer in sorted(answers, key=lambda a: a.at)]
    return [json.loads(body) for body in spoken if body]


def kinds(messages: list[dict]) -> list[str]:
    return [message["kind"] for message in messages]


def units(messages: list[dict]) -> int:
    packages = {m["package_id"]: m for m in messages if m["kind"] == "dispatched"}
    return sum(line["quantity"] for package in packages.values() for line in package["lines"])


def test_it_accepts_at_once_and_dispatches_after_packing():
    answers = Desk(QUIET, {}).requested(ASKED, 10.0)
    assert [(a.body["kind"], a.at) for a in answers] == [("accepted", 10.0), ("dispatched", 11.0)]


def test_every_message_keeps_the_contract():
    eager = Behaviour(reject=0, parts=1, double=1, travel=1)
    desk = Desk(eager, {})
    messages = said(desk, desk.requested(ASKED, 0))
    desk = Desk(Behaviour(reject=1), {})
    messages += said(desk, desk.requested(ASKED, 0))
    desk = Desk(Behaviour(reject=0, keep=0), {})
    messages += said(desk, desk.asked_to_cancel("o-F1", 0))
    for message in messages:
        PartnerInbound.model_validate_json(json.dumps(message), strict=True, extra="forbid")
    assert {"accepted", "dispatched", "event", "rejected", "cancellation_accepted"} <= set(kinds(messages))


def test_the_same_request_again_packs_nothing_twice():
    desk = Desk(QUIET, {})
    first = desk.requested(ASKED, 0)
    assert desk.requested(ASKED, 1) == []
    assert units(said(desk, first)) == 4


def test_after_a_restart_the_same_request_is_answered_with_the_very_same_bytes():
    desk = Desk(QUIET, {})
    answers = desk.requested(ASKED, 0)
    spoken = {a.message_id: desk.say(a, THEN) for a in answers}
    again = Desk(QUIET, spoken)
    assert {a.message_id: again.say(a, "2030-01-01T00:00:00Z") for a in again.requested(ASKED, 99)} == spoken


def test_what_was_let_go_is_not_dispatched_afterwards():
    desk = Desk(QUIET, {})
    accepted, package = desk.requested(ASKED, 0)
    said(desk, [accepted])
    assert kinds(said(desk, desk.asked_to_cancel("o-F1", 0.5))) == ["cancellation_accepted"]
    assert desk.say(package, THEN) is None


def test_what_was_let_go_is_not_dispatched_after_a_restart_either():
    desk = Desk(QUIET, {})
    accepted, _ = desk.requested(ASKED, 0)
    spoken = {accepted.message_id: desk.say(accepted, THEN) or b""}
    spoken |= {a.message_id: desk.say(a, THEN) or b"" for a in desk.asked_to_cancel("o-F1", 0.5)}
    again = Desk(QUIET, spoken)
    assert units(said(again, again.requested(ASKED, 9))) == 0


def test_what_is_requested_anew_after_it_let_go_is_packed_once_under_names_of_its_own():
    desk = Desk(QUIET, {})
    accepted, package = desk.requested(ASKED, 0)
    messages = said(desk, [accepted])
    messages += said(desk, desk.asked_to_cancel("o-F1", 0.5, 2))
    rest = replace(ASKED, lines=[Line("1", "MUG", 2)], version=3)
    answers = desk.requested(rest, 1)
    assert desk.say(package, THEN) is None
    messages += said(desk, answers)
    assert (desk.requested(rest, 2), units(messages)) == ([], 2)
    assert kinds(messages) == ["accepted", "cancellation_accepted", "accepted", "dispatched"]
    assert len({message["message_id"] for message in messages}) == 4
    for message in messages:
        PartnerInbound.model_validate_json(json.dumps(message), strict=True, extra="forbid")


def test_each_time_it_is_asked_to_let_go_it_answers_anew_also_after_a_restart():
    desk, spoken = Desk(QUIET, {}), {}
    for version in (1, 3):
        desk.requested(replace(ASKED, version=version), 0)
        spoken |= {a.message_id: desk.say(a, THEN) for a in desk.asked_to_cancel("o-F1", 0.5, version + 1)}
    assert len(spoken) == 2
    again = Desk(QUIET, spoken)
    answers = again.requested(replace(ASKED, version=3), 9) + again.asked_to_cancel("o-F1", 9, 4)
    assert {a.message_id: body for a in answers if (body := again.say(a, THEN))} == dict([list(spoken.items())[1]])
    assert units(said(again, again.requested(replace(ASKED, version=5), 9))) == 4


def test_a_part_that_left_stays_dispatched_when_the_rest_is_let_go():
    desk = Desk(Behaviour(reject=0, parts=1, late=0, double=0, keep=0, travel=0, pack_s=(1, 1)), {})
    accepted, first, second = desk.requested(ASKED, 0)
    said(desk, [accepted, first])
    assert kinds(said(desk, desk.asked_to_cancel("o-F1", 1.2))) == ["cancellation_accepted"]
    assert desk.say(second, THEN) is None


def test_a_cancellation_after_all_has_left_is_not_let_go():
    desk = Desk(QUIET, {})
    said(desk, desk.requested(ASKED, 0))
    assert kinds(said(desk, desk.asked_to_cancel("o-F1", 5))) == ["cancellation_rejected"]


def test_who_keeps_a_cancelled_shipment_ships_it():
    desk = Desk(Behaviour(reject=0, late=0, double=0, travel=0, keep=1, pack_s=(1, 1)), {})
    answers = desk.requested(ASKED, 0)
    refused = said(desk, desk.asked_to_cancel("o-F1", 0.5))
    assert kinds(refused) == ["accepted", "cancellation_rejected"]
    assert units(said(desk, answers)) == 4


def test_what_it_would_not_have_it_rejects_at_once_when_asked_to_let_go():
    desk = Desk(Behaviour(reject=1, late=1, double=0), {})
    desk.requested(ASKED, 0)
    assert kinds(said(desk, desk.asked_to_cancel("o-F1", 0.1))) == ["rejected"]


def test_late_answers_come_seconds_later():
    desk = Desk(Behaviour(reject=0, late=1, late_s=(2.5, 4)), {})
    assert all(2.5 <= answer.at <= 4.5 for answer in desk.requested(ASKED, 0))


def test_a_double_answer_says_the_same_again_and_a_package_also_under_another_id():
    desk = Desk(Behaviour(reject=0, double=1, parts=0, travel=0, late=0), {})
    messages = said(desk, desk.requested(ASKED, 0))
    assert kinds(messages) == ["accepted", "accepted", "dispatched", "dispatched", "dispatched"]
    assert len({m["message_id"] for m in messages}) == 3
    assert units(messages) == 4


@given(st.lists(st.integers(1, 9), min_size=1, max_size=5), st.text("abcdef", min_size=1, max_size=6), st.booleans())
def test_all_units_leave_or_none_whatever_is_drawn(quantities, seed, cancelled):
    desk = Desk(Behaviour(seed=seed, reject=0.3, parts=0.5, double=0.5, late=0.5, pack_s=(0, 2)), {})
    asked = Asked(f"{seed}-F1", "BR-L01", [Line(str(n), f"S{n}", q) for n, q in enumerate(quantities)])
    answers = desk.requested(asked, 0)
    if cancelled:
        answers += desk.asked_to_cancel(asked.shipment_id, 0)
    messages = said(desk, answers)
    left = units(messages)
    assert left in {0, sum(quantities)}
    assert (left == 0) == ("rejected" in kinds(messages) or "cancellation_accepted" in kinds(messages))


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6))
def test_halves_hold_every_unit_once_and_none_is_empty(quantities):
    lines = [Line(str(n), "S", q) for n, q in enumerate(quantities)]
    parts = halves(lines)
    assert all(line.quantity > 0 for part in parts for line in part)
    assert sum(line.quantity for part in parts for line in part) == sum(quantities)
    assert len(parts) == (1 if quantities == [1] else 2)


def test_rates_on_many_shipments_are_about_those_set():
    ids = [f"order{n}-F1" for n in range(4000)]
    assert 0.02 < sum(map(BUSY.rejects, ids)) / 4000 < 0.04
    assert 0.37 < sum(map(BUSY.keeps, ids)) / 4000 < 0.43


# Valid and invalid numbers of the posts and of UPS, as they stand in public documentation.
@pytest.mark.parametrize(("serial", "digit"), [("12345678", 5), ("47312482", 9), ("00000000", 5)])
def test_an_s10_check_digit_is_that_of_the_posts(serial, digit):
    assert s10_check_digit(serial) == digit


@pytest.mark.parametrize(("serial", "digit"), [("5R8939035756712", 7), ("879E93034683444", 0), ("XX3150YW4407002", 3)])
def test_a_ups_check_digit_is_that_of_ups(serial, digit):
    assert ups_check_digit(serial) == digit


@pytest.mark.parametrize(
    ("country", "carriers"), [("KR", {"Korea Post", "UPS"}), ("BR", {"Correios", "UPS"}), ("ZZ", {"UPS"})]
)
def test_numbers_fit_their_carrier_and_differ(country, carriers):
    found = [tracking_of(f"o{n}-F1-P1", country) for n in range(200)]
    assert {carrier for carrier, _ in found} == carriers
    assert len({number for _, number in found}) == 200
    for carrier, number in found:
        if carrier == "UPS":
            assert int(number[-1]) == ups_check_digit(number[2:-1])
        else:
            assert int(number[10]) == s10_check_digit(number[2:10])


A, B = TopicPartition("t", 0), TopicPartition("t", 1)


def test_an_offset_is_committed_only_when_all_before_it_are_answered():
    offsets = Offsets()
    for offset in (5, 6, 7):
        offsets.begun(A, offset, 1)
    offsets.finished(A, 6)
    offsets.finished(A, 7)
    assert offsets.ready() == {A: 5}
    offsets.finished(A, 5)
    assert offsets.ready() == {A: 8}
    assert offsets.ready() == {}


def test_a_record_that_wants_no_answer_is_done_when_it_is_read():
    offsets = Offsets()
    assert offsets.begun(B, 0, 0)
    assert offsets.ready() == {B: 1}
    assert not offsets.begun(B, 0, 2)


@given(st.permutations(range(12)))
def test_committed_offsets_only_rise_and_end_after_the_last(order):
    offsets, given_out = Offsets(), []
    for offset in range(12):
        offsets.begun(A, offset, 1)
    for offset in order:
        offsets.finished(A, offset)
        given_out += offsets.ready().values()
    assert given_out[-1] == 12
    assert all(a < b for a, b in pairwise(given_out))


def test_the_partners_own_list_names_each_package_once_also_after_a_restart(tmp_path: Path):
    desk = Desk(Behaviour(reject=0, double=1, late=0), {})
    spoken = [(a.message_id, desk.say(a, THEN) or b"") for a in desk.requested(ASKED, 0)]
    evidence = tmp_path / "evidence" / "partner.jsonl"
    for _ in range(2):
        memory = Memory(tmp_path / "said.sqlite", evidence)
        memory.keep(spoken)
        memory.close()
    packages = list(listed(evidence))
    assert len(packages) == len({p["package_id"] for p in packages}) >= 1
    assert sum(line["quantity"] for p in packages for line in p["lines"]) == 4
