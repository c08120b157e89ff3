"""Notes that stand beside published cells, in German and English, numbered as they are used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

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
    "divided": (
        "Beschäftigte des Bezirks nach Berufsgruppe sind nicht veröffentlicht: Land ohne Ostbrandenburg, "
        "geteilt nach der Handwerkszählung 2014; die Spanne enthält den Fehler dieser Teilung.",
        "Employees of the district by occupation group are not published: the Land without East Brandenburg, "
        "divided by the craft census of 2014; the range contains the error of this division.",
    ),
    "withheld": (
        "Nicht gezeigt: Die Quelle hält diese Zahl geheim.",
        "Not shown: its source keeps this figure secret.",
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
    "grade_shares": (
        "Das Gewerk teilt sich seine Berufsgruppe mit anderen; sein Anteil ist geschätzt.",
        "The trade shares its occupation group with others; its share is estimated.",
    ),
    "grade_lost": (
        "So weit voraus war die Vorausschätzung der Beschäftigten in der Rückrechnung nicht besser als der "
        "letzte Wert.",
        "So far ahead the forecast of employees was no better than the last value in the backtest.",
    ),
    "grade_untested": (
        "So weit voraus konnte die Vorausschätzung noch nicht an der Vergangenheit geprüft werden.",
        "So far ahead the forecast could not yet be tested on the past.",
    ),
    "grade_ages": (
        "Das Altersprofil des Gewerks ist im Gebiet nicht veröffentlicht: aus Bezirk, Berufsgruppe und "
        "Bundeswerten geschätzt.",
        "The age profile of the trade is not published for the region: estimated from district, occupation "
        "group and national shares.",
    ),
    "grade_gap_lost": (
        "So weit voraus lag die Lücke des Modells, zu früheren Jahren gefragt, im Mittel weiter daneben als "
        "die unveränderte letzte Lücke.",
        "So far ahead the gap of the model, asked at past years, missed by more on average than the last "
        "gap left unchanged.",
    ),
    "grade_wide": (
        "Die Spanne ist gemessen am Bestand breit.",
        "The range is wide against the stock.",
    ),
    "grade_very_wide": (
        "Die Spanne ist gemessen am Bestand sehr breit.",
        "The range is very wide against the stock.",
    ),
    "too_wide": (
        "Zu klein für eine eigene Zahl: die Spanne wäre breiter als der Bestand.",
        "Too small for a number of its own: the range would be wider than the stock.",
    ),
    "all_too_wide": (
        "Auch die Zeile der Gruppe und mehrere Jahre zusammen sind hier zu unsicher.",
        "The row of the group and several years together are too uncertain here as well.",
    ),
    "group_sum": (
        "Summe der Gewerke der Gruppe, in jeder Ziehung gerechnet; die Gewerke sind darin schon gezählt.",
        "Sum over the trades of the group, taken in every draw; its trades are already counted in it.",
    ),
    "group_ratio": (
        "Verhältnis der Summen in jeder Ziehung, nicht Mittel der Verhältnisse der Gewerke.",
        "Ratio of the sums in every draw, not a mean of the ratios of the trades.",
    ),
    "group_need": (
        "Summe des Ausbildungsbedarfs der Gewerke in jeder Ziehung; Fachkräfte, die in einem Gewerk übrig "
        "sind, füllen keinen Platz in einem anderen.",
        "Sum of the training need of the trades in every draw; skilled workers left over in one trade fill "
        "no place in another.",
    ),
    "group_courses": (
        "Summe der Gewerke mit bekanntem Lehrgangsplan, in jeder Ziehung gerechnet.",
        "Sum over the trades with a known plan of courses, taken in every draw.",
    ),
    "group_unknown": (
        "Für kein Gewerk dieser Gruppe im Datenbestand enthalten oder gerechnet.",
        "Neither held nor computed for any trade of this group.",
    ),
    "eases": (
        "Im Basisjahr gibt es mehr offene Stellen als Arbeitslose; im Zieljahr ist der Bedarf kleiner als "
        "das Angebot, wenn Zugänge und Bedarf sich entwickeln wie vorausgeschätzt.",
        "In the base year there are more open places than unemployed; in the target year demand is below "
        "supply if inflow and demand develop as forecast.",
    ),
    "working_time": (
        "Köpfe mal Arbeitszeit je Kopf; Teilzeit und Jahresstunden sind nach Gewerk nicht veröffentlicht, "
        "sondern Annahmen.",
        "Heads times working time per head; part time and hours a year are not published by trade but "
        "assumed.",
    ),
    "craft_firms": (
        "Davon in Handwerksbetrieben: Zahl des Gewerks mal Anteil im Handwerk. Der Anteil ist nicht gezählt, "
        "sondern je Gewerk gesetzt, für Bedarf und Angebot gleich.",
        "Of it in craft firms: the number of the trade times the share in the craft. The share is not "
        "counted but judged by trade, the same for demand and supply.",
    ),
    "net_check": (
        "Nur zur Prüfung, geht nicht in die Lücke ein: die Nettomethode sieht Abgänge nicht, die im selben "
        "Alter ersetzt werden, und zählt Schrumpfen als Ersatzbedarf.",
        "A check only, not part of the gap: the net method does not see exits made good at the same age, and "
        "counts shrinking as replacement demand.",
    ),
    "points": (
        "Aus 2 der 6 Indikatoren der Bundesagentur: Arbeitslose je Stelle und Arbeitslosenquote; Schwellen "
        "angenommen.",
        "From 2 of the 6 indicators of the employment agency: unemployed per vacancy and unemployment rate; "
        "limits assumed.",
    ),
    "pipeline": (
        "Aus Neuabschlüssen, Lösungsquoten und Prüfungserfolg gerechnet.",
        "Computed from new contracts, dissolution rates and exam success.",
    ),
    "firms": (
        "Betriebe je Gewerk sind für den Bezirk nicht veröffentlicht; aus der Zahl aller Betriebe und den "
        "in Land oder Bund veröffentlichten Anteilen der Gewerke geschätzt.",
        "Firms by trade are not published for the district; estimated from the total number of firms and the "
        "shares of trades published for the Land or the nation.",
    ),
    "industry": (
        "Industrieberuf ohne eigenes Gewerk der Handwerksordnung: keine Handwerksbetriebe.",
        "Industrial occupation without a trade of its own in the crafts code: no craft firms.",
    ),
    "modules": (
        "Summe über verderbliche Module; Anteile und Halbwertszeiten sind überwiegend gesetzt, je Modul im "
        "Schulungsplan nachzulesen. Wer mehrere Module braucht, zählt mehrfach.",
        "Sum over perishable modules; shares and half-lives are mostly judgements, module by module in the "
        "training plan. Who needs several modules counts several times.",
    ),
    "modules_general": (
        "Nur Module, die alle Gewerke betreffen: eigene Module dieses Berufs sind nicht erfasst.",
        "Only modules that concern all trades: none of this occupation's own have been collected.",
    ),
    "courses": (
        "Auszubildende am 31. Dezember je Ausbildungsjahr mal Lehrgangswochen; gilt für das Ausbildungsjahr, "
        "das im Herbst beginnt. Auszubildende der Industrie im selben Beruf sind mitgezählt.",
        "Apprentices on 31 December by year of training times course weeks; holds for the training year that "
        "begins in autumn. Apprentices of industry in the same occupation are included.",
    ),
    "courses_unread": (
        "Die Wochen je Ausbildungsjahr stehen in keiner gelesenen Quelle oder sind nur als Summe gelesen.",
        "The weeks by year of training stand in no source that was read, or only their sum does.",
    ),
    "no_courses": (
        "Für dieses Gewerk ist kein Lehrgangsplan bekannt, oder seine Auszubildenden sind nicht "
        "veröffentlicht.",
        "No plan of courses is known for this trade, or its apprentices are not published.",
    ),
    "masters": (
        "Bestand und Bedarf an Meisterinnen und Meistern sind je Gewerk nicht veröffentlicht: aus Betrieben, "
        "Fachkräften und gesetzten Anteilen gerechnet.",
        "Masters there are and masters wanted are not published by trade: computed from businesses, skilled "
        "workers and judged shares.",
    ),
    "technicians": (
        "Techniker und Industriemeister sind je Beruf nicht gezählt: aus Abschlussprüfungen, Fachkräften und "
        "gesetzten Anteilen gerechnet.",
        "Technicians and industrial masters are not counted by occupation: computed from final examinations, "
        "skilled workers and judged shares.",
    ),
    "craft_masters": (
        "Handwerk: an der Stelle des Industriemeisters steht die Meisterprüfung des Handwerks.",
        "Craft: the craft's own master examination stands in the place of the industrial master.",
    ),
    "industry_masters": (
        "Industrieberuf: an der Stelle der Meisterprüfung des Handwerks stehen Industriemeister und "
        "Techniker.",
        "Industrial occupation: industrial masters and technicians stand in the place of the craft's master.",
    ),
    "outlook": (
        "Angebot geteilt durch Bedarf an Fachkräften in dem Jahr; unter 1 fehlen Fachkräfte.",
        "Supply divided by demand for skilled workers in the year; below 1 skilled workers are missing.",
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
    "kreis": (
        "Für Kreise rechnet das Modell keine Konten: Nach Gewerk ist dort nichts veröffentlicht. Maßgeblich "
        "ist die Zeile «{code}» ({german}).",
        "The model keeps no accounts of single districts (Kreise): nothing is published there by trade. The "
        "row “{code}” ({english}) applies.",
    ),
    "base_year": (
        "Stand des Basisjahrs, mit dem die Vorausberechnung beginnt.",
        "State of the base year with which the projection begins.",
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

    def closed_by(self, first: int, last: int, effective: int, *names: str) -> int:
        """Return the number of the note that says which start years would have to close the gap.

        Args:
            first: First start year that can still be influenced.
            last: Last start year in time for the target year.
            effective: First year in which contracts from next year on bring skilled workers.
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
        german += f" Sie wirken frühestens {effective}."
        english += f" They work in {effective} at the earliest."
        return self._joined([*(NOTES[name] for name in names), (german, english)])

    def reached_from(self, year: int) -> int:
        """Return the number of the note that says when training begun from next year on can work."""
        return self.number(
            f"Verträge ab dem nächsten Jahr wirken frühestens {year}.",
            f"Contracts from next year on work in {year} at the earliest.",
        )

    def points_read(self, note: int, shortage: float, none: float) -> int:
        """Return the number of a note followed by how shortage points are read.

        Args:
            note: Number of the note before.
            shortage: Points from which on there is a shortage.
            none: Points below which there is none.
        """
        german, english = (
            f"Ab {_german(shortage)} Punkten Engpass, unter {_german(none)} keiner.",
            f"Shortage from {shortage:.1f} points on, none below {none:.1f}.",
        )
        return self.added(note, german, english)

    def too_few_cohorts(self, cohorts: int, effective: int, year: int) -> int:
        """Return the number of the note that says why a year that training can touch has no need yet.

        Args:
            cohorts: Cohorts not yet begun that can finish by the target year.
            effective: First year in which contracts from next year on bring skilled workers.
            year: First year with a training need.
        """
        german, english = "kann nur 1 neuer Jahrgang auslernen, der", "only 1 new cohort"
        if cohorts > 1:
            german = f"können nur {cohorts} neue Jahrgänge auslernen, die"
            english = f"only {cohorts} new cohorts"
        return self.number(
            f"Verträge ab dem nächsten Jahr wirken frühestens {effective}. Bis zum Zieljahr {german} die "
            f"ganze Lücke allein schließen müsste{'n' if cohorts > 1 else ''}; ausgewiesen ab {year}.",
            f"Contracts from next year on work in {effective} at the earliest. By the target year {english} "
            f"can finish, which would have to close the whole gap alone; shown from {year} on.",
        )

    def years_together(self, number: int, first: int, last: int) -> int:
        """Return the number of a note followed by which years a sum is taken over."""
        return self.added(
            number,
            f"Summe der Jahre {first} bis {last}, in jeder Ziehung gerechnet.",
            f"Sum of the years {first} to {last}, taken in every draw.",
        )

    def tally(self, counted: int, of: int) -> tuple[str, str]:
        """How many trades of a group a sum holds, in German and English; empty where it holds all."""
        if counted == of:
            return NOTES[""]
        german = f"Enthält {counted} von {of} Gewerken der Gruppe; die übrigen haben hier keine Zahlen."
        return german, f"Holds {counted} of {of} trades of the group; the others have no figures here."

    def counted(self, number: int, counted: int, of: int) -> int:
        """Return the number of a note followed by how many trades of the group a sum holds."""
        return self.added(number, *self.tally(counted, of))

    def group_reached(self, first: int | None) -> int:
        """Return the number of the note that says from when a group has a training need."""
        if first is None:
            return self.number(
                "Bis zum letzten Jahr wirken neue Verträge nicht in allen Gewerken der Gruppe.",
                "Up to the last year new contracts do not work in all trades of the group.",
            )
        return self.number(
            f"Neue Verträge wirken noch nicht in allen Gewerken der Gruppe; ausgewiesen ab {first}.",
            f"New contracts do not work in all trades of the group yet; shown from {first} on.",
        )

    def group_effective(self, first: int, last: int) -> int:
        """Return the number of the note on the first effective year of a group."""
        note = self.reached_from(first)
        if first == last:
            return note
        return self.added(note, f"In allen Gewerken der Gruppe ab {last}.",
                          f"In all trades of the group from {last} on.")  # fmt: skip

    def added(self, number: int, german: str, english: str) -> int:
        """Return the number of the note that says what another one says and one more sentence."""
        if not german:
            return number
        return self._joined([*self._said(number), (german, english)])

    def joined(self, number: int, *names: str) -> int:
        """Return the number of the note that says what another one says, and standing notes after it."""
        return self._joined([*self._said(number), *(NOTES[name] for name in names)])

    def _said(self, number: int) -> list[tuple[str, str]]:
        """What a note says; nothing for the empty one. Notes stand in the order of their numbers."""
        return list(islice(self.entries, number, number + 1)) if number else []

    def _joined(self, parts: Sequence[tuple[str, str]]) -> int:
        german, english = zip(*parts, strict=True)
        return self.number(NOTE_SEPARATOR.join(german), NOTE_SEPARATOR.join(english))

    def documents(self) -> list[dict[str, str]]:
        """All notes in the order of their numbers."""
        return [{"de": german, "en": english} for german, english in self.entries]


def _german(number: float) -> str:
    """A number with one digit and a decimal comma.

    Example:
        >>> _german(1.5)
        '1,5'
    """
    return f"{number:.1f}".replace(".", ",")
