"""Five hundred orders that show everything: split, short of stock, cancelled early and late, in two languages.

Deterministic but for the time of the first order. What must come of them can be counted beforehand (`tests/unit/demo`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from baesong.feed.checkouts import Goal, Line, Sale, body_of
from baesong.feed.oddities import with_oddities
from baesong.feed.people import seeded
from baesong.feed.sendings import Draft
from baesong.feed.world import CERAMICS, COMMON, PAPER, SCARCE, THIN, Good
from baesong.partner.behaviour import SHOWING
from order_events import order_id_of, shipment_id_of

ORDERS = 500
SOURCE = "web"
BETWEEN = timedelta(milliseconds=20)
# What an order is made of, and how many of each 50 are so.
MIXTURE = {"paper": 10, "ceramics": 14, "split": 12, "common": 6, "wide": 4, "scarce": 4}
THIN_ORDERS = (60, 160, 260, 360)
THIN_UNITS = 7
EVERY_HTTP = 25
GIFTS = ("생일 축하해!", "고마워요, 늘.", "Happy birthday, with love", "Thank you for everything")
CITIES = {
    "KR": (
        ("서울", "KR-11", "045##", 37.55, 126.99),
        ("부산", "KR-26", "489##", 35.15, 129.05),
        ("대구", "KR-27", "419##", 35.87, 128.59),
        ("광주", "KR-29", "614##", 35.16, 126.85),
    ),
    "GB": (
        ("London", "GB-LND", "E8", 51.54, -0.06),
        ("Leeds", "GB-LDS", "LS2", 53.80, -1.54),
        ("Bristol", "GB-BST", "BS1", 51.45, -2.59),
        ("Edinburgh", "GB-EDH", "EH1", 55.95, -3.19),
    ),
}
# Cancels: at the bench as soon as the order is there; at the partner while it packs; when most has left.
AT_ONCE, IN_PACKING, TOO_LATE = 24, 14, 8
CANCEL_AFTER_S = {"at_once": 0.0, "in_packing": 0.4, "too_late": 4.0}


@dataclass(frozen=True, slots=True)
class Made:
    """An order and what it was made to show."""

    kind: str
    sale: Sale
    cancel_after_s: float | None = None


def made_orders(first_at: datetime, seed: str = "baesong", series: str = "G") -> list[Made]:
    """Make the orders, and choose those that are cancelled; another seed wants another series of order numbers."""
    kinds = [kind for kind, share in MIXTURE.items() for _ in range(share * ORDERS // 50)]
    seeded(seed, "kinds").shuffle(kinds)
    kinds = ["thin" if n in THIN_ORDERS else kind for n, kind in enumerate(kinds)]
    made = [_made(seed, f"{series}-{20001 + n}", n, kind, first_at) for n, kind in enumerate(kinds)]
    return _with_cancels(made)


def drafts_of_generated(first_at: datetime, seed: str = "baesong", series: str = "G") -> list[Draft]:
    """Give all records in order: the orders, one in 25 by HTTP; repeats, conflicts and wrong ones among them."""
    return with_oddities(
        [
            Draft(body_of(made.sale), "http" if n % EVERY_HTTP == 7 else "kafka", cancel_after_s=made.cancel_after_s)
            for n, made in enumerate(made_orders(first_at, seed, series))
        ]
    )


def _made(seed: str, source_id: str, number: int, kind: str, first_at: datetime) -> Made:
    chance = seeded(seed, number)
    country = chance.choice(("KR", "GB"))
    placed_at = first_at + number * BETWEEN
    sale = Sale(
        shop="seoul-craft" if country == "KR" else "hackney-craft",
        source=SOURCE,
        source_id=source_id,
        currency="KRW" if country == "KR" else "GBP",
        placed_at=placed_at,
        updated_at=placed_at,
        goal=_goal(chance, country),
        lines=[_line(good, units, country) for good, units in _basket(chance, kind)],
        deliver_by=placed_at + timedelta(days=3) if chance.random() < 0.5 else None,
        customer_id=f"c-{chance.randint(1, 400)}-{number}",  # nobody twice: the same again within minutes is held
        gift_message=chance.choice(GIFTS) if chance.random() < 0.12 else None,
        instructions=_instructions(chance),
        delivery_note="문 앞에 놓아 주세요" if country == "KR" and chance.random() < 0.3 else None,
    )
    return Made(kind, sale)


def _goal(chance: Random, country: str) -> Goal:
    city, province, postcode, latitude, longitude = chance.choice(CITIES[country])
    digits = "".join(str(chance.randint(0, 9)) if sign == "#" else sign for sign in postcode)
    near = (round(latitude + chance.uniform(-0.1, 0.1), 4), round(longitude + chance.uniform(-0.1, 0.1), 4))
    return Goal(country, city, digits, province, *near)


def _line(good: Good, units: int, country: str) -> Line:
    korean = country == "KR"
    title, price = (good.ko, good.krw) if korean else (good.en, good.gbp)
    return Line(good.sku, title, units, price, good.weight_g)


def _basket(chance: Random, kind: str) -> Sequence[tuple[Good, int]]:
    """Draw what is in an order of a kind; each SKU once."""
    if kind == "thin":
        return [(THIN, THIN_UNITS)]
    if kind == "scarce":
        beside = [(chance.choice(PAPER), 1)] if chance.random() < 0.6 else []
        return [(chance.choice(SCARCE), chance.randint(1, 2)), *beside]
    draws = {"paper": (PAPER, 2), "ceramics": (CERAMICS, 2), "common": (COMMON, 2)}
    if kind in draws:
        goods, most = draws[kind]
        return [(good, chance.randint(1, 2)) for good in chance.sample(goods, chance.randint(1, most))]
    wide = [chance.choice(COMMON)] if kind == "wide" else []
    return [(good, chance.randint(1, 3)) for good in (chance.choice(PAPER), chance.choice(CERAMICS), *wide)]


def _instructions(chance: Random) -> dict[str, object]:
    wrap = chance.random() < 0.15
    return {
        "gift_wrap": wrap,
        "sample_skus": ["TEA-S"] if chance.random() < 0.1 else [],
        "packaging": "box-m" if wrap else None,
    }


def _with_cancels(made: list[Made]) -> list[Made]:
    """Choose the orders that are cancelled; of those at the partner half are kept by it and half let go."""
    paper = [n for n, each in enumerate(made) if each.kind == "paper"]
    keepers, others = _at_the_partner(made)
    chosen = dict.fromkeys(paper[:AT_ONCE], "at_once")
    chosen |= dict.fromkeys(keepers[: IN_PACKING // 2] + others[: IN_PACKING // 2], "in_packing")
    chosen |= dict.fromkeys([n for n, each in enumerate(made) if each.kind == "split"][:TOO_LATE], "too_late")
    return [
        replace(each, cancel_after_s=CANCEL_AFTER_S[chosen[n]]) if n in chosen else each for n, each in enumerate(made)
    ]


def _at_the_partner(made: list[Made]) -> tuple[list[int], list[int]]:
    """Give the orders whose one shipment the partner takes on in time: those it keeps when asked, those it lets go."""
    ids = {n: shipment_id_of(order_id(each.sale), 1) for n, each in enumerate(made) if each.kind == "ceramics"}
    plain = [n for n, id_ in ids.items() if not SHOWING.rejects(id_) and not SHOWING.is_late(id_)]
    return [n for n in plain if SHOWING.keeps(ids[n])], [n for n in plain if not SHOWING.keeps(ids[n])]


def order_id(sale: Sale) -> str:
    """Give the id the sale's order will have."""
    return order_id_of(sale.shop, sale.source, sale.source_id)


def by_kind(made: Sequence[Made], kind: str) -> Iterator[Made]:
    """Give the orders of one kind."""
    return (each for each in made if each.kind == kind)
