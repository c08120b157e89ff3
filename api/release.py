"""One opened snapshot with the look-ups of the routes: codes, labels, validity, sources; built per swap."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from api import language
from api.language import Lang, Text
from api.listed import Listed, beside, every
from api.problems import Problem, unknown_code
from api.starters import Starters
from forecast.snapshot import Snapshot

Entry = Mapping[str, Any]

MATRIX: Final = ("demand", "supply", "gap", "training_need", "retirements", "successions_due")
DEFAULT_MEASURES: Final = (*MATRIX, "new_contracts", "apprentices", "graduates", "entrants")

_DAY = re.compile(r"\b([0-3]?[0-9])\.\s?([01]?[0-9]|[A-Za-zä]{3,9})\b")
_MONTHS: Final = ("jan", "feb", "mär", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "dez")
_LAST_DAY: Final = "12-31"

# Kinds of code, as the catalogue's lists are called, and how an error message names one of them.
NOUNS: Final[Mapping[str, Text]] = {
    "trades": Text("Ein Gewerk", "trade"),
    "regions": Text("Eine Region", "region"),
    "measures": Text("Eine Messgröße", "measure"),
    "groups": Text("Eine Gewerbegruppe", "group of trades"),
    "indicators": Text("Eine Kennzahl", "indicator"),
    "parameters": Text("Einen Parameter", "parameter"),
    "sources": Text("Eine Quelle", "source"),
    "events": Text("Ein Ereignis", "event"),
    "scenarios": Text("Ein Szenario", "scenario"),
    "cards": Text("Eine Modellkarte", "model card"),
}
KEYS: Final[Mapping[str, str]] = {
    "parameters": "name",
    "sources": "id",
    "events": "id",
    "scenarios": "name",
    "cards": "quantity",
}

_PLACES_KEPT: Final = 500
Span = int | slice | NDArray[np.intp]


class Release:
    """A snapshot and the indexes over its catalogue; immutable once built.

    Args:
        snapshot: An opened, verified snapshot.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        catalogue: dict[str, Any] = snapshot.documents["catalogue"]
        self.snapshot = snapshot
        self.catalogue = catalogue
        rows = {"trades": {str(entry["code"]): entry for entry in catalogue.get("trade_groups", ())}}
        self.entries: dict[str, Mapping[str, Entry]] = {
            kind: Listed(
                {str(entry[KEYS.get(kind, "code")]): entry for entry in catalogue.get(kind, ())},
                rows.get(kind, {}),
            )
            for kind in NOUNS
        }
        self.base_year = int(catalogue["base_year"])
        self.measures = tuple(m for m in snapshot.axes.measures if m in self.entries["measures"])
        self.default_measures = tuple(m for m in DEFAULT_MEASURES if m in self.measures)
        # filled by those who answer: what depends on nothing but the release and a kind of question
        self.manners: dict[tuple[object, ...], object] = {}
        self.pieces: dict[tuple[object, ...], bytes] = {}
        self.ends: dict[Lang, tuple[bytes, bytes]] = {}
        self._starters: Starters | None = None
        self._coverage: dict[str, str] | None = None
        self._places: dict[tuple[str, tuple[str | int, ...]], NDArray[np.intp]] = {}
        self._spans: dict[tuple[str, tuple[str | int, ...]], Span | None] = {}
        self._labels: dict[tuple[str, Lang], dict[str, str]] = {}
        self._order: dict[str, dict[str, int]] = {}
        self._attribution: tuple[str, ...] | None = None
        self._notes: dict[Lang, tuple[str | None, ...]] = {}
        self._valid: dict[int, tuple[str, ...]] = {}
        self._observed: dict[str, list[int]] | None = None
        self._subjects: dict[str, dict[str, str]] | None = None

    def check(self) -> None:
        """Refuse a release whose catalogue does not fit its axes, before it comes into force.

        Raises:
            ValueError: If a code of an axis has no entry, or what every page needs is missing.
        """
        for axis, kind in (("regions", "regions"), ("trades", "trades"), ("measures", "measures")):
            lost = [code for code in getattr(self.snapshot.axes, axis) if code not in self.entries[kind]]
            if lost:
                raise ValueError(f"{axis} without an entry in the catalogue: {lost[:3]}")
        catalogue = self.catalogue
        if catalogue["default_region"] not in self.entries["regions"]:
            raise ValueError("the default region is not in the catalogue")
        if catalogue["default_year"] not in self.years or self.base_year not in self.years:
            raise ValueError("the default year or the base year is outside the axis")
        if not {"gap", "demand", "supply"} <= set(self.measures):
            raise ValueError("the matrix lacks demand, supply or gap")
        for part in ("as_of", "scenario", "notes", "items"):
            catalogue[part]

    @property
    def id(self) -> str:
        """The id of the snapshot."""
        return self.snapshot.id

    @property
    def years(self) -> tuple[int, ...]:
        """Years of the axis, history and forecast."""
        return self.snapshot.axes.years

    @property
    def trades(self) -> tuple[str, ...]:
        """Trades of the axis; rows that are sums over trades are not among them."""
        sums = beside(self.entries["trades"])
        return tuple(code for code in self.snapshot.axes.trades if code not in sums)

    @property
    def forecast_years(self) -> tuple[int, ...]:
        """Years of the matrix: from the base year on."""
        return tuple(year for year in self.years if year >= self.base_year)

    def coverage(self) -> Mapping[str, str]:
        """Return region → ``full`` (has gaps), ``partial`` (has other matrix values) or ``none``."""
        if self._coverage is None:
            axes = self.snapshot.axes
            ahead = self.snapshot.cube[:, :, :, axes.years.index(self.base_year) :, 0]
            found = np.asarray(np.isfinite(ahead).any(axis=(1, 3)))
            gap = axes.measures.index("gap")
            shown = [axes.measures.index(measure) for measure in self.default_measures]
            self._coverage = {
                code: "full" if known[gap] else "partial" if known[shown].any() else "none"
                for code, known in zip(axes.regions, found, strict=True)
            }
        return self._coverage

    def starters(self) -> Starters:
        """Return what belongs to a cell of the outlook, read once from the training plan."""
        if self._starters is None:
            self._starters = Starters(self.snapshot.documents.get("training_plan") or {})
        return self._starters

    def names(self, kind: str) -> dict[str, str]:
        """Return code → German and English name, for the search of similar codes."""
        return {
            code: f"{entry.get('name_de') or entry.get('title_de', '')} {entry.get('name_en', '')}"
            for code, entry in every(self.entries[kind]).items()
        }

    def entry(self, kind: str, code: str) -> Entry:
        """Return a catalogue entry.

        Raises:
            Problem: 404 naming similar codes.
        """
        try:
            return self.entries[kind][code]
        except KeyError:
            raise self.unknown(kind, code) from None

    def unknown(self, kind: str, code: str) -> Problem:
        """Return the problem for a code that is not in a list of the catalogue."""
        return unknown_code(NOUNS[kind], code, self.names(kind), kind.removesuffix("s"))

    def label(self, kind: str, code: str, lang: Lang) -> str:
        """Return the name of a code; the code itself where the catalogue has none."""
        entry = self.entries[kind].get(code)
        return language.label(entry, lang) if entry else code

    def position(self, axis: str, code: str | int) -> int | None:
        """Return the place of a code on an axis of the cube; None for a code without any number."""
        try:
            return self.snapshot.index(axis, code)
        except KeyError:
            return None

    def span(self, axis: str, codes: Sequence[str | int]) -> Span | None:
        """Return where codes stand on an axis if the cube has them all; neighbours need no copy.

        Returns:
            The place of a single code, a slice for neighbours, places for others; None if one is missing.
        """
        if len(codes) == 1:
            return self.position(axis, codes[0])
        key = (axis, tuple(codes))
        if key not in self._spans:
            places = self.places(*key)
            if len(self._spans) >= _PLACES_KEPT:
                self._spans.clear()
            self._spans[key] = _span(places) if places.size and places.min() >= 0 else None
        return self._spans[key]

    def places(self, axis: str, codes: tuple[str | int, ...]) -> NDArray[np.intp]:
        """Return the places of many codes on an axis of the cube, -1 for one without any number."""
        found = self._places.get((axis, codes))
        if found is None:
            places = [self.position(axis, code) for code in codes]
            found = np.array([-1 if place is None else place for place in places], np.intp)
            if len(self._places) >= _PLACES_KEPT:
                self._places.clear()
            self._places[axis, codes] = found
        return found

    def labels(self, kind: str, lang: Lang) -> Mapping[str, str]:
        """Return code → name of a list of the catalogue, made once."""
        found = self._labels.get((kind, lang))
        if found is None:
            found = {code: language.label(entry, lang) for code, entry in every(self.entries[kind]).items()}
            self._labels[kind, lang] = found
        return found

    def in_order(self, kind: str, codes: Iterable[str]) -> tuple[str, ...]:
        """Return known codes in the order of the catalogue, each once."""
        order = self._order.get(kind)
        if order is None:
            order = {code: at for at, code in enumerate(every(self.entries[kind]))}
            self._order[kind] = order
        return tuple(sorted(set(codes), key=order.__getitem__))

    def notes(self, lang: Lang) -> tuple[str | None, ...]:
        """Return the notes of cells by number; None for the empty one."""
        found = self._notes.get(lang)
        if found is None:
            found = tuple(one.get(lang) or one.get("de") or None for one in self.catalogue["notes"])
            self._notes[lang] = found
        return found

    def trades_valid_in(self, *years: int) -> tuple[str, ...]:
        """Return the trades that exist in any of some years, in the order of the catalogue."""
        valid = [self._valid_in(year) for year in years]
        if len(valid) == 1:
            return valid[0]
        wanted = {code for codes in valid for code in codes}
        return tuple(code for code in self.entries["trades"] if code in wanted)

    def _valid_in(self, year: int) -> tuple[str, ...]:
        found = self._valid.get(year)
        if found is None:
            found = tuple(
                code
                for code, entry in self.entries["trades"].items()
                if _starts_by(entry, year) and not _ends_before(entry, year)
            )
            self._valid[year] = found
        return found

    def reference_day(self, measure: str) -> str:
        """Return the day of the year a measure refers to, as MM-DD: as its indicator says, else the last.

        Example:
            >>> day_of("30. Juni"), day_of("31.12."), day_of("Ausbildungsjahr")
            ('06-30', '12-31', '12-31')
        """
        entry = self.entries["indicators"].get(measure) or self.entries["measures"].get(measure, {})
        return day_of(str(entry.get("reference_date") or ""))

    def sources_behind(self, measure: str) -> tuple[str, ...]:
        """Return the ids of the sources of a measure: its indicator's, or those of the whole release."""
        named = self.entries["indicators"].get(measure, {}).get("sources") or ()
        known = tuple(str(source) for source in named if source in self.entries["sources"])
        return known or tuple(str(entry["id"]) for entry in self.used_sources())

    def used_sources(self) -> tuple[Entry, ...]:
        """Return the sources of the printed figures the matrix rests on; all sources where none are named."""
        sources = self.entries["sources"]
        return tuple(sources[source] for source in self.catalogue.get("attribution", sources))

    def attribution(self) -> tuple[str, ...]:
        """Return the lines the publishers ask for, each once."""
        if self._attribution is None:
            lines = (_attribution(entry) for entry in self.used_sources())
            self._attribution = tuple(dict.fromkeys(line for line in lines if line))
        return self._attribution

    def observed(self) -> Mapping[str, Sequence[int]]:
        """Return indicator → numbers of its rows in the table of printed figures."""
        if self._observed is None:
            document = self.snapshot.documents["observations"]
            at = document["columns"].index("indicator")
            rows: dict[str, list[int]] = {}
            for number, row in enumerate(document["rows"]):
                rows.setdefault(row[at], []).append(number)
            self._observed = rows
        return self._observed

    def subjects(self, column: str) -> Mapping[str, str]:
        """Return the codes that occur in a column of the printed figures, and the catalogue's, with names.

        Args:
            column: ``indicator``, ``trade`` or ``region``.
        """
        if self._subjects is None:
            document = self.snapshot.documents["observations"]
            found: dict[str, dict[str, str]] = {}
            for name, kind in (("indicator", "indicators"), ("trade", "trades"), ("region", "regions")):
                at = document["columns"].index(name)
                found[name] = {row[at]: "" for row in document["rows"]} | self.names(kind)
            self._subjects = found
        return self._subjects[column]

    def sources_of(self, ids: Iterable[str]) -> list[str]:
        """Return the ids of sources once each, in order, without empty ones."""
        return [source for source in dict.fromkeys(ids) if source]


