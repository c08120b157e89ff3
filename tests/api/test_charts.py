"""Charts say in words what they draw, and draw nothing that is not in the data."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.pages import charts
from api.pages.chart_data import own_scale
from api.pages.charts import Bar, Dot, Point
from api.pages.drawing import WIDTH, Scale, length, ticks
from api.pages.past_chart import Said, said_and_came
from api.pages.texts import load
from api.paper.sheet import alone

WORDS = {"lang": "de", "words": load("de"), "unit": "Personen"}
SERIES = [
    Point(2023, 40),
    Point(2024, None),
    Point(2025, 50, 45, 55, 40, 62),
    Point(2026, 60, 50, 70, 30, 90, ahead=True),
    Point(2027, 75, 60, 95, 20, 140, ahead=True),
]


def parsed(chart: str) -> ET.Element:
    """The chart as a tree; fails where it is not well-formed."""
    return ET.fromstring(chart)  # noqa: S314 - made by our own code a moment ago


def words(tree: ET.Element, kind: str | None = None) -> list[str]:
    """Texts of a chart."""
    return [e.text or "" for e in tree.iter("text") if kind is None or e.get("class") == kind]


def test_a_fan_ends_in_its_last_number_and_range() -> None:
    tree = parsed(charts.fan(SERIES, key="f", title="Eine Lücke", signed=True, **WORDS))
    assert tree.findtext("title") == "Eine Lücke"
    assert tree.findtext("desc") == (
        "Liniendiagramm von 2023 bis 2027, in Personen. Bisher bekannt, 2025: +50. Prognose für 2027: +75. "
        "50-%-Bereich: +60\u00a0bis\u00a0+95. 80-%-Bereich: +20\u00a0bis\u00a0+140."
    )
    assert "+75" in words(tree, "strong")
    assert {"+20", "+140"} <= set(words(tree, "muted"))
    assert [p.get("class") for p in tree.iter("path")] == ["band80", "band50", "ahead", "ahead"]
    years = [p.get("d") for p in tree.iter("path") if p.get("class") == "ahead"]
    assert len(years) == 2  # 2023 and 2025 are not joined across the missing year
    assert len(list(tree.iter("circle"))) == 3  # two known years and the end


def test_a_chart_without_numbers_says_so() -> None:
    tree = parsed(charts.fan([Point(2025, None)], key="f", title="Nichts", **WORDS))
    assert tree.findtext("desc") == "Für dieses Diagramm gibt es keine Zahlen."
    assert words(tree) == ["Für dieses Diagramm gibt es keine Zahlen."]


def test_same_scales_come_from_all_series() -> None:
    other = [Point(2025, -7, None, None, -30, 5)]
    assert charts.common_scale([SERIES, other]) == (-30, 140)
    assert charts.common_scale([[Point(2025, None)]]) is None
    assert own_scale([Point(2025, 0.9, None, None, 0.8, 1.1)]) == (0.8, 1.1)  # a ratio without its zero
    small = charts.fan(other, key="s", title="x", scale=(-30, 140), small=True, **WORDS)
    assert {"−100", "200"} <= set(words(parsed(small), "muted"))


def test_a_waterfall_hangs_together() -> None:
    items = [Bar("Abgänge", 30), Bar("Zugänge", -45), Bar("Wachstum", 5)]
    tree = parsed(charts.waterfall(None, items, Bar("Lücke", -10, -25, 4), key="w", title="Warum", **WORDS))
    bars = list(tree.iter("rect"))
    ends = [(float(r.get("x")), float(r.get("x")) + float(r.get("width"))) for r in bars]
    assert [r.get("class") for r in bars] == ["bar up", "bar down", "bar up", "bar total"]
    zero = Scale(-25, 30, 6, WIDTH - 6).at(0)
    assert ends[0][0] == pytest.approx(zero, abs=0.1)
    assert ends[1][1] == pytest.approx(ends[0][1], abs=0.2)  # goes back from where the first one ended
    assert ends[2][0] == pytest.approx(ends[1][0], abs=0.2)
    assert ends[3][0] == pytest.approx(ends[2][1], abs=0.2)  # and the total ends there
    assert words(tree, "strong") == ["+30", "−45", "+5", "−10 (−25\u00a0bis\u00a0+4)"]
    assert "Zusammen: −10" in (tree.findtext("desc") or "")


def test_a_list_of_dots_keeps_rows_without_a_number() -> None:
    rows = [Dot("A", 12, 3, 20), Dot("B", None, note="geheim"), Dot("C", 0, None, None)]
    tree = parsed(charts.dots(rows, key="d", title="Liste", **WORDS))
    assert words(tree, "name") == ["A", "B", "C"]
    assert words(tree, "muted") == ["geheim"]
    assert len(list(tree.iter("circle"))) == 2
    assert "A: 12 (3\u00a0bis\u00a020); B: geheim; C: 0" in (tree.findtext("desc") or "")


def test_labels_are_escaped_and_shortened_before_they_meet_the_number() -> None:
    tree = parsed(charts.bars([Bar("<b>" + "x" * 200, 1234567)], key="b", title="<i>", **WORDS))
    assert tree.findtext("title") == "<i>"
    (name,) = words(tree, "name")
    assert name.startswith("<b>x")
    assert name.endswith("…")
    assert words(tree, "strong") == ["1.234.567"]


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_ticks_cover_the_range_in_equal_steps(low: float, extent: float) -> None:
    found = ticks(low, low + extent)
    assert len(found) >= 2
    tolerance = max(abs(low), extent, 1) * 1e-6
    assert found[0] <= low + tolerance
    assert found[-1] >= low + extent - tolerance
    steps = {round(after - before, 6) for before, after in pairwise(found)}
    assert max(steps) - min(steps) <= tolerance
    assert len(found) <= 8


@given(st.floats(-1e5, 1e5))
def test_coordinates_are_short_and_near(value: float) -> None:
    assert float(length(value)) == pytest.approx(value, abs=0.051)


def test_a_long_row_leaves_its_range_to_the_whisker_on_a_telephone() -> None:
    long = "Land- und Baumaschinenmechatroniker"
    rows = [Dot("Maurer", 219, 41, 416), Dot(long, 112, 10, 126), Dot("x" * 60, 1234, 1000, 2000)]
    tree = parsed(charts.dots(rows, key="d", title="Liste", **WORDS))
    names, strong = words(tree, "name"), [e for e in tree.iter("text") if e.get("class") == "strong"]
    assert ["".join(e.itertext()) for e in strong] == [
        "219 (41\u00a0bis\u00a0416)", "112 (10\u00a0bis\u00a0126)", "1.234 (1.000\u00a0bis\u00a02.000)",
    ]  # fmt: skip
    assert [[t.get("class") for t in e.iter("tspan")] for e in strong] == [[], ["reach"], ["reach"]]
    assert names[:2] == ["Maurer", long]
    assert names[2].endswith("…")


def test_paper_knows_every_shape_of_a_chart() -> None:
    drawn = [
        charts.fan(SERIES, key="f", title="t", **WORDS),
        charts.waterfall(None, [Bar("a", 3), Bar("b", -5)], Bar("c", -2, -4, 1), key="w", title="t", **WORDS),
        charts.dots([Dot("A", 1, 0, 2)], key="d", title="t", **WORDS),
        charts.bars([Bar("A", 1, 0, 2)], key="b", title="t", **WORDS),
        said_and_came([Said(2023, 2020, 5, 1, 9, 7)], key="s", title="t", **WORDS),
    ]
    used = {
        kind
        for chart in drawn
        for shape in parsed(chart).iter()
        if shape.tag in {"path", "line", "circle", "rect"}
        for kind in (shape.get("class") or "").split()
    }
    styled = set(re.findall(r"\.([\w-]+) (?:\{|,)", alone(drawn[0])))
    assert used - {"bar", "chart"} <= styled
