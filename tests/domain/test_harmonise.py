"""The crosswalk from occupations to trades: sums by hand, nothing partial, totals before = after + losses."""

# ruff: noqa: PD011 -- `values` of a Series1D is no attribute of a frame

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.domain.harmonise import LOSSES, harmonise
from forecast.domain.panel import Panel
from tests.domain.panel_cases import INDICATORS, code_list, frame, occupation

CODES = code_list()
BOTH = [("AO-maler", "BB", year, 100 + year - 2018) for year in (2018, 2019)] + [
    ("AO-lack", "BB", year, 30) for year in (2018, 2019)
]


def harmonised(*rows, codes=CODES):
    return harmonise(Panel.of(frame(*rows), codes, INDICATORS), codes, INDICATORS)


def sums(result, trade="A-10", region="BB", indicator="new_contracts"):
    series = result.panel.series(indicator, trade, region)
    return dict(zip(series.years.tolist(), series.values.tolist(), strict=True))


def closes(result):
    losses = result.losses
    after = losses[[name for name in LOSSES if name != "before"]].sum(axis=1)
    pd.testing.assert_series_equal(losses["before"], after, check_names=False)


def test_two_occupations_make_one_trade_and_the_old_rows_stay():
    result = harmonised(*BOTH)
    assert sums(result) == {2018: 130.0, 2019: 131.0}
    assert len(result.panel) == len(BOTH) + 2
    assert result.losses["before"].tolist() == [130.0, 131.0]
    assert result.losses["after"].tolist() == [130.0, 131.0]
    closes(result)


def test_a_missing_member_makes_the_sum_missing_not_partial():
    result = harmonised(*BOTH, ("AO-maler", "BB", 2020, 99))
    assert sums(result) == {2018: 130.0, 2019: 131.0}
    assert result.losses.set_index("year").loc[2020, "incomplete"] == 99
    closes(result)


def test_a_member_without_any_series_in_the_region_is_not_waited_for():
    # The source prints no varnishers for DE, and nowhere prints coaters: BB needs two members, DE one.
    result = harmonised(*BOTH, ("AO-maler", "DE", 2018, 5000))
    assert sums(result, region="DE") == {2018: 5000.0}
    assert sums(result)[2018] == 130.0


def test_a_press_note_on_one_occupation_is_no_figure_on_the_trade():
    note = {"source": "press"}
    result = harmonised(
        *BOTH,
        ("AO-maler", "HWK-FF", 2018, 40, note),
        ("AO-beschichter", "BB", 2018, 7, note),
        ("AO-beschichter", "DE", 2018, 9, note),
    )
    assert sums(result, region="HWK-FF") == {}
    assert sums(result, region="DE") == {}
    assert sums(result) == {2018: 130.0, 2019: 131.0}
    assert result.losses["incomplete"].sum() == 56
    closes(result)


def test_an_additional_occupation_is_added_where_it_is_printed():
    result = harmonised(*BOTH, ("AO-beschichter", "BB", 2019, 4))
    # The third occupation belongs to the series now: 2018 lacks it and is missing.
    assert sums(result) == {2019: 135.0}
    closes(result)


def test_an_occupation_that_did_not_exist_in_the_year_is_not_waited_for():
    codes = code_list(
        occupation("AO-maler", "A-10"),
        occupation("AO-lack", "A-10", start=date(2019, 8, 1), end=date(2020, 1, 1)),
    )
    rows = [("AO-maler", "BB", year, 10) for year in (2018, 2019, 2020, 2021)] + [("AO-lack", "BB", 2020, 3)]
    assert sums(harmonised(*rows, codes=codes)) == {2018: 10.0, 2020: 13.0, 2021: 10.0}


