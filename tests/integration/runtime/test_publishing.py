"""What is published in batches stands where every Kafka client would put it, and in the order in which it was said."""

from collections import defaultdict
from uuid import uuid4

from aiokafka.partitioner import DefaultPartitioner

from baesong.platform_only import Platform
from running_services import read_all, topics
from service_runtime.kafka import KafkaLog, producer_of
from service_runtime.ports import Outgoing

PARTITIONS, KEYS, EACH = 4, 40, 30
BATCH = 131072


def row(key: bytes | None, n: int, payload: bytes) -> Outgoing:
    return Outgoing(str(key), n, "", "order.placed", key, (("n", b"%d" % n),), payload)


async def test_rows_of_a_key_keep_their_order_however_many_batches_they_fill(platform: Platform) -> None:
    prefix = f"p{uuid4().hex[:8]}-"
    await topics(platform, prefix, ["order.placed"], PARTITIONS)
    keys = [b"key-%d" % k for k in range(KEYS)]
    rows = [row(key, n, b"x" * (BATCH * 2 if n == EACH // 2 else 1000)) for n in range(EACH) for key in keys]
    log = KafkaLog(producer_of(platform.bootstrap, "publishing"), prefix)
    await log.publish(rows)
    await log.stop()
    read = defaultdict(list)
    for record in await read_all(platform, prefix + "order.placed"):
        read[record.key].append(record)
    wanted = DefaultPartitioner()
    for key in keys:
        assert [(dict(one.headers)["n"], len(one.value)) for one in read[key]] == [
            (dict(one.headers)["n"], len(one.payload)) for one in rows if one.key == key
        ]
        assert {one.partition for one in read[key]} == {wanted(key, list(range(PARTITIONS)), [])}


async def test_rows_of_several_topics_and_without_a_key_arrive(platform: Platform) -> None:
    prefix = f"p{uuid4().hex[:8]}-"
    await topics(platform, prefix, ["order.placed"], PARTITIONS)
    log = KafkaLog(producer_of(platform.bootstrap, "publishing"), prefix)
    dead = Outgoing("c", 0, "", "order.placed.dlq", None, (), b"dead")
    await log.publish([row(b"k", 0, b"first"), dead, row(b"k", 1, b"second")])
    await log.stop()
    assert [one.value for one in await read_all(platform, prefix + "order.placed")] == [b"first", b"second"]
    assert [one.value for one in await read_all(platform, prefix + "order.placed.dlq")] == [b"dead"]
