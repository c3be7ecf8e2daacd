"""The protocol in a simulated world that crashes anywhere; and mutants of it, which must be caught there."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import pytest

from service_runtime import protocol, rounds
from service_runtime.protocol import Progress, batched, handle
from service_runtime.reading import Partition, Record
from service_runtime.simulation import World
from service_runtime.simulation.store import MemoryTx
from simulated_toy import broken, said_again_by_a_reset, simulate
from sizes import size

SEEDS = size(2000, 50_000)
SEEDS_OF_A_MUTANT = 200
LAST_TWO_BATCHES = 2 * 5 * 2  # of at most 5 records, over 2 partitions


async def first_broken_seed(seeds: int, world: type[World] = World) -> tuple[int, list[str]] | None:
    for seed in range(seeds):
        try:
            breaks = broken(*await simulate(seed, world))
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


async def test_an_offset_reset_says_nothing_old_again() -> None:
    assert max([await said_again_by_a_reset(seed) for seed in range(SEEDS_OF_A_MUTANT)]) <= LAST_TWO_BATCHES


async def _nothing(*_: Any) -> list[Any]:
    return []


async def _every_copy_is_fresh(tx: MemoryTx, events: Sequence[Any], _: Any) -> Any:
    seen = await tx.first_sights([protocol.sight_of(event) for event in events])
    return protocol.Sorted(
        [event for event in events if event.id not in seen],
        [(event, seen[event.id]) for event in events if event.id in seen],
    )


async def _nobody_is_blocked(_: MemoryTx, __: Sequence[str]) -> Collection[str]:
    return ()


def _all_is_covered(fresh: Any, emitted: Any, _: Any, oldest: str) -> Any:
    return batched(fresh, emitted, {}, oldest)


def _in_one_round(events: Sequence[Any]) -> list[list[Any]]:
    return [list(events)]


class OffsetsFirst(World):
    """Commits what it has polled, then handles it."""

    async def _handle(
        self, records: Sequence[Record], progress: Progress, mine: frozenset[Partition], since: Any
    ) -> None:
        self._commit(records, since)
        await self.chance.step()
        await handle(self.protocol, records, progress, mine)


MUTANTS: dict[str, tuple[Any, str, Callable[..., Any]]] = {
    "without publishing again what a crash left": (protocol, "_published_before_a_crash", _nothing),
    "taking every copy of a batch as fresh": (protocol, "by_first_sight", _every_copy_is_fresh),
    "not asking who is blocked": (MemoryTx, "blocked_among", _nobody_is_blocked),
    "with all of an order's events in one round": (rounds, "rounds_of", _in_one_round),
}


@pytest.mark.parametrize("name", MUTANTS)
async def test_a_mutant_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*MUTANTS[name])
    found = await first_broken_seed(SEEDS_OF_A_MUTANT)
    assert found is not None, f"the simulation does not see the protocol {name}"


async def test_committing_offsets_first_is_caught() -> None:
    assert await first_broken_seed(SEEDS_OF_A_MUTANT, OffsetsFirst) is not None


class MarksWhatIsConsumed(World):
    """When it is quiet it marks what the database has consumed, also what nobody has acknowledged."""

    async def _mark(self, progress: Progress, mine: frozenset[Partition]) -> None:
        async with self.store.transaction() as tx:
            await tx.mark(tx.tables.consumed, {})


async def test_marking_in_a_quiet_moment_what_nobody_acknowledged_is_caught() -> None:
    assert await first_broken_seed(SEEDS_OF_A_MUTANT, MarksWhatIsConsumed) is not None


class Skips(World):
    """Its operator skips much and takes it back."""

    replicas, crash_rate = 1, 0.06
    disturbed_share, moves_share, resets_share = 0.5, 0.0, 0.5


async def test_leaving_nothing_pending_below_the_mark_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await first_broken_seed(SEEDS_OF_A_MUTANT, Skips) is None
    monkeypatch.setattr(protocol, "batched", _all_is_covered)
    assert await first_broken_seed(SEEDS_OF_A_MUTANT, Skips) is not None


async def test_having_no_mark_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    async def unmarked(
        _: MemoryTx, published: Mapping[Partition, int], consumed: Mapping[Partition, int]
    ) -> Mapping[Partition, int]:
        return dict.fromkeys({*published, *consumed}, 0)

    monkeypatch.setattr(MemoryTx, "mark", unmarked)
    with pytest.raises(AssertionError):
        await test_an_offset_reset_says_nothing_old_again()
