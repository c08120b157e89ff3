"""Every page as a PDF: the numbers of the page, tagged for screen readers, the same bytes again."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pypdf
import pytest
import typst

from api.app import create_app
from api.pages.versions import PAPER
from api.paper.blocks import plain, read_page
from api.paper.row_heads import StructureError, with_row_heads
from api.paper.sheet import alone, sheet
from api.problems import Problem
from api.routes.paper_pages import WORK
from api.service import Settings
from api.what_if_lanes import Lane
from tests.api.conftest import Client
from tests.api.page_reader import Element
from tests.api.page_reader import read_page as read_html

FOOT = {"standing": "Stand X", "sources": "Quellen: Y", "page": "Seite {number} von {all}"}
DAY = date(2025, 10, 31)
HOSTILE = (
    '#panic("a")',
    "#eval(\"1+1\")", "*fett* _kursiv_ `roh`", "$x^2$", "]] #[ #{ }", "// weg /* weg */", "= Kopf",
    "\\u{41} \\ ", "@quelle <marke>", "~ -- ... 'x' \"y\"", "&lt;script&gt;", "</main>",
)  # fmt: skip


@pytest.fixture(scope="module")
def press(toy_root: Path) -> Iterator[Client]:
    client = Client(create_app(Settings(toy_root, refresh_seconds=0, requests_per_minute=0)))
    yield client
    for end in client.service.at_end:
        end()


def squeezed(text: str) -> str:
    """Without what typesetting changes: spaces, line ends, hyphens at their end."""
    return re.sub(r"[\s\u00ad\u2009\u00a0-]", "", text)


def read(body: bytes) -> tuple[pypdf.PdfReader, str]:
    reader = pypdf.PdfReader(io.BytesIO(body))
    return reader, squeezed("".join(page.extract_text() for page in reader.pages))


def numbers_of(page: Element) -> list[str]:
    main = page.one("main")
    cells = [cell for table in main.all("table") for cell in table.all("td")]
    return [
        part.text for cell in cells for kind in ("value", "range") for part in cell.all("span", kind=kind)
    ]


@pytest.mark.parametrize("path", sorted(PAPER))
@pytest.mark.parametrize("lang", ["de", "en"])
def test_every_page_is_an_accessible_pdf_with_its_numbers(press, path: str, lang: str) -> None:
    query = "" if lang == "de" else "?lang=en"
    answer = press.get(f"{PAPER[path]}{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    reader, text = read(answer.content)
    root = reader.trailer["/Root"]
    assert root["/StructTreeRoot"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].startswith(lang)
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    metadata = root["/Metadata"].get_data().decode()
    assert re.search(r"<pdfuaid:part>1</pdfuaid:part>", metadata)
    page = read_html(press.get(f"{path}{query}").text)
    assert reader.metadata.title == page.one("head").one("title").text
    for number in numbers_of(page):
        assert squeezed(number) in text
    assert press.service.release_id in text
    assert squeezed(f"http://127.0.0.1{path}{query}") in text


def test_tables_repeat_their_head_and_charts_have_words(press) -> None:
    body = press.get("/gewerk.pdf?trade=A-24").content
    reader = pypdf.PdfReader(io.BytesIO(body))
    kinds, words = set(), []

    def walk(node: object) -> None:
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            for part in node:
                walk(part)
        elif isinstance(node, dict) and "/S" in node:
            kinds.add(node["/S"])
            words.extend([str(node["/Alt"])] if "/Alt" in node else [])
            walk(node.get("/K", []))

    walk(reader.trailer["/Root"]["/StructTreeRoot"]["/K"])
    assert {"/H1", "/H2", "/Table", "/TH", "/TD", "/Figure", "/Link"} <= kinds
    charts = read_html(press.get("/gewerk?trade=A-24").text).all("svg")
    drawn = ("Liniendiagramm", "Wasserfall", "Balkendiagramm")
    assert sum(any(kind in one for kind in drawn) for one in words) == len(charts)


def elements(node: object, kind: str) -> Iterator[pypdf.generic.DictionaryObject]:
    """Yield the structure elements of a type below one, in reading order."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        for part in node:
            yield from elements(part, kind)
    elif isinstance(node, dict):
        if node.get("/S") == kind:
            yield node
        yield from elements(node.get("/K", []), kind)


