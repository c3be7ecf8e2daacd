"""What an audit came to: rule by rule, with the ids of what breaks, and what is listed apart."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from baesong.verify.books import Books
from baesong.verify.rules import Outcome

BALANCED, BROKEN, UNSETTLED = 0, 1, 2
MOST_SHOWN = 20


@dataclass(frozen=True)
class Report:
    """An audit's result.

    Args:
        waits: what was still under way when the time was up; the books were not read then.
        outcomes: of each rule.
        apart: what is no break by itself, by kind, with its ids: parked, blocked, unknown, missing.
        figures: what was counted on the way.
    """

    waits: tuple[str, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    apart: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    figures: Mapping[str, int] = field(default_factory=dict)

    @property
    def balanced(self) -> bool:
        """Whether the books were read and no rule is broken."""
        return self.exit_status == BALANCED

    @property
    def exit_status(self) -> int:
        """0 balanced, 1 broken, 2 when it could not settle."""
        if self.waits:
            return UNSETTLED
        return BROKEN if any(outcome.breaks for outcome in self.outcomes) else BALANCED

    @property
    def sentence(self) -> str:
        """The result in one line."""
        broken = [outcome.rule.name for outcome in self.outcomes if outcome.breaks]
        if self.waits:
            return "the books could not be read: " + "; ".join(self.waits)
        return f"the books do not balance: {', '.join(broken)}" if broken else "all books balance"

    def said(self) -> dict[str, Any]:
        """Give it as JSON can hold it."""
        return {
            "balanced": self.balanced,
            "settled": not self.waits,
            "waits": list(self.waits),
            "figures": dict(self.figures),
            "rules": [_outcome_said(outcome) for outcome in self.outcomes],
            "apart": {kind: {reason: list(ids) for reason, ids in by.items()} for kind, by in self.apart.items()},
        }

    def shown(self) -> RenderableType:
        """Give it as a table, with the ids of what breaks below."""
        if self.waits:
            return Text(self.sentence, style="bold red")
        shown: list[RenderableType] = [_table(self.outcomes)]
        shown += [_breaks(outcome) for outcome in self.outcomes if outcome.breaks]
        shown += [_apart(kind, by) for kind, by in self.apart.items() if by]
        return Group(*shown, Text(self.sentence, style="bold green" if self.balanced else "bold red"))


def report_of(books: Books, outcomes: tuple[Outcome, ...]) -> Report:
    """Put together what the rules said and what is listed apart."""
    return Report(outcomes=outcomes, apart=_apart_of(books), figures=_figures(books))


def _apart_of(books: Books) -> dict[str, dict[str, tuple[str, ...]]]:
    held = books.databases
    unknown = [row for row in held.effects if row.state == "unknown"]
    missing = {" at ".join(shelf): units for shelf, units in held.missing.items()}
    return {
        "parked": _by_reason((f"{row.service}: {row.reason}", row.place) for row in held.parked),
        "blocked": _by_reason((f"{row.service}: {row.reason}", row.order_id) for row in held.blocked),
        "unknown": _by_reason((f"{row.service}: {row.reason}", row.key) for row in unknown),
        "missing": _by_reason((f"{units} units left that the books did not have", at) for at, units in missing.items()),
    }


def _by_reason(rows: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for reason, id_ in rows:
        found.setdefault(reason, []).append(id_)
    return {reason: tuple(ids) for reason, ids in found.items()}


def _figures(books: Books) -> dict[str, int]:
    outcomes = Counter({"allocated": 0, "backordered": 0})
    for decision in books.decided.values():
        for units in decision.units:
            outcomes[units.outcome] += units.quantity
    places = Counter(order_id for order_id, _ in {spot[:2] for spot in books.allocated})
    return {
        "records": sum(books.topics.records.values()),
        "orders": len(books.orders),
        "orders_split": sum(count > 1 for count in places.values()),
        "units_allocated": outcomes["allocated"],
        "units_backordered": outcomes["backordered"],
        "shipments": len(books.shipments),
        "packages": sum(len(shipment.packages) for shipment in books.shipments.values()),
        "mails": len(books.mails or ()),
    }


def _outcome_said(outcome: Outcome) -> dict[str, Any]:
    return {
        "rule": outcome.rule.name,
        "sentence": outcome.rule.sentence,
        "checked": outcome.checked,
        "breaks": [{"ids": list(b.ids), "expected": b.expected, "found": b.found} for b in outcome.breaks],
    }


def _table(outcomes: tuple[Outcome, ...]) -> Table:
    shown = Table(box=None, pad_edge=False, header_style="bold")
    shown.add_column("rule")
    shown.add_column("checked", justify="right")
    shown.add_column("breaks", justify="right")
    for outcome in outcomes:
        breaks = Text(str(len(outcome.breaks)), style="bold red" if outcome.breaks else "green")
        shown.add_row(outcome.rule.sentence, f"{outcome.checked:,}", breaks)
    return shown


def _breaks(outcome: Outcome) -> Text:
    said = Text(f"\n{outcome.rule.name}: {outcome.rule.sentence}\n", style="bold")
    for found in outcome.breaks[:MOST_SHOWN]:
        said.append(f"  {' '.join(found.ids)}: expected {found.expected}, found {found.found}\n", style="not bold")
    if len(outcome.breaks) > MOST_SHOWN:
        said.append(f"  and {len(outcome.breaks) - MOST_SHOWN} more: --json names all\n", style="not bold")
    return said


def _apart(kind: str, by_reason: Mapping[str, tuple[str, ...]]) -> Text:
    said = Text(f"\n{kind}, listed apart:\n", style="bold")
    for reason, ids in by_reason.items():
        more = f" and {len(ids) - MOST_SHOWN} more" if len(ids) > MOST_SHOWN else ""
        said.append(f"  {len(ids)} {reason}: {' '.join(ids[:MOST_SHOWN])}{more}\n", style="not bold")
    return said
