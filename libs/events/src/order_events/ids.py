"""Ids that are the same however often the work is done again."""

from base64 import b32encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_MS_MASK = (1 << 48) - 1
_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def event_id(cause_id: str, cause_time: datetime, event_type: str, subject: str, version: int) -> str:
    """UUIDv8 of an event: the cause's milliseconds in front, then a hash of cause, type, subject and version.

    Source:
        RFC 9562, section 5.8: version 8, variant 10.
    """
    return event_id_at(front_of(cause_time), cause_id, event_type, subject, version)


def front_of(cause_time: datetime) -> str:
    """What stands in front of the ids of all that a cause of this time makes necessary."""
    time = f"{(cause_time - _EPOCH) // _MS & _MS_MASK:012x}"
    return f"{time[:8]}-{time[8:]}"


def event_id_at(front: str, cause_id: str, event_type: str, subject: str, version: int) -> str:
    """The same where the front is in hand."""
    rest = sha256(f"{cause_id}\n{event_type}\n{subject}\n{version}".encode()).hexdigest()
    return f"{front}-8{rest[1:4]}-{_VARIANT[rest[4]]}{rest[5:8]}-{rest[8:20]}"


def time_of(id_: str) -> datetime:
    """The cause's time that stands in front of an event's id, to the millisecond, in UTC."""
    return datetime.fromtimestamp(int(id_[:8] + id_[9:13], 16) / 1000, UTC)


def order_id_of(shop: str, source: str, source_id: str) -> str:
    """The id of an order, known before the order exists: 24 characters of a hash of where it comes from."""
    digest = sha256("\n".join((shop, source, source_id)).encode("utf-8", "surrogatepass")).digest()
    return b32encode(digest[:15]).decode().lower()


def shipment_id_of(order_id: str, number: int) -> str:
    """The id of an order's n-th shipment (1, 2, ...); it tells the order it belongs to."""
    return f"{order_id}-F{number}"


def order_of_shipment(shipment_id: str) -> str:
    """The order a shipment's id names; the id itself when it is not one of ours."""
    return shipment_id.rpartition("-F")[0] or shipment_id
