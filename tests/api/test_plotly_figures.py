"""Figures for plotly: plotly itself reads them, and every number in them is the number of a record."""

from __future__ import annotations

import subprocess
import sys

import plotly.io
import pytest

TYPE = "application/vnd.plotly.v1+json"
SERIES = "/api/v1/series?trade=A-24&region=HWK-FF&measure=gap"


def figure(client, url: str):
    """A figure as plotly understands it; anything it does not know is an error."""
    answer = client.get(url)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == TYPE
    return plotly.io.from_json(answer.text, skip_invalid=False)


def test_one_series_is_drawn_with_its_ranges(client) -> None:
    rows = [row for row in client.data(SERIES)["data"] if row["value"] is not None]
    shown = figure(client, f"{SERIES}&format=plotly")
    assert [trace.name for trace in shown.data] == [
        "95-%-Spanne", "80-%-Spanne", "50-%-Spanne", "bis heute", "vorausgeschätzt",
    ]  # fmt: skip
    ahead = [row for row in rows if row["is_forecast"]]
    behind = [row for row in rows if not row["is_forecast"]]
    assert behind
    *bands, past, future = shown.data
    assert list(past.x) == [row["year"] for row in behind]
    assert list(past.y) == [row["value"] for row in behind]
    assert list(future.y) == [row["value"] for row in ahead]
    for level, band in zip(("95", "80", "50"), bands, strict=True):
        known = [row for row in rows if row[f"lower_{level}"] is not None]
        upper, lower = ([row[f"{side}_{level}"] for row in known] for side in ("upper", "lower"))
        assert list(band.y) == upper + lower[::-1]
    place = client.data(SERIES)["meta"]["region"]["label"]
    assert shown.layout.title.text == f"Fachkräftelücke, Installateur und Heizungsbauer, {place}"
    assert shown.layout.meta["snapshot_id"] == client.service.release.id
    assert shown.layout.separators == ",."


def test_ranges_that_are_not_shown_are_not_drawn(client) -> None:
    shown = figure(client, f"{SERIES}&format=plotly&quantiles=80")
    assert [trace.name for trace in shown.data if "Spanne" in trace.name] == ["80-%-Spanne"]
    bare = figure(client, f"{SERIES}&format=plotly&quantiles=none")
    assert not [trace for trace in bare.data if "Spanne" in trace.name]


def test_the_other_language_changes_words_and_separators_only(client) -> None:
    german = figure(client, f"{SERIES}&format=plotly")
    english = figure(client, f"{SERIES}&format=plotly&lang=en")
    assert [trace.name for trace in english.data] == [
        "95% range", "80% range", "50% range", "to date", "forecast",
    ]  # fmt: skip
    assert [list(a.y) for a in german.data] == [list(b.y) for b in english.data]
    assert english.layout.separators == ".,"


def test_several_series_are_lines_with_a_gap_where_there_is_no_number(client) -> None:
    url = "/api/v1/series.plotly.json?trade=A-25,A-24&region=HWK-FF&measure=new_contracts"
    rows = client.data(url.replace(".plotly.json", ""))["data"]
    shown = figure(client, url)
    assert len(shown.data) == 2
    for trace in shown.data:
        own = [row for row in rows if row["trade_label"] == trace.name]
        assert list(trace.x) == [row["year"] for row in own]
        assert list(trace.y) == [row["value"] for row in own]
    assert None in [value for trace in shown.data for value in trace.y]  # 2012 is withheld


def test_lines_of_one_name_are_told_apart_by_their_codes(client) -> None:
    """Two measures may have one name; no line may swallow another."""
    url = "/api/v1/series?trade=A-24&region=HWK-FF&measure=retirements,item_retirements&format=plotly"
    names = [trace.name for trace in figure(client, url).data]
    assert len(set(names)) == 2
    assert all("retirements" in name for name in names)


