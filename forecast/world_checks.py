"""The model's side of every published fact under data/checks, as draws, and the verdicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecast.assemble import Assembled
from forecast.districts import own_accounts
from forecast.domain.apprentices import completion_rate, eventual_pass
from forecast.domain.codes import ALL_TRADES
from forecast.domain.facts import Fact, Verdict, judge
from forecast.domain.staying import HALF_A_YEAR, ONE_YEAR
from forecast.errors import DefinitionError, InputError
from forecast.estimators.ages import AGES, moved_forward, published_bands
from forecast.estimators.driver_paths import leaver_path, leaver_points
from forecast.estimators.handover import owner_exit_rates, owner_profile, owner_shares
from forecast.estimators.parameter_draws import ParameterDraws
from forecast.estimators.retirement import exit_hazards
from forecast.estimators.staying import craft_stay
from forecast.estimators.technicians import INDUSTRIAL_MASTER
from forecast.estimators.transitions import training_pipeline
from forecast.fit import COUNTRY, LAND
from forecast.inputs import Inputs
from forecast.stats.bands import spread_bands
from forecast.trained import trained_of
from forecast.training_checks import (
    counted_rate,
    craft_share,
    firm_share,
    layers_of,
    masters_per_journeyman,
    published_dissolved,
)

FloatArray = NDArray[np.float64]
SHK: Final = "A-24"
METAL, BODY, FARM = "A-13", "A-15", "A-21"
VEHICLE, ELECTRO = "A-20", "A-25"
#: Years of a working life after which the stay in the craft is asked for.
WORKING_YEARS: Final = 30
FIVE_YEARS: Final = 5
#: Years over which the chambers estimated the retirements of owners.
OWNER_YEARS: Final = 10
#: Range of the model's value that is shown and judged.
LOWER, UPPER = 0.1, 0.9


@dataclass(frozen=True, slots=True)
class World:
    """What the model's values are computed from."""

    inputs: Inputs
    parameters: ParameterDraws
    assembled: Assembled


@dataclass(frozen=True, slots=True)
class CheckedFact:
    """A fact with the model's value beside it.

    Args:
        fact: What was published.
        value: The model's value, mean over draws.
        lower: Lower end of its 80 % range.
        upper: Upper end of its 80 % range.
        verdict: Inside, or by how much it misses.
    """

    fact: Fact
    value: float
    lower: float
    upper: float
    verdict: Verdict


Computation = Callable[[World, Fact], FloatArray]


def check_world(world: World, facts: Mapping[str, Fact]) -> tuple[CheckedFact, ...]:
    """Compute the model's value of every fact and judge it.

    Raises:
        DefinitionError: A fact has no computation.
    """
    unknown = sorted(set(facts) - set(COMPUTATIONS))
    if unknown:
        raise DefinitionError(
            "Für eine veröffentlichte Zahl gibt es keine Rechnung im Modell.",
            where=", ".join(f"data/checks/{code}.yaml" for code in unknown),
            expected=f"eine von: {', '.join(sorted(COMPUTATIONS))}",
            remedy="Datei umbenennen oder die Rechnung in forecast/world_checks.py ergänzen.",
        )
    found = []
    for code, compute in COMPUTATIONS.items():
        if code not in facts:
            continue
        draws = compute(world, facts[code])
        lower, upper = (float(end) for end in np.quantile(draws, [LOWER, UPPER]))
        value = float(draws.mean())
        found.append(CheckedFact(facts[code], value, lower, upper, judge(facts[code], value, lower, upper)))
    return tuple(found)


def _counted_rate(world: World, fact: Fact) -> FloatArray:
    codes, printed = world.inputs.definitions.codes, world.inputs.printed
    return counted_rate(printed, codes, fact.region, fact.year, world.parameters)


def _layers(world: World, fact: Fact) -> FloatArray:
    return np.asarray(layers_of(ALL_TRADES, world.parameters).sum(axis=1))


def _counted(world: World, fact: Fact) -> FloatArray:
    codes, printed = world.inputs.definitions.codes, world.inputs.printed
    return published_dissolved(printed, codes, fact.region, fact.year, world.parameters)


def _shk_finish(world: World, fact: Fact) -> FloatArray:
    pipeline = training_pipeline(world.inputs.definitions.codes.trades[SHK], world.parameters)
    if pipeline is None:
        raise DefinitionError("Die Ausbildungsdauer des Gewerks fehlt.", where=SHK)
    passed = eventual_pass(pipeline.pass_first, pipeline.retry, pipeline.pass_retry)
    return np.asarray(completion_rate(pipeline.dissolution) * passed)


def _in_firm(years: float) -> Computation:
    """Graduates of the crafts with the training firm some years after the examination."""
    return lambda world, fact: firm_share(world.parameters, years)


def _long_stay(world: World, fact: Fact) -> FloatArray:
    return craft_share(world.parameters, WORKING_YEARS + 1)


