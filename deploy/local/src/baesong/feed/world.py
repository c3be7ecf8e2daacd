"""The merchant of the generated run: eight places in two countries, every second the partner's, and what lies there.

Two shops sell the same stock: one in Korean and won, one in English and pounds. Costs are counted in won.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from baesong.feed.stock import Level, Location, Rates, SkuFacts, Stock


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
    Location("KR-SEO", "Seoul bench", "KR", "04524", 37.5636, 126.9976, None),
    Location("KR-ICN", "Incheon", "KR", "22382", 37.4602, 126.4407, "swift"),
    Location("KR-PUS", "Busan bench", "KR", "48953", 35.1028, 129.0403, None),
    Location("KR-DGU", "Daegu", "KR", "41911", 35.8714, 128.6014, "swift"),
    Location("GB-LON", "Hackney bench", "GB", "E8 3RL", 51.5450, -0.0553, None),
    Location("GB-DAV", "Daventry", "GB", "NN11 8QE", 52.2594, -1.2850, "swift"),
    Location("GB-LDS", "Leeds bench", "GB", "LS1 4DY", 53.7965, -1.5478, None),
    Location("GB-GLA", "Glasgow", "GB", "G2 1DY", 55.8617, -4.2583, "swift"),
)
BENCHES = tuple(place.location_id for place in PLACES if place.partner_id is None)
PARTNERS = tuple(place.location_id for place in PLACES if place.partner_id)
EVERYWHERE = BENCHES + PARTNERS
RATES = Rates("KRW", parcel=3000, per_kg=500, per_100km=150)

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


def stock_of_the_world() -> Stock:
    """Give the places, rates, SKUs and levels, as a folder of past orders would."""
    facts = tuple(SkuFacts(good.sku, good.en, good.weight_g) for good in GOODS)
    return Stock(PLACES, RATES, facts, tuple(_levels()))


def _levels() -> Iterator[Level]:
    for goods, places in ((PAPER, BENCHES), (CERAMICS, PARTNERS), (COMMON, EVERYWHERE)):
        yield from (Level(good.sku, place, PLENTY) for good in goods for place in places)
    yield from (Level(sku, place, units) for sku, (place, units) in SCARCE_AT.items())
    yield from (Level(THIN.sku, place, THIN_EACH) for place in EVERYWHERE)
