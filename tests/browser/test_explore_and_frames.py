"""Charts to explore and views in frames, in a real browser under the policies the service sends."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, Request, expect

from tests.browser.conftest import serving

TRADE = "/gewerk?trade=A-24&region=HWK-FF"
DRAWN = "figure.explored .plot"


def asked(page: Page) -> list[str]:
    """Addresses the page asks for from now on."""
    found: list[str] = []

    def note(request: Request) -> None:
        found.append(request.url)

    page.on("request", note)
    return found


def table_of_gaps(page: Page) -> dict[int, str]:
    """Year → gap as the first table prints it."""
    rows = page.locator("table.series").first.locator("tbody tr").all()
    return {int(row.locator("th").inner_text()): row.locator("td .value").first.inner_text() for row in rows}


def test_plotly_is_loaded_on_demand_and_draws_the_numbers_of_the_table(page: Page) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    requests = asked(page)
    page.goto(TRADE)
    assert not [one for one in requests if "plotly" in one]
    button = page.get_by_role("button", name="Interaktiv erkunden").first
    button.focus()
    page.keyboard.press("Enter")
    page.locator(DRAWN + " .main-svg").first.wait_for()
    assert len([one for one in requests if "plotly" in one]) == 1
    assert all(one.startswith(page.url.partition("/gewerk")[0]) for one in requests)
    drawn = page.evaluate(
        """() => Object.fromEntries(
            document.querySelector(".plot").data.filter(one => !one.fill)
                .flatMap(one => Array.from(one.x, (year, at) => [year, one.y[at]]))
                .filter(([, value]) => value !== null))"""
    )
    printed = {
        year: int(text.replace(".", "").replace("−", "-").replace("+", ""))
        for year, text in table_of_gaps(page).items()
        if text != "–"
    }
    assert {int(year): value for year, value in drawn.items()} == printed
    assert not errors
    back = page.get_by_role("button", name="Zurück zur Zeichnung")
    assert back.evaluate("one => one === document.activeElement")
    back.click()
    expect(page.locator("figure[data-figure] svg.chart").first).to_be_visible()
    expect(page.locator(".plot").first).to_be_hidden()


@pytest.mark.parametrize(("figure", "table"), [("alter", "tabelle-alter"), ("weg", "tabelle-weg")])
def test_bars_to_explore_show_the_numbers_of_their_table(page: Page, figure: str, table: str) -> None:
    page.goto(TRADE)
    chart = page.locator(f'figure[data-figure^="/erkunden/{figure}?"]')
    chart.get_by_role("button", name="Interaktiv erkunden").click()
    chart.locator(".main-svg").first.wait_for()
    drawn = chart.locator(".plot").evaluate("one => Array.from(one.data[0].x)")
    rows = page.locator(f"table:has(#{table}) tbody tr:not(.sum) td .value")
    printed = [text for text in rows.all_inner_texts() if text != "–"]
    assert drawn == [int(text.replace(".", "")) for text in printed]


def test_past_forecasts_to_explore_show_the_numbers_of_their_table(page: Page) -> None:
    page.goto(TRADE)
    chart = page.locator('figure[data-figure^="/erkunden/frueher?"]')
    chart.get_by_role("button", name="Interaktiv erkunden").click()
    chart.locator(".main-svg").first.wait_for()
    drawn = chart.locator(".plot").evaluate(
        "one => Array.from(one.data[1].y, (year, at) => [year, one.data[1].x[at]])"
    )
    rows = page.locator("table:has(#tabelle-frueher) tbody tr")
    came = {row.locator("th").inner_text(): row.locator("td strong.value").inner_text() for row in rows.all()}
    assert drawn
    assert [came[year] for year, _ in drawn] == [f"{value:+d}".replace("-", "−") for _, value in drawn]
    named = chart.locator(".ytick text").all_text_contents()
    assert sorted(named) == sorted(year for year, _ in drawn)  # names, not numbers on a scale


def test_layers_of_the_chart_lie_on_each_other(page: Page) -> None:
    page.goto(TRADE)
    page.get_by_role("button", name="Interaktiv erkunden").first.click()
    page.locator(DRAWN + " .main-svg").first.wait_for()
    tops = (
        page.locator(DRAWN)
        .first.locator(".main-svg")
        .evaluate_all("all => all.map(one => Math.round(one.getBoundingClientRect().top))")
    )
    assert len(tops) > 1
    assert len(set(tops)) == 1


def test_a_chart_that_cannot_be_loaded_says_so(page: Page) -> None:
    page.route("**/erkunden/reihe*", lambda route: route.abort())
    page.goto(TRADE)
    page.get_by_role("button", name="Interaktiv erkunden").first.click()
    page.get_by_text("Das Diagramm ließ sich nicht laden.").first.wait_for()
    assert page.locator("figure[data-figure] svg.chart").first.is_visible()


def test_without_a_script_there_is_no_button_and_the_drawing_stays(
    context: Callable[..., BrowserContext],
) -> None:
    page = context(java_script_enabled=False).new_page()
    page.goto(TRADE)
    assert page.locator("button.explore").count() == 0
    assert page.locator("svg.chart").first.is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_explored_chart_and_the_views_pass_axe(
    context: Callable[..., BrowserContext], scheme: str
) -> None:
    page = context(color_scheme=scheme, viewport={"width": 1280, "height": 900}, bypass_csp=True).new_page()
    for address in (
        "/embed/matrix",
        "/embed/gewerk?trade=A-24",
        "/embed/ausbildungsbedarf",
        "/einbetten/matrix",
        TRADE,
    ):
        page.goto(address)
        if address == TRADE:
            page.get_by_role("button", name="Interaktiv erkunden").first.click()
            page.locator(DRAWN + " .main-svg").first.wait_for()
        found = Axe().run(page)
        assert found.violations_count == 0, f"{address}\n{found.generate_report()}"


@pytest.mark.parametrize("width", [320, 500])
def test_views_fit_a_narrow_frame(context: Callable[..., BrowserContext], width: int) -> None:
    page = context(viewport={"width": width, "height": 600}).new_page()
    for address in (
        "/embed/matrix",
        "/embed/gewerk",
        "/embed/ausbildungsbedarf",
        "/einbetten/gewerk?lang=en",
    ):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address


@contextmanager
def foreign_site(body: Callable[[], str]) -> Iterator[str]:
    """Another web site on this machine."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body().encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def test_a_listed_web_site_shows_a_view_and_another_does_not(
    context: Callable[..., BrowserContext], repo_root: Path, snapshots: Path, site: str
) -> None:
    source = {"listed": "", "other": site}
    with foreign_site(lambda: "".join(
        f'<iframe name="{name}" src="{base}/embed/gewerk?trade=A-24" width="600" height="500"></iframe>'
        for name, base in source.items()
    )) as there, serving(repo_root, snapshots, FACHKRAEFTEMATRIX_EMBED_ORIGINS=there) as listing:  # fmt: skip
        source["listed"] = listing
        page = context().new_page()
        page.goto(there)
        allowed, refused = page.frame(name="listed"), page.frame(name="other")
        assert allowed is not None
        assert refused is not None
        allowed.locator("svg.chart").wait_for()
        assert allowed.locator("h1").count() == 1
        assert refused.locator("h1").filter(has_text="2035").count() == 0
        with context_page(page) as opened:
            allowed.get_by_role("link", name="Ganze Seite").click()
        expect(opened[0].locator("nav.pages")).to_be_visible()


@contextmanager
def context_page(page: Page) -> Iterator[list[Page]]:
    """The window a click opens."""
    opened: list[Page] = []
    with page.expect_popup() as waiting:
        yield opened
    opened.append(waiting.value)
