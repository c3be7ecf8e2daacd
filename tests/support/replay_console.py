"""A console in this process, and a toy behind a door of its own that it asks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from baesong.ports import free_ports
from console.app import build
from console.settings import Settings
from running_services import eventually, running
from service_runtime import Service
from toy_service import Toy

REASON = {"actor": "kim", "reason": "a test"}
AT_REST = ("ready", "done", "failed", "cancelled", "paused", "awaiting_approval")


@asynccontextmanager
async def at_a_door(app: FastAPI) -> AsyncIterator[str]:
    """The app on a port of this machine; its lifespan is not run."""
    [port] = free_ports(1)
    server = uvicorn.Server(uvicorn.Config(app, port=port, lifespan="off", log_config=None))
    task = asyncio.create_task(server.serve())
    await eventually(lambda: server.started)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await task


@asynccontextmanager
async def served_at_a_door(service: Service) -> AsyncIterator[str]:
    """A service that runs, and its address."""
    async with running(service) as it:
        app = service.app()
        app.state.running = it
        async with at_a_door(app) as url:
            yield url


def console_settings(toy: Toy, dsn: str, doors: dict[str, str], **more: Any) -> Settings:
    return Settings(
        database_url=dsn, api_key="key", KAFKA_BOOTSTRAP_SERVERS=toy.platform.bootstrap,
        BAESONG_TOPIC_PREFIX=toy.prefix, BAESONG_INSTANCE_MARK="test",
        BAESONG_REPLAY_KEY=toy.settings.replay_key.get_secret_value(),
        services={name: {"url": url, "key": "key"} for name, url in doors.items()}, **more,
    )  # fmt: skip


@dataclass
class Operator:
    """Who asks the console."""

    http: httpx.AsyncClient

    async def new(self, **wanted: Any) -> dict[str, Any]:
        """A job, previewed."""
        answer = await self.http.post("/replays", json=REASON | wanted)
        assert answer.status_code == 201, answer.text
        return await self.at_rest(answer.json()["replay_id"])

    async def act(self, job: dict[str, Any], act: str, **more: Any) -> dict[str, Any]:
        answer = await self.http.post(f"/replays/{job['replay_id']}/{act}", json={"actor": "kim"} | more)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def one(self, replay_id: str) -> dict[str, Any]:
        return dict((await self.http.get(f"/replays/{replay_id}")).json())

    async def at_rest(self, replay_id: str, states: tuple[str, ...] = AT_REST) -> dict[str, Any]:
        """The job, once it is in one of these states."""

        async def rests() -> dict[str, Any] | None:
            job = await self.one(replay_id)
            return job if job["state"] in states else None

        return dict(await eventually(rests, 60))

    async def report(self, replay_id: str) -> dict[str, Any]:
        return dict((await self.http.get(f"/replays/{replay_id}/report")).json())


@asynccontextmanager
async def console(settings: Settings) -> AsyncIterator[Operator]:
    """A console in this process."""
    service = build(settings)
    async with running(service) as it:
        app = service.app()
        app.state.running = it
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://console") as client:
            client.headers["Authorization"] = "Bearer key"
            yield Operator(client)
