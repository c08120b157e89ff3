"""Headings and choices of the heat map."""

from __future__ import annotations

from collections.abc import Sequence

from api.pages import heat as heats
from api.pages import numbers
from api.pages.figures import STEPS
from api.pages.heat import View
from api.pages.texts import Translations
from api.pages.wording import Wording

Options = list[dict[str, str]]


def headings(view: View, region: str, texts: Translations) -> dict[str, str]:
    """Return title and caption of a view.

    Args:
        view: What is shown.
        region: Name of the region.
        texts: Catalogue of the language.
    """
    _ = texts.gettext
    place = {"region": region, "year": view.year}
    if view.columns == heats.YEARS:
        title, caption = (
            _("Where skilled workers are lacking: %(region)s"),
            _("Gap by trade and year: %(region)s"),
        )
    else:
        title = _("Where skilled workers are lacking: regions in %(year)s")
        caption = _("Gap by trade and region, %(year)s")
    return {"title": title % place, "caption": caption % place}


def options(sizes: Sequence[str], wording: Wording, texts: Translations) -> dict[str, Options]:
    """Return what can be chosen for grade, size and order.

    Args:
        sizes: What the cells of the release can show.
        wording: Short words in the language.
        texts: Catalogue of the language.
    """
    _ = texts.gettext
    named = {
        heats.ABSOLUTE: _("persons"),
        heats.RELATIVE: _("for every 100 needed"),
        heats.BOTH: _("persons, below for every 100"),
    }
    return {
        "grades": [
            {"code": heats.ALL, "label": _("any grade")},
            *({"code": code, "label": code} for code in wording.grades),
        ],
        "sizes": [{"code": size, "label": named[size]} for size in sizes],
        "orders": [
            {"code": heats.GROUPED, "label": _("by group")},
            {"code": heats.BY_NAME, "label": _("by name")},
            {"code": heats.BY_GAP, "label": _("by size of the gap")},
        ],
    }


def all_groups(texts: Translations) -> dict[str, str]:
    """Return the choice of no group."""
    return {"code": heats.ALL, "label": texts.gettext("all groups")}


def all_levels(texts: Translations) -> dict[str, str]:
    """Return the choice of regions of every level."""
    return {"code": heats.ALL, "label": texts.gettext("all levels")}


def shades(view: View) -> list[dict[str, str]]:
    """Return the classes of the shades with their limits, from surplus to shortage."""
    low, middle, high = STEPS
    inner = [("c2", -high, -middle), ("c1", -middle, -low), ("", -low, low), ("h1", low, middle)]
    inner.append(("h2", middle, high))
    return [
        {"tone": "c3", "label": f"≤ {numbers.number(-high, view.lang, signed=True)}"},
        *(
            {"tone": tone, "label": numbers.interval(start, end, view.lang, signed=True)}
            for tone, start, end in inner
        ),
        {"tone": "h3", "label": f"≥ {numbers.number(high, view.lang, signed=True)}"},
    ]
