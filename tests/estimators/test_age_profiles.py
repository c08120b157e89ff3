"""Age profiles by trade and district: the share of the trade, factor of the Kreise, a shape that moves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from forecast.estimators.ages import age_profiles, between_ages, land_of, moved_shapes, shifted
from forecast.estimators.parameter_draws import ParameterDraws
from forecast.sources.definitions import Definitions, read_definitions
from forecast.sources.figures import read_panel

AGES = np.arange(15, 81)
BASE = np.array([2025])
HAZARDS = {"retirements": np.where(AGES >= 65, 0.5, 0.02)}


@pytest.fixture(scope="module")
def bundled(data_root: Path) -> tuple[Definitions, object]:
    definitions = read_definitions(data_root)
    return definitions, read_panel(data_root, definitions).panel


def older(bundled: tuple[Definitions, object], region: str, trade: str, **changed: float) -> np.ndarray:
    """Share aged 55 and over of every draw (D,)."""
    return profile(bundled, region, trade, **changed)[:, AGES >= 55].sum(axis=1)


def profile(bundled: tuple[Definitions, object], region: str, trade: str, **changed: float) -> np.ndarray:
    definitions, panel = bundled
    values = definitions.parameters
    found = {}
    for name, value in changed.items():
        entry = replace(values.parameters[name].entries[0], value=value, low=value, high=value)
        found[name] = replace(values.parameters[name], entries=(entry,))
    draws = ParameterDraws(replace(values, parameters={**values.parameters, **found}), 1, 200)
    group = definitions.codes.trades[trade].group
    (found_profile,) = age_profiles(
        panel, definitions.codes, region, (group, trade), AGES, HAZARDS, BASE, draws
    )
    return found_profile


def test_a_trade_with_a_share_of_its_own_does_not_take_the_one_of_its_group(bundled) -> None:
    mason, roofer, painter = (older(bundled, "BB", trade).mean() for trade in ("A-01", "A-04", "A-10"))
    assert roofer < painter < mason
    assert mason == pytest.approx((0.27 + 0.31 + 0.35) / 3, abs=0.004)


def test_the_district_differs_from_the_land_by_its_kreise(bundled) -> None:
    full, none = (older(bundled, "HWK-FF", "A-10", district_age_kept=k) for k in (1.0, 0.0))
    land = older(bundled, "BB", "A-10")
    np.testing.assert_allclose(none, land, rtol=1e-9)
    ratio = full / land
    assert ratio.std() < 1e-9
    assert 0.9 < ratio[0] < 1.2
    assert abs(ratio[0] - 1) > 0.005  # its Kreise are not those of the Land
    half = older(bundled, "HWK-FF", "A-10", district_age_kept=0.5)
    np.testing.assert_allclose(half / land, np.sqrt(ratio), rtol=1e-6)


def test_the_shape_moves_between_draws_and_leaves_the_share_alone(bundled) -> None:
    still, moved = (profile(bundled, "BB", "A-24", age_shape_shift=by) for by in (0.0, 2.0))
    old = AGES >= 55
    np.testing.assert_allclose(still[:, old].sum(axis=1), moved[:, old].sum(axis=1), rtol=1e-9)
    mean = [(one[:, old] * AGES[old]).sum() / one[:, old].sum() for one in (still, moved)]
    assert mean[1] > mean[0] + 0.3
    drawn = profile(bundled, "BB", "A-24")
    late = drawn[:, AGES >= 63].sum(axis=1) / drawn[:, old].sum(axis=1)
    assert late.std() > 0.01
    np.testing.assert_allclose(drawn.sum(axis=1), 1)


def test_cohorts_move_under_the_law_of_every_year(bundled) -> None:
    """Ages are published for 2015: who was 63 then and is there in 2018 stayed by the rates since then."""
    definitions, panel = bundled
    draws = ParameterDraws(definitions.parameters, 1, 20)
    years = np.arange(2015, 2019)
    at_63 = np.isin(AGES, [63])
    late, early = np.zeros((2, 20, 4, AGES.size))
    late[:, -1, at_63] = 0.9  # the year after 2018 moves nobody up to 2018
    early[:, 0, at_63] = 0.9

    def shape(rate: np.ndarray) -> np.ndarray:
        found = moved_shapes(panel, definitions.codes, "BB", AGES, 1 - rate.mean(axis=0), years, draws)
        return np.stack(found)

    without = shape(np.zeros_like(early))
    np.testing.assert_array_equal(shape(late), without)
    np.testing.assert_array_equal(shape(early)[0], without[0])
    for passed in (1, 2, 3):
        cohort = 63 - 15 + passed
        assert shape(early)[passed, cohort] == pytest.approx(0.1 * without[passed, cohort], rel=1e-6)
    assert shape(early).sum(axis=1) == pytest.approx(without.sum(axis=1))


def test_whole_years_are_mixed_linearly() -> None:
    shape = np.array([4.0, 2.0, 1.0])
    steps = np.array([-1, 0, 1])
    stack = np.stack([[shifted(shape, int(k)) for k in steps]])
    found = between_ages(stack, np.array([0.0, 0.5, -1.0]), steps)
    assert found[0].tolist() == [[4, 2, 1], [4, 3, 1.5], [2, 1, 1]]


def test_the_land_of_a_district(bundled) -> None:
    codes = bundled[0].codes
    assert [land_of(one, codes) for one in ("HWK-FF", "BB", "DE")] == ["BB", "BB", "DE"]