def _ages_of(world: World, region: str) -> tuple[int, FloatArray]:
    """Employees of all sectors by single age as last published (A,), and their year."""
    values, panel = world.parameters.parameters, world.inputs.panel
    rows = panel.frame[panel.frame["indicator"] == AGES]
    edge = {
        band: int(values.value("age_band_edge", band=band)) for band in {str(a) for a in rows["age"]} - {""}
    }
    bands = sorted(edge, key=lambda band: edge[band])
    year, counts = published_bands(panel, world.inputs.definitions.codes, region, bands)
    limits = np.array([*(edge[band] for band in bands), int(values.value("last_working_age"))])
    single, spread = spread_bands(limits, counts)
    return year, np.interp(world.assembled.ages, single, spread, left=0, right=0)


def _moved(world: World, region: str, year: int) -> tuple[FloatArray, dict[str, FloatArray]]:
    """Employees by age in a later year (D, A), moved by the exit rates of all occupations, and the rates."""
    ages = world.assembled.ages
    printed, shape = _ages_of(world, region)
    older = world.parameters.parameters.value("older_from_age")
    newcomers = np.where(ages < older, shape, 0.0)
    newcomers = newcomers / newcomers.sum()
    hazards = {
        cause: np.broadcast_to(
            rate[:, 0] if rate.ndim > len(("draw", "age")) else rate, (world.parameters.draws, ages.size)
        )
        for cause, rate in exit_hazards(ages, np.array([year]), ALL_TRADES, world.parameters).items()
    }
    staying = np.prod([1 - rate for cause, rate in hazards.items() if cause != "craft_leavers"], axis=0)
    moved = np.stack([moved_forward(shape, one, newcomers, max(year - printed, 0)) for one in staying])
    return moved, hazards


def _retiring_ages(world: World, fact: Fact, earliest: float) -> FloatArray:
    """Mean age of those who retire in the year of the fact, nobody counted before an age (D,)."""
    people, hazards = _moved(world, COUNTRY, fact.year)
    leaving = people * (1 - hazards["deaths"]) * hazards["retirements"]
    start = np.maximum(world.assembled.ages + 1 / 2, earliest)
    return np.asarray((leaving @ start) / leaving.sum(axis=1))


def _pension_start(world: World, fact: Fact) -> FloatArray:
    earliest = world.parameters.parameters.value("earliest_pension_age")
    return _retiring_ages(world, fact, earliest)


def _end_of_work(world: World, fact: Fact) -> FloatArray:
    return _retiring_ages(world, fact, 0)


def _older(world: World, fact: Fact) -> FloatArray:
    people, _ = _moved(world, LAND, fact.year)
    older = world.assembled.ages >= world.parameters.parameters.value("older_from_age")
    return np.asarray(people[:, older].sum(axis=1) / people.sum(axis=1))


def _owners(world: World, region: str) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Owners, successions due and handovers of the first year, sums over the region's trades (D,)."""
    paths = [
        task.succession.paths
        for task in world.assembled.tasks
        if task.region == region and task.succession is not None
    ]
    if not paths:
        raise InputError(
            "Für die Region gibt es keine Nachfolgekonten.", where=region, expected="Zahl der Betriebe"
        )
    parts = (
        np.sum([getattr(path, name)[:, 0] for path in paths], axis=0).astype(np.float64)
        for name in ("owners_before", "successions_due", "handovers")
    )
    owners, due, handed = parts
    return owners, due, handed


def _due(world: World, fact: Fact) -> FloatArray:
    owners, due, _ = _owners(world, fact.region)
    return np.asarray(due / owners * (fact.base or 1))


def _success(world: World, fact: Fact) -> FloatArray:
    _, due, handed = _owners(world, fact.region)
    return np.asarray(handed / np.maximum(due, 1))


def _handed_over(world: World, fact: Fact) -> FloatArray:
    """Handovers of the first year in the whole craft: those of the matrix's trades per owner times firms."""
    owners, _, handed = _owners(world, fact.region)
    return np.asarray(handed / owners * (fact.base or 1))


def _share_of_handovers(world: World, fact: Fact) -> FloatArray:
    """Handovers of the first year in the region divided by those in the Land, trades both have (D,)."""
    by_region: dict[str, dict[str, FloatArray]] = {}
    for task in world.assembled.tasks:
        if task.succession is not None:
            handed = task.succession.paths.handovers[:, 0].astype(np.float64)
            by_region.setdefault(task.region, {})[task.trade] = handed
    here, land = (by_region.get(region, {}) for region in (fact.region, LAND))
    both = [trade for trade in here if trade in land]
    if not both:
        raise InputError("Für Bezirk und Land gibt es keine gemeinsamen Nachfolgekonten.", where=fact.region)
    part, whole = (np.sum([known[trade] for trade in both], axis=0) for known in (here, land))
    return np.asarray(part / np.maximum(whole, 1))


def _owners_55(world: World, fact: Fact) -> FloatArray:
    return np.asarray(np.sum(owner_shares(fact.region, world.parameters), axis=0) * (fact.base or 1))


def _reaching_60(world: World, fact: Fact) -> FloatArray:
    next_to_go, _ = owner_shares(fact.region, world.parameters)
    return np.asarray(next_to_go * (fact.base or 1))


