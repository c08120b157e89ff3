"""What is known of the net inflow: rates by hand, and those of the bundled assumptions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml

from forecast.domain.inflow_parts import MIGRATION, ORIGINS, RETURNERS, migration_rate, returner_rate
from forecast.estimators.inflow_parts import known_inflow
from forecast.estimators.parameter_draws import ParameterDraws
from forecast.sources.definitions import read_definitions

CASE = Path(__file__).parents[1] / "domain" / "cases" / "inflow_parts.yaml"
DRAWS = 400


@pytest.fixture(scope="module")
def paper() -> dict:
    return yaml.safe_load(CASE.read_text(encoding="utf-8"))["rates"]


@pytest.fixture(scope="module")
def parameters(data_root: Path) -> ParameterDraws:
    return ParameterDraws(read_definitions(data_root).parameters, 1, DRAWS)


def test_the_rates_worked_on_paper(paper) -> None:
    by_age = np.array([float(rate) for rate in paper["leaving_by_age"]])
    leaving = by_age @ np.array([float(share) for share in paper["ages"]])
    assert leaving == pytest.approx(float(paper["leaving"]))
    back, women, parental = (np.array([float(paper[name])]) for name in ("back", "women", "parental"))
    assert returner_rate(np.array([leaving]), back, women, parental)[0] == pytest.approx(
        float(paper["returners"])
    )
    factors = [
        np.array([[float(paper["origins"][origin][name])] for origin in ORIGINS])
        for name in ("gain", "here", "skilled")
    ]
    assert migration_rate(*factors)[0] == pytest.approx(float(paper["migration"]))


def inflow_of(parameters: ParameterDraws, group: str, leaving: float) -> dict[str, np.ndarray]:
    profile = np.full((parameters.draws, 4), 0.25)
    return known_inflow(profile, np.full((parameters.draws, 4), leaving), group, parameters)


def test_more_leavers_and_more_women_mean_more_returns_and_the_same_migration(parameters) -> None:
    quiet, restless = (inflow_of(parameters, "metal", leaving) for leaving in (0.01, 0.03))
    mixed = inflow_of(parameters, "other", 0.01)
    share = parameters.draw("return_share")
    np.testing.assert_allclose(restless[RETURNERS] - quiet[RETURNERS], 0.02 * share)
    assert (mixed[RETURNERS] - quiet[RETURNERS]).mean() > 0
    for other in (restless, mixed):
        np.testing.assert_array_equal(other[MIGRATION], quiet[MIGRATION])


def test_the_bundled_assumptions_are_unsure_and_of_a_size_that_can_be(parameters) -> None:
    """A fifth to two thirds of a per cent come back a year; moving may gain or lose."""
    rates = inflow_of(parameters, "shk", 0.016)
    assert 0.002 < np.quantile(rates[RETURNERS], 0.1) < rates[RETURNERS].mean() < 0.0065
    low, high = np.quantile(rates[MIGRATION], [0.1, 0.9])
    assert -0.001 < low < rates[MIGRATION].mean() < high < 0.01
    assert high - low > 0.002
    assert rates[RETURNERS].min() > 0


def test_the_share_who_come_back_moves_returners_only(parameters) -> None:
    moved = parameters.parameters.with_overrides([{"name": "return_share", "value": 0.4}])
    before, after = (
        inflow_of(ParameterDraws(values, 1, DRAWS), "metal", 0.02)
        for values in (parameters.parameters, moved)
    )
    assert after[RETURNERS].mean() > before[RETURNERS].mean() * 1.3
    np.testing.assert_array_equal(after[MIGRATION], before[MIGRATION])
