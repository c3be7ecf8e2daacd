"""Which records a job picks: of a topic, or of what the services have parked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from console.asking import Json, RefusedError, readers
from console.desk import Desk
from console.domain.items import Item, in_sequence, item_of
from console.domain.jobs import Job
from console.domain.selecting import Selector, selector_of
from service_runtime import Place, Record
from service_runtime.replay.ticket import SUFFIX, TicketError, read_ticket

MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Picked:
    """The items in the sequence they are sent in, and of how many the original is gone."""

    items: list[Item]
    gone: int = 0


def selector_kept(job: Job) -> Selector:
    """The job's selector, as it was stored."""
    said = dict(job.selector)
    for name in ("since", "until"):
        said[name] = datetime.fromisoformat(said[name]) if said.get(name) else None
    return selector_of(said, job.mode)


async def picked(desk: Desk, job: Job) -> Picked:
    """What the job picks, each item with those who are to say what became of it."""
    selector, reads = selector_kept(job), await desk.asked(job)
    found = await _parked(desk, job, selector) if selector.of_parked else await _of_the_topic(desk, job, selector)
    items = [replace(item, wants=readers(reads, item.topic, job.services)) for item in in_sequence(found.items)]
    return Picked(items, found.gone)


async def _of_the_topic(desk: Desk, job: Job, selector: Selector) -> Picked:
    items: list[Item] = []
    if not await desk.originals.has(selector.topic or ""):
        raise RefusedError(f"there is no topic {selector.topic}: such as order.placed, shipment.updated")
    async for records in desk.originals.picked(selector):
        items += [_item(one) for one in records]
        _refuse_too_many(items)
        await desk.tell(job, found=len(items))
    return Picked(items)


def _item(record: Record) -> Item:
    return item_of(record.place, record.timestamp, record.key, record.headers)


def _refuse_too_many(items: Sequence[Item]) -> None:
    if len(items) > MOST:
        raise RefusedError(f"more than {MOST:,} records: narrow it by --since and --until, and make several jobs")


async def _parked(desk: Desk, job: Job, selector: Selector) -> Picked:
    """What is parked, read where it stands; what was first read from a `.replay` topic stands where that came from."""
    places: set[Place] = set()
    for service in job.services or desk.services.names:
        async for rows in desk.services.parked(service):
            places |= {
                _place(row) for row in rows if selector.picks_parked(_topic(row), row["error_class"], row["why"])
            }
            await desk.tell(job, found=len(places))
    places = await _origins(desk, places)
    records = await desk.originals.at(sorted(places))
    items = [_item(record) for record in records.values() if _narrowed(selector, record)]
    _refuse_too_many(items)
    return Picked(items, len(places) - len(records))


def _place(row: Json) -> Place:
    return Place(row["topic"], row["partition"], row["offset"])


def _topic(row: Json) -> str:
    return str(row["topic"]).removesuffix(SUFFIX)


def _narrowed(selector: Selector, record: Record) -> bool:
    key = (record.key or b"").decode(errors="replace")
    return selector.picks(record.place.partition, record.place.offset, record.timestamp, key)


async def _origins(desk: Desk, places: set[Place]) -> set[Place]:
    replayed = {place for place in places if place.topic.endswith(SUFFIX)}
    if not replayed:
        return places
    found = await desk.originals.at(sorted(replayed))
    return places - replayed | {origin for record in found.values() if (origin := _origin(record, desk.key))}


def _origin(record: Record, key: bytes) -> Place | None:
    """Where a replayed record came from, if it was signed by us: nobody is sent what a stranger wrote there."""
    told = dict(record.headers).get("x-replay-at", b"")
    try:
        at = datetime.fromtimestamp(int(told) / 1000, tz=UTC)
        return read_ticket(record, key, at)[0].origin
    except (TicketError, ValueError, OverflowError, OSError):
        return None
