"""Every format read back by a real reader gives the values of the JSON: numbers, codes, gaps, texts."""

from __future__ import annotations

import csv
import io
import json
import math
import subprocess
import sys
import tempfile
import threading
from dataclasses import replace

import numpy as np
import orjson
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonstat_validator import validate_jsonstat
from python_calamine import CalamineWorkbook

from api.columns import COLUMNS, INFO, OBS_STATUS
from api.formats import csv_text, json_layouts, media, parquet, xlsx
from api.formats.jsonstat import decimals_of
from api.formats.media import negotiate
from api.formats.tokens import json_numbers
from api.table import Coded
from forecast.snapshot import STATISTICS
from tests.api import duckdb_reader
from tests.toy_snapshot import REGIONS, TRADES, YEARS, toy_content

QUERY = "region=HWK-FF,BB&year=2010..2035&measure=gap,new_contracts,training_need"
TEXTS = {name: str for name in COLUMNS if INFO[name].kind == "text"}


@pytest.fixture(scope="module")
def rows(client) -> list[dict]:
    found = client.data(f"/api/v1/matrix?{QUERY}")["data"]
    assert {"suppressed", "not_reachable", "no_data", "forecast"} <= {row["status"] for row in found}
    return found


def same(frame: pd.DataFrame, rows: list[dict]) -> None:
    """Compare a table as read with the records, cell by cell."""
    assert list(frame.columns) == list(COLUMNS)
    assert len(frame) == len(rows)
    for name in COLUMNS:
        for read, row in zip(frame[name].tolist(), rows, strict=True):
            expected = row[name]
            if expected is None:
                assert read is None or read == "" or (isinstance(read, float) and math.isnan(read)), name
            else:
                assert read == expected, name


def test_csv_is_read_by_pandas(client, rows) -> None:
    answer = client.get(f"/api/v1/matrix.csv?{QUERY}")
    assert answer.headers["content-type"].startswith("text/csv")
    same(pd.read_csv(io.BytesIO(answer.content), dtype=TEXTS), rows)


def test_german_csv_is_read_as_german_excel_does(client, rows) -> None:
    answer = client.get(f"/api/v1/matrix.de.csv?{QUERY}")
    assert answer.content.startswith(b"\xef\xbb\xbfsnapshot_id;measure;")
    assert "attachment" in answer.headers["content-disposition"]
    same(
        pd.read_csv(io.BytesIO(answer.content), sep=";", decimal=",", dtype=TEXTS, encoding="utf-8-sig"), rows
    )


def test_ndjson_has_one_record_a_line(client, rows) -> None:
    answer = client.get(f"/api/v1/matrix?{QUERY}", headers={"Accept": "application/x-ndjson"})
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert [orjson.loads(line) for line in answer.content.splitlines()] == rows
    same(pd.read_json(io.BytesIO(answer.content), lines=True, dtype=False), rows)


def test_parquet_is_read_by_two_readers(client, rows, tmp_path) -> None:
    answer = client.get(f"/api/v1/matrix.parquet?{QUERY}")
    table = pq.read_table(io.BytesIO(answer.content))
    assert [field.name for field in table.schema] == list(COLUMNS)
    found = table.to_pylist()
    assert [{k: v for k, v in row.items() if k not in STATISTICS} for row in found] == [
        {k: v for k, v in row.items() if k not in STATISTICS} for row in rows
    ]
    assert [[row[name] for name in STATISTICS] for row in found] == [
        [row[name] for name in STATISTICS] for row in rows
    ]
    about = json.loads(table.schema.metadata[b"fachkraeftematrix"])
    assert about["snapshot_id"] == rows[0]["snapshot_id"]
    assert about["attribution"]
    path = tmp_path / "m.parquet"
    path.write_bytes(answer.content)
    asked = "SELECT sum(value) FROM read_parquet(?) WHERE measure = 'gap' AND year = 2030"
    ((total,),) = duckdb_reader.rows(asked, str(path))
    assert total == sum(r["value"] or 0 for r in rows if r["measure"] == "gap" and r["year"] == 2030)


