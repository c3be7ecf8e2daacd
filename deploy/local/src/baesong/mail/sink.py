"""The sink's two doors: SMTP, which takes every mail, and HTTP, which says whether a mail is there."""

import asyncio
import contextlib
from datetime import UTC, datetime

from aiosmtpd.smtp import SMTP, Envelope, Session

from baesong.mail.maildir import Maildir
from baesong.ports import LOOPBACK

# How long a connection may be silent: whoever lost his answer knows after this time that nothing more can arrive.
IDLE_S = 10
LARGEST_MAIL = 20 * 1024 * 1024


class Taker:
    """Takes every mail (the name of its method is aiosmtpd's)."""

    def __init__(self, maildir: Maildir) -> None:
        self._maildir = maildir

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the mail with its envelope written in front of it, and answer with what `baesong mail show` takes."""
        content = envelope.original_content or b""
        mail = self._maildir.add(_envelope_lines(envelope) + content)
        return f"250 2.0.0 kept as {mail.id}"


def _envelope_lines(envelope: Envelope) -> bytes:
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    to = ", ".join(envelope.rcpt_tos)
    return f"X-Envelope-From: {envelope.mail_from}\r\nX-Envelope-To: {to}\r\nX-Received-At: {now}\r\n".encode()


def smtp_door(maildir: Maildir) -> SMTP:
    """Give the protocol of one SMTP connection."""
    return SMTP(
        Taker(maildir),
        data_size_limit=LARGEST_MAIL,
        enable_SMTPUTF8=True,
        hostname="baesong.invalid",
        ident="Baesong mail sink",
        timeout=IDLE_S,
    )


class FindDoor:
    """Answers `GET /messages/{sha256 of a Message-ID}` with 200 or 404."""

    def __init__(self, maildir: Maildir) -> None:
        self._maildir = maildir

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
        return _response(200, "OK") if self._maildir.holds(key) else _response(404, "Not Found")


def _response(status: int, reason: str) -> bytes:
    body = f'{{"status": {status}}}\n'
    head = f"HTTP/1.1 {status} {reason}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return (head + body).encode()


async def serve(maildir: Maildir, port: int, find_port: int) -> None:
    """Keep both doors open until cancelled."""
    loop = asyncio.get_running_loop()
    smtp = await loop.create_server(lambda: smtp_door(maildir), LOOPBACK, port)
    find = await asyncio.start_server(FindDoor(maildir), LOOPBACK, find_port)
    async with smtp, find:
        await asyncio.gather(smtp.serve_forever(), find.serve_forever())
