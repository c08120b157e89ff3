"""What the pages say about a cell: unit, status, grade, and why there is no number."""

from __future__ import annotations

from typing import Final

from api.pages.texts import Translations

COLUMNS: Final = (
    "demand", "supply", "gap", "new_contracts", "training_need", "retirements", "successions_due",
)  # fmt: skip


class Wording:
    """Short words for codes, in one language.

    Args:
        texts: Catalogue of the language.
    """

    def __init__(self, texts: Translations) -> None:
        _ = texts.gettext
        self.columns = {
            "demand": _("Demand"),
            "supply": _("Supply"),
            "gap": _("Gap"),
            "new_contracts": _("New contracts"),
            "training_need": _("Training need"),
            "retirements": _("Retirements"),
            "successions_due": _("Successions due"),
        }
        self.units = {
            ("persons", "stock"): _("persons"),
            ("persons", "flow"): _("persons a year"),
            ("contracts", "flow"): _("contracts a year"),
            ("firms", "flow"): _("firms a year"),
            ("firms", "stock"): _("firms"),
            ("contracts", "stock"): _("contracts"),
            **dict.fromkeys((("hours", "flow"), ("hours_per_year", "average")), _("hours a year")),
            ("hours", "stock"): _("hours"),
            ("weeks", "flow"): _("weeks a year"),
            ("places", "flow"): _("places a year"),
            ("places", "stock"): _("places"),
            ("thousand_hours", "flow"): _("thousand hours a year"),
            ("fte", "stock"): _("full-time equivalents"),
            ("ratio", "rate"): _("ratio"),
            **dict.fromkeys((("percent", "share"), ("percent", "rate")), _("percent")),
            ("index", "average"): _("points"),
            ("index", "stock"): _("sign: −1, 0 or 1"),
            ("year", "stock"): _("year"),
        }
        # status → (letter in the table, word in the legend)
        self.marks = {
            "observed": (_("mark: observed"), _("observed figure")),
            "rounded": (_("mark: rounded"), _("published rounded")),
            "provisional": (_("mark: provisional"), _("provisional figure")),
            "estimated": (_("mark: estimated"), _("estimated from related figures")),
            "forecast": (_("mark: forecast"), _("forecast")),
        }
        self.grades = {"A": _("reliable"), "B": _("good"), "C": _("limited"), "D": _("a clue only")}
        self.missing = {
            "no_data": _("no data"),
            "suppressed": _("withheld"),
            "not_reachable": _("not reachable yet"),
        }
        self.levels = {
            "country": _("Country"),
            "land": _("States"),
            "chamber_district": _("Chamber districts"),
            "kreis": _("Districts"),
            "other": _("Other regions"),
        }
        self.earliest = _("%(year)s at the earliest")
        self.coverage = {"partial": _("%(region)s (contracts only)"), "none": _("%(region)s (no data)")}
        self.grade, self.no_range = _("grade %(letter)s"), _("range unknown")

    @property
    def legend(self) -> dict[str, list[tuple[str, str]]]:
        """Letters of the tables with their words."""
        return {"marks": list(self.marks.values()), "grades": list(self.grades.items())}

    def unit(self, unit: str, kind: str) -> str:
        """Return the unit as it stands below a column title."""
        return self.units.get((unit, kind), unit)

    def mark(self, status: str, grade: str | None) -> tuple[str, str]:
        """Return the short marker of a cell and its meaning in words.

        Example: ``("p B", "Prognose, Güte B")``.
        """
        letter, word = self.marks[status]
        if not grade:
            return letter, word
        return f"{letter}\u00a0{grade}", f"{word}, {self.grade % {'letter': grade}}"
