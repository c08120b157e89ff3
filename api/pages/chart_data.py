"""What charts draw: years of a series, labelled numbers, and the scale several series share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Point:
    """One year of a series.

    Args:
        year: Year.
        value: None where there is none.
        lower_50: Lower end of the 50 % range.
        upper_50: Its upper end.
        lower_80: Lower end of the 80 % range.
        upper_80: Its upper end.
        ahead: Whether it is a forecast.
    """

    year: int
    value: float | None
    lower_50: float | None = None
    upper_50: float | None = None
    lower_80: float | None = None
    upper_80: float | None = None
    ahead: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A labelled number, with its 80 % range where it has one."""

    label: str
    value: float
    lower: float | None = None
    upper: float | None = None


@dataclass(frozen=True, slots=True)
class Dot:
    """A labelled number of a list, or the note why there is none."""

    label: str
    value: float | None
    lower: float | None = None
    upper: float | None = None
    note: str = ""


def points(records: Iterable[Mapping[str, Any]]) -> list[Point]:
    """Return the years of one series of records, in order."""
    found = (
        Point(
            one["year"], one["value"], one["lower_50"], one["upper_50"], one["lower_80"], one["upper_80"],
            bool(one["is_forecast"]),
        )
        for one in records
    )  # fmt: skip
    return sorted(found, key=lambda point: point.year)


def common_scale(series: Iterable[Sequence[Point]]) -> tuple[float, float] | None:
    """Return the lowest and highest number of several series, zero included; None without any number."""
    found = [number for one in series for point in one for number in _numbers(point)]
    return (min(0.0, *found), max(0.0, *found)) if found else None


def own_scale(series: Sequence[Point]) -> tuple[float, float] | None:
    """Return the lowest and highest number of a series, for ratios, whose zero says nothing."""
    found = [number for point in series for number in _numbers(point)]
    return (min(found), max(found)) if found else None


def _numbers(point: Point) -> list[float]:
    if point.value is None:
        return []
    ends = (point.value, point.lower_80, point.upper_80)
    return [number for number in ends if number is not None]
