"""Reading what partners write. Hostile input: any JSON may stand in it. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

from fulfiller.domain.partner import AlreadySo, Heard, Refused, hear, refused
from fulfiller.domain.saying import NOBODYS
from fulfiller.domain.shipment import Shipment
from order_events import PartnerInbound, Problem, order_of_shipment

_ID = re.compile(r"[!-~]{1,128}\Z")
MAX_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class Letter:
    """One record of a partner. `message` is None where it cannot be read; `problems` then says why."""

    partner_id: str
    ce_id: str
    body: bytes
    conflict: bool
    message: PartnerInbound | None
    problems: tuple[Problem, ...]

    @property
    def shipment_id(self) -> str | None:
        """The shipment it names, as far as it can be read."""
        return self.message.shipment_id if self.message else _text(_fields(self.body), "shipment_id")

    @property
    def message_id(self) -> str:
        """The partner's own id of it, else that of its record."""
        if self.conflict:
            return self.ce_id
        named = self.message.message_id if self.message else _text(_fields(self.body), "message_id")
        return named or self.ce_id

    @property
    def name(self) -> tuple[str, str]:
        """What a message that could be read is remembered by: its shipment and its id."""
        assert self.message is not None
        return self.message.shipment_id, self.message.message_id

    @property
    def content_hash(self) -> bytes:
        """The same for messages that say the same, however they are written."""
        assert self.message is not None
        return sha256(self.message.model_dump_json().encode()).digest()[:16]


def partner_of(topic: str) -> str:
    """The partner a topic belongs to: only it may write there."""
    return topic.removeprefix("partner.").removesuffix(".inbound")


def order_named(body: bytes, _headers: Mapping[str, str] | None = None) -> str:
    """The order a record concerns, for lock and sequence; one constant where it names none."""
    shipment_id = _text(_fields(body), "shipment_id")
    return order_of_shipment(shipment_id) if shipment_id else NOBODYS


def read(topic: str, ce_id: str, body: bytes, *, conflict: bool) -> Letter:
    """One record as a letter, whether its message can be read or not."""
    try:
        message = PartnerInbound.model_validate_json(body, strict=True, extra="forbid")
    except ValidationError as error:
        return Letter(partner_of(topic), ce_id, body, conflict, None, _problems(error))
    return Letter(partner_of(topic), ce_id, body, conflict, message, ())


def too_old(topic: str, ce_id: str, body: bytes) -> Letter:
    """A record from before what this service remembers: nobody can say whether it was read then."""
    message = "the record is older than 40 days, so it cannot be known whether it was heard then; send it again"
    problems = (Problem(field="time", rule="too_old", message=message),)
    return Letter(partner_of(topic), ce_id, body, conflict=False, message=None, problems=problems)


def judge(letter: Letter, shipment: Shipment | None, heard_before: bytes | None) -> Heard:
    """What a letter does to the shipment it names.

    Args:
        letter: as it was read.
        shipment: the one it names, if there is one.
        heard_before: the hash of a message of the same id about the same shipment that was believed.
    """
    if letter.message is None:
        return Refused(letter.problems)
    if letter.conflict:
        return refused("ce_id", "id_reused", "another record with this ce_id had another body")
    if heard_before is not None:
        same = heard_before == letter.content_hash
        return AlreadySo() if same else refused("message_id", "id_reused", "this message id said something else before")
    return hear(letter.message, shipment, letter.partner_id)


def _fields(body: bytes) -> dict[str, Any]:
    try:
        read = from_json(body)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _text(fields: dict[str, Any], name: str) -> str | None:
    value = fields.get(name)
    return value if isinstance(value, str) and _ID.match(value) else None


def _problems(error: ValidationError) -> tuple[Problem, ...]:
    found = error.errors(include_url=False, include_context=False, include_input=False)[:MAX_PROBLEMS]
    return tuple(
        Problem(field=_path(one["loc"]), rule=one["type"][:64], message=one["msg"].replace("\x00", "")[:500])
        for one in found
    )


def _path(parts: tuple[str | int, ...]) -> str:
    return ".".join(map(str, parts)).replace("\x00", "")[:255]
