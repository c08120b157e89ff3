"""Tables beside the cube as figures for plotly: ages as bars, past forecasts beside what came.

A figure is of one trade in one region, and of one measure and distance; its numbers are those of the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from api.formats.plotly import NOTHING, empty, finished
from api.language import Lang, Text, label
from api.problems import SELECTION, Problem
from api.release import Release
from forecast.figures import Figure, outcomes_figure, range_bars_figure

Row = Mapping[str, Any]
Maker = Callable[[Sequence[Row], Release, str, Lang], Figure]


def ages(rows: Sequence[Row], release: Release, title: str, lang: Lang) -> Figure:
    """Return bands of ages as bars with ranges; the older ones are a sum of bands and stay outside."""
    unit = str(release.entries["measures"]["supply"]["unit"])
    found = [
        (f"{row['age_from']}–{row['age_to']}", row["value"], row["lower_80"], row["upper_80"])
        for row in rows
        if row["kind"] == "band" and row["value"] is not None
    ]
    return range_bars_figure(found, title, unit, lang=lang)


def outcomes(rows: Sequence[Row], release: Release, title: str, lang: Lang) -> Figure:
    """Return what would have been said with its ranges, and what came, the last year on top."""
    entry = release.entries["measures"][str(rows[0]["measure"])]
    found = [
        (str(row["year"]), row["said"], row["lower_80"], row["upper_80"], row["came"])
        for row in sorted(rows, key=lambda row: -int(row["year"]))
    ]
    return outcomes_figure(found, f"{title}: {label(entry, lang)}", str(entry["unit"]), lang=lang)


#: Table → what draws it, and the columns that must hold one value.
DRAWN: Final[Mapping[str, tuple[Maker, tuple[str, ...]]]] = {
    "age-profiles": (ages, ("trade", "region")),
    "past-forecasts": (outcomes, ("trade", "region", "measure", "horizon")),
}


def rows_figure(name: str, rows: Sequence[Row], release: Release, title: str, lang: Lang) -> bytes:
    """Return the figure of rows of a table as JSON.

    Args:
        name: One of ``DRAWN``.
        rows: Rows that are asked for; none gives an empty figure.
        release: The release they are of.
        title: Name of the table.
        lang: Language of the words.

    Raises:
        Problem: 413 for rows of more than one trade, region, measure or distance.
    """
    make, single = DRAWN[name]
    if not rows:
        return finished(empty(title, NOTHING.of(lang)), release, lang)
    for column in single:
        if len({row[column] for row in rows}) > 1:
            raise Problem(
                SELECTION,
                Text(
                    f"Ein Bild zeigt genau ein Gewerk in einer Region; mit {column}= eingrenzen.",
                    f"A picture shows just one trade in one region; narrow down with {column}=.",
                ),
            )
    first = rows[0]
    places = (
        release.labels(kind, lang).get(str(first[column]), str(first[column]))
        for kind, column in (("trades", "trade"), ("regions", "region"))
    )
    return finished(make(rows, release, ", ".join((title, *places)), lang), release, lang)
