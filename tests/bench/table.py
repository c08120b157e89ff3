"""Rows of the benchmark: what was measured, beside peers and goals, as text and as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from tests.bench.goals import Bound, Goal

Style = Literal[
    "ratio", "percent", "number", "seconds", "milliseconds", "fine_milliseconds", "gigabytes", "times",
    "exponent",
]  # fmt: skip

_DIGITS: Final[dict[str, tuple[int, str]]] = {
    "ratio": (3, ""),
    "percent": (1, " %"),
    "number": (0, ""),
    "seconds": (2, " s"),
    "milliseconds": (1, " ms"),
    "fine_milliseconds": (3, " ms"),
    "gigabytes": (2, " GB"),
    "times": (1, " ×"),
}
_NO_VALUE: Final = "–"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Args:
        quantity: What was measured, in German.
        values: Today's figures; more than one where a goal holds for each of them. Empty: not measured.
        style: How figures are written.
        goal: None for lines that only inform.
        peers: The same figures of the peers.
        note: What one has to know to read it; for an empty row why it was not measured.
        details: Further figures for the JSON file.
        sampled: Measured on fewer series than the goal speaks of: shown, not judged.
    """

    quantity: str
    values: tuple[float, ...]
    style: Style
    goal: Goal | None = None
    peers: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    note: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    sampled: bool = False

    @property
    def verdict(self) -> str:
        """«Ziel», «Muss» or «verfehlt»; «nicht gemessen»; empty where there is no goal or too few series."""
        if not self.values:
            return "nicht gemessen"
        if self.goal is None:
            return ""
        if self.sampled:
            return "Stichprobe"
        if self.goal.aim.holds(self.values):
            return "Ziel"
        return "Muss" if self.goal.must.holds(self.values) else "verfehlt"


@dataclass(frozen=True, slots=True)
class Section:
    """Rows that belong together."""

    title: str
    rows: Sequence[Row]


def written(value: float, style: Style) -> str:
    """Return a figure in German notation, without its unit."""
    if not math.isfinite(value):
        return _NO_VALUE
    if style == "exponent":
        return f"{value:.1e}".replace(".", ",")
    digits, _ = _DIGITS[style]
    number = value * 100 if style == "percent" else value
    return f"{number:,.{digits}f}".translate(str.maketrans(",.", ".,"))


def whole(number: int) -> str:
    """Return a whole number with points between the thousands.

    Example:
        >>> whole(50000)
        '50.000'
    """
    return f"{number:,}".replace(",", ".")


def figures(values: tuple[float, ...], style: Style) -> str:
    """Return one or several figures with their unit; a dash for none."""
    if not values:
        return _NO_VALUE
    unit = "" if style == "exponent" else _DIGITS[style][1]
    return " / ".join(written(value, style) for value in values) + unit


def bounds(bound: Bound, style: Style) -> str:
    """Return «≤ 0,94», «≥ 70 ×» or «92,0–98,0 %»."""
    unit = "" if style == "exponent" else _DIGITS[style][1]
    if bound.low == -math.inf:
        return f"≤ {written(bound.high, style)}{unit}"
    if bound.high == math.inf or (style == "percent" and bound.high == 1):
        return f"≥ {written(bound.low, style)}{unit}"
    return f"{written(bound.low, style)}–{written(bound.high, style)}{unit}"


def as_text(sections: Sequence[Section]) -> str:
    """Return the table for a terminal; peers and notes stand below their row."""
    head = ("Größe", "heute", "Muss", "Ziel", "Urteil")
    lines = [(section, row, _cells(row)) for section in sections for row in section.rows]
    widths = [max(len(head[i]), *(len(cells[i]) for _, _, cells in lines)) for i in range(len(head))]
    text = [_line(head, widths), _line(["─" * width for width in widths], widths)]
    previous = None
    for section, row, cells in lines:
        if section is not previous:
            text += ["", section.title]
            previous = section
        text.append(_line(cells, widths))
        text += [f"      {line}" for line in (_peers(row), row.note) if line]
    return "\n".join(text)


def as_json(sections: Sequence[Section]) -> list[dict[str, Any]]:
    """Return everything measured, for a file."""
    return [
        {
            "section": section.title,
            "quantity": row.quantity,
            "values": [_plain(value) for value in row.values],
            "style": row.style,
            "peers": {name: [_plain(value) for value in values] for name, values in row.peers.items()},
            "must": bounds(row.goal.must, row.style) if row.goal else None,
            "aim": bounds(row.goal.aim, row.style) if row.goal else None,
            "verdict": row.verdict,
            "note": row.note,
            "details": dict(row.details),
        }
        for section in sections
        for row in section.rows
    ]


def closing(sections: Sequence[Section]) -> str:
    """Return one sentence: how many goals are reached, and which «must» is not."""
    judged = [row for section in sections for row in section.rows if row.goal is not None]
    count = {name: sum(row.verdict == name for row in judged) for name in ("Ziel", "Muss", "verfehlt")}
    open_rows = len(judged) - sum(count.values())
    missed = [row.quantity.strip() for row in judged if row.verdict == "verfehlt"]
    text = (
        f"{len(judged)} Ziele: {count['Ziel']} × Ziel, {count['Muss']} × Muss, {count['verfehlt']} × verfehlt"
        f", {open_rows} × ohne Urteil."
    )
    return text + (f"\nVerfehlt: {'; '.join(missed)}." if missed else "")


def _cells(row: Row) -> tuple[str, ...]:
    return (
        f"  {row.quantity}",
        figures(row.values, row.style),
        bounds(row.goal.must, row.style) if row.goal else "",
        bounds(row.goal.aim, row.style) if row.goal else "",
        row.verdict,
    )


def _peers(row: Row) -> str:
    return " · ".join(f"{name} {figures(values, row.style)}" for name, values in row.peers.items())


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _plain(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
