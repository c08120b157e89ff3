"""Heads, full-time equivalents and hours: the same people counted three times."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from forecast.domain.working_time import (
    drifting_hours,
    drifting_share,
    heads_in_work,
    hours_lost_with_owners,
    shorter_week,
    working_time,
)
from forecast.errors import ModelError

share = st.floats(0.01, 0.9)
heads = hnp.arrays(np.float64, (2, 3), elements=st.floats(0, 1e4))


def part_time_path(share, drift, steps):
    return drifting_share(share, drift, steps, "part_time_share")


def time_of(part_time, hours=1600.0, part_timer=0.5):
    return working_time(part_time, np.full(part_time.shape, part_timer), np.full(part_time.shape, hours))


def test_the_joinery_worked_on_paper(case, same_as_printed):
    paper = case("working_time_joinery")
    path = part_time_path(
        np.array([float(paper["part_time"])]),
        np.array([float(paper["drift"])]),
        np.array(paper["years_ahead"]),
    )
    ahead = np.array(paper["years_ahead"])
    week, year = (
        drift(np.array([float(paper[name])]), np.array([float(paper[f"{name}_drift"])]), ahead, *more)
        for drift, name, more in (
            (drifting_share, "part_timer_hours", ("part_timer_hours",)),
            (drifting_hours, "full_time_hours", ()),
        )
    )
    time = working_time(path, week, year)
    both = {side: np.full((1, 2), float(paper[side])) for side in ("demand", "supply")}
    found = {"part_time": time.part_time, **heads_in_work(both, time)}
    for name, printed in paper["expected"].items():
        np.testing.assert_allclose(found[name][0], [float(value) for value in printed], rtol=1e-12)


def test_a_shorter_week_worked_on_paper(case):
    paper = case("working_time_joinery")
    lever = {name: float(paper["shorter_week"][name]) for name in ("share", "cut", "offset")}
    path = part_time_path(np.array([0.1]), np.array([float(paper["drift"])]), np.array([0, 5]))
    work, more = shorter_week(*(np.array([lever[name]]) for name in ("cut", "offset", "share")))
    printed = [float(value) for value in paper["shorter_week"]["fte_per_head"]]
    np.testing.assert_allclose(time_of(path).fte_per_head[0] * work, printed, rtol=1e-12)
    np.testing.assert_allclose(more, float(paper["shorter_week"]["heads_factor"]))


@given(demand=heads, supply=heads, part_time=share, drift=st.floats(-0.2, 0.2))
def test_the_gap_in_work_is_demand_less_supply_and_has_the_sign_of_the_gap(demand, supply, part_time, drift):
    path = part_time_path(np.full(2, part_time), np.full(2, drift), np.array([1, 2, 3]))
    found = heads_in_work({"demand": demand, "supply": supply}, time_of(path))
    for unit in ("fte", "hours"):
        np.testing.assert_array_equal(found[f"gap_{unit}"], found[f"demand_{unit}"] - found[f"supply_{unit}"])
        short = demand - supply > 1e-6
        assert np.all(found[f"gap_{unit}"][short] > 0)
    assert np.all(found["demand_fte"] <= demand)
    np.testing.assert_allclose(found["demand_hours"], found["demand_fte"] * 1600, atol=1e-6)


@given(part_time=share, drift=st.floats(0, 0.5))
def test_part_time_drifts_but_stays_a_share(part_time, drift):
    path = part_time_path(np.array([part_time]), np.array([drift]), np.arange(0, 40))
    assert np.all((path > 0) & (path < 1))
    assert np.all(np.diff(path[0]) >= 0)
    assert path[0, 0] == pytest.approx(part_time)


@given(adopted=st.floats(0, 1), cut=st.floats(0, 0.5), offset=st.floats(0, 1))
def test_heads_needed_make_good_the_hours_that_output_does_not(adopted, cut, offset):
    work, more = shorter_week(np.array([cut]), np.array([offset]), np.array([adopted]))
    # hours that remain, with the higher output per hour on the part that is offset, do the same work
    np.testing.assert_allclose((work + adopted * cut * offset) * more, 1)


def test_owners_work_longer_than_those_who_take_over_their_work():
    lost = hours_lost_with_owners(np.array([[3, 5]]), 1760, np.array([[0.25]]))
    np.testing.assert_allclose(lost, [[1320, 2200]])


@pytest.mark.parametrize("name", ["part_time_share", "part_timer_hours"])
@pytest.mark.parametrize("wrong", [1.5, -0.1, np.nan])
def test_what_is_no_share_is_refused_and_named(wrong, name):
    with pytest.raises(ModelError, match="Anteil") as caught:
        drifting_share(np.array([wrong]), np.array([0.0]), np.array([1]), name)
    assert caught.value.where == name


def test_nobody_and_everybody_stay():
    path = part_time_path(np.array([0.0, 1.0]), np.array([0.3, -0.3]), np.array([1, 10]))
    assert path.tolist() == [[0, 0], [1, 1]]


def test_a_year_without_hours_is_refused():
    with pytest.raises(ModelError) as caught:
        time_of(np.full((1, 1), 0.1), hours=0.0)
    assert caught.value.where == "effective_hours_full_time"


@given(hours=st.floats(800, 2200), drift=st.floats(-0.03, 0.03))
def test_the_hours_of_a_year_change_by_the_same_rate_every_year(hours, drift):
    path = drifting_hours(np.array([hours]), np.array([drift]), np.arange(0, 12))[0]
    assert path[0] == hours
    np.testing.assert_allclose(path[1:] / path[:-1], np.exp(drift))


def test_a_week_without_hours_cannot_be_made_good():
    whole = np.array([1.0])
    with pytest.raises(ModelError, match="ohne Stunden"):
        shorter_week(whole, np.zeros(1), whole)
