"""What the merchant says of a sales channel: who it is, what its words mean, and what is done for it. Pure values."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from msgspec import Struct

from order_events import LineKind, ShortagePolicy
from order_intake.domain.codes import folded

T = TypeVar("T")

ANY = "*"  # in a policy by name: for whatever is not named
DAY_HOURS = 24
WEEKEND = (5, 6)


class System(StrEnum):
    """Which shop system a channel runs on: how what it sends is read, and how it is known to be from there."""

    NATIVE = "native"
    SHOPIFY = "shopify"


class Mailer(StrEnum):
    """Who tells the customer a fact."""

    WE = "we"
    SHOP = "shop"
    NOBODY = "nobody"


class Unpaid(StrEnum):
    """What is done with an order that is not paid yet: its units are kept for a time, or no stock is taken."""

    RESERVE = "reserve"
    WAIT = "wait"


class PaymentPolicy(Struct, frozen=True):
    """What is done while a payment method has not paid, and after how many hours the order expires."""

    unpaid: Unpaid = Unpaid.RESERVE
    hours: int = DAY_HOURS


class Wish(StrEnum):
    """Where a line property or note attribute of the shop belongs; what is not mapped is kept as a property."""

    GIFT_MESSAGE = "gift_message"
    CARD = "card"
    NOTE_TO_PACKER = "note_to_packer"
    GIFT_WRAP = "gift_wrap"
    PACKAGING = "packaging"
    SAMPLE_SKUS = "sample_skus"
    DELIVERY_NOTE = "delivery_note"
    ENTRY_CODE = "entry_code"


class Calendar(Struct, frozen=True):
    """When a channel's orders are worked on: days of handling, the cut-off, the days it is closed."""

    handling_days: int = 1
    cut_off: str = "14:00"  # in the shop's time zone; what comes later counts from the next day
    closed_weekdays: tuple[int, ...] = WEEKEND  # Monday is 0
    closed_dates: tuple[str, ...] = ()  # ISO dates
    deliver_days: dict[str, int] = {}  # by shipping service, `*` for all others: days from ship-by to deliver-by


class Rate(Struct, frozen=True):
    """How many requests of a channel are taken: so many a second, and so many at once after a quiet time."""

    per_s: int = 200
    burst: int = 400


class Shop(Struct, frozen=True):
    """A sales channel as it is registered; `shop` is its folded code. The secrets are kept apart."""

    shop: str
    system: System = System.NATIVE
    currency: str | None = None
    locale: str = "en"
    time_zone: str = "UTC"
    order_prefix: str = "#"
    mails: dict[str, Mailer] = {}  # by fact, `*` for all others
    skus: dict[str, str] = {}  # what the shop calls a SKU -> ours
    services: dict[str, str] = {}  # its shipping services -> ours
    places: dict[str, str] = {}  # its places of pick-up -> ours
    knows_services: bool = False  # a service that `services` does not name holds the order
    kinds: dict[str, LineKind] = {}  # by SKU, product type or line title, as the shop writes it
    wishes: dict[str, Wish] = {}  # by name of a line property or note attribute
    payment: dict[str, PaymentPolicy] = {}  # by payment method, `*` for all others
    shortage: dict[str, ShortagePolicy] = {}  # by channel, `*` for all others
    calendar: Calendar = Calendar()
    rate: Rate = Rate()
    holds_high_risk: bool = True
    customs_countries: tuple[str, ...] = ()  # countries to which a line needs HS code and origin
    is_registered: bool = True

    @property
    def is_told(self) -> bool:
        """Whether its system tells us what is so already, so that nobody is there to be refused."""
        return self.system is not System.NATIVE


def unregistered(shop: str) -> Shop:
    """How a channel is treated that nobody has registered."""
    return Shop(shop, is_registered=False)


def named(by_name: Mapping[str, T], name: str | None) -> T | None:
    """What is said of this name: as it is written, else as codes are compared, else of `*`; None where nothing is."""
    if name is None:
        return by_name.get(ANY)
    found = by_name.get(name)
    if found is None:
        found = by_name.get(folded(name))
    return by_name.get(ANY) if found is None else found
