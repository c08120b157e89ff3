"""Indicators: what is counted, with definition, unit, breaks in series and the delay of publication."""

from __future__ import annotations

import calendar
import math
import re
from dataclasses import dataclass
from datetime import date, timedelta

KINDS = ("stock", "flow", "rate", "share", "average")
ROLES = ("published", "model")
TOPICS = ("matrix", "training-need", "outlook", "succession", "courses", "further-training")
"""What a measure of the matrix is about; one may belong to several."""
_PERIOD = re.compile(r"([12]\d{3})(?:-(\d{2})(?:-(\d{2}))?)?")


def end_of_period(text: str) -> date:
    """Return the last day of a period written as YYYY, YYYY-MM or YYYY-MM-DD.

    Raises:
        ValueError: The text is none of the three.

    Example:
        >>> end_of_period("2020-04"), end_of_period("2019")
        (datetime.date(2020, 4, 30), datetime.date(2019, 12, 31))
    """
    match = _PERIOD.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    year, month, day = match.groups()
    if month is None:
        return date(int(year) + 1, 1, 1) - timedelta(days=1)
    if day is None:
        return months_later(date(int(year), int(month), 1), 1) - timedelta(days=1)
    return date(int(year), int(month), int(day))


def months_later(day: date, months: int) -> date:
    """Return the date a number of months later; the last day of a month stays the last day.

    Example:
        >>> months_later(date(2025, 6, 30), 8), months_later(date(2025, 1, 30), 1)
        (datetime.date(2026, 2, 28), datetime.date(2025, 2, 28))
    """
    years, month = divmod(day.month - 1 + months, len(calendar.month_name) - 1)
    year, month = day.year + years, month + 1
    last = calendar.monthrange(year, month)[1]
    was_last = day.day == calendar.monthrange(day.year, day.month)[1]
    return date(year, month, last if was_last else min(day.day, last))


@dataclass(frozen=True, slots=True)
class PublicationLag:
    """Months from the end of the period to the day on which the figure could be read."""

    value: float
    low: float
    high: float
    kind: str
    source: str
    reason: str
    review: date | None

    def published(self, end: date) -> date:
        """Return the day of publication; part months count as whole, so no figure is known too early."""
        return months_later(end, math.ceil(self.value))


@dataclass(frozen=True, slots=True)
class Indicator:
    """What is counted. Two statistics with different reference dates are two indicators."""

    code: str
    name_de: str
    name_en: str
    kind: str
    unit: str
    definition: str
    definition_en: str
    purpose: str
    population: str
    formula: str
    breakdowns: tuple[str, ...]
    sources: tuple[str, ...]
    reference_date: str
    breaks: tuple[str, ...]
    quality: str
    cautions: tuple[str, ...]
    additive_over: tuple[str, ...]
    disclosure: str
    non_negative: bool
    publication_lag_months: PublicationLag
    role: str
    topics: tuple[str, ...] = ()
