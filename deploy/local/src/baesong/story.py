"""One order's story in words, from what each service says of it: order, decision, shipments and packages, mails."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from baesong.feed.money import DIGITS

Json = Mapping[str, Any]

# The services answer with the bodies of their events, each in a frame of its own; a body is known by its fields.
ORDER = {"order_id", "source_id", "lines"}
DECISION = {"order_id", "units", "places"}
SHIPMENT = {"shipment_id", "packages"}
MESSAGE = {"fact", "status"}


def story_of(answers: Mapping[str, Any]) -> list[str]:
    """Tell an order's story, a line each.

    Args:
        answers: per service what its `GET /orders/{id}` said; None where it knows nothing.
    """
    order = next(bodies_in(answers.get("order_intake"), ORDER), None)
    decision = next(bodies_in(answers.get("allocator"), DECISION), None)
    shipments = list(bodies_in(answers.get("fulfiller"), SHIPMENT))
    messages = list(bodies_in(answers.get("notifier"), MESSAGE))
    return [
        *(_order(order, answers["order_intake"]) if order else ["order-intake knows nothing of it"]),
        *(_decision(decision) if decision else ["not decided yet"]),
        *([line for shipment in shipments for line in _shipment(shipment)] or ["no shipment"]),
        *(["mails", *map(_message, messages)] if messages else ["no mail"]),
    ]


def bodies_in(answer: Any, fields: set[str]) -> Iterator[Json]:
    """Give each object with all these fields, outermost first; what lies inside one is not looked at again."""
    if isinstance(answer, Mapping):
        if fields <= answer.keys():
            yield answer
            return
        answer = list(answer.values())
    if isinstance(answer, list):
        for each in answer:
            yield from bodies_in(each, fields)


def _order(order: Json, answer: Json) -> list[str]:
    status = answer.get("status")
    said = status.values() if isinstance(status, Mapping) else [status]
    where = f"{order.get('name', '')} {order['order_id']}: from {order.get('source')} as {order['source_id']}"
    lines = [f"  {_units(line)} {_title(line)}{_cancelled(line)}" for line in order["lines"]]
    return [f"{where}, placed {_time(order.get('placed_at'))}; {_listed(said)}".strip(), *lines]


def _units(line: Json) -> str:
    return f"{line['quantity']} × {line['sku']}"


def _title(line: Json) -> str:
    title = line.get("title")
    return str(title) if title and title != line["sku"] else ""


def _cancelled(line: Json) -> str:
    return f" ({line['cancelled']} cancelled)" if line.get("cancelled") else ""


def _decision(decision: Json) -> list[str]:
    cost: Json = decision.get("cost") or {}
    said = [decision.get("outcome"), f"revision {decision.get('revision')}", f"cost {_money(cost)}"]
    units = [f"  {_units(unit)} {_fate(unit)}" for unit in decision["units"]]
    return [f"decided: {_listed(said)}", *units, *_reasons(decision.get("reasons"), str(cost.get("currency")))]


def _fate(unit: Json) -> str:
    where = f"at {unit['location_id']}" if unit.get("location_id") else None
    when = f"expected {_time(unit['expected_at'])}" if unit.get("expected_at") else None
    return _listed([unit["outcome"], where, unit.get("reason"), when])


def _reasons(reasons: Json | None, currency: str) -> list[str]:
    if not reasons or not reasons.get("location_ids"):
        return []
    columns = zip(*(reasons[name] for name in ("location_ids", "km", "cost", "excluded")), strict=True)
    each = [f"{place} {_candidate(km, cost, excluded, currency)}" for place, km, cost, excluded in columns]
    return [f"  why ({'exact' if reasons.get('exact') else 'not proven best'}): {'; '.join(each)}"]


def _candidate(km: float | None, cost: int | None, excluded: str | None, currency: str) -> str:
    far = "" if km is None else f"{km:g} km, "
    return f"excluded: {excluded}" if excluded else f"{far}{_money({'amount': cost or 0, 'currency': currency})}"


def _shipment(shipment: Json) -> list[str]:
    by = f"partner {shipment['partner_id']}" if shipment.get("partner_id") else str(shipment.get("fulfilled_by"))
    state = f"{shipment.get('status')} / {shipment.get('request_status')}"
    head = f"shipment {shipment.get('name')} at {shipment.get('location_id')} ({by}): {state}"
    lines = [f"  {_progress(line)}" for line in shipment.get("lines", ())]
    return [head, *lines, *(f"  {_package(package)}" for package in shipment["packages"])]


def _progress(line: Json) -> str:
    counts = [f"{line[name]} {name}" for name in ("ordered", "shipped", "released", "difference") if line.get(name)]
    return f"{line['sku']}: {_listed([*counts, line.get('reason')])}"


def _package(package: Json) -> str:
    lines = _listed(_units(line) for line in package.get("lines", ()))
    last = [f"{mark['status']} {_time(mark['happened_at'])}" for mark in package.get("milestones", ())][-1:]
    ways = _listed([package.get("carrier"), package.get("number"), package.get("url"), *last])
    return f"package {package['package_id']} ({lines}): {ways}"


def _message(message: Json) -> str:
    what = [f"{message['fact']} {message['status']}", message.get("reason"), _time(message.get("at"))]
    return f"  {_listed([*what, message.get('provider_reference')])}"


def _listed(words: Iterable[Any]) -> str:
    return ", ".join(str(word) for word in words if word)


def _time(said: Any) -> str:
    return str(said)[:16].replace("T", " ") if said else ""


def _money(said: Json) -> str:
    if not said:
        return "unknown"
    return f"{Decimal(said['amount']).scaleb(-DIGITS.get(said['currency'], 2))} {said['currency']}"
