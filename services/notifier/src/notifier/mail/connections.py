"""Connections to the mail server: kept open, used by many letters at once, each by one at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import aiosmtplib

MAX_OPEN = 20  # as many effects as the runtime does at once
TIMEOUT_S = 4.0  # for one command
IDLE_S = 5.0  # half of what the local sink keeps an idle connection


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail goes, as `smtp://user:password@host:port`; smtps for TLS from the first byte."""

    host: str
    port: int
    user: str | None
    password: str | None
    tls: bool

    @classmethod
    def of(cls, url: str) -> "Server":
        """A server by its URL.

        Raises:
            ValueError: the scheme is neither smtp nor smtps, or there is no host.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise ValueError("SMTP_URL must look like smtp://host:port")
        tls = parts.scheme == "smtps"
        user = unquote(parts.username) if parts.username else None
        password = unquote(parts.password) if parts.password else None
        return cls(parts.hostname, parts.port or (465 if tls else 25), user, password, tls)


class Connections:
    """A pool of connections; one that failed in any way is closed and not used again."""

    def __init__(self, server: Server, local_hostname: str) -> None:
        self._server = server
        self._local_hostname = local_hostname
        self._slots = asyncio.Semaphore(MAX_OPEN)
        self._idle: list[tuple[float, aiosmtplib.SMTP]] = []

    @asynccontextmanager
    async def one(self) -> AsyncIterator[aiosmtplib.SMTP]:
        """A connection for the length of one letter.

        Raises:
            aiosmtplib.SMTPException, OSError: the server cannot be reached.
        """
        async with self._slots:
            connection = self._idle_one() or await self._new()
            try:
                yield connection
            except BaseException:
                connection.close()
                raise
            self._idle.append((asyncio.get_running_loop().time(), connection))

    def _idle_one(self) -> aiosmtplib.SMTP | None:
        """The connection used last, if the server cannot have dropped it yet; older ones are closed."""
        fresh_after = asyncio.get_running_loop().time() - IDLE_S
        while self._idle:
            since, connection = self._idle.pop()
            if since > fresh_after and connection.is_connected:
                return connection
            connection.close()
        return None

    async def _new(self) -> aiosmtplib.SMTP:
        server = self._server
        connection = aiosmtplib.SMTP(
            hostname=server.host, port=server.port, username=server.user, password=server.password,
            use_tls=server.tls, local_hostname=self._local_hostname, timeout=TIMEOUT_S,
        )  # fmt: skip
        await connection.connect()
        return connection

    async def close(self) -> None:
        """Close what is idle."""
        while self._idle:
            self._idle.pop()[1].close()
