from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from baesong.feed.checkouts import to_bytes
from baesong.feed.generated import BETWEEN, ORDERS, by_kind, drafts_of_generated, made_orders, order_id
from baesong.feed.money import minor_units
from baesong.feed.people import person_of
from baesong.feed.sendings import Draft, sendings
from baesong.feed.world import BENCHES, PARTNERS, PLACES, SCARCE, levels, write_stock
from baesong.partner.behaviour import SHOWING
from baesong.stock_files import locations_in, stock_in
from order_events import Checkout, shipment_id_of

NOW = datetime(2026, 11, 23, 9, 14, tzinfo=UTC)


def is_whole(body: bytes) -> bool:
    try:
        Checkout.model_validate_json(body, strict=True, extra="forbid")
    except ValidationError:
        return False
    return True


def test_the_same_run_is_made_again_to_the_byte():
    once = [sending.body for sending in sendings("r", drafts_of_generated(NOW))]
    again = [sending.body for sending in sendings("r", drafts_of_generated(NOW))]
    assert once == again


def test_another_start_moves_all_dates_by_one_constant_and_changes_nothing_else():
    later = timedelta(days=40, seconds=7)
    first, second = made_orders(NOW), made_orders(NOW + later)
    assert {b.sale.placed_at - a.sale.placed_at for a, b in zip(first, second, strict=True)} == {later}
    assert [a.sale.lines for a in first] == [b.sale.lines for b in second]
    assert first[0].sale.placed_at == NOW
    assert all(b.sale.placed_at - a.sale.placed_at == BETWEEN for a, b in pairwise(first))


def test_every_order_is_whole_and_every_wrong_record_breaks_the_contract():
    sent = list(sendings("r", drafts_of_generated(NOW)))
    conflicts = [s for s in sent if s.expect == "refused" and is_whole(s.body)]
    assert all(is_whole(s.body) for s in sent if s.expect != "refused")
    assert len(conflicts) == 2
    assert all(any(o.order_id == c.order_id and o.body != c.body for o in sent) for c in conflicts)


def test_five_hundred_are_placed_twenty_of_them_by_http():
    counts = Counter((s.door, s.expect) for s in sendings("r", drafts_of_generated(NOW)))
    assert counts[("kafka", "placed")] + counts[("http", "placed")] == ORDERS
    assert counts[("http", "placed")] == 20
    assert counts[("kafka", "repeated")] + counts[("http", "repeated")] >= 10
    assert counts[("kafka", "refused")] >= 6
    assert counts[("http", "refused")] >= 2


def test_one_record_is_sent_twice_and_all_others_have_an_id_of_their_own():
    ids = Counter(s.ce_id for s in sendings("r", drafts_of_generated(NOW)))
    assert [n for n in ids.values() if n > 1] == [2]


def test_a_record_that_comes_by_the_other_door_waits_until_the_order_is_there():
    doors: dict[str, str] = {}
    for sending in sendings("r", drafts_of_generated(NOW)):
        first = doors.setdefault(sending.order_id, sending.door)
        assert sending.after_known == (first != sending.door)


def test_more_than_the_least_number_of_orders_can_only_be_split():
    where: dict[str, set[str]] = {}
    for level in levels():
        where.setdefault(level.sku, set()).add(level.location_id)
    split = [
        m
        for m in made_orders(NOW)
        if not set.intersection(*(where[line.sku] for line in m.sale.lines)) and m.cancel_after_s is None
    ]
    assert len(split) >= 60


def test_a_line_wants_more_than_any_place_has():
    thin = list(by_kind(made_orders(NOW), "thin"))
    units = [level.on_hand for level in levels() if level.sku == "SOAP-YUZU"]
    assert thin
    assert all(max(units) < m.sale.lines[0].quantity <= 2 * max(units) for m in thin)
    assert sum(m.sale.lines[0].quantity for m in thin) <= sum(units)


def test_more_lines_than_the_least_number_must_be_short_of_stock():
    on_hand = Counter[str]()
    for level in levels():
        on_hand[level.sku] += level.on_hand
    wanted = [(line.sku, line.quantity) for m in made_orders(NOW) for line in m.sale.lines]
    short = 0
    for good in SCARCE:
        largest = sorted((units for sku, units in wanted if sku == good.sku), reverse=True)
        missing = sum(largest) - on_hand[good.sku]
        # However the units are given out, a line of n units takes up at most n of what is missing.
        while missing > 0 and largest:
            missing -= largest.pop(0)
            short += 1
    assert short >= 14


