"""What was said last is marked though no next batch comes: in a quiet moment, and before a service lets go."""

import asyncio

from aiokafka import AIOKafkaConsumer

from running_services import eventually, running
from service_runtime import marking
from toy_service import Toy, ask

UNMARKED = "SELECT count(*) FROM progress WHERE published_through < consumed_through"
ORDERS = [f"o{n}" for n in range(8)]


async def marked(toy: Toy) -> bool:
    return await toy.holds(f"SELECT ({UNMARKED}) = 0 AND EXISTS (SELECT FROM progress)")


async def asked_and_told(toy: Toy) -> None:
    await toy.send(*(ask(order, 1) for order in ORDERS))
    await eventually(lambda: toy.counts_are({order: [1] for order in ORDERS}))


async def versions(toy: Toy) -> list[str]:
    """Which transaction wrote each mark last."""
    return [row["xmin"] for row in await toy.db.fetch("SELECT xmin::text FROM progress ORDER BY topic, partition")]


async def test_in_a_quiet_moment_once(toy: Toy) -> None:
    async with running(toy.service()):
        await asked_and_told(toy)
        assert not await marked(toy)  # the last batch's own transaction cannot know that it was acknowledged
        await eventually(lambda: marked(toy), marking.QUIET_S + 10)
        written = await versions(toy)
        await asyncio.sleep(marking.QUIET_S + 2 * marking.LOOK_EVERY_S)
        assert await versions(toy) == written


async def test_before_a_service_stops_so_that_an_offset_reset_says_nothing_again(toy: Toy) -> None:
    async with running(toy.service()) as it:
        await asked_and_told(toy)
        await eventually(lambda: not any(one.offsets.open for one in it.subscribers))
    assert await marked(toy)
    said = len(await toy.told())
    await to_the_beginning(toy)
    async with running(toy.service()):
        await toy.send(ask("another", 1))
        await eventually(lambda: toy.holds("SELECT EXISTS (SELECT FROM counted WHERE order_id = 'another')"))
        await eventually(lambda: marked(toy), marking.QUIET_S + 10)
    assert len(await toy.told()) == said + 1


async def to_the_beginning(toy: Toy) -> None:
    """As an operator would, once the group has no members."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=toy.platform.bootstrap, group_id=f"{toy.prefix}toy", enable_auto_commit=False
    )
    await consumer.start()
    topic = f"{toy.prefix}toy.asked"
    consumer.subscribe([topic])
    async with asyncio.timeout(20):
        while not consumer.assignment():
            await asyncio.sleep(0.1)
    await consumer.commit(dict.fromkeys(consumer.assignment(), 0))
    await consumer.stop()
