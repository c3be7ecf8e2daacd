from pathlib import Path

import pytest

from baesong.errors import BaesongError
from baesong.topics import Topic, as_those_there, described_topics, instantiated

FILE = """
topic: "partner.{partner_id}.inbound"
owner: fulfiller
producers: [partner]
consumers: [fulfiller]
key: shipment_id
partitions: {live: 24, local: 12}
retention_days: 30
timestamp_type: LogAppendTime
cleanup: delete
max_message_bytes: 1048576
schema: partner.inbound/1
description: what a partner says
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "partner.inbound.yaml").write_text(FILE)
    return tmp_path


def test_a_topic_file_says_how_the_topic_is_made(folder: Path) -> None:
    settings = {
        "retention.ms": "2592000000",
        "message.timestamp.type": "LogAppendTime",
        "cleanup.policy": "delete",
        "max.message.bytes": "1048576",
        "segment.ms": "86400000",
    }
    assert described_topics(folder) == [Topic("partner.{partner_id}.inbound", 12, settings, replayed=True)]
    assert described_topics(folder, "live")[0].partitions == 24


def test_each_partner_has_its_topics_and_each_topic_its_dead_letters() -> None:
    made = instantiated([Topic("a.{partner_id}.b", 12, {"cleanup.policy": "compact"})], {"partner_id": ["x", "y"]})
    assert [(topic.name, topic.partitions) for topic in made] == [
        ("a.x.b", 12),
        ("a.x.b.dlq", 1),
        ("a.y.b", 12),
        ("a.y.b.dlq", 1),
    ]
    assert made[1].settings["cleanup.policy"] == "delete"


def test_what_a_service_reads_has_its_replays_beside_it_in_as_many_partitions() -> None:
    made = instantiated([Topic("a", 12, {"message.timestamp.type": "LogAppendTime"}, replayed=True)], {})
    assert [(topic.name, topic.partitions) for topic in made] == [("a", 12), ("a.dlq", 1), ("a.replay", 12)]
    assert made[2].settings["message.timestamp.type"] == "CreateTime"
    replayed = {topic.name for topic in described_topics() if topic.replayed}
    assert {"checkout.completed", "partner.{partner_id}.inbound", "order.placed"} <= replayed
    assert not {"{service}.effects", "partner.{partner_id}.shipments", "customer.notified"} & replayed


def test_a_placeholder_that_nobody_fills_is_an_error() -> None:
    with pytest.raises(BaesongError, match=r"nobody says what \{service\} stands for"):
        instantiated([Topic("{service}.effects", 12, {})], {"partner_id": ["x"]})


def test_a_topic_file_with_a_missing_key_is_named(folder: Path) -> None:
    (folder / "short.yaml").write_text("topic: short\n")
    with pytest.raises(BaesongError, match=r"short.yaml lacks or misspells 'partitions'"):
        described_topics(folder)


def test_the_topic_files_of_the_repository_can_all_be_made() -> None:
    values = {"partner_id": ["swift"], "service": ["order-intake", "allocator", "fulfiller", "notifier"]}
    names = [topic.name for topic in instantiated(described_topics(), values)]
    assert len(names) == len(set(names))
    assert {"order.placed", "partner.swift.inbound", "order-intake.effects", "order.placed.dlq"} <= set(names)


def test_an_instance_keeps_the_number_of_partitions_that_it_was_made_with() -> None:
    wanted = [Topic("a", 4, {}), Topic("a.dlq", 1, {}), Topic("new", 4, {}), Topic("new.dlq", 1, {})]
    kept = as_those_there(wanted, {"a": 12, "a.dlq": 1})
    assert [(topic.name, topic.partitions) for topic in kept] == [("a", 12), ("a.dlq", 1), ("new", 12), ("new.dlq", 1)]
    assert as_those_there(wanted, {}) == wanted
