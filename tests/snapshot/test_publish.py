"""Series become a release: every rule a reader relies on is checked, and the downloads say the same."""

from __future__ import annotations

import csv
import dataclasses
import io
import random

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.errors import ModelError
from forecast.export_files import EXPORT_COLUMNS, export_files, rows_as_csv
from forecast.publish import PublishedSeries, build_content, contain_point
from forecast.snapshot import (
    GRADES,
    STATISTICS,
    STATUSES,
    VALUE_STATUSES,
    Axes,
    open_snapshot,
    write_snapshot,
)
from tests.toy_snapshot import TRADES, toy_content

NAN = float("nan")
AXES = Axes(
    ("HWK-FF", "BB"), ("A-24", "A-25"), ("demand", "supply", "gap", "item_a", "item_b"), (2025, 2026, 2027)
)
DOCUMENTS = {
    "catalogue": {
        "scenario": "base",
        "trades": [
            {"code": "A-24", "name_de": "Installateur und Heizungsbauer"},
            {"code": "A-25", "name_de": '=HYPERLINK("x")'},
        ],
        "regions": [
            {"code": "HWK-FF", "name_de": "Frankfurt (Oder), Kammer", "level": "chamber_district"},
            {"code": "BB", "name_de": "-Brandenburg", "level": "land"},
        ],
        "measures": [{"code": code, "unit": "persons"} for code in AXES.measures],
        "items": [{"code": "item_a"}, {"code": "item_b"}],
        "notes": [{"de": "", "en": ""}, {"de": "geschätzt;\n„grob“", "en": ""}, {"de": "withheld", "en": ""}],
    },
    "derivations": {},
    "observations": {
        "columns": ["indicator", "value", "note"],
        "rows": [["new_contracts", -3, "@SUM(A1)"], ["rate", 0.25, "\t1"], ["x", None, "+49"],
                 ["y", 12.0, "a\rb"]],
    },
}  # fmt: skip
META = {"as_of": "2025-10-31"}


def cells(*values: float, width: float = 2) -> np.ndarray:
    """Rows (value, value ± 1, 2, 3 widths)."""
    spread = np.array([0, -1, 1, -2, 2, -3, 3]) * width
    return np.array(values, dtype=float)[:, None] + spread


def series(
    measure: str, *values: float, region: str = "HWK-FF", trade: str = "A-24", **more
) -> PublishedSeries:
    years = more.pop("years", (2025, 2026, 2027)[: len(values)])
    fields = {"statistics": cells(*values), "status": "forecast", "grade": "B", "note_index": 0} | more
    return PublishedSeries(region, trade, measure, years, **fields)


def account() -> list[PublishedSeries]:
    """demand 100, 103, 90; supply 93, 90, 95; gap 7, 13, −5 = item_a + item_b."""
    return [
        series("demand", 100, 103, 90),
        series("supply", 93, 90, 95),
        series("gap", 7, 13, -5),
        series("item_a", 9, 9, 2),
        series("item_b", -2, 4, -7),
    ]


def build(*given_series: PublishedSeries, axes: Axes = AXES, documents=DOCUMENTS):
    return build_content(axes, given_series or account(), documents, META)


def refused(*given_series: PublishedSeries, match: str) -> ModelError:
    with pytest.raises(ModelError, match=match) as caught:
        build(*given_series)
    return caught.value


def rows_of(series_of: PublishedSeries, **changes) -> PublishedSeries:
    return dataclasses.replace(series_of, **changes)


# --- filling ---------------------------------------------------------------------------------------------


