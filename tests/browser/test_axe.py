"""axe finds no violation on any page, in both languages, light, dark and on paper."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.browser.addresses import EVERY, EVERY_WRONG

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: What the colour scheme changes; all else is the same page.
COLOURS = ["color-contrast", "link-in-text-block"]
RUN = """async asked => {
    const found = await axe.run({resultTypes: ["violations"], runOnly: asked});
    const why = node => node.any.concat(node.all, node.none).map(one => one.message)[0];
    const where = node => `${node.target.join(" ")}: ${why(node)}`;
    return found.violations.map(one => [one.id, one.nodes.length, ...one.nodes.slice(0, 2).map(where)]);
}"""


def violations(page: Page, rules: list[str], kind: str) -> list[Any]:
    """Return what axe complains about: rule, how often, where."""
    return list(page.evaluate(RUN, {"type": kind, "values": rules}))


@cache
def script() -> str:
    """axe-core, as the package brings it."""
    return str(AXE_SCRIPT)


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
