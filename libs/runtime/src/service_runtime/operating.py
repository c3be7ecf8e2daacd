"""What operators do with what is parked, and with the brake: each act one transaction, with a row that says who."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import orjson

from service_runtime.amending import amended
from service_runtime.answering import Reply
from service_runtime.decoding import Poison, Routes, decode
from service_runtime.packing import packed, unpacked
from service_runtime.ports import Blocked, Parked
from service_runtime.postgres import SQL, PostgresTx
from service_runtime.protocol import sight_of
from service_runtime.reading import Place, Received, Record
from service_runtime.rounds import waiting_of
from service_runtime.work import Work


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, and why."""

    actor: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A parked row."""

    parked_id: int
    parked: Parked
    state: str
    times: int
    parked_at: datetime
    settled_at: datetime | None

    @classmethod
    def of(cls, row: asyncpg.Record) -> "Row":
        """From the database."""
        place = Place(row["topic"], row["partition"], row["offset"])
        record = Record(place, row["key"], row["value"], unpacked(row["headers"]), row["recorded_at"])
        parked = Parked(record, row["error_class"], row["reason"], row["event_id"], row["order_id"])
        return cls(row["parked_id"], parked, row["state"], row["times"], row["parked_at"], row["settled_at"])

    @property
    def cause(self) -> str:
        """What an amendment is caused by."""
        return self.parked.event_id or "/".join(map(str, self.parked.record.place))

    def readable(self, routes: Routes, record: Record | None = None) -> Received[Any] | str:
        """The event in it, or in what it was amended to; or why it cannot be read."""
        event = decode(record or self.parked.record, routes)
        if event is None:
            return "no handler of this service reads it"
        return event.reason if isinstance(event, Poison) else event

    def amended(self, routes: Routes, value: bytes, headers: Mapping[str, str]) -> Record:
        """The record with this value and these headers."""
        return amended(self.parked.record, value, self.cause, headers, routes)


async def retry(work: Work, row: Row, event: Received[Any] | None, by: By) -> Reply:
    """Run it again, before all that waits behind it; `event` for one that could not be read when it was parked."""
    refused = await _refused(work, row)
    if refused:
        return refused
    await _write(work, "retry", row, by)
    if event is None:
        await work.conn.execute(SQL.due_now, row.parked.order_id, work.now)
        return _answer(row, "due")
    if await _queued(work, event):
        await work.conn.execute(SQL.read_after_all, row.parked_id, event.id, event.order_id)
        return _answer(row, "due")
    await work.conn.execute(SQL.settle_one_parked, row.parked_id, "retried")
    return _answer(row, "handled before under the same id")


async def amend(work: Work, row: Row, event: Received[Any], by: By, detail: Mapping[str, Any]) -> Reply:
    """Run the amended event in its place; the original stays, and says that it was amended."""
    refused = await _refused(work, row)
    if refused:
        return refused
    if row.parked.order_id not in (None, event.order_id):
        return Reply.problem(422, "set", "same_order", f"it belongs to order {row.parked.order_id}, not to another")
    await _write(work, "amend", row, by, {**detail, "event_id": event.id})
    await work.conn.execute(SQL.settle_one_parked, row.parked_id, "amended")
    if row.parked.event_id is None:
        if not await _queued(work, event):
            return _answer(row, "handled before under the same id", event_id=event.id)
    else:
        await PostgresTx(work.conn).first_sights([sight_of(event)])
        headers = packed(event.record.headers)
        await work.conn.execute(
            SQL.amend_queued, event.order_id, row.parked.event_id, event.id, event.record.value, headers
        )
        await work.conn.execute(SQL.due_now, event.order_id, work.now)
    return _answer(row, "due", event_id=event.id)


async def discard(work: Work, row: Row, by: By) -> Reply:
    """Never run it; what waits behind it goes on."""
    refused = await _refused(work, row)
    if refused:
        return refused
    await _write(work, "discard", row, by)
    await work.conn.execute(SQL.settle_one_parked, row.parked_id, "discarded")
    order_id, event_id = row.parked.order_id, row.parked.event_id
    if order_id is None or event_id is None:
        return _answer(row, "discarded")
    tx = PostgresTx(work.conn)
    await tx.unqueue(order_id, [event_id])
    waiting = await tx.queued(order_id)
    if waiting:
        await work.conn.execute(SQL.due_now, order_id, work.now)
    else:
        await tx.unblock(order_id)
    return _answer(row, "discarded", waiting=len(waiting))


async def resume(work: Work, by: By) -> Reply:
    """Lift the brake: this release reads on."""
    lifted = await work.conn.fetchrow(SQL.lift_brake)
    if lifted is None:
        return Reply.problem(409, "", "not_braked", "nothing is braked")
    await work.conn.execute(SQL.write_act, "resume", None, by.actor, by.reason, orjson.dumps(dict(lifted)).decode())
    return Reply(200, {"resumed": dict(lifted)})


async def _refused(work: Work, row: Row) -> Reply | None:
    """Only what is parked still can be acted on; its row is locked from here on."""
    state = await work.conn.fetchval(SQL.parked_state, row.parked_id)
    if state == "parked":
        return None
    return Reply.problem(409, "parked_id", "is_parked", f"{row.parked_id} is {state}: nothing is left to do")


async def _queued(work: Work, event: Received[Any]) -> bool:
    """Queue an event that was read only now; False when its id was handled before."""
    tx = PostgresTx(work.conn)
    if event.id in await tx.first_sights([sight_of(event)]):
        return False
    if await tx.blocked_state(event.order_id) is None:
        await tx.block([Blocked(event.order_id, 0, work.now, "tried again by an operator")])
    await tx.queue([waiting_of(event)])
    return True


async def _write(work: Work, act: str, row: Row, by: By, detail: Mapping[str, Any] | None = None) -> None:
    told = orjson.dumps(detail).decode() if detail else None
    await work.conn.execute(SQL.write_act, act, row.parked_id, by.actor, by.reason, told)


def _answer(row: Row, outcome: str, **more: Any) -> Reply:
    return Reply(200, {"parked_id": row.parked_id, "order_id": row.parked.order_id, "outcome": outcome, **more})
