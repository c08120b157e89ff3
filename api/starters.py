"""The outlook of somebody who starts today: start, examination, class of the ROA, how likely each class is.

The cube holds supply per demand by calendar year; the training plan of a release holds how likely each class
is by year of start, how long the training of a trade lasts, and where the classes end. Here both meet.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any, Final

from api.language import Lang, Text
from api.plan_labels import OUTLOOK_WORDS

MEASURE: Final = "outlook_ratio"
CLASSES: Final = tuple(OUTLOOK_WORDS)
PROBABILITIES: Final = tuple(f"probability_{name}" for name in CLASSES)
YEARS: Final = ("start_year", "finish_year")
WORDS: Final = ("outlook_class", "outlook_class_label", "outlook_class_best", "outlook_class_worst")
COLUMNS: Final = (*YEARS, *WORDS, *PROBABILITIES)
#: What a format with a dimension of statistics shows of it: numbers only.
STATISTICS: Final = (YEARS[0], *PROBABILITIES)
#: What such a format says beside the numbers: codes of classes, of the value and of both ends of its range.
CLASS_CODES: Final = tuple(name for name in WORDS if name != "outlook_class_label")

Row = tuple[str, str, int]
Value = int | float | str | None


class Starters:
    """Looks up what belongs to a cell of the outlook.

    Args:
        plan: The document ``training_plan`` of a release; empty if it has none.
    """

    def __init__(self, plan: Mapping[str, Any]) -> None:
        self._lags: Mapping[str, int] = plan.get("training_lags") or {}
        ends = [one.get("up_to") for one in plan.get("outlook_classes") or () if "up_to" in one]
        self._limits = [float(end) for end in ends if end is not None]
        self._classes = [one for one in plan.get("outlook_classes") or () if one.get("code") in CLASSES]
        self._shares: dict[tuple[str, str, int, str], float] = {}
        columns = list(plan.get("columns") or ())
        if not columns:
            return
        at = [columns.index(name) for name in ("region", "trade", "year", "code", "value")]
        kind, measure = columns.index("kind"), columns.index("measure")
        for row in plan["rows"]:
            if row[kind] == "outlook" and row[measure] == "probability":
                region, trade, year, code, value = (row[place] for place in at)
                self._shares[region, trade, year, code] = value

    def places(
        self,
        regions: Sequence[str],
        trades: Sequence[str],
        measures: int,
        years: Sequence[int],
        starts: Sequence[int],
    ) -> list[int]:
        """Return the places of the cells whose year is that of the examination of who starts in some years.

        Args:
            regions: Codes of the selection.
            trades: Codes of the selection.
            measures: How many measures it has.
            years: Its years.
            starts: Years of start that are wanted.
        """
        wanted = frozenset(starts)
        by_trade = [
            [
                at
                for at, year in enumerate(years)
                if trade in self._lags and year - self._lags[trade] in wanted
            ]
            for trade in trades
        ]
        return [
            ((region * len(trades) + trade) * measures + measure) * len(years) + at
            for region in range(len(regions))
            for trade, found in enumerate(by_trade)
            for measure in range(measures)
            for at in found
        ]

    def class_of(self, ratio: float | None) -> str | None:
        """Return the class a ratio lies in; one on a limit belongs to the class below it.

        Example:
            >>> ends = [{"up_to": 0.85}, {"up_to": 1.0}, {"up_to": 1.05}, {"up_to": 1.15}, {"up_to": None}]
            >>> some = Starters({"outlook_classes": ends})
            >>> [some.class_of(ratio) for ratio in (0.85, 0.86, 1.2, None)]
            ['very_good', 'good', 'bad', None]
        """
        if ratio is None or len(self._limits) != len(CLASSES) - 1:
            return None
        return CLASSES[bisect_left(self._limits, ratio)]

    def classes(self, lang: Lang) -> list[dict[str, Any]]:
        """Return the classes of a release with their limits, best first; none if it names none.

        Args:
            lang: Language of the names.
        """
        return [
            {
                "code": one["code"],
                "label": OUTLOOK_WORDS[one["code"]].of(lang),
                "above": one.get("above"),
                "up_to": one.get("up_to"),
            }
            for one in self._classes
        ]

    def rows(
        self, cells: Sequence[Row], ranges: Sequence[Sequence[float | None]], lang: Lang
    ) -> dict[str, list[Value]]:
        """Return name → values of the columns of this resource.

        Args:
            cells: Region, trade and year; the year is that of the examination.
            ranges: Per cell value, lower and upper end of the range; None where no number may be shown.
            lang: Language of the classes.
        """
        found: dict[str, list[Value]] = {name: [] for name in COLUMNS}
        for (region, trade, year), (value, low, high) in zip(cells, ranges, strict=True):
            lag = self._lags.get(trade)
            start = None if lag is None else year - lag
            shares: list[Value] = [
                None if value is None or start is None else self._shares.get((region, trade, start, name))
                for name in CLASSES
            ]
            known = any(share is not None for share in shares)  # somebody who starts in the years ahead
            here = self.class_of(value)
            label = OUTLOOK_WORDS[here].of(lang) if here else None
            both = (start, year) if known else (None, None)
            words = (here, label, self.class_of(low), self.class_of(high))
            for name, cell in zip(COLUMNS, (*both, *words, *shares), strict=True):
                found[name].append(cell)
        return found


def limits_sentence(one: Mapping[str, Any], lang: Lang) -> str:
    """Return where a class of `Starters.classes` lies, for people.

    Example:
        >>> limits_sentence({"label": "gut", "above": 0.85, "up_to": 1.0}, "de")
        'gut: Angebot je Bedarf über 0,85 bis 1,00'
        >>> limits_sentence({"label": "bad", "above": 1.15, "up_to": None}, "en")
        'bad: supply per demand above 1.15'
    """
    words = {"above": Text("über", "above"), "up_to": Text("bis", "up to")}
    parts = [f"{word.of(lang)} {one[name]:.2f}" for name, word in words.items() if one.get(name) is not None]
    said = " ".join(parts)
    ratio = Text("Angebot je Bedarf", "supply per demand").of(lang)
    return f"{one['label']}: {ratio} {said.replace('.', ',') if lang == 'de' else said}"
