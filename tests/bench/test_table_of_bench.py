"""The table of the benchmark: verdicts, German figures, and what goes into the file."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

import tests.bench.__main__ as bench
from tests.bench import api_bench, goals, holdout, pages_bench
from tests.bench.goals import Bound, Goal, at_least, at_most
from tests.bench.measurement import END, with_table
from tests.bench.table import Row, Section, as_json, as_text, bounds, closing, figures, whole


@pytest.mark.parametrize(
    ("values", "verdict"),
    [((0.88,), "Ziel"), ((0.90,), "Ziel"), ((0.901,), "Muss"), ((0.95,), "verfehlt"), ((), "nicht gemessen")],
)
def test_a_small_quantity_is_judged_by_both_bounds(values, verdict: str) -> None:
    assert Row("OWA", values, "ratio", at_most(0.94, 0.90)).verdict == verdict


def test_every_value_of_a_row_has_to_hold() -> None:
    row = Row("Deckung", (0.95, 0.945, 0.96), "percent", goals.COVERAGE_95)
    assert row.verdict == "Ziel"
    assert replace(row, values=(0.95, 0.93, 0.96)).verdict == "Muss"
    assert replace(row, values=(0.95, 0.95, 0.985)).verdict == "verfehlt"


def test_a_figure_that_is_no_number_reaches_nothing() -> None:
    assert Row("OWA", (math.nan,), "ratio", at_most(0.94, 0.90)).verdict == "verfehlt"


def test_a_sample_is_shown_but_not_judged() -> None:
    row = Row("Tempo", (5.0,), "times", at_least(70, 350), sampled=True)
    assert row.verdict == "Stichprobe"
    assert Row("nur zur Kenntnis", (5.0,), "times").verdict == ""


def test_figures_are_written_in_german() -> None:
    assert figures((12345.6,), "number") == "12.346"
    assert figures((0.9512, 0.8), "percent") == "95,1 / 80,0 %"
    assert figures((1.5,), "gigabytes") == "1,50 GB"
    assert figures((2e-9,), "exponent") == "2,0e-09"
    assert figures((), "ratio") == "–"
    assert figures((math.nan, 0.5), "ratio") == "– / 0,500"
    assert whole(1_000_000) == "1.000.000"


def test_bounds_say_in_which_direction_they_hold() -> None:
    assert bounds(Bound(-math.inf, 0.94), "ratio") == "≤ 0,940"
    assert bounds(Bound(70, math.inf), "times") == "≥ 70,0 ×"
    assert bounds(Bound(0.92, 0.98), "percent") == "92,0–98,0 %"
    assert bounds(Bound(0.89, 1.0), "percent") == "≥ 89,0 %"


def test_no_aim_is_laxer_than_its_must() -> None:
    found = [goal for goal in vars(goals).values() if isinstance(goal, Goal)] + [*goals.BUNDLED_WAPE.values()]
    assert len(found) > 15
    assert all(g.must.low <= g.aim.low and g.aim.high <= g.must.high for g in found)


def test_text_and_file_hold_the_same_rows() -> None:
    rows = [
        Row("OWA", (0.95,), "ratio", at_most(0.94, 0.90), {"DOTM": (0.962,)}, note="Bootstrap"),
        Row("Tempo", (), "times", at_least(70, 350), note="nicht gemessen: keine Umgebung"),
        Row("Speicher", (math.nan,), "gigabytes", details={"runs": [1, 2]}),
    ]
    sections = [Section("Güte", rows)]
    text = as_text(sections)
    assert text.index("Güte") < text.index("OWA") < text.index("DOTM 0,962") < text.index("Bootstrap")
    assert "keine Umgebung" in text
    stored = json.loads(json.dumps(as_json(sections), allow_nan=False))
    assert [entry["verdict"] for entry in stored] == ["verfehlt", "nicht gemessen", ""]
    assert stored[0]["peers"] == {"DOTM": [0.962]}
    assert stored[2]["values"] == [None]
    assert "2 Ziele: 0 × Ziel, 0 × Muss, 1 × verfehlt, 1 × ohne Urteil" in closing(sections)
    assert "Verfehlt: OWA." in closing(sections)


@pytest.mark.parametrize(
    ("page", "command"),
    [
        (bench.DOCUMENT, bench.COMMAND),
        (api_bench.DOCUMENT, api_bench.COMMAND),
        (pages_bench.DOCUMENT, pages_bench.COMMAND),
        (holdout.PAGE, holdout.COMMAND),
    ],
)
def test_the_table_in_a_page_is_replaced_and_nothing_else(page: Path, command: str) -> None:
    document = page.read_text(encoding="utf-8")
    once = with_table(document, command, "first")
    assert f"{command} -->\nfirst\n{END}" in once
    assert with_table(once, command, "second") == with_table(document, command, "second")
    before, _, after = document.partition(f"<!-- table: written by {command} -->")
    assert once.startswith(before)
    assert once.endswith(after.partition(END)[2])


def test_a_page_without_a_place_is_refused() -> None:
    with pytest.raises(ValueError, match="no place"):
        with_table(f"# A\n{END}\n", "make x", "y")
    with pytest.raises(ValueError, match="no place"):
        with_table("# A\n<!-- table: written by make x -->\n", "make x", "y")
