"""How events stand here: done, parked, failed, blocked, never seen, overtaken. Read, never written."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from service_runtime.decoding import Routes
from service_runtime.postgres import SQL
from service_runtime.queries import Queries
from service_runtime.reading import Handler, Place, Received
from service_runtime.replay.meaning import ByVersion
from service_runtime.work import Connection

REPLAY_SQL = Queries("service_runtime", "replay.sql")


@dataclass(frozen=True, slots=True)
class Apart:
    """An event that was seen and is not done: `word` is parked, failed (its order's first) or blocked (behind it)."""

    word: str
    error_class: str | None
    reason: str | None
    times: int


async def apart(conn: Connection, event_ids: Sequence[str], order_ids: Sequence[str]) -> dict[str, Apart]:
    """Of these events, by id, those that were seen and are not done."""
    rows = await conn.fetch(REPLAY_SQL.stands_apart, list(event_ids), list(order_ids)) if event_ids else []
    return {row["event_id"]: _apart(row) for row in rows}


def _apart(row: Any) -> Apart:
    word = "parked" if row["parked"] else "failed" if row["first"] else "blocked"
    return Apart(word, row["error_class"], row["reason"], row["times"] or 0)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that was parked because nobody could read it, and what an operator has done about it, if anything."""

    parked_id: int
    state: str
    error_class: str
    reason: str
    times: int


async def unreadable(conn: Connection, places: Sequence[Place]) -> dict[Place, Unreadable]:
    """Of these places those at which such a record stands, or stood."""
    columns = [[place[n] for place in places] for n in range(3)]
    rows = await conn.fetch(REPLAY_SQL.unreadable, *columns) if places else []
    return {
        Place(row["topic"], row["partition"], row["offset"]): Unreadable(
            row["parked_id"], row["state"], row["error_class"], row["reason"], row["times"]
        )
        for row in rows
    }


async def seen(conn: Connection, ids: Sequence[str]) -> set[str]:
    """Those of these events that the inbox holds; ours by their UUIDs, outside ones by anybody's text."""
    own = [id_ for id_ in ids if _is_uuid(id_)]
    outside = [id_ for id_ in ids if not _is_uuid(id_)]
    rows = [*(await conn.fetch(SQL.first_sights, own) if own else [])]
    rows += await conn.fetch(SQL.first_sights_outside, outside) if outside else []
    return {str(row["id"]) for row in rows}


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


async def versions(conn: Connection, handlers: Collection[Handler], order_ids: Collection[str]) -> dict[str, int]:
    """Of the things of these orders (`order/…`, `shipment/…`), the version that is held of each."""
    held: dict[str, int] = {}
    for meaning in {id(one.replay): one.replay for one in handlers if isinstance(one.replay, ByVersion)}.values():
        held |= await meaning.held(conn, sorted(order_ids))
    return held


async def held_at(conn: Connection, routes: Routes, events: Sequence[Received[Any]]) -> dict[str, int]:
    """Of these events, by id, the version at which their thing is held here, where one is."""
    own = [event for event in events if not isinstance(event.body, bytes)]
    handlers = {id(handler): handler for handler in (routes.handler_of(event) for event in own)}
    held = await versions(conn, handlers.values(), {event.order_id for event in own}) if own else {}
    return {event.id: held[event.subject] for event in own if event.subject in held}


async def overtaken(conn: Connection, routes: Routes, events: Sequence[Received[Any]]) -> dict[str, int]:
    """Of these events, by id, those whose thing has moved on, with the version it has."""
    held = await held_at(conn, routes, events)
    return {event.id: held[event.id] for event in events if held.get(event.id, 0) > event.version}


async def acted_on(conn: Connection, event_ids: Sequence[str]) -> dict[str, str]:
    """Of these events those that an operator has discarded or amended, and which of both."""
    rows = await conn.fetch(REPLAY_SQL.acted_on, list(event_ids)) if event_ids else []
    return {row["event_id"]: row["state"] for row in rows}
