"""What holds for every page: headings, landmarks, labels, names, languages, contrast. No browser needed."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

import api.pages
from tests.api.page_reader import Element, read_page

PAGES = (
    "/", "/guete", "/suche", "/suche?q=Metall", "/suche?q=15230", "/quellen", "/hilfe", "/hilfe/planer",
    "/hilfe/glossar", "/methode", "/methode/matrix", "/methode/series", "/barrierefreiheit", "/nichts",
    "/hilfe/fehler/kein-stand", "/guete?groesse=nichts", "/matrix", "/gewerk", "/region", "/vergleich",
    "/vergleich?trade=A-24&region=HWK-FF&region=BB", "/ausbildungsbedarf", "/bildung", "/nachfolge",
    "/szenarien",
)  # fmt: skip
STATIC = Path(api.pages.__path__[0]) / "static"
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
#: Text on ground, as the style sheet combines them; the last number is what WCAG 2.2 AA asks for.
PAIRS = (
    ("text", "ground", 4.5), ("text", "panel", 4.5), ("text", "group", 4.5), ("text", "shortage", 4.5),
    ("text", "surplus", 4.5), ("muted", "ground", 4.5), ("muted", "panel", 4.5), ("muted", "shortage", 4.5),
    ("muted", "surplus", 4.5), ("link", "ground", 4.5), ("link", "panel", 4.5), ("link", "shortage", 4.5),
    ("on-brand", "brand", 4.5), ("strong-line", "ground", 3.0), ("focus", "ground", 3.0),
    ("focus", "panel", 3.0),
)  # fmt: skip


@pytest.fixture(params=[f"{page}{lang}" for page in PAGES for lang in ("", "lang=en")])
def page(request, client) -> tuple[str, Element]:
    """A page with its language."""
    address = request.param.removesuffix("lang=en")
    english = address != request.param
    if english:
        address += ("&" if "?" in address else "?") + "lang=en"
    return ("en" if english else "de"), read_page(client.get(address).text)


def everything(element: Element) -> list[Element]:
    """All elements of a page in document order."""
    found = []
    for child in element.children:
        if isinstance(child, Element):
            found += [child, *everything(child)]
    return found


def test_one_main_heading_and_no_level_left_out(page) -> None:
    _, root = page
    levels = [int(one.tag[1]) for one in everything(root) if one.tag in HEADINGS]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels)), levels
    assert all(one.text for one in everything(root) if one.tag in HEADINGS)


def test_language_and_title_are_named(page) -> None:
    lang, root = page
    assert root.one("html").get("lang") == lang
    assert root.one("head").one("title").text.endswith("Fachkräftematrix")
    assert root.one("a", hreflang="en" if lang == "de" else "de").get("lang") != lang


def test_landmarks_and_the_way_past_the_navigation(page) -> None:
    _, root = page
    links = [one for one in everything(root) if one.tag == "a"]
    assert links[0].get("href") == f"#{root.one('main').get('id')}"  # first stop of the keyboard
    names = [one.get("aria-label") for one in everything(root) if one.tag == "nav"]
    assert all(names)
    assert len(names) == len(set(names))
    assert not [one for one in everything(root) if int(one.get("tabindex") or 0) > 0]


def test_every_field_has_a_label_and_every_form_a_button(page) -> None:
    _, root = page
    for form in root.all("form"):
        fields = [*form.all("select"), *(i for i in form.all("input") if i.get("type") != "hidden")]
        labelled = [
            field for label in form.all("label") for field in (*label.all("select"), *label.all("input"))
        ]
        assert all(any(field is one for one in labelled) for field in fields)
        assert all(label.text for label in form.all("label"))
        assert form.one("button").text


def test_tables_have_captions_and_heads_with_a_direction(page) -> None:
    _, root = page
    for table in root.all("table"):
        assert table.one("caption").text
        assert all(head.get("scope") in {"col", "row", "rowgroup", "colgroup"} for head in table.all("th"))
        assert all(head.text for head in table.all("th"))


def test_links_and_frames_have_names(page) -> None:
    _, root = page
    ids = [one.get("id") for one in everything(root) if one.get("id")]
    assert len(ids) == len(set(ids))
    for one in everything(root):
        if one.tag == "a":
            assert one.text or one.get("aria-label")
            assert one.get("href")
        if one.get("role") == "region":
            assert one.get("aria-label") or one.get("aria-labelledby") in ids
        if one.get("aria-labelledby"):
            assert set(one.get("aria-labelledby").split()) <= set(ids)
        if one.tag == "svg":
            assert one.get("aria-hidden") == "true" or (one.get("role") == "img" and one.one("title").text)


def test_regions_have_different_names(page) -> None:
    _, root = page
    found = everything(root)
    texts = {one.get("id"): one.text for one in found if one.get("id")}
    regions = [one for one in found if one.get("role") == "region" or one.tag == "section"]
    names = [one.get("aria-label") or texts.get(one.get("aria-labelledby"), "") for one in regions]
    assert all(names)
    assert len(names) == len(set(names)), names


def test_nothing_needs_a_script_or_a_style_in_the_page(page) -> None:
    _, root = page
    for one in everything(root):
        assert one.tag not in {"style", "iframe"}
        if one.tag == "script":  # ours, and only for what a reader asks for
            assert re.fullmatch(r"/static/(auswahl|erkunden)\.[0-9a-f]{12}\.js", one.get("src"))
            assert not one.children
        assert not {name for name in one.attributes if name == "style" or name.startswith("on")}


# --- colours ------------------------------------------------------------------------------------------------


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast of two colours (WCAG 2.2)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def palettes() -> dict[str, dict[str, str]]:
    """The custom properties of the style sheet, light and dark."""
    blocks = re.findall(r":root \{([^}]*)\}", (STATIC / "seite.css").read_text())
    light, dark = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in blocks[:2])
    return {"light": light, "dark": light | dark}


def test_contrast_by_the_formula() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground", "least"), PAIRS)
def test_text_stands_out_from_its_ground(theme: str, ink: str, ground: str, least: float) -> None:
    colours = palettes()[theme]
    assert contrast(colours[ink], colours[ground]) >= least
