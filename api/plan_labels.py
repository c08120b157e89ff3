"""Names for the rows of the training plan: modules and courses by their titles, the rest in a word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from api.language import Lang, Text, label

TOTAL: Final = Text("insgesamt", "in total")
# the classes of the ROA, as those who look for work see them: from too few skilled workers to too many
OUTLOOK_WORDS: Final[Mapping[str, Text]] = {
    "very_good": Text("sehr gut", "very good"),
    "good": Text("gut", "good"),
    "fair": Text("befriedigend", "fair"),
    "moderate": Text("mäßig", "moderate"),
    "bad": Text("schlecht", "bad"),
}
WORDS: Final[Mapping[tuple[str, str], Text]] = {
    **{("outlook", code): text for code, text in OUTLOOK_WORDS.items()},
    ("technician", "technician"): Text("Techniker", "technicians"),
    ("technician", "industrial_master"): Text("Industriemeister", "industrial masters"),
    ("training_year", "repeat"): Text("Wiederholungsprüfung", "repeat examination"),
}


class PlanLabels:
    """Spells out codes and notes of a table that carries its own lists.

    Args:
        document: The table and what stands beside it: ``modules``, ``courses``, ``notes``.
        lang: Language asked for.
    """

    def __init__(self, document: Mapping[str, Any], lang: Lang) -> None:
        self._lang = lang
        self._names = {
            ("module", str(entry["code"])): label(entry, lang) for entry in document.get("modules") or ()
        }
        courses = [entry for entry in document.get("courses") or () if entry.get("code")]
        self._courses = {
            (str(entry.get("trade", "")), str(entry["code"])): label(entry, lang)
            or str(entry.get("title") or "")
            for entry in courses
        }
        self._notes = [one.get(lang) or one.get("de") or None for one in document.get("notes") or ()]

    def note(self, given: Any) -> Any:  # noqa: ANN401  (a cell of a document)
        """Return the text of a note given by its number; anything else as it stands."""
        if isinstance(given, int) and 0 <= given < len(self._notes):
            return self._notes[given]
        return given

    def label(self, kind: str, code: str, trade: str) -> str:
        """Return the name of what a row counts; its code where nothing names it.

        Example:
            >>> labels = PlanLabels({"modules": [{"code": "ada", "name_de": "Ausbildereignung"}]}, "de")
            >>> [labels.label("module", code, "A-24") for code in ("ada", "*", "new")]
            ['Ausbildereignung', 'insgesamt', 'new']
            >>> labels.label("training_year", "2", "A-24")
            '2. Ausbildungsjahr'
        """
        if code == "*":
            return TOTAL.of(self._lang)
        if kind == "course":
            return self._courses.get((trade, code)) or self._courses.get(("", code)) or code
        if (kind, code) in WORDS:
            return WORDS[kind, code].of(self._lang)
        if kind == "training_year":
            return Text(f"{code}. Ausbildungsjahr", f"year {code} of training").of(self._lang)
        return self._names.get((kind, code)) or code

    def rows(
        self, columns: Sequence[str], rows: Sequence[Sequence[Any]]
    ) -> tuple[list[str], list[Sequence[Any]]]:
        """Return columns and rows with notes as texts and a ``label`` at the end."""
        at = {name: place for place, name in enumerate(columns)}
        kind, code, trade = (at.get(name) for name in ("kind", "code", "trade"))
        shown: list[Sequence[Any]] = []
        for row in rows:
            cells = list(row)
            if "note" in at:
                cells[at["note"]] = self.note(cells[at["note"]])
            if kind is not None and code is not None:
                owner = "" if trade is None else str(row[trade])
                cells.append(self.label(str(row[kind]), str(row[code]), owner))
            shown.append(cells)
        return [*columns, *(["label"] if kind is not None and code is not None else [])], shown
