"""What the protocol may rely on: the store in memory and the one on PostgreSQL keep the same promises.

A case is one function that takes `store`; it runs once on each.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest
from tests.integration.runtime.old_and_new import fresh

from baesong.platform_only import Platform
from service_runtime.ports import Blocked, OutboxBatch, Outgoing, Parked, Sight, Store, Tx, Waiting
from service_runtime.postgres import PostgresStore, open_pool
from service_runtime.reading import Partition, Place, Record
from service_runtime.simulation.chance import Chance
from service_runtime.simulation.store import MemoryStore
from service_runtime.transaction import LONG_STREAK, WORTH_A_COPY
from service_runtime.work import Effect, Timer

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
REFUSED = (AssertionError, asyncpg.IntegrityConstraintViolationError)
ASKED, TOLD = Partition("toy.asked", 0), Partition("toy.told", 3)


class RolledBackError(Exception):
    """Ends a transaction that is not to be."""


@dataclass
class InMemory:
    """The simulation's store, in which nothing crashes."""

    store: Store
    chance: Chance

    async def pass_time(self, seconds: float) -> None:
        self.chance.pass_time(seconds)

    async def effects(self) -> dict[str, str]:
        assert isinstance(self.store, MemoryStore)
        return {key: effect.order_id for key, effect in self.store.tables.effects.items()}


@dataclass
class OnPostgres:
    """The real one; time passes by moving what it has written."""

    store: Store
    pool: "asyncpg.Pool[asyncpg.Record]"

    async def pass_time(self, seconds: float) -> None:
        await self.pool.execute(
            "UPDATE outbox_pending SET lease_until = lease_until - $1::interval", timedelta(seconds=seconds)
        )

    async def effects(self) -> dict[str, str]:
        return {row["key"]: row["order_id"] for row in await self.pool.fetch("SELECT key, order_id FROM effect")}


Kept = InMemory | OnPostgres


@pytest.fixture(scope="module")
async def pool(platform: Platform) -> AsyncIterator["asyncpg.Pool[asyncpg.Record]"]:
    pool = await open_pool(await fresh(platform), "both-stores")
    yield pool
    await pool.close()


@pytest.fixture(params=["in memory", "on PostgreSQL"])
async def kept(request: pytest.FixtureRequest, pool: "asyncpg.Pool[asyncpg.Record]") -> Kept:
    if request.param == "in memory":
        chance = Chance(1, crash_rate=0, crashes_left=0)
        return InMemory(MemoryStore(chance), chance)
    names = (
        "SELECT string_agg(quote_ident(relname), ',') FROM pg_class WHERE relnamespace = 'public'::regnamespace AND "
    )
    tables = await pool.fetchval(names + "relkind IN ('r', 'p') AND NOT relispartition AND relname !~ 'migrations'")
    await pool.execute(f"TRUNCATE {tables} CASCADE")
    return OnPostgres(PostgresStore(pool), pool)


@pytest.fixture
def store(kept: Kept) -> Store:
    return kept.store


def sight(n: int, offset: int | None = None, topic: str = "toy.asked") -> Sight:
    return Sight(str(UUID(int=n)), Place(topic, 0, n if offset is None else offset))


def outside_sight(n: int, offset: int | None = None) -> Sight:
    place = Place("toy.outside", 0, n if offset is None else offset)
    return Sight(f"toy.outside/{n}", place, b"hash")


SeenAt = Callable[..., Sight]
OF_EACH_INBOX = pytest.mark.parametrize("seen_at", [sight, outside_sight])


def record(offset: int, value: bytes | None = b"{}") -> Record:
    return Record(Place("toy.asked", 0, offset), b"key", value, (("ce_id", b"\xff\x00"), ("x", b"")), 1_700_000_000_000)


def waiting(order_id: str, event_id: str, offset: int) -> Waiting:
    return Waiting(order_id, event_id, record(offset))


def row(cause: str, n: int = 0, key: bytes | None = b"o") -> Outgoing:
    return Outgoing(cause, n, f"{cause}-{n}", "toy.told", key, (("x-raw", b"\xff\xfe"),), b"\x00said")


def batch(*rows: Outgoing, first: int, last: int | None = None, topic: str = "toy.asked") -> OutboxBatch:
    return OutboxBatch(Partition(topic, 0), first, first if last is None else last, rows)


def blocked(order_id: str, due_at: datetime | None = NOW, attempts: int = 1) -> Blocked:
    return Blocked(order_id, attempts, due_at, "not yet")


