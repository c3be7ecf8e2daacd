import time
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from baesong.errors import BaesongError
from baesong.kafka import Kafka
from baesong.platform_only import Platform
from baesong.ports import free_ports
from baesong.topics import Topic, create_topics, instantiated


async def test_what_was_acknowledged_is_there_after_a_kill_and_a_restart(tmp_path: Path) -> None:
    port, controller_port = free_ports(2)
    kafka = Kafka(tmp_path / "kafka", tmp_path / "kafka.log", port, controller_port)
    await kafka.start()
    try:
        await create_topics(kafka.bootstrap, [Topic("kept", 1, {})])
        async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, acks="all") as producer:
            for number in range(100):
                await producer.send_and_wait("kept", str(number).encode())
        await kafka.kill()
        begun = time.monotonic()
        await kafka.start()
        assert time.monotonic() - begun < 10
        async with AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap) as consumer:
            partition = TopicPartition("kept", 0)
            assert await consumer.end_offsets([partition]) == {partition: 100}
    finally:
        await kafka.stop()
    assert not kafka.alive()


async def test_a_broker_that_cannot_start_says_why(tmp_path: Path, platform: Platform) -> None:
    taken = int(platform.bootstrap.rpartition(":")[2])
    kafka = Kafka(tmp_path / "kafka", tmp_path / "kafka.log", taken, free_ports(1)[0])
    with pytest.raises(BaesongError, match=rf"port {taken} of kafka is taken by pid \d+ \(java\)"):
        await kafka.start()


async def test_topics_are_made_with_their_settings_and_making_them_again_changes_nothing(platform: Platform) -> None:
    topics = instantiated([Topic("partner.{partner_id}.x", 3, {"retention.ms": "1234"})], {"partner_id": ["a", "b"]})
    for _ in range(2):
        made = await create_topics(platform.bootstrap, topics, "again-")
    assert made == ["again-partner.a.x", "again-partner.a.x.dlq", "again-partner.b.x", "again-partner.b.x.dlq"]
    admin = AIOKafkaAdminClient(bootstrap_servers=platform.bootstrap)
    await admin.start()
    try:
        described = await admin.describe_topics(made)
        assert [len(topic["partitions"]) for topic in described] == [3, 1, 3, 1]
        wanted = ConfigResource(ConfigResourceType.TOPIC, made[0], {"retention.ms": None})
        [answer] = await admin.describe_configs([wanted])
        assert answer.resources[0][4][0][1] == "1234"
    finally:
        await admin.close()


async def test_a_topic_that_kafka_refuses_is_named(platform: Platform) -> None:
    with pytest.raises(BaesongError, match="refused topic wrong"):
        await create_topics(platform.bootstrap, [Topic("wrong", 1, {"retention.ms": "soon"})])
