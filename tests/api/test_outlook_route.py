"""Outlook for someone who starts today: start, examination, class, how likely each class is, per record."""

from __future__ import annotations

import io
import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pytest
from jsonstat_validator import validate_jsonstat

from forecast.snapshot import STATUSES, SnapshotContent, write_snapshot
from tests.toy_snapshot import YEARS, toy_content

CLASSES = ("very_good", "good", "fair", "moderate", "bad")
LIMITS = (0.85, 1.0, 1.05, 1.15)
SHARES = (0.31, 0.58, 0.02, 0.05, 0.04)
HIDDEN = 2032
URL = "/api/v1/outlook?trade=A-24,A-20&region=HWK-FF"


def outlook_content() -> SnapshotContent:
    """The toy release with the outlook of A-24: started 2026, 2028, 2029; that of 2028 may not be shown."""
    toy = toy_content()
    axes = replace(toy.axes, measures=(*toy.axes.measures, "outlook_ratio"))
    shape = (*toy.cube.shape[:2], 1, *toy.cube.shape[3:])
    cube = np.full(shape, np.nan, np.float32)
    status = np.zeros(shape[:-1], np.uint8)
    here = (axes.regions.index("HWK-FF"), axes.trades.index("A-24"), 0)
    for year in YEARS:
        if year < 2026:
            continue
        at = (*here, axes.years.index(year))
        numbers = (0.93, 0.88, 0.97, 0.84, 1.01, 0.8, 1.1)
        cube[at] = np.float32(np.array(numbers) + (year - 2030) / 100)
        status[at] = STATUSES.index("forecast")
    at = (*here, axes.years.index(HIDDEN))
    status[at] = STATUSES.index("suppressed")
    cube[at] = np.nan
    catalogue = dict(toy.documents["catalogue"])
    measure = {"code": "outlook_ratio", "name_de": "Angebot je Bedarf", "name_en": "Supply per demand",
               "unit": "ratio", "kind": "rate", "role": "model", "definition": "Angebot durch Bedarf.",
               "definition_en": "Supply by demand.", "topics": ["outlook"], "decimals": 2}  # fmt: skip
    catalogue["measures"] = [*catalogue["measures"], measure]
    plan = dict(toy.documents["training_plan"])
    head = ("A-24", "HWK-FF")
    plan["rows"] = [
        [*head, start, "outlook", code, "probability", share, None, None, "forecast", "C", "", 1]
        for start in (2026, 2028, 2029)
        for code, share in zip(CLASSES, SHARES, strict=True)
    ]
    plan["outlook_classes"] = [
        {"code": code, "above": low, "up_to": high}
        for code, low, high in zip(CLASSES, (None, *LIMITS), (*LIMITS, None), strict=True)
    ]
    plan["training_lags"] = {"A-24": 4}
    zeros = np.zeros(shape[:-1], toy.note.dtype)
    return replace(
        toy, axes=axes, cube=np.concatenate([toy.cube, cube], axis=2),
        status=np.concatenate([toy.status, status], axis=2),
        grade=np.concatenate([toy.grade, np.zeros(shape[:-1], toy.grade.dtype)], axis=2),
        note=np.concatenate([toy.note, zeros], axis=2),
        documents={**toy.documents, "catalogue": catalogue, "training_plan": plan},
    )  # fmt: skip


