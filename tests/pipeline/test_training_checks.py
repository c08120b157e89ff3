"""Facts on training: levels by year by hand, counts that come back, the table of every release."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecast.checks_document import COLUMNS, checks_document
from forecast.domain.apprentices import contract_terminations, contracts_begun, dissolved_by_year
from forecast.domain.facts import Fact
from forecast.errors import DefinitionError, InputError
from forecast.estimators.transitions import LAYERS, training_pipeline
from forecast.training_checks import (
    Counted,
    counted_occupations,
    counted_rate,
    craft_share,
    dissolved_contracts,
    firm_share,
    layers_of,
    published_level,
)
from forecast.world_checks import World


@pytest.fixture(scope="module")
def parameters(inputs, settings):
    return inputs.draws(settings)


def test_the_level_of_a_year_by_hand(parameters):
    # all occupations 2019: 27.0 % by the mean of 26.4, 29.5, 29.7 %; SHK 2023: 40.8 % by Σ layers
    assert published_level("*", 2019, parameters) == pytest.approx(27.0 / ((26.4 + 29.5 + 29.7) / 3))
    assert published_level("A-24", 2023, parameters) == pytest.approx(40.8 / 39.4)
    assert published_level("A-24", 2018, parameters) == published_level("*", 2018, parameters)


def test_layers_on_their_mean_are_the_account_of_the_release(inputs, parameters):
    pipeline = training_pipeline(inputs.definitions.codes.trades["A-24"], parameters)
    new, years = np.array([90.0, 120.0, 60.0, 200.0]), np.arange(2020, 2024)
    level = np.ones((parameters.draws, 4))
    found = dissolved_by_year(new, pipeline.dissolution, level)
    begun = contracts_begun(np.broadcast_to(new, level.shape), pipeline.dissolution)
    np.testing.assert_allclose(found, contract_terminations(begun, years, years, pipeline))


def test_counted_dissolutions_come_back_from_the_level_found(inputs, parameters):
    """The rate is Σ layers times that level at which the counts of the year are met."""
    codes, printed = inputs.definitions.codes, inputs.printed
    rate = counted_rate(printed, codes, "DE", 2023, parameters)
    level = rate / layers_of("*", parameters).sum(axis=1)
    counted = counted_occupations(printed, codes, "DE", 2023, parameters)
    ones = np.ones((len(counted), parameters.draws, len(LAYERS)))
    ones[:, :, -1] = level
    near = dissolved_contracts(counted, ones)  # earlier years at their mean instead of their own level
    wanted = sum(one.dissolved for one in counted)
    np.testing.assert_allclose(near, wanted, rtol=0.02)
    with pytest.raises(InputError, match="Gezählte"):
        counted_occupations(printed, codes, "DE", 1999, parameters)


def test_occupations_keep_their_own_layers():
    low, high = np.full((2, 4), 0.05), np.full((2, 4), 0.1)
    new = np.array([0.0, 0.0, 0.0, 90.0])
    both = [Counted("a", low, new, 1.0), Counted("b", high, new, 1.0)]
    found = dissolved_contracts(both, np.ones((2, 2, 4)))
    assert found.tolist() == pytest.approx([90 * 0.05 / 0.95 + 90 * 0.1 / 0.9] * 2)


def test_the_stay_of_the_facts_is_the_stay_of_the_accounts(inputs, parameters):
    pipeline = training_pipeline(inputs.definitions.codes.trades["A-24"], parameters)
    firm = firm_share(parameters, 1.0)
    assert np.all(pipeline.stay > firm)
    assert np.all(pipeline.stay < craft_share(parameters, 1))
    assert firm_share(parameters, 0.5).mean() == pytest.approx(0.57, abs=0.005)
    assert firm.mean() == pytest.approx(0.5, abs=0.005)
    assert craft_share(parameters, 31).mean() < 0.4


def fact(code: str) -> Fact:
    return Fact(code, "Name", "name", "share", "DE", 2023, 0.2, 0.3, "range", True, "q", "so", "so")


def test_a_fact_that_cannot_be_computed_says_so_and_an_unknown_one_is_refused(inputs, parameters):
    nothing = World(inputs, parameters, assembled=None)
    late = replace(fact("dissolution-2019"), year=1999)
    document = checks_document(nothing, {late.code: late})
    row = dict(zip(document["columns"], document["rows"][0], strict=True))
    assert tuple(document["columns"]) == COLUMNS
    assert (row["verdict"], row["value"]) == ("not_computed", None)
    assert "fehlen" in row["reason_de"]
    with pytest.raises(DefinitionError, match="keine Rechnung"):
        checks_document(nothing, {"moon": fact("moon")})
