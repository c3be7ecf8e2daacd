"""The merchant's locations, what a parcel from each costs, and how far it goes."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple

from order_events import FulfilledBy

EARTH_M = 6_371_008.8  # mean radius, IUGG
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


def metres(one: Point | None, other: Point | None) -> int | None:
    """The great-circle distance, or None where a point is not known.

    Source:
        The haversine formula; half the chord is the root of its haversine.
    """
    if one is None or other is None:
        return None
    x, y, z = one.x - other.x, one.y - other.y, one.z - other.z
    return round(2 * EARTH_M * asin(min(1.0, sqrt(x * x + y * y + z * z) / 2)))


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

    def of_parcel(self, distance: int | None) -> int:
        """A parcel over this many metres; a distance not known counts 0."""
        if not distance:
            return self.parcel
        return self.parcel + (self.per_100km * distance + METRES_PER_RATE // 2) // METRES_PER_RATE

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
