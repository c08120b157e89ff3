"""How measures beside the gap are made: working time, succession, signs of a shortage today.

Each entry: formula in German and English, printed indicators, parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

Written = tuple[str, str, tuple[str, ...], tuple[str, ...]]

#: What the age profile of a trade rests on.
AGE_SHARE = ("share_55plus", "district_age_kept", "age_shape_shift")
TIME = ("part_time_share", "part_time_drift", "part_timer_hours", "part_timer_drift")
HOURS = (*TIME, "effective_hours_full_time", "full_time_hours_drift")
FIRMS = ("annex_a_share", "bundled_share_of_annex_a", "firm_share", "firm_share_spread", "craft_share",
          "firm_trend", "firm_size_spread", "owners_55plus_share", "owners_60plus_share",
          "owners_55_59_share", "owners_65_of_60_share", "owner_exit_rate", "due_rate")  # fmt: skip
_CLOSING = (*FIRMS, "success_share", "closing_firm_size")
_CRAFT_DE = (
    "{} · Anteil der Fachkräfte in Handwerksbetrieben, in jeder Ziehung derselbe wie bei den Betrieben"
)
_CRAFT_EN = "{} · share of the skilled workers in craft firms, in every draw the same as with the firms"
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
        "item_returners": (
            "− Σ über Jahre: Bestand · (Wechsel in andere Berufe je Kopf · Anteil der Abgewanderten, die "
            "zurückkommen + Frauenanteil · Rückkehr aus der Elternzeit)",
            "− Σ over years: stock · (changes to other occupations per head · share of leavers who come back "
            "+ share of women · return from parental leave)",
            ("employees", "employees_by_age"),
            ("return_share", "craft_leaving_rate", "share_women", "parental_return_rate", "group_coverage"),
        ),
        "item_migration": (
            "− Σ über Jahre: Bestand · Σ über Herkunft: Wanderungsgewinn · Anteil, der in der Region "
            "arbeitet · Häufigkeit des Gewerks unter ihnen",
            "− Σ over years: stock · Σ over origins: net migration · share who work in the region · "
            "frequency of the trade among them",
            ("employees",),
            ("migration_gain", "migration_works_here", "migration_trade_share", "group_coverage"),
        ),
        "item_residual": (
            "− (Σ über Jahre: Bestand · Nettozugang je Kopf − Rückkehr − Zuzug und Pendeln); der Nettozugang "
            "geht vom letzten Jahr zurück zum Mittelwert seit dem ersten Jahr der Reihe (Rest der "
            "Bestandsrechnung samt Arbeitsuchenden, über Gewerke gepoolt) und antwortet in jeder Ziehung "
            "auf unerwartete Änderungen des Bedarfs",
            "− (Σ over years: stock · net inflow per head − returns − moving and commuting); net inflow "
            "moves from the last year back to the mean since the first year of the series (remainder of the "
            "account, job seekers included, pooled over trades) and in every draw answers unexpected "
            "changes of demand",
            ("employees", "unemployed_avg", "new_contracts"),
            (
                "group_coverage",
                "skilled_seekers",
                "inflow_response",
                "inflow_common_share",
                "inflow_persistence",
                "inflow_shock_years",
            ),
        ),
        "demand_craft": (
            _CRAFT_DE.format("Bedarf"),
            _CRAFT_EN.format("demand"),
            ("employees", "vacancies_avg", "apprentices"),
            ("craft_share", "group_coverage", "reporting_rate", "productivity_growth"),
        ),
        "supply_craft": (
            _CRAFT_DE.format("Angebot"),
            _CRAFT_EN.format("supply"),
            ("employees", "unemployed_avg", "employees_by_age", "new_contracts", "apprentices"),
            ("craft_share", "group_coverage", "skilled_seekers", *AGE_SHARE, "retirement_rate"),
        ),
        "gap_craft": (
            "Bedarf in Handwerksbetrieben − Angebot in Handwerksbetrieben",
            "demand in craft firms − supply in craft firms",
            ("employees", "vacancies_avg", "unemployed_avg"),
            ("craft_share",),
        ),
        "gap_fte": (
            "Bedarf in Vollzeit − Angebot in Vollzeit; Vollzeit je Kopf = 1 − Teilzeitquote · (1 − Woche "
            "einer Teilzeitkraft); die Logits von Teilzeitquote und Woche steigen jedes Jahr um ihre Drift",
            "demand − supply in full-time equivalents; per head 1 − part-time share · (1 − week of a "
            "part-timer); the logits of part-time share and week rise by their drift every year",
            (),
            TIME,
        ),
        "gap_hours": (
            "Lücke in Vollzeit · produktive Jahresstunden in Vollzeit · exp(Drift · Jahre) ÷ 1.000",
            "gap in full-time equivalents · effective hours of a full-time year · exp(drift · years) ÷ 1,000",
            (),
            HOURS,
        ),
        "part_time_share": (
            "logit(Quote) = logit(Σ über Berufsgruppen: Gewicht · Teilzeitquote) + Drift · Jahre",
            "logit(share) = logit(Σ over occupation groups: weight · part-time share) + drift · years",
            (),
            ("part_time_share", "part_time_drift"),
        ),
        "hours_per_head": (
            "(1 − Teilzeitquote · (1 − Woche einer Teilzeitkraft)) · produktive Jahresstunden in Vollzeit · "
            "exp(Drift · Jahre); bei Gruppen Stunden ÷ Köpfe des Angebots",
            "(1 − part-time share · (1 − week of a part-timer)) · effective hours of a full-time year · "
            "exp(drift · years); for groups hours ÷ heads of the supply",
            (),
            HOURS,
        ),
        "craft_handovers": (
            "fällige Nachfolgen · min(1, Erfolg im Basisjahr · mögliche Nachfolgende ÷ Übergebende, beide "
            "gegen das Basisjahr); mögliche Nachfolgende aus dem Konto der Meister",
            "successions due · min(1, success in the base year · possible successors ÷ sellers, both against "
            "the base year); possible successors from the account of masters",
            ("firms", "new_contracts"),
            (
                *FIRMS,
                "success_share",
                "master_share",
                "master_lag",
                "master_lag_spread",
                "master_stay",
                "master_self_employment",
                "takeover_ages",
            ),
        ),
        "successions_postponed": (
            "fällige Nachfolgen ohne Erfolg · Anteil, der weitermacht",
            "successions due that fail · share whose owner goes on",
            ("firms",),
            (*FIRMS, "success_share", "succession_postponed"),
        ),
        "craft_closures": (
            "Inhaber, die gehen − Übergaben + junge Betriebe · (1 − Überleben nach fünf Jahren^(1/5))",
            "owners leaving − handovers + young firms · (1 − five-year survival^(1/5))",
            ("firms",),
            (*FIRMS, "success_share", "firm_survival_5_years"),
        ),
        "foundings": (
            "Inhaber · (Schließungen je Inhaber im Basisjahr + Trend der Betriebe) ÷ Überleben nach fünf "
            "Jahren",
            "owners · (closures per owner in the base year + trend of firms) ÷ five-year survival",
            ("firms",),
            (*FIRMS, "success_share", "firm_survival_5_years"),
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
            (*FIRMS, "success_share", "hours_per_year", "owner_to_employee_hours_loss"),
        ),
        "owner_extra_employees": (
            "Stunden, die mit Inhabern gehen ÷ Stunden je Kopf der Fachkräfte",
            "hours lost with owners ÷ hours per head of the skilled workers",
            ("firms",),
            (
                *FIRMS,
                "success_share",
                "hours_per_year",
                "owner_to_employee_hours_loss",
                *HOURS,
            ),
        ),
        "today_disagrees": (
            "1, wenn heute kein Engpass ist und die 80-Prozent-Spanne der Lücke über 0 liegt; −1, wenn "
            "heute Engpass ist und sie unter 0 liegt; sonst 0",
            "1 if there is no shortage today and the 80 % range of the gap is above 0; −1 if there is one "
            "and the range is below 0; else 0",
            (*_GROUPS, "employees"),
            (*_MATCHED, "shortage_point_limits", "shortage_points"),
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
            (*AGE_SHARE, "retirement_rate", "health_exit_rate", "craft_leaving_rate"),
        ),
    }
)
