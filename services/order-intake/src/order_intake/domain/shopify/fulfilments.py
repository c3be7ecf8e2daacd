"""From the body of fulfillments/create or /update to what the shop has sent itself. Pure."""

from collections import Counter
from datetime import datetime

from msgspec import Struct

from order_events.types import OpenEnum
from order_intake.domain.problems import problem
from order_intake.domain.shopify.documents import Problems, read_payload
from order_intake.domain.shopify.payloads import FulfillmentPayload
from order_intake.domain.shops import Shop


class FulfilmentStatus(OpenEnum):
    """What became of a fulfilment: only of a success have units left."""

    SUCCESS = "success"
    PENDING = "pending"
    OPEN = "open"
    CANCELLED = "cancelled"
    ERROR = "error"
    FAILURE = "failure"
    OTHER = "other"


class FulfilmentLine(Struct, frozen=True):
    """Units of a line in a fulfilment."""

    line_id: str
    quantity: int


class FulfilmentCame(Struct, frozen=True):
    """A fulfilment of an order made in the shop, as it stood at `updated_at`."""

    source_id: str
    fulfilment_id: str
    status: FulfilmentStatus
    lines: tuple[FulfilmentLine, ...]
    updated_at: datetime


def read_fulfilment(raw: bytes, _shop: Shop) -> FulfilmentCame | Problems:
    """The fulfilment that the payload says, or all that is wrong with it."""
    return read_payload(raw, ("fulfillment",), FulfillmentPayload, _came)


def fulfilment_of(payload: FulfillmentPayload, source_id: str) -> FulfilmentCame:
    """The fulfilment as a value; each line stands once."""
    units = Counter[str]()
    for line in payload.line_items:
        units[line.id] += line.quantity
    lines = tuple([FulfilmentLine(line_id, quantity) for line_id, quantity in units.items() if quantity])
    status = FulfilmentStatus((payload.status or "").lower())
    return FulfilmentCame(source_id, payload.id, status, lines, payload.updated_at or payload.created_at)


def _came(payload: FulfillmentPayload) -> FulfilmentCame | Problems:
    if payload.order_id is None:
        return (problem("order_id", "missing", "a fulfilment needs the id of its order"),)
    return fulfilment_of(payload, payload.order_id)
