"""The places, rates, SKUs and stock levels of a folder, read whole before anything is loaded."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from baesong.errors import BaesongError
from baesong.feed.money import DIGITS

PARTNER = "swift"


@dataclass(frozen=True, slots=True)
class Location:
    """A place that holds stock; a bench of the merchant's own where there is no partner."""

    location_id: str
    name: str
    country_code: str
    postal_code: str
    latitude: float
    longitude: float
    partner_id: str | None


@dataclass(frozen=True, slots=True)
class Rates:
    """What sending costs, in minor units of the currency: per parcel, per kilogram, per 100 kilometres."""

    currency: str
    parcel: int
    per_kg: int
    per_100km: int


@dataclass(frozen=True, slots=True)
class SkuFacts:
    """What is known of a SKU."""

    sku: str
    title: str | None
    weight_g: int


@dataclass(frozen=True, slots=True)
class Level:
    """Units of a SKU at a location."""

    sku: str
    location_id: str
    on_hand: int


@dataclass(frozen=True, slots=True)
class Stock:
    """What is loaded once, before orders are fed."""

    locations: tuple[Location, ...]
    rates: Rates
    skus: tuple[SkuFacts, ...]
    levels: tuple[Level, ...]


def read_stock(folder: Path) -> Stock:
    """Read `locations.csv`, `rates.json`, `skus.csv` and `stock.csv`; every second location is the partner's.

    Raises:
        BaesongError: a file is missing or a value in it cannot be read; says which.
    """
    try:
        return Stock(
            locations=tuple(_location(n, row) for n, row in enumerate(_rows(folder / "locations.csv"))),
            rates=_rates(folder / "rates.json"),
            skus=tuple(_facts(row) for row in _rows(folder / "skus.csv")),
            levels=tuple(_level(row) for row in _rows(folder / "stock.csv")),
        )
    except FileNotFoundError as error:
        raise BaesongError(
            f"{error.filename} is missing: a folder of stock holds locations, rates, skus and stock"
        ) from error
    except (KeyError, ValueError, ArithmeticError) as error:
        raise BaesongError(f"the stock in {folder} cannot be read: {error!r}") from error


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def _location(number: int, row: dict[str, str]) -> Location:
    return Location(
        row["location_id"],
        row["name"],
        row["country"],
        row["zip"],
        float(row["lat"]),
        float(row["lon"]),
        PARTNER if number % 2 else None,
    )


def _rates(path: Path) -> Rates:
    said = json.loads(path.read_text(), parse_float=Decimal)
    currency = str(said["currency"])
    return Rates(currency, *(_rounded(said[name], currency) for name in ("parcel", "per_kg", "per_100km")))


def _rounded(amount: Decimal | int, currency: str) -> int:
    """Give a rate in whole minor units, halves upward: 1.065 BRL per 100 km are 107 centavos."""
    scaled = Decimal(amount).scaleb(DIGITS.get(currency, 2))
    return int(scaled.quantize(Decimal(1), ROUND_HALF_UP))


def _facts(row: dict[str, str]) -> SkuFacts:
    return SkuFacts(row["sku"], row.get("title") or None, grams(row["weight_g"]))


def _level(row: dict[str, str]) -> Level:
    return Level(row["sku"], row["location_id"], int(row["on_hand"]))


def grams(written: Decimal | int | str | None) -> int:
    """Give a weight in whole grams, halves upward; 0 where none is known."""
    return int(Decimal(written or 0).quantize(Decimal(1), ROUND_HALF_UP))
