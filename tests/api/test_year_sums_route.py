"""Sums over several years: a table of the interface and a section of the page; a trade leads to its group."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
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
