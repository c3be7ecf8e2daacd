"""What the door for orders takes and answers: a checkout as upstream knows it. Here `other` is no value."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, ConfigDict, Field

from order_events.enums import AnswerStatus, CancelReason, DeliveryMethod, LineKind, PaymentStatus, ShortagePolicy
from order_events.orders import LineFacts, OrderFacts, Payment
from order_events.types import Body, Code, Count, Id, Line, Text, Time, Value, known, not_empty

MAX_LINES = 1000


class CheckoutPayment(Payment):
    """What the checkout says of the money, in words that are known."""

    status: Annotated[PaymentStatus, AfterValidator(known)]


class CheckoutLine(LineFacts):
    """One line as the checkout knows it: `quantity` as first ordered, of which `removed` are no longer wanted."""

    delivery_method: Annotated[DeliveryMethod, AfterValidator(known)] = DeliveryMethod.SHIPPING
    kind: Annotated[LineKind, AfterValidator(known)] = LineKind.GOODS
    removed: Count = 0


class CheckoutCancelled(Value):
    """That the shop cancelled the order; a later state of the same checkout says so."""

    at: Time
    reason: CancelReason
    note: Text | None = None


class Checkout(OrderFacts, Body):
    """An order as the checkout knows it: the body of `checkout.completed` and of `POST /orders`."""

    event_type: ClassVar[str] = "checkout.completed"
    model_config = ConfigDict(frozen=True, extra="forbid")

    payment: CheckoutPayment
    shortage_policy: Annotated[ShortagePolicy, AfterValidator(known)] = ShortagePolicy.SHIP_AVAILABLE
    lines: Annotated[tuple[CheckoutLine, ...], Field(max_length=MAX_LINES), AfterValidator(not_empty)]
    cancelled: CheckoutCancelled | None = None

    @property
    def subject(self) -> str:
        """The checkout, as its source names it."""
        return f"checkout/{self.shop}/{self.source}/{self.source_id}"

    @property
    def key(self) -> str:
        """The checkout's id at its source."""
        return self.source_id


class Problem(Value):
    """What is wrong with an input: the field, the rule it breaks, in words."""

    field: Line
    rule: Code
    message: Text


class CheckoutAnswered(Body):
    """The door's answer to one record of `checkout.completed`; `record_id` is that record's `ce_id`."""

    event_type: ClassVar[str] = "checkout.answered"

    record_id: Line
    checkout_id: Line
    status: AnswerStatus
    repeated: bool
    order_id: Id | None
    name: Line | None
    version: Count | None
    refused_id: Id | None
    problems: tuple[Problem, ...]

    @property
    def subject(self) -> str:
        """The answer to this one record; there is never a second."""
        return f"answer/{self.record_id}"

    @property
    def key(self) -> str:
        """The checkout's id at its source."""
        return self.checkout_id
