"""What goes wrong at a checkout: records sent again, one id with two bodies, fields that break the contract."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any

from baesong.feed.sendings import Draft

# Positions of the orders sent again, and after how many others.
SENT_AGAIN = (3, 19, 44, 90, 150, 210, 300)
BY_THE_OTHER_DOOR = (7, 57, 101, 230)  # 7 and 57 come by HTTP first
VERY_SAME_RECORD = 12
OTHER_BODY = (33, 250)
LATER_BY = 9

Breaking = Callable[[dict[str, Any]], object]


def _no_lines(body: dict[str, Any]) -> None:
    body["lines"] = []


def _no_units(body: dict[str, Any]) -> None:
    body["lines"][0]["quantity"] = 0


def _no_currency(body: dict[str, Any]) -> None:
    body["currency"] = "won"


def _no_mail(body: dict[str, Any]) -> None:
    body["customer"]["email"] = "nobody at example.test"


def _unknown_field(body: dict[str, Any]) -> None:
    body["colour"] = "blue"


def _no_zone(body: dict[str, Any]) -> None:
    body["placed_at"] = "2026-11-23T09:14:01"


BREAKINGS: tuple[Breaking, ...] = (_no_lines, _no_units, _no_currency, _no_mail, _unknown_field, _no_zone)


def with_oddities(orders: Sequence[Draft]) -> list[Draft]:
    """Put repeats, conflicts and wrong records among the orders; the orders keep their sequence."""
    odd = _repeats(orders) + _conflicts(orders) + _wrong(orders)
    after: dict[int, list[Draft]] = {}
    for position, draft in odd:
        after.setdefault(min(position, len(orders) - 1), []).append(draft)
    # The very same record again needs the number the first has in the whole sequence.
    whole: list[Draft] = []
    for n, order in enumerate(orders):
        whole.append(order)
        whole.extend(after.get(n, ()))
    return _very_same(whole, orders[VERY_SAME_RECORD])


def _repeats(orders: Sequence[Draft]) -> list[tuple[int, Draft]]:
    again = [(n + LATER_BY, replace(orders[n], cancel_after_s=None)) for n in SENT_AGAIN]
    across = [
        (n + LATER_BY, replace(orders[n], door=_other(orders[n]), cancel_after_s=None)) for n in BY_THE_OTHER_DOOR
    ]
    return again + across


def _other(draft: Draft) -> Any:
    return "kafka" if draft.door == "http" else "http"


def _conflicts(orders: Sequence[Draft]) -> list[tuple[int, Draft]]:
    """Say something else under a known id, with no newer time of change."""
    changed = []
    for n in OTHER_BODY:
        body = deepcopy(orders[n].body)
        body["tags"] = ["changed-behind-our-back"]
        changed.append((n + LATER_BY, Draft(body, orders[n].door)))
    return changed


def _wrong(orders: Sequence[Draft]) -> list[tuple[int, Draft]]:
    """Break each rule once on Kafka, and two of them by HTTP."""
    doors = [("kafka", breaking) for breaking in BREAKINGS] + [("http", breaking) for breaking in BREAKINGS[:2]]
    return [(20 + 30 * n, _broken(orders[n], n, door, breaking)) for n, (door, breaking) in enumerate(doors)]


def _broken(order: Draft, number: int, door: Any, breaking: Breaking) -> Draft:
    body: dict[str, Any] = deepcopy(order.body)
    body["source_id"] = f"W-{number + 1}"
    breaking(body)
    return Draft(body, door, wrong=True)


def _very_same(whole: list[Draft], order: Draft) -> list[Draft]:
    first = next(n for n, draft in enumerate(whole) if draft is order)
    again = replace(order, cancel_after_s=None, ce_id_of=first)
    return [*whole[: first + LATER_BY], again, *whole[first + LATER_BY :]]
