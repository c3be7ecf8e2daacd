"""Each rule is broken by hand, one by one, and only that rule says so; in the world as it is, none does."""

from collections.abc import Callable

import pytest

from baesong.verify.books import Books
from baesong.verify.held import BlockedRow, EffectRow, OutboxRow, ParkedRow
from baesong.verify.rules import RULES
from baesong.verify.said import Answer, CheckoutRead, Notice, Package, Said, Units

BENCH, SWIFT = "BENCH", "SWIFT"
Breaker = Callable[[Books], None]


def replaced(rows: list, which: Callable, **fields: object) -> None:
    """Change the fields of the one row that is meant."""
    [at] = [n for n, row in enumerate(rows) if which(row)]
    rows[at] = rows[at]._replace(**fields)


def removed(rows: list, which: Callable) -> None:
    [at] = [n for n, row in enumerate(rows) if which(row)]
    del rows[at]


def stock(books: Books, shelf: tuple[str, str], *, ledger_too: bool = True, **fields: int) -> None:
    books.databases.balances[shelf] = books.databases.balances[shelf]._replace(**fields)
    if ledger_too:
        books.databases.ledger[shelf] = books.databases.balances[shelf]


def line(books: Books, shipment_id: str, version: int, **fields: int) -> None:
    [at] = [n for n, s in enumerate(books.topics.shipments) if (s.shipment_id, s.version) == (shipment_id, version)]
    shipment = books.topics.shipments[at]
    books.topics.shipments[at] = shipment._replace(lines=(shipment.lines[0]._replace(**fields),))


def packages(books: Books, shipment_id: str, version: int, *made: Package) -> None:
    replaced(books.topics.shipments, lambda s: (s.shipment_id, s.version) == (shipment_id, version), packages=made)


def notice(books: Books, message_id: str, **fields: object) -> None:
    replaced(books.topics.notices, lambda n: n.message_id == message_id, **fields)


def units(books: Books, order_id: str, revision: int, *made: Units) -> None:
    replaced(books.topics.decisions, lambda d: (d.order_id, d.revision) == (order_id, revision), units=made)


# one_body_per_id
def an_id_with_two_bodies(books: Books) -> None:
    books.topics.said.append(books.topics.said[0]._replace(digest=b"other", place="order.placed/0/99"))


# one_id_per_version
def a_version_under_two_ids(books: Books) -> None:
    books.topics.said.append(books.topics.said[0]._replace(id="second", place="order.placed/0/99"))


# no_version_left_out
def a_version_left_out(books: Books) -> None:
    books.topics.said.append(Said("inventory.changed", "s2", "stock/MUG@BENCH", 2, b"", "inventory.changed/0/1"))


def a_thing_that_begins_late(books: Books) -> None:
    removed(books.topics.said, lambda s: (s.subject, s.version) == ("order/o-b", 1))
    removed(books.databases.outbox, lambda row: row.id == "order/o-b@1")


# sent_is_placed_repeated_or_refused
def an_order_sent_and_not_there(books: Books) -> None:
    assert books.evidence.sent
    books.evidence.sent.append(books.evidence.sent[0]._replace(order_id="o-lost", ce_id="r-lost"))


def an_order_refused_and_placed_all_the_same(books: Books) -> None:
    assert books.evidence.sent
    replaced(books.evidence.sent, lambda s: s.ce_id == "h-b", expect="refused")


def an_order_by_http_without_a_reply(books: Books) -> None:
    del books.databases.replies["h-b"]


def an_order_by_http_placed_a_second_time(books: Books) -> None:
    books.databases.replies["h-a"] = 201


def a_record_placed_that_was_to_be_refused(books: Books) -> None:
    replaced(books.topics.answers, lambda a: a.record_id == "r-wrong", status="accepted", order_id="o-wrong")


# nothing_placed_that_was_not_sent
def an_order_that_nobody_sent(books: Books) -> None:
    assert books.evidence.sent
    books.evidence.sent = [row for row in books.evidence.sent if row.order_id != "o-b"]


# every_checkout_answered
def a_record_without_an_answer(books: Books) -> None:
    books.topics.checkouts.append(CheckoutRead("checkout.completed/0/9", "r-unanswered", "ff"))


def a_record_answered_twice(books: Books) -> None:
    books.topics.checkouts.append(CheckoutRead("checkout.completed/0/9", "r-x", "ff"))
    books.topics.answers.extend([Answer("r-x", "refused", False, None)] * 2)


# garbage_is_parked
def garbage_that_vanished(books: Books) -> None:
    books.databases.parked.clear()


# newest_order_version_decided
def an_order_version_nobody_decided(books: Books) -> None:
    replaced(books.topics.decisions, lambda d: (d.order_id, d.revision) == ("o-b", 3), order_version=2)


# units_sum_to_ordered
def a_unit_that_nobody_speaks_of(books: Books) -> None:
    units(books, "o-c", 1, Units("1", "TEA", 1, "allocated", BENCH))
    removed(books.topics.notices, lambda n: n.message_id == "m-c-delayed")
    removed(books.topics.said, lambda s: s.subject == "message/m-c-delayed")
    removed(books.databases.outbox, lambda row: row.id == "message/m-c-delayed@1")
    books.mails.remove("mail of m-c-delayed")


