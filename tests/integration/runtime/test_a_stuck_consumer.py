"""A consumer that should progress and does not fails /live and ends its process; one that backs off does neither."""

import asyncio
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from baesong.ports import free_ports
from running_services import eventually, running
from service_runtime import Answers, Batch, Service, Work, consumes
from service_runtime.running import Running
from stuck_toy import LIMIT_S, abandoned, impatient
from stuck_toy import on_asks as never_ends
from toy import Asked
from toy_service import Toy, ask

SUPPORT = Path(__file__).parents[2] / "support"


@consumes(Asked)
async def infrastructure_is_away(batch: Batch[Any], work: Work) -> Answers:
    raise ConnectionRefusedError("the database")


async def answer(service: Service, it: Running, path: str) -> httpx.Response:
    app = service.app()
    app.state.running = it
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://toy") as http:
        return await http.get(path)


async def test_a_handler_that_never_returns_fails_live_and_says_what_it_waits_for(toy: Toy) -> None:
    service, stuck = replace(impatient(toy).service(), handlers=[never_ends]), list[object]()
    async with abandoned(service, stuck) as it:
        assert (await answer(service, it, "/live")).status_code == 200
        await toy.send(ask("a", 1))
        await eventually(it.stuck)
        live = await answer(service, it, "/live")
        assert (live.status_code, live.json()["status"]) == (503, "stuck")
        assert "toy.asked/" in live.json()["waits_for"][0]
        assert (await answer(service, it, "/ready")).status_code == 503
        await eventually(lambda: stuck)


async def test_a_consumer_whose_fetching_ended_in_silence_is_stuck(toy: Toy) -> None:
    service, stuck = impatient(toy).service(), list[object]()
    async with abandoned(service, stuck) as it:
        await toy.send(ask("a", 1))
        await eventually(lambda: toy.counts_are({"a": [1]}))
        for one in it.subscribers:
            one._subscriber.consumer._fetcher._fetch_task.cancel()
        await toy.send(ask("a", 2))  # the fetch that was under way may still bring this one
        await asyncio.sleep(1)
        await toy.send(ask("a", 3))
        await eventually(it.stuck)
        await eventually(lambda: stuck)


async def test_one_that_backs_off_is_alive_and_not_ready(toy: Toy) -> None:
    service = replace(impatient(toy).service(), handlers=[infrastructure_is_away])
    async with running(service) as it:
        await toy.send(ask("a", 1))
        await eventually(it.waits_for)
        await asyncio.sleep(3 * LIMIT_S)
        assert (await answer(service, it, "/live")).status_code == 200
        ready = await answer(service, it, "/ready")
        assert (ready.status_code, ready.json()["waits_for"]) == (
            503,
            ["its infrastructure: batch of toy"],
        )


async def test_one_that_has_nothing_to_read_is_alive(toy: Toy) -> None:
    async with running(impatient(toy).service()) as it:
        await toy.send(ask("a", 1))
        await eventually(lambda: toy.counts_are({"a": [1]}))
        await asyncio.sleep(2 * LIMIT_S)
        assert it.stuck() == []


async def ended(toy: Toy, how: str, port: int) -> tuple[int, str, set[int]]:
    """Run the toy as a process until it ends by itself: its exit status, what it wrote, what /live was answered."""
    environment = {
        **os.environ, "PYTHONPATH": str(SUPPORT), "DATABASE_URL": toy.settings.database_url, "API_KEY": "key",
        "HTTP_PORT": str(port), "KAFKA_BOOTSTRAP_SERVERS": toy.platform.bootstrap, "BAESONG_TOPIC_PREFIX": toy.prefix,
        "BAESONG_STUCK_AFTER_S": str(LIMIT_S),
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "stuck_toy", how, env=environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    answers = set[int]()
    try:
        async with asyncio.timeout(60), httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
            said = asyncio.create_task(process.communicate())
            while not said.done():
                answers.add(await status_of(http))
                await asyncio.sleep(0.1)
            return process.returncode or 0, (await said)[0].decode(), answers
    finally:
        if process.returncode is None:
            process.kill()


async def status_of(http: httpx.AsyncClient) -> int:
    try:
        return (await http.get("/live", timeout=1)).status_code
    except httpx.HTTPError:
        return 0


async def test_a_process_whose_handler_never_returns_fails_live_and_ends_with_status_1(toy: Toy) -> None:
    await toy.send(ask("a", 1))
    status, said, answers = await ended(toy, "waits", free_ports(1)[0])
    assert status == 1
    assert {200, 503} <= answers
    assert '"event":"stuck: this process ends, to be started again"' in said
    assert "toy.asked/" in said.splitlines()[-1]


async def test_a_process_whose_handler_holds_the_event_loop_ends_with_status_1(toy: Toy) -> None:
    await toy.send(ask("a", 1))
    status, said, _ = await ended(toy, "holds-the-loop", free_ports(1)[0])
    assert status == 1
    assert "the event loop, which a handler does not let go" in said.splitlines()[-1]
