"""The originals of what is replayed: read from the log by their place, in no group."""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence

from console.domain.items import stretches
from console.domain.selecting import Selector
from service_runtime import Place, Record
from service_runtime.archive import Archive
from service_runtime.past import Offsets, Past
from service_runtime.reading import Partition

GAP = 500  # records between two wanted ones that are read over rather than jumped


class Originals:
    """The log and, where there is one, the archive behind it."""

    def __init__(self, past: Past, archive: Archive | None = None) -> None:
        self._past = past
        self._archive = archive
        self._ahead: dict[Place, Record] = {}

    async def read_ahead(self, places: Sequence[Place]) -> None:
        """Have these at hand for `at`, and none of those before."""
        self._ahead = {}
        self._ahead = await self.at(places)

    async def has(self, topic: str) -> bool:
        """Whether there is such a topic."""
        return bool(await self._past.parts([topic]))

    async def picked(self, selector: Selector) -> AsyncIterator[list[Record]]:
        """The records of the selector's topic that it picks."""
        assert selector.topic is not None
        parts = await self._past.parts([selector.topic])
        begins, ends = await self._past.begins(parts), await self._past.ends(parts)
        async for records in self._archived(selector, begins):
            yield records
        first = await self._first(selector, parts, ends)
        async for records in self._past.records(_narrowed(ends, selector), first):
            yield [one for one in records if _picked(selector, one)]

    async def _archived(self, selector: Selector, begins: Offsets) -> AsyncIterator[list[Record]]:
        """What the log has let go; where both hold a record the log's is taken."""
        if self._archive is None or not any(begins.values()):
            return
        assert selector.topic is not None
        async for records in self._archive.records(selector.topic, None, _narrowed(begins, selector)):
            yield [one for one in records if _picked(selector, one)]

    async def _first(self, selector: Selector, parts: Sequence[Partition], ends: Offsets) -> Offsets:
        if selector.offsets:
            firsts = {part: [r.first for r in selector.offsets if r.partition == part.partition] for part in parts}
            return {part: min(some) if some else ends[part] for part, some in firsts.items()}
        return dict(await self._past.since(parts, selector.since)) if selector.since else {}

    async def at(self, places: Sequence[Place]) -> dict[Place, Record]:
        """These records, without those that neither log nor archive holds."""
        found = {place: self._ahead[place] for place in places if place in self._ahead}
        left = [place for place in places if place not in found]
        found |= await self._in_the_log(left) if left else {}
        missing = [place for place in places if place not in found]
        if missing and self._archive is not None:
            found |= await self._in_the_archive(self._archive, missing)
        return found

    async def _in_the_archive(self, archive: Archive, places: Sequence[Place]) -> dict[Place, Record]:
        found: dict[Place, Record] = {}
        for topic in sorted({place.topic for place in places}):
            wanted = {place for place in places if place.topic == topic}
            begins = {part: min(p.offset for p in wanted if p.of == part) for part in {p.of for p in wanted}}
            ends = {part: max(p.offset for p in wanted if p.of == part) + 1 for part in begins}
            async for records in archive.records(topic, begins, ends):
                found |= {one.place: one for one in records if one.place in wanted}
        return found

    async def _in_the_log(self, places: Sequence[Place]) -> dict[Place, Record]:
        offsets: dict[Partition, list[int]] = defaultdict(list)
        for place in places:
            offsets[place.of].append(place.offset)
        there = set(await self._past.parts(sorted({part.topic for part in offsets})))
        left = {part: stretches(some, GAP) for part, some in offsets.items() if part in there}
        wanted, found = set(places), dict[Place, Record]()
        while left:
            ends = {part: some[0][1] for part, some in left.items()}
            begins = {part: some[0][0] for part, some in left.items()}
            async for records in self._past.records(ends, begins):
                found |= {one.place: one for one in records if one.place in wanted}
            left = {part: some[1:] for part, some in left.items() if some[1:]}
        return found


def _picked(selector: Selector, record: Record) -> bool:
    place, key = record.place, (record.key or b"").decode(errors="replace")
    return selector.picks(place.partition, place.offset, record.timestamp, key)


def _narrowed(ends: Offsets, selector: Selector) -> Offsets:
    """Not beyond the last offset that is named."""
    if not selector.offsets:
        return ends
    lasts = {part: [r.last + 1 for r in selector.offsets if r.partition == part.partition] for part in ends}
    return {part: min(end, max(lasts[part], default=0)) for part, end in ends.items()}
