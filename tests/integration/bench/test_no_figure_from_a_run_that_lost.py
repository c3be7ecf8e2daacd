"""The count is no ornament: take one record away, and there is no figure."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from baesong.bench import drain
from baesong.bench.drain import Backlog
from baesong.bench.floor.hops import MEASURED
from baesong.bench.floor.run import run_floor
from baesong.bench.orders import Checkout, catalogue
from baesong.bench.pipeline import run_pipeline
from baesong.bench.showing import shown
from baesong.errors import BaesongError

SENT = drain.preload
WARM, ORDERS = 20, 40


@pytest.fixture
def backlog(tmp_path: Path) -> Backlog:
    return Backlog(catalogue(tmp_path, data=Path("no real orders")), secrets.token_hex(6), ORDERS, WARM)


async def all_but_one(bootstrap, topic, checkouts: Iterator[Checkout], tell) -> list[str]:
    """Say that all were sent, and keep the last of the backlog back."""
    rows = list(checkouts)
    await SENT(bootstrap, topic, rows[:-1] if len(rows) == ORDERS else rows, tell)
    return [row.order_id for row in rows]


async def test_the_pipeline_has_no_figure_when_an_order_is_missing(backlog, monkeypatch):
    monkeypatch.setattr(drain, "preload", all_but_one)
    with (
        shown(Console(stderr=True, quiet=True)) as show,
        pytest.raises(BaesongError, match="1 orders were never placed"),
    ):
        await run_pipeline(backlog, show)


async def test_the_floor_has_no_figure_when_a_record_is_missing(backlog, monkeypatch):
    monkeypatch.setattr(drain, "preload", all_but_one)
    with shown(Console(stderr=True, quiet=True)) as show, pytest.raises(BaesongError, match="lost or doubled"):
        await run_floor(backlog, MEASURED, show)
