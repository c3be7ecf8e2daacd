"""Errors as RFC 9457 says them."""

import json
from types import SimpleNamespace

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from service_runtime import Read, Reply, Service, ServiceSettings
from service_runtime.problem_details import MEDIA_TYPE, NAME, documented


def test_an_error_says_what_the_rfc_asks_for_and_the_field_and_rule_beside():
    response = Reply.problem(422, "lines[0].quantity", "greater_than", "must be greater than 0").response()
    assert response.headers["content-type"] == MEDIA_TYPE
    assert json.loads(response.body) == {
        "type": "about:blank",
        "title": "Unprocessable Entity",
        "status": 422,
        "detail": "lines[0].quantity: must be greater than 0",
        "problems": [{"field": "lines[0].quantity", "rule": "greater_than", "message": "must be greater than 0"}],
    }


def test_what_may_be_asked_again_says_when():
    response = Reply.later("away", "the database is away", 5).response()
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")


def test_an_answer_that_is_no_error_stays_as_it_is():
    response = Reply(201, {"order_id": "o"}).response()
    assert (response.headers["content-type"], json.loads(response.body)) == ("application/json", {"order_id": "o"})


@pytest.mark.parametrize("status", ["404", "422"])
def test_the_document_says_of_every_error_that_it_is_one(status):
    app = FastAPI()

    @app.get("/orders/{order_id}", responses={404: {"description": "Nothing is known under this id"}})
    def show(order_id: str, limit: int = 1) -> dict[str, str]:
        return {order_id: str(limit)}

    document = documented(app)
    said = document["paths"]["/orders/{order_id}"]["get"]["responses"][status]
    assert said["content"] == {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{NAME}"}}}
    assert "HTTPValidationError" not in document["components"]["schemas"]
    assert documented(app) == document


async def test_every_error_is_a_problem_detail_whoever_raises_it():
    router = APIRouter()

    @router.get("/numbers")
    async def numbers(n: int) -> float:
        return 1 / n

    @router.get("/kept")
    async def kept(read: Read) -> None: ...

    settings = ServiceSettings(database_url="postgresql://", api_key="key", KAFKA_BOOTSTRAP_SERVERS="none")
    app = Service("toy", settings, [], routers=[router]).app()
    app.state.running = SimpleNamespace(settings=settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://toy") as http:
        paths = ("/kept", "/nowhere", "/numbers?n=x", "/numbers?n=0")
        answers = [*[await http.get(path) for path in paths], await http.delete("/kept")]
    assert [one.status_code for one in answers] == [401, 404, 422, 500, 405]
    assert {one.headers["content-type"] for one in answers} == {MEDIA_TYPE}
    assert all((one.json()["type"], one.json()["status"]) == ("about:blank", one.status_code) for one in answers)
    assert "division" not in answers[3].text
