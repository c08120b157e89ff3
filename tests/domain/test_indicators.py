"""Ends of periods and the delay of publication."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.domain.indicators import PublicationLag, end_of_period, months_later


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("2019", date(2019, 12, 31)),
        ("2020-02", date(2020, 2, 29)),
        ("2021-03", date(2021, 3, 31)),
        ("2021-12", date(2021, 12, 31)),
        ("2025-06-30", date(2025, 6, 30)),
        (" 2025-06-01 ", date(2025, 6, 1)),
    ],
)
def test_end_of_period(text, end):
    assert end_of_period(text) == end


@pytest.mark.parametrize(
    "text", ["", "19", "2020-13", "2021-02-29", "2020/21", "31.12.2020", "2020-4", "März 2020", "0000"]
)
def test_other_spellings_are_refused(text):
    with pytest.raises(ValueError):
        end_of_period(text)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (
            date(2023, 12, 31),
            9,
            date(2024, 9, 30),
        ),  # new contracts of 2023: public at the end of September 2024
        (date(2025, 6, 30), 6, date(2025, 12, 31)),  # a last day stays a last day
        (date(2025, 6, 29), 6, date(2025, 12, 29)),
        (date(2025, 1, 30), 1, date(2025, 2, 28)),
        (date(2024, 11, 15), 0, date(2024, 11, 15)),
        (date(2024, 12, 1), 1, date(2025, 1, 1)),
    ],
)
def test_months_later(day, months, later):
    assert months_later(day, months) == later


def test_part_months_count_as_whole_ones():
    lag = PublicationLag(8.2, 8, 10, "judgement", "s", "because", date(2027, 6, 30))
    assert lag.published(date(2023, 12, 31)) == date(2024, 9, 30)


@given(st.dates(date(1990, 1, 1), date(2060, 1, 1)), st.integers(0, 40))
def test_a_lag_never_moves_a_day_back_and_keeps_the_month_count(day, months):
    later = months_later(day, months)
    assert later >= day
    assert (later.year - day.year) * 12 + later.month - day.month == months
