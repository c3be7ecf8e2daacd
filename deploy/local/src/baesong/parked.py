"""What services put aside, asked of them and acted on over HTTP."""

import json
import uuid
from collections.abc import Sequence
from typing import Any

from baesong.api import Api
from baesong.connection import Connection
from baesong.errors import BaesongError

STATES = ("parked", "retried", "amended", "discarded")
A_PAGE = 1000


async def parked_of(connection: Connection, services: Sequence[str], every: bool) -> dict[str, dict[str, Any]]:
    """What each service has parked, and whether it is braked or has paused a topic."""
    found = {}
    for service in services:
        async with Api(connection, service) as api:
            found[service] = {"parked": await _all(api, STATES if every else STATES[:1]), "brake": await _brake(api)}
    return found


async def _all(api: Api, states: Sequence[str]) -> list[dict[str, Any]]:
    asked = "&".join(f"state={state}" for state in states)
    rows: list[dict[str, Any]] = []
    while True:
        after = rows[-1]["parked_id"] if rows else 0
        page = await api.get(f"/parked?{asked}&after={after}&limit={A_PAGE}") or {"parked": []}
        rows += page["parked"]
        if len(page["parked"]) < A_PAGE:
            return rows


async def _brake(api: Api) -> dict[str, Any]:
    return await api.get("/brake") or {"braked": None, "paused_topics": {}}


async def one_parked(connection: Connection, service: str, number: int) -> dict[str, Any]:
    """One parked row whole.

    Raises:
        BaesongError: there is none of that number.
    """
    async with Api(connection, service) as api:
        found = await api.get(f"/parked/{number}")
    if found is None:
        raise BaesongError(f"{service} has parked nothing under {number}: `baesong parked list {service}` shows what")
    return found


async def act(api: Api, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Do it, once.

    Raises:
        BaesongError: the service refused; says why.
    """
    answer = await api.write("POST", path, body, str(uuid.uuid4()))
    if answer.is_error:
        raise BaesongError("; ".join(one["message"] for one in answer.json()["problems"]))
    return dict(answer.json())


def changes_in(words: Sequence[str]) -> dict[str, Any]:
    """`lines.0.quantity=2` as a path and a JSON value; what is no JSON is a text.

    Raises:
        BaesongError: a word has no `=`.
    """
    return {path: _value(text) for path, text in map(_halves, words)}


def headers_in(words: Sequence[str]) -> dict[str, str]:
    """`name=text` as a header."""
    return dict(map(_halves, words))


def _halves(word: str) -> tuple[str, str]:
    name, equals, text = word.partition("=")
    if not equals or not name:
        raise BaesongError(f"{word}: say it as PATH=VALUE")
    return name, text


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
