"""A choice takes the place of the one before, on the same page, and is the page its address gives."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from tests.browser.axe import COLOURS, TAGS, script, violations
from tests.browser.conftest import follow

#: Page, field, what is chosen there.
CHOICES = (
    ("/", "gruppe", "shk"),
    ("/?lang=en", "region", "BB"),
    ("/matrix?spalten=regionen", "wert", "je100"),
    ("/gewerk?trade=A-24&region=HWK-FF", "year", "2030"),
    ("/region?lang=en", "year", "2030"),
    ("/vergleich", "region", "BB"),
    ("/ausbildungsbedarf", "gruppe", "shk"),
    ("/bildung?lang=en", "trade", "A-24"),
    ("/nachfolge", "trade", "A-24"),
    ("/szenarien", "szenario", "retention"),
    ("/guete", "groesse", "new_contracts"),
    ("/suche?lang=en", "q", "Klempner"),
)
#: All that a reader or a screen reader can meet; that a heading may take the focus is no difference.
SEEN = """() => {
    const main = document.querySelector("main").cloneNode(true);
    for (const one of main.querySelectorAll("h1, h2, h3")) one.removeAttribute("tabindex");
    return {title: document.title, lang: document.documentElement.lang, html: main.innerHTML,
            text: document.querySelector("main").innerText,
            links: [...document.links].map(one => one.getAttribute("href")),
            here: [...document.querySelectorAll("[aria-current]")].map(one => one.textContent),
            fields: [...document.querySelectorAll("select, input")].map(one => [one.name, one.value])};
}"""
EXPLORE = "Interaktiv erkunden"


def seen(page: Page) -> dict[str, Any]:
    """Return all there is on a page."""
    return dict(page.evaluate(SEEN))


def opened_afresh(page: Page, address: str = "") -> dict[str, Any]:
    """Return all there is on the page of an address when it is opened by itself."""
    other = page.context.new_page()
    try:
        other.goto(address or page.url)
        return seen(other)
    finally:
        other.close()


def choose(page: Page, field: str, value: str) -> Locator:
    """Fill in a field; return the button."""
    form = page.locator("form[data-choice]")
    one = form.locator(f"[name={field}]").first
    if one.evaluate("one => one.tagName") == "SELECT":
        one.select_option(value)
    else:
        one.fill(value)
    return form.locator("button")


def opened(page: Page, address: str) -> None:
    """Open a page and leave a mark that goes with it."""
    page.goto(address)
    page.evaluate("window.stays = true")


def stays(page: Page) -> bool:
    """Whether it is still the page that was opened."""
    return page.evaluate("window.stays === true") is True


def assert_settled(page: Page) -> None:
    """The focus is on the heading of the result, its sentence is said, nothing is on its way."""
    marked = page.locator("main [data-result]")
    expect(marked if marked.count() else page.locator("h1")).to_be_focused()
    sentence = page.locator("main [data-said]")
    said = sentence.get_attribute("data-said") if sentence.count() else None
    if not said:
        said = (sentence if sentence.count() else page.locator(".lead")).inner_text()
    assert said.strip()
    expect(page.locator("#gesagt")).to_have_text(re.sub(r"\s+", " ", said).strip())
    expect(page.locator("main[aria-busy]")).to_have_count(0)


@pytest.mark.parametrize(("address", "field", "value"), CHOICES)
def test_a_choice_is_the_page_of_its_address(page: Page, address: str, field: str, value: str) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type in ("error", "warning") else None)
    opened(page, address)
    before = seen(page)
    expect(page.locator("#gesagt")).to_be_empty()
    follow(page, choose(page, field, value))
    assert stays(page)
    assert f"{field}={value}" in page.url
    assert_settled(page)
    after = seen(page)
    assert after["text"] != before["text"]
    assert after == opened_afresh(page)
    assert errors == []


@pytest.mark.parametrize(
    ("address", "field", "value"), [CHOICES[0], CHOICES[3], CHOICES[9], CHOICES[10], CHOICES[11]]
)
def test_a_choice_passes_axe(page: Page, address: str, field: str, value: str) -> None:
    page.goto(address)
    follow(page, choose(page, field, value))
    assert_settled(page)
    page.evaluate(script())
    assert violations(page, TAGS, "tag") == []
    page.emulate_media(color_scheme="dark")
    assert violations(page, COLOURS, "rule") == []


def test_back_and_forward_show_what_was_there(page: Page) -> None:
    opened(page, "/region")
    seen_there = [seen(page)]
    headings = [page.locator("h1").inner_text()]
    for year in ("2030", "2032"):
        follow(page, choose(page, "year", year))
        assert_settled(page)
        seen_there.append(seen(page))
        headings.append(page.locator("h1").inner_text())
    assert len(set(headings)) == 3
    addresses = [page.url]
    for step, at in (("go_back", 1), ("go_back", 0), ("go_forward", 1), ("go_forward", 2)):
        getattr(page, step)()
        expect(page.locator("h1")).to_have_text(headings[at])  # the address is there before the answer
        assert_settled(page)
        assert seen(page) == seen_there[at]
        addresses.append(page.url)
    assert addresses[0] == addresses[-1]
    assert addresses[1] == addresses[3]
    assert stays(page)


def test_who_went_on_to_another_page_comes_back_to_the_choice(page: Page) -> None:
    opened(page, "/region")
    first = page.locator("h1").inner_text()
    follow(page, choose(page, "year", "2030"))
    chosen = page.locator("h1").inner_text()
    follow(page, page.locator("nav.pages").get_by_role("link", name="Suche"))
    page.go_back()
    expect(page.locator("h1")).to_have_text(chosen)
    assert "year=2030" in page.url
    page.go_back()
    expect(page.locator("h1")).to_have_text(first)
    assert "year" not in page.url


def test_steps_between_places_of_a_page_ask_nobody(page: Page) -> None:
    opened(page, "/gewerk?trade=A-24&region=HWK-FF")
    follow(page, choose(page, "year", "2030"))
    chosen = page.url
    asked: list[str] = []
    page.on(
        "request", lambda one: asked.append(one.url) if one.resource_type in ("fetch", "document") else None
    )
    follow(page, page.locator("nav[aria-label='Auf dieser Seite'] a").first)
    assert page.url.startswith(f"{chosen}#")
    page.go_back()
    expect(page).to_have_url(chosen)
    assert asked == []
    assert stays(page)


def test_the_other_language_and_the_files_are_those_of_the_choice(page: Page) -> None:
    opened(page, "/")
    follow(page, choose(page, "gruppe", "shk"))
    files = [one.get_attribute("href") or "" for one in page.locator("p.data a").all()]
    assert len(files) == 4
    assert all("shk" in one for one in files if ".pdf" in one)
    paper = page.get_by_role("link", name="Diese Seite als PDF").get_attribute("href") or ""
    assert "gruppe=shk" in paper
    assert page.locator("p.print").text_content() is not None
    assert "gruppe=shk" in (page.locator("p.print").text_content() or "")
    rows = page.locator("tbody th .code").all_inner_texts()
    follow(page, page.get_by_role("link", name="English"))
    assert not stays(page)
    assert page.locator("form[data-choice] [name=gruppe]").input_value() == "shk"
    assert page.locator("tbody th .code").all_inner_texts() == rows


# --- what goes wrong is left to the browser -----------------------------------------------------------------


def breaks_off(route: Route) -> None:
    """The network fails."""
    route.abort()


def is_no_page(route: Route) -> None:
    """Something answers that is no page."""
    route.fulfill(status=200, content_type="application/json", body="{}")


def is_another_edition(route: Route) -> None:
    """The service has been renewed since this page was opened."""
    answer = route.fetch()
    route.fulfill(response=answer, body=re.sub(r"seite\.[0-9a-f]{12}", "seite." + "0" * 12, answer.text()))


@pytest.mark.parametrize("answer", [breaks_off, is_no_page, is_another_edition])
def test_what_goes_wrong_is_an_ordinary_visit(page: Page, answer: Callable[[Route], None]) -> None:
    opened(page, "/region")
    follow(page, choose(page, "year", "2030"))
    assert stays(page), "as long as nothing goes wrong"
    met: list[str] = []

    def decide(route: Route) -> None:
        if route.request.resource_type != "fetch":
            route.continue_()
            return
        met.append(route.request.url)
        answer(route)

    page.route("**/region?*", decide)
    follow(page, choose(page, "year", "2032"))
    assert len(met) == 1
    assert not stays(page)
    assert "year=2032" in page.url
    assert seen(page) == opened_afresh(page)


def test_going_back_over_a_broken_line_is_an_ordinary_visit_too(page: Page) -> None:
    opened(page, "/region")
    first = page.locator("h1").inner_text()
    follow(page, choose(page, "year", "2030"))
    page.route(
        "**/region",
        lambda route: route.abort() if route.request.resource_type == "fetch" else route.continue_(),
    )
    page.go_back()
    expect(page.locator("h1")).to_have_text(first)
    assert not stays(page)
    assert "year" not in page.url


def test_an_error_is_shown_whole(page: Page) -> None:
    opened(page, "/region")
    button = choose(page, "year", "2030")
    page.locator("select[name=region] option:checked").evaluate("one => { one.value = 'XX'; }")
    follow(page, button)
    assert not stays(page)
    assert "region=XX" in page.url
    assert page.locator("form[data-choice]").count() == 0
    assert "404" in page.locator("main").inner_text()
    there, fresh = seen(page), opened_afresh(page)
    for part in ("title", "links", "here", "fields"):  # the text names the request
        assert there[part] == fresh[part]


# --- one after the other, beside each other, on its way -----------------------------------------------------


def test_of_two_quick_choices_the_last_one_counts(page: Page) -> None:
    opened(page, "/region")
    steps = page.evaluate("history.length")
    held: list[Route] = []
    page.route(
        "**/region?*",
        lambda route: held.append(route) if "year=2030" in route.request.url else route.continue_(),
    )
    button = choose(page, "year", "2030")
    with page.expect_request("**/region?*year=2030*"):
        button.click()
    expect(page.locator("main")).to_have_attribute("aria-busy", "true")
    expect(page.locator("#gesagt")).to_be_empty()
    assert page.locator("main").evaluate("one => getComputedStyle(one, '::before').borderTopStyle") == "solid"
    with page.expect_event("requestfailed", lambda request: "year=2030" in request.url):
        follow(page, choose(page, "year", "2032"))
    assert_settled(page)
    assert "2032" in page.locator("h1").inner_text()
    assert "year=2032" in page.url
    assert page.evaluate("history.length") == steps + 1
    assert stays(page)
    assert held


def test_the_same_choice_again_is_no_step(page: Page) -> None:
    opened(page, "/region")
    follow(page, choose(page, "year", "2030"))
    steps = page.evaluate("history.length")
    follow(page, choose(page, "year", "2030"))
    assert_settled(page)
    assert page.evaluate("history.length") == steps
    assert stays(page)


def test_with_a_key_held_a_choice_opens_beside_the_page(page: Page) -> None:
    opened(page, "/region")
    before = seen(page)
    button = choose(page, "year", "2030")
    with page.context.expect_page() as beside:
        button.click(modifiers=["ControlOrMeta"])
    expect(beside.value.locator("h1")).to_contain_text("2030")
    assert stays(page)
    assert seen(page)["text"] == before["text"]
    assert "year" not in page.url


def test_sorting_leaves_the_focus_where_it_is(page: Page) -> None:
    opened(page, "/matrix")
    heads = page.locator("thead th:not([aria-sort]) a[data-choice]")
    target = heads.nth(2).get_attribute("href")
    follow(page, heads.nth(2))
    link = page.locator(f'thead a[href="{target}"]')
    expect(link).to_be_focused()
    expect(page.locator("thead th[aria-sort=descending] a")).to_have_attribute("href", str(target))
    assert stays(page)
    assert seen(page) == opened_afresh(page)
    with page.context.expect_page() as beside:
        page.locator("thead th:not([aria-sort]) a[data-choice]").first.click(modifiers=["ControlOrMeta"])
    expect(beside.value.locator("h1")).to_be_visible()
    assert page.url.endswith(str(target))


def test_on_a_phone_the_heading_is_in_sight(context: Callable[..., BrowserContext]) -> None:
    page = context(viewport={"width": 390, "height": 700}, reduced_motion="reduce").new_page()
    opened(page, "/ausbildungsbedarf")
    follow(page, choose(page, "gruppe", "shk"))
    assert_settled(page)
    top = page.locator("h1").evaluate("one => one.getBoundingClientRect().top")
    assert 0 <= top < 350
    assert page.evaluate("document.getAnimations().length") == 0


# --- beside the other script, and without any ---------------------------------------------------------------


def test_charts_of_the_next_choice_can_be_explored(page: Page) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    opened(page, "/region")
    page.get_by_role("button", name=EXPLORE).click()
    page.locator("figure.explored .plot .main-svg").first.wait_for()
    follow(page, choose(page, "year", "2030"))
    assert_settled(page)
    expect(page.locator(".main-svg")).to_have_count(0)
    expect(page.get_by_role("button", name=EXPLORE)).to_have_count(1)
    drawing = page.locator("figure[data-figure]")
    assert "year=2030" in (drawing.get_attribute("data-figure") or "")
    page.get_by_role("button", name=EXPLORE).click()
    page.locator("figure.explored .plot .main-svg").first.wait_for()
    listed = page.locator("table.series tbody th a").all_inner_texts()
    drawn = page.evaluate("document.querySelector('.plot').data.flatMap(one => one.y)")
    assert drawn
    assert set(drawn) <= {name.replace("\u00ad", "") for name in listed}
    page.set_viewport_size({"width": 900, "height": 900})  # what was drawn before hears nothing of it
    expect(page.locator(".main-svg").first).to_be_visible()
    assert errors == []


@pytest.mark.parametrize(("address", "field", "value"), [CHOICES[0], CHOICES[9]])
def test_without_a_script_a_choice_is_an_ordinary_visit(
    page: Page, context: Callable[..., BrowserContext], address: str, field: str, value: str
) -> None:
    plain = context(java_script_enabled=False, viewport={"width": 1280, "height": 900}).new_page()
    plain.goto(address)
    form = plain.locator("form[data-choice]")
    form.locator(f"select[name={field}]").select_option(value)
    follow(plain, form.locator("button"))
    page.goto(address)
    follow(page, choose(page, field, value))
    assert_settled(page)
    assert plain.url == page.url
    assert plain.locator("main").inner_text() == page.locator("main").inner_text()
    assert plain.title() == page.title()
