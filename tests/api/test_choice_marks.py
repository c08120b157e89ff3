"""What the pages hold ready for a choice without leaving them: marks, a place to say it, rights, weight."""

from __future__ import annotations

import gzip

import pytest

from api.app import create_app
from api.pages.versions import CHOSEN, SCRIPTED
from api.service import Settings
from forecast.snapshot import write_snapshot
from tests.api.conftest import Client
from tests.api.page_reader import Element, read_page
from tests.api.rich_toy import rich_content

ASKED = {
    "/": "gruppe=shk", "/matrix": "spalten=regionen&year=2030", "/gewerk": "trade=A-24",
    "/region": "year=2030", "/vergleich": "trade=A-24&trade=A-13", "/ausbildungsbedarf": "hebel=A-24",
    "/bildung": "trade=A-24", "/nachfolge": "trade=A-24", "/szenarien": "szenario=retention&trade=A-24",
    "/guete": "groesse=*", "/suche": "q=Metall",
}  # fmt: skip
OTHERS = (
    "/quellen",
    "/hilfe",
    "/methode",
    "/barrierefreiheit",
    "/docs",
    "/verwaltung",
    "/nichts",
    "/embed/matrix",
)
MOST_BYTES = 100_000


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Client:
    """The service over a release with every measure the pages name."""
    root = tmp_path_factory.mktemp("marks") / "snapshots"
    write_snapshot(root, rich_content())
    return Client(create_app(Settings(root, refresh_seconds=0, requests_per_minute=0)))


def both(path: str) -> list[str]:
    """A page as it is opened, and with a choice; in both languages."""
    return [f"{path}{query}" for query in ("", "?lang=en", f"?{ASKED[path]}", f"?{ASKED[path]}&lang=en")]


def marked(root: Element, mark: str) -> list[Element]:
    """Elements with a mark, in document order."""
    found = []
    for child in root.children:
        if isinstance(child, Element):
            found += [*([child] if mark in child.attributes else []), *marked(child, mark)]
    return found


def scripts(page: Element) -> list[str]:
    return [one.get("src").partition(".")[0] for one in page.all("script")]


def test_every_page_with_a_choice_is_looked_at_here() -> None:
    assert set(ASKED) == CHOSEN


@pytest.mark.parametrize("address", [address for path in ASKED for address in both(path)])
def test_a_page_with_a_choice_is_marked(rich, address: str) -> None:
    answer = rich.get(address)
    assert answer.status_code == 200
    page = read_page(answer.text)
    path = address.partition("?")[0]
    (form,) = (one for one in marked(page, "data-choice") if one.tag == "form")
    assert (form.get("method"), form.get("action")) == ("get", path)
    assert scripts(page)[0] == "/static/auswahl"
    policy = answer.headers["content-security-policy"]
    assert policy.endswith("; script-src 'self'; connect-src 'self'")
    assert "unsafe" not in policy
    place = page.one("p", id="gesagt")
    assert (place.get("role"), place.text) == ("status", ""), "there from the start, and silent"
    parts = marked(page, "data-swap")
    assert [one.tag for one in parts] == ["nav", "nav", "main"]
    assert not any(marked(part, "data-swap") for part in parts), "no part lies in another"
    assert not parts[2].all("p", id="gesagt"), "what speaks stays"


@pytest.mark.parametrize("address", [address for path in ASKED for address in both(path)])
def test_a_result_has_a_heading_and_a_sentence(rich, address: str) -> None:
    main = read_page(rich.get(address).text).one("main")
    headings = marked(main, "data-result")
    assert len(headings) <= 1
    assert all(one.tag in ("h1", "h2", "h3") and one.text for one in headings)
    said = marked(main, "data-said")
    assert len(said) <= 1
    for one in said or main.all("p", kind="lead"):
        assert one.get("data-said") or one.text


@pytest.mark.parametrize("path", OTHERS)
def test_other_pages_run_nothing(rich, path: str) -> None:
    answer = rich.get(path, headers={"Accept": "text/html"})
    page = read_page(answer.text)
    assert path not in SCRIPTED
    assert not page.all("script")
    assert "script-src" not in answer.headers["content-security-policy"]
    assert not [one for one in page.all("form") if (one.get("method"), one.get("action")) == ("get", path)]


def test_an_error_runs_nothing_and_names_no_choice(rich) -> None:
    answer = rich.get("/gewerk?trade=A-99", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert not read_page(answer.text).all("script")
    assert not marked(read_page(answer.text), "data-choice")


@pytest.mark.parametrize("address", [f"{path}?{query}" for path, query in ASKED.items()])
def test_a_page_with_its_styles_and_scripts_is_light(rich, address: str) -> None:
    text = rich.get(address).text
    page = read_page(text)
    files = [one.get("href") for one in page.all("link", rel="stylesheet")]
    files += [one.get("src") for one in page.all("script")]
    bodies = [text.encode(), *(rich.get(file).content for file in files)]
    assert len(bodies) >= 3
    assert sum(len(gzip.compress(body, 6)) for body in bodies) <= MOST_BYTES
