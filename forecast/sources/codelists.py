"""Reads data/codes and data/sources: code lists, crosswalks and the list of sources."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from forecast.domain import codes as c
from forecast.domain.indicators import end_of_period
from forecast.domain.provenance import Source
from forecast.sources.documents import Complaints, Row, as_date, read_table

T = TypeVar("T")
SEPARATOR = "|"
SUM_TOLERANCE = 1e-6
NAMES = "trade_names.csv"  # for the search only; a chamber that adds none needs no such file
NUMBERS = "occupation_numbers.csv"  # likewise
POST_CODES = "post_codes.csv"  # likewise
POST_CODE = re.compile(r"\d{5}\Z")


def _number(text: str) -> float:
    return float(text)


def _optional_number(text: str) -> float | None:
    return float(text) if text else None


def _codes(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(SEPARATOR) if part.strip())


def _period(text: str) -> str:
    end_of_period(text)
    return text


CONVERTERS: Mapping[str, tuple[Callable[[str], Any], str]] = {
    "training_years": (_optional_number, "eine Zahl mit Dezimalpunkt oder leer"),
    "weight": (_number, "eine Zahl mit Dezimalpunkt"),
    "low": (_number, "eine Zahl mit Dezimalpunkt"),
    "high": (_number, "eine Zahl mit Dezimalpunkt"),
    "valid_from": (as_date, "ein Datum JJJJ-MM-TT oder leer"),
    "valid_to": (as_date, "ein Datum JJJJ-MM-TT oder leer"),
    "review": (as_date, "ein Datum JJJJ-MM-TT oder leer"),
    "retrieved": (_period, "JJJJ, JJJJ-MM oder JJJJ-MM-TT"),
    "parents": (_codes, ""),
    "members": (_codes, ""),
    "districts": (_codes, ""),
    "outside": (_codes, ""),
}
CHOICES: Mapping[str, tuple[str, ...]] = {
    "group": c.GROUPS,
    "sector": c.SECTORS,
    "level": c.LEVELS,
    "role": c.ROLES,
    "kind": c.KINDS,
    "use": c.USES,
    "scheme": c.SCHEMES,
}
REQUIRED = frozenset(
    {
        "code", "districts", "id", "name", "name_de", "name_en", "number", "occupation", "occupation_group",
        "post_code", "source", "title", "trade",
    }
)  # fmt: skip


def read_sources(root: Path, complaints: Complaints) -> dict[str, Source]:
    """Read data/sources/*.csv; an id may stand once over all files."""
    sources: dict[str, Source] = {}
    for path in sorted((root / "sources").glob("*.csv")):
        for row, entry in _entries(root, path, Source, complaints):
            if entry.id in sources:
                complaints.add(row.where, f"die Quelle «{entry.id}» steht doppelt", "jede id einmal")
            sources[entry.id] = entry
    return sources


def read_codes(root: Path, sources: Iterable[str], complaints: Complaints) -> c.CodeList:
    """Read data/codes/*.csv and check that parents, trades, groups and sources exist and weights sum to one.

    Args:
        root: The folder data/.
        sources: Known ids of sources.
        complaints: Takes what is wrong.
    """
    folder = root / "codes"
    known = frozenset(sources)

    def table(name: str, kind: type[T]) -> list[tuple[Row, T]]:
        return list(_entries(root, folder / name, kind, complaints, known))

    occupations = table("training_occupations.csv", c.TrainingOccupation)
    trades = table("trades.csv", c.Trade)
    groups = table("occupation_groups.csv", c.OccupationGroup)
    regions = table("regions.csv", c.Region)
    links = table("trade_occupation_groups.csv", c.OccupationLink)
    aggregates = table("aggregates.csv", c.Aggregate)
    names = table(NAMES, c.TradeName) if (folder / NAMES).exists() else []
    post_codes = table(POST_CODES, c.PostCode) if (folder / POST_CODES).exists() else []
    numbers = table(NUMBERS, c.OccupationNumber) if (folder / NUMBERS).exists() else []
    codes = c.CodeList(
        trades=_unique(trades, complaints),
        training_occupations=_unique(occupations, complaints),
        occupation_groups=_unique(groups, complaints),
        regions=_unique(regions, complaints),
        links=tuple(link for _, link in links),
        aggregates=_unique(aggregates, complaints),
        names=tuple(name for _, name in names),
        post_codes=tuple(post_code for _, post_code in post_codes),
        numbers=tuple(number for _, number in numbers),
    )
    _check_names(names, codes, complaints)
    _check_post_codes(post_codes, codes, complaints)
    _check_numbers(numbers, codes, complaints)
    for row, region in regions:
        for parent in region.parents:
            if parent not in codes.regions or parent == region.code:
                complaints.add(row.where, f"die übergeordnete Region «{parent}» gibt es nicht")
    for row, occupation in occupations:
        if occupation.trade and occupation.trade not in codes.trades:
            complaints.add(
                row.where, f"das Gewerk «{occupation.trade}» gibt es nicht", "ein Code aus trades.csv"
            )
        if not 0 <= occupation.weight <= 1:
            complaints.add(row.where, f"weight {occupation.weight:g} liegt nicht zwischen 0 und 1")
    for row, aggregate in aggregates:
        for member in aggregate.members:
            if not codes.subject(member):
                complaints.add(row.where, f"das Mitglied «{member}» gibt es nicht")
    _check_links(links, codes, complaints)
    return codes


def _check_names(names: list[tuple[Row, c.TradeName]], codes: c.CodeList, complaints: Complaints) -> None:
    seen: set[tuple[str, str]] = set()
    for row, name in names:
        if name.trade not in codes.trades:
            complaints.add(row.where, f"das Gewerk «{name.trade}» gibt es nicht", "ein Code aus trades.csv")
        if (name.trade, name.name.casefold()) in seen:
            complaints.add(row.where, f"{name.trade} und «{name.name}» stehen doppelt")
        seen.add((name.trade, name.name.casefold()))


def _check_post_codes(
    post_codes: list[tuple[Row, c.PostCode]], codes: c.CodeList, complaints: Complaints
) -> None:
    seen: set[str] = set()
    levels = {code: region.level for code, region in codes.regions.items() if region.level in c.LEVELS}
    for row, entry in post_codes:
        if not POST_CODE.match(entry.post_code):
            complaints.add(row.where, f"«{entry.post_code}» ist keine Postleitzahl", "fünf Ziffern, als Text")
        if entry.post_code in seen:
            complaints.add(row.where, f"die Postleitzahl {entry.post_code} steht doppelt", "jede einmal")
        seen.add(entry.post_code)
        for column, named, level in (
            ("districts", entry.districts, "kreis"),
            ("outside", entry.outside, "land"),
        ):
            for code in named:
                if code not in codes.regions or levels.get(code, level) != level:
                    complaints.add(
                        row.where, f"{column}: «{code}» ist keine Region der Ebene {level}",
                        "ein Code aus regions.csv",
                    )  # fmt: skip


def _check_numbers(
    numbers: list[tuple[Row, c.OccupationNumber]], codes: c.CodeList, complaints: Complaints
) -> None:
    seen: set[tuple[str, str]] = set()
    for row, entry in numbers:
        if entry.occupation not in codes.training_occupations:
            complaints.add(
                row.where, f"den Ausbildungsberuf «{entry.occupation}» gibt es nicht",
                "ein Code aus training_occupations.csv",
            )  # fmt: skip
        if (entry.scheme, entry.number) in seen:
            complaints.add(row.where, f"die Nummer {entry.number} steht doppelt", "jede einmal")
        seen.add((entry.scheme, entry.number))


def _check_links(
    links: list[tuple[Row, c.OccupationLink]], codes: c.CodeList, complaints: Complaints
) -> None:
    totals: dict[str, float] = defaultdict(float)
    first: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    for row, link in links:
        if link.trade not in codes.trades:
            complaints.add(row.where, f"das Gewerk «{link.trade}» gibt es nicht", "ein Code aus trades.csv")
        if link.occupation_group not in codes.occupation_groups:
            complaints.add(row.where, f"die Berufsgruppe «{link.occupation_group}» gibt es nicht")
        if (link.trade, link.occupation_group) in seen:
            complaints.add(row.where, f"{link.trade} und {link.occupation_group} stehen doppelt")
        if not 0 <= link.low <= link.weight <= link.high <= 1:
            complaints.add(row.where, "0 ≤ low ≤ weight ≤ high ≤ 1 ist verletzt")
        if link.kind == "judgement" and not (link.reason and link.review):
            complaints.add(row.where, "eine Setzung (kind: judgement) braucht reason und review")
        seen.add((link.trade, link.occupation_group))
        totals[link.trade] += link.weight
        first.setdefault(link.trade, row.where)
    for trade, total in totals.items():
        if abs(total - 1) > SUM_TOLERANCE:
            complaints.add(first[trade], f"die Gewichte von {trade} ergeben {total:g}", "1 je Gewerk")


def _entries(
    root: Path, path: Path, kind: type[T], complaints: Complaints, sources: frozenset[str] | None = None
) -> Iterable[tuple[Row, T]]:
    """Read one table into dataclasses whose fields are its columns; what is faulty in a row is noted."""
    shown = path.relative_to(root.parent).as_posix()
    columns = [item.name for item in fields(kind)]  # type: ignore[arg-type]
    for row in read_table(path, shown, columns, optional=("subgroup",)):
        values = {name: _converted(row, name, row.cells.get(name, ""), complaints) for name in columns}
        if sources is not None and row.cells["source"] not in sources:
            complaints.add(
                row.where, f"die Quelle «{row.cells['source']}» steht in keiner Datei unter data/sources"
            )
        column = "code" if kind is c.TrainingOccupation else "occupation"
        if kind in (c.TrainingOccupation, c.OccupationNumber):
            values[column] = c.OCCUPATION_PREFIX + values[column].removeprefix(c.OCCUPATION_PREFIX)
        yield row, kind(**values)


def _converted(row: Row, name: str, text: str, complaints: Complaints) -> Any:  # noqa: ANN401
    if name in REQUIRED and not text and not (name == "trade" and "figures_name" in row.cells):
        complaints.add(row.where, f"{name} ist leer", "eine Angabe")
    if name in CHOICES and text not in CHOICES[name]:
        complaints.add(row.where, f"{name} «{text}» ist unbekannt", " | ".join(CHOICES[name]))
    if name not in CONVERTERS:
        return text
    convert, expected = CONVERTERS[name]
    try:
        return convert(text)
    except ValueError:
        complaints.add(row.where, f"{name} «{text}» ist nicht lesbar", expected)
        return 0.0 if convert is _number else None


def _unique(entries: list[tuple[Row, T]], complaints: Complaints) -> dict[str, T]:
    table: dict[str, T] = {}
    for row, entry in entries:
        code = str(getattr(entry, "code"))  # noqa: B009 -- the row type is any of the code lists
        if code in table:
            complaints.add(row.where, f"der Code «{code}» steht doppelt", "jeder Code einmal")
        table[code] = entry
    return table
