"""What we and a logistics partner (3PL) say to each other."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, ConfigDict, Field

from order_events.checkouts import Problem
from order_events.enums import MilestoneStatus, PartnerAnswer, PartnerRequest, RejectionReason
from order_events.orders import Instructions, ShipTo, Wishes
from order_events.shipments import PackageLine
from order_events.types import Body, Code, Id, Line, Quantity, Sku, Text, Time, Value, known

MAX_LINES = 1000


class WorkLine(Value):
    """Units of a line the partner is asked to ship."""

    line_id: Id
    sku: Sku
    quantity: Quantity


class Work(Value):
    """A shipment as its partner sees it: without the customer."""

    name: Line
    location_id: Id
    lines: tuple[WorkLine, ...]
    ship_to: ShipTo | None
    service: Code
    instructions: Instructions
    wishes: Wishes
    fulfil_by: Time | None


class PartnerShipment(Body):
    """What we ask of a partner, or why we refuse what it said (`message_id`, `problems`)."""

    event_type: ClassVar[str] = "partner.shipments"

    kind: PartnerRequest
    order_id: Id
    shipment_id: Id
    work: Work | None
    message_id: Line | None
    problems: tuple[Problem, ...]

    @property
    def subject(self) -> str:
        """The work for a partner; a refusal is a thing of its own, one per message refused."""
        return f"refusal/{self.message_id}" if self.kind is PartnerRequest.REFUSED else f"work/{self.shipment_id}"

    @property
    def key(self) -> str:
        """The order's id."""
        return self.order_id


class PartnerInbound(Body):
    """What a partner says of one shipment. Hostile input: nothing in it is believed before it is checked."""

    event_type: ClassVar[str] = "partner.inbound"
    model_config = ConfigDict(frozen=True, extra="forbid")

    message_id: Id
    shipment_id: Id
    kind: Annotated[PartnerAnswer, AfterValidator(known)]
    happened_at: Time
    reason: RejectionReason | None = None
    message: Text | None = None
    package_id: Id | None = None
    carrier: Line | None = None
    number: Line | None = None
    lines: tuple[PackageLine, ...] = Field(default=(), max_length=MAX_LINES)
    milestone: Annotated[MilestoneStatus, AfterValidator(known)] | None = None

    @property
    def subject(self) -> str:
        """The partner's message."""
        return f"message/{self.message_id}"

    @property
    def key(self) -> str:
        """The shipment's id."""
        return self.shipment_id