def test_rows_have_heads_that_their_cells_name(press) -> None:
    reader = pypdf.PdfReader(io.BytesIO(press.get("/gewerk.pdf?trade=A-24").content), strict=True)
    tree = reader.trailer["/Root"]["/StructTreeRoot"]
    names = tree["/IDTree"]["/Names"]
    by_name = {str(name): one.get_object() for name, one in zip(names[::2], names[1::2], strict=True)}
    assert list(by_name) == sorted(by_name)
    page = read_html(press.get("/gewerk?trade=A-24").text)
    heads = [row for table in page.all("table") for row in table.one("tbody").all("tr") if row.all("td")]
    rows = [row for row in elements(tree["/K"], "/TR") if list(elements(row, "/TD"))]
    assert len(rows) == len(heads)
    for row in rows:
        head, *cells = (cell.get_object() for cell in row["/K"])
        assert (head["/S"], head["/A"][0]["/Scope"]) == ("/TH", "/Row")
        assert by_name[str(head["/ID"])] == head
        for cell in cells:
            named = [by_name[str(one)] for one in cell["/A"][0]["/Headers"]]
            assert named[-1] == head
            assert {one["/A"][0]["/Scope"] for one in named[:-1]} == {"/Column"}


def test_a_row_without_a_head_keeps_its_cells() -> None:
    table = (
        "<table><thead><tr><th>K</th><th>W</th></tr></thead>"
        "<tbody><tr><td>a</td><td>1</td></tr><tr><th scope='row'>b</th><td>2</td></tr></tbody></table>"
    )
    body = sheet(page_of(table), "https://a.example/x", DAY, FOOT)
    reader = pypdf.PdfReader(io.BytesIO(body), strict=True)
    rows = list(elements(reader.trailer["/Root"]["/StructTreeRoot"]["/K"], "/TR"))
    assert [[cell.get_object()["/S"] for cell in row["/K"]] for row in rows] == [
        ["/TH", "/TH"], ["/TD", "/TD"], ["/TH", "/TD"],
    ]  # fmt: skip


def test_a_table_without_heads_of_columns_gets_those_of_rows() -> None:
    table = "<table><tbody><tr><th scope='row'>a</th><td>1</td></tr></tbody></table>"
    reader = pypdf.PdfReader(io.BytesIO(sheet(page_of(table), "https://a.example/x", DAY, FOOT)), strict=True)
    tree = reader.trailer["/Root"]["/StructTreeRoot"]
    (row,) = elements(tree["/K"], "/TR")
    head, cell = (one.get_object() for one in row["/K"])
    assert (head["/S"], head["/A"][0]["/Scope"]) == ("/TH", "/Row")
    assert list(cell["/A"][0]["/Headers"]) == [head["/ID"]]
    assert next(iter(tree["/IDTree"]["/Names"])) == head["/ID"]


@pytest.mark.parametrize("broken", ["another table", "another row", "another file"])
def test_a_file_that_is_not_the_page_is_refused(broken: str) -> None:
    table = "<table><tbody><tr><th scope='row'>a</th><td>1</td></tr></tbody></table>"
    made = sheet(page_of(table), "https://a.example/x", DAY, FOOT)
    longer = table.replace("</tbody>", "<tr><td>2</td></tr></tbody>")
    more = {"another table": table * 2, "another row": longer}
    blocks = read_page(page_of(more.get(broken, table)), "https://a.example/x")["blocks"]
    with pytest.raises(StructureError):
        with_row_heads(made[:-9] if broken == "another file" else made, blocks)


def test_the_same_address_and_release_give_the_same_bytes(press, toy_root: Path) -> None:
    other = Client(create_app(Settings(toy_root, refresh_seconds=0, requests_per_minute=0)))
    try:
        first, again = (one.get("/matrix.pdf?region=HWK-FF") for one in (press, other))
        assert first.content == again.content
        assert first.headers["etag"] == again.headers["etag"]
        known = press.get("/matrix.pdf?region=HWK-FF", headers={"If-None-Match": first.headers["etag"]})
        assert known.status_code == 304
    finally:
        for end in other.service.at_end:
            end()


def test_two_hosts_do_not_share_a_pdf(press) -> None:
    one, other = (
        read(press.get("/matrix.pdf", headers={"Host": host}).content)[1]
        for host in ("a.example", 'b.example"><x')
    )
    assert "http://a.example/matrix" in one
    assert "a.example" not in other
    assert "b.example" not in other  # no host name, so it is not repeated


