"""Sums over several years: a table of the interface and a section of the page; a trade leads to its group."""

from __future__ import annotations

import io
import sqlite3
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pytest

from api.app import create_app
from api.service import Settings
from forecast.snapshot import STATISTICS, Axes, open_snapshot, write_snapshot
from tests.api.conftest import Client
from tests.toy_snapshot import TRADES, toy_content

ROW = "GRP-SHK"
COLUMNS = ["region", "trade", "measure", "first_year", "last_year", *STATISTICS, "status", "grade", "note"]
NUMBERS = [41, 38, 44, 33, 50, 30, 55]
NOTES = [
    {"de": "Summe der Jahre 2026 bis 2030.", "en": "Sum of the years 2026 to 2030."},
    {"de": "Zu klein; siehe «GRP-SHK».", "en": "Too small; see “GRP-SHK”."},
]


def row(trade: str, measure: str, first: int, *, shown: bool = True) -> list[Any]:
    numbers = NUMBERS if shown else [None] * len(STATISTICS)
    state = ["forecast", "D", 0] if shown else ["no_data", "", 1]
    return ["BB", trade, measure, first, first + 4, *numbers, *state]


ROWS = [
    row("A-24", "retirements", 2026), row("A-24", "retirements", 2031, shown=False),
    row("A-13", "entrants", 2026), row(ROW, "retirements", 2026),
]  # fmt: skip


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("year_sums")
    toy = toy_content()
    axes = Axes(toy.axes.regions, (*TRADES, ROW), toy.axes.measures, toy.axes.years, toy.axes.statistics)
    at = TRADES.index("A-24")
    cube, status, grade, note = (
        np.concatenate([a, a[:, [at]]], axis=1) for a in (toy.cube, toy.status, toy.grade, toy.note)
    )
    entry = {
        "code": ROW, "name_de": "Gruppe SHK", "name_en": "Group SHK", "kind": "group", "group": "shk",
        "sector": "", "members": ["A-24"],
    }  # fmt: skip
    documents = {
        **toy.documents,
        "catalogue": {**toy.documents["catalogue"], "trade_groups": [entry]},
        "year_sums": {"columns": COLUMNS, "rows": ROWS, "notes": NOTES},
    }
    content = replace(toy, axes=axes, cube=cube, status=status, grade=grade, note=note, documents=documents)
    write_snapshot(folder, content)
    return folder


@pytest.fixture(scope="module")
def client(root: Path) -> Iterator[Client]:
    found = Client(create_app(Settings(root, refresh_seconds=0, requests_per_minute=0)))
    yield found
    for end in found.service.at_end:
        end()


def test_the_table_is_asked_by_trade_and_year_with_its_notes_spelled(client: Client) -> None:
    found = client.data("/api/v1/year-sums?trade=A-24&first_year=2026")
    (only,) = found["data"]
    assert [only[name] for name in STATISTICS] == NUMBERS
    assert only["note"] == "Summe der Jahre 2026 bis 2030."
    english = client.data("/api/v1/year-sums?trade=A-24&first_year=2031&lang=en")["data"][0]
    assert english["value"] is None
    assert english["status"] == "no_data"
    assert "GRP-SHK" in english["note"], "a withheld sum leads to the group row"
    assert len(client.data("/api/v1/year-sums")["data"]) == len(ROWS)
    table = client.get("/api/v1/year-sums?format=csv&trade=GRP-*").text
    assert table.splitlines()[0].split(",")[:3] == ["region", "trade", "measure"]
    assert len(table.splitlines()) == 2


@pytest.mark.parametrize(("lang", "head", "said"), [
    ("de", "Mehrere Jahre zusammen", "2026 bis 2030"), ("en", "Several years together", "2026 to 2030"),
])  # fmt: skip
def test_the_page_of_a_trade_shows_sums_and_leads_to_the_group(
    client: Client, lang: str, head: str, said: str
) -> None:
    suffix = "&lang=en" if lang == "en" else ""
    page = client.get(f"/gewerk?trade=A-24&region=BB&year=2030{suffix}").text
    assert head in page
    assert said in page
    assert "41" in page
    assert "trade=GRP-SHK" in page
    group = client.get(f"/gewerk?trade={ROW}&region=BB&year=2030{suffix}").text
    assert head in group
    assert "Gruppe SHK" in group or "Group SHK" in group


