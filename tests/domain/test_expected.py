"""The account in expected values: it closes, it is what chance gives on average, and a case by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.domain.expected import FLOWS, Hazards, Movements, expected_account
from forecast.domain.inflow_parts import split_inflow
from forecast.domain.workforce import EXITS, exits_and_ageing
from forecast.errors import ModelError

SINGLE = np.float32


def singles(values) -> np.ndarray:
    return np.asarray(values, dtype=SINGLE)


def test_one_year_by_hand() -> None:
    """Ages 30, 64, 65; 100, 50, 10 people. One per cent die, of the older half retires, one tenth leaves.

    30: 100 − 1 dead = 99, no retirement, 9.9 leave → 89.1; 64: 50 − 0.5 = 49.5, 24.75 retire, 2.475 leave →
    22.275; 65: 10 − 0.1 = 9.9, 4.95 retire, 0.495 leave → 4.455. A tenth of the rest goes with a firm:
    80.19, 20.0475, 4.0095 = 104.247. Inflow 0.05 of 160 = 8, all aged 30 → 88.19; 6 entrants aged 30 → 94.19.
    The 4.0095 who would turn 66 retire. Left: 94.19 + 20.0475 = 114.2375. Of the
    inflow 0.02 of 160 = 3.2 come back and 1.6 more move away than come.
    """
    hazards = Hazards(
        deaths=singles([0.01, 0.01, 0.01]),
        retirements=singles([[0], [0.5], [0.5]]),
        health_exits=singles([[0], [0], [0]]),
        craft_leavers=singles([[0.1], [0.1], [0.1]]),
    )
    movements = Movements(
        jobs_lost=singles([[[0.1]]]),
        entrants=singles([[[6]]]),
        entry_profile=singles([1, 0, 0]),
        inflow_rate=singles([[[0.05]]]),
        inflow_persons=singles([[[0]]]),
        inflow_profiles=singles([[1, 0, 0]]),
        returner_rate=singles([[[0.02]]]),
        migration_rate=singles([[[-0.01]]]),
    )
    account = expected_account(singles([[[100], [50], [10]]]), lambda step: hazards, movements)
    found = {name: float(flow[0, 0, 0]) for name, flow in account.flows.items()}
    assert found == pytest.approx(
        {
            "deaths": 1.6, "retirements": 29.7 + 4.0095, "health_exits": 0, "craft_leavers": 12.87,
            "jobs_lost_closures": 11.583, "entrants": 6, "net_inflow": 8, "returners": 3.2, "migration": -1.6,
        },
        rel=1e-5,
    )  # fmt: skip
    assert float(account.stock[0, 0, 0]) == pytest.approx(114.2375, rel=1e-6)
    assert account.closing[0, :, 0].tolist() == pytest.approx([0, 94.19, 20.0475], rel=1e-6)


def country(seed: int, trades: int, ages: int, years: int, draws: int):
    rng = np.random.default_rng(seed)
    hazards = [
        Hazards(
            singles(rng.uniform(0, 0.1, ages)),
            singles(rng.uniform(0, 0.9, (ages, draws)) * (np.arange(ages)[:, None] > ages / 2)),
            singles(rng.uniform(0, 0.2, (ages, draws))),
            singles(rng.uniform(0, 0.3, (ages, draws))),
        )
        for _ in range(years)
    ]
    shape = (trades, years, draws)
    profile = rng.dirichlet(np.ones(ages))
    movements = Movements(
        singles(rng.uniform(0, 0.2, shape)), singles(rng.uniform(0, 30, shape)), singles(profile),
        singles(rng.uniform(-1.2, 0.4, shape)), singles(rng.uniform(-30, 30, shape)),
        singles(rng.dirichlet(np.ones(ages), trades)), singles(rng.uniform(0, 0.1, shape)),
        singles(rng.uniform(-0.1, 0.1, shape)),
    )  # fmt: skip
    return singles(rng.integers(0, 200, (trades, ages, draws))), hazards, movements


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 3), st.integers(2, 12), st.integers(1, 6))
def test_every_account_closes_and_no_stock_is_negative(seed: int, trades: int, ages: int, years: int) -> None:
    opening, hazards, movements = country(seed, trades, ages, years, draws=4)
    account = expected_account(opening, hazards.__getitem__, movements)
    stock = np.concatenate([opening.sum(axis=1)[:, None], account.stock], axis=1).astype(float)
    change = account.flows["entrants"] + account.flows["net_inflow"] - sum(account.flows[c] for c in EXITS)
    scale = max(stock.max(), max(float(np.abs(account.flows[name]).max()) for name in FLOWS), 1)
    assert np.abs(np.diff(stock, axis=1) - change).max() <= scale * 1e-5
    assert account.stock.min() >= -scale * 1e-6
    assert np.abs(account.closing.sum(axis=1) - account.stock[:, -1]).max() <= scale * 1e-5
    assert all(account.flows[cause].min() >= 0 for cause in EXITS)
    rates = {"returners": movements.returner_rate, "migration": movements.migration_rate}
    for part, rate in rates.items():
        assert np.abs(account.flows[part] - stock[:, :-1] * rate).max() <= scale * 1e-5


def test_it_is_the_mean_of_the_random_account() -> None:
    ages, runs = 6, 40_000
    opening, hazards, movements = country(3, 1, ages, 1, draws=1)
    movements = Movements(
        movements.jobs_lost, movements.entrants, movements.entry_profile, singles([[[-0.07]]]),
        singles([[[0]]]), movements.inflow_profiles, singles([[[0.02]]]), singles([[[-0.03]]]),
    )  # fmt: skip
    account = expected_account(opening, hazards.__getitem__, movements)
    year = hazards[0]
    stock = np.repeat(opening[0].T.astype(np.int64), runs, axis=0)
    drawn = exits_and_ageing(
        stock,
        {
            "deaths": year.deaths.astype(float), "retirements": year.retirements[:, 0].astype(float),
            "health_exits": year.health_exits[:, 0].astype(float),
            "craft_leavers": year.craft_leavers[:, 0].astype(float),
            "jobs_lost_closures": np.full(ages, float(movements.jobs_lost[0, 0, 0])),
        },
        np.full(runs, float(movements.entrants[0, 0, 0])),
        movements.entry_profile.astype(float) / float(movements.entry_profile.astype(float).sum()),
        stock.sum(axis=1) * -0.07,
        np.full(ages, 1 / ages),
        np.random.default_rng(1),
    )  # fmt: skip
    parts = split_inflow(
        drawn.flows["net_inflow"].sum(axis=1), stock.sum(axis=1),
        {"returners": np.full(runs, 0.02), "migration": np.full(runs, -0.03)}, np.random.default_rng(2),
    )  # fmt: skip
    for name in FLOWS:
        totals = parts[name] if name in parts else drawn.flows[name].sum(axis=1)
        error = totals.std() / np.sqrt(runs)
        assert float(account.flows[name][0, 0, 0]) == pytest.approx(totals.mean(), abs=5 * error + 1e-3)


def test_wrong_input_is_refused() -> None:
    opening, hazards, movements = country(1, 1, 3, 1, draws=2)
    with pytest.raises(ModelError, match="negativ"):
        expected_account(-opening - 1, hazards.__getitem__, movements)
    broken = Hazards(
        hazards[0].deaths + 2, hazards[0].retirements, hazards[0].health_exits, hazards[0].craft_leavers
    )
    with pytest.raises(ModelError, match="Abgangsrate"):
        expected_account(opening, lambda step: broken, movements)
