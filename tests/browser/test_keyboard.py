"""Without a mouse, with own colours, without motion: what a reader can do and see on every page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.addresses import EVERY, LANGUAGES, in_language

MOST_STOPS = 60
#: Where the focus is: its place in the document, what it says, how it is shown.
FOCUS = """() => {
    const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
    const all = [...document.querySelectorAll("*")];
    return {at: all.indexOf(one), tag: one.tagName, id: one.id, href: one.getAttribute("href") || "",
            outline: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
            inside: box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0
                    && box.left < innerWidth,
            covered: [...one.getClientRects()].every(part => !one.contains(document.elementFromPoint(
                Math.min(Math.max(part.left + part.width / 2, 1), innerWidth - 1),
                Math.min(Math.max(part.top + part.height / 2, 1), innerHeight - 1))))};
}"""
#: Parts of charts that neither their line nor their area sets off from the ground.
COLOURLESS = """() => {
    const ground = getComputedStyle(document.body).backgroundColor;
    const lost = one => {
        const style = getComputedStyle(one);
        return ["none", ground].includes(style.stroke) && ["none", ground].includes(style.fill);
    };
    const parts = ["line", "path", "rect", "text"].map(one => `svg.chart ${one}`).join();
    return [...document.querySelectorAll(parts)].filter(lost).map(one => one.outerHTML.slice(0, 90));
}"""
CHARTS = ("/", "/matrix", "/gewerk?trade=A-24&region=HWK-FF", "/guete", "/bildung", "/ausbildungsbedarf")
STICKY = ("/", "/matrix", "/gewerk?trade=A-24&region=HWK-FF", "/guete")


def both(*pages: str) -> list[str]:
    """Return pages in both languages."""
    return [in_language(page, lang) for page in pages for lang in LANGUAGES]


REACHABLE = "a[href], button, input:not([type=hidden]), select, summary, [tabindex='0']"


@pytest.mark.parametrize("address", EVERY)
def test_the_tabulator_walks_in_reading_order_and_is_seen(page: Page, address: str) -> None:
    page.goto(address)
    page.keyboard.press("Tab")
    first = page.evaluate(FOCUS)
    assert (first["tag"], first["href"]) == ("A", "#inhalt"), "the first stop leads to the content"
    assert first["inside"], "it is seen as soon as it has the focus"
    stops = [first]
    count = page.locator(REACHABLE).filter(visible=True).count()
    for _ in range(min(count, MOST_STOPS) - 1):
        page.keyboard.press("Tab")
        stops.append(page.evaluate(FOCUS))
    places = [one["at"] for one in stops if one["tag"] != "BODY"]
    assert places == sorted(places), "the order of the keyboard is that of the page"
    assert len(set(places)) >= min(count, MOST_STOPS) - 1, "every stop is another one: no trap"
    for one in stops:
        assert one["tag"] == "BODY" or one["outline"] >= 2, f"no visible focus: {one}"
        assert one["tag"] == "BODY" or one["inside"], f"outside the window: {one}"


@pytest.mark.parametrize("address", both(*STICKY))
def test_no_focus_hides_behind_heads_that_stay(page: Page, address: str) -> None:
    """WCAG 2.2, 2.4.11: what has the focus is not entirely covered by sticky heads."""
    page.goto(address)
    hidden = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUS)
        if found["covered"] and found["tag"] not in ("BODY", "DIV"):
            hidden.append(found)
    assert hidden == []


def test_the_skip_link_moves_the_focus_into_the_content(page: Page) -> None:
    page.goto("/matrix")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#inhalt")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


@pytest.mark.parametrize(
    ("address", "field", "typed", "row"),
    [
        ("/matrix", "Gewerbegruppe", "Sani", "Installateur und Heizungsbauer"),
        ("/matrix?lang=en", "Group of trades", "Plum", "Plumbers and heating installers"),
    ],
)
def test_a_choice_is_made_with_the_keyboard_alone(
    page: Page, address: str, field: str, typed: str, row: str
) -> None:
    page.goto(address)
    page.get_by_label(field).focus()
    page.keyboard.type(typed)
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "BUTTON":
            break
    with page.expect_navigation(wait_until="load"):
        page.keyboard.press("Enter")
    expect(page.locator("h1")).to_be_focused()
    assert "gruppe=shk" in page.url
    assert page.get_by_role("rowheader", name=row).is_visible()


@pytest.mark.parametrize("address", both(*CHARTS))
def test_with_forced_colours_nothing_gets_lost(context: Callable[..., BrowserContext], address: str) -> None:
    page = context(forced_colors="active", viewport={"width": 1280, "height": 900}).new_page()
    page.goto(address)
    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    # the sign of a number is written, the mark of its kind too: neither rests on a colour
    for cell in page.locator("td.shortage .value, td.h1 .value, td.h2 .value, td.h3 .value").all()[:20]:
        assert cell.inner_text().startswith("+")
    for cell in page.locator("td.surplus .value, td.c1 .value, td.c2 .value, td.c3 .value").all()[:20]:
        assert cell.inner_text().startswith("−")
    drawn = page.evaluate(COLOURLESS)
    assert drawn == [], "parts of a chart without any colour of their own"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUS)["outline"] >= 2


@pytest.mark.parametrize("address", EVERY)
def test_nothing_moves_for_those_who_want_no_motion(
    context: Callable[..., BrowserContext], address: str
) -> None:
    page = context(reduced_motion="reduce").new_page()
    page.goto(address)
    assert page.evaluate("matchMedia('(prefers-reduced-motion: reduce)').matches")
    moving = page.evaluate(
        """() => [...document.querySelectorAll("*")].filter(one => { const s = getComputedStyle(one);
            return parseFloat(s.animationDuration) > 0 || parseFloat(s.transitionDuration) > 0
                   || s.scrollBehavior === "smooth"; }).map(one => one.tagName)"""
    )
    assert moving == []
    assert page.evaluate("document.getAnimations().length") == 0


@pytest.mark.parametrize("address", both("/nachfolge"))
def test_with_forced_colours_the_page_one_is_on_is_still_marked(
    context: Callable[..., BrowserContext], address: str
) -> None:
    page = context(forced_colors="active", viewport={"width": 1280, "height": 900}).new_page()
    page.goto(address)
    line = "one => getComputedStyle(one).borderBottomColor"
    here = page.locator("nav.pages a[aria-current]").evaluate(line)
    others = {one.evaluate(line) for one in page.locator("nav.pages a:not([aria-current])").all()}
    assert len(others) == 1
    assert here not in others
