"""What may go into a package, whoever packs it. Pure."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pydantic_core import to_json

from fulfiller.domain.carriers import tracking_url
from fulfiller.domain.shipment import Line, Milestone, Package, PackageLine, Shipment
from order_events import Problem

MAX_TOLD = 1_000_000  # bytes of packages and milestones in one shipment: an event holds 3.5 MB, the order 1 MiB


@dataclass(frozen=True, slots=True)
class Wanted:
    """Units that somebody says are in a package; a SKU that is not said is not compared."""

    line_id: str
    sku: str | None
    quantity: int


def summed(wanted: Sequence[Wanted]) -> list[Wanted]:
    """The same with each line once."""
    sums: dict[str, Wanted] = {}
    for one in wanted:
        before = sums.get(one.line_id)
        sums[one.line_id] = Wanted(one.line_id, one.sku, one.quantity + (before.quantity if before else 0))
    return list(sums.values())


def wrong_with(shipment: Shipment, wanted: Sequence[Wanted]) -> list[Problem]:
    """Why these units cannot leave in a package; empty where they can."""
    found = (_wrong_line(shipment, one) for one in wanted)
    return [problem for problem in found if problem]


def _wrong_line(shipment: Shipment, wanted: Wanted) -> Problem | None:
    line = shipment.line(wanted.line_id)
    if line is None:
        return Problem(field="lines", rule="unknown_line", message=f"line {wanted.line_id} is not in this shipment")
    if wanted.sku not in (None, line.sku) and _code(wanted.sku) != _code(line.sku):
        return Problem(field="lines", rule="other_sku", message=f"line {wanted.line_id} is of another SKU")
    most = _most(shipment, line)
    if wanted.quantity > most:
        message = f"{wanted.quantity} units of line {wanted.line_id}, of which {most} can leave"
        return Problem(field="lines", rule="too_many_units", message=message)
    return None


def _most(shipment: Shipment, line: Line) -> int:
    """What can leave: of a partner's shipment all it was ever asked for, also what it gave back."""
    return max(0, line.requested - line.shipped) if shipment.at_partner else line.open


def all_open(shipment: Shipment) -> list[Wanted]:
    """Everything that is still to be shipped."""
    return [Wanted(line.line_id, line.sku, line.open) for line in shipment.lines if line.open]


def packed(
    shipment: Shipment,
    package_id: str,
    wanted: Sequence[Wanted],
    tracking: tuple[str | None, str | None],
    milestone: Milestone,
) -> Package:
    """The package that leaves with these units, under our SKUs."""
    lines = tuple(PackageLine(one.line_id, _our_sku(shipment, one.line_id), one.quantity) for one in wanted)
    carrier, number = tracking
    return Package(package_id, lines, carrier, number, tracking_url(carrier, number), (milestone,))


def same_package(package: Package, wanted: Sequence[Wanted], tracking: tuple[str | None, str | None]) -> bool:
    """Whether somebody says again of a package what is already known; lines left out are not compared."""
    units = {line.line_id: line.quantity for line in package.lines}
    same_units = not wanted or units == {one.line_id: one.quantity for one in wanted}
    return same_units and (package.carrier, package.number) == tracking


def too_much_said(shipment: Shipment) -> bool:
    """Whether its packages would make the shipment too large to be said in one event."""
    at_most = sum(_size(package, _longest) for package in shipment.packages)
    return at_most > MAX_TOLD and sum(_size(package, _written) for package in shipment.packages) > MAX_TOLD


def _longest(word: str) -> int:
    """JSON writes a control character in six bytes: what a word takes at most, told without writing it."""
    return 6 * len(word)


def _written(word: str) -> int:
    """What a word takes in JSON."""
    return len(to_json(word))


def _size(package: Package, size_of: Callable[[str], int]) -> int:
    """A package's bytes in JSON, its words measured by `size_of`."""
    words = [package.package_id, package.package_id, package.carrier, package.number, package.url]
    words += [word for line in package.lines for word in (line.line_id, line.sku)]
    words += [milestone.message for milestone in package.milestones]
    fixed = 200 + 80 * (len(package.lines) + len(package.milestones))
    return fixed + sum(size_of(word) for word in words if word)


def _our_sku(shipment: Shipment, line_id: str) -> str:
    line = shipment.line(line_id)
    assert line is not None
    return line.sku


def _code(sku: str | None) -> str:
    """SKUs are compared by NFKC, without case and outer spaces."""
    return unicodedata.normalize("NFKC", sku or "").casefold().strip()
