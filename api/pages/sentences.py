"""Sentences about one trade in one region, made from the records below them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from api.language import Lang
from api.pages import numbers
from api.pages.figures import share_of
from api.pages.texts import Translations
from api.records import Record, has_value


def trade_sentence(cell: Mapping[str, Record], lang: Lang, texts: Translations) -> str:
    """Return what is missing in a trade: the range first, then how many of 100.

    Args:
        cell: Measure → record of the trade in a region and year: gap, demand and, where there is one, the
            gap for every 100.
        lang: Language.
        texts: Catalogue of the language.
    """
    _, gap = texts.gettext, cell["gap"]
    place = {"region": gap["region_label"], "trade": gap["trade_label"], "year": gap["year"]}
    if not has_value(gap):
        return _("%(region)s, %(trade)s, %(year)s: there is no estimate of the gap.") % place
    lower, upper = gap["lower_80"], gap["upper_80"]
    value = numbers.number(abs(gap["value"]), lang)
    if lower is None or upper is None:
        start = _("%(region)s, %(trade)s, %(year)s: the gap is %(value)s; its range is unknown.") % {
            **place,
            "value": numbers.number(gap["value"], lang, signed=True),
        }
    elif lower > 0:
        reach = numbers.interval(lower, upper, lang)
        start = _(
            "%(region)s, %(trade)s: in %(year)s probably %(range)s skilled workers are lacking "
            "(middle %(value)s)."
        ) % {**place, "range": reach, "value": value}
    elif upper < 0:
        reach = numbers.interval(-upper, -lower, lang)
        start = _(
            "%(region)s, %(trade)s: in %(year)s there are probably %(range)s more skilled workers "
            "than needed (middle %(value)s)."
        ) % {**place, "range": reach, "value": value}
    else:
        start = _(
            "%(region)s, %(trade)s: in %(year)s anything from %(surplus)s too many to %(lack)s too few "
            "skilled workers is possible; the middle is %(value)s."
        ) % {
            **place,
            "surplus": numbers.number(-lower, lang),
            "lack": numbers.number(upper, lang),
            "value": numbers.number(gap["value"], lang, signed=True),
        }
    return f"{start} {_of_hundred(cell, lang, texts)}".rstrip()


def _of_hundred(cell: Mapping[str, Record], lang: Lang, texts: Translations) -> str:
    """Say how many of 100 needed workers are lacking, where it is at least one."""
    share = share_of(cell)
    if share is None or share[0] < 1:
        return ""
    return texts.gettext(
        "In the middle of the range, about %(count)s of every 100 workers needed would be lacking."
    ) % {"count": numbers.number(round(share[0]), lang)}


def craft_sentence(
    demand: Record, gap: Record, craft: Record, craft_gap: Record, lang: Lang, texts: Translations
) -> str:
    """Return that the row counts craft and industry together, and what of it belongs to craft firms.

    Args:
        demand: Record of the demand of the whole occupation.
        gap: Record of its gap, same trade, region and year.
        craft: Record of the demand in craft firms.
        craft_gap: Record of the gap in craft firms.
        lang: Language.
        texts: Catalogue of the language.
    """
    if not all(has_value(one) for one in (demand, gap, craft, craft_gap)):
        return ""
    lower, upper = craft["lower_80"], craft["upper_80"]
    reach = "" if lower is None or upper is None else f" ({numbers.interval(lower, upper, lang)})"
    return texts.gettext(
        "The row counts the occupation in craft and industry together: of %(demand)s skilled workers needed, "
        "%(craft)s are in craft firms, of the gap of %(gap)s it is %(craft_gap)s there. The share in the "
        "craft is a judgement, not counted."
    ) % {
        "demand": numbers.number(demand["value"], lang),
        "craft": numbers.number(craft["value"], lang) + reach,
        "gap": numbers.number(gap["value"], lang, signed=True),
        "craft_gap": numbers.number(craft_gap["value"], lang, signed=True),
    }


def need_sentence(need: Record, contracts: Record, lang: Lang, texts: Translations) -> str:
    """Return how many contracts a year would close the gap, instead of how many today.

    Args:
        need: Record of the training need.
        contracts: Record of the new contracts in the last year known so far.
        lang: Language.
        texts: Catalogue of the language.
    """
    if not has_value(need) or not has_value(contracts):
        return ""
    lower, upper = need["lower_80"], need["upper_80"]
    reach = "" if lower is None or upper is None else f" ({numbers.interval(lower, upper, lang)})"
    return texts.gettext(
        "To have enough in %(year)s, about %(need)s training contracts a year would be needed; in %(now)s "
        "there were %(contracts)s."
    ) % {
        "year": need["year"],
        "need": numbers.number(need["value"], lang) + reach,
        "now": contracts["year"],
        "contracts": numbers.number(contracts["value"], lang),
    }


def outlook_sentence(ratio: Record, lang: Lang, texts: Translations) -> str:
    """Return what awaits those who finish their training in the year of a record.

    Args:
        ratio: Record of supply per demand in the year they finish.
        lang: Language.
        texts: Catalogue of the language.
    """
    if not has_value(ratio):
        return ""
    lower, upper = ratio["lower_80"], ratio["upper_80"]
    reach = ""
    if lower is not None and upper is not None:
        reach = f" ({numbers.interval(round(100 * lower), round(100 * upper), lang)})"
    return texts.gettext(
        "Those who start training now finish about %(year)s. Then about %(count)s skilled workers stand "
        "against every 100 needed; below 100 firms look for people."
    ) % {"year": ratio["year"], "count": numbers.number(round(100 * ratio["value"]), lang) + reach}


def verdict_sentence(
    points: Record, limits: tuple[float, float], gap: Record, lang: Lang, texts: Translations
) -> str:
    """Return what the indicators of today say, and whether the forecast says the same.

    Args:
        points: Record of the shortage points in the last year known.
        limits: Points below which there is no shortage, and from which there is one.
        gap: Record of the gap in the year shown.
        lang: Language.
        texts: Catalogue of the language.
    """
    _ = texts.gettext
    if not has_value(points):
        return ""
    none, short = limits
    value = points["value"]
    now = 1 if value >= short else -1 if value < none else 0
    said = {
        1: _("Shortage points %(points)s in %(year)s: a shortage today."),
        0: _("Shortage points %(points)s in %(year)s: neither a shortage nor a surplus today."),
        -1: _("Shortage points %(points)s in %(year)s: no shortage today."),
    }[now] % {"points": numbers.number(value, lang), "year": points["year"]}
    if not has_value(gap) or gap["lower_80"] is None or gap["upper_80"] is None:
        return said
    later = 1 if gap["lower_80"] > 0 else -1 if gap["upper_80"] < 0 else 0
    if later == now:
        then = _("The forecast for %(year)s says the same.")
    elif later == 0:
        then = _(
            "The forecast for %(year)s leaves open whether workers are lacking: its range holds both signs."
        )
    elif now == 0:
        then = _("The forecast for %(year)s is clearer than today's figures.")
    else:
        then = _("The forecast for %(year)s says the opposite; look at the contributions to see why.")
    return f"{said} {then % {'year': gap['year']}}"


def relative_sentence(cells: Sequence[Mapping[str, Record]], lang: Lang, texts: Translations) -> str:
    """Return the trade that lacks most of every 100 workers needed, of those whose range is above zero.

    Args:
        cells: Measure → record, one mapping a trade.
        lang: Language.
        texts: Catalogue of the language.
    """
    found = [
        (share[0], cell["gap"])
        for cell in cells
        if (share := share_of(cell)) is not None and share[0] >= 1 and (share[1] or 0) > 0
    ]
    if not found:
        return ""
    share_, gap = max(found, key=lambda one: (one[0], one[1]["trade_code"]))
    return texts.gettext(
        "Of every 100 workers needed, most are lacking in the trade %(trade)s: about %(count)s. Only trades "
        "whose whole range lies above zero are compared here."
    ) % {"trade": gap["trade_label"], "count": numbers.number(round(share_), lang)}
