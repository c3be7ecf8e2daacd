"""Each service dies once between COMMIT and publish, with fresh rows in hand; another replica takes over; the books balance."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from baesong.demo.run import Start, Wish, perform
from baesong.instance import InstanceSpec
from baesong.partner.parts import Outsider
from baesong.running import Instance, running
from baesong.services import SERVICES
from sizes import size

ORDERS = size(120, 500)


# The notifier says what became of a mail when its effect is settled; the others speak in the batch itself.
POINTS = dict.fromkeys(SERVICES, "after_commit 2") | {"notifier": "effect_after_commit 2"}


def armed(folder: Path) -> dict[str, Path]:
    """A failpoint per service: the second time it has committed something to say is its last."""
    points = {service: folder / service for service in SERVICES}
    for service, point in points.items():
        point.write_text(POINTS[service])
    return points


async def test_nothing_is_lost_and_nothing_doubled(tmp_path: Path) -> None:
    points = armed(tmp_path)
    own = {service: {"BAESONG_FAILPOINTS": str(point)} for service, point in points.items()}
    spec = InstanceSpec(replicas=dict.fromkeys(SERVICES, 2), own=own)
    async with running(spec) as instance:
        async with asyncio.timeout(240):
            result = await perform(instance.connection, _starter(instance), _wish(), Console(quiet=True))
        assert not [service for service, point in points.items() if point.exists()], "a service was not killed"
        assert _restarts(instance) >= len(SERVICES)
    assert not result.broken, result.report.said()
    assert result.report.balanced


def _wish() -> Wish:
    return Wish(limit=ORDERS, rate=40)


def _starter(instance: Instance) -> Start:
    async def start(parts: Sequence[Outsider]) -> None:
        for part in parts:
            instance.supervisor.add(part)
        await instance.supervisor.start([part.name for part in parts])

    return start


def _restarts(instance: Instance) -> int:
    return sum(part["restarts"] for part in instance.supervisor.status().values())
