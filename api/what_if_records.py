"""An answer «what if» as flat records with the columns of the matrix: base, variant and difference of a cell.

`scenario` says which of the three a record is. What the release does not show of a cell, no scenario shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from api.columns import COLUMNS
from api.language import Lang, Text
from api.levers import KINDS, in_english, in_words
from api.overrides import assumptions_of
from api.overrides import document_of as override_document
from api.overrides import in_words as override_in_words
from api.questions import OWN, Question, lever_document
from api.records import meta, region_head
from api.release import Release
from forecast.snapshot import GRADES, STATISTICS, STATUSES, VALUE_STATUSES
from forecast.what_if_answer import NEED, Answers, Figures
from forecast.what_if_terms import FIRM_MEASURES, INTERACTION

DIFFERENCE: Final = "difference"
FORECAST: Final = "forecast"
UNREACHED: Final = "not_reachable"
NOTHING: Final = "no_data"
BEYOND: Final = Text(
    "Nach dem letzten Jahr des Standes: gedämpft fortgeführt.",
    "After the last year of the release: continued with a damped trend.",
)
CONTAINS: Final = (
    Text(
        "Die Hebel bewegen Bedarf, Ausbildung, Abgänge oder Zugang; die Konten sagen, was daraus wird.",
        "Levers move demand, training, exits or inflow; the accounts say what becomes of it.",
    ),
    Text(
        "Basis und Szenario haben dieselben Ziehungen; der Bereich des Unterschieds enthält nur, was an den "
        "Hebeln und Annahmen unsicher ist.",
        "Base and scenario share their draws; the range of the difference holds only what is uncertain about "
        "levers and assumptions.",
    ),
    Text(
        "Nicht enthalten: Löhne, Preise, Berufswahl; mehr Bedarf zieht niemanden an.",
        "Not contained: wages, prices, choice of occupation; more demand draws nobody in.",
    ),
    Text(
        "Nicht neu gerechnet und hier nicht abfragbar: Weiterbildung und Kurse, Techniker und "
        "Industriemeister, Aussicht der Anfänger, Zeichen des Mangels von heute.",
        "Not computed anew and not to be asked for here: further training and courses, technicians and "
        "industrial masters, outlook of beginners, signs of a shortage today.",
    ),
)
WITH_FIRMS: Final = Text(
    "Inhaber, Nachfolgen und Meister rechnen mit. Was Hebel auf Ausbildung und Abgänge dort ändern, wirkt "
    "nicht auf Beschäftigte und Verträge zurück; Hebel auf Betriebe und Meister wirken zurück.",
    "Owners, successions and masters are computed as well. What levers on training and exits change there "
    "does not come back to workforce and contracts; levers on firms and masters do.",
)
WITHOUT_FIRMS: Final = Text(
    "Inhaber, Nachfolgen und Meister hält dieser Stand nicht für Szenarien; Schließungen bleiben, wie sie "
    "sind.",
    "This release keeps no owners, successions and masters for scenarios; closures stay as they are.",
)
ENDS: Final = Text(
    "Inhaber und Meister sind in diesem Stand nur bis zu seinem letzten Jahr gerechnet.",
    "Owners and masters are computed up to the last year of this release only.",
)
ASSUMED: Final = Text(
    "Geänderte Annahmen gelten ab dem ersten Vorausschätzungsjahr; Bestände und Zugang der Vergangenheit "
    "bleiben, wie der Stand sie gelesen hat.",
    "Overridden assumptions hold from the first forecast year on; stocks and inflow of the past stay as the "
    "release has read them.",
)

Open = Callable[[str], Answers]


def body(release: Release, question: Question, lang: Lang, address: str, opened: Open) -> bytes:
    """Return the JSON of the answer.

    Args:
        release: The release the question names.
        question: The checked question.
        lang: Language of labels and sentences.
        address: Address of this answer.
        opened: Opens the accounts of a region.
    """
    data: list[bytes] = []
    explained: list[bytes] = []
    draws = to = 0
    firms = True
    for region in question.regions:
        answers = opened(region)
        model, cells = answers.model, _Cells(release, question, answers, lang)
        draws, to = model.inputs.draws, model.inputs.published_to
        firms = firms and model.inputs.firms is not None
        data += map(orjson.dumps, cells.records())
        explained += map(orjson.dumps, cells.contributions())
    head = _meta(release, question, lang, len(data), draws, to, firms=firms)
    links = {"self": address, "scenarios": "/api/v1/scenarios", "measures": "/api/v1/measures"}
    links |= {name: in_format(address, name) for name in ("csv", "xlsx", "parquet")}
    return b"".join(
        [
            b'{"meta":', orjson.dumps(head), b',"data":[', b",".join(data), b'],"contributions":[',
            b",".join(explained), b'],"links":', orjson.dumps(links), b"}",
        ]
    )  # fmt: skip


def rows_of(
    release: Release, question: Question, lang: Lang, opened: Open
) -> tuple[dict[str, Any], list[tuple[Any, ...]]]:
    """Return what stands above the answer, and its records as rows under `COLUMNS`, for other formats."""
    rows: list[tuple[Any, ...]] = []
    draws = to = 0
    firms = True
    for region in question.regions:
        answers = opened(region)
        draws, to = answers.model.inputs.draws, answers.model.inputs.published_to
        firms = firms and answers.model.inputs.firms is not None
        rows += [tuple(record.values()) for record in _Cells(release, question, answers, lang).records()]
    return _meta(release, question, lang, len(rows), draws, to, firms=firms), rows


def in_format(address: str, name: str) -> str:
    """Return the address of the same answer in another format.

    Example:
        >>> in_format("/api/v1/scenarios/x", "csv"), in_format("/api/v1/scenarios/x?lang=en", "csv")
        ('/api/v1/scenarios/x?format=csv', '/api/v1/scenarios/x?lang=en&format=csv')
    """
    return f"{address}{'&' if '?' in address else '?'}format={name}"


def _meta(
    release: Release, question: Question, lang: Lang, rows: int, draws: int, published_to: int, *, firms: bool
) -> dict[str, Any]:
    entries = release.entries["measures"]
    shipped = len(question.levers) - question.own
    levers = [
        {
            "lever": at,
            "label": KINDS[lever.kind].name_en if lang == "en" else lever.name_de,
            "text": in_english(lever) if lang == "en" else in_words(lever),
            "from_scenario": at < shipped,
            **lever_document(lever),
        }
        for at, lever in enumerate(question.levers)
    ]
    given = len(question.overrides) - question.own_overrides
    known = assumptions_of(release.catalogue) if question.overrides else None
    overrides = [
        {
            "override": at, "text": override_in_words(one, known, lang), "from_scenario": at < given,
            **override_document(one),
        }
        for at, one in enumerate(question.overrides)
        if known is not None
    ]  # fmt: skip
    contains = (*CONTAINS, WITH_FIRMS if firms else WITHOUT_FIRMS, *([ASSUMED] if overrides else []))
    more: dict[str, Any] = {"region": region_head(release, question.regions[0], lang)} if len(
        question.regions
    ) == 1 else {}  # fmt: skip
    sources = dict.fromkeys(source for code in question.measures for source in release.sources_behind(code))
    return meta(
        release, lang, **more,
        units={code: entries[code]["unit"] for code in question.measures},
        sources=list(sources), total=rows, returned=rows,
        what_if={
            "id": question.id, "name": question.name, "question": question.document(), "levers": levers,
            **({"overrides": overrides} if overrides else {}),
            "draws": draws, "published_to": published_to,
            "contains": [text.of(lang) for text in contains],
        },
    )  # fmt: skip


class _Cells:
    """The cells of one region."""

    def __init__(self, release: Release, question: Question, answers: Answers, lang: Lang) -> None:
        model = answers.model
        self._release, self._question, self._lang = release, question, lang
        self._region = model.inputs.region
        known = frozenset(model.rows)
        wanted = question.trades or release.trades
        self._trades = tuple(trade for trade in wanted if trade in known)
        self._last = model.inputs.published_to
        numbers, self._status, self._grade, self._note = self._published()
        self._gap_shown = self._shown_gap()
        self._found: Figures | None = None
        if self._trades:
            self._found = answers.figures(
                question.changes, self._trades, question.years, question.measures, numbers,
                explained=question.contributions,
            )  # fmt: skip

    def _published(self) -> tuple[NDArray[np.float64], NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Numbers the release shows (M, T, Y, 7), and status, grade, note of each cell or last year."""
        snapshot, question = self._release.snapshot, self._question
        measures = [snapshot.index("measure", code) for code in question.measures]
        trades = [snapshot.index("trade", code) for code in self._trades]
        years = [snapshot.index("year", min(year, self._last)) for year in question.years]
        at = np.ix_([snapshot.index("region", self._region)], trades, measures, years)

        def cells(values: NDArray[Any]) -> NDArray[Any]:
            return np.moveaxis(values[at][0], 1, 0)

        numbers = cells(snapshot.cube).astype(np.float64)
        numbers[:, :, [year > self._last for year in question.years]] = np.nan
        return numbers, cells(snapshot.status), cells(snapshot.grade), cells(snapshot.note)

    def _shown_gap(self) -> NDArray[np.bool_]:
        """Whether the release shows a gap for trade and year (T, Y); later years are as its last one."""
        snapshot = self._release.snapshot
        trades = [snapshot.index("trade", code) for code in self._trades]
        years = [snapshot.index("year", min(year, self._last)) for year in self._question.years]
        at = np.ix_(
            [snapshot.index("region", self._region)], trades, [snapshot.index("measure", "gap")], years
        )
        return np.asarray(np.isfinite(snapshot.cube[at][0, :, 0, :, 0]))

    def records(self) -> Iterator[dict[str, Any]]:
        """Return base, variant and difference of every trade, measure and year, in this order."""
        found = self._found
        if found is None:
            return
        names = ("base", self._question.name if self._question.name != "base" else OWN, DIFFERENCE)
        parts = [_plain(part) for part in (found.base, found.variant, found.difference)]
        notes = self._release.notes(self._lang)
        heads, place, release = self._heads(), self._place, self._release.id
        for trade, (code, label) in enumerate(heads):
            for measure, (name, unit) in enumerate(self._measures()):
                for at, year in enumerate(found.years):
                    status = self._state(measure, trade, at, year)
                    beyond = year > self._last and (status in VALUE_STATUSES or status == UNREACHED)
                    ended = beyond and name in FIRM_MEASURES and parts[0][measure][trade][at][0] is None
                    note = (ENDS if ended else BEYOND).of(self._lang) if beyond else None
                    grade = GRADES[self._grade[measure, trade, at]] or None
                    for case, part in zip(names, parts, strict=True):
                        own = status
                        values = part[measure][trade][at]
                        if status not in VALUE_STATUSES and not (
                            status == UNREACHED and values[0] is not None
                        ):
                            values = _NOTHING
                        elif values[0] is None:
                            own = NOTHING if ended else UNREACHED
                        else:
                            own = FORECAST
                        printed = notes[self._note[measure, trade, at]] if case == "base" else None
                        yield dict(
                            zip(
                                COLUMNS,
                                (
                                    release, name, unit, code, label, *place, year, case, True,
                                    *values, own, grade if values[0] is not None else None, note or printed,
                                ),
                                strict=True,
                            )
                        )  # fmt: skip

    def _state(self, measure: int, trade: int, at: int, year: int) -> str:
        """What the release says of a cell; where it hides the gap, nothing of the cell is shown."""
        status = STATUSES[self._status[measure, trade, at]]
        if not self._gap_shown[trade, at]:
            return status if status not in VALUE_STATUSES else "suppressed"
        if year > self._last and status == UNREACHED and self._question.measures[measure] == NEED:
            return FORECAST  # a later year may be in time
        return status

    @property
    def _place(self) -> tuple[str, str, str]:
        head = region_head(self._release, self._region, self._lang)
        return head["code"], head["label"], head["level"]

    def _heads(self) -> list[tuple[str, str]]:
        return [(code, self._release.label("trades", code, self._lang)) for code in self._trades]

    def _measures(self) -> list[tuple[str, str]]:
        entries = self._release.entries["measures"]
        return [(code, str(entries[code]["unit"])) for code in self._question.measures]

    def contributions(self) -> Iterator[Mapping[str, Any]]:
        """Return what each lever adds to the gap, per trade and year on which any lever acts."""
        found = self._found
        if found is None or not found.contributions:
            return
        region = self._place[0]
        levers, overrides = len(self._question.levers), len(self._question.overrides)
        for trade, (code, label) in enumerate(self._heads()):
            if not found.acting[trade]:
                continue
            for at, year in enumerate(found.years):
                if not self._gap_shown[trade, at]:
                    continue
                values = {name: int(part[trade, at]) for name, part in found.contributions.items()}
                yield {
                    "measure": "gap", "trade_code": code, "trade_label": label, "region_code": region,
                    "year": year, "difference": sum(values.values()),
                    "levers": [{"lever": at, "value": values[str(at)]} for at in range(levers)],
                    **({"overrides": [
                        {"override": at, "value": values[str(levers + at)]} for at in range(overrides)
                    ]} if overrides else {}),
                    "interaction": values.get(INTERACTION, 0),
                }  # fmt: skip


_NOTHING: Final[Sequence[None]] = (None,) * len(STATISTICS)


def _plain(values: NDArray[np.float64]) -> list[Any]:
    """Whole numbers as integers, None where there is none; nested lists of the same shape."""
    known = np.isfinite(values)
    found = np.full(values.shape, None, dtype=object)
    found[known] = values[known].astype(np.int64)
    plain: list[Any] = found.tolist()
    return plain
