"""How fast a job goes, and how long it waits for news. Pure: it is told the time."""

from dataclasses import dataclass, field


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


@dataclass
class Patience:
    """How long nothing may come: each time in vain twice as long, up to the longest."""

    shortest: float
    longest: float
    since: float
    seconds: float = field(init=False)

    def __post_init__(self) -> None:
        self.seconds = self.shortest

    def is_over(self, now: float) -> bool:
        """Whether nothing came for that long."""
        return now - self.since > self.seconds

    def begin(self, now: float, *, news: bool) -> None:
        """Wait from now on: after news as short as at first."""
        self.since, self.seconds = now, self.shortest if news else min(2 * self.seconds, self.longest)
