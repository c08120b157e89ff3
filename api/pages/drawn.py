"""A number in a cell with its marks, notes and range, as HTML: set once, then found again.

A page of many tables holds hundreds of cells and few different marks; a template would escape each text anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from markupsafe import Markup

from api.pages.texts import Translations

KEPT: Final = 16_384


@dataclass(frozen=True, slots=True)
class PlanNumber:
    """A number of the plan, ready to print; empty where the plan has none.

    Args:
        value: Formatted number.
        range: Formatted 80 % range.
        mark: Short marker of a number that does not rest on a source.
        meaning: The marker in words.
        grade: Letter of the grade; empty where the plan gives none.
        graded: The grade in words.
    """

    value: str = ""
    range: str = ""
    mark: str = ""
    meaning: str = ""
    grade: str = ""
    graded: str = ""


class Drawn:
    """Cells in one language, for the templates.

    Args:
        texts: Catalogue of the language.
    """

    def __init__(self, texts: Translations) -> None:
        self._note = texts.gettext("Note %(number)s")
        self.notes = lru_cache(maxsize=KEPT)(self._notes)
        self.number = lru_cache(maxsize=KEPT)(self._number)
        self.cell = lru_cache(maxsize=KEPT)(self._cell)

    def _notes(self, numbers: tuple[int, ...]) -> Markup:
        """Return links to footnotes."""
        return Markup("").join(
            Markup('<a class="note" href="#hinweis-{0}" aria-label="{1}">{0})</a>').format(
                number, self._note % {"number": number}
            )
            for number in numbers
        )

    def _number(
        self,
        value: str,
        shown: str,
        mark: str,
        meaning: str,
        notes: tuple[int, ...] = (),
        grade: str = "",
        graded: str = "",
    ) -> Markup:
        """Return a number with what belongs to it.

        Args:
            value: Formatted number.
            shown: Formatted range; empty for none.
            mark: Short marker of its status; empty for none.
            meaning: The marker in words.
            notes: Numbers of footnotes.
            grade: Letter of the grade; empty for none.
            graded: The grade in words.
        """
        parts = [Markup('<span class="value">{}</span>').format(value)]
        if mark:
            parts.append(Markup('<abbr class="mark" title="{}">{}</abbr>').format(meaning, mark))
        if grade:
            parts.append(Markup('<abbr class="mark grade" title="{}">{}</abbr>').format(graded, grade))
        parts.append(self.notes(notes))
        if shown:
            parts.append(Markup('<span class="range">{}</span>').format(shown))
        return Markup("").join(parts)

    def _cell(self, figure: PlanNumber, measure: str) -> Markup:
        """Return a number of the plan as a cell; a dash where the plan has none.

        Args:
            figure: The number.
            measure: What it counts.
        """
        if not figure.value:
            return Markup('<td class="missing"><span class="value">–</span></td>')
        shown = self.number(
            figure.value, figure.range, figure.mark, figure.meaning, (), figure.grade, figure.graded
        )
        return Markup('<td data-measure="{}">{}</td>').format(measure, shown)
