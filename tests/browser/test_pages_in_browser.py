"""Every page in both languages as it is read: on a desktop, a phone, enlarged, on paper, without scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.addresses import EVERY, EVERY_WRONG
from tests.browser.conftest import follow

DESKTOP = {"width": 1280, "height": 900}
#: A phone, the narrowest phone WCAG 2.2 speaks of (1.4.10), a desktop at 200 %: half as many CSS pixels.
NARROW = {"phone": 390, "narrow phone": 320, "200 %": 640}
#: Width of an A4 page across in CSS pixels, without its margins.
PAPER = 1032
WIDE_ELEMENTS = """width => [...document.querySelectorAll("body *")].filter(one => {
    if (one.getBoundingClientRect().right <= width + 1) return false;
    for (let up = one.parentElement; up; up = up.parentElement)
        if (getComputedStyle(up).overflowX !== "visible") return false;
    return true;
}).slice(0, 3).map(one => `${one.tagName} ${one.className} ${(one.textContent || "").trim().slice(0, 40)}`)"""
MISSING_PAGE = "Failed to load resource: the server responded with a status of"


def watched(page: Page, site: str) -> list[str]:
    """Return a list that fills with what a page must not do: complain, or ask anybody else."""
    seen: list[str] = []
    complaints = ("error", "warning", "assert")
    page.on("console", lambda said: seen.append(said.text) if said.type in complaints else None)
    page.on("pageerror", lambda error: seen.append(f"error: {error}"))
    page.on("request", lambda asked: None if asked.url.startswith(site) else seen.append(asked.url))
    return seen


def assert_fits(page: Page, width: int, what: str) -> None:
    """The page itself never scrolls sideways; what is wider has its own frame."""
    page.set_viewport_size({"width": width, "height": 800})
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width, f"{what}: {wide} of {width} px, {page.evaluate(WIDE_ELEMENTS, width)}"


@pytest.mark.parametrize("address", EVERY)
def test_a_page_fits_every_reader(page: Page, site: str, address: str) -> None:
    seen = watched(page, site)
    answer = page.goto(address, wait_until="load")
    assert answer is not None
    assert answer.status == 200
    assert page.locator("h1").count() == 1
    assert page.title().endswith("Fachkräftematrix")
    assert page.locator("html").get_attribute("lang") == ("en" if "lang=en" in address else "de")
    assert_fits(page, DESKTOP["width"], "desktop")
    for what, width in NARROW.items():
        assert_fits(page, width, what)
    page.emulate_media(media="print")
    assert_fits(page, PAPER, "paper")
    assert not page.locator("header nav, nav.pages, form").filter(visible=True).count()
    assert page.locator("h1").is_visible()
    assert seen == []


@pytest.mark.parametrize("address", EVERY)
def test_a_page_says_the_same_without_scripts(context: Callable[..., BrowserContext], address: str) -> None:
    said = [_numbers(context(java_script_enabled=on).new_page(), address) for on in (True, False)]
    assert said[0] == said[1]


def _numbers(page: Page, address: str) -> dict[str, Any]:
    """Return what a reader takes from a page: heading, tables, where links and forms lead."""
    page.goto(address)
    return {
        "heading": page.locator("h1").inner_text(),
        "tables": page.locator("table").all_inner_texts(),
        "links": page.locator("main a[href]").count(),
        "buttons": page.locator("form button[type=submit]:visible").count(),
    }


@pytest.mark.parametrize("address", EVERY_WRONG)
def test_a_wrong_address_gives_a_page_that_helps(page: Page, site: str, address: str) -> None:
    seen = watched(page, site)
    answer = page.goto(address)
    assert answer is not None
    assert answer.status in (404, 422)
    assert page.locator("h1").count() == 1
    text = page.locator("main").inner_text()
    assert "Traceback" not in text
    assert "Exception" not in text
    english = "lang=en" in address
    assert page.get_by_role("searchbox").is_visible()
    way = page.get_by_role("link", name="To the matrix" if english else "Zur Matrix")
    for width in (DESKTOP["width"], *NARROW.values()):
        assert_fits(page, width, f"{width} px")
    assert [one for one in seen if MISSING_PAGE not in one] == []
    page.set_viewport_size(DESKTOP)
    follow(page, way)
    assert page.locator("table").first.is_visible()


@pytest.mark.parametrize("lang", ["de", "en"])
def test_printing_the_matrix_repeats_heads_and_drops_what_paper_cannot_do(page: Page, lang: str) -> None:
    page.goto("/" if lang == "de" else "/?lang=en")
    page.emulate_media(media="print")
    style = "one => getComputedStyle(one)"
    assert page.locator("thead").first.evaluate(f"one => ({style})(one).display") == "table-header-group"
    assert page.locator("thead th").first.evaluate(f"one => ({style})(one).position") == "static"
    assert page.locator(".scroll").first.evaluate(f"one => ({style})(one).overflowX") == "visible"
    assert page.locator("p.print").is_visible()  # its own address, to find the page again
