"""The merchant of the generated run: eight places in two countries, every second the partner's, and what lies there.

Two shops sell the same stock: one in Korean and won, one in English and pounds. Costs are counted in won.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Location:
    """A place, as `locations.csv` names it."""

    location_id: str
    name: str
    country: str
    zip: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Level:
    """Units of a SKU at a place, as `stock.csv` names them."""

    sku: str
    location_id: str
    on_hand: int


@dataclass(frozen=True, slots=True)
class Good:
    """Something that is sold: in Korean and English, in won and pounds."""

    sku: str
    ko: str
    en: str
    krw: str
    gbp: str
    weight_g: int


PLACES = (
    Location("KR-SEO", "Seoul bench", "KR", "04524", 37.5636, 126.9976),
    Location("KR-ICN", "Incheon", "KR", "22382", 37.4602, 126.4407),
    Location("KR-PUS", "Busan bench", "KR", "48953", 35.1028, 129.0403),
    Location("KR-DGU", "Daegu", "KR", "41911", 35.8714, 128.6014),
    Location("GB-LON", "Hackney bench", "GB", "E8 3RL", 51.5450, -0.0553),
    Location("GB-DAV", "Daventry", "GB", "NN11 8QE", 52.2594, -1.2850),
    Location("GB-LDS", "Leeds bench", "GB", "LS1 4DY", 53.7965, -1.5478),
    Location("GB-GLA", "Glasgow", "GB", "G2 1DY", 55.8617, -4.2583),
)
BENCHES = tuple(place.location_id for place in PLACES[::2])
PARTNERS = tuple(place.location_id for place in PLACES[1::2])
EVERYWHERE = BENCHES + PARTNERS
RATES = {"currency": "KRW", "parcel": 3000, "per_kg": 500, "per_100km": 150}

PAPER = (
    Good("CARD-SPRING", "봄 카드 세트", "Spring card set", "6500", "4.20", 90),
    Good("NOTE-HANJI", "한지 공책", "Hanji notebook", "12000", "7.95", 210),
    Good("PRINT-CRANE", "두루미 판화", "Crane print", "34000", "22.50", 160),
    Good("WRAP-INDIGO", "쪽빛 포장지", "Indigo wrapping paper", "4800", "3.10", 120),
)
CERAMICS = (
    Good("MUG-BLUE", "파란 머그컵", "Blue mug", "18000", "12.00", 340),
    Good("BOWL-CELADON", "청자 대접", "Celadon bowl", "42000", "27.50", 620),
    Good("PLATE-WHITE", "백자 접시", "White porcelain plate", "28000", "18.40", 540),
    Good("VASE-BUD", "꽃봉오리 화병", "Bud vase", "36000", "23.00", 880),
)
COMMON = (
    Good("TEA-S", "녹차 소", "Green tea, small", "9000", "5.90", 80),
    Good("TEA-L", "녹차 대", "Green tea, large", "21000", "13.80", 260),
    Good("CLOTH-RAMIE", "모시 행주", "Ramie cloth", "7500", "4.95", 60),
)
SCARCE = (
    Good("MOON-JAR", "달항아리", "Moon jar", "180000", "118.00", 2400),
    Good("INK-STONE", "벼루", "Ink stone", "64000", "41.50", 1150),
    Good("FAN-SILK", "비단 부채", "Silk fan", "32000", "21.00", 140),
)
# Five at each place: an order of seven needs two places for one line.
THIN = Good("SOAP-YUZU", "유자 비누", "Yuzu soap", "5500", "3.60", 110)
GOODS = (*PAPER, *CERAMICS, *COMMON, *SCARCE, THIN)

PLENTY = 400
SCARCE_AT = {"MOON-JAR": ("KR-SEO", 8), "INK-STONE": ("GB-LON", 8), "FAN-SILK": ("KR-PUS", 8)}
THIN_EACH = 5


def write_stock(folder: Path, times: int = 1) -> Path:
    """Write locations, SKUs, stock and rates as a folder of past orders has them, and give the folder.

    Args:
        folder: where to.
        times: how many times the stock that the generated run needs.
    """
    folder.mkdir(parents=True, exist_ok=True)
    skus = [{"sku": good.sku, "title": good.en, "weight_g": good.weight_g} for good in GOODS]
    _write(folder / "locations.csv", [asdict(place) for place in PLACES])
    _write(folder / "skus.csv", skus)
    _write(folder / "stock.csv", [asdict(replace(level, on_hand=level.on_hand * times)) for level in levels()])
    (folder / "rates.json").write_text(json.dumps(RATES))
    return folder


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def levels() -> Iterator[Level]:
    """Give what lies where: paper at the benches, ceramics at the partner's, tea everywhere, the scarce at one."""
    for goods, places in ((PAPER, BENCHES), (CERAMICS, PARTNERS), (COMMON, EVERYWHERE)):
        yield from (Level(good.sku, place, PLENTY) for good in goods for place in places)
    yield from (Level(sku, place, units) for sku, (place, units) in SCARCE_AT.items())
    yield from (Level(THIN.sku, place, THIN_EACH) for place in EVERYWHERE)
