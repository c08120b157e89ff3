"""The benchmark of the pages names the worst page of each goal and leaves none out of its table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.bench.pages_rows import COMPUTED, PAGES, Measured, page_table, worst_rows

USUAL = Measured(paint=0.31, load=0.42, weight=12.0, server=7.5, computing=7.0, first=20.0)


@pytest.fixture
def found() -> dict[str, Measured]:
    return {
        **dict.fromkeys(PAGES, USUAL),
        "Güte": replace(USUAL, paint=1.2),
        "Quellen": replace(USUAL, weight=61.0),
        COMPUTED: replace(USUAL, server=90.0, computing=3.0, first=700.0),
    }


def test_the_worst_page_of_each_goal_is_judged(found: dict[str, Measured]) -> None:
    rows = {row.quantity: row for row in worst_rows(found).rows}
    assert rows["erster Inhalt sichtbar"].values == (1.2,)
    assert rows["erster Inhalt sichtbar"].note == "am meisten: Güte"
    assert rows["erster Inhalt sichtbar"].verdict == "verfehlt"
    assert (rows["HTML, CSS und JS gepackt, kB"].values, rows["HTML, CSS und JS gepackt, kB"].verdict) == (
        (61.0,), "Muss",
    )  # fmt: skip
    assert rows["Server, ohne Zwischenspeicher"].values == (7.5,), "a computed page has its own row"
    assert rows[f"Server: {COMPUTED}"].values == (90.0,)
    assert rows[f"Server: {COMPUTED}"].verdict == ""


def test_the_table_has_every_page_once_with_german_numbers(found: dict[str, Measured]) -> None:
    head, rule, *lines = page_table(found).splitlines()
    assert head.count("|") == rule.count("|")
    assert [line.split("|")[1].strip() for line in lines] == list(PAGES)
    assert "| 1,20 | 0,42 | 12 | 7,5 | 7,0 | 20,0 |" in page_table(found)
