"""What is sent, in which order, and what must come of each record."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from baesong.feed.checkouts import Json, to_bytes
from order_events import order_id_of

Door = Literal["kafka", "http"]
Expect = Literal["placed", "repeated", "refused"]
Source = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Sending:
    """One record to be sent.

    Args:
        ce_id: the record's id; for HTTP its idempotency key.
        expect: what must come of it.
        after_known: wait until the order is there; its first record went through the other door.
        cancel_after_s: ask for a cancel that long after the order is there.
    """

    ce_id: str
    door: Door
    shop: str
    source: str
    source_id: str
    body: bytes
    expect: Expect
    after_known: bool = False
    cancel_after_s: float | None = None

    @property
    def order_id(self) -> str:
        """The id of the order this record is about."""
        return order_id_of(self.shop, self.source, self.source_id)

    def evidence(self) -> str:
        """Give the line of the feeder's own list that an auditor reads."""
        said = {
            "ce_id": self.ce_id,
            "door": self.door,
            "shop": self.shop,
            "source": self.source,
            "source_id": self.source_id,
            "order_id": self.order_id,
            "expect": self.expect,
        }
        return json.dumps(said, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Draft:
    """A checkout that is to be sent; `wrong` says that its body breaks a rule of the contract."""

    body: Json
    door: Door = "kafka"
    wrong: bool = False
    cancel_after_s: float | None = None
    ce_id_of: int | None = None  # the number of an earlier draft whose very record this is again


@dataclass(frozen=True, slots=True)
class First:
    """The first record of an order: its door and its body's digest."""

    door: Door
    digest: bytes


def sendings(run: str, drafts: Iterable[Draft]) -> Iterator[Sending]:
    """Number the records of a run and say what must come of each, judged by what was sent before and nothing else.

    A body that breaks a rule is refused. The first whole body of an id is placed, the same body again is repeated, and
    another body of that id is refused: no draft carries a newer time of change.

    Args:
        run: what the ids of this run's records begin with.
        drafts: in the order in which they are sent.
    """
    first: dict[Source, First] = {}
    for number, draft in enumerate(drafts):
        id_, body = _source_of(draft.body), to_bytes(draft.body)
        this = First(draft.door, sha256(body).digest())
        known = None if draft.wrong else first.setdefault(id_, this)
        after_known = known is not None and known.door != draft.door
        record = number if draft.ce_id_of is None else draft.ce_id_of
        ce_id = f"{run}-{record:06d}"
        yield Sending(ce_id, draft.door, *id_, body, _expected(known, this), after_known, draft.cancel_after_s)


def _expected(known: First | None, this: First) -> Expect:
    if known is None:
        return "refused"
    if known is this:
        return "placed"
    return "repeated" if known.digest == this.digest else "refused"


def _source_of(body: Json) -> Source:
    return str(body["shop"]), str(body["source"]), str(body["source_id"])
