"""Every measure on the axis tells how it was made, or is a printed figure and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.account_recipes import ACCOUNT_RECIPES, PRINTED
from forecast.cells import MEASURES
from forecast.derivations import RECIPES
from forecast.inputs import Inputs
from forecast.snapshot import Snapshot
from forecast.training_recipes import TRAINING_RECIPES
from forecast.workforce_recipes import WORKFORCE_RECIPES


def test_every_measure_has_a_recipe_or_is_printed() -> None:
    assert set(MEASURES) == {*RECIPES, *PRINTED}
    assert not PRINTED & set(RECIPES)


def test_no_measure_is_told_twice() -> None:
    told = [*ACCOUNT_RECIPES, *WORKFORCE_RECIPES, *TRAINING_RECIPES]
    assert len(told) == len(set(told))


def test_recipes_name_parameters_and_indicators_that_exist(inputs: Inputs) -> None:
    parameters, indicators = inputs.definitions.parameters.parameters, inputs.definitions.indicators
    for measure, recipe in RECIPES.items():
        assert set(recipe.parameters) <= set(parameters), measure
        assert set(recipe.indicators) <= set(indicators), measure
        assert recipe.formula_de, measure
        assert recipe.formula_en != recipe.formula_de, measure


@pytest.mark.parametrize("trade", ["A-24", "IND-MECHATRONIKER"])
def test_whatever_has_a_value_can_be_explained(release: Snapshot, trade: str) -> None:
    told = release.documents["derivations"][f"HWK-FF|{trade}"]
    values = release.cube[release.index("region", "HWK-FF"), release.index("trade", trade)]
    shown = {
        measure
        for measure in release.axes.measures
        if np.nan_to_num(values[release.index("measure", measure), :, 0]).any()  # nought needs no formula
    }
    assert shown - set(told) <= PRINTED
    for measure in shown & set(told):
        assert told[measure]["inputs"] or told[measure]["parameters"], measure
