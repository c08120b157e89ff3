"""Which cells of the cube, and how they are shown: regions × trades × measures × years, read from a query.

Codes may be repeated, listed with commas or written with `*`; years may be ranges. Regions can also be named
by level and trades by group. An empty overlap is an empty answer with all its columns, not an error.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from api import cursor
from api.columns import ALL_COLUMNS, LONG_COLUMNS, RANGE_LEVELS, columns_of
from api.language import Lang, Text
from api.problems import SELECTION, Fault, Problem
from api.query import Values, canonical, invalid, language_of
from api.release import Release
from api.selection_fields import LABELS, LAYOUTS, PAGE_ROWS, PAGED, SHAPES, WHOLE_ROWS

# the order of the one spelling of a query
_WRITTEN: Final = (
    "region",
    "year",
    "trade",
    "measure",
    "group",
    "region_level",
    "scenario",
    "quantiles",
    "layout",
    "shape",
    "labels",
    "columns",
    "limit",
    "cursor",
)
_EXCLUDING: Final = frozenset({"layout", "shape", "columns", "labels", "quantiles", "limit", "cursor"})
_SERIES_WRITTEN: Final = ("trade", "region", "measure", "year", *_WRITTEN[4:])


@dataclass(frozen=True, slots=True)
class Selection:
    """Part of the cube and its form; codes in the order of the catalogue.

    Args:
        regions: Codes of regions.
        trades: Codes of trades.
        measures: Codes of measures.
        years: Years of the axis.
        columns: Names of the columns of an answer.
        layout: records, columns or long.
        shape: envelope or array.
        labels: both, code or label: for formats that carry labels beside codes.
        lang: Language of labels and notes.
        start: First row of this page.
        stop: End of this page.
        text: The one spelling of the query, without format.
        limit: Most rows of a page.
        levels: Ranges that are shown, in percent.
        only: Statistics named one by one, for the formats with a dimension of statistics.
    """

    regions: tuple[str, ...]
    trades: tuple[str, ...]
    measures: tuple[str, ...]
    years: tuple[int, ...]
    columns: tuple[str, ...]
    layout: str
    shape: str
    labels: str
    lang: Lang
    start: int
    stop: int
    text: str = field(compare=False)
    limit: int = PAGE_ROWS
    levels: tuple[str, ...] = RANGE_LEVELS
    only: tuple[str, ...] = ()

    @property
    def axes(self) -> tuple[int, int, int, int]:
        """Lengths: regions, trades, measures, years."""
        return len(self.regions), len(self.trades), len(self.measures), len(self.years)

    @property
    def total(self) -> int:
        """Rows of the whole selection; rows are cells, whatever the layout."""
        return math.prod(self.axes)

    @property
    def region(self) -> str:
        """The first region: the only one of a page."""
        return self.regions[0]

    @property
    def year(self) -> int:
        """The first year: the only one of a page."""
        return self.years[0]

    @classmethod
    def of(
        cls,
        values: Values,
        release: Release,
        *,
        series: bool = False,
        measures: Sequence[str] | None = None,
        form: str = "json",
    ) -> Selection:
        """Check a query against a release.

        Args:
            values: Checked values of the query string.
            release: The release to answer from.
            series: All years where none is named, and the order of a series in the spelling.
            measures: Measures where none is named; None = those of the matrix.
            form: Format of the answer.

        Raises:
            Problem: 404 for an unknown code, 422 for a year outside the axis or contradictory parameters,
                413 for a selection too large to be delivered whole.
        """
        refuse_contradictions(values, form)
        lang = language_of(values)
        regions = _regions(values, release, required=not series and measures is None)
        years = _years(values, release, series=series)
        found, _ = _codes(values, "trade", release)
        trades = found or release.trades_valid_in(*years)
        groups, _ = _codes(values, "group", release)
        if groups:
            trades = tuple(t for t in trades if release.entries["trades"][t].get("group") in groups)
        named, _ = _codes(values, "measure", release)
        if "measure" in values:
            named = tuple(code for code in named if code in release.measures)
        chosen = named or (release.default_measures if measures is None else tuple(measures))
        for scenario in values.get("scenario", ()):
            _only_scenario(scenario, release)
        columns = _columns(values)
        spelling = _spelling(values, release, _SERIES_WRITTEN if series else _WRITTEN, lang)
        limit = int(values.get("limit", (str(PAGE_ROWS),))[0])
        whole = cls(
            regions,
            trades,
            chosen,
            years,
            columns,
            values.get("layout", LAYOUTS)[0],
            values.get("shape", SHAPES)[0],
            values.get("labels", LABELS)[0],
            lang,
            0,
            0,
            spelling,
            limit,
            values.get("quantiles", RANGE_LEVELS),
        )
        return whole._paged(values, release, form)

    def _paged(self, values: Values, release: Release, form: str) -> Selection:
        if form not in PAGED:
            if self.total > WHOLE_ROWS:
                raise Problem(
                    SELECTION,
                    Text(
                        f"Die Auswahl hat {self.total} Zeilen; in einem Stück kommen höchstens {WHOLE_ROWS}.",
                        f"The selection has {self.total} rows; at most {WHOLE_ROWS} come in one piece.",
                    ),
                )
            return self.whole()
        start = 0
        if "cursor" in values:
            start = cursor.read(values["cursor"][0], release.id, self.question())
        return replace(self, start=start, stop=min(self.total, start + self.limit))

    def whole(self) -> Selection:
        """Return the selection on one page."""
        return replace(self, start=0, stop=self.total)

    def question(self) -> str:
        """Return what a cursor belongs to: the codes and the language, not the page size or the format."""
        return repr((self.regions, self.trades, self.measures, self.years))

    def next_cursor(self, release: Release) -> str | None:
        """Return the cursor of the next page; None on the last one."""
        if self.stop >= self.total or self.stop == self.start:
            return None
        return cursor.write(release.id, self.question(), self.stop)


def refuse_contradictions(values: Values, form: str) -> None:
    """Refuse parameters that exclude each other or mean nothing in a format.

    Raises:
        Problem: 422 naming each of them.
    """
    if not _EXCLUDING & values.keys():
        return
    layout, shape = values.get("layout", LAYOUTS)[0], values.get("shape", SHAPES)[0]
    fixed = form in {"json-stat", "sdmx-csv"}
    rules = (
        ("shape", shape == "array" and form != "json", "gilt nur für JSON", "applies to JSON only"),
        ("layout", layout == "columns" and form != "json", "gilt nur für JSON", "applies to JSON only"),
        ("shape", shape == "array" and layout == "columns", "array verlangt Zeilen", "array needs rows"),
        ("layout", layout != "records" and fixed, f"{form} hat eine feste Form", f"{form} has a fixed form"),
        ("columns", "columns" in values and fixed, f"{form} hat eine feste Form", f"{form} has a fixed form"),
        (
            "labels",
            "labels" in values and "columns" in values,
            "columns nennt schon die Spalten",
            "columns names the columns already",
        ),
        (
            "quantiles",
            "quantiles" in values and "columns" in values and layout != "long",
            "columns nennt schon die Spalten",
            "columns names the columns already",
        ),
        (
            "quantiles",
            "none" in values.get("quantiles", ()) and len(values["quantiles"]) > 1,
            "none steht allein",
            "none stands alone",
        ),
        (
            "limit",
            "limit" in values and form not in PAGED,
            f"{form} kommt in einem Stück",
            f"{form} comes in one piece",
        ),
        (
            "cursor",
            "cursor" in values and form not in PAGED,
            f"{form} kommt in einem Stück",
            f"{form} comes in one piece",
        ),
    )
    faults = [
        Fault(
            name, Text(f"Widerspruch bei «{name}»: {de}.", f"Contradiction at “{name}”: {en}."), Text(de, en)
        )
        for name, wrong, de, en in rules
        if wrong
    ]
    if faults:
        raise invalid(faults)


def fits(pattern: str, code: str) -> bool:
    """Tell whether a code has a form with asterisks; never slower than the length of the code a piece.

    Example:
        >>> fits("A-*", "A-24"), fits("*-2*", "A-24"), fits("A-*4*4", "A-24"), fits("*", "12053")
        (True, True, False, True)
    """
    if "*" not in pattern:
        return pattern == code
    first, *middle, last = pattern.split("*")
    if len(code) < len(first) + len(last) or not (code.startswith(first) and code.endswith(last)):
        return False
    at, end = len(first), len(code) - len(last)
    for piece in middle:
        found = code.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def _codes(values: Values, name: str, release: Release) -> tuple[tuple[str, ...], bool]:
    """Return the codes of a parameter in catalogue order; the first that fits nothing is a 404."""
    kind = f"{name}s"
    asked, entries = values.get(name, ()), release.entries[kind]
    if not asked or (len(asked) == 1 and asked[0] in entries):
        return asked, bool(asked)
    wanted: set[str] = set()
    for given in asked:
        if given in entries or "*" not in given:
            release.entry(kind, given)
            wanted.add(given)
            continue
        among = [code for code in entries if fits(given, code)]
        if not among:
            raise release.unknown(kind, given)
        wanted.update(among)
    return release.in_order(kind, wanted), True


def _regions(values: Values, release: Release, *, required: bool) -> tuple[str, ...]:
    regions, named = _codes(values, "region", release)
    levels = values.get("region_level", ())
    if levels:
        on_axis = regions if named else release.snapshot.axes.regions
        return tuple(code for code in on_axis if release.entries["regions"][code]["level"] in levels)
    if not named and not required:
        return (str(release.catalogue["default_region"]),)
    return regions


def _years(values: Values, release: Release, *, series: bool) -> tuple[int, ...]:
    """Return the years asked for; any outside the axis is a 422 that names the range."""
    axis = release.years
    if "year" not in values:
        return axis if series else release.forecast_years
    first, last = axis[0], axis[-1]
    wanted: set[int] = set()
    for part in values["year"]:
        low, dots, high = part.partition("..")
        start, end = (
            (first, last) if part == "*" else (int(low or first), int(high or (last if dots else low)))
        )
        if not first <= start <= end <= last:
            expected = Text(f"ein Jahr von {first} bis {last}", f"a year from {first} to {last}")
            detail = Text(
                f"Das Jahr {part} liegt außerhalb der Achse.", f"The year {part} is outside the axis."
            )
            raise invalid([Fault("year", detail, expected)])
        wanted.update(range(start, end + 1))
    return tuple(year for year in axis if year in wanted)


def _only_scenario(code: str, release: Release) -> None:
    release.entry("scenarios", code)
    here = str(release.catalogue["scenario"])
    if code != here:
        detail = Text(
            f"Dieser Stand enthält das Szenario «{here}».", f"This release holds the scenario “{here}”."
        )
        raise invalid([Fault("scenario", detail, Text(f"scenario={here}", f"scenario={here}"))])


def _columns(values: Values) -> tuple[str, ...]:
    long = values.get("layout", LAYOUTS)[0] == "long"
    if "columns" not in values:
        return columns_of(values.get("labels", LABELS)[0], values.get("quantiles", RANGE_LEVELS), long=long)
    known = LONG_COLUMNS if long else ALL_COLUMNS
    unknown = [name for name in values["columns"] if name != "*" and name not in known]
    if unknown:
        listed = ", ".join(known)
        detail = Text(f"Die Spalte «{unknown[0]}» gibt es nicht.", f"There is no column “{unknown[0]}”.")
        raise invalid([Fault("columns", detail, Text(f"aus: {listed}", f"of: {listed}"))])
    return known if "*" in values["columns"] else values["columns"]


def _spelling(values: Values, release: Release, order: Sequence[str], lang: Lang) -> str:
    """Return the one spelling: parameters in a fixed order, plain codes in catalogue order."""
    pairs: list[tuple[str, Sequence[str]]] = []
    for name in order:
        given: Sequence[str] = values.get(name, ())
        if len(given) > 1 and name != "columns":
            entries = release.entries.get(f"{name}s")
            known = entries is not None and all(code in entries for code in given)
            given = release.in_order(f"{name}s", given) if known else sorted(given)
        if given:
            pairs.append((name, given))
    return canonical(pairs, lang)
