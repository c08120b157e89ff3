"""The two languages of the service: `lang` changes labels and sentences, never numbers, codes or columns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

Lang = Literal["de", "en"]
LANGUAGES: Final[tuple[Lang, ...]] = ("de", "en")
DEFAULT: Final[Lang] = "de"

_LANG = re.compile(rb"(?:^|&)lang=([^&]*)")


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in both languages.

    Example:
        >>> Text("Gewerk", "trade").of("en")
        'trade'
    """

    de: str
    en: str

    def of(self, lang: Lang) -> str:
        """Return the sentence in one language."""
        return self.en if lang == "en" else self.de


def label(entry: Mapping[str, Any], lang: Lang, stem: str = "name") -> str:
    """Return ``<stem>_de`` or ``<stem>_en`` of a catalogue entry; German where there is no English text.

    Example:
        >>> label({"name_de": "Metallbauer", "name_en": ""}, "en")
        'Metallbauer'
    """
    return str(entry.get(f"{stem}_{lang}") or entry.get(f"{stem}_de") or "")


def requested(query_string: bytes) -> Lang:
    """Return the language an error message should have: lenient, because the request may be wrong itself."""
    found = _LANG.findall(query_string)
    spoken = {value.decode("ascii", "replace") for value in found}
    return "en" if spoken == {"en"} else DEFAULT
