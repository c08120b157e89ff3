"""Every sentence of the pages is in both catalogues, with the same placeholders; none is there in vain."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import api.pages
from api.language import LANGUAGES
from api.pages.texts import load

PAGES = Path(api.pages.__path__[0])
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "n_": (1, 2)}
PLACEHOLDER = re.compile(r"%\(\w+\)s|%%")


@pytest.fixture(scope="module")
def used() -> set:
    """Message ids of templates and code; plural ones as pairs."""
    found = extract_from_dir(
        PAGES,
        method_map=[("**.py", "python"), ("**.html", "jinja2")],
        options_map={"**.html": {"newstyle_gettext": "true", "trim_blocks": "true", "lstrip_blocks": "true"}},
        keywords=KEYWORDS,
    )
    return {message for _, _, message, _, _ in found}


def catalogue(lang: str) -> Catalog:
    with (PAGES / "locale" / f"{lang}.po").open("rb") as file:
        return read_po(file, locale=lang, abort_invalid=True)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_catalogues_hold_every_message_and_no_other(used, lang: str) -> None:
    known = {message.id for message in catalogue(lang) if message.id}
    assert used - known == set(), "not translated"
    assert known - used == set(), "no longer used"
    assert len(used) > 60


@pytest.mark.parametrize("lang", LANGUAGES)
def test_translations_are_there_and_keep_the_placeholders(lang: str) -> None:
    for message in catalogue(lang):
        if not message.id:
            continue
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(texts), ids
        assert not message.fuzzy, ids
        for text in texts:
            assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(ids[0])), ids


def test_catalogues_are_compiled_in_memory() -> None:
    german, english = load("de"), load("en")
    assert german.gettext("Gap") == "Lücke"
    assert english.gettext("mark: forecast") == "f"
    assert german.ngettext("%(x)s", "y", 2) == "y"  # an unknown message stays what it is
    assert not list(PAGES.rglob("*.mo"))


def test_the_german_page_speaks_german(client) -> None:
    text = client.get("/?year=2027").text
    for english in ("Demand", "Supply", "at the earliest", "Skip to", "Sources", "Explanation"):
        assert english not in text
