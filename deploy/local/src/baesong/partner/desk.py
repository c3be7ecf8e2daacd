"""What the simulated partner answers to what it is asked. Pure: time is handed in, nothing is read or sent."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from baesong.partner.behaviour import Behaviour
from baesong.partner.tracking import tracking_of

Json = dict[str, object]
ON_ITS_WAY = "It is on its way."
EVENTS_AFTER_S = (("in_transit", 0.2), ("delivered", 0.4))


@dataclass(frozen=True, slots=True)
class Line:
    """Units of a line the partner is asked to ship."""

    line_id: str
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A shipment as the partner reads it; its place's id begins with the country.

    `version` counts what is said of the shipment: a part that it let go of may be requested anew, at a higher one.
    """

    shipment_id: str
    location_id: str
    lines: Sequence[Line]
    version: int = 1


@dataclass(frozen=True, slots=True)
class Answer:
    """Something to be said at a time; `body` lacks only the time it happened, which is when it is said.

    `version` is that of what it answers.
    """

    at: float
    message_id: str
    shipment_id: str
    body: Json
    version: int = 1

    @property
    def dispatches(self) -> bool:
        """Say whether it is the news of a package."""
        return self.body["kind"] == "dispatched"


class Desk:
    """The partner's books: which shipments it took on, let go of or would not have, and what it has said.

    Args:
        behaviour: how it decides.
        said: message id to message, from an earlier life.
    """

    def __init__(self, behaviour: Behaviour, said: Mapping[str, bytes]) -> None:
        self._behaviour = behaviour
        self._said = dict(said)
        self._asked: dict[str, int] = {}  # the version of the newest request
        self._parts: dict[str, set[str]] = {}  # the packages of the newest request
        self._left: set[str] = set()
        self._let_go: dict[str, int] = {}  # what was requested up to this version is not shipped
        for body in said.values():
            self._fold(json.loads(body) if body.startswith(b"{") else {})

    def requested(self, asked: Asked, now: float) -> list[Answer]:
        """Answer a request to ship; the same request again is answered by what was said, and packs nothing twice."""
        if self._asked.get(asked.shipment_id, 0) >= asked.version:
            return []
        self._asked[asked.shipment_id] = asked.version
        begin = now + self._behaviour.lateness_s(asked.shipment_id)
        if self._behaviour.rejects(asked.shipment_id):
            self._parts[asked.shipment_id] = set()
            return self._doubled([self._rejected(asked.shipment_id, begin)])
        packages = self._packages(asked, begin)
        self._parts[asked.shipment_id] = {package.message_id for package in packages}
        accepted = _answer(asked.shipment_id, begin, "accepted", asked.version)
        travels = [event for package in packages for event in self._travels(package)]
        return self._doubled([accepted, *packages, *travels])

    def asked_to_cancel(self, shipment_id: str, now: float, version: int = 2) -> list[Answer]:
        """Let go of what has not left, or keep it; what has left is kept. What it would not have it rejects now."""
        if self._behaviour.rejects(shipment_id):
            return self._doubled([self._rejected(shipment_id, now)])
        let_go = self._let_go.get(shipment_id, 0) >= version
        if not let_go and (self._all_left(shipment_id) or self._behaviour.keeps(shipment_id)):
            late = [] if self.knows(f"{shipment_id}-accepted") else [_answer(shipment_id, now, "accepted")]
            kept = _answer(shipment_id, now, "cancellation_rejected", version, message=ON_ITS_WAY)
            return self._doubled([*late, kept])
        self._let_go[shipment_id] = max(version, self._let_go.get(shipment_id, 0))
        return self._doubled([_answer(shipment_id, now, "cancellation_accepted", version)])

    def say(self, answer: Answer, happened_at: str) -> bytes | None:
        """Give the message as it goes out, the very bytes of last time if it was said before.

        Returns:
            The message, or None if it is no longer true: a package of a shipment that was let go of.
        """
        if answer.message_id not in self._said:
            if not self._still_true(answer):
                return None
            body = answer.body | {"message_id": answer.message_id, "happened_at": happened_at}
            self._said[answer.message_id] = json.dumps(body).encode()
            self._fold(body)
        return self._said[answer.message_id]

    def note(self, message_id: str, body: bytes) -> None:
        """Note something said that answers nothing."""
        self._said[message_id] = body

    def knows(self, message_id: str) -> bool:
        """Say whether this was said before."""
        return message_id in self._said

    def _fold(self, body: Mapping[str, object]) -> None:
        if body.get("kind") == "dispatched":
            self._left.add(str(body["package_id"]))
        if body.get("kind") == "cancellation_accepted":
            shipment_id, version = str(body["shipment_id"]), _version_of(str(body["message_id"]))
            self._let_go[shipment_id] = max(version, self._let_go.get(shipment_id, 0))

    def _still_true(self, answer: Answer) -> bool:
        """After letting go it says that it did, what concerns packages that left before, and what answers a later
        request.
        """
        if answer.body["kind"] == "cancellation_accepted" or answer.body.get("package_id") in self._left:
            return True
        return answer.version > self._let_go.get(answer.shipment_id, 0)

    def _all_left(self, shipment_id: str) -> bool:
        """Say whether nothing is left to let go of; a shipment of an earlier life was finished in it."""
        if shipment_id not in self._parts:
            return shipment_id not in self._let_go and f"{shipment_id}-P1" in self._left
        return self._parts[shipment_id] <= self._left

    def _rejected(self, shipment_id: str, at: float) -> Answer:
        reason, words = self._behaviour.why_rejected(shipment_id)
        return _answer(shipment_id, at, "rejected", reason=reason, message=words)

    def _packages(self, asked: Asked, begin: float) -> list[Answer]:
        packing = self._behaviour.packing_s(asked.shipment_id)
        parts = halves(asked.lines) if self._behaviour.in_parts(asked.shipment_id) else [asked.lines]
        return [self._package(asked, n, part, begin + packing * (n + 1) / 2) for n, part in enumerate(parts, 1)]

    def _package(self, asked: Asked, number: int, lines: Sequence[Line], at: float) -> Answer:
        package_id = _named(f"{asked.shipment_id}-P{number}", asked.version)
        carrier, tracking = tracking_of(package_id, asked.location_id[:2])
        packed = [{"line_id": line.line_id, "sku": line.sku, "quantity": line.quantity} for line in lines]
        said: Json = {"package_id": package_id, "carrier": carrier, "number": tracking, "lines": packed}
        body = _body(asked.shipment_id, "dispatched") | said
        return Answer(at, package_id, asked.shipment_id, body, asked.version)

    def _travels(self, package: Answer) -> list[Answer]:
        package_id = package.message_id
        if not self._behaviour.reports(package_id):
            return []
        return [
            Answer(
                package.at + after,
                f"{package_id}-{milestone}",
                package.shipment_id,
                _body(package.shipment_id, "event") | {"package_id": package_id, "milestone": milestone},
                package.version,
            )
            for milestone, after in EVENTS_AFTER_S
        ]

    def _doubled(self, answers: list[Answer]) -> list[Answer]:
        """Send each answer twice for the shipments drawn for it; a package also under another message id."""
        if not answers or not self._behaviour.doubles(answers[0].shipment_id):
            return answers
        again = [answer for answer in answers for _ in range(2)]
        renamed = [replace(a, message_id=f"{a.message_id}-again") for a in answers if a.dispatches]
        return again + renamed


def halves(lines: Sequence[Line]) -> list[Sequence[Line]]:
    """Share units out over two packages, the larger part first; a single unit stays whole."""
    first = [Line(line.line_id, line.sku, (line.quantity + 1) // 2) for line in lines]
    second = [Line(line.line_id, line.sku, line.quantity // 2) for line in lines if line.quantity > 1]
    if not second and len(lines) > 1:
        return [lines[:-1], lines[-1:]]
    return [first, second] if second else [lines]


def _answer(shipment_id: str, at: float, kind: str, version: int = 1, **more: object) -> Answer:
    message_id = _named(f"{shipment_id}-{kind}", version)
    return Answer(at, message_id, shipment_id, _body(shipment_id, kind) | more, version)


def _named(name: str, version: int) -> str:
    """A name of its own for each thing that is answered; of a first request, the plain one."""
    return name if version == 1 else f"{name}@{version}"


def _version_of(message_id: str) -> int:
    """The version of what a message answered."""
    _, _, version = message_id.rpartition("@")
    return int(version) if version.isdigit() else 1


def _body(shipment_id: str, kind: str) -> Json:
    return {"shipment_id": shipment_id, "kind": kind}
