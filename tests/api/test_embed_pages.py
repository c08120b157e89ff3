"""Views for other web sites: the numbers of the page, in frames of listed web sites only."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.app import create_app
from api.service import Settings
from api.settings import Settings as Read
from forecast.errors import OperationError
from tests.api.conftest import Client
from tests.api.page_reader import Element, read_page
from tests.toy_snapshot import EMPTY_TRADE

VIEWS = ("/matrix", "/gewerk", "/ausbildungsbedarf")


def values(table: Element, columns: int) -> list[tuple[str, list[str]]]:
    """Name of each row with the numbers and ranges of its first columns."""
    return [
        (
            head.all("span", kind="code")[0].text if head.all("span", kind="code") else head.text,
            [
                part.text
                for cell in row.all("td")[:columns]
                for kind in ("value", "range")
                for part in cell.all("span", kind=kind)
            ],
        )
        for row in table.all("tr")
        for head in row.all("th", scope="row")
    ]


@pytest.mark.parametrize("query", ["", "?region=BB&year=2030", "?lang=en"])
@pytest.mark.parametrize("path", VIEWS)
def test_a_view_shows_the_numbers_of_the_page(client, path: str, query: str) -> None:
    view = read_page(client.get(f"/embed{path}{query}").text)
    page = read_page(client.get(f"{path}{query}").text)
    (shown,) = view.all("table")
    columns = 2 if path == "/ausbildungsbedarf" else 99
    assert values(shown, columns) == values(page.all("table")[0], columns)
    assert values(shown, columns)
    pictures = [(one.one("title").text, one.one("desc").text) for one in view.all("svg")]
    assert pictures == [
        (one.one("title").text, one.one("desc").text) for one in page.all("svg")[: len(pictures)]
    ]
    assert pictures or path == "/matrix"


@pytest.mark.parametrize("path", VIEWS)
def test_a_view_is_small_and_leads_back_to_its_page(client, path: str) -> None:
    for lang in ("de", "en"):
        page = read_page(client.get(f"/embed{path}?year=2030&lang={lang}").text)
        assert page.one("html").get("lang") == lang
        assert page.one("meta", name="robots").get("content") == "noindex"
        assert not page.all("nav")
        assert not page.all("form")
        assert len(page.all("h1")) == 1
        (back,) = page.all("a")
        assert back.get("href") == page.one("link", rel="canonical").get("href")
        assert client.get(back.get("href")).status_code == 200
        assert ("lang=en" in back.get("href")) == (lang == "en")
        assert "year=2030" in back.get("href")


def test_who_may_show_a_view_in_a_frame(client, toy_root: Path) -> None:
    def policy(asked: Client, path: str) -> str:
        return asked.get(path).headers["content-security-policy"]

    listed = Client(
        create_app(Settings(toy_root, refresh_seconds=0, embed_origins=("https://www.hwk.example",)))
    )
    assert policy(client, "/embed/matrix").endswith("frame-ancestors 'self'")
    assert policy(listed, "/embed/matrix").endswith("frame-ancestors 'self' https://www.hwk.example")
    assert policy(listed, "/embed/matrix") == policy(listed, "/embed/matrix")  # from the cache as well
    assert "frame-ancestors 'none'" in policy(listed, "/matrix").split("; ")
    assert policy(listed, "/api/v1/matrix").endswith("frame-ancestors 'none'")
    assert listed.get("/embed/matrix").headers["x-robots-tag"] == "noindex"
    assert "script" not in policy(listed, "/embed/matrix")


@pytest.mark.parametrize("text", ["*", "https://a.example/pfad", "https://a.example; script-src *", "'self'"])
def test_what_is_no_web_site_is_no_setting(text: str) -> None:
    with pytest.raises(OperationError):
        Read.from_environment({"FACHKRAEFTEMATRIX_EMBED_ORIGINS": text})


def test_the_snippet_names_this_server_and_the_choice(client) -> None:
    links = [
        link.get("href")
        for link in read_page(client.get("/gewerk?trade=A-24&year=2030&lang=en").text).all("a")
        if link.get("href").startswith("/einbetten")
    ]
    assert len(links) == 1
    for host in ("a.example", "b.example"):
        answer = client.get(links[0], headers={"Host": host})
        page = read_page(answer.text)
        assert page.one("html").get("lang") == "en"
        frame = read_page(page.one("pre").text).one("iframe")
        assert frame.get("src").startswith(f"http://{host}/embed/gewerk?trade=A-24&")
        assert "year=2030" in frame.get("src")
        assert client.get(frame.get("src").removeprefix(f"http://{host}")).status_code == 200


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/embed/gewerk?trade=A-99", 404), ("/embed/matrix?farbe=rot", 422), ("/embed/region", 404),
        ("/einbetten/region", 404), ("/einbetten/matrix?farbe=rot", 422), ("/embed/matrix?year=1900", 422),
    ],
)  # fmt: skip
def test_a_wrong_view_is_explained(client, url: str, status: int) -> None:
    answer = client.get(url)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")


def test_a_trade_without_figures_says_why(client) -> None:
    page = read_page(client.get(f"/embed/gewerk?trade={EMPTY_TRADE}").text)
    assert not page.all("table")
    assert page.all("p", kind="missing")