def test_each_series_lands_in_its_place_and_the_rest_is_no_data() -> None:
    content = build(*account(), series("demand", 7, trade="A-25", region="BB", years=[2027], note_index=1))
    assert content.cube[0, 0, 2, :, 0].tolist() == [7, 13, -5]
    assert content.cube[0, 0, 2, 1].tolist() == [13, 11, 15, 9, 17, 7, 19]
    assert content.cube[1, 1, 0, 2, 0] == 7
    assert content.note[1, 1, 0].tolist() == [0, 0, 1]
    assert GRADES[content.grade[1, 1, 0, 2]] == "B"
    assert (content.status == STATUSES.index("forecast")).sum() == 16
    assert np.isnan(content.cube[content.status == 0]).all()
    assert (content.cube.dtype, content.status.dtype, content.note.dtype) == ("f4", "u1", "u2")


def test_years_may_come_in_any_order_and_words_per_year() -> None:
    one = series(
        "demand", 5, 3, years=np.array([2027, 2025]), status=["forecast", "suppressed"], grade=["A", ""],
        note_index=[0, 2], statistics=np.vstack([cells(5), np.full((1, 7), NAN)]),
    )  # fmt: skip
    content = build(one)
    assert [STATUSES[code] for code in content.status[0, 0, 0]] == ["suppressed", "no_data", "forecast"]
    assert content.cube[0, 0, 0, 2, 0] == 5
    assert content.note[0, 0, 0].tolist() == [2, 0, 0]


def test_an_observed_value_needs_no_range() -> None:
    bare = np.full((1, 7), NAN)
    bare[0, 0] = 4
    for status in VALUE_STATUSES[:-1]:
        assert build(series("demand", 4, statistics=bare, status=status)).cube[0, 0, 0, 0, 0] == 4
    refused(series("demand", 4, statistics=bare), match="Vorausberechnung fehlt die Bandbreite")


def toy_series() -> list[PublishedSeries]:
    """The toy release taken apart."""
    content = toy_content()
    result = []
    for r, region in enumerate(content.axes.regions):
        for t, trade in enumerate(content.axes.trades):
            for m, measure in enumerate(content.axes.measures):
                at = np.flatnonzero(content.status[r, t, m])
                if len(at):
                    result.append(PublishedSeries(
                        region, trade, measure, [content.axes.years[y] for y in at],
                        content.cube[r, t, m, at].astype(float),
                        [STATUSES[code] for code in content.status[r, t, m, at]],
                        [GRADES[code] for code in content.grade[r, t, m, at]], content.note[r, t, m, at],
                    ))  # fmt: skip
    return result


def test_shuffled_series_give_the_same_release(tmp_path) -> None:
    toy, parts = toy_content(), toy_series()
    ids = set()
    for turn in range(3):
        random.Random(turn).shuffle(parts)
        content = build_content(toy.axes, iter(parts), toy.documents, toy.meta)
        ids.add(write_snapshot(tmp_path, content))
    assert len(ids) == 1
    snapshot = open_snapshot(tmp_path)
    np.testing.assert_array_equal(snapshot.cube, toy.cube)
    np.testing.assert_array_equal(snapshot.grade, toy.grade)


# --- refusals --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [{"region": "XX"}, {"trade": "A-99"}, {"measure": "gaps"}, {"years": [2025, 2026, 2024]}],
)
def test_a_code_on_no_axis(changes) -> None:
    error = refused(rows_of(series("demand", 1, 2, 3), **changes), match="steht auf keiner Achse")
    assert "demand" in error.where or "gaps" in error.where


def test_a_cell_delivered_twice() -> None:
    refused(*account(), series("demand", 103, years=[2026]), match="doppelt")
    refused(series("demand", 1, 2, years=[2026, 2026]), match="doppelt")


@pytest.mark.parametrize("number", [np.inf, -np.inf])
@pytest.mark.parametrize("at", range(7))
def test_nothing_infinite(number, at) -> None:
    statistics = cells(5.0, 6.0)
    statistics[1, at] = number
    statistics[0, (at + 2) % 7] = number
    refused(series("demand", 5, 6, statistics=statistics), match="unendlich")


