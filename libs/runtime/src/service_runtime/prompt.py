"""Says what requests have committed, and keeps nobody waiting for a broker that is away: the relay says it then."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from service_runtime.acts import publish
from service_runtime.infrastructure import Infrastructure
from service_runtime.ports import Outgoing
from service_runtime.protocol import Protocol

LOG = structlog.get_logger("prompt")
PUBLISHER = "publish"  # who notices, in `infrastructure`, that the broker is away; whatever is acknowledged ends it
PATIENCE_S = 1.0  # ten times what a broker under load takes


@dataclass
class Prompt:
    """The publishing behind the answers of one service."""

    protocol: Protocol
    infrastructure: Infrastructure
    patience_s: float = PATIENCE_S
    going_on: "set[asyncio.Task[None]]" = field(default_factory=set)

    async def publish(self, rows: Sequence[Outgoing], point: str) -> None:
        """Return when the rows are acknowledged, or when the broker is seen to be away.

        They are committed and pending, so they are said in any case: by this, which goes on, or by the relay.
        """
        if rows and PUBLISHER in self.infrastructure.away:
            return
        task = asyncio.create_task(publish(self.protocol, rows, point))
        self.going_on.add(task)
        task.add_done_callback(self._gone)
        done, _ = await asyncio.wait([task], timeout=self.patience_s)
        if done:
            task.result()
            return
        self.infrastructure.failed(PUBLISHER, TimeoutError(f"not acknowledged within {self.patience_s:.0f} s"))

    def _gone(self, task: "asyncio.Task[None]") -> None:
        self.going_on.discard(task)
        if not task.cancelled() and (error := task.exception()):
            LOG.warning("left to the relay", error=repr(error))

    def stop(self) -> None:
        """Let go of what goes on: it stays pending."""
        for task in self.going_on:
            task.cancel()
