"""Help, methods, sources: our documents as pages, escaped, linked, there in an installed package too."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder
from hypothesis import given
from hypothesis import strategies as st

import api
from api.app import create_app
from api.pages.documents import PLACES, Documents
from api.pages.markdown import render
from api.service import Settings
from tests.api.conftest import Client
from tests.api.page_reader import read_page

ROOT = Path(api.__path__[0]).parent
DOCUMENTS = Documents()
ADDRESSES = sorted(DOCUMENTS.by_address)


def test_every_document_of_the_repository_is_shown() -> None:
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("[hm]*/*.md")}
    files = {file for file in files if not file.endswith("README.md")} | {"GLOSSARY.md"}
    assert {one.file for one in DOCUMENTS.by_address.values()} == files


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_document_keeps_its_words_and_is_well_formed(client, address: str) -> None:
    document = DOCUMENTS.by_address[address]
    for lang in ("de", "en"):
        answer = client.get(f"{address}?lang={lang}")
        assert answer.status_code == 200
        page = read_page(answer.text)
        assert page.one("h1").text == DOCUMENTS.title(document, lang)
        article = page.one("article")
        assert article.get("lang") == ("" if document.lang == lang else document.lang)
    shown = re.sub(r"\W+", "", article.text)
    written = re.sub(r"<!--.*?-->", "", document.text)
    for paragraph in re.findall(r"^[A-ZÄÖÜ][^|`*_\[\\]{40,}$", written, re.MULTILINE):
        assert re.sub(r"\W+", "", paragraph) in shown


@pytest.mark.parametrize("address", ADDRESSES)
def test_links_and_sections_of_a_document_lead_somewhere(client, address: str) -> None:
    page = read_page(client.get(f"{address}?lang=en").text)
    for link in page.one("main").all("a"):
        target, _, anchor = link.get("href").partition("#")
        assert target.startswith(("/", "https://")) or (not target and anchor), link.get("href")
        if target.startswith("https://"):
            assert link.get("rel") == "noreferrer"
            continue
        found = read_page(client.get(target).text) if target else page
        if anchor:
            ids = {e.get("id") for tag in ("h2", "h3", "h4", "h5") for e in found.all(tag)}
            assert anchor in ids, link.get("href")


def test_lists_name_every_document_in_both_languages(client) -> None:
    for path in ("/hilfe", "/methode"):
        for lang in ("de", "en"):
            page = read_page(client.get(f"{path}?lang={lang}").text)
            links = {link.get("href").partition("?")[0] for link in page.one("main").all("a")}
            assert {one.address for one in DOCUMENTS.below(path)} <= links
    assert "?lang=en" in read_page(client.get("/hilfe?lang=en").text).one("main").all("a")[0].get("href")


def test_help_needs_no_release(tmp_path) -> None:
    empty = Client(create_app(Settings(tmp_path, refresh_seconds=0, requests_per_minute=0)))
    for address in ("/hilfe", "/hilfe/planer", "/methode", "/barrierefreiheit"):
        assert empty.get(address).status_code == 200
    refused = empty.get("/guete")
    assert refused.status_code == 503
    assert read_page(refused.text).one("h1").text == "Kein veröffentlichter Stand"


def test_an_unknown_document_is_a_page_that_helps(client) -> None:
    answer = client.get("/hilfe/nichts?lang=en")
    assert answer.status_code == 404
    page = read_page(answer.text)
    assert page.one("form", role="search").get("action") == "/suche"
    links = {link.get("href") for link in page.one("main").all("a")}
    assert {"/?lang=en", "/hilfe?lang=en"} <= links


def test_similar_codes_lead_to_the_search(client) -> None:
    page = read_page(client.get("/gewerk?trade=A-26&lang=en").text)
    near = [link for link in page.one("main").all("a") if link.all("code")]
    assert near
    for link in near:
        assert client.get(link.get("href")).status_code == 200
        assert link.text in client.get(link.get("href")).text


@pytest.mark.parametrize("path", ["/hilfe", "/methode/matrix", "/quellen", "/barrierefreiheit"])
def test_unknown_parameters_are_refused(client, path: str) -> None:
    assert client.get(f"{path}?jahr=2030").status_code == 422


# --- sources ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["de", "en"])
def test_sources_are_those_of_the_interface(client, lang: str) -> None:
    page = read_page(client.get(f"/quellen?lang={lang}").text)
    link = page.one("nav", kind="tools").all("a")[0].get("href")
    found = client.data(link)["data"]
    items = {item.get("id").removeprefix("quelle-"): item for item in page.one("main").all("li")}
    assert set(items) == {source["id"] for source in found}
    for source in found:
        text = items[source["id"]].text
        for part in ("title", "terms", "attribution", "retrieved"):
            assert not source[part] or source[part] in text


# --- installed ----------------------------------------------------------------------------------------------


def test_an_installed_package_has_the_documents_too(tmp_path) -> None:
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path / "wheel"), versions=["standard"])
    with zipfile.ZipFile(wheel) as file:
        file.extractall(tmp_path / "site")
    bundled = tmp_path / "site" / PLACES[0].relative_to(ROOT)
    installed = Documents((bundled,))
    assert set(installed.by_address) == set(DOCUMENTS.by_address)
    for address, one in installed.by_address.items():
        assert one.text == DOCUMENTS.by_address[address].text


def test_without_documents_the_list_says_so(tmp_path) -> None:
    assert Documents((tmp_path,)).by_address == {}


# --- Markdown -----------------------------------------------------------------------------------------------


def here(link: str) -> str:
    """A resolver that knows nothing."""
    return ""


def test_markup_in_a_document_is_shown_not_obeyed() -> None:
    shown = render("# T\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1)) ![p](http://a/b.png)", here)
    assert "<script" not in shown.body
    assert "<img" not in shown.body
    assert "javascript:" not in re.sub(r">[^<]*<", "><", shown.body)


def test_tables_get_heads_caption_and_a_frame_for_the_keyboard() -> None:
    shown = render("# T\n\n## Zwei & drei\n\n| | B |\n|---|--:|\n| a | 1 |\n", here)
    page = read_page(f"<div>{shown.body}</div>")
    assert page.one("caption").text == "Zwei & drei"
    assert [head.get("scope") for head in page.all("th")] == ["col"]  # an empty head is none
    frame = page.one("div", role="region")
    assert (frame.get("tabindex"), frame.get("aria-label")) == ("0", "Zwei & drei")
    assert "style" not in shown.body


def test_tables_below_one_heading_have_different_names() -> None:
    table = "| A |\n|---|\n| 1 |\n\n"
    shown = render(f"# T\n\n{table}text\n\n{table}", here)
    assert re.findall(r'aria-label="([^"]+)"', shown.body) == ["T", "T (2)"]


def test_headings_have_one_id_each_and_no_second_title() -> None:
    shown = render("# T\n\n## A\n\n### A\n\n# B\n", here)
    assert re.findall(r'<(h\d) id="([^"]+)"', shown.body) == [
        ("h2", "abschnitt-a"), ("h3", "abschnitt-a-2"), ("h2", "abschnitt-b"),
    ]  # fmt: skip
    assert (shown.title, shown.contents) == ("T", (("abschnitt-a", "A"), ("abschnitt-b", "B")))


@given(st.text(max_size=200))
def test_any_text_gives_well_formed_markup_without_scripts(text: str) -> None:
    shown = render(text, here)
    page = read_page(f"<div>{shown.body}</div>")
    assert not page.all("script")
    assert not page.all("a")
