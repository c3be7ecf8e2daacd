"""A fulfiller's domain with what it holds: it hears contract events one by one, as its handlers would."""

from collections.abc import Sequence
from typing import TypeVar

from msgspec.json import decode
from tests.unit.fulfiller.given import NOW, a_delivery, a_message

from fulfiller.domain.bench import Left, Wish, pack
from fulfiller.domain.fulfilment import advance, why_barred
from fulfiller.domain.held import Decision, Order
from fulfiller.domain.packing import Wanted
from fulfiller.domain.partner import Changed, hear
from fulfiller.domain.saying import body_of, events_of
from fulfiller.domain.shipment import Shipment
from fulfiller.domain.transitions import PARTNERS_ACTS, allowed
from fulfiller.reads import DecidedRead
from order_events import (
    AllocationDecided,
    Body,
    Cause,
    FulfilledBy,
    PartnerShipment,
    RequestStatus,
    ShipmentCreated,
    ShipmentUpdated,
)
from service_runtime import json_of

Said = tuple[int, ShipmentCreated | ShipmentUpdated]
B = TypeVar("B", bound=Body)


def heard(body: B) -> B:
    """A body as whoever hears it reads it."""
    return type(body).model_validate_json(json_of(body))


class FulfillerDesk:
    """One order at the fulfiller."""

    def __init__(self, order_id: str) -> None:
        self.order_id = order_id
        self.order: Order | None = None
        self.decision: Decision | None = None
        self.shipments: dict[str, Shipment] = {}
        self.said: list[Said] = []
        self.letters: list[tuple[int, PartnerShipment]] = []  # to partners

    def read_order(self, version: int, hold: str | None) -> None:
        if self.order is None or self.order.version <= version:
            self.order = Order(self.order_id, version, "#1", hold, a_delivery())
            self._advance()

    def read_decision(self, said: AllocationDecided) -> None:
        """Through JSON, as it stands on the topic."""
        decision = decode(json_of(said), type=DecidedRead).held()
        if self.decision is None or self.decision.revision <= decision.revision:
            self.decision = decision
            self._advance()

    def pack(self, shipment: Shipment, units: dict[str, int]) -> None:
        wish = Wish(None, [Wanted(line_id, None, n) for line_id, n in units.items()], None, None)
        packed = pack(shipment, wish, NOW, barred=why_barred(self.order, self.decision))
        if isinstance(packed, Left):
            self._advance(packed.shipment)

    def hear(self, shipment: Shipment, kind: str, units: dict[str, int], package_id: str | None) -> None:
        lines = [{"line_id": one, "sku": shipment.line(one).sku, "quantity": n} for one, n in units.items()]
        message = a_message(kind, reason="other", package_id=package_id, milestone="delivered", lines=lines)
        heard = hear(message, shipment, shipment.partner_id)
        if isinstance(heard, Changed):
            self._advance(heard.shipment)

    def words_of(self, shipment: Shipment) -> list[str]:
        """What the shipment's partner may say now."""
        return [act.value for act in allowed(shipment) if act in PARTNERS_ACTS]

    @property
    def at_partners(self) -> list[Shipment]:
        return [one for one in self.shipments.values() if one.fulfilled_by is FulfilledBy.PARTNER]

    @property
    def at_benches(self) -> list[Shipment]:
        return [one for one in self.shipments.values() if one.fulfilled_by is FulfilledBy.MANUAL]

    @property
    def waiting(self) -> list[Shipment]:
        """Those whose partner was asked to let go and has not answered."""
        asked = RequestStatus.CANCELLATION_REQUESTED
        return [one for one in self.shipments.values() if one.request_status is asked and not one.over]

    @property
    def let_go(self) -> list[Shipment]:
        """Those of which a partner that was asked to ship them gave units back."""
        return [
            one for one in self.at_partners if one.over and any(line.requested > line.shipped for line in one.lines)
        ]

    def newest(self) -> Sequence[Said]:
        return list({body.shipment_id: (version, body) for version, body in self.said}.values())

    def _advance(self, acted: Shipment | None = None) -> None:
        if self.order is None or self.decision is None:
            return
        held = list(self.shipments.values())
        after = [acted if acted and one.shipment_id == acted.shipment_id else one for one in held]
        changes = advance(self.order, self.decision, held, after)
        for changed in changes.shipments:
            self.shipments[changed.shipment_id] = changed
            self.said.append((changed.version, heard(body_of(changed, changes.settled))))
        events = events_of(changes, Cause("a-record", NOW))
        self.letters += [(one.version, heard(one.body)) for one in events if isinstance(one.body, PartnerShipment)]
