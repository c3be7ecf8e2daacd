"""Figures from measurements: percentiles, medians, spread. Pure."""

import math
from collections.abc import Mapping, Sequence
from statistics import median


def percentile(values: Sequence[float], share: float) -> float:
    """Give the smallest value that at least this share of the values does not exceed (nearest rank).

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("no values, no percentile")
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def spread(values: Sequence[float]) -> dict[str, float]:
    """Give median, least and most."""
    figures = {"median": median(values), "least": min(values), "most": max(values)}
    return {name: round(value, 3) for name, value in figures.items()}


def medians(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Give the median of each name over the rows; what a row lacks counts 0."""
    names = sorted({name for row in rows for name in row})
    return {name: median(row.get(name, 0.0) for row in rows) for name in names}


def rounded(value: float | None, digits: int = 1) -> float | None:
    """Round a figure for a result; None stays None."""
    return None if value is None else round(value, digits)
