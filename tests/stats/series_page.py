"""The table of constants of docs/methods/series.md: `python -m tests.stats.series_page` writes it anew.

Values come from `forecast.stats.defaults`, meanings from the docstrings of the settings, so that neither is
typed twice. The test beside this file compares page and table.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from forecast.stats.defaults import BOOSTING, QUANTILE_LEVELS, SHORT_SERIES
from forecast.stats.gate import FEATURES, PROPERTIES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "methods" / "series.md"
START, END = "<!-- constants: written by python -m tests.stats.series_page -->", "<!-- end of constants -->"
#: Part of the settings → heading in the table; what they hold in turn is listed under its own heading.
PARTS = {
    "series": SHORT_SERIES,
    "bank": SHORT_SERIES.bank,
    "gate": SHORT_SERIES.gate,
    "intervals": SHORT_SERIES.intervals,
    "shifts": SHORT_SERIES.shifts,
    "boosting": BOOSTING,
}


def meanings(settings: type) -> dict[str, str]:
    """Return what the docstring of a class of settings says about each of its constants."""
    text = inspect.getdoc(settings) or ""
    arguments = text.partition("Args:\n")[2].partition("\n\n")[0]
    found: dict[str, str] = {}
    for name, meaning in re.findall(r"^ {4}(\w+): (.*(?:\n {5,}.*)*)", arguments, flags=re.MULTILINE):
        found[name] = re.sub(r"\s+", " ", meaning)
    return found


def written(value: Any) -> str:
    """Return a constant as it stands in the table."""
    if isinstance(value, np.ndarray) and value.ndim == 2:
        return f"{len(FEATURES)} × {len(PROPERTIES)} numbers"
    if isinstance(value, np.ndarray):  # a grid crossed with others: every value once
        return ", ".join(written(one) for one in dict.fromkeys(value.tolist()))
    if isinstance(value, tuple):
        return ", ".join(written(one) for one in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def rows() -> Iterator[str]:
    """Yield the lines of the table."""
    yield "| Constant | Value | Meaning |"
    yield "|---|---|---|"
    yield f"| `QUANTILE_LEVELS` | {written(QUANTILE_LEVELS)} | probabilities of a full forecast |"
    for part, settings in PARTS.items():
        meaning = meanings(type(settings))
        for one in fields(settings):
            if one.name in PARTS:
                continue
            value = written(getattr(settings, one.name))
            text = meaning[one.name].replace("|", "\\|")
            yield f"| {part} `{one.name}` | {value} | {text} |"


def table() -> str:
    """Return the table with its marks."""
    return "\n".join([START, *rows(), END])


def parts(page: str) -> tuple[str, str, str]:
    """Return a page before, within and behind the marks."""
    before, mark, rest = page.partition(START)
    inside, end, behind = rest.partition(END)
    assert mark, f"{PAGE.name} has no place for the constants"
    assert end, f"the constants in {PAGE.name} have no end"
    return before, mark + inside + end, behind


if __name__ == "__main__":
    start, _, rest = parts(PAGE.read_text(encoding="utf-8"))
    PAGE.write_text(start + table() + rest, encoding="utf-8")
