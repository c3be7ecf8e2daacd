"""Rules about decisions: every unit accounted for, every ask answered, what is allocated shared out. Pure."""

from collections import Counter

from baesong.verify.books import Books, Sums
from baesong.verify.rules.rule import Verdicts, equal, rule


@rule
def newest_order_version_decided(books: Books) -> Verdicts:
    """The newest decision on an order answers the order's newest version."""
    for order in books.orders.values():
        decision = books.decided.get(order.order_id)
        answered = decision.order_version if decision else 0
        yield equal(answered, order.version, order.order_id, order.name, of="as the version decided")


@rule
def units_sum_to_ordered(books: Books) -> Verdicts:
    """Per line, allocated + backordered + declined + cancelled are what was ordered."""
    for order_id, order in books.orders.items():
        decision = books.decided.get(order_id)
        sums: Counter[str] = Counter()
        for units in decision.units if decision else ():
            sums[units.line_id] += units.quantity
        for line_id in order.lines.keys() | sums.keys():
            ordered = order.lines[line_id].quantity if line_id in order.lines else 0
            yield equal(sums[line_id], ordered, order_id, order.name, f"line {line_id}", of="units")


@rule
def allocated_is_in_shipments(books: Books) -> Verdicts:
    """Per order, location and line, allocated is the sum of ordered less released over the shipments there."""
    for spot in books.allocated.keys() | books.places.keys():
        there = books.places.get(spot, Sums())
        yield equal(there.ordered - there.released, books.allocated.get(spot, 0), *_named(spot), of="units")


@rule
def every_ask_answered(books: Books) -> Verdicts:
    """Per order, location and line, what was asked back is answered, neither more nor less."""
    for decision in books.decided.values():
        for (location_id, line_id), asked in decision.asked.items():
            spot = (decision.order_id, location_id, line_id)
            yield equal(books.places.get(spot, Sums()).answered, asked, *_named(spot), of="units answered")


def _named(spot: tuple[str, str, str]) -> tuple[str, ...]:
    order_id, location_id, line_id = spot
    return (order_id, f"at {location_id}", f"line {line_id}")
