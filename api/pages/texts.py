"""Sentences of the pages in German and English: gettext catalogues, compiled in memory at the start.

The message ids are English sentences; both catalogues hold every one of them, which a test checks.
"""

from __future__ import annotations

import gettext
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from api.language import LANGUAGES, Lang

LOCALES: Final = Path(__file__).parent / "locale"

Translations = gettext.GNUTranslations


def load(lang: Lang) -> Translations:
    """Return the compiled catalogue of one language.

    Raises:
        PoFileError: If the catalogue is malformed.
    """
    compiled = BytesIO()
    with (LOCALES / f"{lang}.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=lang, abort_invalid=True))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def load_all() -> dict[Lang, Translations]:
    """Return the catalogues of all languages."""
    return {lang: load(lang) for lang in LANGUAGES}
