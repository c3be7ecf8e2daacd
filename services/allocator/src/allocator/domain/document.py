"""What is held of an order as a JSON document and back; rows are arrays, in the order of their fields."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.json import Decoder, Encoder

from allocator.domain.allocation import Folded, Held, Place, Priced, Short, Unit, Weighed
from allocator.domain.order import Order


class _Document(Struct):
    order: Order | None
    decided: int
    revision: int
    places: dict[str, Place]
    shipments: dict[str, Folded]
    excluded: tuple[str, ...]
    declined: Mapping[str, tuple[Short, ...]]
    units: tuple[Unit, ...]
    priced: Priced
    weighed: Weighed


_written, _read = Encoder().encode, Decoder(_Document).decode


def document_of(held: Held) -> str:
    """The document; the order's id stands beside it."""
    return _written(
        {
            "order": held.order,
            "decided": held.decided,
            "revision": held.revision,
            "places": held.places,
            "shipments": held.shipments,
            "excluded": held.excluded,
            "declined": held.declined,
            "units": held.units,
            "priced": held.priced,
            "weighed": held.weighed,
        }
    ).decode()


def held_from(order_id: str, document: str) -> Held:
    """What the document says is held of an order."""
    read = _read(document)
    return Held(
        order_id, read.order, read.decided, read.revision, read.places, read.shipments, read.excluded, read.declined,
        read.units, read.priced, read.weighed,
    )  # fmt: skip
