"""How measures beside the gap are made: working time, succession, signs of a shortage today.

Each entry: formula in German and English, printed indicators, parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

Written = tuple[str, str, tuple[str, ...], tuple[str, ...]]

_TIME = ("part_time_share", "part_time_drift", "part_timer_hours", "four_day_week_share",
         "four_day_week_hours", "four_day_week_offset")  # fmt: skip
_HOURS = (*_TIME, "effective_hours_full_time")
_FIRMS = ("annex_a_share", "bundled_share_of_annex_a", "craft_share", "firm_trend", "firm_size_spread",
          "owners_55plus_share", "owners_60plus_share", "owner_exit_rate", "due_rate")  # fmt: skip
_CLOSING = (*_FIRMS, "success_share", "closing_firm_size")
_GROUPS = ("vacancies_avg", "unemployed_avg", "apprentices")
_MATCHED = ("group_coverage", "skilled_seekers", "reporting_rate")

WORKFORCE_RECIPES: Mapping[str, Written] = MappingProxyType(
    {
        "item_closures": (
            "Σ über Jahre: Fachkräfte nach den anderen Abgängen · Schließungen ÷ Betriebe · Größe eines "
            "schließenden Betriebs · Anteil im Handwerk · (1 − Anteil, der im Gewerk bleibt)",
            "Σ over years: skilled workers after the other exits · closures ÷ firms · size of a closing firm "
            "· share in the craft · (1 − share who stay in the trade)",
            ("firms", "employees"),
            (*_CLOSING, "closure_staff_kept"),
        ),
        "gap_fte": (
            "Bedarf in Vollzeit − Angebot in Vollzeit; Vollzeit je Kopf = 1 − Teilzeitquote · (1 − Woche "
            "einer Teilzeitkraft); logit(Teilzeitquote) steigt jedes Jahr um die Drift",
            "demand − supply in full-time equivalents; per head 1 − part-time share · (1 − week of a "
            "part-timer); logit(part-time share) rises by the drift every year",
            (),
            _TIME,
        ),
        "gap_hours": (
            "Lücke in Vollzeit · produktive Jahresstunden in Vollzeit ÷ 1.000",
            "gap in full-time equivalents · effective hours of a full-time year ÷ 1,000",
            (),
            _HOURS,
        ),
        "part_time_share": (
            "logit(Quote) = logit(Σ über Berufsgruppen: Gewicht · Teilzeitquote) + Drift · Jahre",
            "logit(share) = logit(Σ over occupation groups: weight · part-time share) + drift · years",
            (),
            ("part_time_share", "part_time_drift"),
        ),
        "craft_handovers": (
            "fällige Nachfolgen · min(1, Erfolg im Basisjahr · Übernehmende ÷ Übergebende, beide gegen das "
            "Basisjahr)",
            "successions due · min(1, success in the base year · takers ÷ sellers, both against the base "
            "year)",
            ("firms", "new_contracts"),
            (*_FIRMS, "success_share", "master_share", "master_lag", "master_lag_spread", "takeover_ages"),
        ),
        "craft_closures": (
            "Inhaber, die gehen − Übergaben + junge Betriebe · (1 − Überleben nach fünf Jahren^(1/5))",
            "owners leaving − handovers + young firms · (1 − five-year survival^(1/5))",
            ("firms",),
            (*_FIRMS, "success_share", "firm_survival_5_years"),
        ),
        "foundings": (
            "Inhaber · (Schließungen je Inhaber im Basisjahr + Trend der Betriebe) ÷ Überleben nach fünf "
            "Jahren",
            "owners · (closures per owner in the base year + trend of firms) ÷ five-year survival",
            ("firms",),
            (*_FIRMS, "success_share", "firm_survival_5_years"),
        ),
        "training_places_lost": (
            "Neuabschlüsse · Schließungen ÷ Betriebe · Größe eines schließenden Betriebs · (1 − Anteil, den "
            "andere übernehmen)",
            "new contracts · closures ÷ firms · size of a closing firm · (1 − share others take on)",
            ("firms", "new_contracts"),
            (*_CLOSING, "closure_training_kept", "new_firm_training"),
        ),
        "owner_hours_lost": (
            "Schließungen · Jahresstunden eines Inhabers · Stundenverlust ÷ 1.000",
            "closures · hours of an owner · loss of hours ÷ 1,000",
            ("firms",),
            (*_FIRMS, "success_share", "hours_per_year", "owner_to_employee_hours_loss"),
        ),
        "seekers_per_vacancy": (
            "Arbeitslose Fachkräfte ÷ gemeldete Stellen, beide aus den Berufsgruppen des Gewerks",
            "unemployed skilled workers ÷ registered vacancies, both from the occupation groups of the trade",
            _GROUPS,
            ("group_coverage", "skilled_seekers"),
        ),
        "vacancy_overhang": (
            "max(0, gemeldete Stellen ÷ Meldequote − arbeitslose Fachkräfte)",
            "max(0, registered vacancies ÷ reporting rate − unemployed skilled workers)",
            _GROUPS,
            _MATCHED,
        ),
        "vacancy_overhang_rate": (
            "Stellenüberhang ÷ (gemeldete Stellen ÷ Meldequote)",
            "vacancy overhang ÷ (registered vacancies ÷ reporting rate)",
            _GROUPS,
            _MATCHED,
        ),
        "shortage_points": (
            "Mittel der Punkte (0 bis 3) aus Arbeitslosen je Stelle und Arbeitslosenquote des Gewerks",
            "mean of the points (0 to 3) of unemployed per vacancy and unemployment rate of the trade",
            (*_GROUPS, "employees"),
            (*_MATCHED, "shortage_point_limits", "shortage_points"),
        ),
        "replacement_net_check": (
            "Σ über Alter: max(0, Fachkräfte(Alter, vor 5 Jahren) − Fachkräfte(Alter + 5, jetzt)) ÷ 5",
            "Σ over ages: max(0, skilled workers(age, 5 years ago) − skilled workers(age + 5, now)) ÷ 5",
            ("employees", "employees_by_age"),
            ("share_55plus", "retirement_rate", "health_exit_rate", "craft_leaving_rate"),
        ),
    }
)
