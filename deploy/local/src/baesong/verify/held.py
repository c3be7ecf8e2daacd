"""What databases, mail sink and the outsiders' own lists hold, as an auditor keeps it."""

from typing import NamedTuple
from unicodedata import normalize

# The buckets whose sum is `on_hand`.
BUCKETS = ("available", "committed", "reserved", "damaged", "safety_stock", "quality_control")

Shelf = tuple[str, str]  # (sku as it is compared, location)


def sku_key(code: str) -> str:
    """Give the form in which SKUs are compared: NFKC, without case and outer spaces."""
    return normalize("NFKC", normalize("NFKC", code).casefold()).strip()


class Stock(NamedTuple):
    """How much of a SKU lies at a location: a balance, or what ledger rows sum up to."""

    on_hand: int
    available: int
    committed: int
    reserved: int
    damaged: int
    safety_stock: int
    quality_control: int
    incoming: int


class MessageRow(NamedTuple):
    """A row of the notifier's own ledger of messages; `key` is the fact it tells, which is its effect's key."""

    message_id: str
    key: str


class EffectRow(NamedTuple):
    """An outside effect as its service keeps it."""

    service: str
    key: str
    order_id: str
    state: str
    reason: str | None


class OutboxRow(NamedTuple):
    """What a service says it said; `id` is the event's, of a dead letter the place of the record it copies."""

    service: str
    id: str
    topic: str


class BlockedRow(NamedTuple):
    """An order that waits in a service, with how many events wait behind it."""

    service: str
    order_id: str
    reason: str
    queued: int


class ParkedRow(NamedTuple):
    """A record that a service put aside; `order_id` where its topic is keyed by orders."""

    service: str
    place: str
    order_id: str | None
    reason: str


class Sent(NamedTuple):
    """One row of the feeder's own list: what it sent, through which door, and what must come of it."""

    ce_id: str
    door: str
    shop: str
    source: str
    source_id: str
    order_id: str
    expect: str


class PartnerPackage(NamedTuple):
    """One row of a partner's own list: a package it dispatched, with its units by line."""

    shipment_id: str
    package_id: str
    lines: tuple[tuple[str, int], ...]
