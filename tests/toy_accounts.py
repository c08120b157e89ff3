"""The toy release with accounts for questions «what if»: a few draws, every kind of lever, scenarios."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from forecast.catalogue import parameter_entries
from forecast.domain.expected import FLOWS
from forecast.domain.expected_firms import OWNER_FLOWS
from forecast.snapshot import SnapshotContent, write_snapshot
from forecast.sources.definitions import read_definitions
from forecast.what_if_firm_inputs import FirmInputs
from forecast.what_if_inputs import WhatIfInputs, encode, file_name
from tests.toy_snapshot import BASE_YEAR, HORIZON, TRADE_NUMBERS, toy_content

TRADES = tuple(TRADE_NUMBERS)
GROUPS = ("metal", "electro", "shk", "vehicle")
LAST = 2040
REGIONS = ("HWK-FF", "BB")

SCENARIOS: list[dict[str, Any]] = [
    {
        "name": "retention", "name_de": "Halten", "name_en": "Keep people", "reason": "Probe.",
        "overrides": [], "extends": [],
        "levers": [
            {"kind": "craft_leaving", "cause": "retention", "from_year": 2027, "ramp_years": 5,
             "trades": ["*"], "regions": ["*"], "reason": "",
             "amounts": {"change": {"value": -0.2, "low": -0.3, "high": -0.1}}},
            {"kind": "demand_step", "cause": "orders", "from_year": 2027, "ramp_years": 1,
             "trades": ["A-24"], "regions": ["*"], "reason": "",
             "amounts": {"change": {"value": 0.1, "low": 0.1, "high": 0.1},
                         "probability": {"value": 1.0, "low": 1.0, "high": 1.0}}},
        ],
    },
    {
        "name": "fewer_orders", "name_de": "Weniger Aufträge", "name_en": "Fewer orders", "reason": "Probe.",
        "overrides": [], "extends": [],
        "levers": [
            {"kind": "demand_step", "cause": "fewer", "from_year": 2028, "ramp_years": 2,
             "trades": ["*"], "regions": ["*"], "reason": "",
             "amounts": {"change": {"value": -0.07, "low": -0.09, "high": -0.03},
                         "probability": {"value": 1.0, "low": 1.0, "high": 1.0}}},
        ],
    },
    {
        "name": "new_run", "name_de": "Nur im Lauf", "name_en": "Run only", "reason": "Probe.", "extends": [],
        "overrides": [{"name": "retention_share", "value": 0.8}], "levers": [],
    },
]  # fmt: skip


def toy_inputs(
    region: str, draws: int = 40, trades: Sequence[str] = TRADES, groups: Sequence[str] = GROUPS
) -> WhatIfInputs:
    """Accounts of a region, the same for the same name."""
    rng = np.random.default_rng(sum(map(ord, region)))
    years, ages = np.arange(BASE_YEAR + 1, LAST + 1), np.arange(15, 81)
    starts = np.arange(BASE_YEAR - 4, LAST + 1)
    count = len(trades)
    by_year, by_draw = (count, len(years), draws), (count, draws)

    def uniform(low: float, high: float, shape: tuple[int, ...]) -> np.ndarray:
        return rng.uniform(low, high, shape).astype(np.float32)

    def profile(middle: float, width: float) -> np.ndarray:
        bell = np.exp(-(((ages - middle) / width) ** 2) / 2)
        return (bell / bell.sum()).astype(np.float32)

    late, early = (ages >= 57)[:, None], (ages < 57)[:, None]
    opening = rng.poisson(20, (count, len(ages), draws)).astype(np.float32)
    return WhatIfInputs(
        region=region, base_year=BASE_YEAR, seed=1, first_start=2027, least_cohorts=1, published_to=HORIZON,
        trades=tuple(trades), groups=tuple(groups), years=years, ages=ages, start_years=starts,
        opening=opening,
        employed=opening.sum(axis=1) * np.float32(0.95), vacancies=uniform(50, 100, by_draw),
        growth=uniform(0.9, 1.1, by_year), deaths=uniform(0, 0.01, (count, len(ages))),
        strain=uniform(1.0, 1.5, by_draw), strained=((ages >= 55) & (ages <= 62)).astype(np.float32),
        retiring=uniform(0.1, 0.7, (len(ages), draws)) * late.astype(np.float32),
        months=np.tile(np.arange(len(years), dtype=np.float32)[:, None, None], (1, 3, len(ages))),
        ways=np.tile(np.array([[0.25], [0.25], [0.5]], dtype=np.float32), draws),
        health_exits=uniform(0, 0.01, (len(ages), draws)) * early.astype(np.float32),
        craft_leavers=uniform(0, 0.03, (len(ages), draws)), jobs_lost=uniform(0, 0.005, by_year),
        entrants_contracted=uniform(0, 20, by_year), entrants_expected=uniform(0, 20, by_year),
        entry_profile=profile(21, 2.5), inflow_rate=rng.normal(0, 0.02, by_year).astype(np.float32),
        inflow_profiles=np.tile(profile(42, 12), (count, 1)),
        contracts=uniform(20, 60, (count, len(starts), draws)),
        signed=np.tile((starts <= BASE_YEAR).astype(np.float32), (count, 1)),
        training_years=np.full(count, 3.5, dtype=np.float32),
        dissolution=uniform(0.02, 0.12, (count, 4, draws)),
        pass_first=uniform(0.8, 0.95, by_draw), retry=uniform(0.7, 0.9, by_draw),
        pass_retry=uniform(0.6, 0.8, by_draw), stay=uniform(0.65, 0.85, by_draw),
        part_time=uniform(0.1, 0.3, by_draw), part_time_drift=uniform(0, 0.02, (draws,)),
        part_timer_hours=uniform(0.5, 0.6, (draws,)), full_time_hours=uniform(1500, 1700, (draws,)),
        part_timer_drift=uniform(0, 0.02, (draws,)), full_time_drift=uniform(-0.002, 0, (draws,)),
        flows=rng.poisson(15, (count, len(FLOWS), len(years), draws)).astype(np.float32),
        returner_rate=uniform(0.002, 0.008, by_draw), migration_rate=uniform(-0.002, 0.006, by_draw),
        firms=toy_firms(rng, ages, draws, max(count - 1, 1)),
    )  # fmt: skip


def toy_firms(
    rng: np.random.Generator, ages: np.ndarray, draws: int, trades: int, years: int = HORIZON - BASE_YEAR
) -> FirmInputs:
    """Owners and masters of the first trades; the last one has no businesses of its own."""
    by_age, by_draw = (len(ages), draws), (draws,)

    def uniform(low: float, high: float, shape: tuple[int, ...]) -> np.ndarray:
        return rng.uniform(low, high, shape).astype(np.float32)

    def bell(middle: float, width: float) -> np.ndarray:
        found = np.exp(-(((ages - middle) / width) ** 2) / 2) * (ages < 60)
        return (found / found.sum()).astype(np.float32)

    owners = rng.poisson(3, (trades, *by_age)) * (ages >= 30)[:, None]
    masters = rng.poisson(4, (trades, *by_age)) * (ages >= 25)[:, None]
    flows = rng.poisson(5, (trades, len(OWNER_FLOWS), years, draws))
    flows[:, OWNER_FLOWS.index("handovers")] = flows[:, OWNER_FLOWS.index("owners_leaving")] // 2
    flows[:, OWNER_FLOWS.index("owners")] += 100
    return FirmInputs(
        places=np.arange(trades), owners=owners.astype(np.float32), owner_draws=flows.astype(np.float32),
        owner_exits=uniform(0.05, 0.3, by_age) * (ages >= 60)[:, None].astype(np.float32),
        due=uniform(0.6, 0.7, by_draw), success=uniform(0.6, 0.72, by_draw), put_off=uniform(0, 0.3, by_draw),
        foundings=uniform(0.02, 0.03, by_draw), starters=np.tile(bell(40, 7)[:, None], draws),
        survival=uniform(0.6, 0.8, by_draw), survival_years=np.array([5], dtype=np.float32),
        jobs=uniform(0.1, 0.3, (trades, draws)), training=uniform(0.1, 0.3, by_draw),
        new_training=uniform(0.1, 0.3, by_draw), usual_training=uniform(0.001, 0.003, by_draw),
        owner_hours=np.array([2200], dtype=np.float32), owner_loss=uniform(0.2, 0.3, by_draw),
        masters=masters.astype(np.float32), examinations=uniform(2, 6, (trades, years, draws)),
        # fewer possible successors than before: who wants to hand over feels every master more or less
        master_draws=rng.poisson([[[100]], [[70]]], (trades, 2, years, draws)).astype(np.float32),
        successors_before=uniform(90, 110, (trades, draws)), owning=uniform(0.3, 0.6, (trades, *by_age)),
        ages_of_new=np.tile(bell(30, 4), (trades, 1)), window=np.array([13, 30], dtype=np.float32),
        interest=uniform(0.2, 0.4, by_draw), master_stay=uniform(0.7, 0.9, by_draw),
        course_success=uniform(0.7, 0.9, by_draw), per_firm=uniform(0.8, 1.0, by_draw),
        staff_share=uniform(0.05, 0.08, by_draw), later=uniform(0.01, 0.03, (12, draws)),
    )  # fmt: skip


def real_parameters(data: Path, but: Sequence[str]) -> list[dict[str, Any]]:
    """The entries of the catalogue of parameters, as a release has them, without some."""
    entries = parameter_entries(read_definitions(data).parameters)
    return [entry for entry in entries if entry["name"] not in but]


def content_with_accounts(data: Path, shift: int = 0, regions: Sequence[str] = REGIONS) -> SnapshotContent:
    """The toy release with accounts of some regions."""
    plain = toy_content(shift)
    catalogue = plain.documents["catalogue"]
    catalogue = {
        **catalogue,
        "parameters": [
            *catalogue["parameters"],
            *real_parameters(data, [entry["name"] for entry in catalogue["parameters"]]),
        ],
        "scenarios": [*catalogue["scenarios"], *SCENARIOS],
    }
    files = {**plain.files, **{file_name(region): encode(toy_inputs(region)) for region in regions}}
    return replace(plain, documents={**plain.documents, "catalogue": catalogue}, files=files)


def write_toy_with_accounts(root: Path, data: Path, shift: int = 0) -> str:
    """Publish it under `root` and return its id."""
    return write_snapshot(root, content_with_accounts(data, shift))
