"""Heading and sentence on top of the page, made from the records below them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from api.language import Lang
from api.pages import numbers
from api.pages.texts import Translations
from api.records import Record, has_value

NAMED: Final = 3
INDUSTRY: Final = "industry"


def heading(sectors: Collection[str | None], place: str, year: int, texts: Translations) -> str:
    """Say whom a table counts: trades of the crafts, industrial occupations, or both.

    Args:
        sectors: Sectors of its trades.
        place: Region, after the group if one is chosen.
        year: Year.
        texts: Catalogue of the language.
    """
    _ = texts.gettext
    if set(sectors) == {INDUSTRY}:
        text = _("Skilled workers in industrial occupations: %(region)s, %(year)s")
    elif INDUSTRY in sectors:
        text = _("Skilled workers in craft and industrial occupations: %(region)s, %(year)s")
    else:
        text = _("Skilled workers in craft occupations: %(region)s, %(year)s")
    return text % {"region": place, "year": year}


def sentence(gaps: Sequence[Record], lang: Lang, texts: Translations) -> str:
    """Return what the region lacks in the year, the largest gaps with their ranges.

    Args:
        gaps: One record of the measure ``gap`` per trade.
        lang: Language.
        texts: Catalogue of the language.
    """
    _, n_ = texts.gettext, texts.ngettext
    known = [record for record in gaps if has_value(record)]
    if not known:
        return _("There is no estimate of the gap for this region and year.")
    short = sorted((r for r in known if r["value"] > 0), key=lambda r: (-r["value"], r["trade_code"]))
    place = {"region": known[0]["region_label"], "year": known[0]["year"], "all": len(known)}
    ahead = any(record["is_forecast"] for record in known)
    if not short:
        if ahead:
            return _("%(region)s, %(year)s: no shortage is expected in any of %(all)s trades.") % place
        return _("%(region)s, %(year)s: no shortage is estimated in any of %(all)s trades.") % place
    largest = numbers.listing([_with_range(record, lang, texts) for record in short[:NAMED]], lang)
    if ahead:
        start = n_(
            "%(region)s, %(year)s: a shortage is expected in %(count)s of %(all)s trades: %(largest)s.",
            "%(region)s, %(year)s: shortages are expected in %(count)s of %(all)s trades, "
            "above all %(largest)s.",
            len(short),
        )
    else:
        start = n_(
            "%(region)s, %(year)s: a shortage is estimated in %(count)s of %(all)s trades: %(largest)s.",
            "%(region)s, %(year)s: shortages are estimated in %(count)s of %(all)s trades, "
            "above all %(largest)s.",
            len(short),
        )
    sure = sum(1 for record in short if (record["lower_80"] or 0) > 0)
    return f"{start % {**place, 'count': len(short), 'largest': largest}} {_sure(sure, len(short), texts)}"


def _sure(sure: int, short: int, texts: Translations) -> str:
    """Say in how many of the trades with a shortage the whole range lies above zero."""
    if sure == short:
        return texts.gettext("The whole 80% range lies above zero in all of them.")
    if not sure:
        return texts.gettext(
            "In none of them does the whole 80% range lie above zero; a surplus is possible too."
        )
    return texts.gettext(
        "In %(sure)s of them the whole 80%% range lies above zero; in the others a surplus is possible too."
    ) % {"sure": sure}


def _with_range(record: Record, lang: Lang, texts: Translations) -> str:
    """A gap is never named without its range."""
    value = numbers.number(record["value"], lang)
    lower, upper = record["lower_80"], record["upper_80"]
    if lower is None or upper is None:
        return texts.gettext("%(trade)s (%(value)s, range unknown)") % {
            "trade": record["trade_label"],
            "value": value,
        }
    return texts.gettext("%(trade)s (%(value)s, 80%% range %(range)s)") % {
        "trade": record["trade_label"],
        "value": value,
        "range": numbers.interval(lower, upper, lang),
    }
