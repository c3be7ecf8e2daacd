"""A second equal order of the same customer within minutes: most often a finger that pressed twice. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import NamedTuple, TypeVar

from order_events import Hold, Order, OrderPlaced
from order_intake.domain.causes import HoldReason

AnyOrder = TypeVar("AnyOrder", bound=Order)
WITHIN = timedelta(minutes=10)
OWNER = "order-intake.twins"  # not the owner of holds that go with their cause: somebody must look


class Placed(NamedTuple):
    """An order that stands, under its name."""

    order_id: str
    name: str
    placed_at: datetime


def likeness(order: OrderPlaced) -> int | None:
    """A number that equal orders of one customer share, 63 bits; None where it is not known whose the order is, or
    nothing of it is to be done.
    """
    who = order.customer.id or order.customer.email or order.customer.phone
    if not who or order.cancellation is not None:
        return None
    lines = sorted([f"{line.sku}\x1f{line.quantity}" for line in order.lines])
    said = "\x1e".join([order.shop, who, *lines]).casefold().encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(said, digest_size=8).digest()) >> 1


def first_of(order: OrderPlaced, alike: Iterable[Placed]) -> Placed | None:
    """Of the orders that are equal, the first that was placed within ten minutes of this one."""
    near = [one for one in alike if one.order_id != order.order_id and abs(one.placed_at - order.placed_at) <= WITHIN]
    return min(near, key=lambda one: (one.placed_at, one.order_id), default=None)


def held_as_twin(order: AnyOrder, first: Placed, now: datetime) -> AnyOrder:
    """The order, on hold until somebody has looked."""
    at = f"{first.placed_at:%H:%M:%S} UTC"
    note = f"the same customer ordered the same in {first.name}, placed {at}: release it if both are wanted"
    hold = Hold(hold_id=f"twin.{first.order_id}"[:128], reason=HoldReason.OTHER, note=note, owner=OWNER, at=now)
    return order.model_copy(update={"holds": (*order.holds, hold)})