def timer(key: str, due_at: datetime = NOW, order_id: str = "o") -> Timer:
    return Timer(key, "reminder", order_id, due_at)


async def said(store: Store, *rows: Outgoing) -> None:
    async with store.transaction() as tx:
        await tx.add_outgoing(rows)
        await tx.pend(rows)


async def test_an_id_is_fresh_once_and_then_its_first_sight_is_told(store: Store) -> None:
    async with store.transaction() as tx:
        assert await tx.first_sights([sight(1), sight(2)]) == {}
    async with store.transaction() as tx:
        assert await tx.first_sights([sight(2, offset=9), sight(3)]) == {sight(2).id: sight(2)}
    async with store.transaction() as tx:
        assert await tx.first_sights([sight(3, offset=8)]) == {sight(3).id: sight(3)}


@OF_EACH_INBOX
async def test_many_ids_are_fresh_once_also_after_a_long_streak_of_fresh_ones(store: Store, seen_at: SeenAt) -> None:
    for batch in range(LONG_STREAK + 2):
        async with store.transaction() as tx:
            assert await tx.first_sights([seen_at(WORTH_A_COPY * batch + n) for n in range(WORTH_A_COPY)]) == {}
    again = [seen_at(n, offset=9) for n in range(WORTH_A_COPY - 1)]
    async with store.transaction() as tx:
        seen = await tx.first_sights([*again, seen_at(10_000)])
    assert seen == {seen_at(n).id: seen_at(n) for n in range(WORTH_A_COPY - 1)}
    async with store.transaction() as tx:
        assert await tx.first_sights([seen_at(10_000)]) == {seen_at(10_000).id: seen_at(10_000)}


@OF_EACH_INBOX
async def test_of_two_who_see_many_ids_at_once_one_is_first(store: Store, seen_at: SeenAt) -> None:
    for batch in range(LONG_STREAK):
        async with store.transaction() as tx:
            await tx.first_sights([seen_at(100 + batch)])

    async def see(offset: int) -> int:
        async with store.transaction() as tx:
            seen = await tx.first_sights([seen_at(n, offset) for n in range(WORTH_A_COPY)])
            await asyncio.sleep(0.01)
            return len(seen)

    assert sorted(await asyncio.gather(see(1), see(2))) == [0, WORTH_A_COPY]


async def test_an_outside_id_keeps_the_hash_it_was_first_seen_with(store: Store) -> None:
    first = Sight("toy.outside/a", Place("toy.outside", 1, 4), b"one")
    async with store.transaction() as tx:
        assert await tx.first_sights([first]) == {}
    async with store.transaction() as tx:
        again = Sight("toy.outside/a", Place("toy.outside", 2, 5), b"two")
        assert await tx.first_sights([again]) == {"toy.outside/a": first}


async def test_own_and_outside_ids_are_sighted_together(store: Store) -> None:
    outside = Sight("toy.outside/a", Place("toy.outside", 1, 4), b"one")
    async with store.transaction() as tx:
        assert await tx.first_sights([sight(1), outside]) == {}
        assert await tx.first_sights([outside, sight(1)]) == {sight(1).id: sight(1), outside.id: outside}


async def test_of_two_who_see_an_id_at_once_one_is_first(store: Store) -> None:
    async def see(offset: int) -> int:
        async with store.transaction() as tx:
            seen = await tx.first_sights([sight(1, offset)])
            await asyncio.sleep(0.01)
            return len(seen)

    assert sorted(await asyncio.gather(see(1), see(2))) == [0, 1]


async def test_what_is_rolled_back_was_never_written(store: Store, kept: Kept) -> None:
    with suppress(RolledBackError):
        async with store.transaction() as tx:
            await _write_everything(tx)
            raise RolledBackError
    async with store.transaction() as tx:
        assert await tx.first_sights([sight(1)]) == {}
        assert list(await tx.blocked_among(["o"])) == []
        assert list(await tx.queued("o")) == []
        assert list(await tx.stored([sight(1)])) == []
        assert (await tx.published_through([ASKED])).get(ASKED, 0) == 0
        assert len(await tx.park([Parked(record(1), "poison", "why")])) == 1
    await kept.pass_time(60)
    assert list(await store.lease_pending(10)) == []
    assert list(await store.due_orders(NOW, 10)) == []
    assert list(await store.due_timers(NOW, 10)) == []
    assert await kept.effects() == {}


