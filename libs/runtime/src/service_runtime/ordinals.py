"""Which replica this process is: an ordinal belongs to one process at a time.

Kafka knows a static member by its group and ordinal; two processes of one name would put each other out of the group
without end. So whoever reads holds an advisory lock, on a connection of its own, for as long as it lives.
"""

import asyncio
import contextlib
from collections.abc import Callable

import asyncpg
import structlog

from service_runtime.failures import CUT_OFF
from service_runtime.postgres import SQL

LOG = structlog.get_logger("ordinals")
ASK_S, CALL_S = 0.5, 5.0
# A host that is gone without a word lets go of its lock within 11 s.
SESSION = {"tcp_keepalives_idle": "5", "tcp_keepalives_interval": "2", "tcp_keepalives_count": "3"}


class OrdinalTakenError(Exception):
    """Another process became this replica while our connection was away."""


class Ordinal:
    """The right to be this replica. While `held` is not set nothing is read.

    The loss of the connection is noticed when it ends, or within 10 s where nobody says so; a batch then in hand is
    finished, under the same row locks as ever, and should another process have become this replica meanwhile, Kafka
    takes the offsets of the younger one only.
    """

    def __init__(self, dsn: str, service: str, ordinal: int, on_taken: Callable[[BaseException], None]) -> None:
        self.held = asyncio.Event()
        self._dsn = dsn
        self._name = f"{service}-{ordinal}"
        self._ordinal = ordinal
        self._on_taken = on_taken
        self._conn: asyncpg.Connection[asyncpg.Record] | None = None

    async def take(self) -> None:
        """Return when no other process is this replica; say so while one is."""
        told = False
        while not await self._asked():
            if not told:
                LOG.warning("another process is this replica: waiting until it is gone", replica=self._name)
            told = True
            await asyncio.sleep(ASK_S)

    async def keep(self) -> None:
        """Watch the connection; when it is lost read nothing until the lock is ours again, or stop for good."""
        while True:
            await asyncio.sleep(ASK_S)
            if not await self._is_well():
                self.held.clear()
                LOG.warning("the lock on this replica is lost: nothing is read", replica=self._name)
                if not await self._taken_again():
                    self._on_taken(OrdinalTakenError(f"another process is {self._name} now"))
                    return
                LOG.info("this replica again", replica=self._name)

    async def let_go(self) -> None:
        """End the connection, and with it the lock."""
        self.held.clear()
        conn, self._conn = self._conn, None
        if conn is not None:
            with contextlib.suppress(asyncpg.PostgresError, *CUT_OFF):
                await conn.close(timeout=CALL_S)

    async def _is_well(self) -> bool:
        try:
            assert self._conn is not None
            await self._conn.execute("SELECT 1", timeout=CALL_S)
        except (asyncpg.PostgresError, *CUT_OFF):
            return False
        return True

    async def _taken_again(self) -> bool:
        while True:
            await self.let_go()
            try:
                return await self._asked()
            except (OSError, TimeoutError, asyncpg.PostgresError):
                await asyncio.sleep(ASK_S)  # the database is away, and so are all who could take it

    async def _asked(self) -> bool:
        if self._conn is None:
            settings = {**SESSION, "application_name": f"{self._name} ordinal"}
            self._conn = await asyncpg.connect(self._dsn, timeout=CALL_S, server_settings=settings)
            self._conn.add_termination_listener(lambda _: self.held.clear())
        if await self._conn.fetchval(SQL.take_ordinal, self._ordinal, timeout=CALL_S):
            self.held.set()
        return self.held.is_set()
