"""What was said between us and the partner: what it answered late, said twice, or sent as garbage."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import from_json

LATE_AFTER_MS = 2000


@dataclass
class Talk:
    """The partner's two topics, as far as they are counted; times are those the broker keeps, in milliseconds."""

    asked_at: dict[str, int] = field(default_factory=dict)
    first_answers: dict[str, int] = field(default_factory=dict)
    messages: Counter[str] = field(default_factory=Counter)
    packages: dict[str, set[str]] = field(default_factory=dict)
    refused: int = 0
    garbage: int = 0

    def asked(self, body: dict[str, Any], at: int) -> None:
        """Note what the partner was asked."""
        if body["kind"] == "requested":
            self.asked_at.setdefault(body["shipment_id"], at)
        self.refused += body["kind"] == "refused"

    def answered(self, value: bytes, at: int) -> dict[str, Any] | None:
        """Note what the partner said; None if it was garbage."""
        try:
            body = from_json(value)
        except ValueError:
            self.garbage += 1
            return None
        self.first_answers.setdefault(body["shipment_id"], at)
        self.messages[body["message_id"]] += 1
        if body["kind"] == "dispatched":
            self.packages.setdefault(body["package_id"], set()).add(body["message_id"])
        return dict(body)

    @property
    def late(self) -> int:
        """How many shipments had their first answer later than two seconds after they were asked for."""
        answered = self.first_answers.items()
        return sum(at - self.asked_at.get(shipment, at) >= LATE_AFTER_MS for shipment, at in answered)

    @property
    def doubles(self) -> int:
        """How many messages said again what was said: the same message id, or the same package under another."""
        again = sum(times - 1 for times in self.messages.values())
        return again + sum(len(ids) - 1 for ids in self.packages.values())
