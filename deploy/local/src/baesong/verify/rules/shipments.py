"""Rules about packages: within their shipment, and those the partner itself names. Pure."""

from collections import Counter

from baesong.verify.books import Books, grouped
from baesong.verify.rules.rule import Verdicts, Wrong, equal, rule
from baesong.verify.said import Shipment


@rule
def packages_within_lines(books: Books) -> Verdicts:
    """A package holds units of its shipment's own lines, all packages together no more than a line has."""
    for shipment in books.shipments.values():
        ordered = {line.line_id: line.ordered for line in shipment.lines}
        packed = _packed(shipment)
        over = {line_id: units for line_id, units in packed.items() if units > ordered.get(line_id, 0)}
        within = {line_id: ordered.get(line_id, 0) for line_id in over}
        yield None if not over else Wrong((shipment.shipment_id,), f"at most {within}", f"packed {over}")


@rule
def packages_sum_to_shipped(books: Books) -> Verdicts:
    """Per line of a shipment, the packages together hold what it says is shipped."""
    for shipment in books.shipments.values():
        packed = _packed(shipment)
        for line in shipment.lines:
            yield equal(packed[line.line_id], line.shipped, shipment.shipment_id, f"line {line.line_id}", of="units")


def _packed(shipment: Shipment) -> Counter[str]:
    packed: Counter[str] = Counter()
    for package in shipment.packages:
        for line_id, units in package.lines:
            packed[line_id] += units
    return packed


@rule
def partner_packages_exist_once(books: Books) -> Verdicts:
    """The packages of partners' shipments are those of the partner's own list, each once and with its lines."""
    if books.evidence.partner_packages is None:
        return
    listed = {(one.shipment_id, one.package_id): one.lines for one in books.evidence.partner_packages}
    held = _of_partners(books)
    for shipment_id, package_id in listed.keys() | held.keys():
        named = (shipment_id, package_id)
        expected = [listed[named]] if named in listed else []
        yield equal(held.get(named, []), expected, *named, of="as packages with (line, units)")


def _of_partners(books: Books) -> dict[tuple[str, str], list[tuple[tuple[str, int], ...]]]:
    partners = [one for one in books.shipments.values() if one.fulfilled_by == "partner"]
    packages = [(one.shipment_id, package) for one in partners for package in one.packages]
    lines = [package.lines for _, package in packages]
    return grouped(lines, ((shipment_id, package.package_id) for shipment_id, package in packages))
