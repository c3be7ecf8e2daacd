"""How fast a job goes. Pure: it is told the time."""

from dataclasses import dataclass


@dataclass
class Pace:
    """A bucket that holds nothing: what was not used is not saved up, so a job that waited does not rush."""

    rate: float
    free_at: float = 0.0

    def wait(self, n: int, now: float) -> float:
        """How many seconds until the next `n` may go; they are counted as gone."""
        starts = max(now, self.free_at)
        self.free_at = starts + n / self.rate
        return starts - now
