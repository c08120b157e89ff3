"""How the measures for training centres are made: courses, further training, masters, outlook.

Each entry: formula in German and English, printed indicators, parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

Written = tuple[str, str, tuple[str, ...], tuple[str, ...]]

_PIPELINE = ("dissolution_layer", "exam_pass_first", "exam_retry", "exam_pass_retry")
_MASTERS = ("master_share", "master_lag", "master_lag_spread", "master_lag_longest", "earlier_graduates",
            "earlier_graduates_years")  # fmt: skip
_WANTED = ("masters_per_firm", "master_staff_share", "annex_a_share", "bundled_share_of_annex_a",
           "craft_share", "firm_trend", "firm_size_spread")  # fmt: skip

TRAINING_RECIPES: Mapping[str, Written] = MappingProxyType(
    {
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
