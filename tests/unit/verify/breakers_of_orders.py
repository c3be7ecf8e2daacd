"""What may be wrong with orders, decisions and packages, each thing by hand."""

from tests.unit.verify.breaking import BENCH, breaks, line, packages, removed, replaced, stock, units

from baesong.verify.books import Books
from baesong.verify.said import Answer, CheckoutRead, Package, Said, Units


@breaks("one_body_per_id", "order/o-a@1")
def an_id_with_two_bodies(books: Books) -> None:
    books.topics.said.append(books.topics.said[0]._replace(digest=b"other", place="order.placed/0/99"))


@breaks("one_id_per_version", "order/o-a version 1")
def a_version_under_two_ids(books: Books) -> None:
    books.topics.said.append(books.topics.said[0]._replace(id="second", place="order.placed/0/99"))


@breaks("no_version_left_out", "stock/MUG@BENCH")
def a_version_left_out(books: Books) -> None:
    books.topics.said.append(Said("inventory.changed", "s2", "stock/MUG@BENCH", 2, b"", "inventory.changed/0/1"))


@breaks("no_version_left_out", "order/o-b")
def a_thing_that_begins_late(books: Books) -> None:
    removed(books.topics.said, lambda s: (s.subject, s.version) == ("order/o-b", 1))
    removed(books.databases.outbox, lambda row: row.id == "order/o-b@1")


@breaks("sent_is_placed_repeated_or_refused", "r-lost")
def an_order_sent_and_not_there(books: Books) -> None:
    assert books.evidence.sent
    books.evidence.sent.append(books.evidence.sent[0]._replace(order_id="o-lost", ce_id="r-lost"))


@breaks("sent_is_placed_repeated_or_refused", "h-b")
def an_order_refused_and_placed_all_the_same(books: Books) -> None:
    assert books.evidence.sent
    replaced(books.evidence.sent, lambda s: s.ce_id == "h-b", expect="refused")


@breaks("sent_is_placed_repeated_or_refused", "h-b")
def an_order_by_http_without_a_reply(books: Books) -> None:
    del books.databases.replies["h-b"]


@breaks("sent_is_placed_repeated_or_refused", "h-a")
def an_order_by_http_placed_a_second_time(books: Books) -> None:
    books.databases.replies["h-a"] = 201


@breaks("sent_is_placed_repeated_or_refused", "r-wrong")
def a_record_placed_that_was_to_be_refused(books: Books) -> None:
    replaced(books.topics.answers, lambda a: a.record_id == "r-wrong", status="accepted", order_id="o-wrong")


@breaks("nothing_placed_that_was_not_sent", "o-b")
def an_order_that_nobody_sent(books: Books) -> None:
    assert books.evidence.sent
    books.evidence.sent = [row for row in books.evidence.sent if row.order_id != "o-b"]


@breaks("every_checkout_answered", "r-unanswered")
def a_record_without_an_answer(books: Books) -> None:
    books.topics.checkouts.append(CheckoutRead("checkout.completed/0/9", "r-unanswered", "ff"))


@breaks("every_checkout_answered", "r-x")
def a_record_answered_twice(books: Books) -> None:
    books.topics.checkouts.append(CheckoutRead("checkout.completed/0/9", "r-x", "ff"))
    books.topics.answers.extend([Answer("r-x", "refused", repeated=False, order_id=None)] * 2)


@breaks("garbage_is_parked", "checkout.completed/0/5")
def garbage_that_vanished(books: Books) -> None:
    books.databases.parked.clear()


@breaks("newest_order_version_decided", "o-b")
def an_order_version_nobody_decided(books: Books) -> None:
    replaced(books.topics.decisions, lambda d: (d.order_id, d.revision) == ("o-b", 3), order_version=2)


@breaks("units_sum_to_ordered", "o-c")
def a_unit_that_nobody_speaks_of(books: Books) -> None:
    units(books, "o-c", 1, Units("1", "TEA", 1, "allocated", BENCH))
    removed(books.topics.notices, lambda n: n.message_id == "m-c-delayed")
    removed(books.topics.said, lambda s: s.subject == "message/m-c-delayed")
    removed(books.databases.outbox, lambda row: row.id == "message/m-c-delayed@1")
    books.mails.remove("m-c-delayed")


@breaks("allocated_is_in_shipments", "o-a")
def units_allocated_that_no_shipment_has(books: Books) -> None:
    line(books, "o-a-F1", 2, ordered=3)


@breaks("allocated_is_in_shipments", "o-c")
def units_released_that_are_still_allocated(books: Books) -> None:
    line(books, "o-c-F1", 1, released=1)


@breaks("every_ask_answered", "o-b")
def an_ask_without_an_answer(books: Books) -> None:
    line(books, "o-b-F1", 2, answered=0)


@breaks("packages_within_lines", "o-a-F1")
def a_package_of_more_than_its_line_has(books: Books) -> None:
    packages(books, "o-a-F1", 2, Package("p-a", (("1", 3),)))
    line(books, "o-a-F1", 2, shipped=3)
    stock(books, ("mug", BENCH), on_hand=7, available=7)


@breaks("packages_within_lines", "o-a-F1")
def a_package_with_a_line_that_is_not_there(books: Books) -> None:
    packages(books, "o-a-F1", 2, Package("p-a", (("1", 2), ("9", 1))))


@breaks("packages_sum_to_shipped", "o-a-F1")
def a_shipment_that_ships_more_than_its_packages(books: Books) -> None:
    packages(books, "o-a-F1", 2, Package("p-a", (("1", 1),)))


@breaks("partner_packages_exist_once", "p-lost")
def a_partners_package_that_nobody_recorded(books: Books) -> None:
    assert books.evidence.partner_packages
    books.evidence.partner_packages.append(books.evidence.partner_packages[0]._replace(package_id="p-lost"))


@breaks("partner_packages_exist_once", "p-b")
def a_partners_package_recorded_twice(books: Books) -> None:
    half = Package("p-b", (("1", 1),))
    packages(books, "o-b-F2", 3, half, half)


@breaks("partner_packages_exist_once", "p-b")
def a_partners_package_the_partner_does_not_know(books: Books) -> None:
    assert books.evidence.partner_packages
    books.evidence.partner_packages.clear()
