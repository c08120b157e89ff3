"""Soft hyphens in the long compound words of German names, for browsers that cannot hyphenate German."""

from __future__ import annotations

import re
from typing import Final

SOFT_HYPHEN: Final = "\u00ad"
LONG: Final = 12  # letters from which on a word may break
# parts with which compound names of trades go on; a break before any of them is one of the language
_PARTS: Final = (
    "akustiker", "anlagen", "apparate", "ausstatter", "bauer", "bedarf", "berufe", "betriebe", "bildhauer",
    "bildner", "drucker", "elektroniker", "fahrzeug", "feger", "gestalter", "gewerbe", "gießer",
    "hersteller", "instrumenten", "isolierer", "leger", "lichen", "macher", "maschinen", "mechaniker",
    "mechatroniker", "näher", "optiker", "polierer", "prüfungen", "reiniger", "schleifer", "schließungen",
    "schneider", "schuh", "schutz", "spielzeug", "stimmer", "technik", "technologen", "veredler",
    "verleger", "werkzeug", "wirken",
)  # fmt: skip
_WORD: Final = re.compile(r"\w+")
_JOINT: Final = re.compile(rf"(?<=\w\w\w)(?={'|'.join(_PARTS)})")


def breakable(name: object) -> str:
    """Return a name with soft hyphens at the joints of its long words; they are seen only where it breaks.

    Example:
        >>> breakable("Land- und Baumaschinenmechatroniker").replace(SOFT_HYPHEN, "|")
        'Land- und Bau|maschinen|mechatroniker'
        >>> breakable("Metallbauer"), breakable("Orthopädieschuhmacher").count(SOFT_HYPHEN)
        ('Metallbauer', 2)
    """
    return _WORD.sub(_broken, str(name))


def _broken(word: re.Match[str]) -> str:
    return word[0] if len(word[0]) < LONG else _JOINT.sub(SOFT_HYPHEN, word[0])
