"""What the customer asked for, from note, note attributes and line properties, by the merchant's mapping. Pure."""

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from order_events import Instructions
from order_intake.domain.codes import folded, tidy
from order_intake.domain.rules import LONGEST_SKU
from order_intake.domain.shopify.aside import LONGEST_TEXT, Aside
from order_intake.domain.shopify.deliveries import LONGEST_CODE
from order_intake.domain.shopify.lines import numbered
from order_intake.domain.shopify.payloads import NameValue, OrderPayload
from order_intake.domain.shopify.words import Words, meant
from order_intake.domain.shops import Wish

MOST_SAMPLES = 20  # order_events.Instructions.sample_skus
_NO = frozenset(
    {"", "0", "no", "n", "false", "off", "none", "null", "nein", "non", "아니오", "아니요", "없음", "いいえ", "否"}
)
_YES = frozenset({"1", "yes", "y", "true", "on", "ja", "oui", "si", "sí", "예", "네", "はい", "是"})
_between_skus = re.compile(r"[,;\n]").split


class Ask(Struct, frozen=True):
    """One thing said by the customer, under the shop's name for it."""

    name: str
    value: str
    line_id: str | None = None


class Asked(Struct, frozen=True):
    """All that was asked for, each at its place."""

    gift_message: str | None
    card: str | None
    note_to_packer: str | None
    delivery_note: str | None
    entry_code: str | None
    instructions: Instructions


def asked_of(payload: OrderPayload, words: Words, aside: Aside) -> Asked:
    """What the order asks for; what the merchant has not mapped is kept as a property of the order or its line."""
    mapped: dict[Wish, list[Ask]] = {wish: [] for wish in Wish}
    if payload.note:
        mapped[Wish.NOTE_TO_PACKER].append(Ask("note", payload.note))
    for ask in _asks(payload):
        wish = words.wishes.get(folded(ask.name))
        if wish:
            mapped[wish].append(ask)
        if not wish or (ask.line_id and len(payload.line_items) > 1):  # an order's field does not say of which line
            aside.keep(ask.name, ask.value, ask.line_id)
    return Asked(
        gift_message=_joined(mapped[Wish.GIFT_MESSAGE], aside),
        card=_joined(mapped[Wish.CARD], aside),
        note_to_packer=_joined(mapped[Wish.NOTE_TO_PACKER], aside),
        delivery_note=_joined(mapped[Wish.DELIVERY_NOTE], aside),
        entry_code=_first_code(mapped[Wish.ENTRY_CODE], aside),
        instructions=Instructions(
            gift_wrap=_wrapped(mapped[Wish.GIFT_WRAP], aside),
            packaging=_first_code(mapped[Wish.PACKAGING], aside),
            sample_skus=_samples(mapped[Wish.SAMPLE_SKUS], words, aside),
        ),
    )


def _asks(payload: OrderPayload) -> Iterator[Ask]:
    yield from (Ask(each.name, each.value) for each in payload.note_attributes)
    for _, line_id, item in numbered(payload.line_items):
        yield from (_of_line(each, line_id) for each in item.properties)


def _of_line(each: NameValue, line_id: str) -> Ask:
    return Ask(each.name, each.value, line_id)


def _joined(asks: Sequence[Ask], aside: Aside) -> str | None:
    """Everything said, each text once; what does not fit any more is kept aside."""
    texts: list[str] = []
    for ask in asks:
        if not ask.value.strip() or ask.value in texts:
            continue
        if len("\n".join((*texts, ask.value))) <= LONGEST_TEXT:
            texts.append(ask.value)
        else:
            aside.keep(ask.name, ask.value, ask.line_id)
    return "\n".join(texts) or None


def _first_code(asks: Sequence[Ask], aside: Aside) -> str | None:
    """The first code that is one; another one that was asked for is kept aside."""
    found: str | None = None
    for ask in asks:
        code = tidy(ask.value)
        if code and found is None and len(code) <= LONGEST_CODE:
            found = code
        elif code and code != found:
            aside.keep(ask.name, ask.value, ask.line_id)
    return found


def _wrapped(asks: Sequence[Ask], aside: Aside) -> bool:
    """Any word but a no asks for wrap; one that is no plain yes, such as a colour, is kept aside."""
    wishes = [ask for ask in asks if folded(ask.value) not in _NO]
    for ask in wishes:
        if folded(ask.value) not in _YES:
            aside.keep(ask.name, ask.value, ask.line_id)
    return bool(wishes)


def _samples(asks: Sequence[Ask], words: Words, aside: Aside) -> tuple[str, ...]:
    found: list[str] = []
    for ask in asks:
        skus = [tidy(sku) for sku in _between_skus(ask.value) if sku.strip()]
        if len(found) + len(skus) <= MOST_SAMPLES and all(len(sku) <= LONGEST_SKU for sku in skus):
            found += [meant(words.skus, (sku,)) or sku for sku in skus]
        else:
            aside.keep(ask.name, ask.value, ask.line_id)
    return tuple(found)
