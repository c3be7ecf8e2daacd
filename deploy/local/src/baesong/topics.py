"""Creates the topics that the topic files of `libs/events` describe."""

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

import order_events
from baesong.errors import BaesongError
from baesong.services import SERVICES

DAY_MS = 86_400_000
REPLAY_DAYS = 7  # a record there is good for one
OURS = {service.replace("_", "-") for service in SERVICES}
READY_TIMEOUT_S = 20.0
READY_POLL_S = 0.05
PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Topic:
    """A topic as it is to be created; `name` may hold a placeholder such as `{partner_id}`.

    `replayed`: a service of ours reads it, so there is a topic beside it for what it is to read again.
    """

    name: str
    partitions: int
    settings: Mapping[str, str]
    replayed: bool = False


def topic_folder() -> Path:
    """Where the reviewed topic files lie."""
    return Path(order_events.__file__).parents[2] / "topics"


def described_topics(folder: Path | None = None, place: str = "local") -> list[Topic]:
    """Read all topic files.

    Args:
        folder: where they lie, if not in `libs/events`.
        place: whose number of partitions is taken, `local` or `live`.
    """
    return [_read(path, place) for path in sorted((folder or topic_folder()).glob("*.yaml"))]


def _read(path: Path, place: str) -> Topic:
    said: dict[str, Any] = yaml.safe_load(path.read_text())
    try:
        made = Topic(str(said["topic"]), int(said["partitions"][place]), _settings(said))
        return replace(made, replayed=said["cleanup"] == "delete" and bool(OURS & set(said["consumers"])))
    except (KeyError, TypeError, ValueError) as error:
        raise BaesongError(f"topic file {path} lacks or misspells {error}") from error


def _settings(said: Mapping[str, Any]) -> dict[str, str]:
    return {
        "retention.ms": str(int(said["retention_days"]) * DAY_MS),
        "message.timestamp.type": str(said["timestamp_type"]),
        "cleanup.policy": str(said["cleanup"]),
        "max.message.bytes": str(int(said["max_message_bytes"])),
        "segment.ms": str(DAY_MS),
    }


def instantiated(topics: Iterable[Topic], values: Mapping[str, Sequence[str]]) -> list[Topic]:
    """Put each value into each placeholder; beside each topic its dead letters, in one partition, and its replays.

    Args:
        topics: as described.
        values: per placeholder what it stands for, such as `{"partner_id": ["swift"]}`.

    Raises:
        BaesongError: a topic has a placeholder that nobody gave values for.
    """
    whole = [named for topic in topics for named in _filled(topic, values)]
    return [each for topic in whole for each in (topic, _dead_letters_of(topic), *_replays_of(topic))]


def _filled(topic: Topic, values: Mapping[str, Sequence[str]]) -> list[Topic]:
    found = PLACEHOLDER.search(topic.name)
    if not found:
        return [topic]
    if found[1] not in values:
        raise BaesongError(f"topic {topic.name}: nobody says what {found[0]} stands for")
    return [replace(topic, name=topic.name.replace(found[0], value)) for value in values[found[1]]]


def _dead_letters_of(topic: Topic) -> Topic:
    settings = dict(topic.settings) | {"cleanup.policy": "delete", "message.timestamp.type": "CreateTime"}
    return Topic(f"{topic.name}.dlq", 1, settings)


def _replays_of(topic: Topic) -> list[Topic]:
    """As many partitions, so that an order's replays meet the replica that has the order."""
    days = str(REPLAY_DAYS * DAY_MS)
    settings = dict(topic.settings) | {"message.timestamp.type": "CreateTime", "retention.ms": days}
    return [Topic(f"{topic.name}.replay", topic.partitions, settings)] if topic.replayed else []


def as_those_there(topics: Sequence[Topic], there: Mapping[str, int]) -> list[Topic]:
    """Give the topics the number of partitions that the instance was made with: topics of one key stay co-partitioned.

    Args:
        topics: all that the instance wants.
        there: partitions by name of those that it has.
    """
    made_with = max((there[topic.name] for topic in topics if topic.partitions > 1 and topic.name in there), default=0)
    return [
        replace(topic, partitions=made_with or topic.partitions) if topic.partitions > 1 else topic for topic in topics
    ]


async def create_topics(bootstrap: str, topics: Sequence[Topic], prefix: str = "") -> list[str]:
    """Create those of the topics that are not there, wait until all can be written, and give all their names.

    An instance keeps the number of partitions that it was made with.

    Raises:
        BaesongError: Kafka refused one; says which and why.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        like = as_those_there(topics, await _partitions_there(admin, prefix, topics))
        wanted = [NewTopic(prefix + t.name, t.partitions, 1, topic_configs=dict(t.settings)) for t in like]
        answer = await admin.create_topics(wanted) if wanted else None
        _check(answer.topic_errors if answer else [])
        await _writable(admin, [topic.name for topic in wanted])
    except KafkaError as error:
        raise BaesongError(f"Kafka at {bootstrap} could not make the topics: {error!r}") from error
    finally:
        await admin.close()
    return [prefix + topic.name for topic in topics]


async def _partitions_there(admin: AIOKafkaAdminClient, prefix: str, topics: Sequence[Topic]) -> dict[str, int]:
    there = set(await admin.list_topics())
    names = [prefix + topic.name for topic in topics if prefix + topic.name in there]
    described = await admin.describe_topics(names) if names else []
    return {topic["topic"].removeprefix(prefix): len(topic["partitions"]) for topic in described}


async def delete_topics(bootstrap: str, names: Sequence[str]) -> None:
    """Delete those of the topics that are there, and return when none is left."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        await admin.delete_topics(list(names))
        for _ in range(int(READY_TIMEOUT_S / READY_POLL_S)):
            if not set(names) & set(await admin.list_topics()):
                return
            await asyncio.sleep(READY_POLL_S)
    finally:
        await admin.close()


def _check(errors: Iterable[Sequence[Any]]) -> None:
    """Raise for the codes that matter: aiokafka hands them over and raises nothing."""
    for name, code, *message in errors:
        error = for_code(code)
        if code != 0 and error is not TopicAlreadyExistsError:
            raise BaesongError(
                f"Kafka refused topic {name}: {error.__name__} {' '.join(filter(None, message))}".strip()
            )


async def _writable(admin: AIOKafkaAdminClient, names: Sequence[str]) -> None:
    for _ in range(int(READY_TIMEOUT_S / READY_POLL_S)):
        if not names or _all_led(await admin.describe_topics(list(names))):
            return
        await asyncio.sleep(READY_POLL_S)
    raise BaesongError(f"Kafka made the topics but they could not be written within {READY_TIMEOUT_S:.0f} s")


def _all_led(described: Iterable[Mapping[str, Any]]) -> bool:
    return all(
        topic["error_code"] == 0 and topic["partitions"] and all(part["leader"] >= 0 for part in topic["partitions"])
        for topic in described
    )
