"""What a reader of the report sees, and with which status the command ends."""

import json

from rich.console import Console

from baesong.verify.books import Books
from baesong.verify.held import BlockedRow
from baesong.verify.report import BALANCED, BROKEN, UNSETTLED, Report, report_of
from baesong.verify.rules import RULES


def reported(books: Books) -> Report:
    return report_of(books, tuple(rule.audit(books) for rule in RULES))


def text_of(report: Report) -> str:
    console = Console(width=200)
    with console.capture() as captured:
        console.print(report.shown())
    return captured.get()


def test_books_that_balance_end_with_0_and_name_every_rule(books: Books):
    report = reported(books)
    assert (report.exit_status, report.balanced) == (BALANCED, True)
    assert all(rule.sentence in text_of(report) for rule in RULES)


def test_a_break_ends_with_1_and_is_named_with_its_ids_and_what_was_found(books: Books):
    assert books.mails is not None
    books.mails.remove("m-a")
    report = reported(books)
    assert (report.exit_status, report.balanced) == (BROKEN, False)
    assert "m-a o-a confirmed: expected a mail, a row, found no mail, a row" in text_of(report)


def test_what_could_not_settle_ends_with_2_and_says_what_it_waited_for():
    report = Report(waits=("allocator: 3 records of order.placed unread",))
    assert (report.exit_status, report.balanced) == (UNSETTLED, False)
    assert "3 records of order.placed unread" in text_of(report)


def test_the_json_says_the_same_and_all_of_it(books: Books):
    assert books.mails is not None
    books.mails.extend(f"stray {n}" for n in range(50))
    said = json.loads(json.dumps(reported(books).said()))
    broken = {rule["rule"]: len(rule["breaks"]) for rule in said["rules"] if rule["breaks"]}
    assert (said["balanced"], said["settled"], broken) == (False, True, {"every_mail_was_meant": 50})
    assert len(said["rules"]) == len(RULES)


def test_parked_blocked_and_unknown_are_listed_apart_by_reason_and_break_nothing(books: Books):
    books.databases.blocked.append(BlockedRow("allocator", "o-a", "no rate", 1))
    report = reported(books)
    assert report.balanced
    assert report.apart["blocked"] == {"allocator: no rate": ("o-a",)}
    assert report.apart["parked"] == {"order_intake: not JSON": ("checkout.completed/0/5",)}
    assert list(report.apart["unknown"].values()) == [("key of m-b-cancelled",)]
    assert all(word in text_of(report) for word in ("no rate", "not JSON", "key of m-b-cancelled"))


def test_the_figures_count_what_the_demo_tells(books: Books):
    figures = reported(books).figures
    assert figures["orders"] == 3
    assert figures["packages"] == 2
    assert figures["units_backordered"] == 1
    assert figures["mails"] == 6
