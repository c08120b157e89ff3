"""The panel: what it refuses, what it prefers, and that a later vintage never changes an earlier day."""

# ruff: noqa: PD011 -- `values` of a Series1D is no attribute of a frame

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.domain.panel import COLUMNS, KEY, STATUSES, Figure, Panel
from forecast.errors import InputError
from tests.domain.panel_cases import INDICATORS, code_list, frame

CODES = code_list()


def panel(*rows):
    return Panel.of(frame(*rows), CODES, INDICATORS)


def same(left, right):
    pd.testing.assert_frame_equal(left.frame, right.frame)


# Figures by (year, day of publication, status, source): small pools, so that keys meet often.
FIGURES = st.lists(
    st.tuples(
        st.integers(2010, 2012),
        st.dates(date(2013, 1, 1), date(2013, 1, 6)),
        st.sampled_from(STATUSES),
        st.sampled_from(["a", "b"]),
        st.integers(0, 50),
    ),
    max_size=14,
    unique_by=lambda row: (row[0], row[1], row[3]),
)


def rows_of(figures):
    return [
        (
            "AO-kfz",
            "BB",
            year,
            np.nan if status == "suppressed" else value,
            {"published": day.isoformat(), "status": status, "source": source},
        )
        for year, day, status, source, value in figures
    ]


def test_columns_order_and_types_are_fixed():
    made = Panel.of(frame(("AO-kfz", "BB", 2020, 3)).assign(note="x").iloc[:, ::-1], CODES, INDICATORS)
    assert tuple(made.frame.columns) == COLUMNS
    assert made.frame["published"].dtype == "datetime64[s]"
    assert made.frame["value"].dtype == "float64"
    assert made.frame["year"].dtype == "int64"
    assert len(made) == 1


@pytest.mark.parametrize(
    ("row", "found", "expected"),
    [
        (("A-99", "BB", 2020, 3), "trade = A-99", "ein Code aus data/codes"),
        (("AO-kfz", "XX", 2020, 3), "region = XX", "regions.csv"),
        (("AO-kfz", "BB", 2020, 3, {"indicator": "contracts"}), "indicator = contracts", "data/indicators"),
        (("AO-kfz", "BB", 2020, 3, {"status": "guess"}), "status = guess", "observed | rounded"),
        (("AO-kfz", "BB", 2020, -1), "value = -1.0", "≥ 0"),
        (("AO-kfz", "BB", 2020, np.nan), "value = nan", "suppressed"),
        (("AO-kfz", "BB", 2020, 3, {"status": "suppressed"}), "value = 3.0", "suppressed"),
        (("AO-kfz", "BB", 2020, 3, {"source": ""}), "source = ", "id einer Quelle"),
    ],
)
def test_a_row_that_breaks_a_rule_is_named(row, found, expected):
    with pytest.raises(InputError) as error:
        panel(("AO-kfz", "BB", 2019, 3), row)
    assert error.value.what == "1 Zeilen der Tabelle verletzen die Regeln."
    report = "\n".join(error.value.rows)
    assert "Zeile 2 (" in report
    assert found in report
    assert expected in report


def test_a_negative_value_is_fine_where_the_indicator_allows_it():
    assert len(panel(("AO-kfz", "BB", 2020, -4, {"indicator": "net_growth"}))) == 1


def test_all_faulty_rows_are_counted_and_five_are_shown():
    rows = [("A-99", "BB", year, 1) for year in range(2000, 2008)]
    with pytest.raises(InputError) as error:
        panel(*rows)
    assert error.value.what.startswith("8 Zeilen")
    assert "… und 3 weitere" in str(error.value)


def test_the_same_key_twice_is_refused_but_another_source_or_day_is_not():
    row = ("AO-kfz", "BB", 2020, 3)
    with pytest.raises(InputError, match="verletzen") as error:
        panel(row, ("AO-kfz", "BB", 2020, 4))
    assert "jeder Schlüssel einmal" in error.value.rows[0]
    assert (
        len(panel(row, (*row, {"source": "t"}), (*row, {"published": "2020-01-02"}), (*row, {"age": "20+"})))
        == 4
    )


def test_missing_columns_and_wrong_types_are_refused():
    with pytest.raises(InputError, match="fehlen Spalten: status, source"):
        Panel.of(frame(("AO-kfz", "BB", 2020, 3)).drop(columns=["source", "status"]), CODES, INDICATORS)
    for changes in ({"value": "viele"}, {"year": "zwanzig"}, {"published": "gestern"}):
        with pytest.raises(InputError, match="falschen Typ"):
            panel(("AO-kfz", "BB", 2020, 3, changes))


def test_the_frame_handed_in_is_not_changed_and_not_shared():
    given_frame = frame(("AO-kfz", "BB", 2020, 3))
    made = Panel.of(given_frame, CODES, INDICATORS)
    given_frame.loc[0, "value"] = 99
    assert made.value("new_contracts", "AO-kfz", "BB", 2020) == Figure(3.0, "observed", date(2020, 1, 1), "s")


def test_as_of_includes_the_day_itself():
    made = panel(("AO-kfz", "BB", 2020, 3, {"published": "2021-09-30"}))
    assert len(made.as_of(date(2021, 9, 30))) == 1
    assert len(made.as_of(date(2021, 9, 29))) == 0


