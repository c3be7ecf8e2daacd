import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from baesong.connection import connection_of
from baesong.errors import BaesongError
from baesong.instance import InstanceSpec
from baesong.ownership import is_free
from baesong.platform_only import Platform
from baesong.processes import Identity
from baesong.running import clear_orphans, running
from baesong.supervisor import stop_leftovers


def spec(stand_ins: Path, **more: object) -> InstanceSpec:
    environment = {"PYTHONPATH": str(stand_ins)} | dict(more.pop("environment", {}))  # type: ignore[call-overload]
    return InstanceSpec(environment=environment, topics=False, **more)  # type: ignore[arg-type]


@pytest.fixture
def given(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Platform:
    """Lets throwaway instances stand on the Kafka and PostgreSQL of this run, which spares them their own."""
    monkeypatch.setenv("BAESONG_TEST_KAFKA_BOOTSTRAP_SERVERS", platform.bootstrap)
    monkeypatch.setenv("BAESONG_TEST_DATABASE_URL", platform.admin_dsn)
    return platform


async def told(url: str) -> dict[str, str]:
    async with httpx.AsyncClient(trust_env=False) as client:
        return dict((await client.get(url)).json())


async def until(condition: object, timeout_s: float = 15) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it did not come about"
        await asyncio.sleep(0.05)


async def test_each_service_is_told_its_own_addresses_and_no_other_services(given: Platform, stand_ins: Path) -> None:
    async with running(spec(stand_ins, replicas={"allocator": 2}, partners=("swift", "hand"))) as instance:
        connection = instance.connection
        allocator = await told(connection.url("allocator", 1))
        assert allocator["ALLOCATOR_ORDINAL"] == "1"
        assert allocator["BAESONG_INSTANCE_MARK"] == "throwaway"
        assert allocator["BAESONG_PARTNERS"] == "swift,hand"
        assert allocator["BAESONG_TOPIC_PREFIX"] == connection.topic_prefix != ""
        assert allocator["SMTP_FIND_URL"] == connection.smtp_find_url
        assert [name for name in allocator if "NOTIFIER" in name or "FULFILLER" in name or "ORDER_INTAKE" in name] == []
        conn = await asyncpg.connect(allocator["ALLOCATOR_DATABASE_URL"])
        assert await conn.fetchval("select mark from instance_mark") == "throwaway"
        await conn.close()
        assert connection_of(connection.state) == connection
    assert not connection.state.exists()


async def test_a_service_that_dies_is_started_again_with_the_reason_shown(given: Platform, stand_ins: Path) -> None:
    async with running(spec(stand_ins, services=("notifier",), mail=False)) as instance:
        await instance.kill("notifier")
        await until(lambda: instance.supervisor.status()["notifier"]["restarts"] == 1)
        assert instance.supervisor.status()["notifier"]["reason"] == "was killed by SIGKILL"
        assert await told(instance.connection.url("notifier"))


async def test_what_a_throwaway_instance_made_on_a_server_not_its_own_is_gone_at_its_end(
    given: Platform, stand_ins: Path
) -> None:
    made = InstanceSpec(services=("notifier",), mail=False, environment={"PYTHONPATH": str(stand_ins)})
    async with running(made) as instance:
        prefix, name = instance.connection.topic_prefix, urlsplit(instance.connection.dsns["notifier"]).path[1:]
        assert f"{prefix}order.placed" in await topics_of(given)
        assert name in await databases_of(given)
    assert [topic for topic in await topics_of(given) if topic.startswith(prefix)] == []
    assert name not in await databases_of(given)


async def topics_of(platform: Platform) -> list[str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=platform.bootstrap)
    await admin.start()
    try:
        return list(await admin.list_topics())
    finally:
        await admin.close()


async def databases_of(platform: Platform) -> list[str]:
    conn = await asyncpg.connect(platform.admin_dsn)
    try:
        return [row["datname"] for row in await conn.fetch("select datname from pg_database")]
    finally:
        await conn.close()


async def test_a_part_is_stopped_and_started_with_a_setting_for_that_start_only(
    given: Platform, stand_ins: Path
) -> None:
    async with running(spec(stand_ins, services=("notifier",), mail=False)) as instance:
        await instance.restart("notifier", {"BAESONG_FAILPOINT": "after_commit"})
        assert (await told(instance.connection.url("notifier")))["BAESONG_FAILPOINT"] == "after_commit"
        await instance.restart("notifier")
        assert "BAESONG_FAILPOINT" not in await told(instance.connection.url("notifier"))


async def test_a_throwaway_instance_hands_no_address_of_the_environment_down(
    given: Platform, stand_ins: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = await asyncio.start_server(lambda r, w: heard.append(w), "127.0.0.1", 0)
    heard: list[object] = []
    port = trap.sockets[0].getsockname()[1]
    addresses = [
        "KAFKA_BOOTSTRAP_SERVERS", "DATABASE_URL", "NOTIFIER_DATABASE_URL", "SMTP_URL", "SMTP_FIND_URL", "PGHOST",
        "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "OTEL_EXPORTER_OTLP_ENDPOINT", "KAFKA_OPTS",
    ]  # fmt: skip
    for name in addresses:
        monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
    async with running(spec(stand_ins, services=("notifier",))) as instance:
        settings = await told(instance.connection.url("notifier"))
    assert [name for name, value in settings.items() if str(port) in value] == []
    assert heard == []
    trap.close()


async def test_a_service_that_cannot_start_ends_it_all_and_a_second_try_works(
    given: Platform, stand_ins: Path, tmp_path: Path
) -> None:
    failing = spec(stand_ins, state=tmp_path / "state", environment={"STAND_IN": "dies:FULFILLER"})
    with pytest.raises(BaesongError, match="fulfiller ended at its start: ValueError: this stand-in was told to die"):
        async with running(failing):
            pytest.fail("it must not get here")
    assert is_free(tmp_path / "state")
    async with running(spec(stand_ins, state=tmp_path / "state")) as instance:
        assert await told(instance.connection.url("fulfiller"))


async def test_an_instance_is_owned_once(given: Platform, tmp_path: Path) -> None:
    bare = InstanceSpec(state=tmp_path, services=(), mail=False, topics=False)
    async with running(bare):
        with pytest.raises(BaesongError, match=rf"runs in {tmp_path} already \(pid {os.getpid()}\)"):
            async with running(bare):
                pytest.fail("it must not get here")


async def test_a_folder_of_another_mark_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "instance.json").write_text(json.dumps({"id": "x", "mark": "live", "ports": {}}))
    (tmp_path / "kafka").mkdir()
    with pytest.raises(BaesongError, match="belongs to a live instance, not to a throwaway one"):
        async with running(InstanceSpec(state=tmp_path, services=(), mail=False, topics=False)):
            pytest.fail("it must not get here")
    assert (tmp_path / "kafka").exists()


OWNER = """
import asyncio, json, sys
from baesong.instance import InstanceSpec
from baesong.running import running
async def main():
    async with running(InstanceSpec.heard(json.loads(sys.argv[1]))) as instance:
        print(instance.connection.state, flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


def killed_owner(wanted: InstanceSpec) -> tuple[Path, list[Identity]]:
    argv = [sys.executable, "-c", OWNER, json.dumps(wanted.said())]
    owner = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    assert owner.stdout
    folder = Path(owner.stdout.readline().strip())
    noted = json.loads((folder / "processes.json").read_text())
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    return folder, [Identity(pid, started) for pid, started, _ in noted.values()]


async def test_a_kafka_and_a_postgres_whose_owner_was_killed_are_stopped_by_the_next(tmp_path: Path) -> None:
    bare = InstanceSpec(state=tmp_path / "state", services=(), mail=False, topics=False)
    folder, left = await asyncio.to_thread(killed_owner, bare)
    assert [process.alive() for process in left] == [True, True]
    async with running(bare) as instance:
        assert instance.connection.state == folder
        assert not any(process.alive() for process in left)
        await (await asyncpg.connect(instance.admin_dsn)).close()


async def test_temporary_instances_whose_owner_was_killed_are_cleared_away(given: Platform, stand_ins: Path) -> None:
    folder, left = await asyncio.to_thread(killed_owner, spec(stand_ins, services=("notifier",)))
    assert [process.alive() for process in left] == [True, True]
    await clear_orphans()
    assert not any(process.alive() for process in left)
    assert not folder.exists()


async def test_a_process_that_got_the_pid_of_a_leftover_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "processes.json").write_text(json.dumps({"kafka": [os.getpid(), 1.0, signal.SIGTERM]}))
    assert await stop_leftovers(tmp_path) == []
