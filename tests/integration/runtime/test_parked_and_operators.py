"""What operators do with what is parked, on a running service: each act once, written down, in the order's sequence."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from running_services import Raw, eventually, running, said
from toy import Asked
from toy_service import Toy, ask

TOO_LARGE = 10**12


@asynccontextmanager
async def served(toy: Toy) -> AsyncIterator[httpx.AsyncClient]:
    service = toy.service()
    async with running(service) as it:
        app = service.app()
        app.state.running = it
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://toy") as client:
            client.headers["Authorization"] = "Bearer key"
            yield client


async def the_parked(client: httpx.AsyncClient, **asked: Any) -> list[dict[str, Any]]:
    return list((await client.get("/parked", params=asked)).json()["parked"])


async def one_parked(client: httpx.AsyncClient) -> int:
    await eventually(lambda: _some(client))
    [one] = await the_parked(client)
    return int(one["parked_id"])


async def _some(client: httpx.AsyncClient) -> bool:
    return bool(await the_parked(client))


def a_bug(order: str, n: int) -> Raw:
    return said(Asked(order_id=order, n=TOO_LARGE), n, f"bug {order} {n}")


async def test_an_amended_event_runs_in_its_place_and_the_original_stays(toy: Toy) -> None:
    await toy.send(ask("a", 1), a_bug("a", 2), ask("a", 3))
    async with served(toy) as client:
        number = await one_parked(client)
        body = {"actor": "kim", "reason": "a digit too many", "set": {"n": 2}}
        amended = await client.post(f"/parked/{number}/amend", json=body)
        assert amended.status_code == 200, amended.text
        await eventually(lambda: toy.counts_are({"a": [1, 2, 3]}))
        shown = (await client.get(f"/parked/{number}")).json()
        assert shown["state"] == "amended"
        assert [(one["act"], one["actor"], one["reason"]) for one in shown["acts"]] == [
            ("amend", "kim", "a digit too many")
        ]
        again = await client.post(f"/parked/{number}/amend", json=body)
        assert again.status_code == 409
        assert await the_parked(client) == []
    assert await toy.holds("SELECT NOT EXISTS (SELECT FROM blocked)")


async def test_a_retry_that_fails_again_is_the_same_row_and_a_discard_lets_the_others_go_on(toy: Toy) -> None:
    await toy.send(ask("a", 1), a_bug("a", 2), ask("a", 3))
    async with served(toy) as client:
        number = await one_parked(client)
        assert (await client.post(f"/parked/{number}/retry", json={"actor": "kim"})).status_code == 200
        await eventually(lambda: toy.holds("SELECT times = 2 AND state = 'parked' FROM parked"))
        assert await toy.counts_are({"a": [1]})
        shown = (await client.get(f"/parked/{number}")).json()
        assert len(shown["waiting_behind"]) == 1
        unreasoned = await client.post(f"/parked/{number}/discard", json={"actor": "kim"})
        assert unreasoned.status_code == 422
        discarded = await client.post(f"/parked/{number}/discard", json={"actor": "kim", "reason": "never meant"})
        assert discarded.json()["waiting"] == 1
        await eventually(lambda: toy.counts_are({"a": [1, 3]}))
        states = await the_parked(client, state="discarded")
        assert [one["parked_id"] for one in states] == [number]


async def test_a_record_that_could_not_be_read_is_amended_or_taken_when_sent_again(toy: Toy) -> None:
    topic, key, value, headers = ask("a", 1)
    await toy.send((topic, key, b"{}", headers))
    async with served(toy) as client:
        number = await one_parked(client)
        unread = await client.post(f"/parked/{number}/retry", json={"actor": "kim"})
        assert unread.status_code == 409
        assert "cannot be read yet" in unread.text
        half = {"actor": "kim", "reason": "half", "set": {"order_id": "a"}}
        assert (await client.post(f"/parked/{number}/amend", json=half)).status_code == 422
        whole = {"actor": "kim", "reason": "whole", "set": {"order_id": "a", "n": 7}}
        assert (await client.post(f"/parked/{number}/amend", json=whole)).status_code == 200
        await eventually(lambda: toy.counts_are({"a": [7]}))
        await toy.send((topic, key, value, headers))  # the mended resend, with the id the poison had
        await eventually(lambda: toy.counts_are({"a": [7, 1]}))


async def test_an_act_under_one_idempotency_key_is_done_once(toy: Toy) -> None:
    await toy.send(a_bug("a", 1))
    async with served(toy) as client:
        number = await one_parked(client)
        body, key = {"actor": "kim", "reason": "x"}, {"Idempotency-Key": "k-1"}
        first = await client.post(f"/parked/{number}/discard", json=body, headers=key)
        second = await client.post(f"/parked/{number}/discard", json=body, headers=key)
        assert (first.status_code, first.json()) == (second.status_code, second.json()) == (200, first.json())
        assert await toy.holds("SELECT count(*) = 1 FROM operator_act")


async def test_resume_lifts_the_brake(toy: Toy) -> None:
    await toy.send(*(a_bug(f"bad{n}", 1) for n in range(60)), *(ask(f"o{n}", 1) for n in range(30)))
    async with served(toy) as client:
        await eventually(lambda: toy.holds("SELECT EXISTS (SELECT FROM brake)"), 60)
        assert (await client.get("/brake")).json()["braked"]["reason"].startswith("50 times within a minute")
        assert (await client.get("/ready")).status_code == 503
        resumed = await client.post("/brake/resume", json={"actor": "kim", "reason": "seen, harmless"})
        assert resumed.status_code == 200
        await eventually(lambda: toy.counts_are({f"o{n}": [1] for n in range(30)}), 60)
        assert (await client.post("/brake/resume", json={"actor": "kim", "reason": "x"})).status_code == 409
