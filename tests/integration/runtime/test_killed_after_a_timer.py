"""A process killed after the COMMIT of a timer, before it is published: no offset covers that, so the relay says it."""

import asyncio
import signal
from pathlib import Path

from running_services import eventually
from toy_process import process
from toy_service import Toy, ask


async def reminders(toy: Toy) -> list[bytes]:
    """The ids of what the topic holds, one a record."""
    return [dict(record.headers)["ce_id"] for record in await toy.told()]


async def test_what_a_timer_said_is_said_by_the_next_process_and_fired_once(toy: Toy, tmp_path: Path) -> None:
    failpoint = tmp_path / "failpoint"
    failpoint.write_text("timer_after_commit 1")
    async with process(toy, failpoint) as killed:
        await toy.send(ask("a", 1))
        assert await asyncio.wait_for(killed.wait(), 60) == -signal.SIGKILL
    assert not failpoint.exists()
    assert await toy.holds("SELECT NOT EXISTS (SELECT FROM timer WHERE kind = 'remind')")
    assert await toy.holds("SELECT count(*) = 1 FROM outbox_pending")
    assert await reminders(toy) == []
    async with process(toy, failpoint):
        await eventually(lambda: reminders(toy), 60)
        await eventually(lambda: toy.holds("SELECT NOT EXISTS (SELECT FROM outbox_pending)"))
        await toy.send(ask("b", 1))
        await eventually(lambda: _of_both(toy), 60)
    assert len(await reminders(toy)) == 2
    assert await toy.counts() == {"a": [1], "b": [1]}


async def _of_both(toy: Toy) -> bool:
    return len(set(await reminders(toy))) == 2