def _span(places: NDArray[np.intp]) -> Span:
    first, last = int(places[0]), int(places[-1])
    straight = np.array_equal(places, np.arange(first, first + places.size))
    return slice(first, last + 1) if straight else places


def day_of(text: str) -> str:
    """Return the day in a German text such as «30. Juni» or «31.12.» as MM-DD, else the last of the year."""
    found = _DAY.search(text)
    if found is None:
        return _LAST_DAY
    month = found[2].casefold()
    number = int(month) if month.isdigit() else _MONTHS.index(month[:3]) + 1 if month[:3] in _MONTHS else 0
    return f"{number:02d}-{int(found[1]):02d}" if 1 <= number <= len(_MONTHS) else _LAST_DAY


def _starts_by(entry: Entry, year: int) -> bool:
    start = str(entry.get("valid_from") or "")
    return not start or int(start[:4]) <= year


def _ends_before(entry: Entry, year: int) -> bool:
    end = str(entry.get("valid_to") or "")
    return bool(end) and int(end[:4]) < year


def _attribution(entry: Entry) -> str:
    """The line a source asks for, or publisher and title where it asks for none."""
    line = str(entry.get("attribution") or "").strip()
    return line or ", ".join(str(entry[part]) for part in ("publisher", "title") if entry.get(part))
