"""A group of trades can be asked for by its code; no list, pattern or sum counts it beside its trades."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import orjson
import pytest

from api.downloads import pages, selection
from api.explanation import explanation
from api.language import Text
from api.listed import Listed, beside, every
from api.problems import Problem
from api.release import Release
from api.routes.catalogue import collection_body, entry_body
from api.selection import Selection
from api.tables import TableInfo, codelists, codes_of
from forecast.snapshot import Axes, open_snapshot, write_snapshot
from tests.toy_snapshot import TRADES, toy_content

ROW = "GRP-SHK"


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    root: Path = tmp_path_factory.mktemp("groups")
    toy = toy_content()
    axes = Axes(toy.axes.regions, (*TRADES, ROW), toy.axes.measures, toy.axes.years, toy.axes.statistics)
    source = TRADES.index("A-24")
    wider = [np.concatenate([a, a[:, [source]]], axis=1) for a in (toy.cube, toy.status, toy.grade, toy.note)]
    entry = {
        "code": ROW, "name_de": "Gruppe SHK", "name_en": "Group SHK", "kind": "group", "group": "shk",
        "sector": "", "members": ["A-24"],
    }  # fmt: skip
    catalogue = {**toy.documents["catalogue"], "trade_groups": [entry]}
    cube, status, grade, note = wider
    content = replace(
        toy, axes=axes, cube=cube, status=status, grade=grade, note=note,
        documents={**toy.documents, "catalogue": catalogue},
    )  # fmt: skip
    found = Release(open_snapshot(root, write_snapshot(root, content)))
    found.check()
    return found


def chosen(release: Release, **values: str) -> Selection:
    asked = {"region": ("BB",), "year": ("2030",)} | {name: tuple(v.split(",")) for name, v in values.items()}
    return Selection.of(asked, release)


@pytest.mark.parametrize("asked", [{}, {"trade": "*"}, {"group": "shk"}, {"trade": "*-*", "group": "shk"}])
def test_no_default_pattern_or_group_brings_the_row(release: Release, asked: dict[str, str]) -> None:
    trades = chosen(release, **asked).trades
    assert ROW not in trades
    assert trades


def test_the_row_comes_when_it_is_named(release: Release) -> None:
    assert chosen(release, trade=ROW).trades == (ROW,)
    assert chosen(release, trade=f"{ROW},A-24").trades == ("A-24", ROW)
    assert release.label("trades", ROW, "de") == release.labels("trades", "de")[ROW] == "Gruppe SHK"
    with pytest.raises(Problem) as refused:
        chosen(release, trade="GRP-SKH")
    assert ROW in (refused.value.near or ())


def test_lists_tables_and_files_hold_trades_only(release: Release) -> None:
    listed = orjson.loads(collection_body(release, "trades", "de"))["data"]
    assert [entry["code"] for entry in listed] == list(TRADES)
    assert orjson.loads(entry_body(release, "trades", ROW, "en"))["data"]["label"] == "Group SHK"
    assert release.trades == selection(release).trades == TRADES
    table = TableInfo("all", Text("", ""), release.measures)
    assert codes_of(release, table)["trade"] == TRADES
    assert ROW not in orjson.dumps(codelists(release, "de")).decode()


def test_a_plain_list_has_nothing_beside_it() -> None:
    assert every({"a": {}}) == {"a": {}}
    assert beside({"a": {}}) == {}
    both = Listed({"a": {}}, {"b": {"x": 1}})
    assert (list(both), len(both), "b" in both, both["b"], both.get("c")) == (["a"], 1, True, {"x": 1}, None)
    assert list(every(both)) == ["a", "b"]


def test_the_row_can_be_explained_like_a_trade(release: Release) -> None:
    found = explanation(release, ROW, "BB", 2030, "de")
    assert found["meta"]["trade"] == {"code": ROW, "label": "Gruppe SHK", "group": "shk"}
    assert found["sum"] == found["gap"]["value"] == release.snapshot.cube[1, 2, 2, 20, 0]


@pytest.mark.parametrize("name", ["csv", "de.csv", "parquet", "sqlite", "xlsx", "zip"])
def test_every_whole_download_is_made_and_leaves_the_row_out(release: Release, serve, name: str) -> None:
    """A file that held the group beside its trades would be summed twice; one that cannot be made is none."""
    client = serve(release.snapshot.path.parent)
    answer = client.get(f"/api/v1/downloads/fachkraeftematrix.{name}")
    assert answer.status_code == 200, answer.text[:300]
    assert ROW.encode() not in answer.content


def test_the_rows_of_the_whole_file_are_the_cells_that_say_anything(release: Release) -> None:
    rows = sum(page.rows for page in pages(release))
    trades = [release.snapshot.axes.trades.index(code) for code in release.trades]
    assert rows == int((release.snapshot.status[:, trades] > 0).sum())
    listed = {cell for page in pages(release) for cell in page.column("trade_code").values(page.rows)}
    assert listed == set(TRADES) - {"A-27"}
