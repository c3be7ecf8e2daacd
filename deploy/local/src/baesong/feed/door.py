"""The HTTP door of order-intake, as the feeder uses it: it tries again until there is an answer."""

import asyncio
import time
from types import TracebackType
from typing import Self

import httpx

from baesong.connection import Connection
from baesong.errors import BaesongError
from baesong.feed.sendings import Sending

PATIENCE_S = 60.0
KNOWN_EVERY_S = (0.05, 0.3)
MOST_AT_ONCE = 8


class Door:
    """Posts checkouts, asks whether an order is there, and cancels."""

    def __init__(self, connection: Connection) -> None:
        self._client = httpx.AsyncClient(
            base_url=connection.url("order_intake"),
            headers=connection.key_header("order_intake"),
            timeout=20,
            trust_env=False,
        )
        self._turns = asyncio.Semaphore(MOST_AT_ONCE)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def post(self, sending: Sending) -> int:
        """Post a checkout under its own key and give the status of the answer."""
        headers = {"Idempotency-Key": sending.ce_id, "Content-Type": "application/json"}
        return await self._answered("POST", "/orders", headers, sending.body)

    async def known(self, order_id: str) -> None:
        """Wait until the order is there.

        Raises:
            BaesongError: it is not there after a minute.
        """
        pause, longest = KNOWN_EVERY_S
        deadline = time.monotonic() + PATIENCE_S
        while await self._answered("GET", f"/orders/{order_id}") != httpx.codes.OK:
            if time.monotonic() > deadline:
                raise BaesongError(f"order {order_id} was sent {PATIENCE_S:.0f} s ago and is not there")
            await asyncio.sleep(pause)
            pause = min(longest, pause * 1.5)

    async def cancel(self, order_id: str) -> int:
        """Ask for a cancel and give the status of the answer."""
        headers = {"Idempotency-Key": f"cancel-{order_id}", "Content-Type": "application/json"}
        return await self._answered("POST", f"/orders/{order_id}/cancel", headers, b'{"reason": "customer"}')

    async def _answered(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes | None = None
    ) -> int:
        """Ask until there is an answer that is not the server's own trouble; the key makes asking again safe."""
        deadline = 0.0
        while True:
            try:
                async with self._turns:
                    deadline = deadline or time.monotonic() + PATIENCE_S  # waiting for one's turn is no trouble
                    answer = await self._client.request(method, path, headers=headers, content=body)
                if answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR:
                    return answer.status_code
                trouble = f"{answer.status_code}: {answer.text[:200]}"
            except httpx.HTTPError as error:
                trouble = repr(error)
            if time.monotonic() > deadline:
                raise BaesongError(f"order-intake does not answer {method} {path}: {trouble}")
            await asyncio.sleep(0.2)
