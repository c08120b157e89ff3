"""Key pages look as they did. New pictures: `BILDER=neu make test ARGS=tests/browser/test_pictures.py`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from forecast.snapshot import write_snapshot
from tests.api.rich_toy import rich_content
from tests.browser.conftest import serving
from tests.browser.pictures import FONT, difference, kept

GOLDENS = Path(__file__).parent / "goldens"
MOST_BYTES = 100_000
HALF = {"device_scale_factor": 0.5}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 1000}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 1200}}
PICTURES: dict[str, tuple[str, dict[str, Any]]] = {
    "uebersicht": ("/", DESKTOP),
    "uebersicht-dunkel": ("/?lang=en", {**DESKTOP, "color_scheme": "dark"}),
    "uebersicht-handy": ("/", PHONE),
    "matrix": ("/matrix", DESKTOP),
    "matrix-papier": ("/matrix", {"viewport": {"width": 1032, "height": 730}, "media": "print"}),
    "gewerk": ("/gewerk?trade=A-24&region=HWK-FF", DESKTOP),
    "gewerk-farben": ("/gewerk?trade=A-24&region=HWK-FF", {**DESKTOP, "forced_colors": "active"}),
    "bedarf": ("/ausbildungsbedarf", DESKTOP),
    "bildung": ("/bildung?trade=A-24&year=2030", DESKTOP),
    "nachfolge": ("/nachfolge?year=2030", DESKTOP),
    "szenarien-handy": ("/szenarien?lang=en", PHONE),
}
#: The letters are the same on every machine that has the font; the page's own choice is the system's.
SAME_LETTERS = f"* {{ font-family: '{FONT}', monospace !important; }}"
WIDTHS = f"""() => {{
    const pen = new OffscreenCanvas(10, 10).getContext("2d");
    return ["'{FONT}', monospace", "monospace"].map(font => {{
        pen.font = `40px ${{font}}`; return pen.measureText("Wimmelbild iiii").width; }});
}}"""


@pytest.fixture(scope="module")
def toy_site(tmp_path_factory: pytest.TempPathFactory, repo_root: Path) -> Iterator[str]:
    """The service over made-up figures: new figures of the product change no picture."""
    root = tmp_path_factory.mktemp("pictures") / "snapshots"
    write_snapshot(root, rich_content())
    with serving(repo_root, root) as address:
        yield address


def picture(browser: Browser, site: str, address: str, settings: dict[str, Any]) -> bytes:
    """Return a picture of the upper part of a page."""
    given = {name: value for name, value in settings.items() if name != "media"}
    context = browser.new_context(base_url=site, bypass_csp=True, locale="de-DE", **HALF, **given)
    try:
        page = context.new_page()
        if "media" in settings:
            page.emulate_media(media=settings["media"])
        page.goto(address)
        page.add_style_tag(content=SAME_LETTERS)
        wanted, fallback = page.evaluate(WIDTHS)
        assert wanted != fallback, f"Die Schrift {FONT} fehlt. Abhilfe: apt-get install fonts-dejavu-core"
        return page.screenshot(animations="disabled", caret="hide")
    finally:
        context.close()


@pytest.mark.parametrize("name", PICTURES)
def test_a_page_looks_as_it_did(browser: Browser, toy_site: str, tmp_path: Path, name: str) -> None:
    address, settings = PICTURES[name]
    now = picture(browser, toy_site, address, settings)
    golden = kept(GOLDENS, name)
    if os.environ.get("BILDER") == "neu":
        golden.write_bytes(now)
    assert golden.exists(), f"no picture {golden.name} yet: keep one with BILDER=neu and look at it"
    assert golden.stat().st_size < MOST_BYTES
    found = difference(browser, golden.read_bytes(), now)
    (tmp_path / golden.name).write_bytes(now)
    assert found.small, f"{found.share:.1%} of {golden.name} differ {found.sizes}; see {tmp_path}"


def test_no_picture_is_kept_in_vain() -> None:
    assert {path.stem for path in GOLDENS.iterdir()} == set(PICTURES)


def test_a_moved_column_a_missing_colour_and_another_number_are_told_apart(
    browser: Browser, toy_site: str
) -> None:
    address, settings = PICTURES["uebersicht"]
    usual = picture(browser, toy_site, address, settings)
    assert difference(browser, usual, usual).share == 0
    assert difference(browser, usual, picture(browser, toy_site, "/matrix", settings)).share > 0.1
    assert not difference(browser, usual, picture(browser, toy_site, "/?year=2030&lang=en", settings)).small
    dark = picture(browser, toy_site, address, {**settings, "color_scheme": "dark"})
    assert difference(browser, usual, dark).share > 0.5
