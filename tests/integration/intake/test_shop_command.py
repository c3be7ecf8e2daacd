"""`baesong shop` as an operator meets it, against a running order-intake: its words, its JSON, and no secret."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
import structlog
import uvicorn
from click.testing import Result
from tests.integration.intake.conftest import Intake
from typer.testing import CliRunner

from baesong.cli import app
from baesong.connection import Connection
from baesong.errors import BaesongError
from baesong.ownership import claim
from order_intake.store import shops as store

SECRET = "shpss_Kq3-8fN0pWvL2"


@pytest.fixture(autouse=True)
def logged() -> Iterator[StringIO]:
    """What the service logs, apart from what the command prints: both are in this process. No secret is in it."""
    log = StringIO()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(log))
    yield log
    structlog.reset_defaults()
    assert SECRET not in log.getvalue()


@pytest.fixture
async def state(intake: Intake, tmp_path: Path) -> AsyncIterator[Path]:
    """The folder of an instance whose order-intake answers over HTTP."""
    with socket.create_server(("127.0.0.1", 0)) as listening, claim(tmp_path):
        asgi = intake.http._transport.app  # type: ignore[attr-defined]
        server = uvicorn.Server(uvicorn.Config(asgi, lifespan="off", log_config=None))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        where = {"state": tmp_path, "maildir": tmp_path, "mark": "test", "topic_prefix": "", "partners": ()}
        none = {"bootstrap": "", "admin_dsn": "", "dsns": {}, "replay_key": "", "smtp_url": None, "smtp_find_url": None}
        Connection(**where, **none, urls={"order_intake": [url]}, api_keys={"order_intake": "key"}).noted()
        yield tmp_path
        server.should_exit = True
        await serving


@pytest.fixture
def code() -> str:
    return f"c{uuid4().hex[:8]}"


async def shop(state: Path, *words: str, stdin: str = "", **environment: str) -> Result:
    def run() -> Result:
        return CliRunner().invoke(app, ["shop", *words, "--state", str(state)], input=stdin, env=environment)

    result = await asyncio.to_thread(run)
    assert SECRET not in result.output
    return result


async def told(state: Path, *words: str) -> dict[str, object]:
    result = await shop(state, *words, "--json")
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


async def refused(state: Path, *words: str) -> str:
    result = await shop(state, *words)
    assert isinstance(result.exception, BaesongError)
    assert SECRET not in str(result.exception)
    return str(result.exception)


async def test_a_shop_is_added_changed_listed_and_shown(state: Path, code: str):
    added = await shop(
        state, "add", code, "--set", "currency=KRW", "--set", "time_zone=Asia/Seoul", "--reason", "opening"
    )
    assert added.stdout == f"shop {code} is changed, version 1\n"
    words = ("--set", "payment.card.hours=48", "--set", 'skus."A.1"=A1', "--set", "skus.OLD=A2", "--actor", "mina")
    changed = await told(state, "set", code, *words)
    assert (changed["version"], changed["changed"]) == (2, True)
    await shop(state, "set", code, "--unset", "skus.OLD")
    whole = await told(state, "show", code)
    document = whole["document"]
    assert (document["currency"], document["payment"]["card"]["hours"], document["skus"]) == ("KRW", 48, {"A.1": "A1"})
    assert [one["actor"] for one in whole["acts"]][1] == "mina"
    assert "payment" in (await shop(state, "show", code)).stdout
    assert code in (await shop(state, "list")).stdout
    as_it_was = await shop(state, "set", code, "--set", "currency=KRW")
    assert as_it_was.stdout == f"shop {code} is as it was, version 3\n"


async def test_a_file_describes_a_shop_whole(state: Path, code: str, tmp_path: Path):
    file = tmp_path / "shop.json"
    file.write_text('{"locale": "ko-KR", "skus": {"A": "B"}}')
    await told(state, "add", code, "--from", str(file))
    file.write_text('{"time_zone": "Asia/Seoul"}')
    changed = await told(state, "set", code, "--from", str(file), "--set", "locale=ja")
    assert {name: changed["document"][name] for name in ("locale", "skus", "time_zone")} == {
        "locale": "ja", "skus": {}, "time_zone": "Asia/Seoul",
    }  # fmt: skip


async def test_a_secret_comes_from_a_file_the_environment_or_standard_input_and_is_never_shown(
    state: Path, intake: Intake, code: str, tmp_path: Path
):
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}-1\n")
    await shop(state, "add", code, "--secret-file", str(file))
    rotated = await shop(state, "set", code, "--secret-env", "SHOP_SECRET", SHOP_SECRET=f"{SECRET}-2")
    assert rotated.stdout == f"shop {code} is changed, webhook secrets held: 2\n"
    assert "two secrets are held" in await refused(state, "set", code, "--secret-file", str(_other(tmp_path)))
    await shop(state, "set", code, "--drop-old")
    await shop(state, "set", code, "--secret-stdin", stdin=f"{SECRET}-3\n")
    held = [one.get_secret_value() for one in await store.secrets_of(intake.db, code)]
    assert held == [f"{SECRET}-3", f"{SECRET}-2"]
    assert len((await told(state, "show", code))["secrets"]) == 2


def _other(folder: Path) -> Path:
    (folder / "other").write_text(f"{SECRET}-4")
    return folder / "other"


async def test_no_option_takes_a_secret_as_a_word():
    for command in ("add", "set"):
        said = CliRunner().invoke(app, ["shop", command, "s", "--secret", SECRET])
        assert said.exit_code == 2


async def test_a_key_is_printed_alone_and_opens_the_shop_until_it_is_dropped(state: Path, intake: Intake, code: str):
    await told(state, "add", code)
    made = await shop(state, "key", code, "--note", "the till")
    key = made.stdout.strip()
    assert (await store.registry(intake.db)).shop_of_key(key) == code
    [known] = (await told(state, "show", code))["keys"]
    assert known["note"] == "the till"
    await told(state, "drop-key", code, known["key_id"], "--reason", "lost")
    assert (await store.registry(intake.db)).shop_of_key(key) is None


async def test_what_is_wrong_is_said_in_one_line_with_its_field(state: Path, code: str, tmp_path: Path):
    assert "there is no shop" in await refused(state, "show", code)
    assert "baesong shop add" in await refused(state, "set", code, "--set", "locale=ko")
    wrong = await refused(state, "add", code, "--set", "time_zone=Asia/Soul", "--set", "calendar.cut_off=2pm")
    assert "shop.time_zone: no such time zone: say one such as Asia/Seoul" in wrong
    assert "shop.calendar.cut_off: must be a time of day" in wrong
    await told(state, "add", code)
    assert "at version 1" in await refused(state, "add", code)
    assert "say what changes" in await refused(state, "set", code)
    assert "PATH=VALUE" in await refused(state, "set", code, "--set", "locale")
    assert "there is nothing in locale" in await refused(state, "set", code, "--set", "locale.x=1")
    assert "none to take out" in await refused(state, "set", code, "--unset", "skus.A")
    assert "cannot be read" in await refused(state, "set", code, "--from", str(tmp_path / "none"))
    assert "cannot be read" in await refused(state, "set", code, "--secret-file", str(tmp_path / "none"))
    assert "no secret in the environment's NOWHERE" in await refused(state, "set", code, "--secret-env", "NOWHERE")
    assert "one secret at a time" in await refused(state, "set", code, "--secret-env", "A", "--secret-stdin")
    assert "no key 000000000000" in await refused(state, "drop-key", code, "0" * 12)
