"""The training plan where a cell is too small for a number of its own: withheld like its gap.

Further training, masters, technicians and outlook of a trade are made from its workforce. Where the range of
the gap is wider than the stock, they are no more reliable than the gap. Courses rest on contracts and stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from forecast.assemble import Assembled
from forecast.course_plan import COURSE_MEASURES
from forecast.domain.outlook import finish_year
from forecast.grading import Elsewhere, too_wide_note, withheld_where
from forecast.group_rows import row_above
from forecast.notes import NoteBook
from forecast.publish import PublishedSeries
from forecast.training_plan import OUTLOOK, PLAN_MEASURES, TrainingPlan

FROM_THE_STOCK: Final = frozenset(PLAN_MEASURES) - frozenset(COURSE_MEASURES)
#: Kinds of rows made from the workforce.
KINDS: Final = frozenset({"module", "master", "technician", OUTLOOK})
NUMBERS: Final = ("value", "lower_80", "upper_80")


def withheld_plan(
    plan: TrainingPlan, assembled: Assembled, elsewhere: Elsewhere, notes: NoteBook
) -> TrainingPlan:
    """Withhold what is made from a workforce that must not be shown, in the series and in the document.

    Args:
        plan: The training plan of all trades.
        assembled: States of all cells.
        elsewhere: Which years are withheld, and where the reader is sent.
        notes: Collects the notes of the series.
    """
    series = tuple(_series(plan.series, assembled, elsewhere, notes))
    return replace(plan, series=series, document=_document(plan.document, assembled, elsewhere))


def _series(
    series: Iterable[PublishedSeries], assembled: Assembled, elsewhere: Elsewhere, notes: NoteBook
) -> Iterable[PublishedSeries]:
    for one in series:
        cell = (one.region, one.trade)
        hidden = elsewhere.hidden.get(cell, ())
        if not hidden or one.measure not in FROM_THE_STOCK:
            yield one
        else:
            yield from withheld_where(
                [one], hidden, row_above(assembled.states[cell].trade), notes, elsewhere
            )


def _document(document: Mapping[str, Any], assembled: Assembled, elsewhere: Elsewhere) -> dict[str, Any]:
    """Rows of withheld years without numbers; start years of the outlook count by the year they finish in."""
    at = {name: place for place, name in enumerate(document["columns"])}
    said, book = list(document["notes"]), NoteBook()
    known: dict[int, int] = {}
    rows = []
    for row in document["rows"]:
        region, trade, year = row[at["region"]], row[at["trade"]], row[at["year"]]
        hidden = elsewhere.hidden.get((region, trade), ()) if row[at["kind"]] in KINDS else ()
        if hidden and row[at["kind"]] == OUTLOOK:
            year = finish_year(year, assembled.states[(region, trade)].pipeline.training_years)
        if year in hidden:
            above = row_above(assembled.states[(region, trade)].trade)
            number = too_wide_note(elsewhere.places(region, trade, year, row[at["measure"]], above), book)
            if number not in known:
                known[number] = len(said)
                said.append(book.documents()[number])
            changed = {**dict.fromkeys(NUMBERS), "status": "no_data", "grade": "", "note": known[number]}
            row = [changed.get(name, row[place]) for name, place in at.items()]
        rows.append(row)
    return {**document, "rows": rows, "notes": said}
