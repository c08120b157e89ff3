"""Code lists: who and where. Entries with parents, validity years and crosswalks between classifications."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from forecast.errors import InputError

GROUPS = ("metal", "electro", "shk", "vehicle", "other")
"""Groups of trades in the order in which they are shown."""

SECTORS = ("craft", "industry")
LEVELS = ("country", "land", "chamber_district", "kreis", "other")
ROLES = ("main", "secondary")
USES = ("former", "regional", "spoken", "short")
SCHEMES = ("ba", "statistics")
"""Who gives numbers to occupations: Federal Employment Agency; vocational training statistics (BIBB)."""

KINDS = ("source", "memory", "judgement")
ALL_TRADES = "*"
OCCUPATION_PREFIX = "AO-"
"""Stands before the code of a training occupation wherever it is a subject code."""

ANNEXES = {
    ALL_TRADES: "alle Gewerke",
    "HwO-A": "Anlage A",
    "HwO-B1": "Anlage B1",
    "HwO-B2": "Anlage B2",
}
"""Subject codes that exist without a file: all trades, and the annexes of the crafts code (HwO)."""


def valid_in(year: int, valid_from: date | None, valid_to: date | None) -> bool:
    """Say whether a validity span touches a calendar year; an open end counts as unbounded.

    Example:
        >>> valid_in(2003, date(2003, 8, 1), None), valid_in(2002, date(2003, 8, 1), None)
        (True, False)
    """
    after_start = valid_from is None or valid_from.year <= year
    before_end = valid_to is None or year <= valid_to.year
    return after_start and before_end


@dataclass(frozen=True, slots=True)
class Trade:
    """A craft of the crafts code or an industrial trade: one row of the matrix."""

    code: str
    name_de: str
    name_en: str
    group: str
    sector: str
    hwo_annex: str
    hwo_number: str
    training_years: float | None
    valid_from: date | None
    valid_to: date | None
    kind: str
    source: str
    note: str
    subgroup: str = ""

    def valid_in(self, year: int) -> bool:
        """Say whether the trade existed under this code at some time in the calendar year."""
        return valid_in(year, self.valid_from, self.valid_to)


@dataclass(frozen=True, slots=True)
class TrainingOccupation:
    """A recognised training occupation; `weight` of its figures belongs to `trade` ("" if to none)."""

    code: str
    name_de: str
    name_en: str
    figures_name: str
    trade: str
    weight: float
    training_years: float | None
    regulation: str
    valid_from: date | None
    valid_to: date | None
    kind: str
    source: str
    note: str

    def valid_in(self, year: int) -> bool:
        """Say whether the occupation could be learnt at some time in the calendar year."""
        return valid_in(year, self.valid_from, self.valid_to)


@dataclass(frozen=True, slots=True)
class OccupationGroup:
    """A three-digit group of the German classification of occupations (KldB 2010)."""

    code: str
    name_de: str
    name_en: str
    valid_from: date | None
    valid_to: date | None
    kind: str
    source: str


@dataclass(frozen=True, slots=True)
class Region:
    """Nation, Land, chamber district, Kreis; parents are plural because districts do not nest."""

    code: str
    name_de: str
    name_en: str
    level: str
    parents: tuple[str, ...]
    official_key: str
    nuts: str
    valid_from: date | None
    valid_to: date | None
    kind: str
    source: str
    note: str


@dataclass(frozen=True, slots=True)
class OccupationLink:
    """The share of a trade's workers who are counted in an occupation group (sums to one per trade)."""

    trade: str
    occupation_group: str
    role: str
    weight: float
    low: float
    high: float
    valid_from: date | None
    valid_to: date | None
    kind: str
    source: str
    reason: str
    review: date | None


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A sum that is published under its own name, for example metal and electrical crafts together."""

    code: str
    name_de: str
    name_en: str
    members: tuple[str, ...]
    kind: str
    source: str


@dataclass(frozen=True, slots=True)
class TradeName:
    """Another name under which people look for a trade: nothing is computed with it.

    Args:
        trade: Code of the trade.
        name: The name, in the form for one person.
        use: One of USES.
        kind: Where it comes from.
        source: Source.
        note: Where it is said, or since when no longer.
    """

    trade: str
    name: str
    use: str
    kind: str
    source: str
    note: str


@dataclass(frozen=True, slots=True)
class OccupationNumber:
    """A number other lists give to a training occupation: nothing is computed with it.

    Args:
        occupation: Code of the training occupation.
        number: The number as the list writes it.
        scheme: Whose number it is: one of SCHEMES.
        kind: Where it comes from.
        source: Source.
    """

    occupation: str
    number: str
    scheme: str
    kind: str
    source: str


@dataclass(frozen=True, slots=True)
class PostCode:
    """A post code and the districts its places lie in: nothing is computed with it.

    Args:
        post_code: Five digits.
        districts: Codes of districts, the one with most places first.
        outside: Codes of other Länder in which it lies as well.
        kind: Where it comes from.
        source: Source.
    """

    post_code: str
    districts: tuple[str, ...]
    outside: tuple[str, ...]
    kind: str
    source: str


@dataclass(frozen=True, slots=True)
class CodeList:
    """All code lists together, with the questions that are asked of them.

    Args:
        trades: Rows of the matrix by code.
        training_occupations: Training occupations by code.
        occupation_groups: Groups of the classification of occupations by code.
        regions: Regions by code.
        links: Crosswalk from trades to occupation groups.
        aggregates: Published sums by code.
        names: Other names of trades.
        post_codes: Post codes with their districts.
        numbers: Numbers other lists give to training occupations.
    """

    trades: Mapping[str, Trade]
    training_occupations: Mapping[str, TrainingOccupation]
    occupation_groups: Mapping[str, OccupationGroup]
    regions: Mapping[str, Region]
    links: tuple[OccupationLink, ...]
    aggregates: Mapping[str, Aggregate]
    names: tuple[TradeName, ...] = ()
    post_codes: tuple[PostCode, ...] = ()
    numbers: tuple[OccupationNumber, ...] = ()

    def subject_names(self) -> dict[str, str]:
        """Return the German name of every code that may stand in the column `trade` of a panel."""
        names = dict(ANNEXES)
        for table in (self.trades, self.training_occupations, self.occupation_groups, self.aggregates):
            names.update({code: entry.name_de for code, entry in table.items()})
        return names

    def subject(self, code: str) -> bool:
        """Say whether the code may stand in the column `trade` of a panel."""
        return (
            code in self.trades
            or code in self.training_occupations
            or code in self.occupation_groups
            or code in self.aggregates
            or code in ANNEXES
        )

    def require_trade(self, code: str) -> Trade:
        """Return the trade of this code.

        Raises:
            InputError: The code is unknown; near codes are named.
        """
        if code not in self.trades:
            raise self._unknown("Unbekanntes Gewerk", code, self.trades, "trades.csv")
        return self.trades[code]

    def require_region(self, code: str) -> Region:
        """Return the region of this code.

        Raises:
            InputError: The code is unknown; near codes are named.
        """
        if code not in self.regions:
            raise self._unknown("Unbekannte Region", code, self.regions, "regions.csv")
        return self.regions[code]

    def near(self, code: str, among: Iterable[str]) -> tuple[str, ...]:
        """Return up to three codes that resemble the text, by code or by German name, best first.

        Args:
            code: What was written, a code or a name, in any case.
            among: The codes that are allowed at this place.
        """
        names = self.subject_names() | {key: region.name_de for key, region in self.regions.items()}
        spellings: dict[str, str] = {}
        for candidate in sorted(among):
            spellings.setdefault(candidate.casefold(), candidate)
            name = names.get(candidate, "")
            if name:
                spellings.setdefault(name.casefold(), candidate)
        found = difflib.get_close_matches(code.strip().casefold(), spellings, n=len(GROUPS))
        return tuple(dict.fromkeys(spellings[text] for text in found))[:3]

    def children(self, region: str) -> tuple[str, ...]:
        """Return the codes of the regions that name this one as a parent, sorted."""
        return tuple(sorted(code for code, entry in self.regions.items() if region in entry.parents))

    def occupations_of(self, trade: str) -> tuple[TrainingOccupation, ...]:
        """Return the training occupations whose figures belong to the trade, sorted by code."""
        found = (entry for entry in self.training_occupations.values() if entry.trade == trade)
        return tuple(sorted(found, key=lambda entry: entry.code))

    def links_of(self, trade: str) -> tuple[OccupationLink, ...]:
        """Return the occupation groups in which the trade's workers are counted, heaviest first."""
        found = (link for link in self.links if link.trade == trade)
        return tuple(sorted(found, key=lambda link: (-link.weight, link.occupation_group)))

    def ordered_trades(self) -> tuple[Trade, ...]:
        """Return all trades in the order of display: by group, then by code."""
        return tuple(sorted(self.trades.values(), key=lambda trade: (GROUPS.index(trade.group), trade.code)))

    def _unknown(self, what: str, code: str, among: Iterable[str], table: str) -> InputError:
        near = self.near(code, among)
        remedy = f"Gemeint war vielleicht: {', '.join(near)}." if near else "Code in der Liste nachschlagen."
        return InputError(f"{what} «{code}».", expected=f"ein Code aus data/codes/{table}", remedy=remedy)
