"""The protocol in a simulated world that crashes anywhere; and mutants of it, which must be caught there."""

from collections.abc import Callable
from typing import Any

import pytest

from service_runtime import protocol, rounds
from simulated_toy import broken, simulate
from sizes import size

SEEDS = size(300, 3000)


async def first_broken_seed(seeds: int) -> tuple[int, list[str]] | None:
    for seed in range(seeds):
        try:
            breaks = broken(*await simulate(seed))
        except AssertionError as error:
            breaks = [str(error)]
        if breaks:
            return seed, breaks
    return None


async def test_nothing_is_lost_doubled_or_out_of_sequence_in_any_seed() -> None:
    assert await first_broken_seed(SEEDS) is None


async def test_the_seeds_do_crash_and_do_publish_twice() -> None:
    """A simulation without crashes or log duplicates would prove nothing."""
    crashes = again = 0
    for seed in range(40):
        outcome, _ = await simulate(seed)
        ids = [dict(record.headers)["ce_id"] for record in outcome.log.of("toy.told")]
        crashes += outcome.crashes
        again += len(ids) - len(set(ids))
    assert crashes > 100
    assert again > 20


async def test_a_seed_replays_the_same_way() -> None:
    async def trace(seed: int) -> list[Any]:
        outcome, _ = await simulate(seed)
        return [(record.place, record.value) for record in outcome.log.of("toy.told")]

    assert await trace(7) == await trace(7)


async def _publishes_nothing_again(*_: Any) -> list[Any]:
    return []


async def _blocks_nobody_in_this_batch(*args: Any) -> list[str]:
    await _real_block(*args)
    return []


_real_block = rounds._block
MUTANTS: dict[str, tuple[Any, str, Callable[..., Any]]] = {
    "without re-publishing": (protocol, "_published_before_a_crash", _publishes_nothing_again),
    "round 2 after a Retry": (rounds, "_block", _blocks_nobody_in_this_batch),
}


@pytest.mark.parametrize("name", MUTANTS)
async def test_a_mutant_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*MUTANTS[name])
    assert await first_broken_seed(300) is not None, f"the simulation does not see the protocol {name}"
