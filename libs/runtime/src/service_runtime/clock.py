"""The time of day, which tests and the demo may move for all services alike."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True)
class SystemClock:
    """The machine's clock, `offset_s` seconds ahead."""

    offset_s: float = 0.0

    def now(self) -> datetime:
        """Now, in UTC."""
        return datetime.now(UTC) + timedelta(seconds=self.offset_s)
