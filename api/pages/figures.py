"""One number of a record as every page shows it: value, range, short mark, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from api.language import Lang
from api.pages import numbers
from api.pages.wording import Wording
from api.records import Record, has_value
from api.release import Release

SIGNED: Final = frozenset(
    {
        "gap",
        "gap_fte",
        "gap_craft",
        "gap_hours",
        "gap_rate",
        "master_gap",
        "technician_gap",
        "industrial_master_gap",
        "net_inflow",
        "migration",
        "residual_inflow",
        "expansion_demand",
        "vacancy_overhang",
    }
)
RATE: Final = "gap_rate"  # the gap for every 100 needed; releases from before do not hold it
STEPS: Final = (2.0, 5.0, 10.0)  # limits of the shades, in workers lacking of 100 needed
_YEAR: Final = "year"
#: Digits after the decimal sign, as the release rounds: numbers of a column stand below each other.
DIGITS: Final[Mapping[str, int]] = {
    "gap_rate": 1, "part_time_share": 1, "seekers_per_vacancy": 1, "vacancy_overhang_rate": 1,
    "shortage_points": 1, "outlook_ratio": 2,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """A number ready to print.

    Args:
        value: The number, or a dash.
        range: Its 80 % range; empty where it has none.
        words: Why there is no number; empty where there is one.
        reason: The note behind a missing number.
        mark: Short marker of status and grade.
        meaning: The marker in words.
        tone: Class of the shade.
        unsure: Whether the range holds both signs.
        second: A second number of the cell; empty where it has one only.
        second_range: Its 80 % range.
    """

    value: str
    range: str = ""
    words: str = ""
    reason: str = ""
    mark: str = ""
    meaning: str = ""
    tone: str = ""
    unsure: bool = False
    second: str = ""
    second_range: str = ""


Share = tuple[float, float | None, float | None]


def is_signed(measure: str) -> bool:
    """Tell whether a plus sign carries meaning."""
    return measure in SIGNED or measure.startswith("item_")


def figure(record: Record, lang: Lang, wording: Wording) -> Figure:
    """Return a record as a figure.

    Args:
        record: One cell of the cube as the interface delivers it.
        lang: Language.
        wording: Short words in that language.
    """
    status = record["status"]
    if not has_value(record):
        return Figure(numbers.DASH, words=wording.missing[status], reason=record["note"] or "")
    mark, meaning = wording.mark(status, record["grade"])
    if record["unit"] == _YEAR:
        return Figure(str(record["value"]), mark=mark, meaning=meaning)
    signed = is_signed(record["measure"])
    digits = DIGITS.get(record["measure"], 0)
    value = numbers.number(record["value"], lang, signed=signed, digits=digits)
    lower, upper = record["lower_80"], record["upper_80"]
    if lower is None or upper is None:
        return Figure(value, mark=mark, meaning=meaning)
    shown = numbers.interval(lower, upper, lang, signed=signed, digits=digits)
    return Figure(value, shown, "", "", mark, meaning, unsure=signed and lower <= 0 <= upper)


def share_of(cell: Mapping[str, Record]) -> Share | None:
    """Return the gap for every 100 workers needed and its 80 % range; None where there is none.

    It is the measure of the release. For a release from before that measure it is worked out from gap and
    demand, for the shades and the words only: no page prints it as a number of a cell.

    Args:
        cell: Measure → record of one trade, region and year.
    """
    rate = cell.get(RATE)
    if rate is None:
        return per_hundred(cell["gap"], cell["demand"])
    return (rate["value"], rate["lower_80"], rate["upper_80"]) if has_value(rate) else None


def per_hundred(gap: Record, demand: Record) -> Share | None:
    """Return a gap and its 80 % range per 100 workers needed, rounded to one decimal.

    Formula: 100 · gap / demand, with the middle of the demand below value and ends alike. None where one of
    the two is missing or nobody is needed.

    Args:
        gap: Record of the gap.
        demand: Record of the demand, same trade, region and year.
    """
    if not has_value(gap) or not has_value(demand) or demand["value"] <= 0:
        return None
    parts = [
        None if gap[name] is None else round(100 * gap[name] / demand["value"], 1)
        for name in ("value", "lower_80", "upper_80")
    ]
    return parts[0] or 0.0, parts[1], parts[2]


def shade(share: float) -> str:
    """Return the class of the shade of a gap per 100 workers; empty for one near zero.

    Example:
        >>> shade(12), shade(2.5), shade(0.4), shade(-6)
        ('h3', 'h1', '', 'c2')
    """
    reached = sum(abs(share) >= step for step in STEPS)
    return f"{'h' if share > 0 else 'c'}{reached}" if reached else ""


def unit_of(release: Release, measure: str, wording: Wording) -> str:
    """Return the unit of a measure in words."""
    entry = release.entries["measures"][measure]
    return wording.unit(entry["unit"], entry["kind"])
