import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from baesong.partner.wire import WireError, Wires


class Server:
    """Answers each request with what `say` gives, and remembers what it read."""

    def __init__(self, say: Callable[[bytes], bytes]) -> None:
        self.say = say
        self.connections = 0
        self.read: list[bytes] = []

    async def heard(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0])
                self.read.append(head + await reader.readexactly(length))
                writer.write(self.say(self.read[-1]))
        except asyncio.IncompleteReadError:
            writer.close()


@asynccontextmanager
async def served(say: Callable[[bytes], bytes]) -> AsyncIterator[tuple[Server, Wires]]:
    server = Server(say)
    async with await asyncio.start_server(server.heard, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        wires = Wires(f"http://127.0.0.1:{port}", {"Authorization": "Bearer k"}, 2)
        yield server, wires
        wires.close()


def answer(status: int, body: bytes, more: bytes = b"") -> bytes:
    return b"HTTP/1.1 %d Said\r\ncontent-length: %d\r\n%s\r\n" % (status, len(body), more) + body


async def test_a_connection_is_used_again_and_no_more_are_opened_than_allowed():
    async with served(lambda _: answer(200, b"[1]")) as (server, wires):
        answers = await asyncio.gather(*(wires.get("/x", {"a": "b c"}) for _ in range(10)))
        assert [each.json() for each in answers] == [[1]] * 10
        assert server.connections <= 2
        assert server.read[0].startswith(b"GET /x?a=b+c HTTP/1.1\r\nHost: 127.0.0.1:")
        assert b"Authorization: Bearer k\r\n" in server.read[0]


async def test_a_refusal_is_an_answer():
    async with served(lambda _: answer(409, b"{}")) as (server, wires):
        said = await wires.post("/x", {"name": "김"}, {"Idempotency-Key": "k"})
        assert (said.status, said.is_success) == (409, False)
        assert b"Idempotency-Key: k\r\n" in server.read[0]


async def test_a_connection_the_server_closes_is_not_used_again():
    async with served(lambda _: answer(201, b"", b"connection: close\r\n")) as (server, wires):
        for _ in range(3):
            assert (await wires.get("/x", {})).is_success
        assert server.connections == 3


async def test_an_answer_that_is_no_http_is_an_error_and_not_an_answer():
    async with served(lambda _: b"HTTP/1.1 200 OK\r\n\r\n") as (_, wires):
        with pytest.raises(WireError, match="Content-Length"):
            await wires.get("/x", {})


async def test_nobody_there_is_an_error():
    with pytest.raises(WireError):
        await Wires("http://127.0.0.1:1", {}, 1).get("/x", {})
