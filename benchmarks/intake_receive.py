"""Microseconds a checkout costs order-intake in Python: key, validate, decide, build, encode, answer.

Run: .venv/bin/python benchmarks/intake_receive.py [lines]
"""

import json
import sys
import time
import timeit
from datetime import UTC, datetime

from order_events import Cause
from order_intake.domain.booking import Delivery, book, names_wanted, said_on_kafka
from order_intake.domain.checkouts import order_key, read_checkout
from order_intake.domain.receiving import receive
from service_runtime import json_of

BATCH = 500
GOAL_US = 60.0  # validate + decide + encode of a 1-line order


def checkout(number: int, lines: int) -> bytes:
    """A checkout as the feed makes it of an Olist order."""
    line = {"sku": "moveis_decoracao:w4", "title": "Móveis e decoração", "quantity": 2, "weight_g": 1600,
            "price": {"amount": 3645, "currency": "BRL"}, "delivery_method": "shipping"}  # fmt: skip
    document = {
        "source": "olist", "source_id": f"2e7a8482f6fb09756ca50c{number:010d}", "updated_at": "2026-11-23T00:14:05Z",
        "placed_at": "2026-11-23T00:14:01Z", "shop": "olist", "channel": "web", "locale": "pt-BR", "currency": "BRL",
        "test": False, "payment": {"status": "paid", "method": "card"},
        "promise": {"ship_by": None, "deliver_by": "2026-12-20T00:00:00Z"},
        "customer": {"id": "b7d76e111c89f7eb", "name": "Ana Silva", "email": "ana.silva@example.test", "phone": None},
        "destination": {"country_code": "BR", "province_code": "RR", "postal_code": "69309-000",
                        "latitude": 2.812997, "longitude": -60.701117},
        "ship_to": {"name": "Ana Silva", "address1": "Rua das Flores 10", "city": "boa vista"},
        "lines": [{"line_id": str(n + 1), **line} for n in range(lines)],
    }  # fmt: skip
    return json.dumps(document, ensure_ascii=False).encode()


def measured(lines: int) -> dict[str, float]:
    """The steps of a batch, each the best of 25 rounds, in microseconds of CPU a checkout."""
    raws = [checkout(number, lines) for number in range(BATCH)]
    cause = Cause("cause", datetime.now(UTC))
    readings = [read_checkout(raw) for raw in raws]
    deliveries = [Delivery("bench", "", (), *pair, cause) for pair in zip(raws, readings, strict=True)]
    outcomes = [receive(reading, None) for reading in readings]
    numbers = {shop: 1000 + count for shop, count in names_wanted(outcomes).items()}
    books = book(deliveries, outcomes, numbers)
    steps = {
        "key (lock and sequence)": lambda: [order_key(raw) for raw in raws],
        "validate, rules, build, hash": lambda: [read_checkout(raw) for raw in raws],
        "decide, name, book": lambda: book(
            deliveries, [receive(one.reading, None) for one in deliveries], {"olist": 1000 + len(raws)}
        ),
        "encode order.placed": lambda: [json_of(one.event.body) for one in books.booked],
        "answer": lambda: [json_of(said_on_kafka("id", answer)) for answer in books.answers],
    }
    return {
        name: min(timeit.repeat(step, timer=time.process_time, number=1, repeat=25)) / BATCH * 1e6
        for name, step in steps.items()
    }


def main(lines: int = 1) -> None:
    """Print the table, and as its last line the same as JSON."""
    steps = measured(lines)
    for name, us in steps.items():
        print(f"{us:8.1f} us  {name}")
    goal = sum(us for name, us in steps.items() if name not in {"answer", "key (lock and sequence)"})
    print(f"{goal:8.1f} us  validate + decide + encode, of {len(checkout(1, lines))} bytes; goal {GOAL_US} for 1 line")
    print(json.dumps({"lines": lines, "us_per_checkout": {**steps, "validate_decide_encode": goal}}))


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:2]))
