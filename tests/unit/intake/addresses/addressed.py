"""Addresses for tests, and the real ones beside the repository."""

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from order_intake.domain.addresses import Address, Finding, check


def address(country_code: str | None = "US", **fields: str | None) -> Address:
    """An address without anything but a country, a recipient and what is given."""
    return Address(country_code=country_code, **{"name": "Ana Silva", **fields})


def held(finding: Finding) -> list[str]:
    """The rules that hold it."""
    return [problem.rule for problem in finding.undeliverable]


def warned(finding: Finding) -> list[str]:
    """The rules it is warned of."""
    return [problem.rule for problem in finding.warnings]


def held_of(country_code: str | None = "US", **fields: str | None) -> list[str]:
    """What holds this address."""
    return held(check(address(country_code, **fields)))


def warned_of(country_code: str | None = "US", **fields: str | None) -> list[str]:
    """What this address is warned of."""
    return warned(check(address(country_code, **fields)))


class PostalRow(NamedTuple):
    """One line of GeoNames' postcodes, as far as an address has it."""

    postal_code: str
    place: str
    province: str
    city: str
    township: str


def shared(*path: str) -> Path | None:
    """A folder of the real data that lies beside the repository, whichever worktree this is."""
    roots = (parent / "shared" / "data" for parent in Path(__file__).resolve().parents)
    return next((found for root in roots if (found := root.joinpath(*path)).exists()), None)


def postal_rows(country_code: str) -> Iterator[PostalRow]:
    """Every postcode of a country."""
    path = shared("postal", f"{country_code}.txt.gz")
    assert path is not None
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield PostalRow(row[1], row[2], row[3], row[5], row[7])
