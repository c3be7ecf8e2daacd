"""Whatever a model accepts PostgreSQL stores and gives back unchanged: whole as jsonb and text, and value by value."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError
from tests.unit.events.documents import EXAMPLES, hostile_documents_of

from baesong.platform_only import Platform
from order_events.schemas import EVENTS
from order_events.types import Body

TABLE = """
CREATE TABLE stored (document jsonb, body text, words text[], counts bigint[], measures float8[], flags boolean[],
                     moments timestamptz[])
"""
STORE = """
INSERT INTO stored VALUES ($1::jsonb, $2, $3::text[], $4::bigint[], $5::float8[], $6::boolean[], $7::timestamptz[])
RETURNING document::text, body, words, counts, measures, flags, moments
"""
COLUMNS: dict[type, str] = {str: "words", int: "counts", float: "measures", bool: "flags", datetime: "moments"}


@pytest.fixture(scope="module")
async def conn(platform: Platform) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(await platform.database("events_stored"))
    await connection.execute(TABLE)
    yield connection
    await connection.close()


def values(part: object) -> Iterator[object]:
    """Every single value of an event."""
    if isinstance(part, BaseModel):
        yield from (value for _, inside in part for value in values(inside))
    elif isinstance(part, tuple):
        yield from (value for inside in part for value in values(inside))
    elif part is not None:
        yield part


def columns(body: Body) -> dict[str, list[Any]]:
    """The values of an event by the column that holds their kind; its subject and key are texts too."""
    found: dict[str, list[Any]] = {name: [] for name in COLUMNS.values()}
    for value in (*values(body), body.subject, body.key):
        kind = next(kind for kind in type(value).__mro__ if kind in COLUMNS)
        found[COLUMNS[kind]].append(value)
    return found


async def check_stored(conn: "asyncpg.Connection[asyncpg.Record]", body: Body) -> None:
    written, single = body.model_dump_json(), columns(body)
    row = await conn.fetchrow(STORE, written, written, *single.values())
    assert row is not None
    assert type(body).model_validate_json(row["document"]) == body
    assert row["body"] == written
    assert {name: row[name] for name in single} == single


@pytest.mark.parametrize("model", EVENTS, ids=lambda model: model.event_type)
@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(draws=st.data())
async def test_what_a_model_accepts_can_be_stored(
    conn: "asyncpg.Connection[asyncpg.Record]", model: type[Body], draws: st.DataObject
) -> None:
    text = draws.draw(hostile_documents_of(model))
    try:
        body = model.model_validate_json(text)
    except ValidationError:
        return
    await check_stored(conn, body)
