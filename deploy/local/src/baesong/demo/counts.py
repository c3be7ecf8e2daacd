"""What a run showed, each with the least number that the default run must show. Pure."""

from collections import Counter
from dataclasses import dataclass

from baesong.demo.tally import Tally


@dataclass(frozen=True, slots=True)
class Count:
    """How often something was seen, and how often it must be."""

    name: str
    found: int
    least: int

    @property
    def met(self) -> bool:
        """Say whether it was seen often enough."""
        return self.found >= self.least


@dataclass(frozen=True, slots=True)
class Totals:
    """The figures of the run's last line."""

    orders: int
    packages: int
    backordered_units: int
    mails: int


def counts_of(tally: Tally) -> list[Count]:
    """Give each thing that the default run must show, with the least number of the issue that asked for it."""
    cancelled = {id_: order for id_, order in tally.orders.items() if order.is_cancelled}
    asked = {id_ for id_ in cancelled if id_ in tally.decisions and tally.decisions[id_].asked}
    return [
        Count("orders split over locations", sum(len(d.locations) > 1 for d in tally.decisions.values()), 30),
        Count("lines backordered", sum(d.backordered_lines for d in tally.decisions.values()), 10),
        Count("rejections decided anew", _decided_anew(tally), 10),
        Count("cancels released", sum(cancelled[id_].cancelled == cancelled[id_].ordered for id_ in asked), 10),
        Count("cancels kept", sum(order.cancelled < order.ordered for order in cancelled.values()), 5),
        Count("late answers of the partner", tally.talk.late, 10),
        Count("double answers of the partner", tally.talk.doubles, 10),
        Count("garbage records", tally.talk.garbage, 1),
    ]


def _decided_anew(tally: Tally) -> int:
    """Count rejected shipments whose order has a revision newer than the one they were made for."""
    return sum(
        shipment.order_id in tally.decisions
        and tally.decisions[shipment.order_id].version > (shipment.rejected_at or 0)
        for shipment in tally.rejected.values()
    )


def totals_of(tally: Tally) -> Totals:
    """Add up what came of the run."""
    statuses = Counter(message.status for message in tally.messages.values())
    return Totals(
        orders=len(tally.orders),
        packages=sum(shipment.packages for shipment in tally.shipments.values()),
        backordered_units=sum(decision.backordered_units for decision in tally.decisions.values()),
        mails=statuses["sent"],
    )
