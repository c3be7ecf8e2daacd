"""From a body at the door to the order it would become, or to what is wrong with it. Pure."""

import re
from functools import lru_cache
from hashlib import sha256
from itertools import accumulate
from typing import Any

from msgspec import Struct
from msgspec.json import Decoder
from pydantic import ValidationError

from order_events import (
    Cancellation,
    Checkout,
    CheckoutLine,
    Instructions,
    OrderLine,
    OrderPlaced,
    Problem,
    altered,
    order_id_of,
    trusted_of,
)
from order_events.types import Id, Line, Value
from order_intake.domain.cancelling import taken_back
from order_intake.domain.causes import Cause
from order_intake.domain.codes import folded, tidy
from order_intake.domain.facts import Fact
from order_intake.domain.problems import problem, problems_of
from order_intake.domain.rules import broken_rules

MOST_BYTES = 1024 * 1024
DEEPEST = 32
TOO_LARGE = "size"  # the rule that a body of more bytes breaks
_BESIDE_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[^"{}\[\]]+', re.DOTALL)  # possessive: linear on any input
_STEP = {ord("{"): 1, ord("["): 1, ord("}"): -1, ord("]"): -1}


class Readable(Struct, frozen=True):
    """A checkout that breaks no rule: the order it would become, still without a name."""

    order: OrderPlaced
    shop: str
    body_hash: bytes  # of the bytes as they came
    causes: tuple[Cause, ...] = ()  # why it must wait, as its shop's own words could not be understood
    facts: tuple[Fact, ...] = ()  # what the shop also says bit by bit
    says_shortage: bool = True  # what is done where units are short; else its channel or shop says it

    @property
    def order_id(self) -> str:
        """Known before the order exists."""
        return self.order.order_id

    @property
    def checkout_id(self) -> str:
        """The checkout's id at its source."""
        return self.order.source_id


class Unreadable(Struct, frozen=True):
    """A body that is no order: what is wrong with it, and its id at its source if it has a usable one."""

    order_id: str
    checkout_id: str
    problems: tuple[Problem, ...]


Reading = Readable | Unreadable


class _Named(Struct, gc=False):
    """The names that tell an order apart from all others; of the rest of a body it is only seen that it is JSON."""

    shop: str
    source: str
    source_id: str


_names_in = Decoder(_Named).decode
_are_ids = re.compile(r"[!-~]{1,128}\n[!-~]{1,128}\n[!-~]{1,128}").fullmatch  # order_events.types.Id


class _Identity(Value):
    """The same as the checkout's own model reads it, which has the last word where a body is odd."""

    shop: Id
    source: Id
    source_id: Id


class _CheckoutId(Value):
    """What upstream calls the checkout, whatever else is wrong with it."""

    source_id: Line


class _Shop(Value):
    """Whose order a body is, whatever else is wrong with it."""

    shop: str


@lru_cache(maxsize=4096)  # asked twice per record, for its lock and for its order, with a batch in between
def identity(shop: str, source: str, source_id: str) -> str:
    """The order's id: shop and source are codes and compared as such, the source's own id is taken as it stands."""
    return order_id_of(folded(shop), folded(source), source_id)


def order_key(raw: bytes) -> str:
    """What a body is locked and kept in sequence by: its order's id, or a hash where it names no order."""
    try:
        named = _names_in(raw)
    except (ValueError, RecursionError):
        return _key_of_odd(raw)
    if _are_ids(f"{named.shop}\n{named.source}\n{named.source_id}"):
        return identity(named.shop, named.source, named.source_id)
    return _key_of_odd(raw)


def _key_of_odd(raw: bytes) -> str:
    try:
        named = _Identity.model_validate_json(raw, strict=True)
    except ValidationError:
        return order_id_of("", "", sha256(raw).hexdigest())
    return identity(named.shop, named.source, named.source_id)


def shop_named(reading: Reading, raw: bytes) -> str | None:
    """The folded code of the shop that a body names, also where it is no order; None where it names none."""
    if isinstance(reading, Readable):
        return reading.shop
    try:
        return folded(_Shop.model_validate_json(raw, strict=True).shop)
    except ValidationError:
        return None


def read_checkout(raw: bytes) -> Reading:
    """The order that a body asks for, or all that is wrong with it."""
    if len(raw) > MOST_BYTES:
        return _unreadable(raw, (problem("", TOO_LARGE, f"the body must not exceed {MOST_BYTES} bytes"),))
    try:
        checkout = Checkout.model_validate_json(raw, strict=True, extra="forbid")
    except ValidationError as error:
        return _unreadable(raw, _too_deep(raw) or problems_of(error))
    return taken_as(raw, checkout) or _unreadable(raw, broken_by(checkout))


def taken_as(
    raw: bytes, checkout: Checkout, causes: tuple[Cause, ...] = (), facts: tuple[Fact, ...] = ()
) -> Readable | None:
    """The order that a checkout says, in whatever words its body was; None where it breaks a rule."""
    order = _order_of(checkout)
    if broken_rules(order):
        return None
    says_shortage = "shortage_policy" in checkout.model_fields_set
    return Readable(order, folded(checkout.shop), sha256(raw).digest(), causes, facts, says_shortage)


def broken_by(checkout: Checkout) -> tuple[Problem, ...]:
    """The rules that a checkout breaks."""
    return broken_rules(_order_of(checkout))


def named(order: OrderPlaced, name: str, **facts: Any) -> OrderPlaced:
    """The order under the name its shop's counter gave it, with what our policies add."""
    return altered(order, name=name, **facts)


def _order_of(checkout: Checkout) -> OrderPlaced:
    made: dict[str, Any] = {
        "order_id": identity(checkout.shop, checkout.source, checkout.source_id),
        "name": "",
        "holds": (),
        "cancellation": _cancellation_of(checkout),
        "lines": tuple([line_of(line) for line in checkout.lines]) if not checkout.cancelled else _over(checkout),
        "instructions": _instructions_of(checkout.instructions),
        "refunds_asked": (),
        "told_by": (),
    }
    order = {**checkout.__dict__, **made}
    del order["cancelled"]
    return trusted_of(OrderPlaced, order)


def _cancellation_of(checkout: Checkout) -> Cancellation | None:
    said = checkout.cancelled
    return Cancellation(at=said.at, reason=said.reason, actor=checkout.shop) if said else None


def _over(checkout: Checkout) -> tuple[OrderLine, ...]:
    """The lines of an order that is cancelled when it is first heard of: nothing of it is to be done."""
    return tuple([taken_back(line_of(line), 0) for line in checkout.lines])


def line_of(line: CheckoutLine) -> OrderLine:
    """An order's line as its checkout says it."""
    made = {**line.__dict__, "sku": tidy(line.sku), "cancelled": line.removed}
    del made["removed"]
    return trusted_of(OrderLine, made)


def _instructions_of(instructions: Instructions) -> Instructions:
    if not instructions.sample_skus:
        return instructions
    return instructions.model_copy(update={"sample_skus": tuple(tidy(sku) for sku in instructions.sample_skus)})


def with_used_record_id(reading: Reading) -> Unreadable:
    """A record under an id that another record had: which of the two is meant cannot be known."""
    message = "another record had this id with another body; each record needs an id of its own"
    return Unreadable(reading.order_id, reading.checkout_id, (problem("ce_id", "conflict", message),))


def too_old(reading: Reading) -> Unreadable:
    """A record from before what this service remembers: nobody can say whether it was read then."""
    message = "the record is older than 40 days, so it cannot be known whether it was taken then; send it again"
    return Unreadable(reading.order_id, reading.checkout_id, (problem("time", "too_old", message),))


def _unreadable(raw: bytes, problems: tuple[Problem, ...]) -> Unreadable:
    try:
        checkout_id = _CheckoutId.model_validate_json(raw, strict=True).source_id
    except ValidationError:
        checkout_id = ""
    return Unreadable(order_key(raw), checkout_id, problems)


def _too_deep(raw: bytes) -> tuple[Problem, ...]:
    """No order is deep, so depth is looked at only when a body is refused anyway: it then is the first to mend."""
    depths = accumulate(_STEP[bracket] for bracket in _BESIDE_BRACKETS.sub(b"", raw))
    if max(depths, default=0) <= DEEPEST:
        return ()
    return (problem("", "depth", f"objects and lists must not be nested deeper than {DEEPEST}"),)
