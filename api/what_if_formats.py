"""Answers «what if» in every format: the records of the JSON, in the columns of the matrix.

`scenario` says what a record is: base, variant or difference. What each lever adds to the gap stands in JSON
only. As a cube (JSON-stat) the scenario is a dimension of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from api.columns import COLUMNS, INFO, OBS_STATUS
from api.formats import csv_text, jsonstat, plain
from api.formats.jsonstat import TITLES, decimals_of
from api.formats.plain import PlainTable
from api.formats.sdmx_csv import DATAFLOW, HEADER
from api.language import Lang, Text
from api.questions import Question
from api.release import Release
from api.what_if_records import DIFFERENCE, Open, body, rows_of
from forecast.snapshot import STATISTICS

FORMS: Final = ("json", *plain.FORMS, "json-stat", "sdmx-csv")
TITLE: Final = Text("Was wäre, wenn", "What if")
SCENARIO: Final = Text("Szenario", "Scenario")
BASE: Final = Text("Basis", "Base")
CHANGED: Final = Text("Unterschied zur Basis", "Difference from the base")
VARIANT: Final = Text("mit den Hebeln", "with the levers")
LEVER: Final = Text("Hebel", "Lever")
MEANING: Final = Text("Enthalten", "Contained")
_AT: Final = {name: at for at, name in enumerate(COLUMNS)}
_NO_DATA: Final = "no_data"
Rows = Sequence[Sequence[Any]]


def formatted(
    release: Release, question: Question, lang: Lang, address: str, form: str, opened: Open
) -> bytes:
    """Return an answer in a format.

    Args:
        release: The release the question names.
        question: The checked question.
        lang: Language of labels and sentences.
        address: Address of this answer.
        form: One of ``FORMS``.
        opened: Opens the accounts of a region.
    """
    if form == "json":
        return body(release, question, lang, address, opened)
    about, rows = rows_of(release, question, lang, opened)
    if form == "json-stat":
        return orjson.dumps(_jsonstat(release, question, lang, about, rows))
    if form == "sdmx-csv":
        return _sdmx(rows)
    remarks = [(LEVER.of(lang), lever["text"]) for lever in about["what_if"]["levers"]]
    remarks += [(MEANING.of(lang), text) for text in about["what_if"]["contains"]]
    kinds = plain.like_cells(COLUMNS)
    table = PlainTable(
        COLUMNS, rows, TITLE.of(lang), about, lang, address, kinds, tuple(remarks), narrow=True
    )
    return plain.body(table, form)


def _sdmx(rows: Rows) -> bytes:
    """One line per record and statistic; a bound that is not there has no line."""
    before = [_AT[name] for name in ("region_code", "trade_code", "measure", "scenario")]
    after = [_AT[name] for name in ("unit", "grade", "snapshot_id", "note")]
    lines: list[Sequence[Any]] = [HEADER]
    for row in rows:
        head, tail = [row[at] for at in before], [row[at] for at in after]
        status = OBS_STATUS[row[_AT["status"]]]
        for name in STATISTICS:
            value = row[_AT[name]]
            if value is not None or name == STATISTICS[0]:
                place = [DATAFLOW.decode(), "A", *head, name, row[_AT["year"]], value]
                lines.append([*place, status, *tail])
    return csv_text.plain_rows(lines)


def _jsonstat(
    release: Release, question: Question, lang: Lang, about: Mapping[str, Any], rows: Rows
) -> dict[str, Any]:
    """Return a dense cube; a cell without a record has no data."""
    if not rows:
        return jsonstat.empty(TITLE.of(lang))
    names = {"region": "region_code", "trade": "trade_code", "measure": "measure", "scenario": "scenario"}
    codes = {
        name: list(dict.fromkeys(str(row[_AT[column]]) for row in rows)) for name, column in names.items()
    }
    codes["year"] = [str(year) for year in question.years]
    labels = {
        "region": _labels(rows, "region"),
        "trade": _labels(rows, "trade"),
        "measure": dict(release.labels("measures", lang)),
        "scenario": {"base": BASE.of(lang), DIFFERENCE: CHANGED.of(lang)},
        "year": {},
    }
    dimension = {
        name: _dimension(name, found, _labelled(name, found, labels[name], lang), lang)
        for name, found in codes.items()
    }
    entries = release.entries["measures"]
    dimension["measure"]["category"]["unit"] = {
        code: {"label": entries[code]["unit"]} | decimals_of(entries[code]) for code in codes["measure"]
    }
    headings = {name: INFO[name].heading(lang) for name in STATISTICS}
    dimension["statistic"] = _dimension("statistic", list(STATISTICS), headings, lang)
    size = [len(one["category"]["index"]) for one in dimension.values()]
    value, status = _dense(rows, names, codes)
    return {
        "version": "2.0",
        "class": "dataset",
        "label": TITLE.of(lang),
        "source": "; ".join(about["attribution"]),
        "updated": about["as_of"],
        "note": [about["sign_convention"], about["ranges"], *about["what_if"]["contains"]],
        "id": list(dimension),
        "size": size,
        "role": {"geo": ["region"], "time": ["year"], "metric": ["measure"]},
        "dimension": dimension,
        "value": value,
        "status": status,
        "extension": {"snapshot_id": release.id, "what_if": about["what_if"]["id"]},
    }


def _dense(
    rows: Rows, names: Mapping[str, str], codes: Mapping[str, Sequence[str]]
) -> tuple[list[Any], list[str]]:
    columns = [*(_AT[column] for column in names.values()), _AT["year"]]
    places = [{code: at for at, code in enumerate(found)} for found in codes.values()]
    lengths = [len(found) for found in places]
    cells = 1
    for length in lengths:
        cells *= length
    value: list[Any] = [None] * (cells * len(STATISTICS))
    status = [_NO_DATA] * (cells * len(STATISTICS))
    first, count = _AT[STATISTICS[0]], len(STATISTICS)
    for row in rows:
        at = 0
        for column, place, length in zip(columns, places, lengths, strict=True):
            at = at * length + place[str(row[column])]
        value[at * count : (at + 1) * count] = row[first : first + count]
        status[at * count : (at + 1) * count] = [row[_AT["status"]]] * count
    return value, status


def _labels(rows: Rows, kind: str) -> dict[str, str]:
    return {str(row[_AT[f"{kind}_code"]]): str(row[_AT[f"{kind}_label"]]) for row in rows}


def _labelled(name: str, codes: Sequence[str], labels: Mapping[str, str], lang: Lang) -> dict[str, str]:
    """Return code → label; a scenario that is neither base nor difference is the variant asked for."""
    return {code: labels.get(code, VARIANT.of(lang) if name == "scenario" else code) for code in codes}


def _dimension(name: str, codes: Sequence[str], labels: Mapping[str, str], lang: Lang) -> dict[str, Any]:
    title = SCENARIO if name == "scenario" else TITLES[name]
    return {"label": title.of(lang), "category": {"index": list(codes), "label": dict(labels)}}
