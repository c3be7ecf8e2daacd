"""A reader whose log does not hold what comes next stops and says so; told to accept it, it goes on with what there is."""

from dataclasses import replace

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from structlog.testing import capture_logs

from running_services import eventually, running, settings
from service_runtime.retained import OffsetNotInLogError
from service_runtime.service import run_service
from toy_service import Toy, ask


async def parts_of(toy: Toy) -> list[TopicPartition]:
    return [TopicPartition(toy.prefix + "toy.asked", n) for n in range(4)]


async def read_one_then_stop(toy: Toy) -> None:
    async with running(toy.service()) as it:
        await toy.send(ask("a", 1))
        await eventually(lambda: toy.counts_are({"a": [1]}))
        await eventually(lambda: not it.subscribers[0].offsets.open)


async def delete_what_is_there(toy: Toy) -> None:
    """As retention does it: the records go, and the log begins after them."""
    parts = await parts_of(toy)
    admin = AIOKafkaAdminClient(bootstrap_servers=toy.platform.bootstrap)
    await admin.start()
    try:
        await admin.delete_records({part: RecordsToDelete(before_offset=-1) for part in parts})
    finally:
        await admin.close()


async def commit_beyond_the_end(toy: Toy) -> None:
    """As a topic that was made anew looks to the group that read the old one."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=toy.platform.bootstrap, group_id=toy.prefix + "toy", enable_auto_commit=False
    )
    await consumer.start()
    try:
        parts = await parts_of(toy)
        consumer.assign(parts)
        await consumer.commit(dict.fromkeys(parts, 1000))
    finally:
        await consumer.stop()
    for part in range(len(parts)):
        await toy.db.execute(
            "INSERT INTO progress VALUES ('toy.asked', $1, 1000, 1000)"
            " ON CONFLICT (topic, partition) DO UPDATE SET consumed_through = 1000", part,
        )  # fmt: skip


async def stops_and_says_so(toy: Toy, why: str) -> None:
    bugs = list[BaseException]()
    with capture_logs() as lines:
        async with run_service(toy.service(), bugs.append):
            await eventually(lambda: bugs)
            await toy.send(ask("a", 4))
    assert isinstance(bugs[0], OffsetNotInLogError)
    (line,) = [line for line in lines if line["log_level"] == "error"]
    assert why in line["missing"][0]
    assert "baesong recover toy" in line["do"]
    assert "BAESONG_ACCEPT_SKIP" in line["do"]
    assert await toy.counts() == {"a": [1]}


def accepting(toy: Toy) -> Toy:
    told = settings(toy.platform, toy.settings.database_url, toy.prefix, BAESONG_ACCEPT_SKIP=True)
    return replace(toy, settings=told)


async def test_records_that_retention_took_unread_stop_the_service_until_the_skip_is_accepted(toy: Toy) -> None:
    await read_one_then_stop(toy)
    await toy.send(ask("a", 2), ask("a", 3))
    await delete_what_is_there(toy)
    await stops_and_says_so(toy, "2 records were not read")
    async with running(accepting(toy).service()):
        await eventually(lambda: toy.counts_are({"a": [1, 4]}))


async def test_a_group_that_is_past_the_end_of_its_log_stops_until_the_skip_is_accepted(toy: Toy) -> None:
    await read_one_then_stop(toy)
    await commit_beyond_the_end(toy)
    await stops_and_says_so(toy, "it was cut or made anew")
    async with running(accepting(toy).service()):
        await eventually(lambda: toy.counts_are({"a": [1, 4]}))


async def test_what_retention_took_after_it_was_read_stops_nobody(toy: Toy) -> None:
    await read_one_then_stop(toy)
    await delete_what_is_there(toy)
    async with running(toy.service()):
        await toy.send(ask("a", 2))
        await eventually(lambda: toy.counts_are({"a": [1, 2]}))
