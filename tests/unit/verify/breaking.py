"""How the books of the tiny world are broken by hand: a breaker names the rule that must find it, and an id it names."""

from collections.abc import Callable
from typing import Any

from baesong.verify.books import Books
from baesong.verify.said import Package, Units

BENCH, SWIFT = "BENCH", "SWIFT"
Breaker = Callable[[Books], None]
BREAKERS: list[tuple[str, Breaker, str]] = []


def breaks(rule: str, id_: str) -> Callable[[Breaker], Breaker]:
    def taken(breaker: Breaker) -> Breaker:
        BREAKERS.append((rule, breaker, id_))
        return breaker

    return taken


def replaced(rows: list[Any], which: Callable[[Any], bool], **fields: object) -> None:
    """Change the fields of the one row that is meant."""
    [at] = [n for n, row in enumerate(rows) if which(row)]
    rows[at] = rows[at]._replace(**fields)


def removed(rows: list[Any], which: Callable[[Any], bool]) -> None:
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
