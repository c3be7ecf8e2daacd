"""What a service reads of our own events: a struct with the fields it needs, and nothing of the rest.

Read by msgspec: 2 µs for an order that pydantic reads in 7 to 11. Doors, which must say what is wrong and where, stay
with pydantic.

Source:
    Martin Fowler, "TolerantReader".
"""

from datetime import datetime
from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from order_events.types import MAX_AMOUNT, MAX_COUNT

Count = Annotated[int, Meta(ge=0, le=MAX_COUNT)]
Quantity = Annotated[int, Meta(ge=1, le=MAX_COUNT)]
Amount = Annotated[int, Meta(ge=-MAX_AMOUNT, le=MAX_AMOUNT)]
Time = Annotated[datetime, Meta(tz=True)]


class Part(Struct, frozen=True, gc=False):
    """A part of an event, as far as it is read; fields it does not name are passed over."""


class TolerantReader(Part, frozen=True):
    """An event, as far as it is read: the type it has, and the newest schema version it knows."""

    event_type: ClassVar[str]
    schema_version: ClassVar[int] = 1