def test_csv_is_read_by_duckdb(client, rows, tmp_path) -> None:
    path = tmp_path / "m.csv"
    path.write_bytes(client.get(f"/api/v1/matrix.csv?{QUERY}").content)
    found = duckdb_reader.rows("SELECT trade_code, year, value FROM read_csv(?, all_varchar=true)", str(path))
    expected = [
        (r["trade_code"], str(r["year"]), None if r["value"] is None else str(r["value"])) for r in rows
    ]
    assert [tuple(row) for row in found] == expected


def test_a_workbook_holds_data_chart_and_notes(client, rows, snapshot) -> None:
    answer = client.get(f"/api/v1/matrix.xlsx?{QUERY}")
    assert answer.headers["content-disposition"] == (
        f'attachment; filename="fachkraeftematrix-matrix-{snapshot.id}.xlsx"'
    )
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    assert book.sheet_names == ["Daten", "Diagramm", "Hinweise"]
    head, *lines = book.get_sheet_by_name("Daten").to_python()
    same(
        pd.DataFrame([["" if c == "" else c for c in line] for line in lines], columns=head, dtype=object),
        rows,
    )
    notes = {line[0]: line[1] for line in book.get_sheet_by_name("Hinweise").to_python()}
    assert notes["Stand (snapshot_id)"] == snapshot.id
    assert "BIBB" in notes["bibb-dazubi"]
    assert "Fachkräftelücke (persons)" in notes["gap"]
    assert answer.content == client.get(f"/api/v1/matrix.xlsx?{QUERY}").content  # no clock in it


def test_a_workbook_has_frozen_header_filters_and_a_native_chart(client) -> None:
    import zipfile

    book = zipfile.ZipFile(io.BytesIO(client.get(f"/api/v1/matrix.xlsx?{QUERY}&lang=en").content))
    sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert 'state="frozen"' in sheet
    assert "<autoFilter ref=" in sheet
    assert "<c:lineChart>" in book.read("xl/charts/chart1.xml").decode()
    assert 'name="Data"' in book.read("xl/workbook.xml").decode()
    assert 't="s"' in sheet  # codes are text cells


