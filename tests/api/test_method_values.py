"""Method pages show the assumptions they name with value, range, kind and source, not names alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from api.app import create_app
from api.pages.documents import METHOD, Documents
from api.pages.method_values import FOLDED_FROM, assumptions, named_in
from api.release import Release
from api.service import Settings
from forecast.snapshot import open_snapshot, write_snapshot
from tests.api.conftest import Client
from tests.api.page_reader import read_page
from tests.toy_snapshot import toy_content

DATA = Path(__file__).parents[2] / "data"
SHARE = {
    "name": "craft_share", "name_de": "Anteil im Handwerk", "name_en": "Share in the craft", "unit": "share",
    "kind": "judgement", "keyed_by": ["trade"], "reason": "Grobe Schätzung.",
    "description": "Auf Deutsch.", "description_en": "In English.",
    "entries": [
        {"trade": "A-24", "value": 0.9, "low": 0.75, "high": 0.99, "source": "bibb-dazubi",
         "note": "gelesen"},
        {"trade": "*", "value": 0.7, "low": 0.7, "high": 0.7, "source": "no-such-source", "kind": "measured"},
    ],
}  # fmt: skip
LONG = {
    "name": "firm_share", "name_de": "Anteil der Betriebe", "name_en": "Share of firms", "unit": "share",
    "kind": "law", "keyed_by": ["year"],
    "entries": [{"year": 2000.0 + n, "value": n / 1e3, "low": 0, "high": 1, "source": "bibb-dazubi"}
                for n in range(FOLDED_FROM)],
}  # fmt: skip


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("values")
    toy = toy_content()
    catalogue: dict[str, Any] = dict(toy.documents["catalogue"])
    catalogue["parameters"] = [*catalogue["parameters"], SHARE, LONG]
    write_snapshot(place, replace(toy, documents={**toy.documents, "catalogue": catalogue}))
    return place


@pytest.mark.parametrize(("lang", "shown"), [
    ("de", ["Anteil im Handwerk", "0,9", "0,75 bis 0,99", "gesetzt", "Grobe Schätzung.", "Auf Deutsch."]),
    ("en", ["Share in the craft", "0.9", "0.75 to 0.99", "judgement", "Grobe Schätzung.", "In English."]),
])  # fmt: skip
def test_a_method_page_shows_values_where_it_names_an_assumption(
    root: Path, lang: str, shown: list[str]
) -> None:
    client = Client(create_app(Settings(root, refresh_seconds=0, requests_per_minute=0)))
    answer = client.get(f"/methode/estimates?lang={lang}")
    assert answer.status_code == 200
    page = read_page(answer.text)
    text = page.one("main").text.replace("\u00a0", " ")
    for part in shown:
        assert part in text, part
    first = next(table for table in page.all("table") if "A-24" in table.text or "gelesen" in table.text)
    (link,) = first.all("a")
    assert link.get("href").startswith("https://")
    assert len(page.all("details")) == 1  # the long table is folded, the short one stands open


def test_a_range_of_nought_is_no_range_and_an_unknown_source_keeps_its_name(root: Path) -> None:
    release = Release(open_snapshot(root))
    (found,) = assumptions(release, "## Assumptions\n`craft_share` `nothing_known`\n", "de")
    own, others = found.values
    assert (own.key, own.note) == (release.label("trades", "A-24", "de"), "gelesen")
    assert (others.key, others.range, others.kind, others.source, others.url) == (
        "alle übrigen", "", "gemessen", "no-such-source", "",
    )  # fmt: skip


def test_without_a_release_the_page_is_there_and_says_so(tmp_path: Path) -> None:
    client = Client(create_app(Settings(tmp_path, refresh_seconds=0, requests_per_minute=0)))
    answer = client.get("/methode/estimates")
    assert answer.status_code == 200
    assert "kein Stand geladen" in answer.text


def test_every_assumption_a_page_names_is_one_of_ours() -> None:
    known = {yaml.safe_load(path.read_text(encoding="utf-8"))["name"]
             for path in (DATA / "parameters").rglob("*.yaml")}  # fmt: skip
    pages = [one for one in Documents().by_address.values() if one.address.startswith(f"{METHOD}/")]
    named = {page.address: set(named_in(page.text)) & known for page in pages}
    assert len(named["/methode/estimates"]) > 20
    assert not named["/methode/benchmark"]
