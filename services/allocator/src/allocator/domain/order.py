"""What the allocator needs to know of an order."""

from typing import NamedTuple

from order_events import DeliveryMethod, ShortagePolicy

TAKES_NO_STOCK = frozenset({DeliveryMethod.DIGITAL, DeliveryMethod.NONE})


class Line(NamedTuple):
    """One line: `sku` as it was ordered, `sku_key` as stock is kept; `only`: where the customer picks it up.

    `elsewhere`: units that the shop has sent itself.
    """

    line_id: str
    sku: str
    sku_key: str
    quantity: int
    cancelled: int
    weight_g: int
    takes_stock: bool = True
    only: str | None = None
    elsewhere: int = 0

    @property
    def wanted(self) -> int:
        """The units somebody still wants from us; never below none."""
        return max(0, self.quantity - self.cancelled - self.elsewhere)


class Order(NamedTuple):
    """An order at one version; times are ISO 8601 in UTC, as they were read."""

    order_id: str
    version: int
    currency: str
    policy: ShortagePolicy
    test: bool
    placed_at: str
    latitude: float | None
    longitude: float | None
    ship_by: str | None
    deliver_by: str | None
    lines: tuple[Line, ...]
    waits: bool = False  # for its payment: it takes no stock before

    def takes_stock(self, line: Line) -> bool:
        """Whether a line's units come from a location; a test order's never do."""
        return line.takes_stock and not self.test
