"""How many requests of a shop are taken: a bucket that fills with time. Pure: the clock is handed in.

All is counted in whole billionths of a request, so that nothing is ever lost or won by rounding.
"""

from collections.abc import Callable

from msgspec import Struct

from order_intake.domain.shops import Rate

WHOLE = 1_000_000_000  # one request, in the unit of a bucket; also the nanoseconds of a second
MOST_BUCKETS = 10_000


class Bucket(Struct, frozen=True):
    """What a shop may still send at once, in billionths of a request, as of a time in nanoseconds."""

    level: int
    at: int


class Admitted(Struct, frozen=True):
    """The request is taken; the bucket after it."""

    bucket: Bucket


class Wait(Struct, frozen=True):
    """The request comes too soon: the nanoseconds until one is taken again."""

    ns: int

    @property
    def retry_after(self) -> int:
        """Whole seconds, at least one, as HTTP says it."""
        return max(1, -(-self.ns // WHOLE))


def full(rate: Rate, now: int) -> Bucket:
    """The bucket of a shop that was quiet for long."""
    return Bucket(rate.burst * WHOLE, now)


def take(bucket: Bucket, rate: Rate, now: int) -> Admitted | Wait:
    """Take one request, if it is there; a clock that goes back fills nothing."""
    later = max(now, bucket.at)
    level = min(rate.burst * WHOLE, bucket.level + (later - bucket.at) * rate.per_s)
    if level < WHOLE:
        return Wait(-(-(WHOLE - level) // rate.per_s))
    return Admitted(Bucket(level - WHOLE, later))


class Rates:
    """The buckets of one process, by shop; each process counts for itself."""

    def __init__(self, clock_ns: Callable[[], int]) -> None:
        self._clock = clock_ns
        self._buckets: dict[str, Bucket] = {}

    def ask(self, shop: str, rate: Rate) -> Wait | None:
        """Count one request of this shop; where it comes too soon, how long to wait."""
        now = self._clock()
        taken = take(self._buckets.get(shop) or full(rate, now), rate, now)
        if isinstance(taken, Wait):
            return taken
        self._buckets[shop] = taken.bucket
        if len(self._buckets) > MOST_BUCKETS:
            self._forget_oldest()
        return None

    def _forget_oldest(self) -> None:
        """Half of the shops, those that were quiet longest: a bucket that is made anew is full."""
        by_age = sorted(self._buckets, key=lambda shop: self._buckets[shop].at)
        for shop in by_age[: MOST_BUCKETS // 2]:
            del self._buckets[shop]