# allocated_is_in_shipments
def units_allocated_that_no_shipment_has(books: Books) -> None:
    line(books, "o-a-F1", 2, ordered=3)


def units_released_that_are_still_allocated(books: Books) -> None:
    line(books, "o-c-F1", 1, released=1)


# every_ask_answered
def an_ask_without_an_answer(books: Books) -> None:
    line(books, "o-b-F1", 2, answered=0)


# packages_within_lines
def a_package_of_more_than_its_line_has(books: Books) -> None:
    packages(books, "o-a-F1", 2, Package("p-a", (("1", 3),)))
    line(books, "o-a-F1", 2, shipped=3)
    stock(books, ("MUG", BENCH), on_hand=7, available=7)


def a_package_with_a_line_that_is_not_there(books: Books) -> None:
    packages(books, "o-a-F1", 2, Package("p-a", (("1", 2), ("9", 1))))


# packages_sum_to_shipped
def a_shipment_that_ships_more_than_its_packages(books: Books) -> None:
    packages(books, "o-a-F1", 2, Package("p-a", (("1", 1),)))


# partner_packages_exist_once
def a_partners_package_that_nobody_recorded(books: Books) -> None:
    assert books.evidence.partner_packages
    books.evidence.partner_packages.append(books.evidence.partner_packages[0]._replace(package_id="p-lost"))


def a_partners_package_recorded_twice(books: Books) -> None:
    half = Package("p-b", (("1", 1),))
    packages(books, "o-b-F2", 3, half, half)


def a_partners_package_the_partner_does_not_know(books: Books) -> None:
    assert books.evidence.partner_packages
    books.evidence.partner_packages.clear()


# what_left_was_shipped
def a_unit_that_left_unshipped(books: Books) -> None:
    stock(books, ("MUG", SWIFT), on_hand=7, available=7)


# committed_is_allocated_not_shipped
def a_unit_committed_to_nobody(books: Books) -> None:
    stock(books, ("MUG", BENCH), committed=1, available=7)


# ledger_is_balance
def a_balance_changed_behind_the_ledger(books: Books) -> None:
    stock(books, ("MUG", SWIFT), ledger_too=False, incoming=5)


def a_ledger_row_of_a_shelf_that_is_not_there(books: Books) -> None:
    books.databases.ledger["MUG", "NOWHERE"] = books.databases.ledger["MUG", SWIFT]


# no_bucket_negative
def a_bucket_below_zero(books: Books) -> None:
    stock(books, ("MUG", SWIFT), available=9, damaged=-1)


# on_hand_is_its_buckets
def buckets_that_do_not_sum_up(books: Books) -> None:
    stock(books, ("MUG", SWIFT), quality_control=1)


# confirmed_once
def an_order_not_confirmed(books: Books) -> None:
    notice(books, "m-a", fact="operator_message")


def an_order_confirmed_twice(books: Books) -> None:
    notice(books, "m-b-cancelled", fact="confirmed")


def a_confirmation_suppressed_for_no_reason(books: Books) -> None:
    notice(books, "m-c", reason=None)


def a_confirmation_that_failed(books: Books) -> None:
    notice(books, "m-c", status="failed")


# delayed_once
def a_backordered_line_nobody_told_of(books: Books) -> None:
    notice(books, "m-c-delayed", about=("2",))


# shipped_once
def a_package_nobody_told_of(books: Books) -> None:
    notice(books, "m-a-shipped", about=("o-a-F1/p-z",))


def a_package_told_of_twice(books: Books) -> None:
    notice(books, "m-b-cancelled", fact="shipped", about=("o-b-F2/p-b",))


# every_mail_was_meant
def a_mail_without_a_row(books: Books) -> None:
    books.mails.append("mail of nobody")


def a_mail_that_came_twice(books: Books) -> None:
    books.mails.append("mail of m-a")


def a_mail_that_was_suppressed(books: Books) -> None:
    books.mails.append("mail of m-c")


# every_message_sent_is_a_mail
def a_message_sent_without_a_mail(books: Books) -> None:
    books.mails.remove("mail of m-a")


# one_confirmed_effect_per_key
def an_effect_confirmed_twice(books: Books) -> None:
    books.databases.effects.append(books.databases.effects[0])


# unknown_effects_are_announced
def an_unknown_effect_nobody_announced(books: Books) -> None:
    books.databases.effects.append(EffectRow("notifier", "key of m-c", "o-c", "unknown", "lost"))


# nothing_unpublished
def an_outbox_row_that_no_topic_has(books: Books) -> None:
    books.databases.outbox.append(OutboxRow("allocator", "never-said", "allocation.decided"))


def a_row_still_pending(books: Books) -> None:
    books.databases.pending.append(OutboxRow("order_intake", "order/o-a@1", "order.placed"))


def a_dead_letter_never_copied(books: Books) -> None:
    books.topics.dead_letters.clear()


