"""How the measures for training centres are made: courses, further training, masters, technicians, outlook.

Each entry: formula in German and English, printed indicators, parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

Written = tuple[str, str, tuple[str, ...], tuple[str, ...]]

_PIPELINE = ("dissolution_layer", "exam_pass_first", "exam_retry", "exam_pass_retry")
_STAY = ("firm_stay", "changers_in_craft", "changers_away")
_PASSED_DE = "Absolventen = Neuabschlüsse ÷ (1 − l0) · (1 − Σ Lösungsschichten) · Prüfungserfolg"
_PASSED_EN = "graduates = new contracts ÷ (1 − l0) · (1 − Σ dissolution layers) · exam success"
_MASTERS = ("master_share", "master_lag", "master_lag_spread", "master_lag_longest", "earlier_graduates",
            "earlier_graduates_years")  # fmt: skip
_WANTED = ("masters_per_firm", "master_staff_share", "annex_a_share", "bundled_share_of_annex_a",
           "firm_share", "firm_share_spread", "craft_share", "firm_trend", "firm_size_spread")  # fmt: skip
_TECHNICIANS = ("technician_share", "technician_lag", "technician_lag_spread", "master_lag_longest",
                "earlier_graduates", "earlier_graduates_years")  # fmt: skip
_SCHOOL = ("technician_course_years", "technician_course_success")
_INDUSTRIAL = ("industrial_master_share", "industrial_master_lag", "industrial_master_lag_spread",
               "master_lag_longest", "earlier_graduates", "earlier_graduates_years")  # fmt: skip
_COURSE = ("industrial_master_course_years", "master_course_success")
_ENTRANTS = (
    "bestandene Prüfungen so viele Jahre später, wie der Lehrgang dauert ÷ Anteil, der besteht",
    "examinations passed as many years later as the course takes ÷ share who pass",
)
_PLACES = (
    "Σ über die Dauer des Lehrgangs: bestandene Prüfungen der folgenden Jahre ÷ Anteil, der besteht",
    "Σ over the length of the course: examinations passed in the years to come ÷ share who pass",
)

TRAINING_RECIPES: Mapping[str, Written] = MappingProxyType(
    {
        "stayed_in_firm": (
            "Absolventen · Anteil im Ausbildungsbetrieb zwölf Monate nach der Prüfung; " + _PASSED_DE,
            "graduates · share with the training firm twelve months after the examination; " + _PASSED_EN,
            ("new_contracts",),
            (*_PIPELINE, *_STAY[:1]),
        ),
        "changed_firm": (
            "Absolventen · (1 − Anteil im Ausbildungsbetrieb) · Anteil der Wechsler im Gewerk · "
            "(1 − Anteil davon in anderer Region); " + _PASSED_DE,
            "graduates · (1 − share with the training firm) · share of the others in the craft · "
            "(1 − share of these in another region); " + _PASSED_EN,
            ("new_contracts",),
            (*_PIPELINE, *_STAY),
        ),
        "left_region": (
            "Absolventen · (1 − Anteil im Ausbildungsbetrieb) · Anteil der Wechsler im Gewerk · "
            "Anteil davon in anderer Region; " + _PASSED_DE,
            "graduates · (1 − share with the training firm) · share of the others in the craft · "
            "share of these in another region; " + _PASSED_EN,
            ("new_contracts",),
            (*_PIPELINE, *_STAY),
        ),
        "left_craft": (
            "Absolventen · (1 − Anteil im Ausbildungsbetrieb) · (1 − Anteil der Wechsler im Gewerk); "
            + _PASSED_DE,
            "graduates · (1 − share with the training firm) · (1 − share of the others in the craft); "
            + _PASSED_EN,
            ("new_contracts",),
            (*_PIPELINE, *_STAY[:2]),
        ),
        "further_training_hours": (
            "Σ über Module: Fachkräfte in Arbeit · Anteil · (ln 2 ÷ Halbwertszeit) · Kernstunden, bei "
            "befristeten Nachweisen · Stunden der Erneuerung ÷ Gültigkeit; dazu Erstkurse. Anteile, "
            "Halbwertszeiten und Stunden je Modul mit Quelle: Dokument training_plan",
            "Σ over modules: skilled workers in work · share · (ln 2 ÷ half-life) · core hours, for "
            "certificates that expire · hours of renewal ÷ validity; plus first courses. Shares, half-lives "
            "and hours of each module with source: document training_plan",
            ("employees", "apprentices"),
            ("skill_trend", "refresh_restores", "first_course_share", "group_coverage"),
        ),
        "course_weeks": (
            "Σ über Ausbildungsjahre: Auszubildende am 31.12. · Lehrgangswochen des Plans, unter dem der "
            "Jahrgang begann; Wochen je Ausbildungsjahr mit Quelle: Dokument training_plan",
            "Σ over years of training: apprentices on 31 December · course weeks of the plan under which the "
            "cohort began; weeks by year of training with source: document training_plan",
            ("apprentices", "new_contracts"),
            (*_PIPELINE, "course_length", "course_weeks_a_year"),
        ),
        "masters": (
            "Vorjahr − Todesfälle − Renteneintritte − gesundheitliches Ausscheiden + Anteil der Gesellen · "
            "Σ über Jahre k: Verzögerung(k) · Gesellenprüfungen(Jahr − k) · Verbleib; Basisjahr: Bedarf · "
            "(1 − unbesetzt)",
            "year before − deaths − retirements − health exits + share of journeymen · Σ over years k: "
            "lag(k) · journeymen(year − k) · stay; base year: demand · (1 − unfilled)",
            ("firms", "new_contracts"),
            (*_MASTERS, "master_stay", "master_unfilled", "owner_exit_rate", "retirement_rate"),
        ),
        "master_gap": (
            "Betriebe · Meister je Betrieb + Fachkräfte in Arbeit · Anteil − Meisterinnen und Meister",
            "businesses · masters per business + skilled workers in work · share − masters",
            ("firms", "employees"),
            (*_WANTED, *_MASTERS),
        ),
        "possible_successors": (
            "Σ über Alter der Übernahme: Meisterinnen und Meister · (1 − Anteil, der einen Betrieb führt) · "
            "Interesse an einem Betrieb",
            "Σ over ages of taking over: masters · (1 − share who lead a business) · interest in a business",
            ("firms", "new_contracts"),
            (*_MASTERS, "master_stay", "master_unfilled", "master_self_employment", "takeover_ages"),
        ),
        "technicians": (
            "Vorjahr − Todesfälle − Renteneintritte − gesundheitliches Ausscheiden + Anteil der Ausgelernten "
            "· Σ über Jahre k: Verzögerung(k) · Abschlussprüfungen(Jahr − k) · Verbleib; Basisjahr: Stellen "
            "· (1 − unbesetzt)",
            "year before − deaths − retirements − health exits + share of those trained · Σ over years "
            "k: lag(k) · final examinations(year − k) · stay; base year: positions · (1 − unfilled)",
            ("new_contracts", "employees"),
            (*_TECHNICIANS, "technician_stay", "technician_unfilled", "technician_staff_share"),
        ),
        "technician_gap": (
            "Fachkräfte in Arbeit · Stellen je Fachkraft − Technikerinnen und Techniker",
            "skilled workers in work · positions per skilled worker − technicians",
            ("employees", "new_contracts"),
            ("technician_staff_share", *_TECHNICIANS),
        ),
        "technician_entrants": (*_ENTRANTS, ("new_contracts",), (*_TECHNICIANS, *_SCHOOL)),
        "technician_places": (*_PLACES, ("new_contracts",), (*_TECHNICIANS, *_SCHOOL)),
        "industrial_masters": (
            "Vorjahr − Todesfälle − Renteneintritte − gesundheitliches Ausscheiden + Anteil der Ausgelernten "
            "· Σ über Jahre k: Verzögerung(k) · Abschlussprüfungen(Jahr − k) · Verbleib; Basisjahr: Stellen "
            "· (1 − unbesetzt)",
            "year before − deaths − retirements − health exits + share of those trained · Σ over years "
            "k: lag(k) · final examinations(year − k) · stay; base year: positions · (1 − unfilled)",
            ("new_contracts", "employees"),
            (*_INDUSTRIAL, "master_stay", "master_unfilled", "industrial_master_staff_share"),
        ),
        "industrial_master_gap": (
            "Fachkräfte in Arbeit · Stellen je Fachkraft − Industriemeisterinnen und Industriemeister",
            "skilled workers in work · positions per skilled worker − industrial masters",
            ("employees", "new_contracts"),
            ("industrial_master_staff_share", *_INDUSTRIAL),
        ),
        "industrial_master_entrants": (*_ENTRANTS, ("new_contracts",), (*_INDUSTRIAL, *_COURSE)),
        "industrial_master_places": (*_PLACES, ("new_contracts",), (*_INDUSTRIAL, *_COURSE)),
        "outlook_ratio": (
            "Angebot ÷ Bedarf an Fachkräften im selben Jahr; wer im Herbst beginnt, liest das Jahr der "
            "ersten Abschlussprüfung ab",
            "supply ÷ demand for skilled workers in the same year; who begins in autumn reads off the year "
            "of the first final examination",
            ("employees", "new_contracts"),
            ("traffic_light_limits",),
        ),
    }
)
