"""Rules about stock: what was loaded has left or is there, and the ledger adds up to what is held. Pure."""

from collections import defaultdict
from collections.abc import Mapping

from baesong.verify.books import Books, Sums
from baesong.verify.held import BUCKETS, Shelf, Stock, sku_key
from baesong.verify.rules.rule import Verdicts, Wrong, equal, rule

NOTHING = Stock(*([0] * len(Stock._fields)))


@rule
def what_left_was_shipped(books: Books) -> Verdicts:
    """Per SKU and location, stock loaded less stock on hand is the units shipped."""
    shipped, held = _shipped(books), books.databases
    for shelf in held.balances.keys() | held.loaded.keys() | shipped.keys():
        left = held.loaded.get(shelf, 0) - held.balances.get(shelf, NOTHING).on_hand + held.missing.get(shelf, 0)
        yield equal(left, shipped.get(shelf, 0), *shelf, of="units left")


@rule
def committed_is_allocated_not_shipped(books: Books) -> Verdicts:
    """Per SKU and location, stock committed is the units allocated and not yet shipped."""
    waiting = _allocated_not_shipped(books)
    for shelf in books.databases.balances.keys() | waiting.keys():
        committed = books.databases.balances.get(shelf, NOTHING).committed
        yield equal(committed, waiting.get(shelf, 0), *shelf, of="units committed")


@rule
def ledger_is_balance(books: Books) -> Verdicts:
    """Per SKU, location and bucket, the rows of the stock ledger sum up to the balance."""
    for shelf in books.databases.balances.keys() | books.databases.ledger.keys():
        held = books.databases.balances.get(shelf, NOTHING)._asdict()
        summed = books.databases.ledger.get(shelf, NOTHING)._asdict()
        wrong = [bucket for bucket in ("on_hand", *BUCKETS) if held[bucket] != summed[bucket]]
        yield equal({each: held[each] for each in wrong}, {each: summed[each] for each in wrong}, *shelf)


@rule
def no_bucket_negative(books: Books) -> Verdicts:
    """No bucket of stock is below zero."""
    for shelf, held in books.databases.balances.items():
        below = {bucket: units for bucket, units in held._asdict().items() if units < 0}
        yield None if not below else Wrong(shelf, "nothing below zero", str(below))


@rule
def on_hand_is_its_buckets(books: Books) -> Verdicts:
    """Stock on hand is the sum of its buckets."""
    for shelf, held in books.databases.balances.items():
        yield equal(held.on_hand, sum(getattr(held, bucket) for bucket in BUCKETS), *shelf, of="on hand")


def _shipped(books: Books) -> Mapping[Shelf, int]:
    sums: dict[Shelf, int] = defaultdict(int)
    for shipment in books.shipments.values():
        if _takes_stock(books, shipment.order_id):
            for line in shipment.lines:
                sums[sku_key(line.sku), shipment.location_id] += line.shipped
    return {shelf: units for shelf, units in sums.items() if units}


def _allocated_not_shipped(books: Books) -> Mapping[Shelf, int]:
    """Sum up what waits per SKU and location; a unit that left after it was given back had been nobody's."""
    sums: dict[Shelf, int] = defaultdict(int)
    skus = {(one.order_id, units.line_id): units.sku for one in books.decided.values() for units in one.units}
    for (order_id, location_id, line_id), allocated in books.allocated.items():
        there = books.places.get((order_id, location_id, line_id), Sums())
        waiting = allocated - there.shipped + there.over
        if waiting > 0 and _takes_stock(books, order_id):
            sums[sku_key(skus[order_id, line_id]), location_id] += waiting
    return dict(sums)


def _takes_stock(books: Books, order_id: str) -> bool:
    """Say whether the order takes stock: a test order does not."""
    return order_id not in books.orders or not books.orders[order_id].test
