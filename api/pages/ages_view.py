"""How old the skilled workers of a trade are, and how many retire: bands of the base year, and words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from api.language import Lang
from api.pages import charts, numbers
from api.pages.beside_cube import Row, note_of, rows_of
from api.pages.figures import Figure, figure
from api.pages.navigation import document_links
from api.pages.texts import Translations
from api.pages.wording import Wording
from api.query import canonical
from api.records import Record, has_value
from api.release import Release
from forecast.snapshot import NOTE_SEPARATOR

DOCUMENT: Final = "age_profiles"
SUMS: Final = "year_sums"
RETIREMENTS: Final = "retirements"
BAND, OLDER = "band", "older"
STOCK: Final = "supply"


@dataclass(frozen=True, slots=True)
class AgeRow:
    """One band of ages."""

    label: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class Ages:
    """The age profile of a trade in a region.

    Args:
        title: The sentence above the chart.
        chart: Bars with ranges.
        drawn: The bars.
        year: Base year.
        rows: Bands, the youngest first.
        total: All ages together: the supply of the base year.
        older: Those above the age from which workers count as older.
        older_from: That age.
        notes: What is said about the numbers, each once.
        links: The same numbers as data.
    """

    title: str
    chart: Markup
    drawn: tuple[charts.Bar, ...]
    year: int
    rows: tuple[AgeRow, ...]
    total: AgeRow
    older: AgeRow
    older_from: int
    notes: tuple[str, ...]
    links: list[dict[str, str]]


def age_profile(
    release: Release, place: tuple[str, str], stock: Record | None, lang: Lang, wording: Wording,
    texts: Translations,
) -> Ages | None:  # fmt: skip
    """Return the ages of a trade or group row in a region; None where the release has none.

    Args:
        release: The release.
        place: Trade and region.
        stock: Record of the supply in the base year, what the bands add up to.
        lang: Language.
        wording: Short words in that language.
        texts: Catalogue of the language.
    """
    _ = texts.gettext
    trade, region = place
    found = rows_of(release, DOCUMENT, region, trade)
    bands = [row for row in found if row["kind"] == BAND]
    older = next((row for row in found if row["kind"] == OLDER), None)
    if not bands or older is None or stock is None or not has_value(stock):
        return None
    labels = [_label(row, first=row is bands[0], last=row is bands[-1], texts=texts) for row in bands]
    said = {
        "trade": release.label("trades", trade, lang),
        "region": release.label("regions", region, lang),
        "year": older["year"],
        "from": older["age_from"],
        "older": numbers.number(older["value"], lang),
        "all": numbers.number(stock["value"], lang),
    }
    title = (
        _("%(trade)s, %(region)s: about %(older)s of %(all)s skilled workers are %(from)s or older") % said
    )
    bars = tuple(
        charts.Bar(label, row["value"], row["lower_80"], row["upper_80"])
        for label, row in zip(labels, bands, strict=True)
    )
    drawn = charts.bars(
        bars,
        key="b-alter", title=title, unit=wording.unit("persons", "stock"), lang=lang, words=texts,
    )  # fmt: skip
    rows = tuple(AgeRow(label, _figure(row, lang, wording)) for label, row in zip(labels, bands, strict=True))
    notes = [part for row in found for part in note_of(release, DOCUMENT, row, lang).split(NOTE_SEPARATOR)]
    return Ages(
        title,
        drawn,
        bars,
        older["year"],
        rows,
        AgeRow(_("all ages"), figure(stock, lang, wording)),
        AgeRow(_("of these %(from)s or older") % said, _figure(older, lang, wording)),
        older["age_from"],
        tuple(dict.fromkeys(filter(None, notes))),
        document_links("age-profiles", canonical([("trade", [trade]), ("region", [region])], lang)),
    )


def _label(row: Row, *, first: bool, last: bool, texts: Translations) -> str:
    _ = texts.gettext
    ends = {"from": row["age_from"], "to": row["age_to"]}
    if first:
        return _("up to %(to)s years") % ends
    return _("%(from)s years and over") % ends if last else _("%(from)s to %(to)s years") % ends


def _figure(row: Row, lang: Lang, wording: Wording) -> Figure:
    return figure({**row, "measure": STOCK, "unit": "persons"}, lang, wording)


def wave_sentence(
    release: Release, place: tuple[str, str], ages: Ages | None, lang: Lang, texts: Translations
) -> str:
    """Return how many retire in the windows of years ahead, each with its own range.

    Args:
        release: The release.
        place: Trade and region.
        ages: The age profile the retirements come from.
        lang: Language.
        texts: Catalogue of the language.
    """
    _ = texts.gettext
    trade, region = place
    windows = [
        row
        for row in rows_of(release, SUMS, region, trade)
        if row["measure"] == RETIREMENTS and row["value"] is not None
    ]
    parts = [_window(row, lang, texts) for row in windows]
    start = ""
    if ages is not None:
        start = _(
            "In %(year)s an estimated %(range)s skilled workers are %(from)s or older (middle %(value)s)."
        ) % {
            "year": ages.year,
            "from": ages.older_from,
            "range": ages.older.figure.range,
            "value": ages.older.figure.value,
        }
    if not parts:
        return start
    retiring = _("Retiring: %(parts)s.") % {"parts": "; ".join(parts)}
    return f"{start} {retiring}".strip()


def _window(row: Row, lang: Lang, texts: Translations) -> str:
    return texts.gettext("%(first)s to %(last)s together probably %(range)s (middle %(value)s)") % {
        "first": row["first_year"],
        "last": row["last_year"],
        "range": numbers.interval(row["lower_80"], row["upper_80"], lang),
        "value": numbers.number(row["value"], lang),
    }
