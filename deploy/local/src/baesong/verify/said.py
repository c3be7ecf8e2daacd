"""What the topics say, as an auditor keeps it: only the fields that a rule reads."""

from typing import NamedTuple

Line = tuple[str, str]  # (location, line) of one order


class Said(NamedTuple):
    """One record of our own topics: whose state it is, and a digest of all that it says."""

    topic: str
    id: str
    subject: str
    version: int
    digest: bytes
    place: str


class CheckoutRead(NamedTuple):
    """One record of `checkout.completed` that can be read; another body under a known id is told by its hash."""

    place: str
    record_id: str
    body_hash: str


class Answer(NamedTuple):
    """What `checkout.answered` says to one record."""

    record_id: str
    status: str
    repeated: bool
    order_id: str | None


class OrderLine(NamedTuple):
    """One line of an order."""

    sku: str
    quantity: int
    cancelled: int


class Order(NamedTuple):
    """One version of an order."""

    order_id: str
    version: int
    name: str
    shop: str
    source: str
    source_id: str
    test: bool
    lines: dict[str, OrderLine]


class Units(NamedTuple):
    """What becomes of some units of a line."""

    line_id: str
    sku: str
    quantity: int
    outcome: str
    location_id: str | None


class Decision(NamedTuple):
    """One revision of an order's allocation; `asked` is by (location, line)."""

    order_id: str
    revision: int
    order_version: int
    units: tuple[Units, ...]
    asked: dict[Line, int]


class ShipmentLine(NamedTuple):
    """One line of a shipment."""

    line_id: str
    sku: str
    ordered: int
    shipped: int
    released: int
    answered: int


class Package(NamedTuple):
    """A package that left, with its units by line."""

    package_id: str
    lines: tuple[tuple[str, int], ...]


class Shipment(NamedTuple):
    """One version of a shipment."""

    shipment_id: str
    version: int
    order_id: str
    location_id: str
    fulfilled_by: str
    partner_id: str | None
    lines: tuple[ShipmentLine, ...]
    packages: tuple[Package, ...]


class Notice(NamedTuple):
    """What `customer.notified` says of one message."""

    message_id: str
    version: int
    order_id: str
    fact: str
    about: tuple[str, ...]
    status: str
    reason: str | None
    provider_reference: str | None
