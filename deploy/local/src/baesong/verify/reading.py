"""From the records of all topics to what an auditor keeps; the same record twice counts once."""

import re
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b, sha256
from typing import Any

from pydantic_core import from_json

from baesong.verify.books import Topics
from baesong.verify.log import DEAD_LETTERS, OUTSIDE, Ends, Log
from baesong.verify.said import CheckoutRead, Said
from baesong.verify.slim import answer_of, decision_of, notice_of, order_of, shipment_of
from order_events import read_headers

CHECKOUTS = "checkout.completed"
DIGEST_BYTES = 12
OUTSIDE_ID = re.compile(r"[!-~]{1,128}")
DOOR_BYTES = 1024 * 1024  # the largest record that a door takes
Fold = Callable[[Topics, Mapping[str, Any], int], None]

FOLDS: Mapping[str, Fold] = {
    "checkout.answered": lambda topics, body, _: topics.answers.append(answer_of(body)),
    "order.placed": lambda topics, body, version: topics.orders.append(order_of(body, version)),
    "order.changed": lambda topics, body, version: topics.orders.append(order_of(body, version)),
    "allocation.decided": lambda topics, body, _: topics.decisions.append(decision_of(body)),
    "shipment.created": lambda topics, body, version: topics.shipments.append(shipment_of(body, version)),
    "shipment.updated": lambda topics, body, version: topics.shipments.append(shipment_of(body, version)),
    "customer.notified": lambda topics, body, version: topics.notices.append(notice_of(body, version)),
}


async def read_topics(log: Log, ends: Ends) -> Topics:
    """Read all that stood in the topics at these ends."""
    reader = Reader()
    async for record in log.records(ends):
        reader.take(log.plain(record.topic), record)
    return reader.topics


class Reader:
    """Takes records one by one, in whatever order."""

    def __init__(self) -> None:
        self.topics = Topics()
        self._digests: dict[tuple[str, bytes], None] = {}

    def take(self, topic: str, record: Any) -> None:
        """Take one record of a topic, named without prefix; one that is no event is noted as such."""
        self.topics.records[topic] = self.topics.records.get(topic, 0) + 1
        if topic.endswith(DEAD_LETTERS):
            self.topics.dead_letters |= {(topic, name) for name in copied_names(record.headers)}
            return
        try:
            self._take_event(topic, record, read_headers(record.headers))
        except (AttributeError, KeyError, TypeError, ValueError):
            self.topics.unreadable.append(place_of(topic, record))

    def _take_event(self, topic: str, record: Any, headers: Mapping[str, str]) -> None:
        if OUTSIDE.fullmatch(topic):
            self._take_outside(topic, record, headers["ce_id"])
        else:
            self._take_ours(topic, record, headers)

    def _take_outside(self, topic: str, record: Any, ce_id: str) -> None:
        from_json(record.value)
        if not OUTSIDE_ID.fullmatch(ce_id) or len(record.value) > DOOR_BYTES:
            raise ValueError("not a record that a door takes")
        if topic == CHECKOUTS:
            self.topics.checkouts.append(CheckoutRead(place_of(topic, record), ce_id, told_apart_by(record.value)))

    def _take_ours(self, topic: str, record: Any, headers: Mapping[str, str]) -> None:
        said = _said(topic, record, headers)
        if (said.id, said.digest) in self._digests:
            return
        body = from_json(record.value)
        if fold := FOLDS.get(topic):
            fold(self.topics, body, said.version)
        self._digests[said.id, said.digest] = None
        self.topics.said.append(said)


def _said(topic: str, record: Any, headers: Mapping[str, str]) -> Said:
    """Keep who says what; the digest covers the body and what the headers say it is the body of."""
    id_, subject, version = headers["ce_id"], headers["ce_subject"], int(headers["x-aggregate-version"])
    digest = blake2b(f"{topic}\n{subject}\n{version}\n".encode() + record.value, digest_size=DIGEST_BYTES).digest()
    return Said(topic, id_, subject, version, digest, place_of(topic, record))


def told_apart_by(body: bytes) -> str:
    """Give what stands behind the id of a record that reuses it with another body, where that is answered."""
    return sha256(body).hexdigest()[:16]


def copied_names(headers: Sequence[tuple[str, bytes]]) -> list[str]:
    """Name what a dead letter copies: by its place, and by its event where that was read; the copied headers may be
    anything.
    """
    said = {name: (value or b"").decode(errors="replace") for name, value in headers}  # Kafka allows none
    topic, ce_id = said.get("x-dlq-topic", "?"), said.get("ce_id", "?")
    place = "/".join(said.get(f"x-dlq-{part}", "?") for part in ("topic", "partition", "offset"))
    return [place, f"parked {ce_id}", f"parked {topic}/{ce_id}"]


def place_of(topic: str, record: Any) -> str:
    """Name the place of a record, its topic without prefix."""
    return f"{topic}/{record.partition}/{record.offset}"
