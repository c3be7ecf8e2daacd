"""Who reads which topic, by the reviewed topic files: what must be read to the end before books can be proved."""

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

import yaml

from baesong.services import SERVICES
from baesong.topics import topic_folder

PARTNER = "{partner_id}"


class Reader(NamedTuple):
    """A consumer group and a topic it must read to the end, both without an instance's prefix."""

    group: str
    topic: str


def readers(topics: Collection[str], services: Collection[str], groups: Collection[str]) -> set[Reader]:
    """Give who must have read what.

    Args:
        topics: those of the instance, without prefix.
        services: packages of the services it has; each reads all it is named for.
        groups: known to Kafka, without prefix; a partner is waited for only where it ever read.
    """
    running = {service.replace("_", "-") for service in services}
    named = {reader for topic in topics for reader in _readers_of(topic)}
    return {reader for reader in named if reader.group in groups or reader.group.partition(".")[0] in running}


def _readers_of(topic: str) -> Iterator[Reader]:
    for said in _topic_files():
        match = re.fullmatch(re.escape(said["topic"]).replace(re.escape(PARTNER), "(?P<partner>[^.]+)"), topic)
        if match:
            yield from (Reader(group, topic) for group in _groups(said, match.groupdict().get("partner", "")))


def _groups(said: Mapping[str, Any], partner: str) -> Iterator[str]:
    """Give the groups of a topic's consumers: a service reads what comes from outside in a group of its own."""
    outside = not {name.replace("-", "_") for name in said["producers"]} & set(SERVICES)
    for consumer in said["consumers"]:
        if consumer == PARTNER:
            yield f"partner-{partner}"
        else:
            yield f"{consumer}.outside" if outside else consumer


@cache
def _topic_files() -> tuple[Mapping[str, Any], ...]:
    return tuple(yaml.safe_load(path.read_text()) for path in sorted(topic_folder().glob("*.yaml")))
