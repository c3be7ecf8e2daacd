"""An instance's archive: what there is to seal, what lies there, whether it is what was sealed."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from baesong.connection import Connection
from baesong.errors import BaesongError
from service_runtime.archive import Archive, ArchiveError, DamagedError, Problem, alone, due, problems, seal
from service_runtime.clock import SystemClock
from service_runtime.past import Past

Plan = Callable[[int], None]  # told how many days there are to do
Tell = Callable[[str, int], None]  # told what is being done, and how many days are done


def archive_folder(state: Path) -> Path:
    """Where an instance's archive lies, unless BAESONG_ARCHIVE says where."""
    return state / "archive"


@dataclass
class Run:
    """What a run sealed, and which topics it could not."""

    sealed: list[dict[str, Any]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


async def archived(connection: Connection, folder: Path, plan: Plan, tell: Tell) -> Run:
    """Seal every day that is over of every live topic.

    Raises:
        BaesongError: another run is at it.
    """
    run = Run()
    try:
        with alone(folder):
            async with Past(connection.bootstrap, connection.topic_prefix) as past:
                await _sealed(past, Archive(folder), run, plan, tell)
    except ArchiveError as error:
        raise BaesongError(str(error)) from error
    return run


async def _sealed(past: Past, archive: Archive, run: Run, plan: Plan, tell: Tell) -> None:
    clock = SystemClock(float(os.environ.get("BAESONG_CLOCK_OFFSET") or 0))  # as the instance's services read it
    wanted = await due(past, archive, clock.now())
    plan(sum(len(one.days) for one in wanted))
    for one in wanted:
        try:
            before = len(run.sealed)
            async for sealed in seal(past, archive, one, lambda t, d, n: tell(f"{t} {d}: {n:,}", len(run.sealed))):
                run.sealed.append(_told(one.topic, sealed))
        except (ArchiveError, DamagedError, OSError) as error:
            run.refused.append(f"{one.topic}: {error} ({len(run.sealed) - before} days of it were sealed)")
    tell("done", len(run.sealed))


def _told(topic: str, sealed: Any) -> dict[str, Any]:
    manifest = sealed.manifest
    lost = sum(one.begins - one.lost for one in manifest.stretches if one.lost is not None)
    told = {"topic": topic, "day": manifest.day.isoformat(), "records": manifest.records, "bytes": sealed.size}
    return told | {"lost": lost, "sha256": sealed.seal}


def listed(folder: Path, topic: str) -> list[dict[str, Any]]:
    """Every sealed day, of one topic or of all.

    Raises:
        BaesongError: a file cannot be read.
    """
    archive = Archive(folder)
    found = []
    for name in [topic] if topic else archive.topics():
        for day in archive.days(name):
            try:
                found.append(_told(name, archive.sealed(name, day)))
            except DamagedError as error:
                found.append({"topic": name, "day": day.isoformat(), "damaged": str(error)})
    return found


def checked(folder: Path, topic: str, plan: Plan, tell: Tell) -> list[Problem]:
    """All that is wrong."""
    archive = Archive(folder)
    topics = [topic] if topic else archive.topics()
    plan(sum(len(archive.days(name)) for name in topics))
    found: list[Problem] = []
    done = 0
    for name in topics:
        before = done

        def each(topic: str, day: object) -> None:
            nonlocal done
            tell(f"{topic} {day}", done)
            done += 1

        found += problems(archive, name, each)
        done = before + len(archive.days(name))
    tell("done", done)
    return found
