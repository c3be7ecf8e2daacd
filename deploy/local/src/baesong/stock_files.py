"""Reads the locations, SKUs, stock and rates of a data folder, in the form the allocator's API takes."""

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from unicodedata import normalize

from baesong.errors import BaesongError

FILES = ("locations.csv", "skus.csv", "stock.csv", "rates.json")
PARTNER = "swift"
# What the allocator takes in one request.
MOST_LEVELS = 2_000

Json = dict[str, Any]


def locations_in(folder: Path) -> Json:
    """Give the body of `PUT /locations`; every second location is the partner's, the others benches of our own."""
    rows = _rows(folder, "locations.csv")
    return {"locations": [_location(row, number) for number, row in enumerate(rows)], "rates": _rates(folder)}


def _location(row: dict[str, str], number: int) -> Json:
    partner = number % 2 == 1
    return {
        "location_id": row["location_id"],
        "name": row["name"],
        "country_code": row["country"],
        "postal_code": row["zip"],
        "latitude": float(row["lat"]) if row["lat"] else None,
        "longitude": float(row["lon"]) if row["lon"] else None,
        "kind": "partner" if partner else "manual",
        "partner_id": PARTNER if partner else None,
    }


def _rates(folder: Path) -> Json:
    """Give the rates with every amount as the text it is written as, so that no digit is lost."""
    rates = json.loads((folder / "rates.json").read_text(), parse_float=str, parse_int=str)
    return {name: rates[name] for name in ("currency", "parcel", "per_kg", "per_100km")}


def stock_in(folder: Path) -> list[Json]:
    """Give the bodies of `PUT /stock`, SKUs before their levels, none with more than `MOST_LEVELS` of either.

    Two spellings of one SKU are one SKU, described as it stands first.
    """
    rows = _rows(folder, "skus.csv")
    first = dict(reversed([(_folded(row["sku"]), number) for number, row in enumerate(rows)]))
    skus = [_sku(rows[number]) for number in sorted(first.values())]
    levels = _levels(_rows(folder, "stock.csv"))
    return [
        *({"skus": part, "levels": []} for part in _parts(skus)),
        *({"skus": [], "levels": part} for part in _parts(levels)),
    ]


def _sku(row: dict[str, str]) -> Json:
    """A SKU nobody weighed weighs nothing: it then costs its parcel and no more."""
    weight = round(float(row["weight_g"] or 0))
    return {"sku": row["sku"], "weight_g": weight, "title": row.get("title") or row["sku"]}


def _levels(rows: Sequence[dict[str, str]]) -> list[Json]:
    """Give one level per SKU and location: what stands there under two spellings of a SKU is added up."""
    levels: dict[tuple[str, str], Json] = {}
    for row in rows:
        nothing = {"sku": row["sku"], "location_id": row["location_id"], "on_hand": 0}
        level = levels.setdefault((_folded(row["sku"]), row["location_id"]), nothing)
        level["on_hand"] += int(row["on_hand"])
    return list(levels.values())


def _folded(sku: str) -> str:
    """Give the form in which SKUs are compared everywhere: NFKC, without case and outer spaces."""
    return normalize("NFKC", normalize("NFKC", sku).casefold()).strip()


def _parts(rows: Sequence[Json]) -> Iterator[Sequence[Json]]:
    return (rows[start : start + MOST_LEVELS] for start in range(0, len(rows), MOST_LEVELS))


def _rows(folder: Path, name: str) -> list[dict[str, str]]:
    missing = [each for each in FILES if not (folder / each).exists()]
    if missing:
        raise BaesongError(f"{folder} lacks {', '.join(missing)}: a data folder has {', '.join(FILES)}")
    with (folder / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
