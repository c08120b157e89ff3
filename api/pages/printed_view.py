"""Printed figures of a region without a matrix: the first and the latest one of every series."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from api.language import Lang
from api.pages import numbers
from api.records import records
from api.release import Release

ALL: Final = "*"
INTERIM: Final = "_interim"
AS_PRINTED: Final = ("observed", "rounded", "provisional")
Series = dict[tuple[str, str], dict[int, float]]


@dataclass(frozen=True, slots=True)
class Printed:
    """One series of a region.

    Args:
        label: What is counted.
        subject: For whom: an occupation group with its trades, an annex; empty for all.
        first: The first figure and its year, empty where there is only one.
        latest: The latest figure and its year.
    """

    label: str
    subject: str
    first: str
    latest: str


def printed_of(release: Release, region: str, lang: Lang) -> tuple[Printed, ...]:
    """Return the printed series of a region, by name; interim counts and ages are left out.

    Args:
        release: The release to read.
        region: Code of the region.
        lang: Language of the labels.
    """
    trades = _trades_of_groups(release, lang)
    found = [
        Printed(
            release.label("indicators", indicator, lang),
            "" if subject == ALL else f"{subject}{trades.get(subject, '')}",
            _told(by_year, min(by_year), lang) if len(by_year) > 1 else "",
            _told(by_year, max(by_year), lang),
        )
        for (indicator, subject), by_year in _series(release, region).items()
    ]
    return tuple(sorted(found, key=lambda one: (one.label.casefold(), one.subject)))


def reasons_of(release: Release, region: str, year: int, lang: Lang) -> tuple[str, ...]:
    """Return why a region shows no gap: the notes of its trades, each once."""
    trades = release.trades_valid_in(year)
    return rarest_first(one["note"] for one in records(release, region, trades, ("gap",), [year], lang))


def rarest_first(notes: Iterable[object]) -> tuple[str, ...]:
    """Return notes each once, those said of fewer cells first: they say something particular.

    Example:
        >>> rarest_first(["no figures", "no accounts", "no figures", None])
        ('no accounts', 'no figures')
    """
    said = Counter(str(note) for note in notes if note)
    return tuple(note for note, _ in reversed(said.most_common()))


def _series(release: Release, region: str) -> Series:
    document = release.snapshot.documents["observations"]
    at = {name: place for place, name in enumerate(document["columns"])}
    found: Series = {}
    for row in document["rows"]:
        whole = row[at["region"]] == region and not row[at["age"]] and row[at["status"]] in AS_PRINTED
        if whole and row[at["value"]] is not None and not str(row[at["indicator"]]).endswith(INTERIM):
            of = found.setdefault((row[at["indicator"]], row[at["trade"]]), {})
            of[int(row[at["year"]])] = float(row[at["value"]])
    return found


def _told(by_year: Mapping[int, float], year: int, lang: Lang) -> str:
    return f"{numbers.number(by_year[year], lang)}\u00a0({year})"


def _trades_of_groups(release: Release, lang: Lang) -> dict[str, str]:
    """Return which trades an occupation group counts, in brackets."""
    named: dict[str, list[str]] = {}
    for code, entry in release.entries["trades"].items():
        for link in entry.get("occupation_groups", ()):
            named.setdefault(str(link["code"]), []).append(release.label("trades", code, lang))
    return {group: f" ({', '.join(names)})" for group, names in named.items()}