# what_stands_still_is_shown
def a_blocked_order_that_nobody_knows(books: Books) -> None:
    books.databases.blocked.append(BlockedRow("allocator", "o-nobody", "a rate table is missing", 1))


def a_blocked_order_behind_which_nothing_waits(books: Books) -> None:
    books.databases.blocked.append(BlockedRow("allocator", "o-a", "a rate table is missing", 0))


def a_parked_record_of_an_order_that_nobody_knows(books: Books) -> None:
    books.databases.parked.append(ParkedRow("allocator", "order.placed/0/99", "o-nobody", "not the schema"))


BREAKERS: dict[str, dict[Breaker, str]] = {
    "one_body_per_id": {an_id_with_two_bodies: "order/o-a@1"},
    "one_id_per_version": {a_version_under_two_ids: "order/o-a version 1"},
    "no_version_left_out": {a_version_left_out: "stock/MUG@BENCH", a_thing_that_begins_late: "order/o-b"},
    "sent_is_placed_repeated_or_refused": {
        an_order_sent_and_not_there: "r-lost",
        an_order_refused_and_placed_all_the_same: "h-b",
        an_order_by_http_without_a_reply: "h-b",
        an_order_by_http_placed_a_second_time: "h-a",
        a_record_placed_that_was_to_be_refused: "r-wrong",
    },
    "nothing_placed_that_was_not_sent": {an_order_that_nobody_sent: "o-b"},
    "every_checkout_answered": {a_record_without_an_answer: "r-unanswered", a_record_answered_twice: "r-x"},
    "garbage_is_parked": {garbage_that_vanished: "checkout.completed/0/5"},
    "newest_order_version_decided": {an_order_version_nobody_decided: "o-b"},
    "units_sum_to_ordered": {a_unit_that_nobody_speaks_of: "o-c"},
    "allocated_is_in_shipments": {
        units_allocated_that_no_shipment_has: "o-a",
        units_released_that_are_still_allocated: "o-c",
    },
    "every_ask_answered": {an_ask_without_an_answer: "o-b"},
    "packages_within_lines": {
        a_package_of_more_than_its_line_has: "o-a-F1",
        a_package_with_a_line_that_is_not_there: "o-a-F1",
    },
    "packages_sum_to_shipped": {a_shipment_that_ships_more_than_its_packages: "o-a-F1"},
    "partner_packages_exist_once": {
        a_partners_package_that_nobody_recorded: "p-lost",
        a_partners_package_recorded_twice: "p-b",
        a_partners_package_the_partner_does_not_know: "p-b",
    },
    "what_left_was_shipped": {a_unit_that_left_unshipped: SWIFT},
    "committed_is_allocated_not_shipped": {a_unit_committed_to_nobody: BENCH},
    "ledger_is_balance": {
        a_balance_changed_behind_the_ledger: SWIFT,
        a_ledger_row_of_a_shelf_that_is_not_there: "NOWHERE",
    },
    "no_bucket_negative": {a_bucket_below_zero: SWIFT},
    "on_hand_is_its_buckets": {buckets_that_do_not_sum_up: SWIFT},
    "confirmed_once": {
        an_order_not_confirmed: "o-a",
        an_order_confirmed_twice: "o-b",
        a_confirmation_suppressed_for_no_reason: "o-c",
        a_confirmation_that_failed: "o-c",
    },
    "delayed_once": {a_backordered_line_nobody_told_of: "o-c"},
    "shipped_once": {a_package_nobody_told_of: "p-a", a_package_told_of_twice: "p-b"},
    "every_mail_was_meant": {
        a_mail_without_a_row: "mail of nobo",
        a_mail_that_came_twice: "m-a",
        a_mail_that_was_suppressed: "m-c",
    },
    "every_message_sent_is_a_mail": {a_message_sent_without_a_mail: "m-a"},
    "one_confirmed_effect_per_key": {an_effect_confirmed_twice: "key of m-a"},
    "unknown_effects_are_announced": {an_unknown_effect_nobody_announced: "key of m-c"},
    "nothing_unpublished": {
        an_outbox_row_that_no_topic_has: "never-said",
        a_row_still_pending: "order/o-a@1",
        a_dead_letter_never_copied: "checkout.completed/0/5",
    },
    "what_stands_still_is_shown": {
        a_blocked_order_that_nobody_knows: "o-nobody",
        a_blocked_order_behind_which_nothing_waits: "o-a",
        a_parked_record_of_an_order_that_nobody_knows: "o-nobody",
    },
}
CASES = [
    pytest.param(rule, breaker, id_, id=f"{rule}-{breaker.__name__}")
    for rule, breakers in BREAKERS.items()
    for breaker, id_ in breakers.items()
]


def test_every_rule_has_somebody_who_breaks_it():
    assert set(BREAKERS) == {rule.name for rule in RULES}
    assert all(BREAKERS.values())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_books_of_the_tiny_world_balance_and_every_rule_looks_at_something(rule, books: Books):
    outcome = rule.audit(books)
    assert outcome.breaks == ()
    assert outcome.checked > 0


@pytest.mark.parametrize(("rule", "breaker", "id_"), CASES)
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
