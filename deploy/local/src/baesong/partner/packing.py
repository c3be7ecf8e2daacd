"""What the packer at a bench makes of a shipment. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from baesong.partner.behaviour import Behaviour
from baesong.partner.desk import Line, halves
from baesong.partner.tracking import tracking_of


@dataclass(frozen=True, slots=True)
class Parcel:
    """A package to be reported: its id and the body of `POST /shipments/{id}/packages`."""

    package_id: str
    body: dict[str, Any]


def parcels_of(shipment: Mapping[str, Any], behaviour: Behaviour) -> list[Parcel]:
    """Pack all open units of a shipment, in one package or two; ids go on after those that left before."""
    lines = [line for line in map(_open, shipment["lines"]) if line.quantity > 0]
    if not lines:
        return []
    shipment_id, packed = shipment["shipment_id"], len(shipment["packages"])
    parts = halves(lines) if not packed and behaviour.in_parts(shipment_id) else [lines]
    country = shipment["location_id"][:2]
    return [_parcel(f"{shipment_id}-B{packed + n}", part, country) for n, part in enumerate(parts, 1)]


def _open(line: Mapping[str, Any]) -> Line:
    return Line(line["line_id"], line["sku"], line["ordered"] - line["shipped"] - line["released"])


def _parcel(package_id: str, lines: Sequence[Line], country: str) -> Parcel:
    carrier, number = tracking_of(package_id, country)
    units = [{"line_id": line.line_id, "quantity": line.quantity} for line in lines]
    return Parcel(package_id, {"package_id": package_id, "lines": units, "carrier": carrier, "number": number})
