"""Overrides of assumptions in a question «what if»: which act in the accounts on demand, and what changes.

An override means that the world is different from the first forecast year on. The past stays as the release
has read it: opening stocks, net inflow of the past and fitted series are not estimated again. A parameter the
accounts do not read is refused with the reason; see `docs/methods/scenarios.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from forecast.domain.drawn import drawn, drawn_profile
from forecast.domain.expected import Singles
from forecast.domain.inflow_parts import MIGRATION_FACTORS, ORIGINS, migration_rate
from forecast.domain.lookup import parameter_from
from forecast.domain.parameters import ParameterSet
from forecast.domain.retirement import WAYS
from forecast.domain.scenario import Override
from forecast.domain.staying import MEASURED_MONTHS, entering_share
from forecast.domain.workforce import entry_ages
from forecast.lever_effects import entrants_of, training_under
from forecast.what_if_firm_inputs import FirmInputs
from forecast.what_if_inputs import WhatIfInputs

GROUPS_OF: Final = "occupation_groups"
OWNERS_STAY: Final = "closure_staff_kept"
RETURNING: Final = ("return_share", "parental_return_rate")


@dataclass(frozen=True, slots=True, eq=False)
class Assumptions:
    """What a release assumes, as its catalogue prints it.

    Args:
        parameters: All parameters of the release.
        weights: Share of each trade's workers in its occupation groups.
        groups: Rows that are sums over trades, with their members.
    """

    parameters: ParameterSet
    weights: Mapping[str, Mapping[str, float]]
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def assumptions_of(catalogue: Mapping[str, Any]) -> Assumptions:
    """Return the assumptions of a release from its catalogue."""
    parameters = {str(one["name"]): parameter_from(one) for one in catalogue.get("parameters", ())}
    weights = {
        str(trade["code"]): {str(one["code"]): float(one["weight"]) for one in trade.get(GROUPS_OF, ())}
        for trade in catalogue.get("trades", ())
    }
    groups = {
        str(row["code"]): tuple(map(str, row.get("members", ()))) for row in catalogue.get("trade_groups", ())
    }
    return Assumptions(ParameterSet(parameters), weights, groups)


@dataclass(frozen=True, slots=True, eq=False)
class _Change:
    """The accounts before, and the parameters before and after."""

    inputs: WhatIfInputs
    known: Assumptions
    after: ParameterSet
    trades: Sequence[int]

    def draw(self, name: str, values: ParameterSet | None = None, **key: Any) -> Singles:  # noqa: ANN401
        """Draws (D,) after the overrides, or of other values."""
        chosen, inputs = self.after if values is None else values, self.inputs
        return drawn(chosen, inputs.seed, inputs.draws, name, **key).astype(np.float32)

    def exact(self, name: str, values: ParameterSet, **key: Any) -> Any:  # noqa: ANN401
        """Draws (D,) in double precision, for ratios of after and before."""
        return drawn(values, self.inputs.seed, self.inputs.draws, name, **key)

    def profile(self, name: str, stored: Singles) -> Singles:
        """Rates by age (A, D); ages without a rate in the release keep none."""
        inputs, found = self.inputs, stored.copy()
        rows = np.flatnonzero(stored.any(axis=1))
        at = inputs.ages[rows]
        found[rows] = drawn_profile(self.after, inputs.seed, inputs.draws, name, "age", at).T
        return found


def _deaths(change: _Change) -> Singles:
    inputs, values = change.inputs, change.after
    found = []
    for group in inputs.groups:
        women = float(change.exact("share_women", values, group=group).mean())
        men, others = (values.vector("mortality", "age", inputs.ages, sex=sex) for sex in ("m", "f"))
        found.append((1 - women) * men + women * others)
    return np.stack(found).astype(np.float32)


def _ways(change: _Change) -> Singles:
    drawn_ways = [change.exact("retirement_way_share", change.after, way=way) for way in WAYS[:-1]]
    early = np.stack(drawn_ways) / np.maximum(np.sum(drawn_ways, axis=0), 1)
    return np.asarray(np.concatenate([early, 1 - early.sum(axis=0, keepdims=True)]), dtype=np.float32)


def _entry(change: _Change) -> Singles:
    """Mean over the draws, as the release hands it on: the accounts in expected values know one profile."""
    values = change.after
    middle, width = (change.exact(name, values) for name in ("entry_age", "entry_age_spread"))
    found = entry_ages(change.inputs.ages, middle, width, values.value("first_skilled_age"))
    return np.asarray(found.mean(axis=0), dtype=np.float32)


def _growth(change: _Change) -> Singles:
    """Demand under another productivity, and under another damping after the last year of the release."""
    inputs, before = change.inputs, change.known.parameters
    slow, fast = (1 + change.exact("productivity_growth", values) for values in (before, change.after))
    steps = (inputs.years - inputs.base_year)[:, None]
    ratio = (slow / fast) ** steps
    known = int(inputs.published_to) - inputs.base_year
    beyond = len(inputs.years) - known
    if beyond > 0:
        at = np.arange(1, beyond + 1)[:, None]
        faded, other = (
            np.cumsum(change.exact("trend_damping", values) ** at, axis=0)
            for values in (before, change.after)
        )
        pace = np.log(np.maximum(inputs.growth[:, known - 1], np.finfo(np.float32).tiny)) / known
        later = np.exp(pace[:, None, :] * (other - faded))
        growth = inputs.growth * ratio
        growth[:, known:] = growth[:, known:] * later
        return np.asarray(growth, dtype=np.float32)
    return np.asarray(inputs.growth * ratio, dtype=np.float32)


def _jobs_lost(change: _Change) -> Singles:
    before, after = (
        1 - change.exact(OWNERS_STAY, values) for values in (change.known.parameters, change.after)
    )
    ratio = np.divide(after, before, out=np.ones_like(before), where=before > 0)
    return np.asarray(np.clip(change.inputs.jobs_lost * ratio, 0, 1), dtype=np.float32)


def _part_time(change: _Change) -> Singles:
    """The weighted mean of the occupation groups of each trade; a trade without groups keeps its share."""
    found = []
    for at, trade in enumerate(change.inputs.trades):
        weights = change.known.weights.get(trade, {})
        if not weights:
            found.append(change.inputs.part_time[at])
            continue
        shares = [
            change.exact("part_time_share", change.after, occupation_group=group) * part
            for group, part in weights.items()
        ]
        found.append((np.sum(shares, axis=0) / sum(weights.values())).astype(np.float32))
    edge = np.finfo(np.float32).eps
    shares = np.clip(np.stack(found), edge, 1 - edge)  # a share of nought or one has no odds
    return np.asarray(shares, dtype=np.float32)


def _stay(change: _Change) -> Singles:
    """The share that enters from the stay curve, the same for all trades."""
    inputs, values = change.inputs, change.after
    months = np.array(MEASURED_MONTHS)
    firm = drawn_profile(values, inputs.seed, inputs.draws, "firm_stay", "months", months)
    share = entering_share(
        firm[:, -1], *(change.exact(n, values) for n in ("changers_in_craft", "changers_away"))
    )
    return np.tile(share.astype(np.float32), (len(inputs.trades), 1))


def _returners(change: _Change) -> Singles:
    """Returners per head `o·b + w·f` under another share b or another return f from parental leave."""
    found = []
    for at, group in enumerate(change.inputs.groups):
        women = change.exact("share_women", change.known.parameters, group=group)
        back, later = (change.exact("return_share", v) for v in (change.known.parameters, change.after))
        leave, then = (
            change.exact("parental_return_rate", v) for v in (change.known.parameters, change.after)
        )
        usual = change.inputs.returner_rate[at]
        leaving = np.divide(usual - women * leave, back, out=np.zeros_like(back), where=back > 0)
        found.append(np.maximum(usual + leaving * (later - back) + women * (then - leave), 0))
    return np.asarray(np.stack(found), dtype=np.float32)


def _migration(change: _Change) -> Singles:
    before, after = (
        migration_rate(
            *(
                np.stack([change.exact(name, values, origin=origin) for origin in ORIGINS])
                for name in MIGRATION_FACTORS
            )
        )
        for values in (change.known.parameters, change.after)
    )
    return np.asarray(change.inputs.migration_rate + (after - before), dtype=np.float32)


def _inflow(change: _Change) -> Singles:
    """The sum moves by what its known parts move; the residual stays."""
    inputs = change.inputs
    moved = (_returners(change) - inputs.returner_rate) + (_migration(change) - inputs.migration_rate)
    return np.asarray(inputs.inflow_rate + moved[:, None], dtype=np.float32)


def _by_group(name: str) -> Callable[[_Change], Singles]:
    return lambda change: np.stack([change.draw(name, group=group) for group in change.inputs.groups])


def _everywhere(name: str) -> Callable[[_Change], Singles]:
    return lambda change: np.stack([change.draw(name)] * len(change.inputs.trades))


def _layers(change: _Change) -> Singles:
    found = change.inputs.dissolution.copy()
    for at in change.trades:
        trade = change.inputs.trades[at]
        for layer in range(found.shape[1]):
            found[at, layer] = change.draw("dissolution_layer", trade=trade, layer=layer)
    return found


#: Arrays of the accounts, the parameters they are made of, and how.
MADE: Final[Mapping[str, tuple[tuple[str, ...], Callable[[_Change], Singles]]]] = {
    "retiring": (("retirement_rate",), lambda c: c.profile("retirement_rate", c.inputs.retiring)),
    "health_exits": (("health_exit_rate",), lambda c: c.profile("health_exit_rate", c.inputs.health_exits)),
    "craft_leavers": (
        ("craft_leaving_rate",),
        lambda c: np.clip(c.profile("craft_leaving_rate", np.ones_like(c.inputs.craft_leavers)), 0, 1),
    ),
    "ways": (("retirement_way_share",), _ways),
    "strain": (("health_factor",), _by_group("health_factor")),
    "deaths": (("mortality",), _deaths),
    "entry_profile": (("entry_age", "entry_age_spread"), _entry),
    "dissolution": (("dissolution_layer",), _layers),
    "pass_first": (("exam_pass_first",), _by_group("exam_pass_first")),
    "retry": (("exam_retry",), _everywhere("exam_retry")),
    "pass_retry": (("exam_pass_retry",), _everywhere("exam_pass_retry")),
    "stay": (("firm_stay", "changers_in_craft", "changers_away"), _stay),
    "returner_rate": (RETURNING, _returners),
    "migration_rate": (MIGRATION_FACTORS, _migration),
    "inflow_rate": ((*RETURNING, *MIGRATION_FACTORS), _inflow),
    "growth": (("productivity_growth", "trend_damping"), _growth),
    "jobs_lost": ((OWNERS_STAY,), _jobs_lost),
    "part_time": (("part_time_share",), _part_time),
    "part_time_drift": (("part_time_drift",), lambda c: c.draw("part_time_drift")),
    "part_timer_hours": (("part_timer_hours",), lambda c: c.draw("part_timer_hours")),
    "part_timer_drift": (("part_timer_drift",), lambda c: c.draw("part_timer_drift")),
    "full_time_hours": (("effective_hours_full_time",), lambda c: c.draw("effective_hours_full_time")),
    "full_time_drift": (("full_time_hours_drift",), lambda c: c.draw("full_time_hours_drift")),
}


def _firm_share(name: str) -> Callable[[_Change, FirmInputs], Singles]:
    return lambda change, firms: change.draw(name)


def _relative(name: str, field: str, *, rest: bool = False) -> Callable[[_Change, FirmInputs], Singles]:
    """What the release keeps, times after to before of a share, or of what the share leaves."""

    def made(change: _Change, firms: FirmInputs) -> Singles:
        before, after = (change.exact(name, values) for values in (change.known.parameters, change.after))
        if rest:
            before, after = 1 - before, 1 - after
        ratio = np.divide(after, before, out=np.ones_like(before), where=before > 0)
        return np.asarray(getattr(firms, field) * ratio, dtype=np.float32)

    return made


#: The same for arrays of owners and masters.
FIRM_MADE: Final[Mapping[str, tuple[tuple[str, ...], Callable[[_Change, FirmInputs], Singles]]]] = {
    "success": (("success_share",), _firm_share("success_share")),
    "put_off": (("succession_postponed",), _firm_share("succession_postponed")),
    "master_stay": (("master_stay",), _firm_share("master_stay")),
    "jobs": ((OWNERS_STAY,), _relative(OWNERS_STAY, "jobs", rest=True)),
    "training": (("closure_training_kept",), _relative("closure_training_kept", "training", rest=True)),
    "later": (("master_share",), _relative("master_share", "later")),
    "examinations": (("master_share",), _relative("master_share", "examinations")),
}
FIRM_FIELDS: Final = frozenset({"success", "put_off", "master_stay", "training", "later", "examinations"})
"""What changes which firms close or what they take along; jobs lost are followed by themselves."""
FIRM_OVERRIDES: Final = frozenset(
    name for field, (names, _) in FIRM_MADE.items() if field in FIRM_FIELDS for name in names
)
"""Assumptions that act in the accounts of firms and masters alone."""
COHORTS: Final = "least_cohorts"
_FIRM_NAMES = frozenset(name for names, _ in FIRM_MADE.values() for name in names)
OVERRIDABLE: Final = (
    frozenset({COHORTS, *(name for names, _ in MADE.values() for name in names)}) | _FIRM_NAMES
)
TRAINED: Final = frozenset({"dissolution", "pass_first", "retry", "pass_retry", "stay"})
WORK_PER_HEAD: Final = frozenset(
    {
        "part_time",
        "part_time_drift",
        "part_timer_hours",
        "part_timer_drift",
        "full_time_hours",
        "full_time_drift",
    }
)
NOT_PEOPLE: Final = WORK_PER_HEAD | {"growth", COHORTS}
"""What can change without anybody entering or leaving."""


def changed_fields(overrides: Sequence[Override]) -> frozenset[str]:
    """Names of the arrays that overrides change."""
    named = {one.name for one in overrides}
    found = {name for name, (reads, _) in MADE.items() if not named.isdisjoint(reads)}
    on_firms = {name for name, (reads, _) in FIRM_MADE.items() if not named.isdisjoint(reads)}
    return frozenset(found | on_firms | (named & {COHORTS}))


def assumed(
    inputs: WhatIfInputs,
    known: Assumptions,
    overrides: Sequence[Override],
    trades: Collection[str] | None = None,
) -> WhatIfInputs:
    """Return the accounts of a region under other assumptions.

    Plain draws are drawn again with the same random numbers; demand, closures and entrants of the release are
    multiplied by the ratio of after and before. As many contracts are begun as without the overrides.

    Args:
        inputs: Accounts of the release.
        known: Its assumptions.
        overrides: Checked overrides; of two that hold for a cell the one with the longer key wins.
        trades: Trades asked for, None for all; what takes long is left as it is in the others.
    """
    chosen = [at for at, trade in enumerate(inputs.trades) if trades is None or trade in trades]
    ordered = sorted(overrides, key=lambda one: len(one.key))
    change = _Change(inputs, known, known.parameters.with_overrides(ordered), chosen)
    fields = changed_fields(overrides)
    made: dict[str, Any] = {name: MADE[name][1](change) for name in fields if name in MADE}
    if COHORTS in fields:
        made[COHORTS] = int(change.after.value(COHORTS))
    if inputs.firms is not None:
        firms: dict[str, Any] = {
            name: FIRM_MADE[name][1](change, inputs.firms) for name in fields if name in FIRM_MADE
        }
        if firms:
            made["firms"] = replace(inputs.firms, **firms)
    found = replace(inputs, **made)
    return found if TRAINED.isdisjoint(fields) else _retrained(inputs, found, chosen)


def _retrained(before: WhatIfInputs, after: WhatIfInputs, trades: Sequence[int]) -> WhatIfInputs:
    """Entrants of the release times the ratio of the training model after and before."""
    kept = (1 - after.dissolution[:, 0]) / (1 - before.dissolution[:, 0])
    after = replace(after, contracts=before.contracts * kept[:, None, :])
    parts = {name: getattr(before, name).copy() for name in ("entrants_contracted", "entrants_expected")}
    for at in trades:
        old, new = (entrants_of(training_under((), one, at), one, at) for one in (before, after))
        for name, first, second in zip(parts, old, new, strict=True):
            ratio = np.divide(second, first, out=np.ones_like(first), where=first > 0)
            parts[name][at] = getattr(before, name)[at] * ratio
    made: dict[str, Any] = dict(parts)
    return replace(after, **made)