@settings(max_examples=40)
@given(FIGURES, FIGURES, st.dates(date(2013, 1, 1), date(2013, 1, 3)))
def test_a_later_vintage_never_changes_an_earlier_day(figures, later, day):
    earlier = [row for row in figures if row[1] <= day]
    later = [row for row in later if row[1] > day]
    before = panel(*rows_of(earlier)) if earlier else Panel.empty()
    both = earlier + later
    after = panel(*rows_of(both)) if both else Panel.empty()
    same(after.as_of(day), before)
    same(after.as_of(day).preferred(), before.preferred())


@settings(max_examples=40)
@given(FIGURES, st.randoms(use_true_random=False))
def test_results_do_not_depend_on_the_order_of_rows(figures, random):
    rows = rows_of(figures)
    shuffled = list(rows)
    random.shuffle(shuffled)
    if not rows:
        return
    left, right = panel(*rows), panel(*shuffled)
    same(left, right)
    same(left.preferred(), right.preferred())
    same(left.select(trade="AO-kfz", age=None), right.select(trade="AO-kfz", age=None))


@settings(max_examples=40)
@given(FIGURES)
def test_preferred_has_one_row_for_each_key_and_is_stable(figures):
    if not figures:
        return
    chosen = panel(*rows_of(figures)).preferred()
    assert not chosen.frame.duplicated(subset=list(KEY)).any()
    assert set(chosen.frame["year"]) == {row[0] for row in figures}
    same(chosen.preferred(), chosen)


@pytest.mark.parametrize(
    ("first", "second", "wins"),
    [
        ({"status": "rounded"}, {"status": "provisional", "published": "2022-01-01"}, 1),
        ({"status": "observed"}, {"status": "rounded", "published": "2022-01-01"}, 1),
        ({"status": "estimated"}, {"status": "provisional"}, 2),
        ({"status": "observed"}, {"status": "observed", "published": "2020-01-02"}, 2),
        ({"status": "observed", "source": "b"}, {"status": "observed", "source": "a"}, 2),
    ],
)
def test_preference_is_status_then_publication_then_source(first, second, wins):
    made = panel(
        ("AO-kfz", "BB", 2019, 1, {"source": "x"} | first),
        ("AO-kfz", "BB", 2019, 2, {"source": "y"} | second),
    )
    assert made.preferred().frame["value"].tolist() == [wins]


def test_any_number_is_better_than_a_withheld_one():
    made = panel(
        ("AO-kfz", "BB", 2019, np.nan, {"status": "suppressed", "published": "2024-01-01"}),
        ("AO-kfz", "BB", 2019, 6, {"status": "estimated", "source": "t"}),
        ("AO-kfz", "BB", 2020, np.nan, {"status": "suppressed"}),
    )
    series = made.series("new_contracts", "AO-kfz", "BB")
    assert series.years.tolist() == [2019, 2020]
    assert series.values[0] == 6
    assert np.isnan(series.values[1])
    assert series.statuses == ("estimated", "suppressed")
    assert series.sources == ("t", "s")
    assert made.value("new_contracts", "AO-kfz", "BB", 2020).value is None
    assert made.value("new_contracts", "AO-kfz", "BB", 2021) is None


def test_select_by_one_code_several_or_all_and_by_age():
    made = panel(
        ("AO-kfz", "BB", 2019, 1),
        ("AO-kfz", "DE", 2019, 2),
        ("AO-maler", "BB", 2019, 4),
        ("AO-kfz", "BB", 2019, 8, {"age": "20 bis unter 25 Jahre"}),
        ("AO-kfz", "BB", 2019, 16, {"indicator": "net_growth"}),
    )

    def total(**wanted):
        return made.select(**wanted).frame["value"].sum()

    assert total() == 23
    assert total(age=None) == 31
    assert total(trade="AO-kfz", indicator="new_contracts") == 3
    assert total(trade=("AO-kfz", "AO-maler"), region="BB", indicator="new_contracts") == 5
    assert total(age="20 bis unter 25 Jahre") == 8
    assert total(trade=[]) == 0


def test_an_unknown_series_is_empty():
    series = panel(("AO-kfz", "BB", 2019, 1)).series("new_contracts", "AO-kfz", "DE")
    assert series.years.shape == series.values.shape == (0,)
    assert series.statuses == ()


def test_latest_publication():
    made = panel(("AO-kfz", "BB", 2019, 1), ("AO-kfz", "BB", 2020, 1, {"published": "2024-09-30"}))
    assert made.latest_publication() == date(2024, 9, 30)
    with pytest.raises(InputError, match="leer"):
        Panel.empty().latest_publication()


def test_plus_joins_disjoint_panels_and_refuses_repeats():
    left, right = panel(("AO-kfz", "BB", 2019, 1)), panel(("AO-kfz", "BB", 2018, 2))
    assert left.plus(right).frame["year"].tolist() == [2018, 2019]
    same(left.plus(right), right.plus(left))
    same(left.plus(Panel.empty()), left)
    with pytest.raises(InputError, match="doppelt"):
        left.plus(left)
