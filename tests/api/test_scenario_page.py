"""The page on scenarios says what the interface answers, for one trade and for all, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from api.service import Settings
from tests.api.conftest import Client
from tests.api.page_reader import Element, read_page
from tests.toy_accounts import write_toy_with_accounts


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory, data_root: Path) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("scenario-page") / "snapshots"
    write_toy_with_accounts(folder, data_root)
    client = Client(create_app(Settings(folder, refresh_seconds=0, requests_per_minute=0)))
    yield client
    for end in client.service.at_end:
        end()


@pytest.fixture(scope="module")
def two(asked: Client) -> list[str]:
    """Two scenarios made of levers."""
    entries = asked.service.release.entries["scenarios"].items()
    named = [name for name, entry in entries if entry.get("levers") and not entry.get("overrides")]
    assert len(named) >= 2
    return named[:2]


def number(text: str) -> int:
    return int(text.replace("−", "-").replace("+", "").replace(".", "").replace(",", ""))


Cell = tuple[int | None, tuple[int, int] | None]


def shown(page: Element) -> dict[str, list[Cell]]:
    """Return row → numbers with their ranges, in the order of the columns; None where there is none."""
    found = {}
    for row in page.one("table", id="ergebnis").all("tr")[1:]:
        found[row.get("data-key")] = [cell_of(cell) for cell in row.all("td")]
    return found


def cell_of(cell: Element) -> Cell:
    text = cell.one("span", kind="value").text
    if text == "–":
        return None, None
    between = [
        tuple(map(number, re.split(r"\s(?:bis|to)\s", one.text.replace("\u00a0", " "))))
        for one in cell.all("span", kind="range")
    ]
    return number(text), (between[0][0], between[0][1]) if between else None


def answered(record: dict[str, Any]) -> Cell:
    """Return the same of a record of the interface."""
    ends = record["lower_80"], record["upper_80"]
    return record["value"], None if record["value"] is None or None in ends else ends


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize("trade", ["", "A-24"])
def test_every_number_is_that_of_the_interface(asked: Client, two: list[str], lang: str, trade: str) -> None:
    query = f"region=HWK-FF&year=2030&lang={lang}" + (f"&trade={trade}" if trade else "")
    page = read_page(asked.get(f"/szenarien?{query}&szenario={two[0]}&neben={two[1]}").text)
    wanted: dict[str, list[Cell]] = {}
    links = {a.text: a.get("href") for p in page.all("p", kind="data") for a in p.all("a")}
    assert len(links) == 2
    for at, (code, href) in enumerate(zip(two, links.values(), strict=True)):
        for record in asked.data(href)["data"]:
            key = record["measure"] if trade else record["trade_code"]
            if record["scenario"] in (code, "difference") or at == 0:
                wanted.setdefault(key, []).append(answered(record))
    assert shown(page) == wanted
    assert len(wanted) > 1


def test_contributions_are_shown_for_one_trade_and_sum(asked: Client, two: list[str]) -> None:
    page = read_page(asked.get(f"/szenarien?region=HWK-FF&year=2030&trade=A-24&szenario={two[0]}").text)
    (table,) = [t for t in page.all("table") if t.all("span", id=f"beitrag-{two[0]}")]
    values = [number(row.one("span", kind="value").text) for row in table.all("tr")[1:]]
    assert sum(values[:-1]) == values[-1]
    assert shown(page)["gap"][2][0] == values[-1]
    every = read_page(asked.get(f"/szenarien?region=HWK-FF&year=2030&szenario={two[0]}").text)
    assert not [one for one in every.all("span") if one.get("id").startswith("beitrag-")]


def test_what_cannot_be_computed_is_said(asked: Client, two: list[str]) -> None:
    base = read_page(asked.get("/szenarien?szenario=base").text)
    assert not [t for t in base.all("table") if t.get("id") == "ergebnis"]
    nowhere = read_page(asked.get(f"/szenarien?szenario={two[0]}&region=DE").text)
    assert any("keine Konten" in hint.text for hint in nowhere.all("p", kind="hint"))
    trade = next(code for code in asked.service.release.trades if code not in ("A-24", "A-25"))
    answer = asked.get(f"/szenarien?szenario={two[0]}&region=HWK-FF&trade={trade}")
    assert answer.status_code == 200
    assert asked.get(f"/szenarien?szenario={two[0]}&neben=nichts").status_code == 404


def test_all_that_is_chosen_stands_in_the_link(asked: Client, two: list[str]) -> None:
    address = f"/szenarien?region=HWK-FF&year=2030&trade=A-24&szenario={two[0]}&neben={two[1]}"
    page = read_page(asked.get(address).text)
    (link,) = [a.get("href") for a in page.all("a") if a.text == "Link zu diesem Vergleich"]
    assert link == address
    chosen = {
        s.get("name"): [o.get("value") for o in s.all("option") if "selected" in o.attributes]
        for s in page.all("select")
    }
    assert chosen == {
        "szenario": [two[0]], "neben": [two[1]], "region": ["HWK-FF"], "year": ["2030"], "trade": ["A-24"],
    }  # fmt: skip


@pytest.mark.parametrize("lang", ["de", "en"])
def test_what_each_lever_changes_in_the_training_need_is_what_the_interface_says(
    asked: Client, lang: str
) -> None:
    page = read_page(asked.get(f"/ausbildungsbedarf?region=HWK-FF&year=2033&hebel=A-24&lang={lang}").text)
    rows = page.one("table", id="hebel-tabelle").one("tbody").all("tr")
    links = [a.get("href") for p in page.all("p", kind="data") for a in p.all("a")]
    answers = {href.split("/")[4]: asked.data(href)["data"] for href in links if "/scenarios/" in href}
    assert len(answers) == len(rows) - 1 > 0
    wanted: dict[str, list[Cell]] = {}
    for code, data in answers.items():
        need = {record["scenario"]: record for record in data if record["measure"] == "training_need"}
        wanted[code] = [answered(need[code]), answered(need["difference"])]
        assert cell_of(rows[0].all("td")[0]) == answered(need["base"])
    assert {row.get("data-lever"): [cell_of(cell) for cell in row.all("td")] for row in rows[1:]} == wanted
    changes = [cells[1][0] for cells in (wanted[row.get("data-lever")] for row in rows[1:])]
    known = [change for change in changes if change is not None]
    assert known == sorted(known)
    assert changes[: len(known)] == known, "what has no number stands last"


def test_no_lever_is_computed_unless_asked_for(asked: Client) -> None:
    page = read_page(asked.get("/ausbildungsbedarf?region=HWK-FF&year=2033").text)
    assert not page.all("table", id="hebel-tabelle")
    (section,) = [one for one in page.all("section") if one.get("aria-labelledby") == "hebel"]
    first = section.all("a")[0].get("href")
    assert "hebel=" in first
    assert read_page(asked.get(first.partition("#")[0]).text).all("table", id="hebel-tabelle")
    nowhere = read_page(asked.get("/ausbildungsbedarf?region=DE&hebel=A-24").text)
    assert any("keine Konten" in hint.text for hint in nowhere.all("p", kind="hint"))
