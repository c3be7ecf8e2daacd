"""What the notifier says of messages, and any service of its outside effects."""

from typing import ClassVar

from order_events.enums import EffectState, Fact, MessageStatus
from order_events.types import Body, Code, Count, Id, Line, Text, Time


class CustomerNotified(Body):
    """One message for one fact: what became of it. `recipient` is a keyed hash, `about` names packages or lines."""

    event_type: ClassVar[str] = "customer.notified"

    message_id: Id
    order_id: Id
    fact: Fact
    about: tuple[Id, ...]
    channel: Code
    locale: Line
    recipient: Id | None
    status: MessageStatus
    reason: Text | None
    provider_reference: Line | None
    at: Time

    @property
    def subject(self) -> str:
        """The message."""
        return f"message/{self.message_id}"

    @property
    def key(self) -> str:
        """The order's id."""
        return self.order_id


class EffectRecorded(Body):
    """The state of one outside effect, as its service keeps it."""

    event_type: ClassVar[str] = "effects"

    effect_key: Line
    order_id: Id | None = None
    kind: Code
    state: EffectState
    provider_reference: Line | None
    attempts: Count
    at: Time

    @property
    def subject(self) -> str:
        """The effect."""
        return f"effect/{self.effect_key}"

    @property
    def key(self) -> str:
        """The effect's key: the topic is compacted by it."""
        return self.effect_key