def test_jsonstat_is_valid_and_holds_every_cell(client, rows) -> None:
    answer = client.get(f"/api/v1/matrix.jsonstat?{QUERY}&quantiles=80")
    document = answer.json()
    assert validate_jsonstat(document)
    assert math.prod(document["size"]) == len(document["value"]) == len(document["status"]) == 3 * len(rows)
    shape = np.array(document["value"], dtype=object).reshape(document["size"])
    index = {d: document["dimension"][d]["category"]["index"] for d in document["id"]}
    for row in rows[:: len(rows) // 97]:
        at = (
            index["region"].index(row["region_code"]), index["trade"].index(row["trade_code"]),
            index["measure"].index(row["measure"]), index["year"].index(str(row["year"])),
        )  # fmt: skip
        assert shape[at].tolist() == [row["value"], row["lower_80"], row["upper_80"]]
    assert document["extension"]["snapshot_id"] == rows[0]["snapshot_id"]
    empty = client.data("/api/v1/matrix.jsonstat?region=BB&year=2030&trade=A-24&group=metal")
    assert validate_jsonstat(empty)


def test_sdmx_csv_has_its_head_and_one_line_a_statistic(client, rows) -> None:
    answer = client.get(f"/api/v1/matrix.sdmx.csv?{QUERY}&quantiles=80")
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert list(lines[0])[:2] == ["DATAFLOW", "FREQ"]
    values = [line for line in lines if line["STATISTIC"] == "value"]
    assert [line["OBS_VALUE"] for line in values] == [
        "" if r["value"] is None else str(r["value"]) for r in rows
    ]
    assert [line["OBS_STATUS"] for line in values] == [OBS_STATUS[r["status"]] for r in rows]
    assert len(lines) - len(values) == 2 * sum(r["lower_80"] is not None for r in rows)
    assert all(line["DATAFLOW"] == "FACHKRAEFTEMATRIX:MATRIX(1.0)" for line in lines)


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", "json"), ("*/*", "json"), ("text/csv", "csv"), ("text/csv;q=0.2, application/json", "json"),
        ("application/vnd.json-stat+json, */*;q=0.1", "json-stat"), ("text/html,*/*;q=0.8", "json"),
        ("application/vnd.sdmx.data+csv;version=1.0.0", "sdmx-csv"), (media.XLSX_TYPE, "xlsx"),
        ("text/csv;q=0", "json"), ("image/png", "json"), ("text/csv;q=x, application/json;q=0.1", "json"),
        (",;=,text/csv", "csv"), ("text/csv;q=1e9", "json"),
    ],
)  # fmt: skip
def test_accept_chooses_the_format(accept: str, form: str) -> None:
    assert negotiate(accept) == form


def test_formats_have_their_own_validators(client) -> None:
    url = "/api/v1/matrix?region=BB&year=2030"
    tags = {client.get(f"{url}&format={name}").headers["etag"] for name in media.FORMATS}
    assert len(tags) == len(media.FORMATS)
    by_accept = client.get(url, headers={"Accept": "text/csv"})
    assert by_accept.headers["etag"] == client.get(f"{url}&format=csv").headers["etag"]
    assert "accept" in by_accept.headers["vary"].lower()


# --- formulas ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hostile(serve_content):
    """A release whose names are formulas, quotes and line breaks."""
    content = toy_content()
    catalogue = dict(content.documents["catalogue"])
    names = ['=cmd|"/c calc"!A1', "+1+1", "-2", "@SUM(A1)", '\tTab;"x", y\r\nz']
    catalogue["trades"] = [
        trade | {"name_de": name} for trade, name in zip(catalogue["trades"], names, strict=True)
    ]
    return serve_content(replace(content, documents={**content.documents, "catalogue": catalogue}))


@pytest.fixture(scope="module")
def serve_content(tmp_path_factory):
    from api.app import create_app
    from api.service import Settings
    from forecast.snapshot import write_snapshot
    from tests.api.conftest import Client

    def make(content) -> Client:
        root = tmp_path_factory.mktemp("hostile")
        write_snapshot(root, content)
        return Client(create_app(Settings(root, refresh_seconds=0)))

    return make


@pytest.mark.parametrize(("suffix", "separator"), [("csv", ","), ("de.csv", ";")])
def test_no_text_cell_is_a_formula(hostile, suffix: str, separator: str) -> None:
    text = hostile.get(f"/api/v1/matrix.{suffix}?region=BB&year=2030").content.decode("utf-8-sig")
    for line in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
        assert len(line) == len(COLUMNS)
        for name, cell in zip(COLUMNS, line, strict=True):
            if name not in STATISTICS:
                assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")), cell


def test_negative_numbers_stay_numbers(client) -> None:
    text = client.get("/api/v1/matrix.csv?region=BB&year=2030&measure=item_job_seekers&columns=value").text
    assert any(line.startswith("-") and int(line) < 0 for line in text.split("\r\n")[1:] if line)


def test_a_workbook_holds_no_formula(hostile) -> None:
    import zipfile

    book = zipfile.ZipFile(io.BytesIO(hostile.get("/api/v1/matrix.xlsx?region=BB&year=2030").content))
    assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
    names = CalamineWorkbook.from_filelike(
        io.BytesIO(hostile.get("/api/v1/matrix.xlsx?region=BB&year=2030").content)
    ).get_sheet_by_name("Daten").to_python()  # fmt: skip
    assert '=cmd|"/c calc"!A1' in {line[4] for line in names}  # a text, as it stands


def test_json_of_strange_names_is_json(hostile) -> None:
    labels = {r["trade_label"] for r in hostile.data("/api/v1/matrix?region=BB&year=2030")["data"]}
    assert '\tTab;"x", y\r\nz' in labels
    lines = hostile.get("/api/v1/matrix.ndjson?region=BB&year=2030").content.splitlines()
    assert {orjson.loads(line)["trade_label"] for line in lines} == labels


# --- numbers ----------------------------------------------------------------------------------------------


@settings(max_examples=300)
@given(
    st.lists(st.one_of(st.floats(width=32, allow_infinity=False), st.integers(-(10**9), 10**9).map(float)))
)
def test_numbers_are_spelled_so_that_they_come_back(values: list[float]) -> None:
    array = np.array(values, dtype=np.float32)
    found = json.loads(json_numbers(array))
    assert len(found) == len(values)
    for number, cell in zip(found, array, strict=True):
        assert number is None if np.isnan(cell) else np.float32(number) == cell
        if number is not None and abs(number) < 1e9 and number == int(number):
            assert isinstance(number, int)


@settings(max_examples=100)
@given(st.text(max_size=30))
def test_any_text_survives_a_csv(text: str) -> None:
    line = csv_text.cell(text.replace("\0", "").encode("utf-8", "ignore").decode()).decode()
    shown = next(csv.reader(io.StringIO(line + ",end", newline="")))[0]
    assert shown.lstrip("'") == text.replace("\0", "").encode("utf-8", "ignore").decode().lstrip("'")


def test_the_notes_of_a_workbook_name_every_column(client) -> None:
    from api.query import read
    from api.selection import Selection
    from api.selection_fields import MATRIX_FIELDS
    from api.table import Table

    release = client.service.release
    chosen = Selection.of(read(b"region=BB&year=2030&lang=en", MATRIX_FIELDS), release, form="xlsx")
    table = Table(release, chosen)
    assert {name for name, _ in xlsx.notes(table, "t", "/x")} >= set(COLUMNS)
    assert isinstance(table.column("trade_label"), Coded)
    assert len(json_layouts.rows(table)) == table.rows == len(TRADES) * 10
    assert len(REGIONS) == 3
    assert len(YEARS) == 26


def test_writers_are_loaded_when_asked_and_bring_no_training_library(toy_root, repo_root) -> None:
    program = """
import sys
from pathlib import Path
from api.pinned import Release
from api.downloads import offered
from forecast.snapshot import open_snapshot
release = Release(open_snapshot(Path(sys.argv[1])))
assert not {"pyarrow", "xlsxwriter"} & set(sys.modules)
for name, file in offered(release).items():
    file.build(release, Path(sys.argv[2]) / name)
assert {"pyarrow", "xlsxwriter"} <= set(sys.modules)
print(*sorted(sys.modules))
"""
    with tempfile.TemporaryDirectory() as place:
        command = [sys.executable, "-W", "error", "-c", program, str(toy_root), place]
        result = subprocess.run(command, cwd=repo_root, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    loaded = {name.split(".")[0] for name in result.stdout.split()}
    assert not loaded & {"pandas", "pandera", "scipy", "sklearn", "statsmodels", "joblib", "plotly"}


def test_large_answers_wait_their_turn_and_the_rest_is_told_to_come_back(
    serve, toy_root, monkeypatch
) -> None:
    """Two are built at once, a few wait; an answer already kept needs no turn at all."""
    import asyncio

    import httpx

    from api.delivery import HEAVY_WAITING

    client = serve(toy_root)
    slow = threading.Event()
    real = parquet.parquet

    def held(*args):
        slow.wait(20)
        return real(*args)

    monkeypatch.setattr("api.delivery.parquet.parquet", held)
    urls = [f"/api/v1/matrix.parquet?region=BB&year={2010 + n}" for n in range(HEAVY_WAITING + 3)]

    async def ask() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=client.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as session:
            running = [asyncio.create_task(session.get(url)) for url in urls]
            while sum(task.done() for task in running) < 3:
                await asyncio.sleep(0.01)
            small = await session.get("/api/v1/matrix?region=BB&year=2030")
            assert small.status_code == 200
            slow.set()
            return await asyncio.gather(*running)

    answers = asyncio.run(ask())
    assert sorted(answer.status_code for answer in answers) == [200] * HEAVY_WAITING + [503] * 3
    refused = next(answer for answer in answers if answer.status_code == 503)
    assert refused.headers["retry-after"] == "5"
    assert refused.json()["type"] == "/hilfe/fehler/ausgelastet"


def test_jsonstat_says_how_many_digits_a_measure_has() -> None:
    assert decimals_of({"unit": "percent", "decimals": 1}) == {"decimals": 1}
    assert decimals_of({"unit": "persons", "decimals": 0}) == {"decimals": 0}
    assert decimals_of({"unit": "persons"}) == {"decimals": 0}, "an earlier release: who is counted is whole"
    assert decimals_of({"unit": "percent"}) == {}
