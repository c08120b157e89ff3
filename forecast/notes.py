"""Notes that stand beside published cells, in German and English, numbered as they are used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from forecast.snapshot import NOTE_SEPARATOR

NOTES: Mapping[str, tuple[str, str]] = {
    "": ("", ""),
    "rounded": (
        "Veröffentlicht als Summe von Zellen, die auf Vielfache von 3 gerundet sind.",
        "Published as a sum of cells rounded to multiples of 3.",
    ),
    "district": (
        "Für den Bezirk nach Gewerk nicht veröffentlicht: Landeswert mal geschätzter Anteil des Bezirks.",
        "Not published for the district by trade: figure of the Land times the estimated share of"
        " the district.",
    ),
    "groups": (
        "Aus Berufsgruppen geschätzt, die Handwerk und Industrie zusammen zählen.",
        "Estimated from occupation groups that count craft and industry together.",
    ),
    "event": (
        "Aus Berufsgruppen geschätzt, die Handwerk und Industrie zusammen zählen; ein "
        "Industriewerk in Oder-Spree ist herausgerechnet.",
        "Estimated from occupation groups that count craft and industry together; one industrial "
        "plant in Oder-Spree is taken out.",
    ),
    "small": (
        "Weniger als etwa 20 Neuabschlüsse im Jahr: die einzelne Zahl ist nur ein Anhaltspunkt, belastbar "
        "sind erst Gruppe, Land oder mehrere Jahre zusammen.",
        "Fewer than about 20 new contracts a year: the single number is only a clue; reliable are the "
        "group, the Land or several years together.",
    ),
    "later": (
        "Im Basisjahr kamen auf die offenen Stellen mehr Arbeitslose; zur Lücke kommt es, weil mehr "
        "Fachkräfte ausscheiden als nachkommen.",
        "In the base year there were more unemployed than open places; the gap opens because more skilled "
        "workers leave than follow.",
    ),
    "pipeline": (
        "Aus Neuabschlüssen, Lösungsquoten und Prüfungserfolg gerechnet.",
        "Computed from new contracts, dissolution rates and exam success.",
    ),
    "firms": (
        "Betriebe je Gewerk sind für den Bezirk nicht veröffentlicht; aus der Gesamtzahl der "
        "Betriebe geschätzt.",
        "Firms by trade are not published for the district; estimated from the total number of firms.",
    ),
    "industry": (
        "Industrieberuf ohne eigenes Gewerk der Handwerksordnung: keine Handwerksbetriebe.",
        "Industrial occupation without a trade of its own in the crafts code: no craft firms.",
    ),
    "no_trade": (
        "Der Datenbestand enthält für dieses Gewerk keine Zahlen; die Kammer kann eigene Register laden.",
        "The bundled figures hold nothing for this trade; the chamber can load its own registers.",
    ),
    "no_group": (
        "Beschäftigte der Berufsgruppe dieses Gewerks sind im Datenbestand für die Region nicht enthalten.",
        "The bundled figures hold no employees of this trade's occupation group for the region.",
    ),
    "no_region": (
        "Für diese Region sind die nötigen Zahlen im Datenbestand nicht enthalten.",
        "The bundled figures do not hold what is needed for this region.",
    ),
    "no_past": (
        "Für frühere Jahre weder veröffentlicht noch berechnet.",
        "Neither published nor computed for earlier years.",
    ),
    "no_forecast": (
        "Für dieses Jahr weder veröffentlicht noch vorausgeschätzt.",
        "Neither published nor forecast for this year.",
    ),
}  # fmt: skip


@dataclass
class NoteBook:
    """Numbers the notes of a release as they are used."""

    entries: dict[tuple[str, str], int] = field(default_factory=lambda: {("", ""): 0})

    def number(self, german: str, english: str) -> int:
        """Return the number of a note, new or known."""
        return self.entries.setdefault((german, english), len(self.entries))

    def named(self, *names: str) -> int:
        """Return the number of one of the standing notes, or of several that hold together."""
        return self._joined([NOTES[name] for name in names])

    def closed_by(self, first: int, last: int, *names: str) -> int:
        """Return the number of the note that says which start years would have to close the gap.

        Args:
            first: First start year that can still be influenced.
            last: Last start year in time for the target year.
            names: Standing notes that go before.
        """
        if first == last:
            german = (
                f"Verträge, mit denen der eine Jahrgang mit Beginn {first} die ganze Lücke schließen müsste; "
                "ein späteres Zieljahr verteilt sie auf mehr Jahrgänge."
            )
            english = (
                f"Contracts with which the one cohort beginning in {first} would have to close the whole "
                "gap; a later target year spreads them over more cohorts."
            )
        else:
            german = (
                f"Verträge im Jahr, wenn die {last - first + 1} Jahrgänge mit Beginn {first} bis {last} die "
                "Lücke schließen sollen."
            )
            english = (
                f"Contracts a year if the {last - first + 1} cohorts beginning in {first} to {last} are to "
                "close the gap."
            )
        return self._joined([*(NOTES[name] for name in names), (german, english)])

    def reached_from(self, year: int) -> int:
        """Return the number of the note that says when training begun from next year on can work."""
        return self.number(
            f"Verträge ab dem nächsten Jahr wirken frühestens {year}.",
            f"Contracts from next year on work in {year} at the earliest.",
        )

    def _joined(self, parts: Sequence[tuple[str, str]]) -> int:
        german, english = zip(*parts, strict=True)
        return self.number(NOTE_SEPARATOR.join(german), NOTE_SEPARATOR.join(english))

    def documents(self) -> list[dict[str, str]]:
        """All notes in the order of their numbers."""
        return [{"de": german, "en": english} for german, english in self.entries]
