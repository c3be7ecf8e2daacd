"""How long the system stood still at the longest while orders waited."""

import time
from collections.abc import Callable

from baesong.demo.tally import Record, Tally


class Pulse(Tally):
    """A tally that also takes the time: from one first shipment to the next, as long as an order waits for its own.

    An order waits from when it is sent until it has a shipment, or a decision that gives it none.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.longest_s = 0.0
        self.beats = 0
        self._now = now
        self._waiting: set[str] = set()
        self._answered: set[str] = set()
        self._since = now()

    def sent(self, order_id: str) -> None:
        """Note that an order is on its way in."""
        if not self._waiting:
            self._since = self._now()
        if order_id not in self._answered:
            self._waiting.add(order_id)

    def _read(self, record: Record) -> str:
        order_id = super()._read(record)
        if self._answers(record.topic, order_id):
            self._beat(order_id)
        return order_id

    def _answers(self, topic: str, order_id: str) -> bool:
        if topic == "allocation.decided":
            return not self.decisions[order_id].locations
        return topic == "shipment.created"

    def _beat(self, order_id: str) -> None:
        now = self._now()
        if self._waiting and now - self._since > self.longest_s:
            self.longest_s = now - self._since
        self._since = now
        self.beats += 1
        self._answered.add(order_id)
        self._waiting.discard(order_id)