def test_a_release_from_before_has_no_such_table_and_says_so(tmp_path: Path) -> None:
    write_snapshot(tmp_path, toy_content())
    assert "year_sums" not in open_snapshot(tmp_path).documents
    client = Client(create_app(Settings(tmp_path, refresh_seconds=0, requests_per_minute=0)))
    found = client.data("/api/v1/year-sums")
    assert found["data"] == []
    assert "Summen über mehrere Jahre" in found["meta"]["reason"]
    assert "Mehrere Jahre zusammen" not in client.get("/gewerk?trade=A-24&region=BB&year=2030").text


@pytest.mark.parametrize("suffix", ["csv", "de.csv", "xlsx", "parquet"])
def test_the_sums_are_a_whole_download_in_every_format(client: Client, suffix: str) -> None:
    listed = {one["name"]: one for one in client.data("/api/v1/downloads")["data"]}
    name = f"fachkraeftematrix-year-sums.{suffix}"
    answer = client.get(listed[name]["url"])
    assert answer.status_code == 200
    body = io.BytesIO(answer.content)
    if suffix == "parquet":
        found = pd.read_parquet(body)
    elif suffix == "xlsx":
        found = pd.read_excel(body, engine="calamine")
    else:
        found = pd.read_csv(body, sep="," if suffix == "csv" else ";", encoding="utf-8-sig")
    assert list(found.columns) == [
        *COLUMNS,
        "trade_label",
        "region_label",
        "measure_label",
        "unit",
        "is_group",
    ]
    assert found["first_year"].tolist() == [one[3] for one in ROWS]
    assert [None if pd.isna(one) else float(one) for one in found["upper_80"]] == [50.0, None, 50.0, 50.0]
    assert found["note"].tolist()[:2] == [NOTES[0]["de"], NOTES[1]["de"]]
    assert found["trade_label"].tolist()[3] == "Gruppe SHK"
    assert [bool(one) for one in found["is_group"]] == [False, False, False, True]
    assert set(found["unit"]) == {"persons"}


def test_the_sums_are_in_the_database_and_in_the_package(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    path.write_bytes(client.get("/api/v1/downloads/fachkraeftematrix.sqlite").content)
    base = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    found = base.execute(
        "SELECT value, lower_80, trade_label, is_group FROM year_sums WHERE trade = ? ORDER BY first_year",
        (ROW,),
    ).fetchall()
    assert found == [(41.0, 33.0, "Gruppe SHK", 1)]
    assert base.execute("SELECT count(*) FROM year_sums WHERE value IS NULL").fetchone() == (1,)
    base.close()
    book = zipfile.ZipFile(io.BytesIO(client.get("/api/v1/downloads/fachkraeftematrix.zip").content))
    described = {one["name"]: one for one in orjson.loads(book.read("datapackage.json"))["resources"]}
    sums = pd.read_csv(io.BytesIO(book.read(described["year_sums"]["path"])))
    assert list(sums.columns) == [one["name"] for one in described["year_sums"]["schema"]["fields"]]
    assert not sums.duplicated(subset=described["year_sums"]["schema"]["primaryKey"]).any()
    outside = {one["name"]: one for one in client.data("/api/v1/datapackage.json")["resources"]}
    assert client.get(f"/api/v1/{outside['year_sums']['path']}").status_code == 200
    titles = {
        one["dct:title"]
        for one in client.data("/api/v1/catalog.jsonld")["dcat:dataset"][0]["dcat:distribution"]
    }
    assert any(title.startswith("Summen über mehrere Jahre") for title in titles)


def test_a_release_without_sums_offers_no_file_of_them(toy_root: Path, serve) -> None:
    client = serve(toy_root)
    names = {one["name"] for one in client.data("/api/v1/downloads")["data"]}
    assert not {name for name in names if "year-sums" in name}
    assert client.get("/api/v1/downloads/fachkraeftematrix-year-sums.csv").status_code == 404
