"""Knowledge ages at two clocks; hours follow the staff, and nobody is trained who is not there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from forecast.domain.skills import (
    ModuleDraws,
    core_hours,
    decay_rate,
    knowledge_left,
    module_need,
    renewal_rate,
    share_path,
)
from forecast.errors import ModelError

DRAWS, YEARS, BASE = 3, 4, 2025
share = st.floats(0, 1)


def one(value: float, draws: int = 1) -> np.ndarray:
    return np.full(draws, float(value))


def module(draws: int = 1, **given_values) -> ModuleDraws:
    numbers = {
        "clock": 4, "course_hours": 20, "refresh_hours": 8, "core_hours": 16, "share": 0.4, "growth": 0,
        "first_course_share": 0.5,
    }  # fmt: skip
    numbers |= {name: value for name, value in given_values.items() if name not in ("expires", "deadline")}
    return ModuleDraws(
        expires=given_values.get("expires", False),
        deadline=given_values.get("deadline"),
        **{name: one(value, draws) for name, value in numbers.items()},
    )


def test_decay_worked_on_paper(case, same_as_printed):
    paper = case("skills")["decay"]
    half_life = one(float(paper["half_life"]))
    same_as_printed(decay_rate(half_life), paper["yearly_loss"])
    same_as_printed(knowledge_left(one(10), half_life), paper["left_after_10_years"])
    course, refresh = (one(float(paper[name])) for name in ("course_hours", "refresh_hours"))
    core = core_hours(course, refresh, one(0.5))
    same_as_printed(core, paper["core_hours"])
    plc = module(clock=5, course_hours=course[0], refresh_hours=refresh[0], core_hours=core[0],
                 share=float(paper["share"]))  # fmt: skip
    need = module_need(plc, np.array([[float(n) for n in paper["staff"]]]), np.array([[0.1]]), BASE)
    same_as_printed(need.hours, paper["hours"])
    same_as_printed(need.refreshers, paper["refreshers"])
    assert not need.first_courses.any()  # young journeymen bring the module with them


def test_certificate_worked_on_paper(case, same_as_printed):
    paper = case("skills")["certificate"]
    weld = module(
        expires=True, clock=paper["validity"], course_hours=paper["course_hours"],
        refresh_hours=paper["refresh_hours"], share=paper["share"],
        first_course_share=paper["first_course_share"],
    )  # fmt: skip
    staff = np.array([[float(n) for n in paper["staff"]]])
    need = module_need(weld, staff, np.array([[float(paper["leaving"])]]), BASE)
    same_as_printed(need.holders, paper["holders"])
    same_as_printed(need.first_courses, paper["first_courses"])
    same_as_printed(need.refreshers, paper["renewals"])
    same_as_printed(need.hours, paper["hours"])


def test_everybody_renews_until_a_deadline(case, same_as_printed):
    paper = case("skills")["deadline"]
    rate = renewal_rate(one(float(paper["validity"])), paper["deadline"], paper["base_year"], 6)
    same_as_printed(rate[0], [paper["rate_until"]] * 4 + [paper["rate_after"]] * 2)
    assert rate[0, :4].sum() == pytest.approx(1)  # each old certificate once
    past = renewal_rate(one(7), paper["base_year"], paper["base_year"], 2)
    assert past.tolist() == [[1 / 7, 1 / 7]]


def test_a_growing_share_worked_on_paper(case, same_as_printed):
    paper = case("skills")["growing"]
    path = share_path(one(float(paper["share"])), one(float(paper["growth"])), 10)
    same_as_printed(path[0, -1], paper["share_after_10_years"])


@given(
    staff=hnp.arrays(np.float64, (DRAWS, YEARS + 1), elements=st.floats(0, 1e5)),
    leaving=hnp.arrays(np.float64, (DRAWS, YEARS), elements=share),
    concerned=share,
    growth=st.floats(-0.5, 0.5),
    clock=st.floats(0.5, 20),
    expires=st.booleans(),
    deadline=st.one_of(st.none(), st.integers(2020, 2040)),
    refresh=st.sampled_from([0.0, 4.0]),
)
def test_hours_are_never_negative_and_follow_the_staff(
    staff, leaving, concerned, growth, clock, expires, deadline, refresh
):
    made = module(DRAWS, expires=expires, deadline=deadline, share=concerned, growth=growth, clock=clock,
                  refresh_hours=refresh, core_hours=2 * refresh)  # fmt: skip
    need, twice = (module_need(made, many, leaving, BASE) for many in (staff, 2 * staff))
    for name in ("holders", "first_courses", "refreshers", "hours", "participants"):
        values = getattr(need, name)
        assert np.all(values >= 0), name
        np.testing.assert_allclose(getattr(twice, name), 2 * values, rtol=1e-9, atol=1e-9)
    assert np.all(need.holders <= staff[:, 1:] * (1 + 1e-12))
    assert np.all(need.first_courses <= need.holders + 1e-9)
    if expires:
        assert np.all(need.refreshers + need.first_courses <= need.holders * (1 + 1e-12) + 1e-9)


@given(concerned=share, growth=st.floats(-1, 1), years=st.integers(0, 15))
def test_a_share_stays_a_share_and_moves_one_way(concerned, growth, years):
    path = share_path(one(concerned), one(growth), years)[0]
    assert np.all((path >= 0) & (path <= 1))
    assert np.all(np.diff(path) * np.sign(growth) >= -1e-12)
    assert path[0] == pytest.approx(concerned)


def test_a_qualification_that_never_lapses_is_learnt_once(case):
    trainer = module(refresh_hours=0, core_hours=0, share=0.5, first_course_share=1, course_hours=100)
    need = module_need(trainer, np.array([[40.0, 40.0]]), np.array([[0.1]]), BASE)
    assert need.refreshers.tolist() == [[0]]
    assert need.first_courses[0, 0] == pytest.approx(2)  # 20 hold it, 2 leave and are replaced
    assert need.hours[0, 0] == pytest.approx(200)


def test_nothing_decays_at_an_endless_half_life():
    need = module_need(module(clock=1e12), np.array([[50.0, 50.0]]), np.array([[0.0]]), BASE)
    assert need.hours[0, 0] == pytest.approx(0, abs=1e-6)


def test_core_is_never_longer_than_the_first_course():
    assert core_hours(one(10), one(8), one(0.5)).tolist() == [10]
    with pytest.raises(ModelError, match="nichts wieder"):
        core_hours(one(10), one(8), one(0))


@pytest.mark.parametrize(
    ("changes", "staff", "text"),
    [
        ({"share": one(1.2)}, [[1.0, 1.0]], "Anteil"),
        ({"first_course_share": one(-0.1)}, [[1.0, 1.0]], "Anteil"),
        ({}, [[1.0, -1.0]], "negativ"),
        ({}, [[1.0, 1.0, 1.0]], "verschieden viele Jahre"),
        ({"refresh_hours": one(-1)}, [[1.0, 1.0]], "weniger als 0 Stunden"),
        ({"clock": one(0)}, [[1.0, 1.0]], "Halbwertszeit"),
    ],
)
def test_wrong_input_is_named(changes, staff, text):
    with pytest.raises(ModelError, match=text):
        module_need(replace(module(), **changes), np.array(staff), np.array([[0.1]]), BASE)
