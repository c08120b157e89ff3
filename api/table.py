"""Cells of the cube as columns: the one source of numbers for every format.

A text column is a short list of values and, per row, the place in it; a number column is float32 with NaN
where there is no number. Rows run through regions, trades, measures and years in this order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from api import starters
from api.columns import LONG, OBS_STATUS, RANGE_LEVELS, probability
from api.language import Lang, Text
from api.release import Release, Span
from api.selection import Selection
from forecast.snapshot import GRADES, STATISTICS, STATUSES, VALUE_STATUSES

Index = NDArray[np.integer[Any]]
Cells = tuple[Span, ...]
Numbers = NDArray[np.float32]

DIMENSIONS: Final = ("region", "trade", "measure", "year")
HAS_VALUE: Final = np.isin(np.arange(len(STATUSES)), [STATUSES.index(name) for name in VALUE_STATUSES])
_GRADES: Final = tuple(grade or None for grade in GRADES)
RANGES: Final = Text(
    "lower_80 bis upper_80: In 8 von 10 Fällen soll der wahre Wert darin liegen (entsprechend 50 und 95). "
    "«value» ist der Mittelwert der Ziehungen. Bereiche lassen sich nicht addieren.",
    "lower_80 to upper_80: in 8 of 10 cases the true value should lie inside (50 and 95 alike). "
    "“value” is the mean of the draws. Ranges must not be added.",
)


@dataclass(frozen=True, slots=True)
class Coded:
    """A column of few different values.

    Args:
        choices: The values; at least one where there are rows.
        index: Per row the place in ``choices``; None = the first one throughout.
        straight: Whether every row has its own choice, in order.
    """

    choices: Sequence[Any]
    index: Index | None
    straight: bool = False

    def values(self, rows: int) -> list[Any]:
        """Return the value of every row."""
        if self.index is None:
            return [self.choices[0]] * rows
        if self.straight:
            return list(self.choices)
        return [self.choices[at] for at in self.index.tolist()]


Column = Coded | Numbers


class Table:
    """A page of a selection, looked up in a release.

    Args:
        release: The release to read.
        selection: Codes known to it, and the rows of the page.
        only: Numbers of the rows, if they are not simply those of the page.
    """

    def __init__(self, release: Release, selection: Selection, only: Index | None = None) -> None:
        self.release = release
        self.selection = selection
        self.lang: Lang = selection.lang
        if only is None and selection.kept is not None:
            only = np.array(selection.kept[selection.start : selection.stop], np.intp)
        self._only = only
        self.cells = selection.stop - selection.start if only is None else int(only.size)
        self._differing = ""  # the one dimension in which the rows differ
        self._unknown: NDArray[np.bool_] | None = None
        self._where = self._line() or self._scattered()
        self._status = self._codes(release.snapshot.status)
        self._numbers = self._look_up()
        self._repeat = 1
        if selection.layout == "long":
            self._statistics = [
                0,
                *(n for n, name in enumerate(STATISTICS) if n and name[6:] in selection.levels),
            ]
            self._repeat = len(self._statistics)

    @property
    def rows(self) -> int:
        """Number of rows of the page."""
        return self.cells * self._repeat

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return self.selection.columns

    def columns(self) -> dict[str, Column]:
        """Return name → column, in order."""
        return {name: self.column(name) for name in self.names}

    def statistics(self) -> Numbers:
        """Return the numbers of the cells (cells × 7), NaN where there is none."""
        return self._numbers

    def numbers(self, names: Sequence[str]) -> Numbers:
        """Return chosen statistics of the cells (cells × names), also those of the outlook."""
        found = [
            np.array(self._starting[name], np.float32)
            if name in starters.COLUMNS
            else self._numbers[:, STATISTICS.index(name)]
            for name in names
        ]
        return np.ascontiguousarray(np.stack(found, axis=1))

    def column(self, name: str) -> Column:
        """Return one column, whether or not the selection shows it."""
        if name in STATISTICS or name in LONG:
            return self._statistic(name)
        if name in starters.PROBABILITIES:
            shares = np.array(self._starting[name], np.float32)
            return shares if self._repeat == 1 else np.repeat(shares, self._repeat)
        found = self._coded(name)
        if self._repeat == 1 or found.index is None:
            return found
        return Coded(found.choices, np.repeat(found.index, self._repeat))

    # --- looking up ---------------------------------------------------------------------------------------

    @cached_property
    def _at(self) -> dict[str, Index]:
        """Per dimension the place of every row in the codes of the selection."""
        chosen = self.selection
        rows = np.arange(chosen.start, chosen.stop) if self._only is None else self._only
        if not rows.size:
            return dict.fromkeys(DIMENSIONS, rows)
        return dict(zip(DIMENSIONS, np.unravel_index(rows, chosen.axes), strict=True))

    def _line(self) -> Cells | None:
        """Return where the cells stand if they are the whole selection and differ in one dimension only.

        A region in a year and a series are such lines; their cells can be looked up without a copy.
        """
        chosen, release = self.selection, self.release
        lengths = chosen.axes
        if self._only is not None or not self.cells or self.cells != max(lengths) or chosen.start:
            return None
        spans: list[Span] = []
        for name, some in zip(DIMENSIONS, chosen.codes, strict=True):
            span = release.span(name, some)
            if span is None:
                return None
            spans.append(span)
        if self.cells > 1:
            self._differing = DIMENSIONS[lengths.index(self.cells)]
        elif isinstance(last := spans[3], int):
            spans[3] = slice(last, last + 1)
        return tuple(spans)

    def _scattered(self) -> Cells:
        """Return where the cells stand; a code of the catalogue that the cube lacks is a row of `no_data`."""
        chosen = self.selection
        there: list[Span] = []
        known = np.ones(self.cells, dtype=np.bool_)
        for name, codes in zip(DIMENSIONS, chosen.codes, strict=True):
            places = self.release.places(name, codes)
            if len(codes) == 1 and name != "year":  # the same place in every row
                known &= places[0] >= 0
                there.append(max(int(places[0]), 0))
                continue
            where = places[self._at[name]] if self.cells else places[:0]
            known &= where >= 0
            there.append(np.maximum(where, 0))
        self._unknown = None if known.all() else ~known
        return tuple(there)

    def _codes(self, array: NDArray[np.integer[Any]]) -> Index:
        """Return the status, grade or note of every cell."""
        found: Index = array[self._where]
        if self._unknown is not None:
            found[self._unknown] = 0
        return found

    def _look_up(self) -> Numbers:
        numbers: Numbers = self.release.snapshot.cube[self._where]
        shown = HAS_VALUE[self._status]
        if b"\0" in shown.tobytes():  # much quicker than .all() for the few cells of a series
            numbers = np.where(shown[:, None], numbers, np.float32(np.nan))
        return numbers

    @cached_property
    def _starting(self) -> dict[str, list[starters.Value]]:
        """Columns of the outlook: of the cells of its measure that show a number."""
        chosen, at = self.selection, self._at
        regions, trades, measures, years = (at[name].tolist() for name in DIMENSIONS)
        cells = [
            (chosen.regions[region], chosen.trades[trade], chosen.years[year])
            for region, trade, year in zip(regions, trades, years, strict=True)
        ]
        places = [STATISTICS.index(name) for name in ("value", "lower_80", "upper_80")]
        shown = [chosen.measures[measure] == starters.MEASURE for measure in measures]
        ranges = [
            [float(str(number)) if here and np.isfinite(number) else None for number in row]
            for here, row in zip(shown, self._numbers[:, places], strict=True)
        ]
        return self.release.starters().rows(cells, ranges, self.lang)

    # --- columns ------------------------------------------------------------------------------------------

    def _statistic(self, name: str) -> Column:
        if self._repeat == 1 and name in STATISTICS:
            return np.ascontiguousarray(self._numbers[:, STATISTICS.index(name)])
        shown = [STATISTICS[n] for n in self._statistics]
        every = np.tile(np.arange(len(shown)), self.cells)
        if name == "output_type":
            return Coded(["quantile" if probability(one) else "mean" for one in shown], every)
        if name == "output_type_id":
            return Coded([probability(one) for one in shown], every)
        return np.ascontiguousarray(self._numbers[:, self._statistics].reshape(-1))

    def _coded(self, name: str) -> Coded:
        chosen, release = self.selection, self.release
        match name:
            case "snapshot_id":
                return Coded([release.id], None)
            case "scenario" | "as_of":
                return Coded([release.catalogue[name]], None)
            case "range_definition":
                return Coded([RANGES.of(self.lang)], None)
            case "year":
                return self._along("year", chosen.years)
            case "status":
                return Coded(STATUSES, self._status)
            case "obs_status":
                return Coded([OBS_STATUS[name] for name in STATUSES], self._status)
            case "grade":
                return Coded(_GRADES, self._codes(release.snapshot.grade))
            case "note":
                return Coded(release.notes(self.lang), self._codes(release.snapshot.note))
            case "is_forecast":
                return Coded((False, True), self._is_forecast())
            case "time":
                return self._time()
        return self._described(name)

    def _described(self, name: str) -> Coded:
        """Codes, and what the catalogue says of them."""
        chosen, entries = self.selection, self.release.entries
        if name in starters.COLUMNS:
            return Coded(self._starting[name], np.arange(self.cells), straight=True)
        match name:
            case "measure" | "measure_label":
                return self._along("measure", self._labels("measures", chosen.measures, name))
            case "unit":
                return self._along("measure", [entries["measures"][m]["unit"] for m in chosen.measures])
            case "sources":
                return self._along(
                    "measure", [";".join(self.release.sources_behind(m)) for m in chosen.measures]
                )
            case "trade_code" | "trade_label":
                return self._along("trade", self._labels("trades", chosen.trades, name))
            case "trade_group":
                return self._along("trade", [entries["trades"][t].get("group") for t in chosen.trades])
            case "region_code" | "region_label":
                return self._along("region", self._labels("regions", chosen.regions, name))
            case "region_level":
                return self._along("region", [entries["regions"][r]["level"] for r in chosen.regions])
        raise KeyError(name)

    def _labels(self, kind: str, codes: Sequence[str], column: str) -> Sequence[str]:
        if not column.endswith("_label"):
            return codes
        names = self.release.labels(kind, self.lang)
        return [names[code] for code in codes]

    def _along(self, dimension: str, choices: Sequence[Any]) -> Coded:
        if len(choices) == 1:
            return Coded(choices, None)
        if self._differing == dimension:
            return Coded(choices, _counted(self.cells), straight=True)
        return Coded(choices, self._at[dimension])

    def _is_forecast(self) -> Index:
        """By the status, or by the year where there is no value."""
        ahead = np.array(self.selection.years) > self.release.base_year
        future = ahead[self._at["year"]] if self.cells else np.zeros(0, np.bool_)
        shown = HAS_VALUE[self._status]
        return np.where(shown, self._status == STATUSES.index("forecast"), future).astype(np.intp)

    def _time(self) -> Coded:
        days = [self.release.reference_day(measure) for measure in self.selection.measures]
        years = self.selection.years
        choices = [f"{year}-{day}T00:00:00Z" for day in days for year in years]
        return Coded(choices, self._at["measure"] * len(years) + self._at["year"])


@lru_cache(maxsize=256)
def _counted(length: int) -> Index:
    """Return 0, 1, 2 …; shared, so nobody may write to it."""
    found = np.arange(length)
    found.flags.writeable = False
    return found


def cells_of(
    release: Release,
    region: str,
    trades: Sequence[str],
    measures: Sequence[str],
    years: Sequence[int],
    lang: Lang,
    columns: tuple[str, ...],
) -> Table:
    """Return the table of a region without a query: for pages and explanations."""
    asked = Selection(
        (region,), tuple(trades), tuple(measures), tuple(years), columns, "records", "envelope", "both", lang,
        0, 0, "", levels=RANGE_LEVELS,
    )  # fmt: skip
    return Table(release, asked.whole())
