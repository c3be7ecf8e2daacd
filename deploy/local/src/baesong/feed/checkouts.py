"""The body of a checkout, as an upstream shop writes it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from baesong.feed.money import money
from baesong.feed.people import locale_of, person_of

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Line:
    """One line as a shop knows it; the price is decimal text."""

    sku: str
    title: str
    quantity: int
    price: str | Decimal
    weight_g: int


@dataclass(frozen=True, slots=True)
class Goal:
    """Where an order goes, as far as it is known."""

    country_code: str
    city: str
    postcode: str
    province_code: str | None = None
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class Sale:
    """What a shop knows of one order before the person is made up."""

    shop: str
    source: str
    source_id: str
    currency: str
    placed_at: datetime
    updated_at: datetime
    goal: Goal
    lines: Sequence[Line]
    deliver_by: datetime | None = None
    customer_id: str | None = None
    gift_message: str | None = None
    instructions: Mapping[str, object] = field(default_factory=dict)
    delivery_note: str | None = None


def body_of(sale: Sale) -> Json:
    """Write a sale as the body of `checkout.completed` and of `POST /orders`; what is missing is made up."""
    goal, person = sale.goal, person_of(sale.source_id, sale.goal.country_code, sale.goal.postcode)
    return {
        "source": sale.source,
        "source_id": sale.source_id,
        "updated_at": iso(sale.updated_at),
        "placed_at": iso(sale.placed_at),
        "shop": sale.shop,
        "channel": "web",
        "locale": locale_of(goal.country_code),
        "currency": sale.currency,
        "payment": {"status": "paid", "method": "card"},
        "promise": {"ship_by": None, "deliver_by": iso(sale.deliver_by) if sale.deliver_by else None},
        "customer": {"id": sale.customer_id, "name": person.name, "email": person.email, "phone": person.phone},
        "destination": _destination(goal, person.postal_code),
        "ship_to": {
            "name": person.name,
            "address1": person.address1,
            "address2": person.address2,
            "city": goal.city,
            "phone": person.phone,
            "delivery_note": sale.delivery_note,
        },
        "wishes": {"gift_message": sale.gift_message},
        "instructions": dict(sale.instructions),
        "lines": [_line(n, line, sale) for n, line in enumerate(sale.lines, 1)],
    }


def _destination(goal: Goal, postal_code: str) -> Json:
    return {
        "country_code": goal.country_code,
        "province_code": goal.province_code,
        "postal_code": postal_code,
        "latitude": goal.latitude,
        "longitude": goal.longitude,
    }


def _line(number: int, line: Line, sale: Sale) -> Json:
    return {
        "line_id": str(number),
        "sku": line.sku,
        "title": line.title,
        "quantity": line.quantity,
        "price": money(line.price, sale.currency),
        "weight_g": line.weight_g,
        "delivery_method": "shipping",
    }


def iso(moment: datetime) -> str:
    """Write a time in UTC, as checkouts carry it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def to_bytes(body: Mapping[str, object]) -> bytes:
    """Write a body as it goes over the wire."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
