"""Small orders, decisions and shipments to tell of, and a customer who remembers what they were told."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from notifier.domain import things
from notifier.domain.hearing import hear, short_in
from notifier.domain.letters import Letter
from notifier.domain.sending import Policy
from notifier.domain.telling import heard
from notifier.domain.things import (
    Asked,
    Decision,
    Edit,
    Held,
    Line,
    Money,
    Order,
    Package,
    PackageLine,
    Shipment,
    ShipmentLine,
    ShipTo,
    Thing,
    Units,
    Wishes,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PRICE = Money(18000, "KRW")
POLICY = Policy(mail_on=True, hash_key=b"a key")


def an_order(version: int = 1, *, cancel_version: int | None = None, at: datetime = NOW, **more) -> Order:
    """An order of two mugs and one tea, unless told otherwise: `wants={"1": 2}`."""
    wants = more.pop("wants", {"1": 2, "2": 1})
    known = {
        "test": False,
        "name": "#1001",
        "shop": "seoul-craft",
        "locale": "ko-KR",
        "country": "KR",
        "shipping": Money(3000, "KRW"),
        "lines": tuple(Line(line_id, f"Item {line_id}", units, PRICE) for line_id, units in wants.items()),
        "customer": things.Customer("김민아", "mina@example.test"),
        "ship_to": ShipTo("김민아", address1="세종대로 110", city="서울"),
        "wishes": Wishes("생일 축하해!"),
    }
    return Order("o1", version, at, cancel_version, **(known | more))


def an_edit(version: int = 2, *, lines: int = 2, touched: tuple[str, ...] = (), **what) -> Edit:
    """An edit of nothing, unless told `of_lines` or `of_address`."""
    known = {"of_lines": False, "of_address": False} | what
    return Edit(version, NOW, touched, lines, **known)


def allocated(line_id: str = "1", units: int = 1, location_id: str | None = "hub") -> Units:
    return Units(line_id, units, "allocated", location_id, None, None)


def short(line_id: str = "1", units: int = 1, outcome: str = "backordered", expected: str | None = None) -> Units:
    at = datetime.fromisoformat(expected) if expected else None
    return Units(line_id, units, outcome, None, "out_of_stock", at)


def a_decision(
    *units: Units, revision: int = 1, order_version: int = 1, asked: Iterable[Asked] = (), **more
) -> Decision:
    at = more.pop("at", NOW)
    return Decision("o1", revision, order_version, at, units, tuple(asked), short_in(units))


def a_package(package_id: str = "p1", **contents: int) -> Package:
    """A package with so many units of each line: `a_package("p1", _1=2)`."""
    inside = tuple(PackageLine(line_id.removeprefix("_"), units) for line_id, units in contents.items())
    return Package(package_id, "CJ Logistics", f"N-{package_id}", "https://track.example.test/1", inside)


def a_shipment(
    *packages: Package, number: int = 1, version: int = 1, lines: Iterable[ShipmentLine] = (), **more
) -> Shipment:
    known = {"revision": 1, "at": NOW, "location_id": "hub"} | more
    return Shipment(f"o1-F{number}", "o1", version, lines=tuple(lines), packages=packages, **known)


class Customer:
    """Holds what the service would hold, and keeps every letter that was made for it."""

    def __init__(self, policy: Policy = POLICY, now: datetime = NOW) -> None:
        self.held = Held()
        self.letters: list[Letter] = []
        self._policy = policy
        self._now = now

    def hears(self, *news: Thing) -> list[Letter]:
        """The letters that these news make due, one piece after the other."""
        before = len(self.letters)
        for one in news:
            due = heard(self.held, one, self._policy, self._now).letters
            told = {(letter.fact.value, about) for letter in due for about in letter.about or ("",)}
            after = hear(self.held, one)
            self.held = Held(after.order, after.decision, after.shipments, self.held.told | told)
            self.letters += due
        return self.letters[before:]

    def told(self) -> set[tuple[str, str]]:
        """What was told, sent or suppressed: (fact, package or line)."""
        return {(letter.fact.value, about) for letter in self.letters for about in letter.about or ("",)}


def later(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def what(letter: Letter) -> list[tuple[str, int]]:
    """What a letter says of its lines, as (what, quantity)."""
    return [(line["what"], line["quantity"]) for line in letter.words.say["lines"]]
