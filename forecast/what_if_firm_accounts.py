"""The accounts of owners and masters of a region as questions ask them: some trades, some levers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from forecast.domain.expected import Singles
from forecast.domain.levers import Lever
from forecast.lever_effects import LEAVING, TRAINING, Training
from forecast.what_if_firm_inputs import FirmInputs
from forecast.what_if_firms import FIRM_MEASURES, FIRMS, FirmPaths, RegionFirms, Side
from forecast.what_if_inputs import WhatIfInputs
from forecast.what_if_paths import Levers, RegionPaths, Shared, levers_of

SELECTIONS_KEPT = 2
MOVING = FIRMS | TRAINING | LEAVING
"""Kinds of levers that move owners or masters."""


class FirmAccounts:
    """Owners and masters of a region beside its workforce.

    Args:
        inputs: Accounts of the region.
        paths: Its workforce without changes.
    """

    def __init__(self, inputs: WhatIfInputs, paths: RegionPaths) -> None:
        self._inputs, self._paths = inputs, paths
        self._kept: dict[tuple[int, ...], tuple[RegionFirms, Shared]] = {}

    def _of(self, trades: Sequence[str]) -> tuple[RegionFirms, Shared, FirmInputs] | None:
        """The accounts of some trades; None where none of them has businesses of its own."""
        firms = self._inputs.firms
        if firms is None:
            return None
        rows = tuple(row for row, at in enumerate(firms.places.tolist()) if self._inputs.trades[at] in trades)
        if not rows:
            return None
        some = firms.of(rows)
        if rows not in self._kept:
            while len(self._kept) >= SELECTIONS_KEPT:
                del self._kept[next(iter(self._kept))]
            shared = Shared.nothing()
            base = self._side(self._inputs, self._paths, some, (), shared)
            self._kept[rows] = RegionFirms(self._inputs, base), shared
        return *self._kept[rows], some

    def _side(
        self, inputs: WhatIfInputs, paths: RegionPaths, firms: FirmInputs, levers: Levers, shared: Shared,
        usual: Callable[[int], Training] | None = None,
    ) -> Side:  # fmt: skip
        """One side; where nothing moves the training, it is that of the release itself."""

        def acting(at: int, kinds: frozenset[str]) -> tuple[Lever, ...]:
            here = (inputs.trades[at], inputs.groups[at], inputs.region)
            return tuple(lever for lever in levers_of(levers, kinds) if lever.acts_on(*here))

        def training(at: int) -> Training:
            moving = acting(at, TRAINING)
            return usual(at) if usual is not None and not moving else paths.training(moving, at, shared)

        return Side(
            firms,
            lambda at: acting(at, FIRMS),
            lambda at: paths.rates(acting(at, LEAVING), at, shared),
            training,
        )

    def fed_back(self, inputs: WhatIfInputs, levers: Levers, trades: Sequence[str]) -> WhatIfInputs:
        """The workforce under other assumptions, with what changed closures take along.

        Levers on training and exits move masters and owners too, but what they change there does not come
        back to workforce and contracts; what levers and assumptions on masters and firms change does.

        Args:
            inputs: Accounts under other assumptions.
            levers: Levers of the question.
            trades: Trades asked for.
        """
        found = self._of(trades)
        if found is None or inputs.firms is None:
            return inputs
        region, shared, some = found
        firms = inputs.firms.of(_rows(inputs.firms, some))
        side = self._side(
            self._inputs, self._paths, firms, levers_of(levers, FIRMS), shared,
            lambda at: self._paths.training((), at, shared),
        )  # fmt: skip
        return region.fed_back(inputs, side, region.under(side))

    def measures(
        self,
        trades: Sequence[str],
        inputs: WhatIfInputs,
        paths: RegionPaths,
        levers: Levers,
        made: Mapping[str, Singles],
        hours_per_head: Singles,
    ) -> dict[str, Singles]:
        """Measures of owners and masters (T, Y, D); not a number for other trades and years not held.

        Args:
            trades: Codes of the trades (T).
            inputs: Accounts of the workforce under the assumptions of the question.
            paths: Their expected accounts.
            levers: Levers of the question.
            made: demand and supply (T, Y, D).
            hours_per_head: Hours a head works in a year (T, Y, D).
        """
        shape = made["demand"].shape
        whole = {name: np.full(shape, np.nan, dtype=np.float32) for name in FIRM_MEASURES}
        found = self._of(trades)
        if found is None or inputs.firms is None:
            return whole
        region, known, some = found
        firms = inputs.firms.of(_rows(inputs.firms, some))
        here = [trades.index(inputs.trades[at]) for at in firms.places.tolist()]
        until = firms.years
        shared = known if paths is self._paths else Shared.nothing()
        usual = (lambda at: self._paths.training((), at, known)) if paths is self._paths else None
        side = self._side(inputs, paths, firms, levers, shared, usual)
        moved = paths is not self._paths or bool(levers_of(levers, MOVING))
        after: FirmPaths = region.under(side) if moved else region.base
        staff = np.minimum(made["demand"][here, :until], made["supply"][here, :until])
        contracts = np.stack([_contracts(side.training(at), inputs, until) for at in firms.places.tolist()])
        parts = region.measures(side, after, staff, hours_per_head[here, :until], contracts)
        for name, draws in parts.items():
            whole[name][np.ix_(here, range(until))] = draws
        return whole


def _rows(firms: FirmInputs, some: FirmInputs) -> list[int]:
    places = firms.places.tolist()
    return [places.index(at) for at in some.places.tolist()]


def _contracts(training: Training, inputs: WhatIfInputs, until: int) -> Singles:
    """New contracts of the years of owners and masters (P, D)."""
    first = int(inputs.years[0]) - int(inputs.start_years[0])
    return training.contracts[first : first + until]