@pytest.fixture(scope="module")
def starting(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from api.app import create_app
    from api.service import Settings
    from tests.api.conftest import Client

    root = tmp_path_factory.mktemp("outlook") / "snapshots"
    write_snapshot(root, outlook_content())
    return Client(create_app(Settings(root, refresh_seconds=0, requests_per_minute=0)))


def row(rows: list[dict[str, Any]], year: int) -> dict[str, Any]:
    return next(one for one in rows if one["trade_code"] == "A-24" and one["year"] == year)


def test_a_record_says_when_one_starts_and_finishes_and_how_likely_each_class_is(starting) -> None:
    rows = starting.data(URL)["data"]
    one = row(rows, 2030)
    assert (one["start_year"], one["finish_year"]) == (2026, 2030)
    assert (one["outlook_class"], one["outlook_class_label"]) == ("good", "gut")
    assert (one["outlook_class_best"], one["outlook_class_worst"]) == ("very_good", "fair")  # 0.84 to 1.01
    assert [one[f"probability_{code}"] for code in CLASSES] == list(SHARES)
    assert (one["value"], one["lower_80"], one["upper_80"]) == (0.93, 0.84, 1.01)
    assert row(starting.data(f"{URL}&lang=en")["data"], 2030)["outlook_class_label"] == "good"


def test_a_year_in_which_no_starter_of_the_forecast_finishes_has_a_class_but_no_start(starting) -> None:
    one = row(starting.data(URL)["data"], 2027)
    assert (one["start_year"], one["finish_year"], one["probability_good"]) == (None, None, None)
    assert one["outlook_class"] == "good"
    other = next(each for each in starting.data(URL)["data"] if each["trade_code"] == "A-20")
    assert {other[name] for name in ("start_year", "outlook_class", "probability_bad")} == {None}


def test_a_withheld_number_takes_class_and_probabilities_with_it(starting) -> None:
    one = row(starting.data(URL)["data"], HIDDEN)
    assert (one["status"], one["value"]) == ("suppressed", None)
    assert {value for name, value in one.items() if name.startswith(("outlook", "probability", "start"))} == {
        None
    }
    dense = orjson.loads(starting.get(f"{URL}&year={HIDDEN}&format=json-stat").content)
    assert set(dense["value"]) == {None}
    assert set(dense["extension"]["outlook_class"] + dense["extension"]["outlook_class_worst"]) == {None}
    flat = starting.get(f"{URL}&year={HIDDEN}&format=sdmx-csv").text
    assert "good" not in flat
    assert "fair" not in flat


@pytest.mark.parametrize("form", ["csv", "csv-de", "ndjson", "parquet", "xlsx"])
def test_every_flat_format_holds_the_same_columns_and_values(starting, form: str) -> None:
    want = starting.data(URL)["data"]
    body = starting.get(f"{URL}&format={form}").content
    dtype = {"start_year": "Int64", "finish_year": "Int64"}
    if form == "ndjson":
        assert [orjson.loads(line) for line in body.splitlines()] == want
        return
    if form == "parquet":
        got = pd.read_parquet(io.BytesIO(body))
    elif form == "xlsx":
        got = pd.read_excel(io.BytesIO(body), engine="calamine")
    else:
        plain = form == "csv"
        got = pd.read_csv(io.BytesIO(body), sep="," if plain else ";", decimal="." if plain else ",",
                          encoding="utf-8-sig", dtype=dtype)  # fmt: skip
    assert list(got.columns) == list(want[0])
    for name in ("start_year", "outlook_class", "outlook_class_worst", "probability_very_good"):
        found = [None if pd.isna(value) else value for value in got[name]]
        expected = [one[name] for one in want]
        if isinstance(expected[5], str):
            assert found == expected, name
        else:
            assert [x if x is None else round(float(x), 4) for x in found] == expected, name


def test_statistical_formats_hold_start_and_probabilities_as_statistics(starting) -> None:
    dense = orjson.loads(starting.get(f"{URL}&year=2030&format=json-stat").content)
    names = dense["dimension"]["statistic"]["category"]["index"]
    assert names[-6:] == ["start_year", *(f"probability_{code}" for code in CLASSES)]
    assert dense["size"][-1] == len(names)
    first = dict(zip(names, dense["value"][-len(names) :], strict=True))
    trades = dense["dimension"]["trade"]["category"]["index"]
    if trades[-1] != "A-24":
        first = dict(zip(names, dense["value"][: len(names)], strict=True))
    assert (first["start_year"], first["probability_good"], first["lower_80"]) == (2026, 0.58, 0.84)
    lines = starting.get(f"{URL}&year=2030&format=sdmx-csv").text.splitlines()
    found = {line.split(",")[6]: line.split(",")[8] for line in lines[1:] if ",A-24," in line}
    assert (found["start_year"], found["probability_very_good"]) == ("2026", "0.31")


def test_json_stat_names_the_class_of_every_cell_and_says_where_it_ends(starting) -> None:
    rows = {(one["trade_code"], one["year"]): one for one in starting.data(URL)["data"]}
    dense = orjson.loads(starting.get(f"{URL}&format=json-stat").content)
    assert validate_jsonstat(dense)
    categories = [dense["dimension"][name]["category"]["index"] for name in dense["id"]]
    cells = list(itertools.product(*categories[:-1]))
    for name in ("outlook_class", "outlook_class_best", "outlook_class_worst"):
        found = dense["extension"][name]
        assert len(found) == len(cells) == len(dense["value"]) // len(categories[-1])
        for (_, trade, _, year), code in zip(cells, found, strict=True):
            assert code == rows[trade, int(year)][name]
    assert set(dense["extension"]["outlook_class"]) >= {"good", None}
    classes = dense["extension"]["outlook_classes"]
    assert [one["code"] for one in classes] == list(CLASSES)
    assert [one["up_to"] for one in classes] == [*LIMITS, None]
    assert classes[1] == {"code": "good", "label": "gut", "above": 0.85, "up_to": 1.0}
    notes = dense["dimension"]["statistic"]["category"]["note"]
    assert notes["probability_good"] == ["gut: Angebot je Bedarf über 0,85 bis 1,00"]
    assert len(notes["value"]) == len(CLASSES)
    plain = starting.data("/api/v1/matrix?region=HWK-FF&year=2030&measure=outlook_ratio&format=json-stat")
    assert "outlook_class" not in plain["extension"]


def test_sdmx_csv_has_the_classes_as_attributes(starting) -> None:
    rows = {(one["trade_code"], one["year"]): one for one in starting.data(URL)["data"]}
    frame = pd.read_csv(
        io.BytesIO(starting.get(f"{URL}&format=sdmx-csv").content), dtype=str, keep_default_na=False
    )
    assert set(frame["DATAFLOW"]) == {"FACHKRAEFTEMATRIX:OUTLOOK(1.0)"}
    for line in frame.itertuples():
        record = rows[line.TRADE, int(line.TIME_PERIOD)]
        for name in ("outlook_class", "outlook_class_best", "outlook_class_worst"):
            assert getattr(line, name.upper()) == (record[name] or "")
    assert set(frame["OUTLOOK_CLASS"]) >= {"good", ""}
    other = starting.get("/api/v1/matrix?region=HWK-FF&year=2030&format=sdmx-csv").text
    assert "OUTLOOK_CLASS" not in other.splitlines()[0]


def test_the_classes_are_a_code_list(starting, client) -> None:
    found = starting.data("/api/v1/codelists/outlook_classes?lang=en")
    assert [one["code"] for one in found["values"]] == list(CLASSES)
    assert found["values"][-1]["notes"][0]["text"] == "bad: supply per demand above 1.15"
    assert "outlook_classes" in [one["id"] for one in starting.data("/api/v1/codelists")["codelists"]]
    about = starting.data("/api/v1/tables/outlook/metadata")
    assert [one["code"] for one in about["extension"]["outlook_classes"]] == list(CLASSES)
    assert client.get("/api/v1/codelists/outlook_classes").status_code == 404  # a release without them


def test_the_table_of_the_statistical_face_describes_and_holds_them(starting) -> None:
    about = starting.data("/api/v1/tables/outlook/metadata")
    assert "probability_bad" in about["dimension"]["statistic"]["category"]["index"]
    url = "/api/v1/tables/outlook/data?valueCodes[trade]=A-24&valueCodes[year]=2030"
    one = starting.data(f"{url}&valueCodes[statistic]=value,probability_bad")
    assert one["value"] == [0.93, 0.04]
    assert "start_year" not in starting.data("/api/v1/tables/matrix/metadata")["dimension"]["statistic"][
        "category"
    ]["index"]  # fmt: skip
    assert (
        starting.get(f"{url.replace('outlook', 'matrix')}&valueCodes[statistic]=start_year").status_code
        == 422
    )


def test_columns_of_the_outlook_are_chosen_by_name_and_known_nowhere_else(starting) -> None:
    asked = starting.data(f"{URL}&year=2030&columns=trade_code,start_year,probability_bad")["data"]
    assert {"trade_code": "A-24", "start_year": 2026, "probability_bad": 0.04} in asked
    assert set(starting.data(f"{URL}&columns=*")["data"][0]) > {"start_year", "time"}
    refused = starting.get("/api/v1/matrix?region=HWK-FF&year=2030&columns=start_year")
    assert refused.status_code == 422
    assert "start_year" not in starting.data("/api/v1/matrix?region=HWK-FF&year=2030&measure=outlook_ratio")[
        "data"
    ][0]  # fmt: skip
    long = starting.data(f"{URL}&year=2030&trade=A-24&layout=long")["data"]
    assert {one["probability_good"] for one in long if one["trade_code"] == "A-24"} == {0.58}
    codes = starting.data(f"{URL}&year=2030&labels=code")["data"][0]
    assert "outlook_class" in codes
    assert "outlook_class_label" not in codes
    spread = starting.data(f"{URL}&layout=columns")["data"]
    assert len(spread["probability_bad"]) == len(spread["year"]) == len(spread["start_year"])


def test_a_release_without_lags_shows_the_ratio_alone(tmp_path, serve) -> None:
    content = outlook_content()
    plan = {
        name: value for name, value in content.documents["training_plan"].items() if name != "training_lags"
    }
    root = tmp_path / "snapshots"
    write_snapshot(root, replace(content, documents={**content.documents, "training_plan": plan}))
    one = row(serve(root).data(URL)["data"], 2030)
    assert (one["value"], one["outlook_class"], one["start_year"]) == (0.93, "good", None)
    assert one["probability_good"] is None


@pytest.mark.parametrize("name", ["outputFormat", "format"])
def test_a_table_comes_as_a_figure(starting, name: str) -> None:
    url = "/api/v1/tables/matrix/data?valueCodes[trade]=A-24&valueCodes[measure]=gap&valueCodes[year]=*"
    shown = starting.get(f"{url}&valueCodes[statistic]=value,lower_80,upper_80&{name}=plotly")
    assert shown.headers["content-type"] == "application/vnd.plotly.v1+json"
    series = starting.get(
        "/api/v1/series?trade=A-24&region=HWK-FF&measure=gap&quantiles=80&format=plotly"
    ).json()
    assert shown.json()["data"] == series["data"]
    assert starting.get(f"{url}&format=plotly&outputFormat=csv").status_code == 422
    assert starting.get(f"{url}&format=csv").text.startswith("snapshot_id,")
    assert starting.get("/api/v1/tables/matrix/data?valueCodes[year]=*&format=plotly").status_code == 413


def test_the_example_in_the_description_has_the_columns_of_the_answer(starting) -> None:
    operation = starting.data("/api/v1/openapi.json")["paths"]["/api/v1/outlook"]["get"]
    example = operation["responses"]["200"]["content"]["application/json"]["example"]["data"][0]
    assert list(example) == list(starting.data(URL)["data"][0])
    assert sum(example[f"probability_{code}"] for code in CLASSES) == pytest.approx(1)


def test_whoever_starts_in_a_year_finds_the_year_of_the_examination(starting) -> None:
    asked = "/api/v1/outlook?region=*&start_year=2026"
    found = starting.data(asked)
    assert [(one["trade_code"], one["region_code"], one["year"]) for one in found["data"]] == [
        ("A-24", region, 2030) for region in dict.fromkeys(one["region_code"] for one in found["data"])
    ]
    assert found["meta"]["total"] == found["meta"]["returned"] == len(found["data"]) == 3
    here = next(one for one in found["data"] if one["region_code"] == "HWK-FF")
    assert here == row(starting.data(URL)["data"], 2030)
    assert "start_year=2026" in found["links"]["self"]
    several = starting.data(f"{URL}&start_year=2028..2029,2026")["data"]
    assert [one["year"] for one in several] == [2030, 2032, 2033]
    assert starting.data(f"{URL}&start_year=2026&year=2031")["data"] == []
    assert starting.data("/api/v1/outlook?trade=A-20&start_year=2026")["data"] == []  # its lag is not told


def test_starters_come_in_pages_and_in_every_form_that_has_rows(starting) -> None:
    asked = "/api/v1/outlook?region=*&start_year=2026..2027"
    whole = starting.data(asked)["data"]
    first = starting.data(f"{asked}&limit=4")
    second = starting.data(first["links"]["next"])
    assert first["data"] + second["data"] == whole
    assert "next" not in second["links"]
    plain = pd.read_csv(io.BytesIO(starting.get(f"{asked}&format=csv").content))
    assert plain["year"].tolist() == [one["year"] for one in whole]
    typed = pd.read_parquet(io.BytesIO(starting.get(f"{asked}&format=parquet").content))
    assert typed["start_year"].isna().tolist() == [one["start_year"] is None for one in whole]
    book = pd.read_excel(io.BytesIO(starting.get(f"{asked}&format=xlsx").content), engine="calamine")
    assert book["year"].tolist() == plain["year"].tolist()
    for form in ("json-stat", "plotly"):
        refused = starting.get(f"{asked}&format={form}")
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["parameter"] == "start_year"
    assert starting.get("/api/v1/outlook?start_year=1900").status_code == 422
    assert starting.get("/api/v1/courses?start_year=2026").status_code == 422
