"""The services' HTTP APIs, as the tools of an instance use them."""

import asyncio
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import httpx

from baesong.connection import Connection
from baesong.errors import BaesongError
from baesong.services import SERVICES
from baesong.stock_files import locations_in, stock_in

TIMEOUT_S = 30.0


class Api:
    """A client of one service; no proxy of the environment is asked."""

    def __init__(self, connection: Connection, service: str) -> None:
        self._service = service
        self._client = httpx.AsyncClient(
            base_url=connection.url(service),
            headers=connection.key_header(service),
            timeout=TIMEOUT_S,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        """Open it."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close its connections."""
        await self._client.aclose()

    async def get(self, path: str) -> dict[str, Any] | None:
        """Give what is there, or None where the service knows of nothing."""
        answer = await self._asked("GET", path)
        return None if answer.status_code == httpx.codes.NOT_FOUND else dict(answer.json())

    async def text(self, path: str) -> str:
        """Give a document as it is."""
        answer = await self._asked("GET", path)
        if answer.is_error:
            raise BaesongError(_why(answer))
        return answer.text

    async def write(self, method: str, path: str, body: dict[str, Any], key: str) -> httpx.Response:
        """Send a command under an Idempotency-Key."""
        return await self._asked(method, path, json=body, headers={"Idempotency-Key": key})

    async def _asked(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            answer = await self._client.request(method, path, **more)
        except httpx.HTTPError as error:
            raise BaesongError(f"{self._service} does not answer at {self._client.base_url}: {error!r}") from error
        if answer.is_error and answer.status_code != httpx.codes.NOT_FOUND:
            raise BaesongError(f"{self._service} refused {method} {path} ({answer.status_code}): {_why(answer)}")
        return answer


def _why(answer: httpx.Response) -> str:
    """What a refusal says in words, where it does."""
    try:
        return "; ".join(_said(one) for one in answer.json()["problems"])
    except (ValueError, KeyError, TypeError):
        return answer.text[:500]


def _said(problem: dict[str, str]) -> str:
    return f"{problem['field']}: {problem['message']}" if problem["field"] else problem["message"]


async def load_stock(connection: Connection, folder: Path, tell: Callable[[int, int], None]) -> dict[str, int]:
    """Tell the allocator the locations, SKUs and stock of a data folder, and give how many of each.

    Args:
        connection: to the instance.
        folder: with locations.csv, skus.csv, stock.csv and rates.json.
        tell: told after each request how many are done, of how many.
    """
    bodies = [("/locations", locations_in(folder)), *(("/stock", body) for body in stock_in(folder))]
    run = uuid.uuid4()
    async with Api(connection, "allocator") as allocator:
        for number, (path, body) in enumerate(bodies, 1):
            await allocator.write("PUT", path, body, f"{run}-{number}")
            tell(number, len(bodies))
    return {
        "locations": len(bodies[0][1]["locations"]),
        "skus": sum(len(body["skus"]) for _, body in bodies[1:]),
        "levels": sum(len(body["levels"]) for _, body in bodies[1:]),
        "units": sum(level["on_hand"] for _, body in bodies[1:] for level in body["levels"]),
    }


async def order_story(connection: Connection, order: str, shop: str = "") -> dict[str, dict[str, Any] | None]:
    """Ask each service what it knows of an order; None where it knows nothing.

    Args:
        connection: to the instance.
        order: its id, or its name (`#1001` or `1001`) when a shop is given.
        shop: the shop in which the name is looked up.
    """
    order_id = await _id_of(connection, order, shop) if shop else order
    asked = [service for service in SERVICES if service in connection.urls]
    known = await asyncio.gather(*(_known_to(connection, service, order_id) for service in asked))
    return dict(zip(asked, known, strict=True))


async def _id_of(connection: Connection, name: str, shop: str) -> str:
    async with Api(connection, "order_intake") as api:
        found = await api.get(f"/orders/{quote(name, safe='')}?shop={quote(shop)}")
    if found is None:
        raise BaesongError(f"shop {shop} has no order {name}")
    return str(found["order"]["order_id"])


async def _known_to(connection: Connection, service: str, order_id: str) -> dict[str, Any] | None:
    async with Api(connection, service) as api:
        return await api.get(f"/orders/{quote(order_id, safe='')}")
