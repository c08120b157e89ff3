"""What the model refuses, and that it says in German what is wrong, where, and what was expected."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecast.domain.account import Account
from forecast.domain.apprentices import TrainingPipeline
from forecast.domain.lookup import Parameter, ParameterEntry, rule_breaks
from forecast.domain.parameters import ParameterSet
from forecast.domain.workforce import EXITS
from forecast.errors import DefinitionError, ModelError
from forecast.projection import CellInputs, project_cell

DRAWS, AGES = 2, 3


@pytest.fixture
def cell():
    nothing = np.zeros((DRAWS, 1))
    profile = np.array([1.0, 0, 0])
    return CellInputs(
        base_year=2025,
        years=np.array([2026]),
        ages=np.array([40, 41, 42]),
        opening=np.array([[3, 2, 0], [4, 1, 0]]),
        employed=np.array([4.0, 4]),
        job_seekers=np.array([1.0, 1]),
        vacancies=np.array([2.0, 2]),
        growth_index=np.ones((DRAWS, 1)),
        hazards=dict.fromkeys(EXITS, np.zeros((1, AGES))),
        entrants_contracted=nothing,
        entrants_expected=nothing,
        entry_profile=profile,
        net_inflow_rate=np.zeros(DRAWS),
        inflow_profile=profile,
    )


def a_parameter(**changes):
    texts = dict.fromkeys(("name_de", "name_en", "description", "description_en"), "x")
    entry = ParameterEntry(("A-24",), 0.4, 0.3, 0.5, "s", "measured", "")
    return Parameter(
        name="dissolution_layer", unit="share", kind="measured", keyed_by=("trade",), lookup="exact",
        covers={}, in_use=True, used_by="x", reserved_for="", reason="", review=None,
        distribution="triangular", entries=(replace(entry, **changes),), **texts,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"value": 0.6}, "low ≤ value ≤ high ist verletzt (0.3, 0.6, 0.5)"),
        ({"high": 1.2}, "share liegt nicht zwischen 0 und 1 (0.3 bis 1.2)"),
        ({"low": -0.1}, "share liegt nicht zwischen 0 und 1 (-0.1 bis 0.5)"),
    ],
)
def test_a_parameter_outside_its_range_names_its_entry(changes, said):
    ((place, text),) = rule_breaks(a_parameter(**changes))
    assert place == ("entries", 0)
    assert text == f"Eintrag A-24: {said}"


@pytest.mark.parametrize("value", [1.4, -0.2])
def test_an_override_that_is_no_share_is_refused(value):
    parameters = ParameterSet({"dissolution_layer": a_parameter()})
    with pytest.raises(DefinitionError, match="dissolution_layer") as caught:
        parameters.with_overrides([{"name": "dissolution_layer", "key": {"trade": "A-24"}, "value": value}])
    assert f"value {value}" in caught.value.where
    assert "zwischen 0 und 1" in caught.value.expected


def test_a_share_of_the_training_outside_0_to_1_is_named():
    half = np.full(DRAWS, 0.5)
    with pytest.raises(ModelError, match="nicht zwischen 0 und 1") as caught:
        TrainingPipeline(3.5, np.zeros((DRAWS, 4)), half, half + 0.6, half, half)
    assert caught.value.where == "retry"
    with pytest.raises(ModelError, match="mehr Verträge gelöst als begonnen"):
        TrainingPipeline(3.5, np.full((DRAWS, 4), 0.3), half, half, half, half)


@pytest.mark.parametrize("name", ["entry_profile", "inflow_profile"])
@pytest.mark.parametrize("profile", [[0.5, 0.4, 0], [1.5, -0.5, 0], [np.nan, 1, 0]])
def test_an_age_profile_that_does_not_sum_is_named(name, profile, cell):
    with pytest.raises(ModelError, match="Altersverteilung ergibt nicht 1") as caught:
        replace(cell, **{name: np.array(profile)})
    assert caught.value.where == name
    assert "Summe" in caught.value.rows[0]


@pytest.mark.parametrize("name", ["employed", "job_seekers", "vacancies"])
@pytest.mark.parametrize("wrong", [-1.0, np.nan, np.inf])
def test_a_negative_or_missing_stock_names_quantity_and_draw(name, wrong, cell):
    with pytest.raises(ModelError, match="negativ oder fehlt") as caught:
        replace(cell, **{name: np.array([2.0, wrong])})
    assert caught.value.where == name
    assert caught.value.rows == (f"Ziehung 1: {wrong:g}",)


def test_a_negative_opening_stock_by_age_is_refused(cell):
    with pytest.raises(ModelError, match="negativ oder fehlt") as caught:
        replace(cell, opening=np.array([[6, -1, 0], [4, 1, 0]]))
    assert caught.value.where == "opening"
    assert caught.value.rows == ("Ziehung 0: -1",)


def test_an_opening_stock_that_is_not_its_parts_is_refused(cell):
    with pytest.raises(ModelError, match="nicht die Summe aus Beschäftigten und Arbeitsuchenden"):
        replace(cell, employed=np.array([4.0, 5]))


def test_a_hazard_that_is_no_share_is_named(cell, rng):
    hazards = dict(cell.hazards) | {"health_exits": np.full((1, AGES), 1.5)}
    with pytest.raises(ModelError, match="Abgangsrate") as caught:
        project_cell(replace(cell, hazards=hazards), rng)
    assert caught.value.where == "health_exits"


def test_a_missing_cause_of_leaving_is_named(cell):
    hazards = {cause: rates for cause, rates in cell.hazards.items() if cause != "deaths"}
    with pytest.raises(ModelError) as caught:
        replace(cell, hazards=hazards)
    assert caught.value.where == "deaths"


def test_an_account_that_does_not_close_names_the_row():
    opening = np.array([[5, 5], [5, 5], [5, 5]])
    closing = opening.copy()
    closing[2, 1] = 3
    with pytest.raises(ModelError, match="geht nicht auf") as caught:
        Account("Gesellen 2030", opening, {}, {}, closing)
    assert caught.value.where == "Gesellen 2030"
    assert caught.value.rows == ("größte Abweichung: 2, Ziehung 2, Stelle 1",)


def test_an_account_below_zero_names_the_row():
    with pytest.raises(ModelError, match="negativ") as caught:
        Account.close("Betriebe", np.array([4, 2, 3]), {}, {"closures": np.array([1, 3, 0])})
    assert caught.value.rows == ("kleinster Wert: -1, Ziehung 1",)
    with pytest.raises(ModelError, match="keine Zahl") as caught:
        Account.close("Betriebe", np.array([4.0, np.nan]), {}, {})
    assert caught.value.rows[0].endswith("Ziehung 1")