@pytest.mark.parametrize("status", STATUSES)
def test_a_value_stands_exactly_under_a_value_status(status) -> None:
    with_value = series("demand", 5, status=status)
    without = series("demand", 5, status=status, statistics=np.full((1, 7), NAN))
    wrong = without if status in VALUE_STATUSES else with_value
    refused(wrong, match="Wert fehlt oder steht ohne passenden Status")
    right = with_value if status in VALUE_STATUSES else without
    assert STATUSES[build(right).status[0, 0, 0, 0]] == status


@pytest.mark.parametrize("at", range(1, 7))
def test_a_range_is_whole_or_absent(at) -> None:
    statistics = cells(5.0)
    statistics[0, at] = NAN
    refused(series("demand", 5, statistics=statistics), match="nur zum Teil")
    alone = np.full((1, 7), NAN)
    alone[0, at] = 1
    refused(series("demand", 5, statistics=alone, status="suppressed"), match="Bandbreite steht ohne Wert")


@pytest.mark.parametrize(("first", "second"), [(0, 1), (0, 2), (1, 3), (3, 5), (2, 4), (4, 6)])
def test_ranges_are_nested_around_the_point(first, second) -> None:
    statistics = cells(5.0)
    statistics[0, [first, second]] = statistics[0, [second, first]]
    refused(series("demand", 5, statistics=statistics), match="nicht geordnet")
    statistics[0, first] = statistics[0, second] = 5.0
    if {first, second} <= {0, 1, 2}:
        assert build(series("demand", 5, statistics=statistics)).cube[0, 0, 0, 0, first] == 5


def test_a_whole_number_float32_cannot_hold_is_refused() -> None:
    assert build(series("demand", 2**24)).cube[0, 0, 0, 0, 0] == 2**24
    refused(series("demand", 2**24 + 1, statistics=cells(2**24 + 1, width=100)), match="zu groß")


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"status": "guess"}, "Unbekannte Angabe «guess»"),
        ({"grade": "E"}, "Unbekannte Angabe «E»"),
        ({"note_index": 3}, "Anmerkung"),
        ({"note_index": -1}, "Anmerkung"),
        ({"status": ["forecast"] * 2}, "passen nicht zur Zahl der Jahre"),
        ({"note_index": [0, 0]}, "passen nicht zur Zahl der Jahre"),
        ({"statistics": cells(1.0, 2.0)}, "falsche Form"),
        ({"statistics": cells(1.0, 2.0, 3.0)[:, :6]}, "falsche Form"),
    ],
)
def test_malformed_series(changes, match) -> None:
    refused(rows_of(series("demand", 1, 2, 3), **changes), match=match)


def test_the_gap_is_demand_less_supply() -> None:
    parts = account()
    parts[1] = series("supply", 93, 91, 95)
    error = refused(*parts, match="Bedarf − Angebot")
    assert error.rows == ("HWK-FF|A-24 2026: Lücke 13, Bedarf − Angebot 12",)


def test_the_items_sum_to_the_gap() -> None:
    parts = account()
    parts[3] = series("item_a", 9, 9, 3)
    error = refused(*parts, match="Summe der Beiträge")
    assert error.rows == ("HWK-FF|A-24 2027: Lücke -5, Summe der Beiträge -4",)


@pytest.mark.parametrize("missing", [0, 1, 3, 4])
def test_a_gap_without_its_parts_is_refused(missing) -> None:
    parts = account()
    del parts[missing]
    refused(*parts, match="Lücke stimmt nicht")


def test_parts_without_a_gap_are_fine() -> None:
    parts = account()
    del parts[2]
    assert np.isnan(build(*parts).cube[0, 0, 2]).all()


def test_half_persons_add_up_as_well() -> None:
    """Identities are exact for whole numbers and for halves alike; a third would not be representable."""
    assert build(
        series("demand", 10.5), series("supply", 9.25), series("gap", 1.25), series("item_a", 2.0),
        series("item_b", -0.75),
    ).cube[0, 0, 2, 0, 0] == 1.25  # fmt: skip