async def _write_everything(tx: Tx) -> None:
    await tx.first_sights([sight(1)])
    await tx.lock_orders(["o"])
    await tx.block([blocked("o")])
    await tx.queue([waiting("o", "e", 1)])
    await tx.add_batches([batch(row(sight(1).id), first=1)])
    await tx.add_outgoing([row("c")])
    await tx.pend([row("c")])
    await tx.mark({ASKED: 5}, {ASKED: 6})
    await tx.park([Parked(record(1), "poison", "why")])
    await tx.intend([Effect("k", "mail", "o", {})], NOW)
    await tx.set_timers([timer("t")])


async def test_who_holds_an_order_s_lock_is_alone_with_it(store: Store) -> None:
    async def count() -> None:
        async with store.transaction() as tx:
            await tx.lock_orders(["o", "p"])
            found = await tx.blocked_state("o")
            await asyncio.sleep(0.005)
            await tx.block([blocked("o", attempts=found.attempts + 1 if found else 1)])

    await asyncio.gather(*(count() for _ in range(5)))
    async with store.transaction() as tx:
        assert await tx.blocked_state("o") == blocked("o", attempts=5)


async def test_a_blocked_order_is_told_among_others_with_its_state(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.block([blocked("a"), blocked("b", due_at=None)])
        assert set(await tx.blocked_among(["a", "b", "c"])) == {"a", "b"}
        assert await tx.blocked_state("b") == blocked("b", due_at=None)
        assert await tx.blocked_state("c") is None


async def test_blocking_again_moves_the_next_try(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.block([blocked("a")])
        later = Blocked("a", 2, NOW + SECOND, "still not")
        await tx.block([later])
        assert await tx.blocked_state("a") == later


async def test_events_wait_behind_their_order_in_sequence_byte_for_byte(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.block([blocked("a"), blocked("b")])
        await tx.queue([waiting("a", "e2", 2), waiting("b", "e9", 9), waiting("a", "e1", 1)])
    async with store.transaction() as tx:
        await tx.queue([waiting("a", "e0", 0)])
        assert list(await tx.queued("a")) == [waiting("a", "e2", 2), waiting("a", "e1", 1), waiting("a", "e0", 0)]
        await tx.unqueue("a", ["e1", "e9"])
        assert [one.event_id for one in await tx.queued("a")] == ["e2", "e0"]
        assert [one.event_id for one in await tx.queued("b")] == ["e9"]


async def test_nothing_is_queued_behind_an_order_that_is_not_blocked(store: Store) -> None:
    with pytest.raises(REFUSED):
        async with store.transaction() as tx:
            await tx.queue([waiting("a", "e1", 1)])


async def test_an_order_is_free_once_it_is_unblocked(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.block([blocked("a")])
        await tx.queue([waiting("a", "e1", 1)])
        await tx.unqueue("a", ["e1"])
        await tx.unblock("a")
        assert list(await tx.blocked_among(["a"])) == []
    assert list(await store.due_orders(NOW, 10)) == []


async def test_an_order_behind_which_events_wait_is_not_unblocked(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.block([blocked("a")])
        await tx.queue([waiting("a", "e1", 1)])
    with pytest.raises(REFUSED):
        async with store.transaction() as tx:
            await tx.unblock("a")


async def test_unblocking_an_order_that_is_free_is_nothing(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.unblock("a")
        assert await tx.blocked_state("a") is None


async def test_the_longest_due_orders_are_tried_first_and_parked_ones_never(store: Store) -> None:
    due = [("b", NOW - 3 * SECOND), ("a", NOW), ("c", NOW - SECOND), ("d", NOW + SECOND), ("e", None)]
    async with store.transaction() as tx:
        await tx.block([blocked(order_id, at) for order_id, at in due])
    assert list(await store.due_orders(NOW, 2)) == ["b", "c"]
    assert list(await store.due_orders(NOW, 10)) == ["b", "c", "a"]


async def test_what_is_not_committed_is_due_for_nobody(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.block([blocked("a")])
        assert list(await store.due_orders(NOW, 10)) == []
    assert list(await store.due_orders(NOW, 10)) == ["a"]


async def test_what_was_said_because_of_a_record_is_found_by_its_place_byte_for_byte_in_sequence(store: Store) -> None:
    one, two, elsewhere = sight(1, offset=4), sight(2, offset=7), sight(3, offset=5, topic="toy.other")
    ours = [row(two.id), row(one.id, 0, key=None), row(one.id, 1)]
    async with store.transaction() as tx:
        await tx.add_batches([batch(*ours, first=4, last=7), batch(row(elsewhere.id), first=5, topic="toy.other")])
    async with store.transaction() as tx:
        await tx.add_batches([batch(row("later"), first=8, last=9)])
    async with store.transaction() as tx:
        assert list(await tx.stored([one, two])) == ours
        assert list(await tx.stored([one])) == ours[1:]
        assert list(await tx.stored([elsewhere])) == [row(elsewhere.id)]
        assert list(await tx.stored([sight(4, offset=6), sight(5, offset=20)])) == []
        assert list(await tx.stored([])) == []


async def test_nothing_is_said_twice_under_one_cause_and_number(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.add_outgoing([row("c")])
    with pytest.raises(REFUSED):
        async with store.transaction() as tx:
            await tx.add_outgoing([row("c")])


async def test_marks_move_up_and_never_down(store: Store) -> None:
    async with store.transaction() as tx:
        assert await tx.mark({ASKED: 5}, {ASKED: 7, TOLD: 3}) == {ASKED: 5, TOLD: 0}
    async with store.transaction() as tx:
        assert await tx.mark({ASKED: 4}, {ASKED: 2}) == {ASKED: 5}
        assert await tx.mark({ASKED: 6}, {ASKED: 8}) == {ASKED: 6}
        marks = await tx.published_through([ASKED, TOLD, Partition("toy.other", 0)])
    assert {part: mark for part, mark in marks.items() if mark} == {ASKED: 6}


async def test_a_mark_written_without_an_offset_stands_too(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.mark({TOLD: 4}, {ASKED: 1})
        assert (await tx.published_through([TOLD]))[TOLD] == 4


async def test_pending_rows_are_relayed_only_after_their_lease_and_leased_by_one(store: Store, kept: Kept) -> None:
    await said(store, row("c1"), row("c2"), row("c2", 1))
    assert list(await store.lease_pending(10)) == []
    await kept.pass_time(3)
    first = await store.lease_pending(2)
    second = await store.lease_pending(10)
    assert (len(first), len(second)) == (2, 1)
    assert sorted((r.cause, r.n) for r in [*first, *second]) == [("c1", 0), ("c2", 0), ("c2", 1)]
    assert row("c1") in [*first, *second]
    assert list(await store.lease_pending(10)) == []


async def test_a_relay_that_dies_leaves_its_rows_to_the_next(store: Store, kept: Kept) -> None:
    await said(store, row("c1"))
    await kept.pass_time(3)
    assert len(await store.lease_pending(10)) == 1
    await kept.pass_time(9)
    assert list(await store.lease_pending(10)) == []
    await kept.pass_time(2)
    assert list(await store.lease_pending(10)) == [row("c1")]


async def test_what_is_published_is_pending_no_more(store: Store, kept: Kept) -> None:
    await said(store, row("c1"), row("c1", 1))
    await store.published([row("c1"), row("never pending")])
    await kept.pass_time(3)
    assert list(await store.lease_pending(10)) == [row("c1", 1)]


async def test_pending_twice_does_not_put_a_row_off(store: Store, kept: Kept) -> None:
    await said(store, row("c1"))
    await kept.pass_time(1.5)
    async with store.transaction() as tx:
        await tx.pend([row("c1")])
    await kept.pass_time(1)
    assert list(await store.lease_pending(10)) == [row("c1")]


async def test_a_record_is_put_aside_once_whatever_is_wrong_with_it(store: Store) -> None:
    one = Parked(record(1, value=None), "poison", "not JSON")
    async with store.transaction() as tx:
        assert list(await tx.park([one])) == [one]
    async with store.transaction() as tx:
        again, other = Parked(record(1), "poison", "other"), Parked(record(2), "poison", "other")
        assert list(await tx.park([again, other])) == [other]


async def test_events_are_put_aside_by_their_id_and_records_by_their_place(store: Store) -> None:
    event = Parked(record(1), "bug", "why", event_id="e1", order_id="o")
    same_place = Parked(record(1), "bug", "why", event_id="e2", order_id="o")
    unreadable = Parked(record(1), "poison", "not JSON")
    async with store.transaction() as tx:
        assert list(await tx.park([event, same_place, unreadable])) == [event, same_place, unreadable]
    async with store.transaction() as tx:
        moved = Parked(record(7), "bug", "again", event_id="e1", order_id="o")
        assert list(await tx.park([moved, unreadable])) == []


async def test_an_event_that_fails_again_after_it_was_settled_is_not_new(store: Store) -> None:
    event = Parked(record(1), "bug", "why", event_id="e1", order_id="o")
    async with store.transaction() as tx:
        await tx.park([event])
        await tx.settle_parked(["e1", "never parked"])
    async with store.transaction() as tx:
        assert list(await tx.park([event])) == []


async def test_an_effect_is_intended_once_for_ever(store: Store, kept: Kept) -> None:
    async with store.transaction() as tx:
        assert set(await tx.intend([Effect("k", "mail", "first", {"to": "a"})], NOW)) == {"k"}
    async with store.transaction() as tx:
        again = [Effect("k", "mail", "second", {"to": "b"}), Effect("l", "mail", "second", {})]
        assert set(await tx.intend(again, NOW)) == {"l"}
    assert await kept.effects() == {"k": "first", "l": "second"}


async def test_of_an_effect_intended_twice_at_once_the_first_counts(store: Store, kept: Kept) -> None:
    async with store.transaction() as tx:
        assert set(await tx.intend([Effect("k", "mail", "first", {}), Effect("k", "mail", "second", {})], NOW)) == {"k"}
    assert await kept.effects() == {"k": "first"}


async def test_timers_fire_the_longest_due_first(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.set_timers(
            [timer("b", NOW - 2 * SECOND), timer("a"), timer("c", NOW - SECOND), timer("d", NOW + SECOND)]
        )
    assert list(await store.due_timers(NOW, 2)) == [timer("b", NOW - 2 * SECOND), timer("c", NOW - SECOND)]
    assert [one.key for one in await store.due_timers(NOW, 10)] == ["b", "c", "a"]


async def test_a_timer_set_again_is_moved(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.set_timers([timer("a", NOW - SECOND), timer("a")])
        await tx.set_timers([timer("b")])
    async with store.transaction() as tx:
        await tx.set_timers([timer("a", NOW + SECOND)])
        await tx.clear_timers(["b", "never set"])
    assert list(await store.due_timers(NOW, 10)) == []
    assert list(await store.due_timers(NOW + SECOND, 10)) == [timer("a", NOW + SECOND)]


async def test_a_timer_is_taken_once_and_only_while_it_is_due(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.set_timers([timer("a"), timer("later", NOW + SECOND)])
    async with store.transaction() as tx:
        assert list(await tx.take_timers(["a", "later", "never set"], NOW)) == [timer("a")]
    async with store.transaction() as tx:
        assert list(await tx.take_timers(["a", "later"], NOW)) == []
    assert [one.key for one in await store.due_timers(NOW + SECOND, 10)] == ["later"]


async def test_a_timer_of_a_blocked_order_waits(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.set_timers([timer("a", order_id="a"), timer("b", order_id="b")])
        await tx.block([blocked("a", due_at=None)])
    assert [one.key for one in await store.due_timers(NOW, 10)] == ["b"]
    async with store.transaction() as tx:
        await tx.unblock("a")
    assert sorted(one.key for one in await store.due_timers(NOW, 10)) == ["a", "b"]


async def test_a_skip_leaves_what_may_be_unsaid_to_the_relay_and_marks_where_reading_begins(
    store: Store, kept: Kept
) -> None:
    below, at, above = (batch(row(f"c{last}"), first=4, last=last) for last in (4, 5, 6))
    async with store.transaction() as tx:
        await tx.add_batches([below, at, above, batch(row("other"), first=9, topic="toy.other")])
        await tx.mark({ASKED: 5}, {ASKED: 7})
    await store.accept_skip(ASKED, 5)
    await store.accept_skip(ASKED, 20)
    await kept.pass_time(3)
    assert {one.cause for one in await store.lease_pending(10)} == {"c5", "c6"}
    async with store.transaction() as tx:
        assert (await tx.published_through([ASKED]))[ASKED] == 20


async def test_nothing_to_write_is_no_mistake(store: Store) -> None:
    async with store.transaction() as tx:
        assert await tx.first_sights([]) == {}
        await tx.lock_orders([])
        await tx.block([])
        await tx.queue([])
        await tx.unqueue("a", [])
        await tx.add_batches([])
        await tx.add_outgoing([])
        await tx.pend([])
        assert list(await tx.intend([], NOW)) == []
        await tx.set_timers([])
        await tx.clear_timers([])
        await tx.settle_parked([])
        assert list(await tx.take_timers([], NOW)) == []
        assert list(await tx.park([])) == []
        assert await tx.mark({}, {}) == {}
    await store.published([])
