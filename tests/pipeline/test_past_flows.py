"""What the past teaches: exits under the law of each year, and no law before it was announced."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from forecast.back_cast import run_origin_year
from forecast.domain.parameters import ParameterSet
from forecast.origin_knowledge import LONG_INSURED, unknown_laws
from forecast.past_flows import Outflow, inflow_of_past, outflow, years_of

YOUNG_AND_OLD = np.array([[[0.75, 0.25]], [[0.5, 0.5]]])  # two years, one draw, two ages


def test_exits_of_a_past_year_follow_the_law_of_that_year() -> None:
    """By hand: of the old leave 40 % in the year after the first, 20 % after the second, 10 % later."""
    retiring = np.array([[[0.0, 0.4], [0.0, 0.2], [0.0, 0.1]]])
    found = outflow(YOUNG_AND_OLD, {"deaths": np.array([0.01, 0.02]), "retirements": retiring})
    deaths = [0.75 * 0.01 + 0.25 * 0.02, 0.5 * 0.01 + 0.5 * 0.02]
    assert found.per_head[0] == pytest.approx([deaths[0] + 0.25 * 0.4, deaths[1] + 0.5 * 0.2])
    assert found.profile.tolist() == [[0.5, 0.5]]
    # the forecast begins with the year after the base year
    assert found.hazards["retirements"].tolist() == [[[0.0, 0.2], [0.0, 0.1]]]
    assert found.hazards["deaths"].tolist() == [0.01, 0.02]


def test_years_are_cut_only_where_there_are_years() -> None:
    by_year, by_age = np.arange(6.0).reshape(1, 3, 2), np.ones((1, 2))
    cut = years_of({"a": by_year, "b": by_age}, slice(1, None))
    assert cut["a"].tolist() == [[[2, 3], [4, 5]]]
    assert cut["b"] is by_age


def state(seekers: list[float]) -> Any:
    years = np.arange(2020, 2024)
    return SimpleNamespace(
        years=years,
        out_years=years,
        skilled=np.array([[900.0, 930.0, 960.0, 990.0]]),
        job_seekers=np.array([seekers]),
        entrants=np.zeros((1, 2, 4)),
        path=SimpleNamespace(years=np.array([2016])),
        pipeline=SimpleNamespace(training_years=3.0),
    )


def test_the_inflow_is_that_of_the_stock_that_is_carried_on() -> None:
    leaving = Outflow({}, np.ones((1, 1)), np.full((1, 4), 0.02))
    # employed and job seekers together stay a thousand: what leaves is made good, no more
    assert inflow_of_past(state([100, 70, 40, 10]), leaving)[0] == pytest.approx([0.02] * 3)
    # nobody looking for work at any time: three per hundred more came every year
    assert inflow_of_past(state([0, 0, 0, 0]), leaving)[0] == pytest.approx(
        [30 / 900 + 0.02, 30 / 930 + 0.02, 30 / 960 + 0.02]
    )


def test_a_law_is_unknown_until_it_is_announced(inputs) -> None:
    values = inputs.definitions.parameters
    assert unknown_laws(values, date(2014, 6, 26), 2025) == []
    (override,) = unknown_laws(values, date(2014, 6, 25), 2025)
    assert override["name"] == LONG_INSURED
    changed = values.with_overrides([override])
    assert changed.value(LONG_INSURED) > 2025


def test_the_back_cast_asks_for_the_laws_of_the_day(monkeypatch, inputs, settings) -> None:
    """An origin published in February 2014 gets the override, and gets it before anything is fitted."""
    seen = []

    def stop(self: ParameterSet, overrides: Any) -> ParameterSet:
        seen.extend(one["name"] for one in overrides)
        raise RuntimeError("far enough")

    task: Any = SimpleNamespace(
        inputs=inputs, settings=settings, year=2013, day=date(2014, 2, 28), last=2025,
        lent=SimpleNamespace(share_55plus={}),
    )  # fmt: skip
    monkeypatch.setattr(ParameterSet, "with_overrides", stop)
    with pytest.raises(RuntimeError, match="far enough"):
        run_origin_year(task)
    assert seen == [LONG_INSURED]
