"""What the page of a trade in a region shows: sections of years × measures, made from records only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from api import language
from api.language import Lang
from api.pages import charts
from api.pages.chart_data import own_scale
from api.pages.common_notes import note_parts
from api.pages.figures import Figure, figure, is_signed, unit_of
from api.pages.texts import Translations
from api.pages.wording import Wording
from api.query import canonical
from api.records import Record, has_value
from api.release import Release

# section → its measures; the first with numbers is drawn
PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "balance": ("gap", "demand", "supply", "gap_rate", "gap_craft", "demand_craft", "supply_craft"),
    "pipeline": (
        "new_contracts", "contracts_begun", "apprentices", "contract_terminations", "graduates", "entrants",
    ),
    "stay": ("graduates", "stayed_in_firm", "changed_firm", "left_region", "left_craft"),
    "masters": (
        "master_examinations", "masters", "technician_examinations", "technicians",
        "industrial_master_examinations", "industrial_masters",
    ),
    "need": ("training_need", "new_contracts", "first_effective_year"),
    "ages": ("retirements",),
    "leaving": (
        "replacement_demand", "deaths", "health_exits", "craft_leavers", "jobs_lost_closures",
    ),
    "coming": ("net_inflow", "returners", "migration", "residual_inflow"),
    "succession": (
        "successions_due", "owners", "owners_leaving", "craft_handovers", "craft_closures", "handovers",
        "closures", "foundings", "possible_successors", "successions_postponed", "training_places_lost",
        "owner_extra_employees",
    ),
    "courses": (
        "further_training_hours", "further_training_participants", "course_weeks", "course_places",
        "master_gap", "master_course_places", "technician_gap", "technician_places", "industrial_master_gap",
        "industrial_master_places",
    ),
    "outlook": ("outlook_ratio",),
    "today": ("seekers_per_vacancy", "vacancy_overhang", "vacancy_overhang_rate", "shortage_points"),
}  # fmt: skip
MEASURES: Final = tuple(dict.fromkeys(code for part in PARTS.values() for code in part))
RATIO: Final = "ratio"

BySeries = Mapping[str, Sequence[Record]]


@dataclass(frozen=True, slots=True)
class Column:
    """A measure of a section."""

    code: str
    label: str
    unit: str
    definition: str


@dataclass(frozen=True, slots=True)
class YearRow:
    """One year of a section."""

    year: int
    chosen: bool
    cells: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """A measure without any number here, and why."""

    label: str
    reason: str


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page: a chart beside its table, and what is missing with the reason.

    Args:
        code: Name of the part.
        title: Heading.
        chart_title: The sentence above the chart.
        chart: The chart; empty without numbers.
        columns: Measures with numbers.
        rows: Years with numbers.
        missing: Measures without.
        notes: What is said about the numbers shown, each once.
        query: Query of the same numbers as data.
        figure: Query of the chart to explore; empty without a chart.
    """

    code: str
    title: str
    chart_title: str
    chart: Markup
    columns: tuple[Column, ...]
    rows: tuple[YearRow, ...]
    missing: tuple[Missing, ...]
    notes: tuple[str, ...]
    query: str
    figure: str


def by_measure(found: Sequence[Record]) -> dict[str, list[Record]]:
    """Return measure → records by year."""
    result: dict[str, list[Record]] = {}
    for record in found:
        result.setdefault(record["measure"], []).append(record)
    return result


def of_year(series: BySeries, measure: str, year: int) -> Record | None:
    """Return the record of a measure in a year; None where the release has no such measure."""
    return next((record for record in series.get(measure, ()) if record["year"] == year), None)


def titles(texts: Translations) -> dict[str, str]:
    """Return the headings of the sections."""
    _ = texts.gettext
    return {
        "balance": _("Demand, supply and gap"),
        "pipeline": _("From contract to journeyman and Meister"),
        "stay": _("Where journeymen work a year after the examination"),
        "masters": _("Masters and technicians"),
        "need": _("Training need"),
        "ages": _("Age and retirement"),
        "leaving": _("What has to be replaced, and other departures"),
        "coming": _("Coming from elsewhere"),
        "succession": _("Succession in the firms"),
        "courses": _("Further training and courses"),
        "outlook": _("For those who start today"),
        "today": _("Indicators of today"),
    }


