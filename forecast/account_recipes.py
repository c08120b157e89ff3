"""How the accounts themselves are made: demand, supply, gap, flows of the workforce and of training, owners.

Each entry: formula in German and English, printed indicators, parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from forecast.workforce_recipes import AGE_SHARE, FIRMS, HOURS, TIME, Written

_PASSING = ("dissolution_layer", "exam_pass_first", "exam_retry", "exam_pass_retry")
_STAYING = ("firm_stay", "changers_in_craft", "changers_away")
_EXITS = ("retirement_rate", "retirement_way_share", "statutory_age_long_insured",
          "statutory_retirement_age", "statutory_reference_birth_year", "mortality", "share_women",
          "health_exit_rate", "health_factor", "health_factor_ages", "craft_leaving_rate")  # fmt: skip
_STOCK = ("employees", "unemployed_avg", "employees_by_age", "apprentices")
_MASTERS = ("master_share", "master_lag", "master_lag_spread", "master_lag_longest", "earlier_graduates",
            "earlier_graduates_years")  # fmt: skip
_TECHNICIANS = ("technician_share", "technician_lag", "technician_lag_spread", "master_lag_longest",
                "earlier_graduates", "earlier_graduates_years")  # fmt: skip
_INDUSTRIAL = ("industrial_master_share", "industrial_master_lag", "industrial_master_lag_spread",
               "master_lag_longest", "earlier_graduates", "earlier_graduates_years")  # fmt: skip
_PASSED = (
    "Anteil der Ausgelernten · Σ über Jahre k: Verzögerung(k) · Abschlussprüfungen(Jahr − k)",
    "share of those trained · Σ over years k: lag(k) · final examinations(year − k)",
)
_POSITIONS = ("Fachkräfte in Arbeit · Stellen je Fachkraft", "skilled workers in work · positions per worker")
_LEFT = "Σ über Alter: Fachkräfte(Alter, Jahresbeginn{}) · {}(Alter{})"
_LEFT_EN = "Σ over ages: skilled workers(age, start of the year{}) · {}(age{})"
_HEADS = (
    "{} in Köpfen · Arbeitszeit je Kopf; Vollzeit je Kopf = 1 − Teilzeitquote · (1 − Woche einer "
    "Teilzeitkraft)"
)
_HEADS_EN = (
    "{} in heads · working time per head; full time per head = 1 − part-time share · (1 − week of a "
    "part-timer)"
)
_WORK_HOURS = "{} in Vollzeit · produktive Jahresstunden in Vollzeit · exp(Drift · Jahre) ÷ 1.000"
_WORK_HOURS_EN = (
    "{} in full-time equivalents · effective hours of a full-time year · exp(drift · years) ÷ 1,000"
)

_MATRIX: Mapping[str, Written] = {
    "demand": (
        "(Beschäftigte des Berufs + offene Stellen im Basisjahr) · Index der Beschäftigung seiner "
        "Berufsgruppen ÷ Zuwachs der Produktivität; Handwerk und Industrie zusammen",
        "(employees of the occupation + open places in the base year) · index of employment of its groups ÷ "
        "growth of productivity; craft and industry together",
        ("employees", "vacancies_avg", "apprentices"),
        ("group_coverage", "reporting_rate", "productivity_growth"),
    ),
    "supply": (
        "Beschäftigte + arbeitslose Fachkräfte im Basisjahr − Σ über Jahre: (Todesfälle + Renteneintritte + "
        "gesundheitliches Ausscheiden + Wechsel in andere Berufe + Schließungen) + Σ über Jahre: (Zugänge "
        "aus "
        "der Ausbildung + Nettozugang)",
        "employees + unemployed skilled workers in the base year − Σ over years: (deaths + retirements + "
        "health exits + changes to other occupations + closures) + Σ over years: (entrants from training + "
        "net inflow)",
        (*_STOCK, "new_contracts"),
        ("group_coverage", "skilled_seekers", *AGE_SHARE, *_EXITS, *_PASSING, *_STAYING),
    ),
    "gap": (
        "Bedarf − Angebot = Σ der Posten der Herleitung",
        "demand − supply = Σ of the items of the explanation",
        (*_STOCK, "vacancies_avg", "new_contracts"),
        ("group_coverage", "reporting_rate", "skilled_seekers", "productivity_growth"),
    ),
    "gap_rate": (
        "100 · Lücke ÷ Bedarf; Spanne: Verhältnis in jeder Ziehung; bei Gruppen und Ländern das der Summen",
        "100 · gap ÷ demand; range from the ratio in every draw; for groups and Länder that of the sums",
        (*_STOCK, "vacancies_avg", "new_contracts"),
        ("group_coverage", "reporting_rate", "skilled_seekers", "productivity_growth"),
    ),
    "expansion_demand": (
        "Bedarf(Jahr) − Bedarf(Vorjahr); kann unter null liegen",
        "demand(year) − demand(year before); may be below zero",
        ("employees", "vacancies_avg", "apprentices"),
        ("group_coverage", "reporting_rate", "productivity_growth"),
    ),
    "replacement_demand": (
        "Todesfälle + Renteneintritte + gesundheitliches Ausscheiden + Wechsel in andere Berufe + mit "
        "Schließungen verlorene Stellen des Jahres, brutto",
        "deaths + retirements + health exits + changes to other occupations + jobs lost with closures of the "
        "year, gross",
        _STOCK,
        ("group_coverage", *AGE_SHARE, *_EXITS),
    ),
}
_FLOWS: Mapping[str, Written] = {
    "deaths": (
        _LEFT.format("", "Sterbewahrscheinlichkeit", ", Frauenanteil"),
        _LEFT_EN.format("", "probability of dying", ", share of women"),
        _STOCK,
        ("mortality", "share_women", "group_coverage", *AGE_SHARE),
    ),
    "health_exits": (
        _LEFT.format(", nach Todesfällen und Renteneintritten", "Rate gesundheitlichen Ausscheidens", "")
        + " · Gesundheitsfaktor",
        _LEFT_EN.format(", after deaths and retirements", "rate of leaving for health", "")
        + " · health factor",
        _STOCK,
        ("health_exit_rate", "health_factor", "health_factor_ages", "group_coverage", *AGE_SHARE),
    ),
    "craft_leavers": (
        _LEFT.format(", nach den anderen Abgängen", "Rate des Wechsels in andere Berufe", ""),
        _LEFT_EN.format(", after the other exits", "rate of changing to other occupations", ""),
        _STOCK,
        ("craft_leaving_rate", "group_coverage", *AGE_SHARE),
    ),
    "jobs_lost_closures": (
        "Fachkräfte nach den anderen Abgängen · Schließungen ÷ Betriebe · Größe eines schließenden "
        "Betriebs · "
        "Anteil im Handwerk · (1 − Anteil, der im Gewerk bleibt)",
        "skilled workers after the other exits · closures ÷ firms · size of a closing firm · share in the "
        "craft · (1 − share who stay in the trade)",
        ("firms", "employees"),
        (*FIRMS, "success_share", "closing_firm_size", "closure_staff_kept"),
    ),
    "net_inflow": (
        "Bestand · Nettozugang je Kopf; je Kopf: vom letzten Jahr zurück zum Mittel der Vergangenheit "
        "(Änderung des Bestands samt Arbeitsuchenden + Abgänge nach dem Recht des Jahres − Zugänge aus der "
        "Ausbildung, über Gewerke gepoolt) + Schwankung des Jahres + Antwort auf den Bedarf",
        "stock · net inflow per head; per head: from the last year back to the mean of the past (change of "
        "the stock, job seekers included, + exits under the law of the year − entrants from training, "
        "pooled over trades) + shock of the year + answer to demand",
        (*_STOCK, "new_contracts"),
        (
            "group_coverage",
            "skilled_seekers",
            "inflow_response",
            "inflow_common_share",
            "inflow_persistence",
            "inflow_shock_years",
            *AGE_SHARE,
        ),
    ),
    "returners": (
        "Bestand · (Wechsel in andere Berufe je Kopf · Anteil, der zurückkommt + Frauenanteil · Rückkehr aus "
        "der Elternzeit)",
        "stock · (changes to other occupations per head · share who come back + share of women · return from "
        "parental leave)",
        ("employees", "employees_by_age"),
        ("return_share", "craft_leaving_rate", "share_women", "parental_return_rate", "group_coverage"),
    ),
    "migration": (
        "Bestand · Σ über Herkunft: Wanderungsgewinn · Anteil, der in der Region arbeitet · Häufigkeit des "
        "Gewerks unter ihnen",
        "stock · Σ over origins: net migration · share who work in the region · frequency of the trade among "
        "them",
        ("employees",),
        ("migration_gain", "migration_works_here", "migration_trade_share", "group_coverage"),
    ),
    "residual_inflow": (
        "Nettozugang − Rückkehr − Zuzug und Pendeln",
        "net inflow − returners − moving and commuting",
        ("employees", "new_contracts"),
        ("group_coverage", "inflow_response"),
    ),
}
_TRAINING: Mapping[str, Written] = {
    "contracts_begun": (
        "Neuabschlüsse ÷ (1 − l0), l0 = Anteil, der im Startjahr wieder gelöst wird",
        "new contracts ÷ (1 − l0), l0 = share ended again in the year of the start",
        ("new_contracts",),
        ("dissolution_layer",),
    ),
    "apprentices": (
        "Vergangenheit: gedruckt (Land) oder Land · Anteil des Bezirks; danach Σ über Startjahre: begonnene "
        "Verträge · (1 − Σ der Lösungsschichten bis zum Jahr)",
        "past: printed (Land) or Land · share of the district; then Σ over start years: contracts begun · "
        "(1 − Σ of the dissolution layers up to the year)",
        ("apprentices", "new_contracts"),
        ("dissolution_layer",),
    ),
    "graduates": (
        "Σ über Startjahre: begonnene Verträge · (1 − Σ Lösungsschichten) · Prüfungserfolg im ersten Anlauf "
        "oder, ein Jahr später, in einer Wiederholung",
        "Σ over start years: contracts begun · (1 − Σ dissolution layers) · examination passed at the first "
        "attempt or, a year later, in a repeat",
        ("new_contracts",),
        _PASSING,
    ),
    "entrants": (
        "Absolventen · (Anteil im Ausbildungsbetrieb + (1 − Anteil) · Anteil der Wechsler im Gewerk · (1 − "
        "Anteil davon in anderer Region)), auf Arbeitskräftejahre bis 30. Juni verteilt",
        "graduates · (share with the training firm + (1 − share) · share of the others in the craft · (1 − "
        "share of these in another region)), spread over workforce years to 30 June",
        ("new_contracts",),
        (*_PASSING, *_STAYING),
    ),
    "first_effective_year": (
        "erstes Jahr, in dem neue Verträge noch zu beeinflussen sind, + Dauer der Ausbildung, auf ganze "
        "Jahre "
        "aufgerundet",
        "first year in which new contracts can still be influenced + length of training, rounded up to whole "
        "years",
        ("new_contracts",),
        (),
    ),
    "further_training_participants": (
        "Σ über Module: Fachkräfte in Arbeit · Anteil ÷ Gültigkeit des Nachweises oder · (ln 2 ÷ "
        "Halbwertszeit) "
        "· Kernstunden ÷ Stunden der Auffrischung; dazu Erstkurse. Werte je Modul mit Quelle: Dokument "
        "training_plan",
        "Σ over modules: skilled workers in work · share ÷ validity of the certificate or · (ln 2 ÷ "
        "half-life) "
        "· core hours ÷ hours of the refresher; plus first courses. Values of each module with source: "
        "document training_plan",
        ("employees", "apprentices"),
        ("skill_trend", "refresh_restores", "first_course_share", "group_coverage"),
    ),
    "course_places": (
        "Lehrgangswochen ÷ Dauer eines Lehrgangs; Wochen je Ausbildungsjahr mit Quelle: Dokument "
        "training_plan",
        "course weeks ÷ length of a course; weeks by year of training with source: document training_plan",
        ("apprentices", "new_contracts"),
        (*_PASSING, "course_length"),
    ),
    "course_weeks_unsourced": (
        "Teil der Lehrgangswochen, dessen Wochen je Ausbildungsjahr in keiner Quelle gelesen sind",
        "part of the course weeks whose weeks by year of training were read in no source",
        ("apprentices", "new_contracts"),
        (*_PASSING, "course_length"),
    ),
    "master_examinations": (
        "Anteil der Gesellen · Σ über Jahre k: Verzögerung(k) · Gesellenprüfungen(Jahr − k)",
        "share of journeymen · Σ over years k: lag(k) · journeymen(year − k)",
        ("new_contracts",),
        (*_MASTERS, *_PASSING),
    ),
    "master_demand": (
        "Betriebe · Meister je Betrieb + Fachkräfte in Arbeit · Anteil",
        "businesses · masters per business + skilled workers in work · share",
        ("firms", "employees"),
        ("masters_per_firm", "master_staff_share", *FIRMS),
    ),
    "master_course_places": (
        "bestandene Meisterprüfungen des Jahres ÷ Anteil, der besteht",
        "master examinations passed in the year ÷ share who pass",
        ("firms", "new_contracts"),
        (*_MASTERS, "master_course_success"),
    ),
    "technician_examinations": (*_PASSED, ("new_contracts",), (*_TECHNICIANS, *_PASSING)),
    "technician_demand": (*_POSITIONS, ("employees",), ("technician_staff_share", "group_coverage")),
    "industrial_master_examinations": (*_PASSED, ("new_contracts",), (*_INDUSTRIAL, *_PASSING)),
    "industrial_master_demand": (
        *_POSITIONS,
        ("employees",),
        ("industrial_master_staff_share", "group_coverage"),
    ),
}
_OWNERS: Mapping[str, Written] = {
    "owners": (
        "Basisjahr: Betriebe des Bezirks · Anteil Anlage A · Anteil der geführten Gewerke · Anteil des "
        "Gewerks; "
        "danach Vorjahr − Inhaber, die gehen + Übergaben an Nachfolgende + Gründungen − junge Betriebe, die "
        "aufgeben",
        "base year: firms of the district · share of annex A · share of the bundled trades · share of the "
        "trade; then year before − owners leaving + handovers to successors + foundings − young firms that "
        "give up",
        ("firms", "employees"),
        (*FIRMS, "success_share", "firm_survival_5_years"),
    ),
    "owners_leaving": (
        "Σ über Alter: Inhaber(Alter, Jahresbeginn) · Ausscheiderate(Alter) − verschobene Nachfolgen",
        "Σ over ages: owners(age, start of the year) · exit rate(age) − successions postponed",
        ("firms", "employees"),
        (*FIRMS, "succession_postponed"),
    ),
}
_UNITS: Mapping[str, Written] = {
    "demand_fte": (_HEADS.format("Bedarf"), _HEADS_EN.format("demand"), ("employees",), TIME),
    "supply_fte": (_HEADS.format("Angebot"), _HEADS_EN.format("supply"), ("employees",), TIME),
    "demand_hours": (_WORK_HOURS.format("Bedarf"), _WORK_HOURS_EN.format("demand"), ("employees",), HOURS),
    "supply_hours": (_WORK_HOURS.format("Angebot"), _WORK_HOURS_EN.format("supply"), ("employees",), HOURS),
}  # fmt: skip

ACCOUNT_RECIPES: Mapping[str, Written] = MappingProxyType(
    {**_MATRIX, **_FLOWS, **_TRAINING, **_OWNERS, **_UNITS}
)
#: Measures that are printed figures and nothing else: their source is the figure.
PRINTED = frozenset({"contract_terminations"})
