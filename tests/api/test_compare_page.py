"""Up to four trades or regions side by side: the interface's numbers, one scale, all of it in the address."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from api.pages import numbers
from forecast.snapshot import write_snapshot
from tests.api.conftest import Client
from tests.api.page_reader import Element, read_page
from tests.api.rate_toy import RATE, rate_content
from tests.api.test_place_pages import compare, json_link, lines
from tests.toy_snapshot import REGIONS


def axes(page: Element) -> set[tuple[str, ...]]:
    """The marks of the upright axes."""
    return {
        tuple(t.text for t in chart.all("text", kind="muted")
              if t.get("text-anchor") == "end" and t.get("x") == "46")
        for chart in page.all("svg")
    }  # fmt: skip


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize("rated", [False, True])
def test_regions_of_a_trade_stand_side_by_side_on_one_scale(
    client: Client, serve: Callable[[Path], Client], tmp_path: Path, lang: str, rated: bool
) -> None:
    if rated:
        write_snapshot(tmp_path, rate_content())
        client = serve(tmp_path)
    page = read_page(client.get(f"/vergleich?trade=A-24,A-25&region={','.join(REGIONS)}&lang={lang}").text)
    link = json_link(page)
    asked = parse_qs(urlsplit(link).query)
    assert asked["trade"] == ["A-24"]
    assert asked["measure"] == [RATE if rated else "gap"]
    found = {(r["region_code"], r["year"]): r for r in client.data(link)["data"]}
    heads = [head.one("span").text for head in page.one("thead").all("th")[1:]]
    assert heads == list(REGIONS)
    for year, cells in lines(page.one("table")):
        for region, cell in zip(heads, cells, strict=True):
            compare(cell, found[region, int(year)], lang)
    assert len(axes(page)) == 1
    names = [(select.get("name")) for select in page.one("form").all("select")]
    assert names == ["trade"] + ["region"] * 4
    summary = page.one("p", kind="lead").text
    for region in REGIONS:
        last = found[region, 2035]
        assert last["region_label"] in summary
        reach = numbers.interval(last["lower_80"], last["upper_80"], lang, signed=True)  # type: ignore[arg-type]
        assert f"({' '.join(reach.split())})" in summary
    assert ("je 100" in summary or "every 100" in summary) is rated


def test_the_two_views_lead_to_each_other(client: Client) -> None:
    trades = read_page(client.get("/vergleich?trade=A-24,A-25&region=BB").text)
    tabs = {link.text: link for link in trades.one("ul", kind="tabs").all("a")}
    assert tabs["Gewerke einer Region"].get("aria-current") == "true"
    other = tabs["Regionen eines Gewerks"].get("href")
    assert parse_qs(urlsplit(other).query) == {"trade": ["A-24"], "region": ["BB,HWK-FF,DE"]}
    regions = read_page(client.get(other).text)
    assert "Regionen nebeneinander: Installateur und Heizungsbauer" in regions.one("h1").text
    back = {link.text: link for link in regions.one("ul", kind="tabs").all("a")}["Gewerke einer Region"]
    assert "Gewerke nebeneinander: Brandenburg" in read_page(client.get(back.get("href")).text).one("h1").text


def test_at_most_four_and_nobody_twice(client: Client) -> None:
    page = read_page(client.get("/vergleich?trade=A-24&region=BB&region=BB&region=*&region=*").text)
    assert len(page.all("svg")) == 1
    assert client.get("/vergleich?trade=A-24&region=BB,XX").status_code == 404
    assert client.get("/vergleich.pdf?trade=A-24&region=BB,DE").status_code == 200
