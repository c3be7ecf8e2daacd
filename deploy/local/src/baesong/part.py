"""What every part of an instance can do, whatever it is."""

import asyncio
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

from baesong.errors import BaesongError
from baesong.ports import is_free, sitter
from baesong.processes import Child

Say = Callable[[str], None]
READY_POLL_S = 0.05


def silent(_: str) -> None:
    """Tell nobody."""


class Part(ABC):
    """One process of an instance that can be started, stopped, killed and started again on the same port."""

    start_timeout_s = 60.0
    stop_grace_s = 20.0
    stop_signal = signal.SIGTERM
    leave_signal: signal.Signals | None = None  # where stopping for good is another thing than stopping

    def __init__(self, name: str, port: int, log: Path) -> None:
        self.name = name
        self.port = port
        self.log = log
        self.child: Child | None = None
        self.on_spawn: Callable[[], None] = lambda: None

    async def start(self) -> None:
        """Start it and return when it is ready.

        Raises:
            BaesongError: it could not start; says why.
        """
        if not is_free(self.port):
            # Whoever sits there would answer in our place and seem to be us.
            raise BaesongError(
                f"port {self.port} of {self.name} is taken by {sitter(self.port)}: stop that, or try again"
            )
        await self.launch()
        await self._until_ready()

    @abstractmethod
    async def launch(self) -> None:
        """Start its process, and hand it to `spawned`."""

    @abstractmethod
    async def ready(self) -> bool:
        """Say whether it answers now."""

    def spawned(self, child: Child) -> None:
        """Take a process just started as this part's own, and tell who keeps the list of processes."""
        self.child = child
        self.on_spawn()

    async def _until_ready(self) -> None:
        deadline = time.monotonic() + self.start_timeout_s
        while not await self.ready():
            if not self.alive():
                raise self._failed("ended at its start")
            if time.monotonic() > deadline:
                await self.kill()
                raise self._failed(f"was not ready within {self.start_timeout_s:.0f} s")
            await asyncio.sleep(READY_POLL_S)

    def alive(self) -> bool:
        """Say whether its process runs."""
        return self.child is not None and self.child.alive()

    def wrote(self, words: str) -> bool:
        """Say whether its process wrote these words to its log."""
        return self.child is not None and self.child.wrote(words)

    async def stop(self) -> None:
        """Stop it gracefully; kill it when it does not stop in time."""
        if self.child:
            await self.child.stop(self.stop_grace_s, self.stop_signal)

    async def leave(self) -> None:
        """Stop it for good: a replica that leaves says so to the others, and does not expect to come back."""
        if self.child and self.leave_signal:
            await self.child.stop(self.stop_grace_s, self.leave_signal)
        await self.stop()

    async def kill(self) -> None:
        """Kill its process (SIGKILL) and return when it is gone."""
        if self.child:
            self.child.kill()
            await self.child.ended(self.stop_grace_s)

    def _failed(self, how: str) -> BaesongError:
        words = self.child.last_words() if self.child else "it never ran"
        return BaesongError(f"{self.name} {how}: {words} (log: {self.log})")
