"""Why a gap differs between two releases: items and components that add, in every format and language."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pytest

from api.attribution import COLUMNS
from forecast.snapshot import STATUSES, SnapshotContent, write_snapshot
from forecast.what_if_inputs import decode, encode, file_name
from tests.toy_accounts import toy_inputs
from tests.toy_snapshot import toy_content

API = "/api/v1"
CELL = "trade=A-24&region=HWK-FF&year=2030"


def first_content() -> SnapshotContent:
    """The toy release with accounts of the district."""
    return replace(toy_content(), files={file_name("HWK-FF"): encode(toy_inputs("HWK-FF"))})


def later_content() -> SnapshotContent:
    """The same with 40 more open places in the trade, in cube and accounts."""
    toy = first_content()
    name = file_name("HWK-FF")
    inputs = decode(toy.files[name])
    vacancies = inputs.vacancies.copy()
    vacancies[inputs.trades.index("A-24")] += 40
    axes, cube = toy.axes, toy.cube.copy()
    at = (axes.regions.index("HWK-FF"), axes.trades.index("A-24"))
    for measure in ("demand", "gap", "item_vacancies"):
        cube[(*at, axes.measures.index(measure), axes.years.index(2030))] += 40
    files = {**toy.files, name: encode(replace(inputs, vacancies=vacancies))}
    return replace(toy, cube=cube, files=files)


@pytest.fixture
def two(tmp_path: Path, serve) -> tuple[str, str, Any]:
    root = tmp_path / "snapshots"
    first = write_snapshot(root, first_content())
    second = write_snapshot(root, later_content())
    return first, second, serve(root)


def of_kind(rows: list[dict[str, Any]], kind: str) -> dict[str, int]:
    return {one["code"]: one["change"] for one in rows if one["kind"] == kind}


def test_items_and_components_each_add_to_the_change_of_the_gap(two) -> None:
    first, second, client = two
    body = client.data(f"{API}/snapshots/{first}/difference/reasons?{CELL}")
    about, rows = body["meta"], body["data"]
    assert (about["compared_with"], about["snapshot_id"], about["components"]) == (first, second, True)
    assert about["gap_after"] - about["gap_before"] == about["change"] == 40
    items, parts = of_kind(rows, "item"), of_kind(rows, "component")
    assert {code: change for code, change in items.items() if change} == {"item_vacancies": 40}
    assert sum(items.values()) == 40
    assert sum(parts.values()) == about["accounts_after"] - about["accounts_before"]
    assert parts["demand"] == pytest.approx(40, abs=12)  # open places grow with demand in the accounts
    assert parts["stock"] == parts["training"] == parts["inflow"] == 0
    assert "interaction" in parts
    gap = client.data(f"{API}/snapshots/{first}/explain?{CELL}")
    for one in gap["items"]:
        row = next(each for each in rows if each["code"] == one["item"])
        assert row["value_before"] == one["value"]
        assert row["value_after"] == row["value_before"] + row["change"]


def test_the_other_way_round_the_signs_turn(two) -> None:
    first, second, client = two
    back = client.data(f"{API}/snapshots/{second}/difference/reasons?to={first}&{CELL}")
    assert back["meta"]["change"] == -40
    assert sum(of_kind(back["data"], "item").values()) == -40
    assert of_kind(back["data"], "component")["demand"] < -30
    same = client.data(f"{API}/snapshots/{second}/difference/reasons?{CELL}")
    assert {one["change"] for one in same["data"]} == {0}


def test_words_come_in_both_languages_and_numbers_in_one(two) -> None:
    first, _, client = two
    german, english = (
        client.data(f"{API}/snapshots/{first}/difference/reasons?{CELL}&lang={lang}")["data"]
        for lang in ("de", "en")
    )
    named = {one["code"]: one["label"] for one in german}, {one["code"]: one["label"] for one in english}
    assert named[0]["stock"] == "Bestand im ersten Jahr"
    assert named[1]["stock"] == "Stock in the first year"
    assert [{**one, "label": ""} for one in german] == [{**one, "label": ""} for one in english]


@pytest.mark.parametrize("form", ["ndjson", "csv", "csv-de", "xlsx", "parquet"])
def test_every_format_holds_the_same_rows(two, form: str) -> None:
    first, second, client = two
    address = f"{API}/snapshots/{first}/difference/reasons?to={second}&{CELL}"
    rows = client.data(address)["data"]
    answer = client.get(f"{address}&format={form}")
    assert first in answer.headers["content-disposition"]
    body = io.BytesIO(answer.content)
    if form == "ndjson":
        assert [orjson.loads(line) for line in answer.content.splitlines()] == rows
        return
    if form == "parquet":
        found = pd.read_parquet(body)
    elif form == "xlsx":
        found = pd.read_excel(body, engine="calamine")
    else:
        found = pd.read_csv(body, sep="," if form == "csv" else ";", encoding="utf-8-sig")
    assert tuple(found.columns) == COLUMNS
    assert found["change"].tolist() == [one["change"] for one in rows]
    assert found["label"].tolist() == [one["label"] for one in rows]
    assert [None if pd.isna(one) else int(one) for one in found["value_before"]] == [
        one["value_before"] for one in rows
    ]


def test_accounts_of_other_years_leave_the_items_and_say_why(two, tmp_path: Path, serve) -> None:
    toy, later = first_content(), later_content()
    name = file_name("HWK-FF")
    root = tmp_path / "other"
    first = write_snapshot(
        root, replace(toy, files={one: data for one, data in toy.files.items() if one != name})
    )
    write_snapshot(root, later)
    body = serve(root).data(f"{API}/snapshots/{first}/difference/reasons?{CELL}")
    assert body["meta"]["components"] is False
    assert "Bestandteilen" in body["meta"]["reason"]
    assert body["meta"]["accounts_after"] is None
    assert of_kind(body["data"], "component") == {}
    assert sum(of_kind(body["data"], "item").values()) == body["meta"]["change"] == 40


def test_a_withheld_gap_has_no_reasons_either(two, tmp_path: Path, serve) -> None:
    """Neither the items nor the accounts say what the cell keeps back."""
    toy = toy_content()
    cube, status = toy.cube.copy(), toy.status.copy()
    at = (toy.axes.regions.index("HWK-FF"), toy.axes.trades.index("A-24"))
    for measure in ("gap", "demand", "supply"):
        place = (*at, toy.axes.measures.index(measure), toy.axes.years.index(2030))
        cube[place], status[place] = np.nan, STATUSES.index("suppressed")
    root = tmp_path / "secret"
    first = write_snapshot(root, replace(toy, cube=cube, status=status))
    second = write_snapshot(root, later_content())
    client = serve(root)
    for one, other in ((first, second), (second, first)):
        body = client.data(f"{API}/snapshots/{one}/difference/reasons?to={other}&{CELL}")
        assert body["data"] == []
        assert "Lücke" in body["meta"]["reason"]
        assert body["meta"]["change"] is None


def test_wrong_questions_are_refused(two) -> None:
    first, _, client = two
    here = f"{API}/snapshots/{first}/difference/reasons"
    assert client.get(f"{here}?trade=A-99&region=HWK-FF&year=2030").status_code == 404
    assert client.get(f"{here}?trade=A-24&region=HWK-FF").status_code == 422
    assert client.get(f"{here}?trade=A-24&region=HWK-FF&year=2099").status_code == 422
    assert client.get(f"{here}?{CELL}&to=0123456789abcdef").status_code == 404
    assert client.get(f"{here}?{CELL}&measure=gap").status_code == 422
    empty = client.data(f"{here}?trade=A-27&region=HWK-FF&year=2030")
    assert (empty["data"], empty["meta"]["change"]) == ([], None)
