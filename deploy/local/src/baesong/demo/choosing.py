"""Which three orders are told as stories. Pure."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from baesong.demo.seen import DecisionSeen, OrderSeen
from baesong.demo.tally import Tally, shipped_units


@dataclass(frozen=True, slots=True)
class Told:
    """An order with what choosing needs to know."""

    order: OrderSeen
    decision: DecisionSeen
    shipped: int
    packages: int
    shipments: int

    @property
    def went_well(self) -> bool:
        """Say whether all that was ordered left, and nothing was cancelled or sent back."""
        return self.shipped == self.order.ordered and self.shipments == len(self.decision.locations)


STORIES: Mapping[str, Callable[[Told], bool]] = {
    "one parcel": lambda told: told.went_well and told.packages == 1,
    "split over locations": lambda told: told.went_well and len(told.decision.locations) > 1,
    "short of stock": lambda told: 0 < told.decision.backordered_units < told.order.ordered and told.shipped > 0,
}


def stories_of(tally: Tally) -> dict[str, str]:
    """Give for each kind of story the id of the first order that tells it; a kind nobody tells is left out."""
    told = _told(tally)
    found = {}
    for title, fits in STORIES.items():
        first = next((order_id for order_id, each in told.items() if fits(each)), None)
        if first:
            found[title] = first
    return found


def _told(tally: Tally) -> dict[str, Told]:
    shipped, packages, shipments = shipped_units(tally.shipments), Counter[str](), Counter[str]()
    for shipment in tally.shipments.values():
        packages[shipment.order_id] += shipment.packages
        shipments[shipment.order_id] += 1
    return {
        id_: Told(order, tally.decisions[id_], shipped[id_], packages[id_], shipments[id_])
        for id_, order in tally.orders.items()
        if id_ in tally.decisions and not order.is_cancelled
    }
