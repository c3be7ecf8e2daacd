"""What no offset covers: requests, with their key, their idempotency and the relay behind them."""

import asyncpg
import httpx
from fastapi import APIRouter

from order_events import Cause, Event
from running_services import eventually
from service_runtime import Act, Read, Reply, Work
from service_runtime.service import run_service
from toy import SQL, Told
from toy_service import Toy

router = APIRouter()
KEY = {"Authorization": "Bearer key"}


@router.post("/asks/{order_id}")
async def ask(order_id: str, n: int, act: Act) -> object:
    async def decide(work: Work, cause: Cause) -> Reply:
        rows = await work.conn.fetch(SQL.count, [order_id], [n])
        count = rows[0]["count"]
        work.emit(Event(Told(order_id=order_id, count=count), count, cause))
        return Reply(201, {"count": count})

    return (await act.once([order_id], decide)).response()


@router.post("/refusals/{order_id}")
async def refuse(order_id: str, act: Act) -> object:
    async def decide(_: Work, __: Cause) -> Reply:
        return Reply.problem(409, "order_id", "too_late", "it has left", actions=[])

    return (await act.once([order_id], decide)).response()


@router.get("/asks/{order_id}")
async def asked(order_id: str, read: Read) -> dict[str, int]:
    row = await read.fetchrow("SELECT count FROM counted WHERE order_id = $1", order_id)
    return {"count": row["count"] if row else 0}


async def client_of(toy: Toy, running: object) -> httpx.AsyncClient:
    app = toy.service(routers=[router]).app()
    app.state.running = running
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://toy")


async def test_a_request_without_the_key_is_refused_without_detail(toy: Toy) -> None:
    async with run_service(toy.service()) as it, await client_of(toy, it) as http:
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic key"}):
            assert (await http.post("/asks/a?n=1", headers=headers)).status_code == 401
            assert (await http.get("/asks/a", headers=headers)).status_code == 401
    assert await toy.counts() == {}


async def test_a_repeat_of_a_refusal_gets_the_same_bytes(toy: Toy) -> None:
    once = {**KEY, "Idempotency-Key": "k-1"}
    async with run_service(toy.service()) as it, await client_of(toy, it) as http:
        first = await http.post("/refusals/a", headers=once)
        again = await http.post("/refusals/a", headers=once)
    assert first.status_code == again.status_code == 409
    assert (first.content, first.headers["content-type"]) == (again.content, again.headers["content-type"])


async def test_the_same_key_and_body_get_the_same_answer_and_another_body_is_refused(toy: Toy) -> None:
    once = {**KEY, "Idempotency-Key": "k-1"}
    async with run_service(toy.service()) as it, await client_of(toy, it) as http:
        first = await http.post("/asks/a?n=1", headers=once, content=b"x")
        again = await http.post("/asks/a?n=1", headers=once, content=b"x")
        other = await http.post("/asks/a?n=1", headers=once, content=b"y")
        assert (first.status_code, first.json()) == (again.status_code, again.json()) == (201, {"count": 1})
        assert (other.status_code, other.json()["problems"][0]["rule"]) == (422, "other_body")
        assert (await http.get("/asks/a", headers=KEY)).json() == {"count": 1}
    assert len(await toy.told()) == 1


async def test_a_request_that_does_not_validate_names_field_and_rule(toy: Toy) -> None:
    async with run_service(toy.service()) as it, await client_of(toy, it) as http:
        answer = await http.post("/asks/a?n=many", headers=KEY)
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["field"] == "n"
    assert answer.json()["problems"][0]["rule"] == "int_parsing"


async def test_what_a_killed_writer_left_pending_is_relayed(toy: Toy) -> None:
    async with run_service(toy.service()) as it, await client_of(toy, it) as http:
        publish, it.log.publish = it.log.publish, _is_killed
        assert (await http.post("/asks/a?n=1", headers=KEY)).status_code == 500
        it.log.publish = publish
        await eventually(lambda: toy.holds("SELECT NOT EXISTS (SELECT FROM outbox_pending)"))
    assert len(await toy.told()) == 1


class KilledError(Exception):
    """Stands for the end of the process."""


async def _is_killed(_: object) -> None:
    raise KilledError


async def test_live_ready_and_metrics_answer_without_a_key(toy: Toy) -> None:
    async with run_service(toy.service()) as it, await client_of(toy, it) as http:
        await eventually(lambda: not it.waits_for())
        assert (await http.get("/live")).json()["service"] == "toy"
        assert (await http.get("/ready")).json() == {"ready": True, "waits_for": []}
        assert "baesong_records_total" in (await http.get("/metrics")).text


async def test_an_act_whose_rows_cannot_be_forgotten_is_done_once_and_relayed(toy: Toy) -> None:
    """A deadlock after COMMIT must not decide again: the second delivery is the log's, not the customer's."""
    async with run_service(toy.service()) as it, await client_of(toy, it) as http:
        forget, it.store.published = it.store.published, _deadlocks
        answer = await http.post("/asks/a?n=1", headers=KEY)
        it.store.published = forget
        assert (answer.status_code, answer.json()) == (201, {"count": 1})
        await eventually(lambda: toy.holds("SELECT NOT EXISTS (SELECT FROM outbox_pending)"))
    assert await toy.counts() == {"a": [1]}
    assert len({dict(r.headers)["ce_id"] for r in await toy.told()}) == 1


async def _deadlocks(_: object) -> None:
    raise asyncpg.DeadlockDetectedError("somebody else was there")
