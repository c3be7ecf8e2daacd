"""Which service dies at which point, and at which pass: drawn by a seed. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random

BATCH = ("after_poll", "after_inbox", "before_commit", "after_commit", "mid_publish", "before_offsets")
# These come first: what they leave is looked up when its lease is over, after 30 s, while others die.
EFFECTS = ("effect_after_intent", "effect_after_call", "effect_after_commit")
# The points each service comes by while orders flow. The notifier says what became of a mail when the mail's effect is
# settled, not in the batch; the others have no outside effects. The fulfiller hesitates (`variants`), so orders block.
REACHED: Mapping[str, Sequence[str]] = {
    "order_intake": (*BATCH, "act_after_commit"),
    "allocator": (*BATCH, "act_after_commit"),
    "fulfiller": (*BATCH, "act_after_commit", "blocked_after_commit"),
    "notifier": (
        "after_poll",
        "after_inbox",
        "before_commit",
        "before_offsets",
        "mid_publish",
        *EFFECTS,
    ),
}
# Where a protocol that forgets something must lose orders, in the services whose events orders wait for.
TELLING = dict.fromkeys(("order_intake", "allocator", "fulfiller"), ("after_inbox", "after_commit", "mid_publish"))
MOST_PASSES = 3


@dataclass(frozen=True, slots=True)
class Kill:
    """A service that dies at the n-th pass of a point, counted from when it was armed."""

    service: str
    point: str
    nth: int

    @property
    def armed(self) -> str:
        """What the failpoint's file says."""
        return f"{self.point} {self.nth}"

    @property
    def said(self) -> str:
        """It in words."""
        return f"{self.service} at {self.point}, pass {self.nth}"


def plan(seed: int, kills: int, reached: Mapping[str, Sequence[str]] = REACHED) -> list[Kill]:
    """Draw so many kills; the first ones hit every point once, then every service at every point, then anew."""
    return list(islice(_drawn(Random(seed), reached), kills))  # noqa: S311 - a plan to be drawn again


def _drawn(chance: Random, reached: Mapping[str, Sequence[str]]) -> Iterator[Kill]:
    while True:
        pairs = [(service, point) for service, points in reached.items() for point in points]
        chance.shuffle(pairs)
        for service, point in _every_point_first(pairs):
            yield Kill(service, point, chance.randint(1, MOST_PASSES))


def _every_point_first(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    before: Counter[str] = Counter()
    ranked = []
    for number, (service, point) in enumerate(pairs):
        ranked.append((before[point], point not in EFFECTS, number, service, point))
        before[point] += 1
    return [(service, point) for *_, service, point in sorted(ranked)]


def in_twos(kills: Sequence[Kill]) -> list[Sequence[Kill]]:
    """Kills that are made at one time: each with the next one of another service."""
    rounds: list[Sequence[Kill]] = []
    left = list(kills)
    while left:
        kill = left.pop(0)
        other = next((one for one in left if one.service != kill.service), None)
        if other:
            left.remove(other)
        rounds.append((kill, other) if other else (kill,))
    return rounds
