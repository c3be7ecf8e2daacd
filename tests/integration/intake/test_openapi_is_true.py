"""Whatever is sent to order-intake, it answers as its OpenAPI document says, and never with a mistake of its own."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import CHECKS

from baesong.bench.knocking import ALONE
from baesong.connection import Connection
from baesong.running import running
from sizes import size

DOCUMENT = Path(__file__).parents[3] / "services" / "order-intake" / "openapi.json"
WANTED = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")
EXAMPLES = size(15, 500)  # of each operation
STREAMS = ("/orders/bulk",)  # rows of another format than JSON: `test_posting.py`


@pytest.fixture(scope="module")
async def connection() -> AsyncIterator[Connection]:
    async with running(replace(ALONE, own={})) as instance:
        yield instance.connection


async def test_every_answer_is_one_that_the_document_names(connection: Connection):
    """An unexplained 5xx, a status or a body that the document does not know: none."""
    statuses = await asyncio.to_thread(asked, connection.url("order_intake"), connection.key_header("order_intake"))
    assert sum(statuses.values()) > EXAMPLES * 20
    assert {200, 404, 422} <= statuses.keys()


def asked(url: str, key: dict[str, str]) -> Counter[int]:
    """Ask every operation at random; how often each status was answered."""
    schema = schemathesis.openapi.from_path(DOCUMENT)
    checks = [check for check in CHECKS.get_all() if check.__name__ in WANTED]
    assert len(checks) == len(WANTED)
    statuses: Counter[int] = Counter()
    wrong = []
    for operation in schema.get_all_operations():
        if operation.ok().path in STREAMS:
            continue
        try:
            _ask(operation.ok(), url, key, checks, statuses)
        except BaseExceptionGroup as failures:
            wrong.append(f"{operation.ok().label}: {failures}")
    assert not wrong, "\n".join(wrong)
    return statuses


def _ask(operation: Any, url: str, key: dict[str, str], checks: list[Any], statuses: Counter[int]) -> None:
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        case.headers = {**(case.headers or {}), **key}
        response = case.call_and_validate(base_url=url, checks=checks, timeout=30)
        statuses[response.status_code] += 1

    ask()
