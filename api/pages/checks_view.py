"""Published facts with the model beside them, in words: nothing is judged here, the release has done it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from api.language import Lang
from api.pages import numbers
from api.pages.texts import Translations
from api.release import Release

DOCUMENT: Final = "world_checks"
MISSED: Final = "missed"
_SHARE, _WHOLE, _FINE = "share", 100, 2


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the table, ready to print.

    Args:
        name: What was published.
        place: Region and year.
        published: The published value or span.
        value: The model's value, a dash where it could not be computed.
        lies: Its 80 % range.
        verdict: The same in words.
        missed: Whether the model's range and the published values do not meet.
        known: Whether the model was made with this value.
        computed: How the model's value is computed.
        reason: Why it may miss.
    """

    name: str
    place: str
    published: str
    value: str
    lies: str
    verdict: str
    missed: bool
    known: bool
    computed: str
    reason: str


def checks(release: Release, lang: Lang, words: Translations) -> tuple[Check, ...]:
    """Return every fact of the release, those missed first; none where a release has no such table."""
    document = release.snapshot.documents.get(DOCUMENT)
    if not document:
        return ()
    rows = [dict(zip(document["columns"], row, strict=True)) for row in document["rows"]]
    found = [_check(row, release, lang, words) for row in rows]
    return tuple(sorted(found, key=lambda one: not one.missed))


def balance(found: tuple[Check, ...], words: Translations) -> str:
    """Return in how many of the facts the model was made without, it meets the published value."""
    independent = [one for one in found if not one.known]
    missed = sum(one.missed for one in independent)
    return words.gettext(
        "Of %(all)s published facts the model was made without, its range misses %(missed)s; the other "
        "%(known)s went into the model and only show that the calculation comes back to them."
    ) % {"all": len(independent), "missed": missed, "known": len(found) - len(independent)}


def _check(row: Mapping[str, Any], release: Release, lang: Lang, words: Translations) -> Check:
    verdicts = {
        "met": words.gettext("met"),
        "within_range": words.gettext("within the range"),
        MISSED: words.gettext("missed"),
        "not_computed": words.gettext("cannot be computed with these figures"),
    }
    said = row["value"] is not None
    low, high = (_amount(row[end], row["unit"], lang) for end in ("published_low", "published_high"))
    if row["relation"] == "at_least":
        published = words.gettext("at least %(value)s") % {"value": low}
    elif row["relation"] == "at_most":
        published = words.gettext("at most %(value)s") % {"value": high}
    else:
        published = low if low == high else f"{low}{numbers.NBSP}{numbers.BETWEEN[lang]}{numbers.NBSP}{high}"
    ends = [_amount(row[end], row["unit"], lang) for end in ("lower_80", "upper_80") if said]
    return Check(
        name=row[f"name_{lang}"],
        place=f"{release.label('regions', row['region'], lang)}, {row['year']}",
        published=published,
        value=_amount(row["value"], row["unit"], lang) if said else numbers.DASH,
        lies=f"{numbers.NBSP}{numbers.BETWEEN[lang]}{numbers.NBSP}".join(ends) or numbers.DASH,
        verdict=verdicts[row["verdict"]],
        missed=row["verdict"] == MISSED,
        known=not row["independent"],
        computed=row[f"computed_{lang}"],
        reason=row[f"reason_{lang}"],
    )


def _amount(value: float, unit: str, lang: Lang) -> str:
    """A value in the form of its unit: shares in percent, large counts whole, others with two places."""
    if unit == _SHARE:
        return numbers.percent(value, lang)
    return numbers.number(round(value) if abs(value) >= _WHOLE else round(value, _FINE), lang)