def section(
    release: Release,
    code: str,
    series: BySeries,
    place: tuple[str, str, int],
    lang: Lang,
    wording: Wording,
    texts: Translations,
) -> Section:
    """Return one part of the page.

    Args:
        release: For names, units and definitions.
        code: Name of the part, of PARTS.
        series: Records by measure.
        place: Trade, region and year.
        lang: Language.
        wording: Short words in that language.
        texts: Catalogue of the language.
    """
    trade, region, year = place
    known = [m for m in PARTS[code] if any(has_value(record) for record in series.get(m, ()))]
    years = sorted({record["year"] for m in known for record in series[m] if has_value(record)})
    cells = {(m, record["year"]): figure(record, lang, wording) for m in known for record in series[m]}
    missing = tuple(
        Missing(_label(release, m, lang), _reason(series.get(m, ()), year, wording, texts))
        for m in PARTS[code]
        if m not in known and m in release.entries["measures"]
    )
    pairs: list[tuple[str, Sequence[str | int]]] = [
        ("trade", [trade]),
        ("region", [region]),
        ("measure", known),
    ]
    drawn, chart_title = Markup(""), ""
    if known:
        drawn, chart_title = _chart(release, code, known[0], series, lang, wording, texts)
    return Section(
        code,
        titles(texts)[code],
        chart_title,
        drawn,
        tuple(_column(release, m, lang, wording) for m in known),
        tuple(YearRow(y, y == year, tuple(cells[m, y] for m in known)) for y in reversed(years)),
        missing,
        tuple(
            dict.fromkeys(part for m in known for r in series[m] if has_value(r) for part in note_parts(r))
        ),
        canonical(pairs, lang),
        canonical([*pairs[:2], ("measure", known[:1])], lang) if known else "",
    )


def _label(release: Release, measure: str, lang: Lang) -> str:
    return release.label("measures", measure, lang)


def _column(release: Release, measure: str, lang: Lang, wording: Wording) -> Column:
    entry = release.entries["measures"][measure]
    english = entry.get("definition_en") if lang == "en" else None
    definition = str(english or entry.get("definition") or "")
    return Column(measure, language.label(entry, lang), unit_of(release, measure, wording), definition)


def _reason(found: Sequence[Record], year: int, wording: Wording, texts: Translations) -> str:
    """The note of the year shown, else the word for its status."""
    record = next((one for one in found if one["year"] == year), None)
    if record is None:
        return texts.gettext("not part of this release")
    return str(record["note"] or wording.missing[record["status"]])


def _chart(
    release: Release,
    code: str,
    measure: str,
    series: BySeries,
    lang: Lang,
    wording: Wording,
    texts: Translations,
) -> tuple[Markup, str]:
    record = series[measure][0]
    title = texts.gettext("%(measure)s: %(trade)s, %(region)s") % {
        "measure": _label(release, measure, lang),
        "trade": record["trade_label"],
        "region": record["region_label"],
    }
    drawn_points = charts.points(series[measure])
    drawn = charts.fan(
        drawn_points,
        key=f"b-{code}",
        title=title,
        unit=unit_of(release, measure, wording),
        lang=lang,
        words=texts,
        signed=is_signed(measure),
        scale=own_scale(drawn_points) if record["unit"] == RATIO else None,
    )
    return drawn, title


@dataclass(frozen=True, slots=True)
class Item:
    """One contribution to the gap."""

    label: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class Explained:
    """The waterfall with its table; without items the reason."""

    title: str
    chart: Markup
    items: tuple[Item, ...]
    bars: tuple[charts.Bar, ...]
    total: Figure | None
    reason: str


def explained(
    release: Release, series: BySeries, year: int, lang: Lang, wording: Wording, texts: Translations
) -> Explained:
    """Return how the gap of a year comes about.

    Args:
        release: For the order and names of the items.
        series: Records by measure.
        year: Year.
        lang: Language.
        wording: Short words in that language.
        texts: Catalogue of the language.
    """
    title = texts.gettext("What the gap of %(year)s consists of") % {"year": year}
    gap = of_year(series, "gap", year)
    if gap is None or not has_value(gap):
        reason = wording.missing["no_data"] if gap is None else gap["note"] or wording.missing[gap["status"]]
        return Explained(title, Markup(""), (), (), None, str(reason))
    found = [
        (language.label(item, lang, "label"), record)
        for item in release.catalogue["items"]
        if (record := of_year(series, item["code"], year)) is not None and has_value(record)
    ]
    if sum(record["value"] for _label_, record in found) != gap["value"]:
        reason = texts.gettext("The contributions of this year do not add up and are not shown.")
        return Explained(title, Markup(""), (), (), None, reason)
    bars = tuple(charts.Bar(label, record["value"]) for label, record in found if record["value"])
    drawn = charts.waterfall(
        None,
        bars,
        charts.Bar(wording.columns["gap"], gap["value"], gap["lower_80"], gap["upper_80"]),
        key="b-posten",
        title=title,
        unit=unit_of(release, "gap", wording),
        lang=lang,
        words=texts,
    )
    items = tuple(Item(label, figure(record, lang, wording)) for label, record in found)
    return Explained(title, drawn, items, bars, figure(gap, lang, wording), "")
