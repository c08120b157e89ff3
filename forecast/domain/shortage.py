"""Signs of a shortage today: job seekers per vacancy, vacancies nobody could fill, points of the agency.

They stand beside the forecast and never enter it. A trade may be relaxed today and short in ten years, or
the other way round; a planner has to see both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from forecast.domain.account import Floats
from forecast.errors import ModelError


def seekers_per_vacancy(seekers: Floats, registered: Floats) -> Floats:
    """Return job seekers per registered vacancy, (D, T); not a number without a vacancy.

    Args:
        seekers: Registered unemployed who look for the trade, (D, T).
        registered: Vacancies registered with the agency, (D, T).

    Example:
        >>> seekers_per_vacancy(np.array([[30.0, 30.0]]), np.array([[20.0, 0.0]])).tolist()
        [[1.5, nan]]
    """
    ratio = np.full(seekers.shape, np.nan)
    np.divide(seekers, registered, out=ratio, where=registered > 0)
    return ratio


def vacancy_overhang(vacancies: Floats, seekers: Floats) -> Floats:
    """Return vacancies for which there is no job seeker in the trade, ``max(0, V/m − U)``, (D, T).

    The maximum is taken in the region and trade asked for: never add the overhang of districts and call
    the sum that of the Land.

    Args:
        vacancies: All open places, registered ones divided by the reporting rate, (D, T).
        seekers: Job seekers with the qualification, (D, T).
    """
    return np.asarray(np.where(np.isfinite(vacancies - seekers), np.maximum(vacancies - seekers, 0), np.nan))


def vacancy_overhang_rate(vacancies: Floats, seekers: Floats) -> Floats:
    """Return the overhang as a share of all open places, (D, T); not a number without a place."""
    rate = np.full(vacancies.shape, np.nan)
    np.divide(vacancy_overhang(vacancies, seekers), vacancies, out=rate, where=vacancies > 0)
    return rate


def unemployment_rate(seekers: Floats, employed: Floats) -> Floats:
    """Return job seekers as a share of job seekers and employed of the trade, (D, T)."""
    everybody = seekers + employed
    rate = np.full(seekers.shape, np.nan)
    np.divide(seekers, everybody, out=rate, where=everybody > 0)
    return rate


def points(values: Floats, limits: Sequence[float]) -> Floats:
    """Return points by limits: the tighter the market, the more points; not a number stays.

    Args:
        values: An indicator that is low where workers are scarce, any shape.
        limits: Upper limits of the highest points first, rising.

    Raises:
        ModelError: If the limits do not rise.

    Example:
        >>> points(np.array([1.0, 2.5, 9.0]), (2.0, 3.0, 4.0)).tolist()
        [3.0, 2.0, 0.0]
    """
    edges = np.asarray(limits, dtype=np.float64)
    if np.any(np.diff(edges) <= 0):
        raise ModelError(
            "Die Schwellen der Engpasspunkte steigen nicht.",
            where="shortage_point_limits",
            expected="je weniger Punkte, desto höher die Schwelle",
        )
    found = len(edges) - np.searchsorted(edges, values, side="left")
    return np.asarray(np.where(np.isnan(values), np.nan, found), dtype=np.float64)


def today_against_forecast(
    today: float, reading: tuple[float, float], lower: Floats, upper: Floats
) -> Floats:
    """Return where the points of today and the forecast gap say the opposite, (Y,).

    ``1`` if there is no shortage today and the range of the gap lies above zero, ``−1`` if there is a
    shortage today and the range lies below zero, ``0`` elsewhere: both say the same or one leaves it open.

    Args:
        today: Shortage points of the last year known.
        reading: Points from which on there is a shortage, and below which there is none.
        lower: Lower end of the gap's range, (Y,).
        upper: Upper end, (Y,).

    Example:
        >>> today_against_forecast(1.0, (2.0, 1.5), np.array([5.0, -3.0]), np.array([9.0, 4.0])).tolist()
        [1.0, 0.0]
    """
    shortage, none = reading
    opens = (today < none) & (lower > 0)
    closes = (today >= shortage) & (upper < 0)
    return np.asarray(opens.astype(np.float64) - closes.astype(np.float64))


def shortage_points(indicators: Mapping[str, Floats], limits: Mapping[str, Sequence[float]]) -> Floats:
    """Return the mean of the points of those indicators there are, (D, T).

    Args:
        indicators: Indicator → values, (D, T).
        limits: Limits of each of them.
    """
    scored = np.stack([points(values, limits[name]) for name, values in indicators.items()])
    known = np.isfinite(scored)
    total = np.where(known, scored, 0).sum(axis=0)
    mean = np.full(total.shape, np.nan)
    np.divide(total, known.sum(axis=0), out=mean, where=known.any(axis=0))
    return mean
