"""How the units of an order stand: what left, what was given up, what is late, what follows. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime

from notifier.domain.messages import Said, package_name
from notifier.domain.things import Decision, Order, Package, Shipment, Units

SAID_OF = {"backordered": "late", "declined": "declined", "cancelled": "cancelled"}


def units_in(packages: Iterable[Package]) -> dict[str, int]:
    """Units per line in these packages."""
    units: dict[str, int] = defaultdict(int)
    for package in packages:
        for line in package.lines:
            units[line.line_id] += line.quantity
    return units


def gone(shipments: Mapping[str, Shipment], counts: Callable[[str], bool] = lambda _: True) -> dict[str, int]:
    """Units per line that left, in the packages whose name counts."""
    return units_in(
        package
        for shipment in shipments.values()
        for package in shipment.packages
        if counts(package_name(shipment.shipment_id, package.package_id))
    )


def remaining(order: Order, decision: Decision, left: Mapping[str, int]) -> tuple[Said, ...]:
    """What becomes of the units that have not `left`: given up or late as decided, nothing said of those that are
    allocated nowhere (a download is not sent); all others follow.
    """
    by_line: dict[str, list[Units]] = defaultdict(list)
    nowhere: dict[str, int] = defaultdict(int)
    for units in decision.units:
        if units.outcome in SAID_OF:
            by_line[units.line_id].append(units)
        elif units.location_id is None:
            nowhere[units.line_id] += units.quantity
    said: list[Said] = []
    for line in order.lines:
        missing = line.quantity - left.get(line.line_id, 0) - nowhere[line.line_id]
        said += _of_line(line.line_id, missing, by_line[line.line_id])
    return tuple(said)


def said_at(time: datetime) -> str:
    """A time as a message keeps it: ISO 8601 in UTC."""
    return time.astimezone(UTC).isoformat()


def _of_line(line_id: str, missing: int, short: Iterable[Units]) -> Iterable[Said]:
    """The missing units of one line; never more is said to be short than is missing."""
    for units in short:
        quantity = min(units.quantity, missing)
        missing -= quantity
        if quantity > 0:
            expected = said_at(units.expected_at) if units.expected_at else None
            yield Said(line_id, SAID_OF[units.outcome], quantity, units.reason, expected)
    if missing > 0:
        yield Said(line_id, "follows", missing)