def test_at_most_five_places_are_shown() -> None:
    parts = [series("gap", 1, 2, 3, region=r, trade=t) for r in AXES.regions for t in AXES.trades]
    text = str(refused(*parts, match="Lücke"))
    assert text.count("Lücke ") == 5 + 1
    assert "7 weitere" in text


# --- contain_point ---------------------------------------------------------------------------------------

ROWS = st.lists(st.floats(-1e6, 1e6), min_size=7, max_size=7)


@settings(max_examples=60)
@given(ROWS)
def test_contained_ranges_are_nested_and_no_narrower(row) -> None:
    before = np.array(row)
    after = contain_point(before)
    by_name = dict(zip(STATISTICS, after, strict=True))
    chain = [
        by_name[name]
        for name in ("lower_95", "lower_80", "lower_50", "value", "upper_50", "upper_80", "upper_95")
    ]
    assert chain == sorted(chain)
    assert after[0] == before[0]
    assert (after[1::2] <= before[1::2]).all()
    assert (after[2::2] >= before[2::2]).all()
    np.testing.assert_array_equal(contain_point(after), after)


def test_a_row_without_ranges_stays_as_it_is() -> None:
    rows = np.array([[3.0, *[NAN] * 6], [NAN] * 7, [3.0, 4.0, 5.0, 3.5, 4.5, 0.0, 9.0]])
    np.testing.assert_array_equal(contain_point(rows)[:2], rows[:2])
    assert contain_point(rows)[2].tolist() == [3.0, 3.0, 5.0, 3.0, 5.0, 0.0, 9.0]


# --- files to download -----------------------------------------------------------------------------------


def test_the_csv_is_what_a_spreadsheet_and_pandas_expect() -> None:
    estimate = series("supply", 93, 90, status="estimated", note_index=1, years=[2026, 2025], region="BB")
    withheld = series(
        "demand",
        1,
        status="suppressed",
        statistics=np.full((1, 7), NAN),
        note_index=2,
        grade="",
        trade="A-25",
    )
    text = build(estimate, withheld).files["export/matrix.csv"].decode("utf-8")
    lines = text.split("\n")
    assert lines[0] == ",".join(EXPORT_COLUMNS)
    assert lines[1] == (
        'demand,persons,A-25,"\'=HYPERLINK(""x"")",HWK-FF,"Frankfurt (Oder), Kammer",chamber_district,'
        "2025,base,false,,,,,,,,suppressed,,withheld"
    )
    assert lines[2] == (
        "supply,persons,A-24,Installateur und Heizungsbauer,BB,'-Brandenburg,land,2025,base,"
        'false,90,88,92,86,94,84,96,estimated,B,"geschätzt;'
    )
    assert "\r" not in text
    assert text.endswith("\n")


def test_the_columns_are_those_announced() -> None:
    assert EXPORT_COLUMNS == (
        "measure", "unit", "trade_code", "trade_label", "region_code", "region_label", "region_level", "year",
        "scenario", "is_forecast", "value", "lower_50", "upper_50", "lower_80", "upper_80", "lower_95",
        "upper_95", "status", "grade", "note",
    )  # fmt: skip


@pytest.fixture(scope="module")
def exports():
    toy = toy_content()
    return toy, export_files(toy)


def frame_checks(frame: pd.DataFrame, toy) -> None:
    region, trade, measure, year = (
        np.array([codes.index(code) for code in frame[column]])
        for column, codes in (
            ("region_code", toy.axes.regions), ("trade_code", toy.axes.trades),
            ("measure", toy.axes.measures),
            ("year", toy.axes.years),
        )
    )  # fmt: skip
    assert len(frame) == (toy.status != 0).sum()
    cube = toy.cube[region, trade, measure, year]
    np.testing.assert_array_equal(frame[list(STATISTICS)].to_numpy(dtype="f4"), cube)
    assert [STATUSES.index(name) for name in frame["status"]] == toy.status[
        region, trade, measure, year
    ].tolist()
    assert (frame["is_forecast"] == (frame["status"] == "forecast")).all()
    assert set(frame["trade_code"]) == set(TRADES) - {"A-27"}


