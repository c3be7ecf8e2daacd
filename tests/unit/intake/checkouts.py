"""Bodies as an upstream checkout sends them, for the tests of the door."""

import json
import re
from typing import Any

_is_id = re.compile(r"[!-~]{1,100}").fullmatch


def line(line_id: str = "1", **changes: Any) -> dict[str, Any]:
    price = {"amount": 18000, "currency": "KRW"}
    return {"line_id": line_id, "sku": "MUG-BLUE", "title": "파란 머그컵", "quantity": 2, "price": price, **changes}


def checkout(without: tuple[str, ...] = (), **changes: Any) -> bytes:
    """A checkout as JSON; `without` takes fields away, everything else changes or adds them.

    Another order is another customer's, since the same of the same customer would be held.
    """
    source_id = changes.get("source_id")
    customer_id = f"c-{source_id}" if isinstance(source_id, str) and _is_id(source_id) else "c-88"
    document = {
        "source": "web",
        "source_id": "G-20411",
        "updated_at": "2026-11-23T09:14:05+09:00",
        "placed_at": "2026-11-23T09:14:01+09:00",
        "shop": "seoul-craft",
        "locale": "ko-KR",
        "currency": "KRW",
        "payment": {"status": "paid", "method": "card"},
        "customer": {"id": customer_id, "name": "김민아", "email": "mina@example.test"},
        "destination": {"country_code": "KR", "postal_code": "04524"},
        "ship_to": {"name": "김민아", "address1": "서울특별시 중구 세종대로 110"},
        "lines": [line()],
        **changes,
    }
    return json.dumps({k: v for k, v in document.items() if k not in without}, ensure_ascii=False).encode()
