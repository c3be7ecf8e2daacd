"""The other services' HTTP APIs, as a replay uses them; none is asked while rows are held."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import httpx
import structlog

from console.settings import Door

LOG = structlog.get_logger("replay")
TIMEOUT_S = 60.0
PATIENT_S = (0.5, 1.0, 2.0, 4.0, 8.0)  # between tries while a preview is made: long enough for a restart
A_PAGE = 1000
Json = dict[str, Any]


class AwayError(OSError):
    """A service does not answer now; it is asked again."""


class RefusedError(Exception):
    """A service says no, and would say so again; the message is what it says."""


@dataclass(frozen=True, slots=True)
class Reads:
    """What a service reads: topics, or patterns."""

    service: str
    topics: tuple[str, ...]

    def read(self, topic: str) -> bool:
        """Whether it reads this topic."""
        return any(fnmatchcase(topic, pattern) for pattern in self.topics)


class Services:
    """The services of an installation by name; who opens it closes it.

    `pauses` are waited before a request is made once more of who is away; only what changes nothing may be asked so.
    """

    def __init__(self, doors: Mapping[str, Door], pauses: Sequence[float] = ()) -> None:
        self.names = sorted(doors)
        self._pauses = pauses
        self._clients = {name: _client(door) for name, door in doors.items()}

    async def close(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            await client.aclose()

    async def get(self, service: str, path: str, **asked: Any) -> Json:
        """What is there.

        Raises:
            AwayError: it does not answer.
            RefusedError: it says no.
        """
        return await self._asked(service, "GET", path, params=asked)

    async def post(self, service: str, path: str, body: Json, key: str | None = None) -> Json:
        """Ask with a body; under a key what is asked is done once.

        Raises:
            AwayError: it does not answer.
            RefusedError: it says no.
        """
        return await self._asked(service, "POST", path, json=body, headers={"Idempotency-Key": key} if key else {})

    async def _asked(self, service: str, method: str, path: str, **more: Any) -> Json:
        for pause in self._pauses:
            try:
                return await self._asked_once(service, method, path, **more)
            except AwayError as error:
                LOG.warning("asked again", service=service, error=str(error), after_s=pause)
                await asyncio.sleep(pause)
        return await self._asked_once(service, method, path, **more)

    async def _asked_once(self, service: str, method: str, path: str, **more: Any) -> Json:
        if service not in self._clients:
            raise RefusedError(f"there is no service {service}: there are {', '.join(self.names) or 'none'}")
        try:
            answer = await self._clients[service].request(method, path, **more)
        except httpx.HTTPError as error:
            raise AwayError(f"{service} does not answer: {error!r}") from error
        if answer.is_server_error or answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            raise AwayError(f"{service} answers {method} {path} with {answer.status_code}")
        if answer.is_error:
            raise RefusedError(f"{service} refuses {method} {path} ({answer.status_code}): {answer.text[:300]}")
        return dict(answer.json()) if answer.content else {}

    async def reads(self, service: str) -> Reads:
        """Which topics a service reads."""
        return Reads(service, tuple((await self.get(service, "/replay"))["reads"]))

    async def parked(self, service: str) -> AsyncIterator[list[Json]]:
        """What a service has parked, some at a time."""
        after = 0
        while True:
            rows = (await self.get(service, "/parked", state="parked", after=after, limit=A_PAGE))["parked"]
            yield rows
            if len(rows) < A_PAGE:
                return
            after = rows[-1]["parked_id"]

    async def results(self, service: str, replay_id: str, after: int) -> list[Json]:
        """A page of what became of a job's items."""
        found = await self.get(service, f"/replay/{replay_id}/results", after=after, limit=A_PAGE)
        return list(found["results"])

    async def obstacle(self, service: str) -> str | None:
        """What keeps a service from running what it is sent; None when nothing does."""
        braked = (await self.get(service, "/brake"))["braked"]
        return f"{service} is braked: {braked['reason']}. `baesong parked resume {service}`" if braked else None


def _client(door: Door) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {door.key.get_secret_value()}"}
    return httpx.AsyncClient(base_url=door.url, headers=headers, timeout=TIMEOUT_S, trust_env=False)


def readers(reads: Sequence[Reads], topic: str, only: Sequence[str]) -> tuple[str, ...]:
    """Who is to say what became of a record of this topic."""
    return tuple(sorted(one.service for one in reads if one.read(topic) and (not only or one.service in only)))
