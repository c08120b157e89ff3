"""Owners and masters in expected values: a year by hand, and what chance gives on average."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.domain.expected_firms import (
    OWNER_FLOWS,
    MasterRates,
    OwnerRates,
    expected_masters,
    expected_owners,
)
from forecast.domain.masters import possible_successors, project_masters
from forecast.domain.succession import Survival, project_owners
from forecast.domain.workforce import DEATHS, HEALTH_EXITS, RETIREMENTS


def singles(values) -> np.ndarray:
    return np.asarray(values, dtype=np.float32)


def by_draw(*values: float) -> np.ndarray:
    return singles(values)


def test_a_year_of_owners_by_hand() -> None:
    """Ages 40, 64, 65 with 100, 50, 10 owners; of those aged 64 half give up, of the last age all: 25 + 10.

    Of 35 are 60 % offered: 21. Two thirds would find someone; only half as many are there to take over: a
    third, 7. Of the 14 others a quarter goes on: 3.5, all of them 64. So 31.5 leave. Four found; of the young
    ones, 4 a year of which half live after two years, 4 · (1 − √½) of this year's and 2.828… · (1 − √½) of
    last year's end: 1.1716 + 0.8284 = 2. Left: 160 − 31.5 − 2 + 7 + 4 = 137.5.
    """
    rates = OwnerRates(
        exits=singles([[[0], [0.5], [0.2]]]), usual_exits=singles([[0], [0.5], [0.2]]), due=by_draw(0.6),
        success=by_draw(2 / 3), put_off=by_draw(0.25), foundings=singles([[4 / 160]]),
        starters=singles([[1], [0], [0]]), survival=by_draw(0.5), years=2,
    )  # fmt: skip
    found = expected_owners(singles([[[100], [50], [10]]]), rates, singles([[[0.5]]]))
    assert {name: float(found[name][0, 0, 0]) for name in OWNER_FLOWS} == pytest.approx(
        {
            "owners_leaving": 31.5, "successions_due": 21, "postponed": 3.5, "handovers": 7, "foundings": 4,
            "young_closures": 2, "owners": 137.5,
        },
        rel=1e-5,
    )  # fmt: skip


def test_owners_are_the_mean_of_the_random_account() -> None:
    ages, years, runs = 12, 4, 6_000
    rng = np.random.default_rng(3)
    owners = rng.integers(0, 40, ages)
    exits = np.where(np.arange(ages) >= 8, rng.uniform(0.1, 0.6, ages), 0)
    starters = np.where(np.arange(ages) < 6, 1 / 6, 0)
    takers = rng.uniform(0.5, 1.0, years)
    rates = OwnerRates(
        singles(exits[None, :, None]), singles(exits[:, None]), by_draw(0.65), by_draw(0.6), by_draw(0.2),
        singles([[0.03]]), singles(starters[:, None]), by_draw(0.7), 5,
    )  # fmt: skip
    expected = expected_owners(singles(owners[None, :, None]), rates, singles(takers[None, :, None]))
    every = np.ones(runs)
    drawn = project_owners(
        np.tile(owners, (runs, 1)), exits, 0.65 * every, 0.6 * every, starters, 0.03 * every, starters, years,
        np.random.default_rng(1), takers=np.tile(takers, (runs, 1)), survival=Survival(0.7 * every, 5),
        put_off=0.2 * every,
    )  # fmt: skip
    for name in OWNER_FLOWS:
        one = getattr(drawn, name)
        error = one.std(axis=0) / np.sqrt(runs)
        # a smallest of two random numbers is a little below the smallest of their means
        assert np.all(np.abs(expected[name][0, :, 0] - one.mean(axis=0)) <= 5 * error + 0.08), name


def test_masters_are_the_mean_of_the_random_account() -> None:
    ages, years, runs = 10, 4, 20_000
    rng = np.random.default_rng(5)
    opening, owning = rng.integers(5, 40, ages), rng.uniform(0.2, 0.8, ages)
    hazards = {DEATHS: np.full(ages, 0.01), RETIREMENTS: np.where(np.arange(ages) > 6, 0.3, 0.0),
               HEALTH_EXITS: np.full(ages, 0.02)}  # fmt: skip
    owner_exits = np.where(np.arange(ages) > 7, 0.4, 0.0)
    new, passed, stay = np.where(np.arange(ages) < 4, 0.25, 0.0), np.array([6.0, 3.0, 8.0, 5.0]), 0.8
    rates = MasterRates(
        singles(owning[:, None]), singles(owner_exits[None, :, None]), singles(new), (2, 6), by_draw(0.3)
    )
    stock, successors = expected_masters(
        singles(opening[:, None]), lambda step: {name: singles(rate) for name, rate in hazards.items()},
        singles(passed[:, None] * stay), rates,
    )  # fmt: skip
    mixed = {name: rate * (1 - owning) for name, rate in hazards.items()}
    mixed[RETIREMENTS] = mixed[RETIREMENTS] + owning * owner_exits
    drawn = project_masters(
        np.tile(opening, (runs, 1)), (mixed,) * years, np.tile(passed, (runs, 1)), np.full(runs, stay), new,
        np.random.default_rng(2),
    )  # fmt: skip
    there = possible_successors(drawn.by_age, owning, np.arange(ages), (2, 6), np.full(runs, 0.3))
    for expected, one in ((stock, drawn.masters), (successors, there)):
        error = one.std(axis=0) / np.sqrt(runs)
        assert np.all(np.abs(expected[:, 0] - one.mean(axis=0)) <= 5 * error + 1e-3)


def test_more_takers_hand_over_more_and_nobody_is_lost() -> None:
    rng = np.random.default_rng(7)
    opening = singles(rng.integers(0, 30, (2, 9, 5)))
    exits = singles(rng.uniform(0, 0.5, (1, 9, 5)) * (np.arange(9)[:, None] > 5))
    starters = singles(np.where(np.arange(9) < 5, 0.2, 0)[:, None] * np.ones(5))
    share = singles(rng.uniform(0.2, 0.6, 5))
    rates = OwnerRates(exits, exits[0], share, share, share / 2, share[None] / 10, starters, share + 0.3, 5)
    few, many = (
        expected_owners(opening, one, np.full((2, 6, 5), level, dtype=np.float32))
        for one, level in ((rates, 0.5), (rates, 1.0))
    )
    assert np.all(many["handovers"][:, 0] > few["handovers"][:, 0])
    assert np.all(many["owners"][:, -1] > few["owners"][:, -1])
    for found in (few, many):
        before = np.concatenate([opening.sum(axis=1)[:, None], found["owners"][:, :-1]], axis=1)
        change = found["handovers"] + found["foundings"] - found["owners_leaving"] - found["young_closures"]
        np.testing.assert_allclose(found["owners"], before + change, rtol=1e-4, atol=1e-3)
