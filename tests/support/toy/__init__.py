"""A service of three tables and one rule, to show the runtime on: it counts what each order asks and tells the count."""

from collections.abc import Sequence
from typing import Any, ClassVar

from order_events import Body, Event
from service_runtime import (
    Answers,
    Batch,
    ByKey,
    ByVersion,
    Connection,
    Queries,
    Received,
    Retry,
    Work,
    consumes,
    consumes_outside,
)

SQL = Queries("toy")


class Asked(Body):
    """An order asks for the n-th time."""

    event_type: ClassVar[str] = "toy.asked"
    order_id: str
    n: int
    failures: int = 0

    @property
    def subject(self) -> str:
        return f"ask/{self.order_id}"

    @property
    def key(self) -> str:
        return self.order_id


class Told(Body):
    """How many asks of an order were counted."""

    event_type: ClassVar[str] = "toy.told"
    order_id: str
    count: int

    @property
    def subject(self) -> str:
        return f"tell/{self.order_id}"

    @property
    def key(self) -> str:
        return self.order_id


async def lock_counts(conn: Connection, events: Sequence[Received[Any]]) -> None:
    await conn.fetch(SQL.lock_counts, sorted({event.order_id for event in events}))


async def versions(conn: Connection, order_ids: Sequence[str]) -> dict[str, int]:
    return {r["subject"]: r["version"] for r in await conn.fetch(SQL.versions, order_ids)}


@consumes(Asked, replay=ByVersion(versions))
async def on_asks(batch: Batch[Asked], work: Work) -> Answers:
    tries = {r["id"]: r["tries"] for r in await work.conn.fetch(SQL.tried, [e.id for e in batch])}
    retries = {e.id: Retry("not yet") for e in batch if tries[e.id] <= e.body.failures}
    counted = [e for e in batch if e.id not in retries]
    rows = await work.conn.fetch(SQL.count, [e.order_id for e in counted], [e.body.n for e in counted])
    counts = {r["order_id"]: r["count"] for r in rows}
    work.emit_all(
        Event(Told(order_id=e.order_id, count=counts[e.order_id]), counts[e.order_id], e.cause) for e in counted
    )
    return Answers.but(batch, retries)


@consumes_outside("toy.outside", key=lambda value, _: "outside", replay=ByKey("its id"))
async def on_outside(batch: Batch[bytes], work: Work) -> Answers:
    await work.conn.executemany(SQL.hear, [(e.ce_id, e.body.decode(), e.conflict) for e in batch])
    return Answers.done(batch)


HANDLERS = [on_asks, on_outside]
