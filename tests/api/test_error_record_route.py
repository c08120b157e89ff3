"""The error record over HTTP: as it was published, in every format, never damaged, never stale."""

from __future__ import annotations

import dataclasses
import io

import orjson
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from forecast.error_record import Printed, Said, append_record, compare
from forecast.record_card import publish_record
from forecast.record_file import FOLDER
from tests.api import duckdb_reader

URL = "/api/v1/error-record"
CELL = ("BB", "A-24", "apprentices", 2024)
ONE = Said("0f3a9c1b7d24e865", "2024-09-30", *CELL, 90.0, 80.0, 100.0, 70.0, 120.0, 2023, 85.0)
TWO = dataclasses.replace(ONE, region="DE", value=4711.5, lower_80=4600.0, upper_80=4800.0)


def published(root, *said: Said) -> None:
    """Add rows to the record and put it beside the releases."""
    came = {one.key: Printed(95.0, "rounded", "2025-09-30") for one in said}
    append_record(root.parent / "models", compare(said, came))
    publish_record(root, root.parent / "models")


@pytest.fixture
def client(own_root, serve):
    published(own_root, ONE, TWO)
    return serve(own_root)


def test_rows_are_what_was_compared_with_names_for_people(client) -> None:
    body = client.data(URL)
    first, second = body["data"]
    assert (first["said"], first["came"], first["error"], first["error_last"]) == (90, 95, -5, -10)
    assert (first["region_label"], first["trade_label"]) == ("Brandenburg", "Installateur und Heizungsbauer")
    assert second["said"] == 4711.5
    assert second["inside_80"] is False
    assert "reason" not in body["meta"]
    assert "2 Vorausschätzungen" in body["more"]["card"]["summary_de"]
    assert [row["region"] for row in client.data(f"{URL}?region=DE")["data"]] == ["DE"]
    assert client.data(f"{URL}?snapshot=ffffffffffffffff")["data"] == []
    assert client.data(f"{URL}?lang=en")["data"][0]["region_label"] == "Brandenburg"


def test_every_format_holds_the_same_rows(client) -> None:
    body = client.data(URL)
    rows, links = body["data"], body["links"]
    assert {"csv", "xlsx", "parquet"} <= set(links)

    def content(form: str) -> bytes:
        answer = client.get(f"{URL}?format={form}")
        assert answer.status_code == 200
        assert client.service.release.id in answer.headers["content-disposition"]
        return answer.content

    assert [orjson.loads(line) for line in content("ndjson").splitlines()] == rows
    plain = pd.read_csv(io.BytesIO(content("csv")))
    german = pd.read_csv(io.BytesIO(content("csv-de")), sep=";", decimal=",", encoding="utf-8-sig")
    pd.testing.assert_frame_equal(plain, german)
    assert plain.to_dict("records") == rows
    book = CalamineWorkbook.from_filelike(io.BytesIO(content("xlsx")))
    lines = book.get_sheet_by_index(0).to_python()
    assert [dict(zip(lines[0], line, strict=True)) for line in lines[1:]] == rows
    assert pd.read_parquet(io.BytesIO(content("parquet"))).to_dict("records") == rows


def test_duckdb_reads_the_parquet_file_with_its_types(client, tmp_path) -> None:
    path = tmp_path / "record.parquet"
    path.write_bytes(client.get(f"{URL}?format=parquet").content)
    found = duckdb_reader.rows(
        "SELECT typeof(year), typeof(said), typeof(inside_80) FROM read_parquet(?) LIMIT 1", str(path)
    )
    assert found == [["BIGINT", "DOUBLE", "BOOLEAN"]]


def test_a_longer_record_is_shown_at_once_though_the_release_is_the_same(client, own_root) -> None:
    before = client.get(URL)
    published(own_root, dataclasses.replace(ONE, trade="A-25"))
    after = client.get(URL, headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert len(after.json()["data"]) == 3
    again = client.get(URL, headers={"If-None-Match": after.headers["etag"]})
    assert again.status_code == 304


def test_nothing_due_yet_is_an_empty_answer_that_says_so(own_root, serve) -> None:
    publish_record(own_root, own_root.parent / "models")
    client = serve(own_root)
    body = client.data(URL)
    assert body["data"] == []
    assert "fällig" in body["meta"]["reason"]
    header = client.get(f"{URL}?format=csv").text.splitlines()
    assert header[0].startswith("snapshot,as_of,region,trade,measure,year,said")
    assert len(header) == 1


@pytest.mark.parametrize("victim", ["current", "*.json"])
def test_a_damaged_record_is_refused_not_shown(own_root, serve, victim: str) -> None:
    published(own_root, ONE)
    (path,) = (own_root / FOLDER).glob(victim)
    path.chmod(0o644)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x41
    path.write_bytes(data)
    answer = serve(own_root).get(URL)
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert "Fehlerprotokoll" in answer.json()["detail"]
    assert serve(own_root).get("/api/v1/backtests").status_code == 200


def test_the_tables_of_a_release_are_pinned_and_the_record_is_not(client) -> None:
    here = f"/api/v1/snapshots/{client.service.release.id}"
    for name in ("training-plan", "backtests"):
        answer = client.get(f"{here}/{name}")
        assert "immutable" in answer.headers["cache-control"]
        assert answer.json()["data"] == client.data(f"/api/v1/{name}")["data"]
        assert answer.json()["links"]["self"].startswith(here)
    assert client.get(f"{here}/error-record").status_code == 404
