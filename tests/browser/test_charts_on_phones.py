"""Charts on a narrow page: their text is large enough to read, and no two texts lie on each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from playwright.sync_api import BrowserContext

PAGES: Final = (
    "/gewerk?trade=A-24&region=HWK-FF",
    "/region?region=HWK-FF",
    "/vergleich?trade=A-24&region=HWK-FF&region=HWK-P&region=HWK-CB",
    "/ausbildungsbedarf",
)
LEAST_PIXELS: Final = 11
#: Texts of each chart: words, height of their letters on the screen, left, right, top, bottom.
TEXTS: Final = """() => Array.from(document.querySelectorAll("svg.chart"), chart => {
    const scale = chart.getBoundingClientRect().width / chart.viewBox.baseVal.width;
    return Array.from(chart.querySelectorAll("text"), text => {
        const box = text.getBoundingClientRect();
        const size = parseFloat(getComputedStyle(text).fontSize) * scale;
        return [text.textContent, size, box.left, box.right, box.top, box.bottom];
    }).filter(([, , left, right]) => right > left);
})"""
Text = tuple[str, float, float, float, float, float]


def on_each_other(one: Text, other: Text) -> bool:
    """Tell whether letters of two texts meet; a line is higher than its letters."""
    _, _, left, right, top, bottom = one
    _, _, start, end, above, below = other
    return left < end - 1 and start < right - 1 and top < below - 3 and above < bottom - 3


@pytest.mark.parametrize("width", [320, 390])
@pytest.mark.parametrize("address", PAGES)
def test_charts_can_be_read_on_a_telephone(
    context: Callable[..., BrowserContext], address: str, width: int
) -> None:
    page = context(viewport={"width": width, "height": 800}).new_page()
    page.goto(address)
    charts: list[list[Text]] = [list(map(tuple, chart)) for chart in page.evaluate(TEXTS)]
    assert charts
    assert all(charts)
    for chart in charts:
        assert [text for text in chart if text[1] < LEAST_PIXELS] == []
        assert [text for text in chart if text[2] < 0 or text[3] > width] == []
        pairs = [(one, other) for at, one in enumerate(chart) for other in chart[at + 1 :]]
        assert [pair for pair in pairs if on_each_other(*pair)] == []
