"""Many orders in one request to a server on a port: both ways at once, cut off, and sent again."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest
import uvicorn
from tests.integration.intake.conftest import Intake
from tests.unit.intake.checkouts import checkout

from order_intake.http.bulk import MOST_ROWS, TOGETHER

WAIT_S = 30


@pytest.fixture
async def port(intake: Intake) -> AsyncIterator[int]:
    """Where the service is served as `Service.run` serves it."""
    transport = intake.http._transport
    assert isinstance(transport, httpx.ASGITransport)
    server = uvicorn.Server(uvicorn.Config(transport.app, port=0, lifespan="off", log_config=None))
    served = asyncio.create_task(server.serve())
    async with asyncio.timeout(WAIT_S):
        while not server.started:
            await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = server.force_exit = True
    await asyncio.wait_for(served, WAIT_S)


@asynccontextmanager
async def posting(port: int, key: str = "") -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A request that has begun; its rows are written as chunks."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = ["POST /orders/bulk HTTP/1.1", "Host: intake", "Authorization: Bearer key", "Transfer-Encoding: chunked"]
    writer.write("\r\n".join([*head, *([f"Idempotency-Key: {key}"] if key else []), "", ""]).encode())
    try:
        async with asyncio.timeout(WAIT_S):
            yield reader, writer
    finally:
        writer.close()


def chunk(rows: Sequence[bytes]) -> bytes:
    body = b"".join(row + b"\n" for row in rows)
    return b"%x\r\n%b\r\n" % (len(body), body)


async def answers(reader: asyncio.StreamReader, count: int) -> list[dict[str, Any]]:
    """So many answers, as they come."""
    found: list[dict[str, Any]] = []
    while len(found) < count:
        line = await reader.readline()
        assert line, f"cut off after {len(found)} answers"
        if line.startswith(b"{"):
            found.append(json.loads(line))
    return found


def orders(count: int) -> list[bytes]:
    return [checkout(source_id=uuid4().hex) for _ in range(count)]


async def test_rows_are_answered_while_the_next_are_still_to_come(intake: Intake, port: int):
    async with posting(port) as (reader, writer):
        writer.write(chunk(orders(TOGETHER)))
        first = await answers(reader, TOGETHER)
        writer.write(chunk(orders(1)) + b"0\r\n\r\n")
        [last] = await answers(reader, 1)
    assert {one["status_code"] for one in first} == {201}
    assert (last["row"], last["status_code"]) == (TOGETHER + 1, 201)


async def test_who_hangs_up_sends_all_again_and_gets_the_same_answers_for_what_was_taken(intake: Intake, port: int):
    rows, key = orders(TOGETHER + 20), uuid4().hex
    async with posting(port, key) as (reader, writer):
        writer.write(chunk(rows[: TOGETHER + 5]))
        first = await answers(reader, TOGETHER)
    await asyncio.sleep(0.2)
    again = await intake.http.post("/orders/bulk", content=b"\n".join(rows), headers={"Idempotency-Key": key})
    found = [json.loads(line) for line in again.text.splitlines()]
    assert found[:TOGETHER] == first
    assert {one["status_code"] for one in found} == {201}
    assert len({one["answer"]["order_id"] for one in found}) == len(rows)


async def test_who_sends_far_too_many_before_reading_reads_the_answers_all_the_same(intake: Intake, port: int):
    async with posting(port) as (reader, writer):
        for _ in range(60):
            writer.write(chunk([b'{"shop":"%b"}' % (b"x" * 900)] * 500))
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        found = await answers(reader, MOST_ROWS + 1)
    assert [one["status_code"] for one in found[-2:]] == [422, 413]
