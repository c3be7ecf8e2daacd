"""Reprocess and force: originals are written to `<topic>.replay`, and each reader says what became of them."""

from collections.abc import Sequence
from typing import Any

from console import store
from console.asking import RefusedError
from console.desk import Desk
from console.domain.items import Item
from console.domain.jobs import Job, Mode
from console.ways.hearing import Hearing
from console.ways.picking import picked
from console.ways.rehearsing import Rehearsal
from service_runtime import Place
from service_runtime.failpoints import failpoint
from service_runtime.replay import ticket
from service_runtime.replay.ticket import Ticket, ordered

ASKED_AT_ONCE = 1000
GONE = "neither the log nor the archive holds it any more"


class OverTopics(Hearing):
    """See `desk.Way`."""

    async def foresee(self, desk: Desk, job: Job) -> dict[str, Any]:
        """Which records, how each stands with each reader, and what those that would run would do."""
        found = await picked(desk, job)
        nobody = sorted({item.topic for item in found.items if not item.wants})
        if nobody:
            raise RefusedError(f"nobody who is asked reads {', '.join(nobody)}: give another --topic, or no --service")
        await desk.save(job, found.items)
        rehearsal = Rehearsal(desk, job)
        for service in sorted({name for item in found.items for name in item.wants}):
            await self._standing(desk, job, service, found.items, rehearsal)
        said = await rehearsal.run()
        standings = await store.standings(desk.pool, job.replay_id)
        gone = [f"{found.gone} records are gone: {GONE}"] if found.gone else []
        unread = sum(item.event_id is None for item in found.items)
        unreadable = [f"{unread} records cannot be read: they will be parked again"] if unread else []
        return {
            "by_status": standings,
            **said,
            "obstacles": [*gone, *unreadable, *await self._obstacles(desk, found.items)],
        }

    async def _obstacles(self, desk: Desk, items: Sequence[Item]) -> list[str]:
        asked = [await desk.services.obstacle(name) for name in sorted({name for item in items for name in item.wants})]
        return [one for one in asked if one]

    async def _standing(self, desk: Desk, job: Job, service: str, items: Sequence[Item], rehearsal: Rehearsal) -> None:
        wanted = [item for item in items if service in item.wants]
        for start in range(0, len(wanted), ASKED_AT_ONCE):
            some = wanted[start : start + ASKED_AT_ONCE]
            answer = await desk.services.post(
                service, "/replay/standing", {"events": [_described(one) for one in some]}
            )
            told = {one.n: said["standing"] for one, said in zip(some, answer["standing"], strict=True)}
            await store.stand(desk.pool, job.replay_id, service, told)
            rehearsal.hear(service, some, answer["standing"])
            await desk.tell(job, asked=desk.progress.get("asked", 0) + len(some))

    async def prepare(self, desk: Desk, items: Sequence[Item]) -> None:
        """Read them at once: turning to another place in the log costs more than reading on."""
        await desk.originals.read_ahead([_place(item) for item in items])

    async def send(self, desk: Desk, job: Job, items: Sequence[Item]) -> None:
        """Sign and write them; they are noted as sent when all are acknowledged."""
        places = {item.n: _place(item) for item in items}
        originals = await desk.originals.at(list(places.values()))
        gone = [(n, "missing", GONE) for n, place in places.items() if place not in originals]
        there = [n for n, place in places.items() if place in originals]
        orders = [ordered(originals[places[n]], self._ticket(desk, job, originals[places[n]]), desk.key) for n in there]
        failpoint("replay_before_sent")
        await desk.writer.write(orders)
        failpoint("replay_after_sent")
        await store.sent(desk.pool, job.replay_id, there, desk.clock.now())
        await store.known(desk.pool, job.replay_id, "console", gone)
        failpoint("replay_after_noted")

    def _ticket(self, desk: Desk, job: Job, original: Any) -> Ticket:
        return Ticket(
            replay_id=job.replay_id,
            mode=ticket.Mode(job.mode.value),
            actor=job.actor,
            reason=job.reason,
            origin=original.place,
            recorded_at=original.timestamp,
            at=desk.clock.now(),
            services=job.services,
            effects=job.effects if job.mode is Mode.FORCE else (),
        )


def _place(item: Item) -> Place:
    return Place(item.topic, item.partition, item.offset)


def _described(item: Item) -> dict[str, Any]:
    names = ("event_id", "order_id", "subject", "version", "topic", "partition", "offset")
    return {name: getattr(item, name) for name in names} | {"timestamp": item.recorded_at}
