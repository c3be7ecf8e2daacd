"""What would become of what was picked, and how long it would take. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import ceil

from console.domain.jobs import Mode

RUNS = frozenset({"failed", "parked", "blocked", "never_seen"})
RUNS_BY_FORCE = RUNS | {"done"}
TOLERATED, ENOUGH = 0.05, 50  # more than one result in twenty that is parked again, of at least so many
BAD = frozenset({"parked", "parked_again"})

Standing = Mapping[str, str]  # of one item, by service


def would_run(standing: str, mode: Mode) -> bool:
    """Whether a service would run what stands so with it."""
    return standing in (RUNS_BY_FORCE if mode is Mode.FORCE else RUNS)


def by_status(standings: Iterable[Standing]) -> dict[str, dict[str, int]]:
    """How many items stand how, by service."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for standing in standings:
        for service, how in standing.items():
            counts[service][how] += 1
    return {service: dict(sorted(count.items())) for service, count in sorted(counts.items())}


def seconds_at(items: int, rate: int) -> int:
    """How long so many items take at so many a second."""
    return ceil(items / rate)


def goes_wrong(outcomes: Mapping[str, int]) -> str | None:
    """Why a job had better stop, seen by how many of its results are what; None while it may go on."""
    total, bad = sum(outcomes.values()), sum(outcomes.get(one, 0) for one in BAD)
    if total < ENOUGH or bad <= total * TOLERATED:
        return None
    return (
        f"{bad} of {total} results so far are parked again: what failed is not mended. "
        "Look at `baesong parked list`; then resume, or cancel"
    )


def unanswered(services: Sequence[str], seconds: float) -> str:
    """Of whom nothing comes, and where to look."""
    return (
        f"no result for {seconds:.0f} s of {', '.join(services)}: is it up (`baesong status`), braked or blocked "
        "(`baesong parked list`), and has it the console's BAESONG_REPLAY_KEY?"
    )


def samples(n: int, of: int) -> Sequence[int]:
    """Numbers of `n` items spread over all, 1 to `of`."""
    if of <= n:
        return range(1, of + 1)
    return [1 + round(i * (of - 1) / (n - 1)) for i in range(n)]
