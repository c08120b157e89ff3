"""What would have been said in past years: whole numbers, one truth a year, scores of what is printed."""

from __future__ import annotations

import pandas as pd

from forecast.past_forecasts import COLUMNS, EVERYBODY, past_document
from forecast.snapshot import Snapshot


def row(
    trade: str, origin: int, year: int, said: float, came: float, last: float, quantity: str = "gap"
) -> dict[str, object]:
    return {
        "region": "BB", "trade": trade, "quantity": quantity, "origin": origin, "year": year,
        "horizon": year - origin, "forecast": said, "lower_80": said - 4.2, "upper_80": said + 2.3,
        "truth": came, "naive": last,
    }  # fmt: skip


ROWS = pd.DataFrame([
    row("A-24", 2019, 2022, 10.4, 12.0, 7.0), row("A-24", 2020, 2022, 20.4, 13.4, 8.0),
    row("A-24", 2019, 2022, 99.0, 98.0, 97.0, quantity="entrants"),
    row("*", 2019, 2022, 30.0, 31.0, 29.0),
])  # fmt: skip


def table(trades: list[str]) -> list[dict[str, object]]:
    document = past_document(ROWS, trades, 100)
    assert document["card"]["draws"] == 100
    return [dict(zip(COLUMNS, one, strict=True)) for one in document["rows"]]


def test_what_came_is_one_number_a_year_and_ranges_are_rounded_outward() -> None:
    first, second, everybody = sorted(table(["A-24"]), key=lambda one: (str(one["trade"]), one["asked_in"]))
    assert first["came"] == second["came"] == 13  # the mean of 12.0 and 13.4
    assert (first["said"], first["lower_80"], first["upper_80"], first["last_value"]) == (10, 6, 13, 7)
    assert (first["inside_80"], second["inside_80"]) == (True, False)
    assert (everybody["trade"], everybody["came"]) == (EVERYBODY, 31)
    assert {one["measure"] for one in table(["A-24"])} == {"gap"}


def test_the_sum_of_a_region_is_left_out_where_it_holds_a_trade_off_the_axis() -> None:
    assert table([]) == []
    assert {one["trade"] for one in table(["A-24"])} == {"A-24", EVERYBODY}


def test_scores_count_what_is_printed() -> None:
    scores = {one["trade"]: one for one in past_document(ROWS, ["A-24"], 100)["scores"]}
    assert scores["A-24"] == {
        "region": "BB", "trade": "A-24", "measure": "gap", "compared": 2, "inside_80": 1,
        # |10.4 − 12.7| and |20.4 − 12.7| against |7 − 12.7| and |8 − 12.7|
        "mean_error": 5.0, "mean_error_last": 5.2,
    }  # fmt: skip
    assert scores[EVERYBODY]["mean_error"] == 1.0


def test_scores_are_told_apart_by_years_ahead() -> None:
    apart = [one for one in past_document(ROWS, ["A-24"], 100)["horizons"] if one["trade"] == "A-24"]
    place = {"region": "BB", "trade": "A-24", "measure": "gap", "compared": 1}
    assert apart == [
        {**place, "horizon": 2, "inside_80": 0, "mean_error": 7.7, "mean_error_last": 4.7},
        {**place, "horizon": 3, "inside_80": 1, "mean_error": 2.3, "mean_error_last": 5.7},
    ]
    assert all(type(one["horizon"]) is int for one in apart), "numpy numbers are no JSON"


def test_without_a_last_value_nothing_is_compared_with_it() -> None:
    document = past_document(ROWS.assign(naive=float("nan")), ["A-24"], 100)
    assert {one["mean_error"] for one in document["scores"]} == {None}
    assert {dict(zip(COLUMNS, one, strict=True))["last_value"] for one in document["rows"]} == {None}


def test_a_release_says_what_past_years_would_have_said(release: Snapshot) -> None:
    document = release.documents["past_forecasts"]
    rows = [dict(zip(COLUMNS, one, strict=True)) for one in document["rows"]]
    assert {one["region"] for one in rows} == {"BB", "HWK-FF"}
    base = release.documents["catalogue"]["base_year"]
    for one in rows:
        assert one["asked_in"] < one["year"] <= base
        assert one["horizon"] == one["year"] - one["asked_in"]
        assert one["lower_80"] <= one["said"] <= one["upper_80"]
        assert one["inside_80"] is (one["lower_80"] <= one["came"] <= one["upper_80"])
    said: dict[tuple[object, ...], dict[str, int]] = {}
    for one in rows:
        key = (one["region"], one["trade"], one["asked_in"], one["year"])
        said.setdefault(key, {})[one["measure"]] = one["said"]
    # in years without figures of the unemployed only the demand can be compared
    assert {tuple(sorted(found)) for found in said.values()} <= {("demand",), ("demand", "gap", "supply")}
    whole = [found for found in said.values() if len(found) == 3]
    assert len(whole) > len(said) / 2
    for found in whole:
        assert abs(found["demand"] - found["supply"] - found["gap"]) <= 1
    compared = {(one["region"], one["trade"], one["measure"]): one["compared"] for one in document["scores"]}
    assert sum(compared.values()) == len(rows)