def test_one_year_is_dots_with_ranges(client) -> None:
    url = "/api/v1/matrix?region=HWK-FF&year=2030&measure=gap,demand"
    rows = client.data(url)["data"]
    shown = figure(client, f"{url}&format=plotly")
    assert [trace.meta["measure"] for trace in shown.data] == ["demand", "gap"]
    for trace in shown.data:
        own = [row for row in rows if row["measure"] == trace.meta["measure"] and row["value"] is not None]
        assert list(trace.x) == [row["value"] for row in own]
        assert list(trace.y) == [row["trade_label"] for row in own]
        highs = [value + spread for value, spread in zip(trace.x, trace.error_x.array, strict=True)]
        lows = [value - spread for value, spread in zip(trace.x, trace.error_x.arrayminus, strict=True)]
        assert highs == [row["upper_80"] for row in own]
        assert lows == [row["lower_80"] for row in own]
        assert list(trace.customdata) == [f"{row['region_code']}|{row['trade_code']}" for row in own]
    assert len({trace.marker.color for trace in shown.data}) == 2


def test_an_explanation_is_a_waterfall_that_closes(client) -> None:
    url = "/api/v1/explain?trade=A-24&region=HWK-FF&year=2030"
    body = client.data(url)
    shown = figure(client, f"{url}&format=plotly")
    (trace,) = shown.data
    assert trace.type == "waterfall"
    assert list(trace.x) == [*(item["value"] for item in body["items"]), body["gap"]["value"]]
    assert sum(trace.x[:-1]) == trace.x[-1]
    assert list(trace.customdata)[:-1] == [item["item"] for item in body["items"]]
    by_header = client.get(url, headers={"Accept": TYPE})
    assert by_header.headers["content-type"] == TYPE
    assert client.get(body["links"]["plotly"]).content == by_header.content


@pytest.mark.parametrize(
    "url",
    [
        "/api/v1/series?trade=A-27&region=HWK-FF&measure=gap&format=plotly",
        "/api/v1/explain?trade=A-27&region=HWK-FF&year=2030&format=plotly",
        "/api/v1/outlook?format=plotly",
        "/api/v1/matrix?region=HWK-FF&year=2030&trade=A-27&format=plotly&measure=gap",
    ],
)
def test_nothing_to_draw_is_an_empty_figure_that_says_why(client, url: str) -> None:
    shown = figure(client, url)
    assert not shown.data
    assert shown.layout.annotations[0].text


def test_a_picture_nobody_could_read_is_refused_with_the_way_out(client) -> None:
    refused = client.get("/api/v1/series?trade=*&region=*&measure=item_*&format=plotly")
    assert refused.status_code == 413
    assert "measure=" in refused.json()["detail"]
    wide = client.get("/api/v1/matrix?region=HWK-FF&year=2030&measure=*&format=plotly")
    assert wide.status_code == 413
    assert "Messgrößen" in wide.json()["detail"]
    contradiction = client.get(f"{SERIES}&format=plotly&layout=long")
    assert contradiction.status_code == 422


def test_the_service_draws_without_plotly(toy_root, repo_root) -> None:
    """Whoever shows a figure needs plotly; the service that sends it never loads it."""
    program = f"""
import asyncio, sys, httpx
from pathlib import Path
from api.app import create_app
from api.service import Settings
app = create_app(Settings(Path({str(toy_root)!r}), refresh_seconds=0, requests_per_minute=0))
async def ask():
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as session:
        answer = await session.get({SERIES + "&format=plotly"!r})
        assert answer.status_code == 200, answer.text
asyncio.run(ask())
print([name for name in sys.modules if name.split(".")[0] in {{"plotly", "pandas"}}])
"""
    command = [sys.executable, "-c", program]
    result = subprocess.run(
        command, cwd=repo_root, check=True, env={"PYTHONPATH": "."}, capture_output=True, text=True
    )
    assert result.stdout.strip() == "[]"
