"""Each topic's day as one sealed file: joined, each record once, read like the log; on real Kafka."""

import os
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from baesong.platform_only import Platform
from baesong.topics import Topic, create_topics
from service_runtime.archive import Archive, ArchiveError, ArchiveGapError, alone, due, problems, records_of, seal
from service_runtime.archive import sealing as sealing_
from service_runtime.past import Past
from service_runtime.reading import Partition, Record

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
PARTS = 3


class Days:
    """A topic with records of several days, and an archive."""

    def __init__(self, platform: Platform, prefix: str, folder: Path, past: Past) -> None:
        self.platform, self.prefix, self.folder, self.past = platform, prefix, folder, past
        self.archive = Archive(folder)
        self.parts = [Partition("days", n) for n in range(PARTS)]

    async def say(self, at: datetime, count: int = 6) -> None:
        async with AIOKafkaProducer(bootstrap_servers=self.platform.bootstrap, acks="all") as producer:
            for n in range(count):
                ms = int(at.timestamp() * 1000)
                value, headers = os.urandom(20), [("h", os.urandom(4)), ("t", b"text")]
                await producer.send_and_wait(
                    self.prefix + "days", value, b"k", n % PARTS, timestamp_ms=ms, headers=headers
                )

    async def run(self, now: datetime = NOW) -> list[str]:
        sealed = []
        with alone(self.folder):
            for one in await due(self.past, self.archive, now):
                sealed += [one async for one in seal(self.past, self.archive, one, lambda *_: None)]
        return [str(one.manifest.day) for one in sealed]

    async def cut(self, offset: int) -> None:
        """The log lets go of what lies below, in every partition."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.platform.bootstrap)
        await admin.start()
        places = {TopicPartition(self.prefix + "days", n): RecordsToDelete(offset) for n in range(PARTS)}
        await admin.delete_records(places)
        await admin.close()

    async def log(self) -> list[Record]:
        return [one async for some in self.past.records(await self.past.ends(self.parts)) for one in some]

    async def archived(self) -> list[Record]:
        return [one async for some in self.archive.records("days") for one in some]

    async def both(self, begins: dict[Partition, int] | None = None) -> list[Record]:
        ends = await self.past.ends(self.parts)
        return [one async for some in records_of(self.past, self.archive, ends, begins) for one in some]

    def wrong(self) -> list[str]:
        return [f"{one.day} {one.what}" for one in problems(self.archive, "days", lambda *_: None)]


def sorted_(records: Sequence[Record]) -> list[Record]:
    return sorted(records, key=lambda one: one.place)


@pytest.fixture
async def days(platform: Platform, tmp_path: Path) -> AsyncIterator[Days]:
    prefix = f"a{uuid4().hex[:8]}-"
    keep = {"retention.ms": "-1", "message.timestamp.type": "CreateTime"}
    wanted = [Topic("days", PARTS, keep), Topic("days.dlq", 1, keep), Topic("days.replay", PARTS, keep)]
    await create_topics(platform.bootstrap, wanted, prefix=prefix)
    async with Past(platform.bootstrap, prefix) as past:
        days = Days(platform, prefix, tmp_path / "archive", past)
        for day in (16, 17, 19):
            await days.say(datetime(2026, 11, day, 12, tzinfo=UTC))
        await days.say(NOW)
        yield days


async def test_each_day_that_is_over_is_sealed_once_and_holds_its_records_byte_for_byte(days: Days) -> None:
    assert await days.run() == ["2026-11-16", "2026-11-17", "2026-11-18", "2026-11-19"]
    before = {path: path.read_bytes() for path in days.folder.rglob("*.zst")}
    assert await days.run() == []
    assert {path: path.read_bytes() for path in days.folder.rglob("*.zst")} == before
    assert sorted_(await days.archived()) == [one for one in sorted_(await days.log()) if one.place.offset < 6]
    assert days.archive.topics() == ["days"]
    assert days.wrong() == []
    assert {path.stat().st_mode & 0o777 for path in before} == {0o600}


async def test_a_day_is_over_an_hour_after_its_midnight(days: Days) -> None:
    early = datetime(2026, 11, 18, 0, 59, tzinfo=UTC)
    assert await days.run(early) == ["2026-11-16"]
    assert await days.run(early + timedelta(minutes=1)) == ["2026-11-17"]


async def test_what_is_dated_late_belongs_to_the_day_it_came_in(days: Days) -> None:
    assert await days.run() == ["2026-11-16", "2026-11-17", "2026-11-18", "2026-11-19"]
    await days.say(datetime(2026, 11, 17, 1, tzinfo=UTC), 3)
    assert await days.run(NOW + timedelta(days=1)) == ["2026-11-20"]
    assert sorted_(await days.archived()) == sorted_(await days.log())
    assert days.wrong() == []


async def test_the_archive_and_then_the_log_are_read_as_one_each_record_once(days: Days) -> None:
    whole = sorted_(await days.log())
    await days.run()
    for offset in (0, 1, 3, 6):
        await days.cut(offset)
        assert sorted_(await days.both()) == whole
    begins = dict.fromkeys(days.parts, 3)
    assert sorted_(await days.both(begins)) == [one for one in whole if one.place.offset >= 3]
    assert await days.run(NOW + timedelta(days=1)) == ["2026-11-20"]


async def test_the_log_that_lets_go_while_the_archive_is_read_is_followed(days: Days) -> None:
    whole = sorted_(await days.log())
    await days.run()
    await days.cut(1)
    read: list[Record] = []
    async for some in records_of(days.past, days.archive, await days.past.ends(days.parts)):
        if not read:
            await days.cut(5)
        read += some
    assert sorted_(read) == whole


async def test_what_is_in_neither_is_said_and_stated_as_lost(days: Days) -> None:
    await days.run(datetime(2026, 11, 18, 12, tzinfo=UTC))
    await days.cut(5)
    assert len(await days.both()) == PARTS * (4 + 3)
    with pytest.raises(ArchiveGapError, match="days/0: 4 to 4"):
        await days.both(dict.fromkeys(days.parts, 2))
    assert await days.run() == ["2026-11-18", "2026-11-19"]
    lost = days.archive.sealed("days", date(2026, 11, 18)).manifest.stretches
    assert [(one.lost, one.begins, one.ends, one.records) for one in lost] == [(4, 5, 5, 0)] * PARTS
    assert days.wrong() == []


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-9]), "2026-11-17 it is cut off"),
        (lambda path: path.write_bytes(b""), "2026-11-17 it is empty"),
        (lambda path: path.unlink(), "2026-11-17 no file, up to 2026-11-18"),
        (lambda path: path.with_name("2026-11-16.ndjson.zst").unlink(), "2026-11-17 the days before it are missing"),
        (
            lambda path: path.write_bytes(path.with_name("2026-11-16.ndjson.zst").read_bytes()),
            "2026-11-17 it is the file",
        ),
    ],
    ids=["cut", "empty", "missing", "first missing", "another"],
)
async def test_each_kind_of_damage_is_found(days: Days, damage: object, found: str) -> None:
    await days.run()
    assert callable(damage)
    damage(days.archive.path("days", date(2026, 11, 17)))
    assert [line for line in days.wrong() if line.startswith(found)]


async def test_a_day_sealed_anew_with_other_records_is_found(days: Days) -> None:
    """Sealed in itself, and not the file that the next day was sealed behind."""
    await days.run()
    other = Archive(days.folder.with_name("other"))
    await days.cut(3)
    for one in await due(days.past, other, NOW):
        assert [day async for day in seal(days.past, other, one, lambda *_: None)]
    path = days.archive.path("days", date(2026, 11, 17))
    path.write_bytes(other.path("days", date(2026, 11, 17)).read_bytes())
    assert any("behind another file" in line for line in days.wrong())
    assert any("begins at 3, and the day before ends at 2" in line for line in days.wrong())


async def test_killed_in_the_middle_it_leaves_no_half_file_and_is_run_again(
    days: Days, monkeypatch: pytest.MonkeyPatch
) -> None:
    class KilledError(Exception):
        pass

    def killed(topic: str, day: date, records: int) -> None:
        if day == date(2026, 11, 17) and records:
            raise KilledError

    [one] = await due(days.past, days.archive, NOW)
    with pytest.raises(KilledError):
        assert not [day async for day in seal(days.past, days.archive, one, killed)]
    assert days.archive.days("days") == [date(2026, 11, 16)]
    assert [path.name for path in days.folder.rglob("*.unfinished")] == ["2026-11-17.ndjson.zst.unfinished"]
    assert days.wrong() == []
    assert await days.run() == ["2026-11-17", "2026-11-18", "2026-11-19"]
    assert list(days.folder.rglob("*.unfinished")) == []
    assert Counter(await days.archived()) == Counter(one for one in await days.log() if one.place.offset < 6)


async def test_a_log_that_lets_go_while_a_day_is_written_is_written_again(
    days: Days, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, times = sealing_._written, []

    async def slowly(past: Past, file: object, manifest: object, tell: object) -> object:
        done = await written(past, file, manifest, tell)  # type: ignore[arg-type]
        if not times:
            times.append(await days.cut(1))
        return done

    monkeypatch.setattr(sealing_, "_written", slowly)
    assert (await days.run())[0] == "2026-11-16"
    assert days.archive.sealed("days", date(2026, 11, 16)).manifest.begins == dict.fromkeys(days.parts, 1)
    assert days.wrong() == []


async def test_two_runs_at_once_and_a_topic_made_anew_are_refused(days: Days) -> None:
    await days.run()
    with alone(days.folder), pytest.raises(ArchiveError, match="another run"), alone(days.folder):
        pass
    admin = AIOKafkaAdminClient(bootstrap_servers=days.platform.bootstrap)
    await admin.start()
    await admin.delete_topics([days.prefix + "days"])
    await admin.close()
    await create_topics(days.platform.bootstrap, [Topic("days", PARTS, {})], prefix=days.prefix)
    async with Past(days.platform.bootstrap, days.prefix) as days.past:
        with pytest.raises(ArchiveError, match="made anew"):
            await days.run(NOW + timedelta(days=1))
