"""What the accounts of a release can be asked: which regions, trades, groups and years."""

from __future__ import annotations

from typing import Final

from api.language import Text
from api.levers import rules_of
from api.overrides import assumptions_of
from api.problems import UNKNOWN_CODE, Problem
from api.release import Release
from forecast.errors import OperationError
from forecast.what_if_inputs import file_name, read_head, years_of
from forecast.what_if_terms import holds_firms, rows_of


class Accounts:
    """What a release can be asked: regions with accounts, their trades, the years.

    Args:
        release: The release.
    """

    def __init__(self, release: Release) -> None:
        files = frozenset(release.snapshot.files)
        self.release = release
        self.regions = tuple(code for code in release.snapshot.axes.regions if file_name(code) in files)
        self._trades: dict[str, tuple[str, ...]] = {}
        self._draws: dict[str, int] = {}
        self._firms: dict[str, bool] = {}
        self.assumptions = assumptions_of(release.catalogue)
        if not self.regions:
            raise Problem(UNKNOWN_CODE, _NO_ACCOUNTS, near=())
        try:
            self.years = years_of(release.snapshot.view_file(file_name(self.regions[0])))
            self.rules = rules_of(release, self.regions, (self.years[0], self.years[-1]))
        except OperationError as error:
            raise Problem(UNKNOWN_CODE, _NO_ACCOUNTS, near=()) from error

    def trades(self, region: str) -> tuple[str, ...]:
        """Return the trades with accounts in a region."""
        self._read(region)
        return self._trades[region]

    def rows(self, region: str) -> dict[str, tuple[str, ...]]:
        """Return what can be asked for in a region: its trades and the groups that hold any, with members."""
        return rows_of(self.assumptions.groups, self.trades(region))

    def draws(self, region: str) -> int:
        """Return how many draws the accounts of a region have."""
        self._read(region)
        return self._draws[region]

    def firms(self, region: str) -> bool:
        """Return whether the accounts of a region hold owners and masters."""
        self._read(region)
        return self._firms[region]

    def _read(self, region: str) -> None:
        if region not in self._trades:
            name = file_name(region)
            head = read_head(self.release.snapshot.view_file(name), name)
            self._draws[region] = int(head["arrays"]["opening"]["shape"][2])
            self._trades[region] = tuple(map(str, head["trades"]))
            self._firms[region] = holds_firms(head["arrays"])


_NO_ACCOUNTS: Final = Text(
    "Diese Veröffentlichung enthält keine Konten für Szenarien.",
    "This release holds no accounts for scenarios.",
)
