"""`baesong verify` as a user and a script see it: its words, its JSON, its exit status."""

import asyncio
import json
from pathlib import Path

from tests.integration.verify.put_there import Scene
from typer.testing import CliRunner

from baesong.cli import app
from baesong.connection import Connection
from baesong.ownership import claim


def connection_to(scene: Scene) -> Connection:
    return Connection(
        state=scene.view.evidence_dir.parent,
        mark="test",
        topic_prefix=scene.view.topic_prefix,
        partners=("swift",),
        bootstrap=scene.view.bootstrap,
        admin_dsn=scene.platform.admin_dsn,
        dsns=scene.view.dsns,
        urls={},
        api_keys={},
        replay_key="",
        smtp_url="smtp://127.0.0.1:1",
        smtp_find_url=None,
        maildir=scene.sink,
    )


async def verified(state: Path, *arguments: str) -> tuple[int, str]:
    result = await asyncio.to_thread(CliRunner().invoke, app, ["verify", "--state", str(state), *arguments])
    return result.exit_code, result.output


async def test_the_command_ends_with_0_then_with_1_and_the_ids_of_what_was_broken(scene: Scene):
    connection = connection_to(scene)
    with claim(connection.state):
        connection.noted()
        status, said = await verified(connection.state)
        assert (status, "all books balance" in said) == (0, True)
        await scene.databases["allocator"].execute("UPDATE stock SET available = 7, damaged = 1")
        status, said = await verified(connection.state, "--json")
    rules = {rule["rule"]: rule["breaks"] for rule in json.loads(said[said.index("{") :])["rules"]}
    assert status == 1
    assert [found["ids"] for found in rules["ledger_is_balance"]] == [["tea-s", "ICN"]]


async def test_the_command_ends_with_2_and_says_what_has_not_settled(scene: Scene):
    connection = connection_to(scene)
    await scene.databases["order_intake"].execute("INSERT INTO outbox_pending VALUES ('c', 0, now())")
    with claim(connection.state):
        connection.noted()
        status, said = await verified(connection.state, "--timeout", "0")
    assert (status, "order_intake: 1 outbox rows pending" in said) == (2, True)


async def test_where_no_instance_runs_the_command_ends_with_2_and_one_line(tmp_path: Path):
    status, said = await verified(tmp_path)
    assert (status, said.count("\n"), "no instance runs" in said) == (2, 1, True)
