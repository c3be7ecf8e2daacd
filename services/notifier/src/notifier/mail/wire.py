"""A connection to a mail server, once it is open: one letter's commands out together, their replies in, in turn.

aiosmtplib opens it (TLS, greeting, login) and hands it over: it waits for each reply before its next command, and
takes 0.5 ms a letter for it.
"""

import asyncio
import re
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple, cast

import aiosmtplib

LONGEST_REPLY, MOST_REPLIES = 32 * 1024, 10
UNSAFE = re.compile(r"[^ -~]|[<>]")  # a command ends with its line, an address with its bracket


class Command(NamedTuple):
    """What is said, and the first digit of the reply that takes it."""

    said: bytes
    taken_by: int


class Reply(NamedTuple):
    """A server's reply to one command."""

    code: int
    text: str


class Refused(Exception):  # noqa: N818 - an answer, said by raising it
    """The server did not take a command."""

    def __init__(self, verb: str, reply: Reply) -> None:
        super().__init__(f"{verb}: {reply.code} {reply.text}")
        self.verb, self.reply = verb, reply


class Wire(asyncio.Protocol):
    """The connection; `pipelining` where the server said it takes several commands at once (RFC 2920)."""

    def __init__(self, transport: asyncio.Transport, *, pipelining: bool) -> None:
        self._transport, self._pipelining = transport, pipelining
        self._lines: list[bytes] = []
        self._rest = b""
        self._replies: deque[Reply] = deque()
        self._waiting: asyncio.Future[None] | None = None

    @classmethod
    def over(cls, opened: aiosmtplib.SMTP) -> "Wire":
        """Take over a connection that is open and greeted."""
        transport = cast(asyncio.Transport, opened.transport)
        wire = cls(transport, pipelining=opened.supports_extension("pipelining"))
        transport.set_protocol(wire)
        return wire

    @property
    def is_open(self) -> bool:
        """Whether it can be used, as far as is known; a reply nobody asked for is a goodbye."""
        return not (self._transport.is_closing() or self._replies)

    def close(self) -> None:
        """Drop it: a letter that was not handed over whole is none."""
        self._transport.close()

    async def ask(self, commands: Sequence[Command]) -> Reply:
        """Say these and give the reply to the last.

        Raises:
            Refused: by the first of them that was not taken; the connection is of no use then.
            OSError: the connection broke.
        """
        if self._pipelining:
            self._send(b"".join([command.said for command in commands]))
        for command in commands:
            if not self._pipelining:
                self._send(command.said)
            reply = await self._reply()
            if reply.code // 100 != command.taken_by:
                raise Refused(command.said[:4].decode(), reply)
        return reply

    def _send(self, said: bytes) -> None:
        if self._transport.is_closing():
            raise ConnectionResetError("the mail server hung up")
        self._transport.write(said)

    async def _reply(self) -> Reply:
        while not self._replies:
            if self._transport.is_closing():
                raise ConnectionResetError("the mail server hung up")
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        return self._replies.popleft()

    def data_received(self, data: bytes) -> None:
        """Read the replies that are whole; one that never ends, or is none, closes the connection."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._lines.append(line[4:].strip())
            if line[3:4] != b"-":
                self._take(line[:3])
        if len(self._replies) > MOST_REPLIES or len(self._rest) + sum(map(len, self._lines)) > LONGEST_REPLY:
            self._transport.close()
        self._wake()

    def _take(self, code: bytes) -> None:
        text = b" ".join(self._lines).decode("utf-8", "replace")
        self._lines.clear()
        if code.isdigit():
            self._replies.append(Reply(int(code), text))
        else:
            self._transport.close()

    def connection_lost(self, _: Exception | None) -> None:
        """Whoever waits for a reply is told."""
        self._wake()

    def _wake(self) -> None:
        if self._waiting and not self._waiting.done():
            self._waiting.set_result(None)


def envelope(sender: str, to: str) -> list[Command]:
    """The commands before a letter itself.

    Raises:
        ValueError: an address holds what is not printable ASCII, or a bracket.
    """
    for address in (sender, to):
        if UNSAFE.search(address):
            raise ValueError("an address holds what a command cannot")
    return [
        Command(f"MAIL FROM:<{sender}>\r\n".encode(), 2),
        Command(f"RCPT TO:<{to}>\r\n".encode(), 2),
        Command(b"DATA\r\n", 3),
    ]


def body(mail: bytes) -> Command:
    """A letter as it follows DATA: a line that begins with a dot has another before it, and a dot alone ends it."""
    first = b"." if mail.startswith(b".") else b""
    last = b"" if mail.endswith(b"\r\n") else b"\r\n"
    return Command(b"".join([first, mail.replace(b"\r\n.", b"\r\n.."), last, b".\r\n"]), 2)
