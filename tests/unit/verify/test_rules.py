"""Each rule is broken by hand, one by one, and only that rule says so; in the world as it is, none does."""

from dataclasses import replace

import pytest
from tests.unit.verify import breakers_of_orders, breakers_of_the_rest
from tests.unit.verify.breaking import BREAKERS, Breaker

from baesong.verify.books import Books
from baesong.verify.rules import RULES
from baesong.verify.said import Notice, Units

assert breakers_of_orders, breakers_of_the_rest  # importing them is what lists them


def test_every_rule_has_somebody_who_breaks_it():
    assert {rule for rule, _, _ in BREAKERS} == {rule.name for rule in RULES}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_books_of_the_tiny_world_balance_and_every_rule_looks_at_something(rule, books: Books):
    outcome = rule.audit(books)
    assert outcome.breaks == ()
    assert outcome.checked > 0


@pytest.mark.parametrize(("rule", "breaker", "id_"), BREAKERS, ids=lambda value: getattr(value, "__name__", ""))
def test_what_is_broken_by_hand_is_found_by_its_rule_and_by_no_other(
    rule: str, breaker: Breaker, id_: str, books: Books
):
    breaker(books)
    breaks = [found for each in RULES for found in each.audit(books).breaks]
    assert {found.rule for found in breaks} == {rule}
    assert any(id_ in found.ids for found in breaks), breaks
    assert all(found.expected != found.found for found in breaks)


def test_every_rule_says_in_one_sentence_what_it_wants():
    assert all(rule.sentence.endswith(".") and len(rule.sentence) < 130 for rule in RULES)


def test_a_second_word_on_a_message_is_the_one_that_counts(books: Books):
    books.topics.notices.append(Notice("m-b-cancelled", 2, "o-b", "cancelled", (), "failed", "looked up", None))
    assert books.notices["m-b-cancelled"].status == "failed"


def test_rules_on_the_outsiders_lists_look_at_nothing_where_there_is_no_list(books: Books):
    books.evidence.sent = books.evidence.partner_packages = None
    looked_at = {rule.name: rule.audit(books) for rule in RULES}
    for name in (
        "sent_is_placed_repeated_or_refused",
        "nothing_placed_that_was_not_sent",
        "partner_packages_exist_once",
    ):
        assert (looked_at[name].checked, looked_at[name].breaks) == (0, ())


def test_units_that_need_no_place_stand_in_no_shipment_and_take_no_stock(books: Books):
    books.topics.orders.append(books.topics.orders[0]._replace(order_id="o-d", test=True))
    units = Units("1", "MUG", 2, "allocated", None)
    books.topics.decisions.append(books.topics.decisions[0]._replace(order_id="o-d", units=(units,)))
    for name in ("units_sum_to_ordered", "allocated_is_in_shipments", "committed_is_allocated_not_shipped"):
        assert next(rule for rule in RULES if rule.name == name).audit(books).breaks == ()


def test_a_unit_that_left_after_it_was_given_back_leaves_another_waiting(books: Books):
    """One was released and shipped all the same; the one that took its place waits, and is committed."""
    books.topics.shipments.append(books.shipments["o-c-F1"]._replace(shipment_id="o-c-F2"))
    gone = books.shipments["o-c-F1"].lines[0]._replace(released=1, shipped=1)
    books.topics.shipments.append(books.shipments["o-c-F1"]._replace(version=2, lines=(gone,)))
    fresh = replace(books)
    assert fresh.places["o-c", "BENCH", "1"] == (2, 1, 1, 0, 1)
    [rule] = [rule for rule in RULES if rule.name == "committed_is_allocated_not_shipped"]
    assert rule.audit(fresh).breaks == ()
