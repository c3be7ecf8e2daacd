"""Republish, reinterpret and rebuild, as the console asks for them; the services are small stand-ins."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI, Request, Response
from starlette.middleware.base import RequestResponseEndpoint

from baesong.platform_only import Platform
from console import course, runner
from fake_owners import interpreter, keeper, publisher
from replay_console import Operator, at_a_door, console, console_settings
from running_services import eventually
from toy_service import Toy

IDS = [f"018f4e2a-0000-8000-8000-00000000000{n}" for n in range(5)]


@pytest.fixture
async def dsn(platform: Platform) -> str:
    return await platform.database(f"console_{uuid4().hex[:8]}")


async def test_what_was_said_is_said_again_by_who_said_it_and_what_is_gone_is_told(toy: Toy, dsn: str) -> None:
    owner, other = publisher(IDS, {IDS[3]}), publisher([], set())
    async with (
        at_a_door(owner) as mine,
        at_a_door(other) as others,
        console(console_settings(toy, dsn, {"fulfiller": mine, "notifier": others})) as operator,
    ):
        job = await operator.new(mode="republish", partner="swift", since="2026-11-23T08:00:00Z")
        assert job["preview"]["by_status"] == {"fulfiller": {"said": 5}}
        assert job["preview"]["says"] == {"partner.swift.shipments": 5}
        assert owner.state.known == {}
        await operator.act(job, "apply", rate=10)
        done = await operator.at_rest(job["replay_id"], ("done", "failed"))
        assert done["outcomes"] == {"fulfiller": {"missing": 1, "republished": 4}}
        assert [one["item"] for one in owner.state.known[job["replay_id"]]] == IDS


async def test_orders_are_read_anew_with_a_diff_first_and_what_has_left_is_listed(toy: Toy, dsn: str) -> None:
    intake = interpreter({"o-1": "differs", "o-2": "same", "o-3": "differs", "o-4": "no_raw_input", "o-5": "same"})
    async with at_a_door(intake) as url, console(console_settings(toy, dsn, {"order-intake": url})) as operator:
        job = await operator.new(mode="reinterpret", since="2026-11-23T08:00:00Z")
        preview = job["preview"]
        assert preview["by_status"] == {"order-intake": {"differs": 2, "no_raw_input": 1, "same": 2}}
        assert preview["diffs"]["o-3"][0]["today"] == "생일 축하해"
        assert preview["dispatched"] == [{"order_id": "o-1", "dispatched": [{"line_id": "1", "quantity": 1}]}]
        assert intake.state.applied == []
        await operator.act(job, "apply")
        done = await operator.at_rest(job["replay_id"], ("done", "failed"))
        assert done["outcomes"] == {"order-intake": {"done": 2, "handled": 2, "refused": 1}}


async def test_a_projection_is_rebuilt_and_its_hash_told(toy: Toy, dsn: str) -> None:
    app: FastAPI = keeper(["held_orders"])
    async with at_a_door(app) as url, console(console_settings(toy, dsn, {"notifier": url})) as operator:
        job = await operator.new(mode="rebuild")
        assert job["preview"]["by_status"] == {"notifier": {"to be rebuilt": 1}}
        await operator.act(job, "apply")
        await operator.at_rest(job["replay_id"], ("done", "failed"))
        [item] = (await operator.report(job["replay_id"]))["items"]
        assert item["outcomes"]["notifier"]["reason"] == "7 records in 1.5 s; its hash is the same as before"


@asynccontextmanager
async def silent_owner(toy: Toy, dsn: str) -> AsyncIterator[tuple[FastAPI, Operator, dict[str, Any]]]:
    """Who says what it is asked to and never tells; what it is asked for runs."""
    owner = publisher(IDS, set())
    owner.state.silent = True
    async with at_a_door(owner) as url, console(console_settings(toy, dsn, {"fulfiller": url})) as operator:
        job = await operator.new(mode="republish", partner="swift", since="2026-11-23T08:00:00Z")
        await operator.act(job, "apply")
        await eventually(lambda: owner.state.asked)
        yield owner, operator, job


async def says(operator: Operator, job: dict[str, Any], words: str) -> bool:
    return words in (await operator.one(job["replay_id"]))["says"]


async def test_a_job_says_who_does_not_answer_until_it_does(
    toy: Toy, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(course, "SILENT_S", 0.3)
    async with silent_owner(toy, dsn) as (owner, operator, job):
        await eventually(lambda: says(operator, job, "no result for 0 s of fulfiller"))
        owner.state.silent = False
        done = await operator.at_rest(job["replay_id"], ("done",))
        assert done["outcomes"] == {"fulfiller": {"republished": 5}}


async def test_a_cancelled_job_ends_where_nobody_answers_and_resumed_hears_all(
    toy: Toy, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(course, "SILENT_S", 0.3)
    async with silent_owner(toy, dsn) as (owner, operator, job):
        await operator.act(job, "cancel")

        async def ended() -> bool:
            return (await operator.one(job["replay_id"]))["items"] == {"chosen": 5}

        await eventually(ended)
        owner.state.silent = False
        await operator.act(job, "resume")
        done = await operator.at_rest(job["replay_id"], ("done",))
        assert done["outcomes"] == {"fulfiller": {"republished": 5}}


async def test_what_has_no_result_when_its_ticket_ends_is_sent_anew(
    toy: Toy, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(course, "RENEW_EVERY_S", 0.3)
    monkeypatch.setattr(course, "GOOD_FOR", timedelta())
    async with silent_owner(toy, dsn) as (owner, operator, job):
        await eventually(lambda: len(owner.state.asked) > 1)
        owner.state.silent = False
        await operator.at_rest(job["replay_id"], ("done",))


async def test_a_service_that_is_away_now_and_then_does_not_make_a_preview_begin_anew(
    toy: Toy, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "PATIENT_S", (0.0, 0.0))
    intake, asked = interpreter({f"o-{n}": "same" for n in range(9)}), list[str]()

    @intake.middleware("http")
    async def every_other_is_answered(request: Request, call_next: RequestResponseEndpoint) -> Response:
        asked.append(request.url.path)
        return Response(status_code=503) if len(asked) % 2 else await call_next(request)

    async with at_a_door(intake) as url, console(console_settings(toy, dsn, {"order-intake": url})) as operator:
        job = await operator.new(mode="reinterpret", since="2026-11-23T08:00:00Z")
        assert (job["state"], job["preview"]["records"]) == ("ready", 9)
        assert asked == ["/raw-inputs"] * 10 + ["/reinterpretations/preview"] * 2
