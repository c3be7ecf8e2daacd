"""What our own rules and a shop's policies add to an order: holds, the terms of its payment, its promise. Pure."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TypeVar

from order_events import AddressClass, Order, Payment, Problem, ToldBy
from order_intake.domain import addresses
from order_intake.domain.addresses import Address, Finding
from order_intake.domain.causes import Cause
from order_intake.domain.holding import UNPAID, causes, holds_of, is_open, with_holds
from order_intake.domain.paying import terms_of
from order_intake.domain.phones import check_phone
from order_intake.domain.problems import problem
from order_intake.domain.promising import promised, shortage_of
from order_intake.domain.rules import ADDRESSED
from order_intake.domain.shops import Shop

AnyOrder = TypeVar("AnyOrder", bound=Order)
STREET = addresses.AddressClass.STREET
NOWHERE = Finding(STREET, island=False)


def with_policy(
    order: AnyOrder,
    shop: Shop,
    now: datetime,
    before: Order | None = None,
    released: Collection[str] = (),
    found: Sequence[Cause] | None = None,
) -> AnyOrder:
    """An order with the holds it is to have, what is done until it is paid, and what its customer is promised.

    Args:
        order: as its shop says it.
        shop: what the merchant says of the shop.
        now: when a hold is set; the hours of a payment count from here where the order is older.
        before: the order as it stands, if it is held already.
        released: of the holds that set themselves, the ones that somebody released.
        found: why it must wait, as it was seen when it was read; None where it was not read.
    """
    where = _where(order)
    why = [*causes(order, shop, where.undeliverable), *(found or () if is_open(order) else ())]
    held = before.holds if before else ()
    if facts := {**_of_place(order, where), **_of_promise(order, shop, before), **_of_mails(shop, before)}:
        order = order.model_copy(update=facts)
    if not why and not held:
        return order
    held_now = order.model_copy(update={"payment": _payment(order, shop, before, now)})
    return with_holds(held_now, holds_of(held, why, released, now, read=found is not None or not is_open(order)))


def warnings_of(order: Order) -> list[Problem]:
    """What is odd about an order's address and phone numbers and keeps nobody from delivering: nothing waits for it."""
    there = order.destination.country_code
    phones = {"ship_to.phone": order.ship_to.phone if order.ship_to else None, "customer.phone": order.customer.phone}
    odd = [problem(name, one.rule, one.message) for name, text in phones.items() for one in check_phone(text, there)]
    return [*_where(order).warnings, *odd]


def with_shortage(order: AnyOrder, shop: Shop) -> AnyOrder:
    """An order that does not say what is done where units are short: its channel says it, else its shop."""
    policy = shortage_of(None, order.channel, shop)
    return order if policy is order.shortage_policy else order.model_copy(update={"shortage_policy": policy})


def as_decided(order: Order, held: Order, *, says_shortage: bool) -> Order:
    """An order that is read again, with what our policies made of it when it was taken: that is not decided anew."""
    facts: dict[str, object] = dict(_of_place(order, _where(order)))
    if not says_shortage:
        facts["shortage_policy"] = held.shortage_policy
    if held.promise.ship_by and not order.promise.ship_by:
        facts["promise"] = held.promise
    if held.payment.reserve_until and not order.payment.reserve_until:
        terms = {"reserve_until": held.payment.reserve_until, "takes_no_stock": held.payment.takes_no_stock}
        facts["payment"] = order.payment.model_copy(update=terms)
    return order.model_copy(update=facts) if facts else order


def _where(order: Order) -> Finding:
    """What is wrong with the address; looked at only where somebody must find it."""
    to, there = order.ship_to, order.destination
    if to is None or not any(line.delivery_method in ADDRESSED for line in order.lines):
        return NOWHERE
    return addresses.check(
        Address(
            country_code=there.country_code,
            province_code=there.province_code,
            city=to.city,
            address1=to.address1,
            address2=to.address2,
            postal_code=there.postal_code,
            company=to.company,
            name=to.name,
            phone=to.phone,
        )
    )


def _of_place(order: Order, where: Finding) -> dict[str, object]:
    """What kind of place it is, where that is not a street; what it was before an edit is not said on."""
    kind = addresses.AddressClass.ISLAND if where.island and where.kind is STREET else where.kind
    said = None if kind is STREET else AddressClass(kind.value)
    if said == order.destination.address_class:
        return {}
    return {"destination": order.destination.model_copy(update={"address_class": said})}


def _of_mails(shop: Shop, before: Order | None) -> dict[str, object]:
    """Who mails what is said when the order is taken: what was begun so is ended so."""
    if not shop.mails or before is not None:
        return {}
    return {"told_by": tuple(ToldBy(fact=fact, who=who.value) for fact, who in shop.mails.items())}


def _of_promise(order: Order, shop: Shop, before: Order | None) -> dict[str, object]:
    """A promise is made once, by a shop that has said how fast it is."""
    if not shop.is_registered or order.promise.ship_by:
        return {}
    if before is not None:
        return {"promise": before.promise} if before.promise.ship_by and not order.promise.deliver_by else {}
    return {"promise": promised(order.placed_at, shop, order.shipping.service, order.promise)}


def _payment(order: Order, shop: Shop, before: Order | None, now: datetime) -> Payment:
    """What is done while it is not paid: as was said before, else as checkout and shop have it."""
    said, had = order.payment, before.payment if before else None
    if said.status not in UNPAID or said.reserve_until is not None:
        return said
    if had is not None and had.reserve_until is not None:
        return said.model_copy(update={"reserve_until": had.reserve_until, "takes_no_stock": had.takes_no_stock})
    terms = terms_of(said, max(order.placed_at, now), shop)
    return said.model_copy(update={"reserve_until": terms.expires_at, "takes_no_stock": terms.takes_no_stock})
