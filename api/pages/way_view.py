"""The way from the contract over the journeyman to the Meister as one picture and one table of a year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from api.language import Lang
from api.pages import charts, numbers
from api.pages.figures import Figure, figure, unit_of
from api.pages.navigation import data_links
from api.pages.place import BySeries, of_year
from api.pages.texts import Translations
from api.pages.wording import Wording
from api.query import canonical
from api.records import Record, has_value
from api.release import Release

STEPS: Final = (
    "new_contracts", "contracts_begun", "contract_terminations", "graduates", "stayed_in_firm", "entrants",
    "master_examinations", "technician_examinations", "industrial_master_examinations",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way in the year shown."""

    label: str
    unit: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class Way:
    """The steps with their picture.

    Args:
        title: The sentence above the chart.
        chart: Bars with ranges.
        drawn: The bars.
        steps: Steps with a number in any year, in the order they are taken.
        links: The same numbers as data.
    """

    title: str
    chart: Markup
    drawn: tuple[charts.Bar, ...]
    steps: tuple[Step, ...]
    links: list[dict[str, str]]


def way(
    release: Release, series: BySeries, place: tuple[str, str, int], lang: Lang, wording: Wording,
    texts: Translations,
) -> Way | None:  # fmt: skip
    """Return the way of a trade in a region and year; None where no step has a number.

    Args:
        release: For names and units.
        series: Records by measure.
        place: Trade, region and year.
        lang: Language.
        wording: Short words in that language.
        texts: Catalogue of the language.
    """
    trade, region, year = place
    found = [
        record
        for code in STEPS
        if any(has_value(one) for one in series.get(code, ()))
        and (record := of_year(series, code, year)) is not None
    ]
    known = [record for record in found if has_value(record)]
    if not known:
        return None
    names = _names(texts)
    title = texts.gettext("%(trade)s, %(region)s, %(year)s: %(steps)s") % {
        "trade": release.label("trades", trade, lang),
        "region": release.label("regions", region, lang),
        "year": year,
        "steps": numbers.listing(_told(known, lang, texts), lang),
    }
    bars = tuple(
        charts.Bar(names[one["measure"]], one["value"], one["lower_80"], one["upper_80"]) for one in known
    )
    drawn = charts.bars(
        bars,
        key="b-weg", title=title, unit=texts.gettext("a year"), lang=lang, words=texts,
    )  # fmt: skip
    steps = tuple(
        Step(names[one["measure"]], unit_of(release, one["measure"], wording), figure(one, lang, wording))
        for one in found
    )
    pairs = [("trade", [trade]), ("region", [region]), ("measure", [one["measure"] for one in found])]
    links = data_links("series", canonical([*pairs, ("year", [year])], lang))
    return Way(title, drawn, bars, steps, links)


def _names(texts: Translations) -> dict[str, str]:
    """Short names of the steps; the long ones stand with their definitions below."""
    _ = texts.gettext
    return {
        "new_contracts": _("New contracts"),
        "contracts_begun": _("Contracts begun"),
        "contract_terminations": _("Contracts dissolved"),
        "graduates": _("Final examinations passed"),
        "stayed_in_firm": _("of these, staying with the firm"),
        "entrants": _("Entering the trade"),
        "master_examinations": _("Meister examinations passed"),
        "technician_examinations": _("Technician examinations passed"),
        "industrial_master_examinations": _("Industrial Meister examinations passed"),
    }


def _told(known: Sequence[Record], lang: Lang, texts: Translations) -> list[str]:
    """What the title says: contracts, journeymen, Meister; the first step where none of them is known."""
    _ = texts.gettext
    words = {
        "new_contracts": _("%(count)s new contracts"),
        "graduates": _("%(count)s final examinations passed"),
        "master_examinations": _("%(count)s Meister examinations passed"),
        "industrial_master_examinations": _("%(count)s industrial Meister examinations passed"),
    }
    told = [
        words[one["measure"]] % {"count": numbers.number(one["value"], lang)}
        for one in known
        if one["measure"] in words
    ]
    first = known[0]
    return told or [f"{_names(texts)[first['measure']]} {numbers.number(first['value'], lang)}"]
