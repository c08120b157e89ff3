"""axe finds no violation on any page, in both languages, light, dark and on paper."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.addresses import EVERY, EVERY_WRONG
from tests.browser.axe import COLOURS, TAGS, script, violations


@pytest.mark.parametrize("address", [*EVERY, EVERY_WRONG[0], EVERY_WRONG[1]])
def test_axe_finds_nothing(page: Page, address: str) -> None:
    page.goto(address)
    page.evaluate(script())  # through the debugger: the page's own policy allows no such script
    assert violations(page, TAGS, "tag") == []
    page.emulate_media(color_scheme="dark")
    assert violations(page, COLOURS, "rule") == []
    page.emulate_media(color_scheme="light", media="print")
    assert violations(page, COLOURS, "rule") == []


def test_axe_would_find_something(page: Page) -> None:
    page.set_content("<html><body><img src='x'><p style='color:#ccc;background:#fff'>grau</p></body></html>")
    page.evaluate(script())
    found = {one[0] for one in violations(page, TAGS, "tag")}
    assert {"image-alt", "color-contrast", "html-has-lang"} <= found
