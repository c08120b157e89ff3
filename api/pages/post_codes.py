"""From a post code to its districts and their chambers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from api.language import Lang
from api.release import Release

_TYPED: Final = re.compile(r"(?:D\s*-?\s*)?(\d{5})(?:[\s,]+\D*)?\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Area:
    """The area of a post code.

    Args:
        code: Five digits.
        districts: Codes of its districts, the one with most places first.
        outside: Codes of other Länder in which it lies as well.
        source: Code of the source.
    """

    code: str
    districts: tuple[str, ...]
    outside: tuple[str, ...]
    source: str


def typed(text: str) -> str:
    """Return the post code of what was typed, with or without the name of a place; "" if it is none.

    Example:
        >>> typed("15230"), typed("D-15230 Frankfurt (Oder)"), typed("KldB 34212"), typed("152301")
        ('15230', '15230', '', '')
    """
    found = _TYPED.match(text)
    return found[1] if found else ""


def areas(release: Release) -> dict[str, Area]:
    """Return the areas a release knows, by post code."""
    return {
        one["code"]: Area(
            one["code"], tuple(one["districts"]), tuple(one.get("outside", ())), str(one.get("source") or "")
        )
        for entry in release.entries["regions"].values()
        for one in entry.get("post_codes", ())
    }


def described(release: Release, known: Mapping[str, Area], code: str, lang: Lang) -> dict[str, Any]:
    """Return what the page says about a post code: where it lies, who is responsible, who says so.

    Args:
        release: Names come from its catalogue.
        known: Areas by post code; none if the release has no such list.
        code: The post code.
        lang: Language.
    """
    area = known.get(code)
    responsible = _chambers(release, area.districts) if area else ()
    source = area.source if area else next((one.source for one in known.values()), "")
    return {
        "code": code,
        "known": len(known),
        "found": area is not None,
        "districts": _named(release, area.districts if area else (), lang),
        "responsible": responsible,
        "chambers": _named(release, responsible, lang),
        "outside": _named(release, area.outside if area else (), lang),
        "source": release.entries["sources"].get(source, {}).get("attribution", ""),
    }


def _named(release: Release, codes: tuple[str, ...], lang: Lang) -> list[str]:
    return [release.label("regions", code, lang) for code in codes]


def _chambers(release: Release, districts: tuple[str, ...]) -> tuple[str, ...]:
    """Return the chamber districts above districts, each once, in the order of the districts."""
    regions = release.entries["regions"]
    above = [parent for code in districts for parent in regions[code].get("parents", ())]
    return tuple(dict.fromkeys(code for code in above if regions[code]["level"] == "chamber_district"))