def _retiring(world: World, fact: Fact) -> FloatArray:
    """Owners of today who retire within ten years, `Σ_k Σ_x left_k[x]·exit[x]` from the age of retiring on.

    Who gives up before is no retirement; whoever outgrows the last age has retired.
    """
    ages, p = world.assembled.ages, world.parameters
    rates = owner_exit_rates(ages, p)
    left = owner_profile(ages, p, fact.region)
    old = ages >= p.parameters.value("owner_age_bounds", bound="oldest")
    retired = np.zeros(p.draws)
    for _ in range(OWNER_YEARS):
        leaving = left * rates
        retired += leaving[:, old].sum(axis=1)
        left = np.concatenate([np.zeros((p.draws, 1)), (left - leaving)[:, :-1]], axis=1)
    return np.asarray(retired * (fact.base or 1))


def _masters(world: World, fact: Fact) -> FloatArray:
    curve = craft_stay(world.parameters)
    ways = trained_of(world.assembled, world.inputs.panel, curve)
    return masters_per_journeyman(world.assembled, ways, LAND)


def _new_masters(world: World, fact: Fact, trade: str | None = None) -> FloatArray:
    """Master examinations of the first forecast year, sum over the crafts of the region or one trade (D,)."""
    parts = [
        task.succession.masters.inputs.examinations[:, 0]
        for task in own_accounts(world.assembled.tasks, fact.region)
        if task.succession is not None and task.succession.masters is not None and trade in (None, task.trade)
    ]
    if not parts:
        raise InputError("Für die Region gibt es keine Meisterkonten.", where=fact.region)
    return np.asarray(np.sum(parts, axis=0))


def _new_masters_of(trade: str) -> Computation:
    """Master examinations of one trade in the first forecast year (D,)."""
    return lambda world, fact: _new_masters(world, fact, trade)


def _industrial_masters(world: World, fact: Fact) -> FloatArray:
    """Industrial master examinations per master examination of the first forecast year (D,)."""
    parts = [
        leaders.examinations[:, 0]
        for task in own_accounts(world.assembled.tasks, fact.region)
        if task.plan is not None
        for leaders in task.plan.leaders
        if leaders.name == INDUSTRIAL_MASTER
    ]
    if not parts:
        raise InputError("Für die Region gibt es keine Industrieberufe.", where=fact.region)
    return np.asarray(np.sum(parts, axis=0) / np.maximum(_new_masters(world, fact), 1))


def _firms_of(trade: str) -> Computation:
    """Firms of a trade in the base year (D,)."""

    def firms(world: World, fact: Fact) -> FloatArray:
        for task in world.assembled.tasks:
            if (task.region, task.trade) == (fact.region, trade) and task.succession is not None:
                return np.asarray(task.succession.paths.owners_before[:, 0], dtype=np.float64)
        raise InputError("Für das Gewerk gibt es kein Nachfolgekonto.", where=f"{fact.region} {trade}")

    return firms


def _leavers(world: World, fact: Fact) -> FloatArray:
    p = world.parameters
    points = leaver_points(world.inputs.panel, p.parameters, fact.region, world.inputs.as_of)
    path = leaver_path(
        points, fact.year, yearly_sd=p.draw("leaver_forecast_error"), draws=p.draws, seed=p.seed,
        region=fact.region,
    )  # fmt: skip
    if path is None:
        raise InputError("Schulabgänge fehlen.", where=fact.region)
    return path.at(np.array([fact.year]))[:, 0]


#: How the model's value of a fact is computed; the order is that of the report.
COMPUTATIONS: Final[Mapping[str, Computation]] = {
    "dissolution-2019": _counted_rate,
    "dissolution-2023": _counted_rate,
    "dissolution-layers": _layers,
    "dissolutions-counted-2019": _counted,
    "dissolutions-counted-2023": _counted,
    "shk-finish": _shk_finish,
    "retention-6-months": _in_firm(HALF_A_YEAR),
    "retention-12-months": _in_firm(ONE_YEAR),
    "retention-5-years": _in_firm(FIVE_YEARS),
    "retention-long": _long_stay,
    "pension-start": _pension_start,
    "end-of-work": _end_of_work,
    "older-employees-bb": _older,
    "successions-due": _due,
    "succession-success": _success,
    "takeovers-ff": _handed_over,
    "takeovers-bb": _handed_over,
    "handovers-share": _share_of_handovers,
    "owners-55-bb": _owners_55,
    "owners-reaching-60": _reaching_60,
    "owners-retiring-2030": _retiring,
    "masters-share": _masters,
    "masters-district": _new_masters,
    "masters-bb": _new_masters,
    "masters-vehicle-potsdam": _new_masters_of(VEHICLE),
    "masters-shk-potsdam": _new_masters_of(SHK),
    "masters-electro-potsdam": _new_masters_of(ELECTRO),
    "industrial-masters": _industrial_masters,
    "firms-shk-bb": _firms_of(SHK),
    "firms-metal-bb": _firms_of(METAL),
    "firms-body-bb": _firms_of(BODY),
    "firms-farm-bb": _firms_of(FARM),
    "leavers-2020": _leavers,
    "leavers-2030": _leavers,
}
