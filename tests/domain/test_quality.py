"""Grades: every reason can push a cell down, none can lift it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.domain.quality import (
    GRADES,
    Evidence,
    QualityLimits,
    grade_of,
    share_resting_on_estimates,
    too_wide,
)

LIMITS = QualityLimits(share_estimated=0.4, wide=0.2, very_wide=0.5, widest=1.0)
GOOD = Evidence(
    printed=False,
    small=False,
    share_estimated=0.1,
    relative_width=0.1,
    lost=False,
    ages_judged=False,
    gap_lost=False,
)
evidence = st.builds(
    Evidence,
    printed=st.booleans(),
    small=st.booleans(),
    share_estimated=st.floats(0, 1),
    relative_width=st.floats(0, 3),
    lost=st.sampled_from([True, False, None]),
    ages_judged=st.booleans(),
    gap_lost=st.sampled_from([True, False, None]),
    forecast=st.booleans(),
)


@pytest.mark.parametrize(
    ("change", "grade", "reasons"),
    [
        ({}, "B", ()),
        ({"printed": True}, "A", ()),
        ({"share_estimated": 0.5}, "C", ("shares",)),
        ({"lost": True}, "C", ("lost",)),
        ({"lost": None}, "C", ("untested",)),
        ({"ages_judged": True}, "C", ("ages",)),
        ({"ages_judged": True, "forecast": False}, "B", ()),
        ({"gap_lost": True}, "C", ("gap_lost",)),
        ({"gap_lost": None}, "B", ()),
        ({"lost": None, "forecast": False}, "B", ()),
        ({"relative_width": 0.3}, "C", ("wide",)),
        ({"relative_width": 0.6, "lost": True}, "D", ("very_wide", "lost")),
        ({"small": True}, "D", ("small",)),
        ({"printed": True, "share_estimated": 1.0}, "A", ()),
    ],
)
def test_one_reason_after_the_other(change, grade, reasons):
    assert grade_of(replace(GOOD, **change), LIMITS) == (grade, reasons)


@given(one=evidence, wider=st.floats(0, 2))
def test_more_doubt_never_lifts_a_grade(one, wider):
    letter, reasons = grade_of(one, LIMITS)
    assert letter in GRADES
    worse = replace(one, relative_width=one.relative_width + wider, small=True)
    assert grade_of(worse, LIMITS)[0] >= letter
    assert (letter in "AB") == (not reasons)


@given(one=evidence)
def test_only_small_trades_with_ranges_beyond_the_stock_are_withheld(one):
    assert too_wide(one, LIMITS) == (one.small and one.relative_width > 1)


def test_a_trade_that_fills_its_group_rests_on_little():
    assert share_resting_on_estimates([0.95, 0.2]) == pytest.approx(0.05)
    assert share_resting_on_estimates([0.3]) == pytest.approx(0.7)
    assert share_resting_on_estimates([]) == 1
