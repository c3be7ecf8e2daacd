import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from baesong.platform_only import Platform
from baesong.topics import Topic, create_topics


async def test_a_record_sent_to_kafka_is_read_back(platform: Platform) -> None:
    await create_topics(platform.bootstrap, [Topic("read.back", 2, {})])
    async with AIOKafkaProducer(bootstrap_servers=platform.bootstrap, acks="all") as producer:
        await producer.send_and_wait("read.back", b"value", key=b"key")
    async with AIOKafkaConsumer(
        "read.back", bootstrap_servers=platform.bootstrap, auto_offset_reset="earliest"
    ) as consumer:
        assert (await consumer.getone()).value == b"value"


async def test_a_database_is_fresh_each_time_it_is_asked_for(platform: Platform) -> None:
    for _ in range(2):
        conn = await asyncpg.connect(await platform.database("fresh"))
        await conn.execute("create table here (id int)")
        await conn.close()
