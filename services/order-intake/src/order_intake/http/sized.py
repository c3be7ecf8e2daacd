"""Routes that stop reading a body where it becomes too large."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.types import Message, Receive

from order_intake.domain.checkouts import MOST_BYTES


class SizedRoute(APIRoute):
    """A route that reads of a body one byte more than it may have, whatever its headers promise.

    So much is enough to see that it is too large, and to keep what it began with.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, behind the measure."""
        handle = super().get_route_handler()

        async def sized(request: Request) -> Response:
            return await handle(Request(request.scope, _measured(request.receive)))

        return sized


def _measured(receive: Receive) -> Receive:
    left = MOST_BYTES + 1

    async def measured() -> Message:
        nonlocal left
        message = await receive()
        body = message.get("body", b"")
        if len(body) < left or message["type"] != "http.request":
            left -= len(body)
            return message
        cut, left = body[:left], 0
        return {"type": "http.request", "body": cut, "more_body": False}

    return measured
