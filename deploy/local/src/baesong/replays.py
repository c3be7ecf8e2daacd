"""Replays, asked of the console over HTTP: made, followed, moved on, reported."""

import asyncio
import time
import uuid
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from baesong.api import Api
from baesong.connection import Connection
from baesong.errors import BaesongError

Json = dict[str, Any]
Tell = Callable[[Json], None]
ENDED = ("done", "failed", "cancelled", "paused")
PREVIEWED = (*ENDED, "ready", "awaiting_approval", "running")
LOOK_EVERY_S = 0.3
LAST = "last"


def console(connection: Connection) -> AbstractAsyncContextManager[Api]:
    """The console's API.

    Raises:
        BaesongError: this instance has no console.
    """
    if not connection.urls.get("console"):
        raise BaesongError("this instance runs no console: `baesong down`, then `baesong up`, which does")
    return Api(connection, "console")


async def made(connection: Connection, wanted: Json, tell: Tell) -> Json:
    """A new job with its preview; `tell` is told how far that is."""
    async with console(connection) as api:
        answer = await api.write("POST", "/replays", wanted, str(uuid.uuid4()))
        return await _followed(api, str(answer.json()["replay_id"]), PREVIEWED, tell)


async def moved(connection: Connection, word: str, act: str, body: Json) -> Json:
    """Do something about a job.

    Raises:
        BaesongError: it is not possible; says what is.
    """
    async with console(connection) as api:
        replay_id = await named(api, word)
        answer = await api.write("POST", f"/replays/{replay_id}/{act}", body, str(uuid.uuid4()))
        if answer.is_error:
            raise BaesongError(answer.json()["problems"][0]["message"])
        return dict(answer.json())


async def followed(connection: Connection, word: str, tell: Tell) -> Json:
    """A job when it is at an end, or waits for somebody."""
    async with console(connection) as api:
        return await _followed(api, await named(api, word), (*ENDED, "ready", "awaiting_approval"), tell)


async def shown(connection: Connection, word: str) -> Json:
    """A job as it stands."""
    async with console(connection) as api:
        return await _one(api, await named(api, word))


async def listed(connection: Connection) -> list[Json]:
    """The newest jobs first."""
    async with console(connection) as api:
        return list((await api.get("/replays") or {"replays": []})["replays"])


async def reported(connection: Connection, word: str, form: str) -> str:
    """Every item with its results, as JSON or CSV."""
    async with console(connection) as api:
        return await api.text(f"/replays/{await named(api, word)}/report?format={form}")


async def named(api: Api, word: str) -> str:
    """The job a user means; `last` is the newest."""
    if word != LAST:
        return word
    jobs = (await api.get("/replays?limit=1") or {"replays": []})["replays"]
    if not jobs:
        raise BaesongError("there is no job yet: `baesong replay new` makes one")
    return str(jobs[0]["replay_id"])


async def _one(api: Api, replay_id: str) -> Json:
    job = await api.get(f"/replays/{replay_id}")
    if job is None:
        raise BaesongError(f"there is no job {replay_id}: `baesong replay list` shows those there are")
    return job


async def _followed(api: Api, replay_id: str, until: tuple[str, ...], tell: Tell) -> Json:
    """Look now and then; quickly at first, as most previews are short."""
    began = time.monotonic()
    while (job := await _one(api, replay_id))["state"] not in until:
        tell(job)
        await asyncio.sleep(min(LOOK_EVERY_S, 0.05 + (time.monotonic() - began) / 10))
    tell(job)
    return job
