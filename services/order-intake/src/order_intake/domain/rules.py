"""What must be true of an order at the door beyond the shape of its fields. Pure."""

from collections.abc import Iterator

from order_events import DeliveryMethod, Order, Problem
from order_events.types import MAX_COUNT
from order_intake.domain.problems import at_most, path, problem

LONGEST_SKU = 128  # order_events.types.Sku
ADDRESSED = frozenset({DeliveryMethod.SHIPPING, DeliveryMethod.LOCAL, DeliveryMethod.PICKUP_POINT})
_RULES = "a line that is shipped needs {}; lines for pickup, digital and none need no address"


def broken_rules(order: Order) -> tuple[Problem, ...]:
    """Every rule the order breaks, by field; empty for an order that can be taken."""
    found = [
        *_skus(order),
        *_line_ids(order),
        *_currencies(order),
        *_removed(order),
        *_total(order),
    ]
    return at_most(found, len(found)) if found else ()


def _skus(order: Order) -> Iterator[Problem]:
    """A SKU still is one after it was tidied: NFKC can make it longer, and without spaces it can be empty."""
    for n, line in enumerate(order.lines):
        if not 1 <= len(line.sku) <= LONGEST_SKU:
            yield _sku_length(path(("lines", n, "sku")))
    for n, sku in enumerate(order.instructions.sample_skus):
        if not 1 <= len(sku) <= LONGEST_SKU:
            yield _sku_length(path(("instructions", "sample_skus", n)))


def _sku_length(field: str) -> Problem:
    return problem(field, "sku_length", f"must have 1 to {LONGEST_SKU} characters after NFKC and without outer spaces")


def _line_ids(order: Order) -> Iterator[Problem]:
    """A line id names one line: allocation, shipments and packages tell lines apart by nothing else."""
    seen: set[str] = set()
    for n, line in enumerate(order.lines):
        if line.line_id in seen:
            yield problem(path(("lines", n, "line_id")), "unique", f"line_id {line.line_id} stands on an earlier line")
        seen.add(line.line_id)


def _currencies(order: Order) -> Iterator[Problem]:
    """All money of an order is in the order's currency, so that it can be added up."""
    for n, line in enumerate(order.lines):
        if line.price.currency != order.currency:
            yield _other_currency(path(("lines", n, "price", "currency")), order.currency)
    if order.shipping.price and order.shipping.price.currency != order.currency:
        yield _other_currency("shipping.price.currency", order.currency)


def _other_currency(field: str, currency: str) -> Problem:
    return problem(field, "currency_mismatch", f"must be the order's currency, {currency}")


def _removed(order: Order) -> Iterator[Problem]:
    """No more units are gone from a line than it was ordered with."""
    for n, line in enumerate(order.lines):
        if line.cancelled + line.fulfilled_elsewhere > line.quantity:
            yield problem(path(("lines", n)), "units", f"removed and fulfilled_elsewhere exceed {line.quantity}")


def missing_address(order: Order) -> Iterator[Problem]:
    """What is shipped, delivered locally or to a pick-up point needs to know where to; no rule of the door, a hold."""
    if not any(line.delivery_method in ADDRESSED for line in order.lines):
        return
    if order.ship_to is None:
        yield problem("ship_to", "required_for_shipping", _RULES.format("ship_to"))
    elif not (order.ship_to.address1 or "").strip():
        yield problem("ship_to.address1", "required_for_shipping", _RULES.format("address1"))


def _total(order: Order) -> Iterator[Problem]:
    """All units of an order can be counted in one integer."""
    if sum(line.quantity for line in order.lines) > MAX_COUNT:
        yield problem("lines", "total_quantity", f"all quantities together must not exceed {MAX_COUNT}")
