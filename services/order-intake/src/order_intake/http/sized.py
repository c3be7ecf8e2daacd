"""Routes that stop reading a body where it becomes too large."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute
from starlette.types import Message, Receive

from order_intake.domain.checkouts import MOST_BYTES
from service_runtime import Reply


class BodyTooLargeError(HTTPException):
    """A body is larger than the door; nothing of it is parsed."""

    def __init__(self) -> None:
        super().__init__(413)


class SizedRoute(APIRoute):
    """A route that stops reading a body where it becomes too large, whatever its headers promise."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, behind the measure."""
        handle = super().get_route_handler()

        async def sized(request: Request) -> Response:
            try:
                return await handle(Request(request.scope, _measured(request.receive)))
            except BodyTooLargeError:
                return Reply.problem(413, "", "size", f"the body must not exceed {MOST_BYTES} bytes").response()

        return sized


def _measured(receive: Receive) -> Receive:
    size = 0

    async def measured() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > MOST_BYTES:
            raise BodyTooLargeError
        return message

    return measured
