"""The merchant's locations, what a parcel from each costs, and how far it goes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import asin, cos, dist, radians, sin
from typing import NamedTuple

from order_events import FulfilledBy

EARTH_M = 6_371_008.8  # mean radius, IUGG
DIAMETER_M = 2 * EARTH_M
METRES_PER_RATE = 100_000  # a distance rate is per 100 km
GRAMS_PER_RATE = 1000  # a weight rate is per kg


class Point(NamedTuple):
    """A point of the earth on the unit sphere, so that a distance is one chord."""

    x: float
    y: float
    z: float

    @classmethod
    def of(cls, latitude: float | None, longitude: float | None) -> "Point | None":
        """The point at these degrees, or None where one is not known."""
        if latitude is None or longitude is None:
            return None
        lat, lon = radians(latitude), radians(longitude)
        return cls(cos(lat) * cos(lon), cos(lat) * sin(lon), sin(lat))


def metres(one: Point | None, others: Iterable[Point | None]) -> list[int | None]:
    """The great-circle distances from one point to others, or None where a point is not known.

    Source:
        The haversine formula; half the chord is the root of its haversine.
    """
    if one is None:
        return [None for _ in others]
    return [
        None if other is None else round(DIAMETER_M * asin(half if (half := dist(one, other) / 2) < 1 else 1))
        for other in others
    ]


class Location(NamedTuple):
    """A place that holds stock, and who does the work there."""

    location_id: str
    point: Point | None
    fulfilled_by: FulfilledBy
    partner_id: str | None


class Rates(NamedTuple):
    """What shipping costs, in thousandths of a minor unit; currency None: no rates are known and all costs are 0."""

    currency: str | None = None
    parcel: int = 0
    per_kg: int = 0
    per_100km: int = 0

    def of_parcels(self, distances: Iterable[int | None]) -> list[int]:
        """A parcel over each of so many metres; a distance not known counts 0."""
        parcel, rate = self.parcel, self.per_100km
        return [parcel + (rate * (metres or 0) + METRES_PER_RATE // 2) // METRES_PER_RATE for metres in distances]

    def of_weight(self, grams: int) -> int:
        """What the weight adds, wherever it is shipped from."""
        return of_weight(self.per_kg, grams)


def of_weight(per_kg: int, grams: int) -> int:
    """What a weight costs at a rate."""
    return (per_kg * grams + GRAMS_PER_RATE // 2) // GRAMS_PER_RATE


@dataclass(frozen=True, slots=True)
class Network:
    """Every location by its id, and the rates."""

    locations: Mapping[str, Location]
    rates: Rates