def test_vintages_and_sources_are_kept_apart():
    late = {"published": "2021-01-01"}
    result = harmonised(*BOTH, ("AO-maler", "BB", 2018, 90, late), ("AO-lack", "BB", 2018, 31, late))
    rows = result.panel.select(trade="A-10").frame
    assert rows[rows["year"] == 2018]["value"].tolist() == [130.0, 121.0]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("observed", "rounded", "rounded"),
        ("provisional", "rounded", "provisional"),
        ("estimated", "observed", "estimated"),
    ],
)
def test_the_weakest_status_of_the_parts_holds(first, second, expected):
    result = harmonised(
        ("AO-maler", "BB", 2018, 1, {"status": first}), ("AO-lack", "BB", 2018, 2, {"status": second})
    )
    assert result.panel.value("new_contracts", "A-10", "BB", 2018).status == expected


def test_a_withheld_part_withholds_the_sum():
    result = harmonised(
        ("AO-maler", "BB", 2018, 12), ("AO-lack", "BB", 2018, np.nan, {"status": "suppressed"})
    )
    figure = result.panel.value("new_contracts", "A-10", "BB", 2018)
    assert (figure.value, figure.status) == (None, "suppressed")
    assert result.losses["incomplete"].tolist() == [12.0]
    closes(result)


def test_a_weighted_occupation_gives_an_estimate_and_the_rest_is_reported():
    codes = code_list(
        occupation("AO-maler", "A-10", 0.75), occupation("AO-lack", "A-10"), occupation("AO-mat", "")
    )
    result = harmonised(
        ("AO-maler", "BB", 2018, 80), ("AO-lack", "BB", 2018, 5), ("AO-mat", "BB", 2018, 11), codes=codes
    )
    figure = result.panel.value("new_contracts", "A-10", "BB", 2018)
    assert (figure.value, figure.status) == (65.0, "estimated")
    assert result.losses[list(LOSSES)].iloc[0].tolist() == [96.0, 65.0, 11.0, 20.0, 0.0]


def test_rates_are_carried_over_only_for_a_trade_of_one_occupation():
    rate = {"indicator": "termination_rate"}
    result = harmonised(
        *BOTH,
        ("AO-kfz", "BB", 2018, 24, rate),
        ("AO-maler", "BB", 2018, 30, rate),
        ("AO-lack", "BB", 2018, 40, rate),
    )
    assert sums(result, trade="A-20", indicator="termination_rate") == {2018: 24.0}
    assert sums(result, trade="A-10", indicator="termination_rate") == {}
    assert set(result.losses["indicator"]) == {"new_contracts"}


def test_a_printed_figure_on_the_trade_stands():
    result = harmonised(*BOTH, ("A-10", "BB", 2018, 128))
    assert sums(result) == {2018: 128.0, 2019: 131.0}
    closes(result)


def test_without_occupations_nothing_changes():
    result = harmonised(("A-10", "BB", 2018, 128))
    assert len(result.panel) == 1
    assert result.losses.empty


CELLS = st.dictionaries(
    st.tuples(
        st.sampled_from(["AO-maler", "AO-lack", "AO-beschichter", "AO-kfz", "AO-mat"]),
        st.sampled_from(["BB", "DE"]),
        st.integers(2018, 2020),
        st.sampled_from(["s", "t"]),
    ),
    st.one_of(st.none(), st.integers(0, 1000)),
    min_size=1,
    max_size=30,
)


@settings(max_examples=40)
@given(CELLS, st.floats(0, 1))
def test_totals_before_equal_totals_after_plus_what_is_reported_lost(cells, weight):
    codes = code_list(
        occupation("AO-maler", "A-10"),
        occupation("AO-lack", "A-10", weight),
        occupation("AO-beschichter", "A-10"),
        occupation("AO-kfz", "A-20"),
        occupation("AO-mat", ""),
    )
    rows = [
        (code, region, year, np.nan, {"source": source, "status": "suppressed"})
        if value is None
        else (code, region, year, value, {"source": source})
        for (code, region, year, source), value in cells.items()
    ]
    result = harmonised(*rows, codes=codes)
    closes(result)
    assert result.losses["before"].sum() == sum(value for value in cells.values() if value is not None)
    trades = result.panel.frame[result.panel.frame["trade"].isin(["A-10", "A-20"])]
    assert trades["value"].sum() == pytest.approx(result.losses["after"].sum())
    assert len(result.panel) == len(rows) + len(trades)
