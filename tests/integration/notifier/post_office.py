"""Somebody else's mail server, which treats each recipient as the name before the @ says, and a list of what it took."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from hashlib import sha256
from typing import Any

from aiosmtpd.smtp import SMTP


@dataclass
class PostOffice:
    """What came in, and what is to become of it."""

    smtp_url: str = ""
    find_url: str = ""
    taken: list[EmailMessage] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    opened: int = 0

    def holds(self, message_id: str) -> bool:
        """Whether it took a mail whose hashed Message-ID this is."""
        return message_id in {sha256(mail["Message-ID"][1:-1].encode()).hexdigest() for mail in self.taken}

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        self.tried.append(address)
        name = address.partition("@")[0]
        if name == "nobody":
            return "550 5.1.1 no such mailbox"
        if name == "later" and self.tried.count(address) == 1:
            return "451 4.7.1 greylisted"
        if name == "cut-early":
            server.transport.abort()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        name = envelope.rcpt_tos[0].partition("@")[0]
        if name == "full":
            return "452 4.2.2 mailbox full"
        if name == "spam":
            return "554 5.7.1 not wanted"
        if not name.endswith("lost"):
            self.taken.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        if name.startswith("silent"):
            await asyncio.sleep(60)
        if name.startswith("cut"):
            server.transport.abort()
        return f"250 OK queued as {len(self.taken)}"


@asynccontextmanager
async def open_post_office() -> AsyncIterator[PostOffice]:
    """SMTP and the list, each on a free port of this machine."""
    office, loop = PostOffice(), asyncio.get_running_loop()

    def connected() -> SMTP:
        office.opened += 1
        return SMTP(office, hostname="post.example.test", loop=loop)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readline()).split()[1].decode()
        status = "200 OK" if office.holds(path.rpartition("/")[2]) else "404 Not Found"
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        writer.close()

    smtp = await loop.create_server(connected, "127.0.0.1", 0)
    find = await asyncio.start_server(answer, "127.0.0.1", 0)
    office.smtp_url = f"smtp://127.0.0.1:{smtp.sockets[0].getsockname()[1]}"
    office.find_url = f"http://127.0.0.1:{find.sockets[0].getsockname()[1]}"
    try:
        yield office
    finally:
        smtp.close()
        find.close()
