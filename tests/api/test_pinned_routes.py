"""Whatever shows a release can be asked of a release by its id, and then never changes."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import orjson
import pandas as pd
import pyarrow.parquet as pq
import pytest
from fastapi.routing import APIRoute
from jsonstat_validator import validate_jsonstat
from python_calamine import CalamineWorkbook

from api.difference import COLUMNS
from api.pinned import Releases
from api.routes.snapshots import PINNED
from api.routing import data_routers
from api.what_ifs import WhatIfs
from tests.toy_snapshot import write_toy

API = "/api/v1"
#: What belongs to the service or to all releases together, not to one of them.
NOT_OF_A_RELEASE = {"config", "connections", "connections/{name}", "error-record"}
QUESTIONS = (
    "matrix?region=HWK-FF&year=2030",
    "series?trade=A-24&region=HWK-FF&measure=gap",
    "explain?trade=A-24&region=HWK-FF&year=2030",
    "observations?region=BB&year=2020",
    "training-need", "outlook", "succession", "courses", "further-training", "training-plan", "backtests",
    "trades", "regions", "groups", "measures", "indicators", "parameters", "sources", "events", "scenarios",
    "cards", "trades/A-24", "scenarios/base", "tables", "tables/matrix", "tables/matrix/metadata",
    "tables/matrix/data?valueCodes[trade]=A-24", "codelists", "codelists/trades", "catalog.jsonld",
    "datapackage.json",
)  # fmt: skip


@pytest.fixture
def two(tmp_path: Path, serve):
    """A service with an older and a newer release: ids, client."""
    root = tmp_path / "snapshots"
    older = write_toy(root)
    newer = write_toy(root, shift=2)
    return older, newer, serve(root)


def test_every_route_of_a_release_has_a_pinned_twin(client) -> None:
    releases = Releases(client.service)
    what_ifs = WhatIfs(client.service, releases)
    routers = data_routers(client.service, releases, what_ifs)
    what_ifs.close()
    paths = {
        route.path
        for router in routers
        for route in router.routes
        if isinstance(route, APIRoute) and "GET" in (route.methods or ())
    }
    below = f"{API}/snapshots/{{snapshot_id}}"
    own = {path.removeprefix(f"{API}/") for path in paths if not path.startswith(below)}
    assert {"matrix", "tables/{code}/data", "downloads/{name}", "scenarios/{code}/result"} <= own
    missing = {path for path in own if f"{below}/{path}" not in paths}
    assert missing == NOT_OF_A_RELEASE


def links_in(body: Any) -> list[str]:
    """Every address a document leads to."""
    return re.findall(rf'"({API}/[^"]*)"', orjson.dumps(body).decode())


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_pinned_answer_is_of_its_release_and_stays_there(two, question: str) -> None:
    older, newer, client = two
    here = f"{API}/snapshots/{older}"
    answer = client.get(f"{here}/{question}")
    assert answer.status_code == 200, answer.text
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["etag"].startswith(f'"{older}-')
    body = answer.json()
    assert newer not in answer.text
    links = body.get("links", {})
    own = links["self"] if isinstance(links, dict) and "self" in links else f"{here}/"
    assert own.startswith(here)
    if question.startswith(("tables", "codelists", "catalog")):
        found = [link for link in links_in(body) if "openapi" not in link and link != API]
        assert found or question.endswith(("metadata", "]=A-24"))
        assert all(link.startswith(here) for link in found), found


def test_the_document_of_a_release_links_to_what_exists(two) -> None:
    older, _, client = two
    links = client.data(f"{API}/snapshots/{older}")["data"]["links"]
    assert set(PINNED) < set(links)
    for name in PINNED:
        query = {"matrix": "?region=HWK-FF&year=2030", "explain": "?trade=A-24&region=HWK-FF&year=2030",
                 "series": "?trade=A-24&region=HWK-FF&measure=gap"}.get(name, "")  # fmt: skip
        assert client.get(links[name] + query).status_code == 200, name


def test_pinned_tables_hold_the_numbers_of_their_release(two) -> None:
    older, newer, client = two
    question = "tables/matrix/data?valueCodes[trade]=A-24&valueCodes[measure]=gap"
    cubes = [client.data(f"{API}/snapshots/{one}/{question}") for one in (older, newer)]
    for cube in cubes:
        validate_jsonstat(cube)
    assert [cube["value"][0] for cube in cubes][1] - cubes[0]["value"][0] == 2  # two more vacancies


def test_the_difference_is_the_same_in_every_format(two) -> None:
    older, newer, client = two
    address = f"{API}/snapshots/{older}/difference?measure=gap,demand&year=2030"
    body = client.data(address)
    rows = body["data"]
    assert rows
    assert all(tuple(row) == COLUMNS for row in rows)
    assert newer in body["links"]["csv"]

    def content(form: str) -> bytes:
        answer = client.get(f"{address}&format={form}")
        assert answer.status_code == 200
        assert older in answer.headers["content-disposition"]
        return answer.content

    assert [orjson.loads(line) for line in content("ndjson").splitlines()] == rows
    assert pd.read_csv(io.BytesIO(content("csv"))).to_dict("records") == rows
    german = pd.read_csv(io.BytesIO(content("csv-de")), sep=";", decimal=",", encoding="utf-8-sig")
    assert german.to_dict("records") == rows
    head, *lines = (
        CalamineWorkbook.from_filelike(io.BytesIO(content("xlsx"))).get_sheet_by_index(0).to_python()
    )
    assert [dict(zip(head, line, strict=True)) for line in lines] == rows
    assert pq.read_table(io.BytesIO(content("parquet"))).to_pylist() == rows
    assert client.get(body["links"]["csv"]).content == content("csv")
    assert client.get(address, headers={"Accept": "text/csv"}).content == content("csv")


def test_no_difference_is_an_empty_table_with_its_columns(two) -> None:
    older, _, client = two
    address = f"{API}/snapshots/{older}/difference?to={older}&measure=gap"
    assert client.data(address)["data"] == []
    assert client.get(f"{address}&format=csv").text.strip() == ",".join(COLUMNS)
    assert pq.read_table(io.BytesIO(client.get(f"{address}&format=parquet").content)).num_rows == 0