def test_nothing_else_is_short_of_stock():
    on_hand, wanted = Counter[str](), Counter[str]()
    for level in levels():
        on_hand[level.sku] += level.on_hand
    for made in made_orders(NOW):
        for line in made.sale.lines:
            wanted[line.sku] += line.quantity
    scarce = {good.sku for good in SCARCE}
    assert all(wanted[sku] <= on_hand[sku] for sku in wanted if sku not in scarce)


def test_the_cancels_are_chosen_so_that_enough_are_released_and_enough_are_kept():
    made = [m for m in made_orders(NOW) if m.cancel_after_s is not None]
    at_partner = [shipment_id_of(order_id(m.sale), 1) for m in made if m.kind == "ceramics"]
    kept = sum(SHOWING.keeps(id_) for id_ in at_partner)
    at_bench = [m for m in made if m.kind == "paper"]
    assert kept >= 7
    assert len(at_partner) - kept + len(at_bench) >= 20
    assert not any(SHOWING.rejects(id_) for id_ in at_partner)
    assert not any(line.sku in {g.sku for g in SCARCE} for m in made for line in m.sale.lines)


def test_the_partner_will_reject_answer_late_and_answer_twice_often_enough():
    ids = [
        shipment_id_of(order_id(m.sale), 1)
        for m in made_orders(NOW)
        if m.kind == "ceramics" and m.cancel_after_s is None
    ]
    assert sum(map(SHOWING.rejects, ids)) >= 10
    assert sum(map(SHOWING.is_late, ids)) >= 10
    assert sum(map(SHOWING.doubles, ids)) >= 10


def test_both_languages_and_gift_messages_are_there():
    bodies = [d.body for d in drafts_of_generated(NOW)]
    locales = Counter(str(b["locale"]) for b in bodies)
    assert min(locales["ko-KR"], locales["en-GB"]) > 150
    assert {b["currency"] for b in bodies} == {"KRW", "GBP", "won"}
    assert sum(bool(b["wishes"]["gift_message"]) for b in bodies) > 30  # type: ignore[index]
    assert sum(len(b["lines"]) > 1 for b in bodies) > 100  # type: ignore[arg-type]


def test_the_stock_is_written_as_past_orders_have_it_and_every_second_place_is_the_partners(tmp_path):
    folder = write_stock(tmp_path / "world")
    places = locations_in(folder)["locations"]
    assert [place["partner_id"] for place in places] == [None, "swift"] * 4
    assert [place["location_id"] for place in places[1::2]] == list(PARTNERS)
    assert len(PLACES) == len(BENCHES) + len(PARTNERS)
    units = [level["on_hand"] for body in stock_in(folder) for level in body["levels"]]
    assert sum(units) == sum(level.on_hand for level in levels())


@pytest.mark.parametrize(
    ("written", "currency", "minor"),
    [
        ("36.45", "BRL", 3645),
        ("18000", "KRW", 18000),
        ("0.1", "GBP", 10),
        ("1.005", "KWD", 1005),
        ("-2.50", "GBP", -250),
    ],
)
def test_money_is_exact(written, currency, minor):
    assert minor_units(written, currency) == minor


def test_money_finer_than_the_minor_unit_is_not_rounded():
    with pytest.raises(ValueError, match="finer"):
        minor_units("1.005", "GBP")


@given(st.integers(-(10**15), 10**15))
def test_money_survives_the_way_to_text_and_back(minor):
    assert minor_units(Decimal(minor).scaleb(-2), "BRL") == minor


def test_the_same_order_has_the_same_person_at_an_example_address():
    once, again = person_of("A-1", "BR", "05849"), person_of("A-1", "BR", "05849")
    assert once == again
    assert once.email.endswith("@example.test")
    assert once.postal_code.startswith("05849-")
    assert len(once.postal_code) == 9


def body(source_id: str, **more: object) -> dict[str, object]:
    return {"shop": "s", "source": "w", "source_id": source_id} | more


def test_what_must_come_of_a_record_follows_from_what_was_sent_before():
    drafts = [
        Draft(body("1")),
        Draft(body("1")),
        Draft(body("1", tags=["x"])),
        Draft(body("2"), wrong=True),
        Draft(body("2")),
        Draft(body("1"), "http"),
        Draft(body("1"), ce_id_of=0),
    ]
    sent = list(sendings("run", drafts))
    assert [s.expect for s in sent] == ["placed", "repeated", "refused", "refused", "placed", "repeated", "repeated"]
    assert [s.after_known for s in sent] == [False] * 5 + [True, False]
    assert sent[6].ce_id == sent[0].ce_id == "run-000000"


def test_text_goes_over_the_wire_as_it_is_read():
    assert to_bytes({"name": "김민아"}) == '{"name":"김민아"}'.encode()
