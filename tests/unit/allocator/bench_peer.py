"""A small fulfiller to talk to: it keeps the exchange's sums, and does as it is told when it is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from allocator.domain.allocation import Place
from allocator.domain.shipments import Shipment, ShipmentLine


@dataclass
class Line:
    ordered: int = 0
    shipped: int = 0
    released: int = 0
    answered: int = 0

    @property
    def open(self) -> int:
        return max(0, self.ordered - self.shipped - self.released)


@dataclass
class Work:
    """A shipment: lines by id; new units join it while it is open."""

    at: str
    lines: dict[str, Line] = field(default_factory=dict)
    version: int = 0
    open: bool = True


@dataclass
class Peer:
    """The shipments of one order, and every state of them that was ever said."""

    order_id: str
    revision: int = 0
    places: Mapping[str, Place] = field(default_factory=dict)
    works: list[Work] = field(default_factory=list)
    said: list[Shipment] = field(default_factory=list)

    def read(self, revision: int, places: Mapping[str, Place]) -> None:
        """New work for a place = assigned - ordered; an overtaken revision says nothing."""
        if revision <= self.revision:
            return
        self.revision, self.places = revision, places
        for at, place in places.items():
            new = {line: share.assigned - self._sum(at, line, "ordered") for line, share in place.shares.items()}
            if any(new.values()):
                self._take_on(at, {line: units for line, units in new.items() if units})

    def unanswered(self, at: str, line: str) -> int:
        return self.places[at].shares[line].asked - self._sum(at, line, "answered")

    def asks(self) -> list[tuple[str, str]]:
        return [(at, line) for at in self.places for line in self.places[at].shares if self.unanswered(at, line)]

    def settle(self, at: str, line: str, release: bool) -> None:
        """Answer all that is asked there: release what has not left, or keep it."""
        asked = self.unanswered(at, line)
        works = [work for work in self.works if work.at == at and line in work.lines]
        to_release = asked if release else 0
        for work in works:
            freed = min(to_release, work.lines[line].open)
            work.lines[line].released += freed
            to_release -= freed
        works[-1].lines[line].answered += asked
        for work in works:
            self._say(work)

    def ship(self, work: Work, line: str, units: int) -> None:
        work.lines[line].shipped += min(units, work.lines[line].open)
        work.open = False
        self._say(work)

    def ship_after_all(self, work: Work, line: str) -> None:
        """A unit leaves that had been given back."""
        if work.lines[line].released + work.lines[line].shipped == work.lines[line].ordered:
            work.lines[line].shipped += min(1, work.lines[line].ordered - work.lines[line].shipped)
            self._say(work)

    def close(self, work: Work) -> None:
        """Rejected, or closed short: all that has not left is given back."""
        for line in work.lines.values():
            line.released += line.open
        work.open = False
        self._say(work)

    def _sum(self, at: str, line: str, name: str) -> int:
        return sum(getattr(work.lines[line], name) for work in self.works if work.at == at and line in work.lines)

    def _take_on(self, at: str, new: dict[str, int]) -> None:
        work = next((work for work in self.works if work.at == at and work.open), None)
        if work is None:
            self.works.append(work := Work(at))
        for line, units in new.items():
            work.lines.setdefault(line, Line()).ordered += units
        self._say(work)

    def _say(self, work: Work) -> None:
        work.version += 1
        lines = tuple(ShipmentLine(n, x.ordered, x.shipped, x.released, x.answered) for n, x in work.lines.items())
        self.said.append(Shipment(f"{self.order_id}-F{self.works.index(work) + 1}", work.version, work.at, lines))
