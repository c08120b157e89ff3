"""The columns of an answer: names, kinds, titles. One list for every format and for the metadata.

Columns are never renamed within v1. Those of the default layout come first and in this order; the others are
added on request (`columns=`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from api.language import Lang, Text
from api.plan_labels import OUTLOOK_WORDS
from forecast.snapshot import STATISTICS

Sort = Literal["text", "integer", "boolean", "number", "time"]


@dataclass(frozen=True, slots=True)
class ColumnInfo:
    """What a column holds.

    Args:
        name: The same in every format and language.
        kind: Type of its values.
        title: For people.
        meaning: One sentence.
    """

    name: str
    kind: Sort
    title: Text
    meaning: Text

    def heading(self, lang: Lang) -> str:
        """Return the title in one language."""
        return self.title.of(lang)


def _info(name: str, kind: Sort, de: str, en: str, meaning: str, meaning_en: str) -> ColumnInfo:
    return ColumnInfo(name, kind, Text(de, en), Text(meaning, meaning_en))


def _bound(name: str) -> ColumnInfo:
    side, level = name.split("_")
    low = side == "lower"
    return _info(
        name,
        "number",
        f"{'Untergrenze' if low else 'Obergrenze'} {level} %",
        f"{'Lower' if low else 'Upper'} bound {level} %",
        f"{'Unteres' if low else 'Oberes'} Ende des Bereichs, der in {level} von 100 Fällen den wahren Wert "
        "enthält; nicht addierbar.",
        f"{'Lower' if low else 'Upper'} end of the range that holds the true value in {level} of 100 cases; "
        "must not be added.",
    )


def _probability(code: str) -> ColumnInfo:
    words = OUTLOOK_WORDS[code]
    return _info(
        f"probability_{code}",
        "number",
        f"Wahrscheinlichkeit «{words.de}»",
        f"Probability “{words.en}”",
        f"Anteil der Ziehungen, in denen die Aussicht im Jahr der Prüfung «{words.de}» ist; die fünf Anteile "
        "ergeben zusammen 1.",
        f"Share of the draws in which the outlook in the year of the examination is “{words.en}”; the five "
        "shares add to 1.",
    )


COLUMNS: Final = (
    "snapshot_id",
    "measure",
    "unit",
    "trade_code",
    "trade_label",
    "region_code",
    "region_label",
    "region_level",
    "year",
    "scenario",
    "is_forecast",
    *STATISTICS,
    "status",
    "grade",
    "note",
)
EXTRA: Final = ("measure_label", "time", "trade_group", "as_of", "obs_status", "sources", "range_definition")
ALL_COLUMNS: Final = (*COLUMNS, *EXTRA)
LONG: Final = ("output_type", "output_type_id", "value")
LONG_COLUMNS: Final = (*(c for c in COLUMNS if c not in STATISTICS), *LONG, *EXTRA)
RANGE_LEVELS: Final = ("50", "80", "95")
LABEL_COLUMNS: Final = {
    "trade_label": "trade_code",
    "region_label": "region_code",
    "measure_label": "measure",
    "outlook_class_label": "outlook_class",
}

INFO: Final[Mapping[str, ColumnInfo]] = {
    info.name: info
    for info in (
        _info(
            "snapshot_id",
            "text",
            "Stand",
            "Release",
            "Kennung der Veröffentlichung: gleiche Kennung, gleiche Zahlen.",
            "Id of the release: the same id, the same numbers.",
        ),
        _info("measure", "text", "Messgröße", "Measure", "Code der Messgröße.", "Code of the measure."),
        _info("unit", "text", "Einheit", "Unit", "Einheit der Zahl.", "Unit of the number."),
        _info(
            "trade_code",
            "text",
            "Gewerk (Code)",
            "Trade (code)",
            "Code des Gewerks, immer Text.",
            "Code of the trade, always text.",
        ),
        _info("trade_label", "text", "Gewerk", "Trade", "Bezeichnung des Gewerks.", "Name of the trade."),
        _info(
            "region_code",
            "text",
            "Region (Code)",
            "Region (code)",
            "Code der Region, immer Text.",
            "Code of the region, always text.",
        ),
        _info("region_label", "text", "Region", "Region", "Bezeichnung der Region.", "Name of the region."),
        _info("region_level", "text", "Ebene", "Level", "Ebene der Region.", "Level of the region."),
        _info("year", "integer", "Jahr", "Year", "Jahr der Achse.", "Year of the axis."),
        _info(
            "scenario",
            "text",
            "Szenario",
            "Scenario",
            "Annahmen, unter denen die Zahl gilt.",
            "Assumptions under which the number holds.",
        ),
        _info(
            "is_forecast",
            "boolean",
            "Vorausschau",
            "Forecast",
            "Ob die Zelle die Zukunft meint.",
            "Whether the cell is about the future.",
        ),
        _info(
            "value",
            "number",
            "Wert",
            "Value",
            "Mittelwert der Ziehungen oder veröffentlichte Zahl; leer, wenn der Status keine Zahl erlaubt.",
            "Mean of the draws or published figure; empty where the status allows none.",
        ),
        *(_bound(name) for name in STATISTICS[1:]),
        _info(
            "status",
            "text",
            "Status",
            "Status",
            "Wie die Zahl zustande kam oder warum sie fehlt.",
            "How the number came about or why it is missing.",
        ),
        _info(
            "grade",
            "text",
            "Güte",
            "Grade",
            "A (belastbar) bis D (Anhaltspunkt).",
            "A (sound) to D (indication).",
        ),
        _info(
            "note",
            "text",
            "Anmerkung",
            "Note",
            "Was beim Lesen der Zahl zu beachten ist.",
            "What to keep in mind when reading the number.",
        ),
        _info(
            "measure_label",
            "text",
            "Messgröße (Name)",
            "Measure (name)",
            "Bezeichnung der Messgröße.",
            "Name of the measure.",
        ),
        _info(
            "time",
            "time",
            "Zeitpunkt",
            "Time",
            "Stichtag als Zeitstempel nach ISO 8601 (UTC), für Zeitachsen.",
            "Reference date as ISO 8601 time stamp (UTC), for time axes.",
        ),
        _info(
            "trade_group",
            "text",
            "Gewerbegruppe",
            "Group of trades",
            "Code der Gewerbegruppe.",
            "Code of the group of trades.",
        ),
        _info(
            "as_of",
            "text",
            "Datenstand",
            "As of",
            "Tag, bis zu dem Veröffentlichungen berücksichtigt sind.",
            "Day up to which publications are taken into account.",
        ),
        _info(
            "obs_status",
            "text",
            "Status (SDMX)",
            "Status (SDMX)",
            "Status als Code der Liste CL_OBS_STATUS.",
            "Status as a code of the list CL_OBS_STATUS.",
        ),
        _info(
            "sources",
            "text",
            "Quellen",
            "Sources",
            "Kennungen der Quellen, durch Strichpunkt getrennt.",
            "Ids of the sources, separated by semicolons.",
        ),
        _info(
            "range_definition",
            "text",
            "Bandbreite",
            "Range",
            "Was die Bandbreiten bedeuten.",
            "What the ranges mean.",
        ),
        _info("output_type", "text", "Kennwert", "Statistic", "mean oder quantile.", "mean or quantile."),
        _info(
            "output_type_id",
            "text",
            "Quantil",
            "Quantile",
            "Wahrscheinlichkeit des Quantils; leer beim Mittelwert.",
            "Probability of the quantile; empty for the mean.",
        ),
        _info(
            "start_year",
            "integer",
            "Beginn der Ausbildung",
            "Start of training",
            "Herbst, in dem die Ausbildung beginnt, die im Jahr der Zeile mit der Prüfung endet; leer, wenn "
            "der Beginn vor den vorausgeschätzten Jahren liegt.",
            "Autumn in which the training starts that ends with the examination in the year of the row; "
            "empty where the start lies before the years forecast.",
        ),
        _info(
            "finish_year",
            "integer",
            "Jahr der Abschlussprüfung",
            "Year of the final examination",
            "Jahr der ersten Abschlussprüfung; gleich «year», leer wie «start_year».",
            "Year of the first final examination; equal to “year”, empty like “start_year”.",
        ),
        _info(
            "outlook_class",
            "text",
            "Aussicht (Klasse)",
            "Outlook (class)",
            "Klasse des Forschungszentrums ROA, in der «value» liegt, aus Sicht eines Menschen, der Arbeit "
            "sucht.",
            "Class of the research centre ROA in which “value” lies, as seen by somebody looking for work.",
        ),
        _info("outlook_class_label", "text", "Aussicht", "Outlook", "Name der Klasse.", "Name of the class."),
        _info(
            "outlook_class_best",
            "text",
            "Beste Klasse (80 %)",
            "Best class (80 %)",
            "Klasse am unteren Ende des 80-%-Bereichs: wenige Fachkräfte je Stelle.",
            "Class at the lower end of the 80 % range: few skilled workers per job.",
        ),
        _info(
            "outlook_class_worst",
            "text",
            "Schlechteste Klasse (80 %)",
            "Worst class (80 %)",
            "Klasse am oberen Ende des 80-%-Bereichs: viele Fachkräfte je Stelle.",
            "Class at the upper end of the 80 % range: many skilled workers per job.",
        ),
        *(_probability(code) for code in OUTLOOK_WORDS),
    )
}

#: SDMX code list CL_OBS_STATUS 2.x: A normal, P provisional, E estimated, F forecast, O missing,
#: Q suppressed, M missing because the figure cannot exist.
OBS_STATUS: Final[Mapping[str, str]] = {
    "no_data": "O",
    "observed": "A",
    "rounded": "A",
    "provisional": "P",
    "estimated": "E",
    "forecast": "F",
    "suppressed": "Q",
    "not_reachable": "M",
}


@lru_cache(maxsize=64)
def columns_of(
    labels: str, levels: tuple[str, ...], *, long: bool = False, more: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """Return the columns of a layout.

    Args:
        labels: both, code (no labels) or label (labels in the place of codes).
        levels: Ranges that are shown; ``none`` shows none.
        long: One row per statistic instead of one column.
        more: Columns of this resource alone, behind the others.

    Example:
        >>> columns_of("code", ("80",))[-7:]
        ('is_forecast', 'value', 'lower_80', 'upper_80', 'status', 'grade', 'note')
    """
    wanted = set(levels)
    names = LONG_COLUMNS[: -len(EXTRA)] if long else COLUMNS
    kept = [
        name
        for name in (*names, *more)
        if "_" not in name or not _is_bound(name) or name.split("_")[1] in wanted
    ]
    if labels == "code":
        kept = [name for name in kept if name not in LABEL_COLUMNS]
    if labels == "label":
        kept = ["measure_label" if name == "measure" else name for name in kept]
        kept = [name for name in kept if name not in {"trade_code", "region_code", "outlook_class"}]
    return tuple(kept)


def _is_bound(name: str) -> bool:
    return name.startswith(("lower_", "upper_"))


def probability(statistic: str) -> str:
    """Return the probability of the quantile a bound is, as text; empty for the mean.

    Example:
        >>> probability("lower_80"), probability("upper_95"), probability("value")
        ('0.1', '0.975', '')
    """
    if not _is_bound(statistic):
        return ""
    side, level = statistic.split("_")
    tail = (100 - int(level)) / 200
    return f"{tail if side == 'lower' else 1 - tail:g}"