@pytest.mark.parametrize(
    ("url", "status", "word"),
    [
        ("/gewerk.pdf?trade=A-99", 404, "A-99"),
        ("/matrix.pdf?farbe=rot", 422, "farbe"),
        ("/bildung.pdf?year=1900", 422, "year"),
        ("/nirgends.pdf", 404, "Nicht gefunden"),
    ],
)
def test_a_wrong_address_is_explained_on_a_page(press, url: str, status: int, word: str) -> None:
    answer = press.get(url)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert word in answer.text


def test_too_many_at_once_are_told_when_to_come_again() -> None:
    lane = Lane("probe", waiting=1, seconds=30, work=WORK)
    request = {"html": "", "address": "", "day": "2025-10-31", "foot": FOOT}

    async def ask() -> list[object]:
        return await asyncio.gather(*(lane.ask(request, 2.0) for _ in range(2)), return_exceptions=True)

    try:
        failed, refused = asyncio.run(ask())
        assert isinstance(failed, Problem)
        assert failed.kind.status == 500
        assert isinstance(refused, Problem)
        assert refused.kind.status == 503
        assert refused.headers == {"Retry-After": "2"}
        assert "PDF" in refused.detail.de
    finally:
        lane.close()


def page_of(inner: str) -> str:
    return f'<html lang="de"><head><title>T</title></head><main><h1>Kopf</h1>{inner}</main></html>'


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_text_becomes_markup(hostile: str) -> None:
    shown = hostile.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    chart = f'<figure><figcaption>{shown}</figcaption><svg viewBox="0 0 9 9"><title>{shown}</title><desc>d</desc></svg></figure>'  # noqa: E501
    table = f"<table><caption>{shown}</caption><thead><tr><th>{shown}</th></tr></thead><tbody><tr><td>{shown}</td></tr></tbody></table>"  # noqa: E501
    body = sheet(
        page_of(f"<p>{shown}</p><ul><li>{shown}</li></ul>{table}{chart}"), "https://a.example/x", DAY, FOOT
    )
    _, text = read(body)
    assert text.count(squeezed(hostile)) == 6


def test_what_cannot_be_read_aloud_is_no_pdf() -> None:
    with pytest.raises(typst.TypstError):
        sheet(
            page_of('<svg viewBox="0 0 9 9"></svg>').replace("<title>T</title>", "<title></title>"),
            "",
            DAY,
            FOOT,
        )


def test_what_leads_elsewhere_on_a_screen_is_left_out() -> None:
    html = page_of(
        '<form><p>Wahl</p></form><p class="data">CSV</p><p>A<span class="hidden">verborgen</span> '
        '<a href="/b?x=1">B</a> <a href="#c">C</a></p><h3>Sprung</h3>'
    )
    blocks = read_page(html, "https://a.example/x")["blocks"]
    assert [(one["kind"], plain(one["runs"])) for one in blocks] == [
        ("heading", "Kopf"), ("paragraph", "A B C"), ("heading", "Sprung"),
    ]  # fmt: skip
    assert [run["link"] for run in blocks[1]["runs"] if "link" in run] == ["https://a.example/b?x=1"]
    assert [one["level"] for one in blocks if one["kind"] == "heading"] == [1, 2]


def test_every_sheet_of_the_plan_begins_on_paper_of_its_own(press) -> None:
    url = "?region=HWK-FF&ansicht=plan"
    sheets = read_html(press.get(f"/bildung{url}").text).all("section", kind="sheet")
    names = [squeezed(one.one("h2").text) for one in sheets]
    reader, _ = read(press.get(f"/bildung.pdf{url}").content)
    starts = [squeezed(page.extract_text()) for page in reader.pages]
    assert len(names) > 1
    for name in names:
        assert sum(start.startswith(name) for start in starts) == 1


def test_only_a_chart_can_stand_alone() -> None:
    with pytest.raises(ValueError, match="no chart"):
        alone("<p></p>")


def test_pages_lead_to_their_pdf(press) -> None:
    for path, paper in PAPER.items():
        links = read_html(press.get(path).text).all("a", type="application/pdf")
        assert links, path
        assert {link.get("href").partition("?")[0] for link in links} == {paper}
    assert not read_html(press.get("/gewerk?trade=A-99").text).all("a", type="application/pdf")
