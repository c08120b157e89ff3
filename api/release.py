"""One opened snapshot with the look-ups of the routes: codes, labels, validity, sources; built per swap."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from api import language
from api.language import Lang, Text
from api.problems import Problem, unknown_code
from forecast.snapshot import Snapshot

Entry = Mapping[str, Any]

MATRIX: Final = ("demand", "supply", "gap", "training_need", "retirements", "successions_due")
DEFAULT_MEASURES: Final = (*MATRIX, "new_contracts", "apprentices", "graduates", "entrants")

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


class Release:
    """A snapshot and the indexes over its catalogue; immutable once built.

    Args:
        snapshot: An opened, verified snapshot.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        catalogue: dict[str, Any] = snapshot.documents["catalogue"]
        self.snapshot = snapshot
        self.catalogue = catalogue
        self.entries: dict[str, dict[str, Entry]] = {
            kind: {str(entry[KEYS.get(kind, "code")]): entry for entry in catalogue.get(kind, ())}
            for kind in NOUNS
        }
        self.base_year = int(catalogue["base_year"])
        self.measures = tuple(m for m in snapshot.axes.measures if m in self.entries["measures"])
        self.default_measures = tuple(m for m in DEFAULT_MEASURES if m in self.measures)
        self._coverage: dict[str, str] | None = None
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

    def names(self, kind: str) -> dict[str, str]:
        """Return code → German and English name, for the search of similar codes."""
        return {
            code: f"{entry.get('name_de') or entry.get('title_de', '')} {entry.get('name_en', '')}"
            for code, entry in self.entries[kind].items()
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
        return unknown_code(NOUNS[kind], code, self.names(kind))

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

    def trades_valid_in(self, year: int) -> tuple[str, ...]:
        """Return the trades that exist in a year, in the order of the catalogue."""
        return tuple(
            code
            for code, entry in self.entries["trades"].items()
            if _starts_by(entry, year) and not _ends_before(entry, year)
        )

    def used_sources(self) -> tuple[Entry, ...]:
        """Return the sources of the printed figures the matrix rests on; all sources where none are named."""
        sources = self.entries["sources"]
        return tuple(sources[source] for source in self.catalogue.get("attribution", sources))

    def attribution(self) -> tuple[str, ...]:
        """Return the lines the publishers ask for, each once."""
        lines = (_attribution(entry) for entry in self.used_sources())
        return tuple(dict.fromkeys(line for line in lines if line))

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
