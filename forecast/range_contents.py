"""What the range of a measure contains and what it leaves out: one sentence a group of measures."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_LEFT_OUT: Final = (
    " Nicht enthalten: Brüche, die es noch nie gab, und Fehler der Zuordnung von Berufen zu Gewerken.",
    " Not contained: breaks never seen before, and errors in assigning occupations to trades.",
)
_ACCOUNTS: Final = (
    "Enthalten: wie weit Vorausschätzungen der Reihen früher danebenlagen, die Spannen der Annahmen, die "
    "Unsicherheit von Anteil, Alter und Nettozugang und der Zufall, wer geht und wer kommt.",
    "Contained: how far forecasts of the series missed before, the ranges of the assumptions, the "
    "uncertainty of share, age and net inflow, and the chance of who leaves and who comes.",
)
_TRAINING: Final = (
    "Enthalten: der Fehler der Neuabschlüsse in der Rückrechnung, die Rundung der gedruckten Zahlen, der "
    "Anteil des Bezirks am Land und die Spannen von Lösung, Prüfung und Verbleib.",
    "Contained: the error of new contracts in the backtest, the rounding of printed figures, the district's "
    "share of the Land, and the ranges of dissolution, examination and stay.",
)
_OWNERS: Final = (
    "Enthalten: die Spannen von Zahl, Alter und Abgang der Inhaber, vom Anteil anstehender und gelingender "
    "Nachfolgen und der Zufall im Einzelfall; die Größe der Betriebe je Gewerk ist gesetzt.",
    "Contained: the ranges of number, age and exit of owners, of the share due and successful, and chance in "
    "the single case; the size of firms by trade is set.",
)
_TODAY: Final = (
    "Enthalten: die Spannen der Meldequote und der Zuordnung; die Zahlen von heute selbst gelten "
    "als gezählt.",
    "Contained: the ranges of the reporting rate and of the assignment; today's figures themselves "
    "count as known.",
)
_AGREEMENT: Final = (
    "Enthalten: die 80-Prozent-Spanne der Lücke, die ganz auf einer Seite der Null liegen muss; das Zeichen "
    "selbst hat keine eigene Spanne.",
    "Contained: the 80 % range of the gap, which has to lie wholly on one side of zero; the sign itself has "
    "no range of its own.",
)
_WORKING_TIME: Final = (
    "Enthalten: alles aus der Zahl der Köpfe, dazu die Spannen von Teilzeit, der Woche einer Teilzeitkraft, "
    "der Stunden eines vollen Jahres und der jährlichen Veränderung von allen dreien. Kurzarbeit, "
    "Überstunden und Krankheit eines einzelnen Jahres sind nicht enthalten.",
    "Contained: all that is in the heads, and the ranges of part-time work, of the week of a part-timer, of "
    "the hours of a full-time year and of the yearly change of all three. Short-time work, overtime and "
    "sickness of a single year are not contained.",
)
_CRAFT: Final = (
    "Enthalten: alles aus der Zahl der Köpfe, dazu die Spanne des gesetzten Anteils in Handwerksbetrieben; "
    "dieser Anteil gilt für Bedarf und Angebot gleich und in allen Jahren.",
    "Contained: all that is in the heads, and the range of the judged share in craft firms; that share is "
    "the same for demand and supply and in all years.",
)
_PLANNING: Final = (
    "Enthalten: alles aus der Zahl der Köpfe und Auszubildenden, dazu die Spannen von Anteil, Dauer und "
    "Wiederkehr der Lehrgänge und Prüfungen.",
    "Contained: all that is in heads and apprentices, and the ranges of share, length and recurrence of "
    "courses and examinations.",
)

_GROUPS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    _ACCOUNTS: (
        "demand", "supply", "gap", "gap_rate", "training_need", "retirements", "deaths", "health_exits",
        "craft_leavers", "jobs_lost_closures", "net_inflow", "expansion_demand", "replacement_demand",
        "item_vacancies", "item_job_seekers", "item_expansion", "item_retirements", "item_deaths",
        "item_health_exits", "item_craft_leavers", "item_closures", "item_entrants_contracted",
        "item_entrants_expected", "item_returners", "item_migration", "item_residual", "returners",
        "migration", "residual_inflow", "replacement_net_check", "outlook_ratio", "first_effective_year",
    ),
    _TRAINING: (
        "new_contracts", "contracts_begun", "apprentices", "contract_terminations", "graduates", "entrants",
        "stayed_in_firm", "changed_firm", "left_region", "left_craft",
    ),
    _OWNERS: (
        "successions_due", "successions_postponed", "owners", "owners_leaving", "craft_handovers",
        "craft_closures", "foundings", "training_places_lost", "owner_hours_lost",
        "owner_extra_employees", "handovers", "closures",
    ),
    _TODAY: ("seekers_per_vacancy", "vacancy_overhang", "vacancy_overhang_rate", "shortage_points"),
    _AGREEMENT: ("today_disagrees",),
    _WORKING_TIME: (
        "demand_fte", "supply_fte", "gap_fte", "demand_hours", "supply_hours", "gap_hours", "part_time_share",
        "hours_per_head",
    ),
    _CRAFT: ("demand_craft", "supply_craft", "gap_craft"),
    _PLANNING: (
        "further_training_hours", "further_training_participants", "course_weeks", "course_places",
        "course_weeks_unsourced", "masters", "master_examinations", "master_demand", "master_gap",
        "master_course_places", "possible_successors",
        "technicians", "technician_examinations", "technician_demand", "technician_gap",
        "technician_entrants", "technician_places", "industrial_masters", "industrial_master_examinations",
        "industrial_master_demand", "industrial_master_gap", "industrial_master_entrants",
        "industrial_master_places",
    ),
}  # fmt: skip

#: Measure → what its range contains, German and English.
CONTENTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        measure: (text[0] + _LEFT_OUT[0], text[1] + _LEFT_OUT[1])
        for text, measures in _GROUPS.items()
        for measure in measures
    }
)


def range_contents(measure: str) -> dict[str, str]:
    """Return ``contains_de`` and ``contains_en`` of a measure; those of the accounts where it has none.

    Example:
        >>> sorted(range_contents("gap"))
        ['contains_de', 'contains_en']
    """
    german, english = CONTENTS.get(measure, CONTENTS["gap"])
    return {"contains_de": german, "contains_en": english}