def test_the_csv_gives_back_the_cube(exports) -> None:
    toy, files = exports
    frame_checks(pd.read_csv(io.BytesIO(files["export/matrix.csv"]), keep_default_na=True), toy)


def test_the_parquet_gives_back_the_cube_with_codes_as_text(exports) -> None:
    toy, files = exports
    table = pq.read_table(io.BytesIO(files["export/matrix.parquet"]))
    assert table.column_names == list(EXPORT_COLUMNS)
    types = {field.name: field.type for field in table.schema}
    assert {types[name] for name in ("trade_code", "region_code", "measure", "status", "grade", "note")} == {
        pa.string()
    }
    assert {types[name] for name in STATISTICS} == {pa.float32()}
    assert (types["year"], types["is_forecast"]) == (pa.int32(), pa.bool_())
    assert table["value"].null_count == sum(
        s in {"suppressed", "not_reachable"} for s in table["status"].to_pylist()
    )
    group = pq.ParquetFile(io.BytesIO(files["export/matrix.parquet"])).metadata.row_group(0)
    assert group.column(0).compression == "ZSTD"
    frame_checks(table.to_pandas(), toy)


VALUES = st.text("a,;\"'\n =+-@\t€") | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False)


@given(st.lists(st.lists(VALUES, min_size=2, max_size=2)))
def test_any_rows_are_written_as_the_csv_library_would(rows: list[list[object]]) -> None:
    def shown(value: object) -> str:
        if isinstance(value, str):
            return f"'{value}" if value.startswith(tuple("=+-@\t")) else value
        if value is None or isinstance(value, bool):
            return {None: "", True: "true", False: "false"}[value]
        return np.format_float_positional(value, trim="-") if isinstance(value, float) else str(value)

    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([["a,b", "c"], *([shown(value) for value in row] for row in rows)])
    assert rows_as_csv(["a,b", "c"], rows).decode() == text.getvalue()


def test_exports_are_the_same_bytes_each_time(exports) -> None:
    toy, files = exports
    assert export_files(toy) == files


def test_observations_are_exported_with_formulas_disarmed_and_numbers_left_alone() -> None:
    text = build().files["export/observations.csv"].decode()
    assert text == (
        "indicator,value,note\n"
        "new_contracts,-3,'@SUM(A1)\n"
        "rate,0.25,'\t1\n"
        "x,,'+49\n"
        'y,12,"a\nb"\n'
    )  # fmt: skip


def test_a_label_missing_in_the_catalogue_is_named() -> None:
    catalogue = DOCUMENTS["catalogue"] | {"trades": DOCUMENTS["catalogue"]["trades"][:1]}
    with pytest.raises(ModelError, match="«A-25»"):
        build(documents=DOCUMENTS | {"catalogue": catalogue})


def test_the_reason_of_a_missing_value_stands_where_no_series_speaks() -> None:
    reasons = np.full(AXES.shape[:-1], 2, dtype=np.uint16)
    content = build_content(AXES, account(), DOCUMENTS, META, reasons=reasons)
    spoken = content.status != STATUSES.index("no_data")
    assert spoken.any()
    assert set(content.note[spoken].tolist()) == {0}
    assert set(content.note[~spoken].tolist()) == {2}


@pytest.mark.parametrize(
    "wrong", [np.zeros((1, 1, 1, 1), np.uint16), np.full(AXES.shape[:-1], 999, np.uint16)]
)
def test_reasons_that_fit_no_cell_or_name_no_note_are_refused(wrong) -> None:
    with pytest.raises(ModelError, match="Gründe"):
        build_content(AXES, account(), DOCUMENTS, META, reasons=wrong)
