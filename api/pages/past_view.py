"""What the accounts would have said about a trade in past years, beside what came: chart, table and words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from api import language
from api.language import Lang
from api.pages import numbers
from api.pages.beside_cube import Row, rows_of
from api.pages.figures import is_signed
from api.pages.navigation import document_links
from api.pages.past_chart import Said, said_and_came
from api.pages.texts import Translations
from api.query import canonical
from api.release import Release

DOCUMENT: Final = "past_forecasts"
MEASURE: Final = "gap"
HORIZONS: Final = (1, 2, 3, 5)  # of the table: the data link holds all of them
DRAWN: Final = 3  # years ahead in the chart, or the next shorter there is


@dataclass(frozen=True, slots=True)
class PastCell:
    """One forecast of the table; empty where nobody asked."""

    said: str = ""
    range: str = ""
    outside: bool = False


@dataclass(frozen=True, slots=True)
class PastRow:
    """A target year: what came, and what would have been said before."""

    year: int
    came: str
    cells: tuple[PastCell, ...]


@dataclass(frozen=True, slots=True)
class Past:
    """Past forecasts of the gap of a trade in a region.

    Args:
        said: Sentences: an example, and how often and how far off.
        title: The sentence above the chart.
        chart: Dots with ranges, and what came.
        drawn: The rows of the chart.
        heads: Years ahead, in words.
        rows: Target years, the last first.
        about: What the comparison is, and what it is not.
        links: The same rows as data.
    """

    said: str
    title: str
    chart: Markup
    drawn: tuple[Said, ...]
    heads: tuple[str, ...]
    rows: tuple[PastRow, ...]
    about: str
    links: list[dict[str, str]]


def past_forecasts(
    release: Release, trade: str, region: str, unit: str, lang: Lang, texts: Translations
) -> Past | None:
    """Return what past years would have said about the gap; None where the release holds none.

    Args:
        release: The release.
        trade: Code of a trade or group row.
        region: Code of a region.
        unit: Unit of the gap in words.
        lang: Language.
        texts: Catalogue of the language.
    """
    found = [row for row in rows_of(release, DOCUMENT, region, trade) if row["measure"] == MEASURE]
    if not found:
        return None
    asked = {(row["year"], row["horizon"]): row for row in found}
    shown = [horizon for horizon in HORIZONS if any(row["horizon"] == horizon for row in found)]
    ahead = max((horizon for horizon in shown if horizon <= DRAWN), default=shown[0])
    years = sorted({row["year"] for row in found if row["horizon"] in shown}, reverse=True)
    came = {row["year"]: row["came"] for row in found}
    drawn = [asked[year, ahead] for year in years if (year, ahead) in asked]
    title = texts.ngettext(
        "Said %(ahead)s year before, and what came: %(trade)s, %(region)s",
        "Said %(ahead)s years before, and what came: %(trade)s, %(region)s",
        ahead,
    ) % {
        "ahead": ahead,
        "trade": release.label("trades", trade, lang),
        "region": release.label("regions", region, lang),
    }
    told = tuple(
        Said(r["year"], r["asked_in"], r["said"], r["lower_80"], r["upper_80"], r["came"]) for r in drawn
    )
    chart = said_and_came(
        told,
        key="b-frueher", title=title, unit=unit, lang=lang, words=texts, signed=is_signed(MEASURE),
    )  # fmt: skip
    rows = tuple(
        PastRow(year, _number(came[year], lang), tuple(_cell(asked.get((year, h)), lang) for h in shown))
        for year in years
    )
    heads = tuple(
        texts.ngettext("%(years)s year before", "%(years)s years before", h) % {"years": h} for h in shown
    )
    document = release.snapshot.documents[DOCUMENT]
    return Past(
        _sentences(document, drawn[0], (trade, region), lang, texts),
        title,
        chart,
        told,
        heads,
        rows,
        language.label(document["card"], lang, "summary"),
        document_links(
            "past-forecasts",
            canonical([("trade", [trade]), ("region", [region]), ("measure", [MEASURE])], lang),
        ),
    )


def _number(value: int, lang: Lang) -> str:
    return numbers.number(value, lang, signed=is_signed(MEASURE))


def _cell(row: Row | None, lang: Lang) -> PastCell:
    if row is None:
        return PastCell()
    reach = numbers.interval(row["lower_80"], row["upper_80"], lang, signed=is_signed(MEASURE))
    return PastCell(_number(row["said"], lang), reach, not row["inside_80"])


def _sentences(
    document: dict[str, Any], example: Row, place: tuple[str, str], lang: Lang, texts: Translations
) -> str:
    """An example in plain words, then how often what came lay in the range and how far off we were."""
    _ = texts.gettext
    words = [
        _(
            "In %(asked)s, with the figures known then, we would have said a gap of %(said)s for %(year)s "
            "(80%% range %(range)s); by the figures of today it was %(came)s."
        )
        % {
            "asked": example["asked_in"],
            "year": example["year"],
            "said": _number(example["said"], lang),
            "range": numbers.interval(
                example["lower_80"], example["upper_80"], lang, signed=is_signed(MEASURE)
            ),
            "came": _number(example["came"], lang),
        }
    ]
    score = _score(document.get("scores") or (), place)
    if score is not None:
        words.append(
            _(
                "In %(inside)s of %(all)s such comparisons what came lay in the 80%% range; 8 of 10 are "
                "promised."
            )
            % {"inside": score["inside_80"], "all": score["compared"]}
        )
        words.append(_errors(score, lang, texts))
    return " ".join(filter(None, words))


def _score(scores: Sequence[Row], place: tuple[str, str]) -> Row | None:
    wanted = (*place, MEASURE)
    return next((one for one in scores if (one["trade"], one["region"], one["measure"]) == wanted), None)


def _errors(score: Row, lang: Lang, texts: Translations) -> str:
    ours, last = score["mean_error"], score["mean_error_last"]
    if ours is None or last is None:
        return ""
    said = {"ours": numbers.number(ours, lang, digits=1), "last": numbers.number(last, lang, digits=1)}
    if ours > last:
        text = texts.gettext(
            "We missed by %(ours)s persons on average, the last gap left unchanged by %(last)s only: here it "
            "was the better forecast so far."
        )
    else:
        text = texts.gettext(
            "We missed by %(ours)s persons on average, the last gap left unchanged by %(last)s."
        )
    return text % said
