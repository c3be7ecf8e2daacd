"""The sink's two doors: SMTP, which takes every mail, and HTTP, which says whether a mail is there."""

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import UTC, datetime

from baesong.mail.smtp import Keep, SmtpConnection
from baesong.mail.spool import Spool
from baesong.ports import LOOPBACK

# How long a connection may be silent: whoever lost his answer knows after this time that nothing more can arrive.
IDLE_S = 10


def keeping(spool: Spool) -> Keep:
    """Keep each mail with its envelope written in front of it, under what `baesong mail show` takes."""

    def keep(sender: str, recipients: Sequence[str], content: bytes) -> str:
        return spool.add(_envelope_lines(sender, recipients) + content).id

    return keep


def _envelope_lines(sender: str, recipients: Sequence[str]) -> bytes:
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    return f"X-Envelope-From: {sender}\r\nX-Envelope-To: {', '.join(recipients)}\r\nX-Received-At: {now}\r\n".encode()


class FindDoor:
    """Answers `GET /messages/{sha256 of a Message-ID}` with 200 or 404."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection, for as many requests as its client sends."""
        with contextlib.suppress(ConnectionError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            while head := await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), IDLE_S):
                writer.write(self._answer(head))
                await writer.drain()
        writer.close()

    def _answer(self, head: bytes) -> bytes:
        method, path, *_ = [*head.split(b"\r\n", 1)[0].split(b" "), b"", b""]
        if method != b"GET":
            return _response(405, "Method Not Allowed")
        if path == b"/ready":
            return _response(200, "OK")
        key = path.removeprefix(b"/messages/").decode("ascii", "replace")
        return _response(200, "OK") if self._spool.holds(key) else _response(404, "Not Found")


def _response(status: int, reason: str) -> bytes:
    body = f'{{"status": {status}}}\n'
    head = f"HTTP/1.1 {status} {reason}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return (head + body).encode()


async def serve(spool: Spool, port: int, find_port: int) -> None:
    """Keep both doors open until cancelled."""
    loop = asyncio.get_running_loop()
    keep = keeping(spool)
    smtp = await loop.create_server(lambda: SmtpConnection(keep, IDLE_S), LOOPBACK, port)
    find = await asyncio.start_server(FindDoor(spool), LOOPBACK, find_port)
    async with smtp, find:
        await asyncio.gather(smtp.serve_forever(), find.serve_forever())
