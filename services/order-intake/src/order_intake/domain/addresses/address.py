"""An address as it was given, and what is found of it. Pure."""

from enum import StrEnum

from msgspec import Struct

from order_events import Problem


class Address(Struct, frozen=True, kw_only=True):
    """Where something goes, field by field in the sender's own words; any of them may be missing."""

    country_code: str | None = None
    province_code: str | None = None
    province: str | None = None
    city: str | None = None
    district: str | None = None  # a ward below the city (구, 区, bairro), where a system has a field for it
    address1: str | None = None
    address2: str | None = None
    postal_code: str | None = None
    company: str | None = None
    name: str | None = None
    phone: str | None = None


class AddressClass(StrEnum):
    """What kind of place it is, as far as it decides who can deliver there; the strongest first.

    A locker is also a carrier's own counter (Postfiliale, відділення): the parcel waits there for its recipient.
    """

    MILITARY = "military"
    LOCKER = "locker"
    PO_BOX = "po_box"
    ISLAND = "island"
    STREET = "street"


class Finding(Struct, frozen=True):
    """What a check found: what no carrier could deliver holds the order, the rest is only said.

    `kind` is the strongest class; `island` stands beside it, since a PO box may be on one.
    """

    kind: AddressClass
    island: bool
    undeliverable: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
