"""Answers «what if» in every format, each read by a real reader: the records of the JSON, nothing else."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import orjson
import pandas as pd
import pyarrow.parquet as pq
import pytest
from jsonstat_validator import validate_jsonstat
from python_calamine import CalamineWorkbook

from api.app import create_app
from api.columns import COLUMNS, INFO, OBS_STATUS
from api.service import Settings
from api.what_if_formats import FORMS
from forecast.snapshot import STATISTICS
from tests.api import duckdb_reader
from tests.api.conftest import Client
from tests.toy_accounts import write_toy_with_accounts

ADDRESS = "/api/v1/scenarios"
BODY = {
    "levers": [{"kind": "contracts", "from_year": 2027, "change": {"value": 0.2, "low": 0.1, "high": 0.3}}],
    "regions": ["HWK-FF"],
    "years": [2027, 2030, 2035],
    "measures": ["gap", "training_need"],
}
TEXTS = {name: str for name in COLUMNS if INFO[name].kind == "text"}


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory, data_root: Path) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("formats") / "snapshots"
    write_toy_with_accounts(folder, data_root)
    client = Client(create_app(Settings(folder, refresh_seconds=0, requests_per_minute=0)))
    yield client
    for end in client.service.at_end:
        end()


@pytest.fixture(scope="module")
def found(asked: Client) -> dict:
    answer = asked.request("POST", ADDRESS, json=BODY)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert {row["scenario"] for row in body["data"]} == {"base", "what-if", "difference"}
    assert None in {row["value"] for row in body["data"]}
    return body


def content(asked: Client, found: dict, form: str) -> bytes:
    """The bytes at the shared address; the POST gives the same ones."""
    shared = asked.get(f"{found['links']['self']}?format={form}")
    assert shared.status_code == 200, shared.text
    posted = asked.request("POST", f"{ADDRESS}?format={form}", json=BODY)
    assert posted.content == shared.content
    assert posted.headers["content-location"] == f"{found['links']['self']}?format={form}"
    assert posted.headers["content-type"] == shared.headers["content-type"] != "application/json"
    assert "immutable" in shared.headers["cache-control"]
    return shared.content


def same(frame: pd.DataFrame, rows: list[dict]) -> None:
    assert list(frame.columns) == list(COLUMNS)
    assert len(frame) == len(rows)
    for name in COLUMNS:
        for read, row in zip(frame[name].tolist(), rows, strict=True):
            if row[name] is None:
                assert pd.isna(read) or read == "", name
            else:
                assert read == row[name], name


def test_both_spellings_of_csv(asked: Client, found: dict) -> None:
    plain = content(asked, found, "csv")
    same(pd.read_csv(io.BytesIO(plain), dtype=TEXTS, keep_default_na=False, na_values=[""]), found["data"])
    german = content(asked, found, "csv-de")
    same(
        pd.read_csv(io.BytesIO(german), sep=";", decimal=",", encoding="utf-8-sig", dtype=TEXTS,
                    keep_default_na=False, na_values=[""]),
        found["data"],
    )  # fmt: skip


def test_one_record_a_line(asked: Client, found: dict) -> None:
    assert [orjson.loads(line) for line in content(asked, found, "ndjson").splitlines()] == found["data"]


def test_a_workbook_says_which_levers(asked: Client, found: dict) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content(asked, found, "xlsx")))
    head, *lines = book.get_sheet_by_index(0).to_python()
    same(pd.DataFrame(lines, columns=head), found["data"])
    notes = [" ".join(map(str, row)) for row in book.get_sheet_by_index(1).to_python()]
    lever = found["meta"]["what_if"]["levers"][0]["text"]
    assert any(lever in line for line in notes)
    assert any(found["meta"]["snapshot_id"] in line for line in notes)


def test_parquet_goes_below_a_file_of_the_matrix(asked: Client, found: dict, tmp_path: Path) -> None:
    """The same columns of the same types: one can be put under the other without a cast."""
    mine, matrix = tmp_path / "what_if.parquet", tmp_path / "matrix.parquet"
    mine.write_bytes(content(asked, found, "parquet"))
    matrix.write_bytes(asked.get("/api/v1/matrix.parquet?region=HWK-FF&year=2030").content)
    same(pd.read_parquet(mine), found["data"])
    types = {field.name: field.type for field in pq.read_schema(mine)}
    assert types == {field.name: field.type for field in pq.read_schema(matrix)}
    both = "SELECT scenario, count(*) FROM read_parquet([?, ?]) GROUP BY 1 ORDER BY 1"
    names = [row[0] for row in duckdb_reader.rows(both, str(mine), str(matrix))]
    assert names == ["base", "difference", "what-if"]


def test_a_cube_with_the_scenario_as_a_dimension(asked: Client, found: dict) -> None:
    cube = orjson.loads(content(asked, found, "json-stat"))
    validate_jsonstat(cube)
    assert cube["id"] == ["region", "trade", "measure", "scenario", "year", "statistic"]
    index = {name: {code: at for at, code in enumerate(cube["dimension"][name]["category"]["index"])}
             for name in cube["id"]}  # fmt: skip
    columns = ("region_code", "trade_code", "measure", "scenario", "year")
    assert len(cube["value"]) == len(found["data"]) * len(STATISTICS)
    for row in found["data"]:
        at = 0
        for name, column, size in zip(cube["id"], columns, cube["size"], strict=False):
            at = at * size + index[name][str(row[column])]
        shown = cube["value"][at * len(STATISTICS) : (at + 1) * len(STATISTICS)]
        assert shown == [row[name] for name in STATISTICS]
        assert cube["status"][at * len(STATISTICS)] == row["status"]
    assert set(cube["dimension"]["scenario"]["category"]["label"]) == {"base", "what-if", "difference"}


def test_one_observation_a_line(asked: Client, found: dict) -> None:
    frame = pd.read_csv(io.BytesIO(content(asked, found, "sdmx-csv")), dtype={"TRADE": str, "REF_AREA": str})
    values = frame[frame["STATISTIC"] == "value"]
    assert values["SCENARIO"].tolist() == [row["scenario"] for row in found["data"]]
    assert values["OBS_STATUS"].tolist() == [OBS_STATUS[row["status"]] for row in found["data"]]
    read = [None if pd.isna(value) else value for value in values["OBS_VALUE"]]
    assert read == [row["value"] for row in found["data"]]
    bounds = sum(row[name] is not None for row in found["data"] for name in STATISTICS[1:])
    assert len(frame) == len(found["data"]) + bounds


def test_shipped_scenarios_and_headers_choose_formats_too(asked: Client, found: dict) -> None:
    by_header = asked.get(found["links"]["self"], headers={"Accept": "text/csv"})
    assert by_header.headers["content-type"].startswith("text/csv")
    assert by_header.content == asked.get(found["links"]["csv"]).content
    english = asked.get(f"{found['links']['self']}?lang=en&format=csv")
    assert english.headers["content-location"].endswith("?format=csv&lang=en")
    assert len(english.content.splitlines()) == len(by_header.content.splitlines())
    address = f"{ADDRESS}/base/result?region=HWK-FF&year=2030&measure=gap"
    rows = asked.data(address)["data"]
    frame = pd.read_csv(io.BytesIO(asked.get(f"{address}&format=csv").content))
    assert frame["value"].tolist() == pytest.approx([row["value"] for row in rows], nan_ok=True)


def test_what_has_no_other_format_is_refused(asked: Client) -> None:
    assert asked.get(f"{ADDRESS}/base?format=json").status_code == 200
    refused = asked.get(f"{ADDRESS}/base?format=csv")
    assert refused.status_code == 422
    assert "result" in refused.json()["detail"]
    assert asked.request("POST", f"{ADDRESS}?format=plotly", json=BODY).status_code == 422


def test_the_limits_are_published_and_hold(asked: Client) -> None:
    known = asked.data("/api/v1/config")["whatIf"]
    assert known["formats"] == list(FORMS)
    limit = known["limits"]["levers"]
    lever = BODY["levers"][0]
    many = [{**lever, "cause": f"c{number}"} for number in range(limit + 1)]
    refused = asked.request("POST", ADDRESS, json={**BODY, "levers": many})
    assert refused.status_code == 422
    assert str(limit) in refused.text
    whole = {
        "regions": ["HWK-FF"],
        "years": [2030],
        "measures": ["gap"] * (known["limits"]["codes_per_list"] + 1),
    }
    assert asked.request("POST", ADDRESS, json=whole).status_code == 422
