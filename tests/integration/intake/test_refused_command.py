"""`baesong refused` against a running order-intake."""

import asyncio
import json
from pathlib import Path

from click.testing import Result
from tests.integration.intake.conftest import Intake
from tests.integration.intake.test_shop_command import state
from tests.unit.intake.checkouts import checkout
from typer.testing import CliRunner

from baesong.cli import app
from baesong.errors import BaesongError

__all__ = ["state"]  # the instance's folder is made as for the other command


async def refused(state: Path, *words: str) -> Result:
    return await asyncio.to_thread(lambda: CliRunner().invoke(app, ["refused", *words, "--state", str(state)]))


async def test_what_was_turned_away_is_listed_shown_and_tried_again(intake: Intake, state: Path):
    refused_id = (await intake.post(checkout(source_id="rc1", lines=[]))).json()["refused_id"]
    said = (await refused(state, "list", "--limit", "1", "--json")).stdout
    listed = json.JSONDecoder().raw_decode(said[said.index("{") :])[0]["refused"]  # this process also runs the service
    assert [one["refused_id"] for one in listed] == [refused_id]
    assert "lines" in (await refused(state, "list")).output
    assert '"source_id": "rc1"' in (await refused(state, "show", refused_id)).output
    again = await refused(state, "retry", refused_id)
    assert isinstance(again.exception, BaesongError)
    assert "too_short" in str(again.exception) or "at least" in str(again.exception)


async def test_an_id_nobody_knows_says_where_to_look(intake: Intake, state: Path):
    found = await refused(state, "show", "00000000-0000-0000-0000-000000000000")
    assert "baesong refused list" in str(found.exception)
