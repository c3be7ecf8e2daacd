"""Tells the story of single orders from the records that named them."""

from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from pydantic_core import from_json
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from baesong.connection import Connection
from baesong.demo.choosing import stories_of
from baesong.demo.tally import Position, Tally
from baesong.demo.telling import sentence


@dataclass(frozen=True, slots=True)
class Step:
    """One record of a story: how long after the first, where it was said, what it says."""

    after_s: float
    topic: str
    said: str


@dataclass(frozen=True, slots=True)
class Story:
    """What happened to one order, in the order in which it was said."""

    title: str
    order_id: str
    name: str
    steps: tuple[Step, ...]

    def shown(self) -> RenderableType:
        """Give it as a small table under its title."""
        table = Table(box=None, pad_edge=False, show_header=False)
        table.add_column(justify="right", style="dim", no_wrap=True)
        table.add_column(style="cyan", no_wrap=True)
        table.add_column(overflow="fold")
        for step in self.steps:
            table.add_row(f"{step.after_s:.2f} s", step.topic, step.said)
        return Group(Text(f"\n{self.name}, {self.title}", style="bold"), table)


async def told(connection: Connection, tally: Tally) -> list[Story]:
    """Read again the records of the chosen orders, and tell them."""
    async with AIOKafkaConsumer(bootstrap_servers=connection.bootstrap, enable_auto_commit=False) as consumer:
        return [
            Story(title, id_, tally.orders[id_].name, tuple(await _steps(consumer, connection, tally.positions[id_])))
            for title, id_ in stories_of(tally).items()
        ]


async def _steps(consumer: AIOKafkaConsumer, connection: Connection, positions: list[Position]) -> list[Step]:
    in_time = sorted(positions, key=lambda position: position.at)
    return [
        Step((at.at - in_time[0].at) / 1000, at.topic, sentence(at.topic, await _body(consumer, connection, at)))
        for at in in_time
    ]


async def _body(consumer: AIOKafkaConsumer, connection: Connection, at: Position) -> dict[str, object]:
    partition = TopicPartition(connection.topic(at.topic), at.partition)
    consumer.assign([partition])
    consumer.seek(partition, at.offset)
    record = await consumer.getone()
    return dict(from_json(record.value))
