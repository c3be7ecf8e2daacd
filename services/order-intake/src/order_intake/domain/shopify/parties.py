"""Who ordered and where it goes, as the order says it. Pure."""

import re

from msgspec import Struct

from order_events import Customer, Destination, ShipTo
from order_intake.domain.shopify.aside import LONGEST_NAME, Aside
from order_intake.domain.shopify.deliveries import LONGEST_CODE
from order_intake.domain.shopify.payloads import Address, Buyer, OrderPayload
from order_intake.domain.shopify.wishes import Asked

NOWHERE = "ZZ"  # CLDR's and ISO 3166's word for a country that is not known
_is_country = re.compile(r"[A-Z]{2}").fullmatch
_is_email = re.compile(r"[^@\s\x00]+@[^@\s\x00]+").fullmatch  # order_events.Customer.email
_is_locale = re.compile(r"[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8})*").fullmatch  # order_events.OrderFacts.locale
LONGEST_EMAIL, LONGEST_LOCALE = 254, 35


class Parties(Struct, frozen=True):
    """Who ordered, where it goes, and what stands on the label; without an address the country is not known."""

    customer: Customer
    destination: Destination
    ship_to: ShipTo | None


def parties_of(payload: OrderPayload, asked: Asked, aside: Aside) -> Parties:
    """Customer and address of the order."""
    customer, address = _customer(payload, aside), payload.shipping_address
    if address is None:
        aside_unless_none("delivery_note", asked.delivery_note, aside)
        aside_unless_none("entry_code", asked.entry_code, aside)
        return Parties(customer, Destination(country_code=NOWHERE), None)
    return Parties(customer, _destination(address, aside), _ship_to(address, customer, asked, aside))


def locale_of(payload: OrderPayload, default: str) -> str:
    """The language that the customer shopped in, else the shop's."""
    said = payload.customer_locale or ""
    return said if len(said) <= LONGEST_LOCALE and _is_locale(said) else default


def aside_unless_none(name: str, text: str | None, aside: Aside) -> None:
    """Keep a text that has no field here, if there is one."""
    if text is not None:
        aside.keep(name, text)


def _customer(payload: OrderPayload, aside: Aside) -> Customer:
    buyer = payload.customer or Buyer()
    name = _full_name(buyer) or (payload.shipping_address and _name(payload.shipping_address)) or None
    email = payload.email or payload.contact_email or buyer.email
    return Customer(
        id=buyer.id,
        name=aside.fitting("customer.name", name, LONGEST_NAME),
        email=_email(email.strip(), aside) if email else None,
        phone=payload.phone or buyer.phone,
    )


def _email(written: str, aside: Aside) -> str | None:
    """An address that no mail could reach is still something the customer wrote."""
    if len(written) <= LONGEST_EMAIL and _is_email(written):
        return written
    aside.keep("email", written)
    return None


def _destination(address: Address, aside: Aside) -> Destination:
    return Destination(
        country_code=_country(address, aside),
        province_code=address.province_code or aside.fitting("province", address.province, LONGEST_CODE),
        postal_code=address.zip,
        latitude=address.latitude,
        longitude=address.longitude,
    )


def _country(address: Address, aside: Aside) -> str:
    """The country's code; one that is none is not known, and what was written instead is kept."""
    code = (address.country_code or "").strip().upper()
    if _is_country(code):
        return code
    aside_unless_none("country", address.country, aside)
    aside_unless_none("country_code", address.country_code, aside)
    return NOWHERE


def _ship_to(address: Address, customer: Customer, asked: Asked, aside: Aside) -> ShipTo:
    name = aside.fitting("shipping_address.name", _name(address), LONGEST_NAME)
    return ShipTo(
        name=name or address.company or customer.name or "",
        company=address.company,
        address1=address.address1,
        address2=address.address2,
        city=address.city,
        phone=address.phone,
        delivery_note=asked.delivery_note,
        entry_code=asked.entry_code,
    )


def _name(address: Address) -> str | None:
    return address.name or _full_name(address)


def _full_name(who: Address | Buyer) -> str | None:
    return " ".join(filter(None, (who.first_name, who.last_name))) or None
