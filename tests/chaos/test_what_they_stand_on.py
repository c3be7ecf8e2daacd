"""`baesong crash`, all but `services`: whatever breaks under or around them, nothing is lost, doubled or stuck.

Each starts an instance of its own and takes a minute and more, which `make test` no longer has: `make prove` runs them
as the issue's table has them, `BAESONG_SIZE=small` as small as they can be.
"""

import pytest

from baesong.crash.result import Result
from baesong.crash.run import crash
from baesong.crash.targets.disk import Disk
from baesong.crash.targets.foundation import FROZEN_S, Broker, Postgres
from baesong.crash.targets.offsets import OffsetReset
from baesong.crash.targets.put_back import PutBack
from baesong.crash.targets.replicas import EVERY_S, Replicas, Rolling, Zombies
from baesong.crash.targets.target import Target
from baesong.crash.wish import Wish
from baesong.part import silent
from sizes import WHOLE, size

PROGRESS_WITHIN_S = 30.0  # of its return
pytestmark = [
    pytest.mark.timeout(size(600, 5400)),
    pytest.mark.skipif(
        not WHOLE, reason="an instance of its own for minutes: in make prove, or with BAESONG_SIZE=small"
    ),
]


async def broken(kind: type[Target], orders: int, strikes: int, rate: float) -> Result:
    """Nothing is lost, doubled or stuck, all strikes hit, and the books balance: `broken` would name it."""
    result = await crash(kind, Wish(orders, strikes, 1, rate), silent)
    assert not result.broken, result.figures()
    assert (result.came.lost, result.came.doubled, result.stuck) == ((), (), ())
    assert (result.came.orders, result.hits) == (orders, strikes)
    return result


async def test_a_broker_killed_five_times_and_frozen_twice_loses_and_doubles_nothing() -> None:
    result = await broken(Broker, size(40, 4000), size(3, 7), 40)
    frozen = [strike for strike in result.strikes if f"SIGSTOP {FROZEN_S:.0f} s" in strike.what]
    assert len(frozen) == size(1, 2)
    assert all(strike.back_s < PROGRESS_WITHIN_S for strike in result.strikes)


async def test_a_postgresql_killed_ten_times_loses_and_doubles_nothing() -> None:
    result = await broken(Postgres, size(30, 3000), size(1, 10), 40)
    assert all(strike.back_s < PROGRESS_WITHIN_S for strike in result.strikes)


async def test_ten_zombies_double_nothing() -> None:
    await broken(Zombies, size(40, 6000), size(1, 10), 40)


async def test_a_group_put_to_its_beginning_says_no_more_than_its_last_two_batches() -> None:
    result = await broken(OffsetReset, size(60, 3000), size(1, 4), size(40, 100))
    assert all(strike.figures["said_again"] <= strike.figures["fair"] for strike in result.strikes)


async def test_replicas_that_join_and_leave_lose_and_double_nothing() -> None:
    """Every 20 s, for as long as orders flow: the longest pause is a figure, and promised by nobody."""
    rate = size(50, 500)
    result = await broken(Replicas, size(2000, 150_000), size(2, 15), rate)
    assert result.fed_per_s > 0.9 * rate
    assert result.pulse.longest_s < EVERY_S


async def test_replicas_restarted_in_turn_keep_their_partitions_and_no_order_waits_three_seconds() -> None:
    await broken(Rolling, size(60, 2000), size(2, 4), size(30, 60))


async def test_a_database_put_back_by_2_000_orders_and_500_mails_sends_no_second_mail() -> None:
    """One service after the other, the notifier first; a second mail would be doubled."""
    result = await broken(PutBack, size(120, 12_000), size(1, 4), size(40, 200))
    behind = [(strike.figures["orders_behind"], strike.figures["mails_behind"]) for strike in result.strikes]
    assert all(orders >= size(40, 2000) and mails >= size(10, 500) for orders, mails in behind), behind


async def test_a_disk_that_is_full_for_30_s_stops_a_service_and_nothing_else() -> None:
    await broken(Disk, size(60, 3000), size(1, 2), size(30, 60))
