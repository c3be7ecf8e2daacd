"""Whether a consumer that should progress does. Pure: how far it is, where its log ends, why it may stand."""

from collections.abc import Mapping
from dataclasses import dataclass

from service_runtime.reading import Partition


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of a partition at one moment.

    `position` is the next offset to handle, `end` where the log ends (None: the broker did not say). `excuse` says why
    it may stand: it backs off, is braked, or was paused on purpose.
    """

    position: int
    end: int | None
    excuse: str | None = None

    @property
    def should_progress(self) -> bool:
        """Whether there is something to handle and nothing in the way."""
        return self.excuse is None and self.end is not None and self.end > self.position


@dataclass(frozen=True, slots=True)
class Standing:
    """How long a partition has stood at a position though it should have progressed."""

    position: int
    stood_s: float


def looked(
    before: Mapping[Partition, Standing], looks: Mapping[Partition, Look], passed_s: float
) -> dict[Partition, Standing]:
    """How long each partition stands after another look; one that moved or may stand begins anew, one not ours goes."""
    return {part: _looked(before.get(part), look, passed_s) for part, look in looks.items()}


def _looked(before: Standing | None, look: Look, passed_s: float) -> Standing:
    stands = before is not None and before.position == look.position and look.should_progress
    return Standing(look.position, before.stood_s + passed_s if before is not None and stands else 0.0)


def stuck(standings: Mapping[Partition, Standing], limit_s: float) -> list[str]:
    """What keeps a consumer from being alive, a line for each partition; empty when it is."""
    return [
        f"{part.topic}/{part.partition} to move on from offset {standing.position}, for {standing.stood_s:.0f} s"
        for part, standing in sorted(standings.items())
        if standing.stood_s >= limit_s
    ]
