"""What an operator is told of items and their results. Pure."""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

COLUMNS = ("n", "item", "topic", "partition", "offset", "order_id", "subject", "version", "state", "service",
           "outcome", "reason")  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def rows_of(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    """An item as rows of a table: one for each service that was asked, also where it has not answered."""
    told: Mapping[str, Mapping[str, Any]] = item["outcomes"]
    services = sorted({*item["wants"], *told}) or [""]
    own = {name: item[name] for name in COLUMNS[:9]}
    return [
        own | {"service": service, "outcome": _of(told, service, "outcome"), "reason": _of(told, service, "reason")}
        for service in services
    ]


def _of(told: Mapping[str, Mapping[str, Any]], service: str, name: str) -> str | None:
    return told.get(service, {}).get(name)


def csv_head() -> str:
    """The first line."""
    return ",".join(COLUMNS) + "\n"


def csv_of(items: Iterable[Mapping[str, Any]]) -> str:
    """Lines of a table for a spreadsheet; a stranger's text is never a formula there."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for item in items:
        for row in rows_of(item):
            writer.writerow([_cell(row[name]) for name in COLUMNS])
    return out.getvalue()


def _cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
