"""Which cells of the cube, and how they are shown: regions × trades × measures × years, read from a query.

Codes may be repeated, listed with commas or written with `*`; years may be ranges. Regions can also be named
by level and trades by group. An empty overlap is an empty answer with all its columns, not an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from api import cursor
from api.columns import RANGE_LEVELS
from api.language import Lang, Text
from api.problems import SELECTION, Fault, Problem
from api.query import Values, canonical, invalid, language_of
from api.release import Release
from api.selection_fields import LABELS, LAYOUTS, PAGE_ROWS, PAGED, SHAPES, WHOLE_ROWS
from api.selection_rules import columns_asked, refuse_contradictions

# the order of the one spelling of a query: places, then what `_Manner` holds, then the language
_PLACES: Final = ("region", "year", "trade", "measure")
_SERIES_PLACES: Final = ("trade", "region", "measure", "year")
_MANNER: Final = (
    "group", "region_level", "scenario", "quantiles", "layout", "shape", "labels", "columns", "limit",
    "cursor", "measure", "lang",
)  # fmt: skip
_MANNERS_KEPT: Final = 256


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
        more: Columns of this resource alone.
        kept: Places of the rows that are wanted, where they are not all of the rectangle.
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
    more: tuple[str, ...] = ()
    kept: tuple[int, ...] | None = None

    @property
    def axes(self) -> tuple[int, int, int, int]:
        """Lengths: regions, trades, measures, years."""
        return len(self.regions), len(self.trades), len(self.measures), len(self.years)

    @property
    def codes(self) -> tuple[tuple[str | int, ...], ...]:
        """Regions, trades, measures, years."""
        return self.regions, self.trades, self.measures, self.years

    @property
    def total(self) -> int:
        """Rows of the whole selection; rows are cells, whatever the layout."""
        if self.kept is not None:
            return len(self.kept)
        return len(self.regions) * len(self.trades) * len(self.measures) * len(self.years)

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
        more: tuple[str, ...] = (),
    ) -> Selection:
        """Check a query against a release.

        Args:
            values: Checked values of the query string.
            release: The release to answer from.
            series: All years where none is named, and the order of a series in the spelling.
            measures: Measures where none is named; None = those of the matrix.
            form: Format of the answer.
            more: Columns of this resource alone.

        Raises:
            Problem: 404 for an unknown code, 422 for a year outside the axis or contradictory parameters,
                413 for a selection too large to be delivered whole.
        """
        manner = None if "cursor" in values else _known_manner(values, release, series, measures, form, more)
        if manner is None:
            refuse_contradictions(values, form)
        regions = _regions(values, release, required=not series and measures is None)
        years = _years(values, release, series=series)
        trades = _codes(values, "trade", release)[0] or release.trades_valid_in(*years)
        if manner is None:
            manner = _manner(values, release, series, measures, form, more)
        if manner.groups:
            trades = tuple(t for t in trades if release.entries["trades"][t].get("group") in manner.groups)
        start, total = 0, len(regions) * len(trades) * len(manner.measures) * len(years)
        stop = total
        if form in PAGED:
            if "cursor" in values:
                question = _question(regions, trades, manner.measures, years)
                start = cursor.read(values["cursor"][0], release.id, question)
            stop = min(total, start + manner.limit)
        elif total > WHOLE_ROWS:
            raise Problem(
                SELECTION,
                Text(
                    f"Die Auswahl hat {total} Zeilen; in einem Stück kommen höchstens {WHOLE_ROWS}.",
                    f"The selection has {total} rows; at most {WHOLE_ROWS} come in one piece.",
                ),
            )
        return cls(
            regions, trades, manner.measures, years, manner.columns, manner.layout, manner.shape,
            manner.labels, manner.lang, start, stop, _spelling(values, release, series, manner.written),
            manner.limit, manner.levels, more=more,
        )  # fmt: skip

    def whole(self) -> Selection:
        """Return the selection on one page."""
        return replace(self, start=0, stop=self.total)

    def narrowed(self, kept: Sequence[int], name: str, given: Sequence[str], *, paged: bool) -> Selection:
        """Return the selection with some of its rows only.

        Args:
            kept: Their places among all rows, ascending.
            name: Parameter that asked for it.
            given: Its values.
            paged: Whether the answer may come in pages.
        """
        stop = min(len(kept), self.start + self.limit) if paged else len(kept)
        written = f"{name}={','.join(sorted(given))}"
        text = f"{self.text}&{written}" if self.text else written
        start = min(self.start, stop)
        return replace(self, kept=tuple(kept), start=start, stop=stop, text=text)

    def question(self) -> str:
        """Return what a cursor belongs to: the codes and the language, not the page size or the format."""
        return _question(self.regions, self.trades, self.measures, self.years)

    def next_cursor(self, release: Release) -> str | None:
        """Return the cursor of the next page; None on the last one."""
        if self.stop >= self.total or self.stop == self.start:
            return None
        return cursor.write(release.id, self.question(), self.stop)


@dataclass(frozen=True, slots=True)
class _Manner:
    """All of a selection but its places: worked out once for all questions of one kind.

    Args:
        groups: Groups the trades are narrowed to.
        written: The end of the one spelling: all parameters that are no places.
    """

    measures: tuple[str, ...]
    groups: tuple[str, ...]
    columns: tuple[str, ...]
    layout: str
    shape: str
    labels: str
    lang: Lang
    limit: int
    levels: tuple[str, ...]
    written: str


def _kind(
    values: Values, series: bool, measures: Sequence[str] | None, form: str, more: tuple[str, ...]
) -> tuple[object, ...]:
    return (series, measures if measures is None else tuple(measures), form, more, *map(values.get, _MANNER))


def _known_manner(
    values: Values,
    release: Release,
    series: bool,
    measures: Sequence[str] | None,
    form: str,
    more: tuple[str, ...],
) -> _Manner | None:
    """Return what an earlier question of this kind was found to mean: it was checked then."""
    found = release.manners.get(_kind(values, series, measures, form, more))
    return found if isinstance(found, _Manner) else None


def _manner(
    values: Values,
    release: Release,
    series: bool,
    measures: Sequence[str] | None,
    form: str,
    more: tuple[str, ...],
) -> _Manner:
    """Check everything but the places, and remember it.

    Raises:
        Problem: 404 for an unknown code, 422 for a scenario or a column that is not there.
    """
    groups, _ = _codes(values, "group", release)
    named, _ = _codes(values, "measure", release)
    if "measure" in values:
        named = tuple(code for code in named if code in release.measures)
    for scenario in values.get("scenario", ()):
        _only_scenario(scenario, release)
    found = _Manner(
        measures=named or (release.default_measures if measures is None else tuple(measures)),
        groups=groups,
        columns=columns_asked(values, more),
        layout=values.get("layout", LAYOUTS)[0],
        shape=values.get("shape", SHAPES)[0],
        labels=values.get("labels", LABELS)[0],
        lang=language_of(values),
        limit=int(values.get("limit", (str(PAGE_ROWS),))[0]),
        levels=values.get("quantiles", RANGE_LEVELS),
        written=canonical([(name, _in_order(values, name, release)) for name in _MANNER[:-2]],
                          language_of(values)),
    )  # fmt: skip
    if "cursor" not in values:
        if len(release.manners) >= _MANNERS_KEPT:
            release.manners.clear()
        release.manners[_kind(values, series, measures, form, more)] = found
    return found


def _question(
    regions: Sequence[str], trades: Sequence[str], measures: Sequence[str], years: Sequence[int]
) -> str:
    return repr((regions, trades, measures, years))


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
    if "year" not in values:
        return release.years if series else release.forecast_years
    return years_named(values, "year", release.years)


def years_named(values: Values, name: str, axis: Sequence[int]) -> tuple[int, ...]:
    """Return the years of an axis a parameter names, in order.

    Raises:
        Problem: 422 for a year outside the axis.
    """
    first, last = axis[0], axis[-1]
    wanted: set[int] = set()
    for part in values[name]:
        low, dots, high = part.partition("..")
        start, end = (
            (first, last) if part == "*" else (int(low or first), int(high or (last if dots else low)))
        )
        if first <= end < start <= last:
            turned = Text(f"{name}={high}..{low}", f"{name}={high}..{low}")
            detail = Text(
                f"Der Zeitraum {part} endet, bevor er beginnt.", f"The period {part} ends before it begins."
            )
            raise invalid([Fault(name, detail, turned)])
        if not first <= start <= end <= last:
            expected = Text(f"ein Jahr von {first} bis {last}", f"a year from {first} to {last}")
            detail = Text(
                f"Das Jahr {part} liegt außerhalb der Achse.", f"The year {part} is outside the axis."
            )
            raise invalid([Fault(name, detail, expected)])
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


def _in_order(values: Values, name: str, release: Release) -> Sequence[str]:
    """Return the values of a parameter in the order of the catalogue; columns as they were asked for."""
    given: Sequence[str] = values.get(name, ())
    if len(given) > 1 and name != "columns":
        entries = release.entries.get(f"{name}s", {})
        known = all(code in entries for code in given)
        given = release.in_order(f"{name}s", given) if entries and known else sorted(given)
    return given


def _spelling(values: Values, release: Release, series: bool, written: str) -> str:
    """Return the one spelling: places first, in a fixed order; a checked value needs no quoting."""
    order = _SERIES_PLACES if series else _PLACES
    parts = [f"{name}={','.join(_in_order(values, name, release))}" for name in order if name in values]
    if written:
        parts.append(written)
    return "&".join(parts)
