"""Notes that stand beside published cells, in German and English, numbered as they are used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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
        "Wird erst ab dem Jahr nach dem Basisjahr berechnet.",
        "Computed only from the year after the base year on.",
    ),
}  # fmt: skip


@dataclass
class NoteBook:
    """Numbers the notes of a release as they are used."""

    entries: dict[tuple[str, str], int] = field(default_factory=lambda: {("", ""): 0})

    def number(self, german: str, english: str) -> int:
        """Return the number of a note, new or known."""
        return self.entries.setdefault((german, english), len(self.entries))

    def named(self, name: str) -> int:
        """Return the number of one of the standing notes."""
        return self.number(*NOTES[name])

    def reached_from(self, year: int) -> int:
        """Return the number of the note that says when training begun from next year on can work."""
        return self.number(
            f"Verträge ab dem nächsten Jahr wirken frühestens {year}.",
            f"Contracts from next year on work in {year} at the earliest.",
        )

    def documents(self) -> list[dict[str, str]]:
        """All notes in the order of their numbers."""
        return [{"de": german, "en": english} for german, english in self.entries]
