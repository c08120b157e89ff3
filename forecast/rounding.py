"""How many digits a measure is published with: persons are whole, ratios and shares are not."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from forecast.publish import contain_point
from forecast.snapshot import STATISTICS

FloatArray = NDArray[np.float64]

DECIMALS: Mapping[str, int] = MappingProxyType(
    {
        "gap_rate": 1,
        "part_time_share": 1,
        "seekers_per_vacancy": 1,
        "vacancy_overhang_rate": 1,
        "shortage_points": 1,
        "outlook_ratio": 2,
    }
)
"""Digits after the decimal point of the measures that are no counts."""


SHOWN_AS: Mapping[str, float] = MappingProxyType(
    {
        "gap_rate": 100.0,
        "part_time_share": 100.0,
        "vacancy_overhang_rate": 100.0,
        "demand_hours": 0.001,
        "supply_hours": 0.001,
        "gap_hours": 0.001,
        "owner_hours_lost": 0.001,
    }
)
"""Factor from the unit of the accounts to the unit shown: shares in per cent, hours in thousands."""


def in_shown_unit(measure: str, statistics: FloatArray) -> FloatArray:
    """Statistics of a measure in the unit in which it is published, any shape."""
    return statistics * SHOWN_AS.get(measure, 1.0)


def decimals_of(measure: str) -> int:
    """Digits after the decimal point with which a measure is published; counts have none."""
    return DECIMALS.get(measure, 0)


def rounded_to(statistics: FloatArray, decimals: int, *, signed: bool = False) -> FloatArray:
    """The point to the nearest, bounds outward, so that no range gets narrower.

    Args:
        statistics: (…, 7) in the order of the published statistics.
        decimals: Digits after the decimal point.
        signed: Whether values below zero have a meaning; without it they are cut off at zero.

    Example:
        >>> rounded_to(np.array([0.444, 0.412, 0.469, 0.4, 0.5, 0.3, 0.6]), 1).tolist()
        [0.4, 0.4, 0.5, 0.4, 0.5, 0.3, 0.6]
    """
    scale = 10**decimals
    # a bound that stands on the grid already must not move because it has no exact binary form
    scaled = np.round(statistics * scale, len(STATISTICS))
    whole = np.empty_like(scaled)
    np.rint(scaled[..., 0], out=whole[..., 0])
    np.floor(scaled[..., 1::2], out=whole[..., 1::2])
    np.ceil(scaled[..., 2::2], out=whole[..., 2::2])
    return contain_point((whole if signed else np.maximum(whole, 0)) / scale) + 0.0
