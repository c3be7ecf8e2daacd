"""The stock of a SKU at a location: its buckets, the moves between them, and the working copy of a batch."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from operator import attrgetter
from typing import NamedTuple

from order_events import Cause


class Bucket(StrEnum):
    """Shopify's inventory states that make up on_hand."""

    AVAILABLE = "available"
    COMMITTED = "committed"
    RESERVED = "reserved"
    DAMAGED = "damaged"
    SAFETY_STOCK = "safety_stock"
    QUALITY_CONTROL = "quality_control"


class MoveReason(StrEnum):
    """Why stock moved: Shopify's adjustment reasons, and for what has left its history's own words."""

    RESERVATION_CREATED = "reservation_created"
    RESERVATION_DELETED = "reservation_deleted"
    ORDER_FULFILLED = "order_fulfilled"
    CYCLE_COUNT_AVAILABLE = "cycle_count_available"


class StockError(Exception):
    """A move takes what is not there: a bug, because every decision is made on what is there."""


class Move(NamedTuple):
    """Units that change their bucket; a source or target of None is outside the house.

    `key` is the business reason, used once for ever. `as_far_as_there`: what is missing of it is written down, not
    refused, because it has happened already.
    """

    key: str
    sku_key: str
    location_id: str
    source: Bucket | None
    target: Bucket | None
    quantity: int
    reason: MoveReason
    reference: str
    as_far_as_there: bool = False


@dataclass(slots=True)
class Level:
    """How much of a SKU (`sku` as the merchant writes it) is at a location; `version` counts its announcements."""

    sku_key: str
    location_id: str
    sku: str
    available: int = 0
    committed: int = 0
    reserved: int = 0
    damaged: int = 0
    safety_stock: int = 0
    quality_control: int = 0
    incoming: int = 0
    version: int = 0

    @property
    def on_hand(self) -> int:
        """All that lies there, whatever it is meant for."""
        return self.available + self.unavailable

    @property
    def unavailable(self) -> int:
        """What lies there and cannot be promised."""
        return self.committed + self.reserved + self.damaged + self.safety_stock + self.quality_control

    def move(self, move: Move) -> int:
        """Take from the source and add to the target; how many units moved.

        Raises:
            StockError: the source has less, and the move is not one that goes as far as there is.
        """
        moved = self._taken(move)
        if move.source:
            setattr(self, move.source, getattr(self, move.source) - moved)
        if move.target:
            setattr(self, move.target, getattr(self, move.target) + moved)
        return moved

    def _taken(self, move: Move) -> int:
        there: int = move.quantity if move.source is None else getattr(self, move.source)
        if there < move.quantity and not move.as_far_as_there:
            raise StockError(f"{move.key} takes {move.quantity} {self.sku} of {there} {move.source} {self.location_id}")
        return min(there, move.quantity)


class Entry(NamedTuple):
    """A row of the ledger: a move (of `sku` as the merchant writes it), what was missing, and what caused it."""

    sku: str
    move: Move
    moved: int
    missing: int
    cause: Cause


class Touched(NamedTuple):
    """A level that changed, and the first reason and cause for which it did."""

    level: Level
    reason: MoveReason
    cause: Cause


@dataclass(slots=True)
class Shelf:
    """The working copy of the stock a batch may touch, and what was booked on it.

    `levels` is by SKU key, then location in its order; `known` are the SKUs the merchant has, stocked or not.
    """

    levels: Mapping[str, Mapping[str, Level]]
    known: frozenset[str]
    entries: list[Entry] = field(default_factory=list)
    touched: dict[tuple[str, str], Touched] = field(default_factory=dict)

    @classmethod
    def of(cls, levels: Iterable[Level], known: Iterable[str] = ()) -> "Shelf":
        """A shelf of these levels; each of their SKUs is known."""
        by_sku: dict[str, dict[str, Level]] = {}
        for level in sorted(levels, key=attrgetter("location_id")):
            by_sku.setdefault(level.sku_key, {})[level.location_id] = level
        return cls(by_sku, frozenset(known) | by_sku.keys())

    def at(self, sku: str) -> Mapping[str, Level]:
        """The levels of a SKU, by location."""
        return self.levels.get(sku, {})

    def book(self, moves: Iterable[Move], cause: Cause) -> None:
        """Carry out these moves and write them down.

        Raises:
            StockError: a move takes what is not there.
        """
        for move in moves:
            level = self.at(move.sku_key).get(move.location_id)
            moved = self._carried_out(move, level, cause) if level else _nowhere(move)
            sku = level.sku if level else move.sku_key
            self.entries.append(Entry(sku, move, moved, move.quantity - moved, cause))

    def _carried_out(self, move: Move, level: Level, cause: Cause) -> int:
        moved = level.move(move)
        if moved and (move.sku_key, move.location_id) not in self.touched:
            level.version += 1
            self.touched[move.sku_key, move.location_id] = Touched(level, move.reason, cause)
        return moved


def _nowhere(move: Move) -> int:
    if not move.as_far_as_there:
        raise StockError(f"{move.key} moves {move.sku_key} at {move.location_id}, where it is not kept")
    return 0
