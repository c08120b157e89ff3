"""Figures from records: what is missing stays missing, what is drawn adds up, plotly accepts all of it."""

from __future__ import annotations

import json

import plotly.graph_objects as go
import pytest

from forecast import figures
from forecast.figure_files import save_figure

ROWS = [
    {"year": 2023, "value": 303, "is_forecast": False},
    {"year": 2024, "value": None, "is_forecast": False},
    {"year": 2026, "value": 313, "lower_80": 244, "upper_80": 385, "is_forecast": True},
    {"year": 2027, "value": 317, "lower_80": 233, "upper_80": 404, "is_forecast": True},
    {"year": 2028, "value": None, "lower_80": None, "upper_80": None, "is_forecast": True},
]


def examples() -> dict[str, figures.Figure]:
    return {
        "fan": figures.fan_figure(ROWS, "Verträge", "Verträge"),
        "lines": figures.lines_figure({"a": [(1, 2.0), (2, None)], "b": [(1, 3.0)]}, "Zwei", "Personen"),
        "waterfall": figures.waterfall_figure([("Rente", 30), ("Nachwuchs", -42)], "Lücke", "Summe", "Köpfe"),
        "ranges": figures.ranges_figure([("SHK", 21, 11, 34), ("Kfz", 19, 9, 33)], "Fällig", "Betriebe"),
        "range bars": figures.range_bars_figure([("bis 24", 21, 11, 34)], "Alter", "Personen"),
        "outcomes": figures.outcomes_figure([("2024", 21, 11, 34, -6)], "Gesagt und gekommen", "Personen"),
        "bars": figures.bars_figure({"gelöst": {"Jahr 0": 10.6, "Jahr 1": 22.4}}, "Hundert", "Verträge"),
    }  # fmt: skip


@pytest.mark.parametrize("name", examples())
def test_plotly_accepts_it_and_it_is_plain_json(name: str) -> None:
    figure = examples()[name]
    assert json.loads(json.dumps(figure, allow_nan=False)) == figure
    shown = go.Figure(figure)
    assert shown.layout.title.text
    assert shown.layout.separators == ",.", "German numbers"


def test_a_year_without_a_number_is_left_out() -> None:
    drawn = {trace["name"]: trace for trace in examples()["fan"]["data"]}
    assert drawn["bis heute"]["x"] == [2023]
    assert drawn["vorausgeschätzt"]["y"] == [313, 317]
    assert "50-%-Spanne" not in drawn, "no record has it"


def test_a_band_goes_up_one_side_and_down_the_other() -> None:
    band = examples()["fan"]["data"][0]
    assert band["x"] == [2026, 2027, 2027, 2026]
    assert band["y"] == [385, 404, 233, 244]


def test_a_waterfall_ends_at_its_sum() -> None:
    trace = examples()["waterfall"]["data"][0]
    assert trace["x"] == [30, -42, -12]
    assert trace["text"][-1] == "−12"
    assert trace["measure"] == ["relative", "relative", "total"]


def test_ranges_reach_from_bound_to_bound() -> None:
    trace = examples()["ranges"]["data"][0]
    assert trace["error_x"]["array"] == [13, 14]
    assert trace["error_x"]["arrayminus"] == [10, 10]


def test_lines_differ_by_more_than_colour() -> None:
    first, second = (trace["line"] for trace in examples()["lines"]["data"])
    assert first["dash"] != second["dash"]
    assert first["color"] != second["color"]


def test_files_open_without_a_network(tmp_path) -> None:
    save_figure(examples()["bars"], tmp_path / "neu", "hundert")
    written = {path.name for path in (tmp_path / "neu").iterdir()}
    assert written == {"hundert.html", "hundert.json", "plotly.min.js"}
    page = (tmp_path / "neu" / "hundert.html").read_text(encoding="utf-8")
    assert 'src="plotly.min.js"' in page
    assert '<html lang="de">' in page
    assert "<title>Hundert</title>" in page


def test_what_is_no_figure_is_refused(tmp_path) -> None:
    with pytest.raises(ValueError, match="nix"):
        save_figure({"data": [{"type": "nix"}], "layout": {}}, tmp_path, "falsch")
    assert not list(tmp_path.iterdir())
