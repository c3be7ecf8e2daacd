"""The command as a user meets it: a process, its exit code and what it prints."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from baesong.ownership import is_free
from baesong.platform_only import Platform
from baesong.ports import free_ports


class Shell:
    """Runs `baesong` against a folder, with stand-ins for the services."""

    def __init__(self, program: str, state: Path, stand_ins: Path) -> None:
        self.program, self.state = program, state
        self.port = free_ports(1)[0]
        self.mark = "live"
        self.environment = dict(os.environ) | {"BAESONG_STATE": str(state), "PYTHONPATH": str(stand_ins)}

    async def __call__(self, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return await asyncio.to_thread(
            subprocess.run,
            [self.program, *words],
            env=self.environment | environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    async def up(self, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return await self("up", "--mark", self.mark, "--port", str(self.port), *words, **environment)


@pytest.fixture
async def alone(baesong: str, tmp_path: Path, stand_ins: Path) -> AsyncIterator[Shell]:
    """A shell whose instance has a Kafka and a PostgreSQL of its own."""
    shell = Shell(baesong, tmp_path / "state", stand_ins)
    yield shell
    noted = shell.state / "processes.json"
    if noted.exists() and json.loads(noted.read_text()):
        await shell("down")


@pytest.fixture
def shell(alone: Shell, platform: Platform) -> Shell:
    """A shell whose instance stands on those of this run, which is quicker."""
    alone.environment |= {"KAFKA_BOOTSTRAP_SERVERS": platform.bootstrap, "DATABASE_URL": platform.admin_dsn}
    alone.mark = "test"
    return alone


def one_line(answer: "subprocess.CompletedProcess[str]") -> str:
    assert answer.returncode == 1
    assert answer.stderr.strip().splitlines()[-1].startswith("baesong: ")
    assert "Traceback" not in answer.stderr
    return answer.stderr.strip().splitlines()[-1]


async def test_up_status_logs_down(alone: Shell) -> None:
    started = await alone.up("--replicas", "allocator=2", "--json")
    assert started.returncode == 0, started.stderr
    assert json.loads(started.stdout)["services"]["order_intake"] == [f"http://127.0.0.1:{alone.port}"]

    assert "already (pid" in one_line(await alone.up())

    status = json.loads((await alone("status", "--json")).stdout)["parts"]
    assert set(status) == {
        "kafka",
        "postgres",
        "mail",
        "order_intake",
        "allocator",
        "allocator-1",
        "fulfiller",
        "notifier",
        "console",
    }
    assert all(part["ready"] and part["pid"] for part in status.values())
    os.kill(status["fulfiller"]["pid"], 9)
    while (await status_of(alone, "fulfiller"))["restarts"] == 0:
        await asyncio.sleep(0.2)
    assert "was killed by SIGKILL" in (await status_of(alone, "fulfiller"))["reason"]

    assert "allocator-1: ready" in (await alone("logs", "supervisor")).stdout
    assert "order_intake" in one_line(await alone("logs", "nonsense"))
    assert (await alone("down")).returncode == 0
    assert "start it with `baesong up`" in one_line(await alone("status"))
    assert (await alone("down")).returncode == 0


async def status_of(shell: Shell, part: str) -> dict[str, object]:
    return dict(json.loads((await shell("status", "--json")).stdout)["parts"][part])


async def test_what_fails_at_a_start_is_named_nothing_is_left_and_the_next_try_works(shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", shell.port + 1)):
        said = one_line(await shell.up())
        assert f"port {shell.port + 1} of allocator is taken by pid {os.getpid()}" in said
    said = one_line(await shell.up(STAND_IN="dies:NOTIFIER"))
    assert "notifier ended at its start: ValueError: this stand-in was told to die" in said
    assert json.loads((shell.state / "processes.json").read_text()) == {}
    first = json.loads((await shell.up("--json")).stdout)
    await is_the_same_after_a_second_up(shell, first)


async def is_the_same_after_a_second_up(shell: Shell, first: dict[str, object]) -> None:
    secrets = (shell.state / "secrets.json").read_text()
    await shell("down")
    assert json.loads((await shell.up("--json")).stdout) == first
    assert (shell.state / "secrets.json").read_text() == secrets
    assert (shell.state / "secrets.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("missing", "said"),
    [("java", "apt-get install openjdk-17-jre-headless"), ("mvn", "apt-get install maven")],
)
async def test_what_is_not_installed_is_named_with_how_to_get_it(
    alone: Shell, tmp_path: Path, missing: str, said: str
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in {"java", "mvn"} - {missing}:
        (tools / name).symlink_to(shutil.which(name) or name)
    empty_cache = {"BAESONG_CACHE": str(tmp_path / "cache")} if missing == "mvn" else {}
    assert said in one_line(await alone.up(PATH=str(tools), **empty_cache))


async def test_a_database_server_that_is_away_is_named_without_its_password(shell: Shell) -> None:
    away = f"postgresql://someone:hush@127.0.0.1:{free_ports(1)[0]}/postgres"
    said = one_line(await shell.up(DATABASE_URL=away))
    assert "PostgreSQL at 127.0.0.1" in said
    assert "hush" not in said


async def test_a_kafka_that_is_away_is_named(shell: Shell) -> None:
    away = f"127.0.0.1:{free_ports(1)[0]}"
    assert f"no Kafka answers at {away}" in one_line(await shell.up(KAFKA_BOOTSTRAP_SERVERS=away))


async def test_a_start_that_is_interrupted_leaves_nothing_running(alone: Shell) -> None:
    words = [alone.program, "up", "--port", str(alone.port)]
    start = subprocess.Popen(words, env=alone.environment, stderr=subprocess.PIPE, text=True)
    noted = alone.state / "processes.json"
    while not (noted.exists() and "kafka" in noted.read_text()):
        await asyncio.sleep(0.02)
    start.send_signal(signal.SIGINT)
    _, said = await asyncio.to_thread(start.communicate, timeout=60)
    assert start.returncode == 130
    assert "Traceback" not in said
    assert json.loads(noted.read_text()) == {}
    assert is_free(alone.state)


def runs(pid: int) -> bool:
    """A process whose parent was killed stays a zombie where nobody reaps it."""
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


async def test_up_starts_anew_and_down_stops_what_a_killed_supervisor_left(shell: Shell) -> None:
    assert (await shell.up()).returncode == 0
    left = await killed_supervisor(shell)
    assert (await shell.up()).returncode == 0
    assert not any(runs(pid) for pid in left)
    left = await killed_supervisor(shell)
    assert (await shell("down", "--json")).stdout == '{\n  "stopped": true\n}\n'
    assert not any(runs(pid) for pid in left)


async def killed_supervisor(shell: Shell) -> list[int]:
    """Kill it, and give the processes it leaves."""
    running = json.loads((await shell("status", "--json")).stdout)
    os.kill(running["supervisor"], signal.SIGKILL)
    assert "start it with `baesong up`" in one_line(await shell("status"))
    return [part["pid"] for part in running["parts"].values()]
