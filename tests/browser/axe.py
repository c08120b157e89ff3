"""Asks axe what is wrong with a page."""

from __future__ import annotations

from functools import cache
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

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
