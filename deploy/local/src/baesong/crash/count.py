"""The suite's own count of what came of the orders, from the topics, the feeder's list and the mails. Pure.

`verify` proves far more; this says the three numbers that matter, and shares none of its rules.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic_core import from_json

Json = Mapping[str, Any]
T = TypeVar("T")


@dataclass(frozen=True)
class Came:
    """What came of the orders: the ids of those lost, doubled and stuck, each with what is wrong about it."""

    orders: int
    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    stuck: tuple[str, ...]


@dataclass
class Newest(Generic[T]):
    """The highest version of each thing, whatever the sequence in which its versions are read."""

    of: dict[str, tuple[int, T]] = field(default_factory=dict)

    def take(self, id_: str, version: int, thing: T) -> None:
        """Keep it if it is the newest so far."""
        if id_ not in self.of or self.of[id_][0] < version:
            self.of[id_] = (version, thing)

    def now(self) -> dict[str, T]:
        """Give each thing by id, as it is now."""
        return {id_: thing for id_, (_, thing) in self.of.items()}


class Count:
    """Counts record by record; the same event twice, by its id, is one."""

    TOPICS = frozenset(
        {
            "order.placed",
            "checkout.answered",
            "allocation.decided",
            "shipment.created",
            "shipment.updated",
            "customer.notified",
        }
    )

    def __init__(self) -> None:
        self.records: Counter[str] = Counter()
        self._events: set[tuple[str, str]] = set()
        self._versions: dict[str, set[int]] = defaultdict(set)
        self._placed: dict[str, set[str]] = defaultdict(set)
        self._answered: dict[str, set[str]] = defaultdict(set)
        self._given: Newest[int] = Newest()
        self._shipments: Newest[Json] = Newest()
        self._notices: Newest[Json] = Newest()

    @property
    def repeated(self) -> int:
        """How many records said again what another one said."""
        return self.records.total() - len(self._events)

    def take(self, topic: str, headers: Mapping[str, str], value: bytes) -> None:
        """Take a record of a topic, named without prefix."""
        event = headers["ce_id"]
        self.records[topic] += 1
        if (topic, event) in self._events:
            return
        self._events.add((topic, event))
        if "x-aggregate-version" in headers:
            self._versions[headers["ce_subject"]].add(int(headers["x-aggregate-version"]))
        self._keep(topic, event, int(headers.get("x-aggregate-version", 0)), value)

    def _keep(self, topic: str, event: str, version: int, value: bytes) -> None:
        match topic:
            case "order.placed":
                self._placed[from_json(value)["order_id"]].add(event)
            case "checkout.answered":
                self._answered[from_json(value)["record_id"].partition("#")[0]].add(event)
            case "allocation.decided":
                body = from_json(value)
                given = sum(each["quantity"] for each in body["units"] if each["outcome"] == "allocated")
                self._given.take(body["order_id"], body["revision"], given)
            case "shipment.created" | "shipment.updated":
                body = from_json(value)
                self._shipments.take(body["shipment_id"], version, body)
            case "customer.notified":
                body = from_json(value)
                self._notices.take(body["message_id"], version, body)

    def came(self, sent: Iterable[Json], mails: Iterable[str]) -> Came:
        """Say what came of what was sent.

        Args:
            sent: the lines of the feeder's own list.
            mails: the message each mail in the sink carries.
        """
        rows = list(sent)
        orders = {row["order_id"] for row in rows if row["expect"] == "placed"}
        came = Counter(mails)
        units = self._units_in_shipments()
        lost = [*self._never_placed(orders), *self._never_answered(rows), *self._under(orders, units)]
        lost += [*self._untold(orders), *self._unmailed(came), *self._never_said()]
        doubled = [*self._placed_twice(), *self._over(orders, units), *self._told_twice(), *self._mailed_twice(came)]
        return Came(len(orders), tuple(lost), tuple(doubled), tuple(self._open()))

    def _never_placed(self, orders: set[str]) -> Iterable[str]:
        return (f"{id_} not placed" for id_ in sorted(orders - self._placed.keys()))

    def _never_said(self) -> Iterable[str]:
        """A version that a later one shows to have been decided, and that no topic holds."""
        for subject, versions in self._versions.items():
            if missing := sorted(set(range(1, max(versions))) - versions):
                yield f"{subject} version {missing[0]} was never said"

    def _never_answered(self, rows: Iterable[Json]) -> Iterable[str]:
        records = {row["ce_id"] for row in rows if row["door"] == "kafka"}
        return (f"record {id_} not answered" for id_ in sorted(records - self._answered.keys()))

    def _placed_twice(self) -> Iterable[str]:
        return (f"{id_} placed {len(events)} times" for id_, events in self._placed.items() if len(events) > 1)

    def _units_in_shipments(self) -> Counter[str]:
        units: Counter[str] = Counter()
        for body in self._shipments.now().values():
            units[body["order_id"]] += sum(line["ordered"] - line["released"] for line in body["lines"])
        return units

    def _under(self, orders: set[str], units: Counter[str]) -> Iterable[str]:
        """An order without a decision, or with fewer units in its shipments than it was given."""
        given = self._given.now()
        for id_ in sorted(orders & self._placed.keys()):
            if id_ not in given:
                yield f"{id_} not decided"
            elif units[id_] < given[id_]:
                yield f"{id_} has {units[id_]} of {given[id_]} units in shipments"

    def _over(self, orders: set[str], units: Counter[str]) -> Iterable[str]:
        given = self._given.now()
        for id_ in sorted(orders & given.keys()):
            if units[id_] > given[id_]:
                yield f"{id_} has {units[id_]} units in shipments and was given {given[id_]}"

    def _messages(self) -> Mapping[tuple[str, str, str], list[Json]]:
        """The newest word on each message, by order, fact and what it is about."""
        found: dict[tuple[str, str, str], list[Json]] = defaultdict(list)
        for body in self._notices.now().values():
            for about in body["about"] or [""]:
                found[body["order_id"], body["fact"], about].append(body)
        return found

    def _untold(self, orders: set[str]) -> Iterable[str]:
        told = {body["order_id"] for body in self._notices.now().values() if body["fact"] == "confirmed"}
        return (f"{id_} not confirmed to the customer" for id_ in sorted((orders & self._placed.keys()) - told))

    def _told_twice(self) -> Iterable[str]:
        for (id_, fact, about), bodies in self._messages().items():
            if len(bodies) > 1:
                yield f"{id_} told {fact} {about} {len(bodies)} times"

    def _unmailed(self, mails: Counter[str]) -> Iterable[str]:
        sent = (id_ for id_, body in self._notices.now().items() if body["status"] == "sent")
        return (f"message {id_} sent, and no mail" for id_ in sent if not mails[id_])

    def _mailed_twice(self, mails: Counter[str]) -> Iterable[str]:
        return (f"message {id_} mailed {times} times" for id_, times in mails.items() if times > 1)

    def _open(self) -> Iterable[str]:
        for id_, body in self._shipments.now().items():
            if body["status"] in {"open", "in_progress"}:
                yield f"{id_} {body['status']}"
