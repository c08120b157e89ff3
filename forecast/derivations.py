"""How each item of an explanation was made: formula, printed inputs and parameters, for every cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from forecast.account_recipes import ACCOUNT_RECIPES
from forecast.domain.codes import CodeList, Trade
from forecast.domain.indicators import Indicator
from forecast.domain.parameters import Parameter, ParameterSet
from forecast.estimators.technicians import INDUSTRIAL_MEASURES
from forecast.training_recipes import TRAINING_RECIPES
from forecast.workforce_recipes import AGE_SHARE, WORKFORCE_RECIPES


@dataclass(frozen=True, slots=True)
class Recipe:
    """Formula of an item in both languages, the printed indicators and the parameters it uses."""

    formula_de: str
    formula_en: str
    indicators: tuple[str, ...]
    parameters: tuple[str, ...]


AGES_DE = (
    "; Fachkräfte(Alter) im Basisjahr = (Beschäftigte + Arbeitslose des Gewerks) · Altersprofil: "
    "Beschäftigte aller Branchen nach Altersgruppen, auf einzelne Jahre verteilt, bis zum Basisjahr "
    "gealtert und auf den Anteil ab 55 des Gewerks gebracht (wo keiner gelesen ist, der Gewerbegruppe; im "
    "Bezirk mal Verhältnis seiner Kreise zum Land hoch k), die Form um einige Jahre verschoben gezogen"
)
AGES_EN = (
    "; skilled workers(age) in the base year = (employees + unemployed of the trade) · age profile: "
    "employees of all sectors by age group, spread over single years, aged to the base year and brought "
    "to the share aged 55 and over of the trade (of its group where none was read; in the district times the "
    "ratio of its Kreise to the Land to the power k), the shape drawn some years older or younger"
)

PASSING = ("dissolution_layer", "exam_pass_first", "exam_retry", "exam_pass_retry")
STAYING = ("firm_stay", "changers_in_craft", "changers_away")

RECIPES: Mapping[str, Recipe] = {
    "item_vacancies": Recipe(
        "Σ über Berufsgruppen g: Deckung(g) · gemeldete Stellen(g, Basisjahr) · Anteil des "
        "Gewerks(g) ÷ Meldequote",
        "Σ over occupation groups g: coverage(g) · registered vacancies(g, base year) · share of "
        "trade(g) ÷ reporting rate",
        ("vacancies_avg", "apprentices"),
        ("group_coverage", "reporting_rate"),
    ),
    "item_job_seekers": Recipe(
        "− Σ über Berufsgruppen g: Deckung(g) · Anteil der Fachkräfte unter Arbeitslosen(g)"
        " · Arbeitslose(g, Basisjahr) · Anteil des Gewerks(g)",
        "− Σ over occupation groups g: coverage(g) · share of skilled workers among the unemployed(g)"
        " · unemployed(g, base year) · share of trade(g)",
        ("unemployed_avg", "apprentices"),
        ("group_coverage", "skilled_seekers"),
    ),
    "item_expansion": Recipe(
        "(Beschäftigte des Gewerks + offene Stellen im Basisjahr) · (Index − 1); Index = Σ über "
        "Berufsgruppen g: Gewicht(g) · Prognose der Beschäftigten(g) ÷ Beschäftigte(g, Basisjahr), "
        "geteilt durch den Zuwachs der Produktivität; offene Stellen schwanken um ihren Mittelwert wie die "
        "Prognose der gemeldeten Stellen; Ereignisse sind herausgerechnet",
        "(skilled workers of the trade + open places in the base year) · (index − 1); index = Σ over "
        "occupation groups g: weight(g) · forecast of employees(g) ÷ employees(g, base year), divided by "
        "the growth of productivity; open places swing around their mean like those registered; "
        "events are taken out",
        ("employees", "vacancies_avg", "apprentices"),
        ("group_coverage", "reporting_rate", "productivity_growth"),
    ),
    "item_retirements": Recipe(
        "Σ über Jahre und Alter: Fachkräfte(Alter) nach Todesfällen · Renteneintrittsrate(Alter − "
        "Verschiebung der Altersgrenze auf dem Weg: nach 45 Jahren, mit Abschlägen, regulär) · "
        "Gesundheitsfaktor (nur in den Altern, für die er gilt)"
        + AGES_DE,
        "Σ over years and ages: skilled workers(age) after deaths · retirement rate(age − shift of the "
        "age limit on the way: after 45 years, with deductions, regular) · health factor (only at the ages "
        "it holds for)" + AGES_EN,
        ("employees", "unemployed_avg", "employees_by_age", "apprentices"),
        ("retirement_rate", "retirement_way_share", "statutory_age_long_insured", "long_insured_since",
         "statutory_retirement_age",
         "statutory_reference_birth_year", "health_factor", "health_factor_ages", *AGE_SHARE,
         "group_coverage"),
    ),
    "item_deaths": Recipe(
        "Σ über Jahre und Alter: Fachkräfte(Alter) · Sterbewahrscheinlichkeit(Alter, Geschlechteranteil)",
        "Σ over years and ages: skilled workers(age) · probability of dying(age, share of women)",
        ("employees", "unemployed_avg", "employees_by_age"),
        ("mortality", "share_women", *AGE_SHARE, "group_coverage"),
    ),
    "item_health_exits": Recipe(
        "Σ über Jahre und Alter: Fachkräfte(Alter) nach Todesfällen und Renteneintritten · Rate "
        "gesundheitlichen Ausscheidens(Alter) · Gesundheitsfaktor (nur in den Altern, für die er gilt)",
        "Σ over years and ages: skilled workers(age) after deaths and retirements · rate of leaving for "
        "health(age) · health factor (only at the ages it holds for)",
        ("employees", "unemployed_avg", "employees_by_age"),
        ("health_exit_rate", "health_factor", "health_factor_ages", *AGE_SHARE, "group_coverage"),
    ),
    "item_craft_leavers": Recipe(
        "Σ über Jahre und Alter: Fachkräfte(Alter) nach den anderen Abgängen · Rate des Wechsels in andere "
        "Berufe(Alter)",
        "Σ over years and ages: skilled workers(age) after the other exits · rate of changing to other "
        "occupations(age)",
        ("employees", "unemployed_avg", "employees_by_age"),
        ("craft_leaving_rate", *AGE_SHARE, "group_coverage"),
    ),
    "item_entrants_contracted": Recipe(
        "− Σ über Jahrgänge mit veröffentlichten Neuabschlüssen: Land · Anteil des Bezirks ÷ (1 −"
        " l0) · (1 − Σ Lösungsschichten) · Prüfungserfolg · Verbleib",
        "− Σ over cohorts with published new contracts: Land · share of the district ÷ (1 − l0) ·"
        " (1 − Σ dissolution layers) · exam success · stay",
        ("new_contracts",),
        (*PASSING, *STAYING),
    ),
    "item_entrants_expected": Recipe(
        "− Σ über Jahrgänge mit vorausgeschätzten Neuabschlüssen: dieselbe Rechnung mit der "
        "Prognose des Landes",
        "− Σ over cohorts with forecast new contracts: the same calculation with the forecast for the Land",
        ("new_contracts",),
        (*PASSING, *STAYING),
    ),
    "retirements": Recipe(
        "Σ über Alter: Fachkräfte(Alter, Jahresbeginn) nach Todesfällen · Renteneintrittsrate(Alter − "
        "Verschiebung der Altersgrenze auf dem Weg: nach 45 Jahren, mit Abschlägen, regulär) · "
        "Gesundheitsfaktor (nur in den Altern, für die er gilt)"
        + AGES_DE,
        "Σ over ages: skilled workers(age, start of year) after deaths · retirement rate(age − shift of "
        "the age limit on the way: after 45 years, with deductions, regular) · health factor (only at the "
        "ages it holds for)" + AGES_EN,
        ("employees", "unemployed_avg", "employees_by_age"),
        ("retirement_rate", "retirement_way_share", "statutory_age_long_insured", "long_insured_since",
         "statutory_retirement_age",
         "statutory_reference_birth_year", "health_factor", "health_factor_ages", *AGE_SHARE,
         "group_coverage"),
    ),
    "training_need": Recipe(
        "erwartete Neuabschlüsse je Jahr + Lücke ÷ Σ über die noch beeinflussbaren Jahrgänge: "
        "Fachkräfte je Neuabschluss"
        " im Zieljahr; nie unter 0; im Land die Summe der Bezirke",
        "expected new contracts a year + gap ÷ Σ over the start years that can still be influenced: "
        "skilled workers per"
        " new contract in the target year; never below 0; for the Land the sum of its districts",
        ("new_contracts",),
        (*PASSING, *STAYING),
    ),
    "successions_due": Recipe(
        "Betriebe des Bezirks · Anteil Anlage A · Anteil der geführten Gewerke · veröffentlichter Anteil des "
        "Gewerks, wo keiner veröffentlicht ist nach Fachkräften im"
        " Handwerk; davon Inhaber(Alter) · Ausscheiderate(Alter) · Anteil, den die Kammer als fällig zählt",
        "firms of the district · share of annex A · share of the bundled trades · published share of the "
        "trade, where none is published by skilled workers"
        " in the craft; of these owners(age) · exit rate(age) · share the chamber counts as due",
        ("firms", "employees"),
        ("annex_a_share", "bundled_share_of_annex_a", "firm_share", "firm_share_spread", "craft_share",
         "firm_trend", "firm_size_spread", "owners_55plus_share", "owners_60plus_share", "owners_55_59_share",
         "owners_65_of_60_share", "owner_exit_rate", "due_rate"),
    ),
    "new_contracts": Recipe(
        "veröffentlichte oder vorausgeschätzte Neuabschlüsse des Landes · Anteil des Bezirks",
        "published or forecast new contracts of the Land · share of the district",
        ("new_contracts",),
        ("own_weight", "error_growth", "growth_weight", "few_years", "recent_years"),
    ),
    **{measure: Recipe(*written) for measure, written in ACCOUNT_RECIPES.items()},
    **{measure: Recipe(*written) for measure, written in WORKFORCE_RECIPES.items()},
    **{measure: Recipe(*written) for measure, written in TRAINING_RECIPES.items()},
}  # fmt: skip

AGES = "employees_by_age"
ALL_YEARS = 100
ALL_SECTORS = "*"
RECENT = "recent_years"
WINDOWS = {"vacancies_avg": 1, "unemployed_avg": 1, AGES: 1, "firms": 1}
FIRMS = "firms"
LAND = "land"
APPRENTICES, CONTRACTS = "apprentices", "new_contracts"
WHOLE_INDICATORS = frozenset({AGES, FIRMS})
GROUP_INDICATORS = frozenset({"employees", "vacancies_avg", "unemployed_avg"})


def _subjects(indicator: str, trade: Trade, codes: CodeList) -> tuple[str, ...]:
    """Codes under which an indicator is printed for a trade."""
    if indicator in GROUP_INDICATORS:
        return tuple(link.occupation_group for link in codes.links_of(trade.code))
    if indicator in WHOLE_INDICATORS:
        return (ALL_SECTORS,)
    if indicator == APPRENTICES:  # the share in a group is one trade's apprentices among those of all
        groups = {link.occupation_group for link in codes.links_of(trade.code)}
        members = dict.fromkeys(link.trade for link in codes.links if link.occupation_group in groups)
        return tuple(one.code for member in members for one in codes.occupations_of(member))
    return tuple(occupation.code for occupation in codes.occupations_of(trade.code))


PrintedRows = Mapping[tuple[str, str, str], Sequence[Mapping[str, Any]]]


def printed_rows(preferred: pd.DataFrame) -> PrintedRows:
    """Printed figures with a value by (indicator, region, subject), each by year and age group.

    Args:
        preferred: Printed figures, one per key (`Panel.preferred`).
    """
    found: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    known = preferred[preferred["value"].notna()].sort_values(["year", "age"], kind="stable")
    for row in known.to_dict("records"):
        named = {str(name): value for name, value in row.items()}
        found.setdefault((named["indicator"], named["region"], named["trade"]), []).append(named)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What may stand behind a cell; the same figure or parameter is one object in all cells.

    Args:
        printed: Printed figures (`printed_rows`).
        codes: Code lists.
        indicators: What is counted.
        parameters: Parameters under the scenario.
    """

    printed: PrintedRows
    codes: CodeList
    indicators: Mapping[str, Indicator]
    parameters: ParameterSet
    _names: dict[str, str] = field(init=False)
    _figures: dict[tuple[str, str, str, int], list[dict[str, Any]]] = field(init=False, default_factory=dict)
    _entries: dict[tuple[str, str], list[dict[str, Any]]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Read the names of all subjects once."""
        object.__setattr__(self, "_names", self.codes.subject_names())

    def figures(self, code: str, region: str, subject: str, years: int) -> list[dict[str, Any]]:
        """Return the printed figures of the newest `years` years of one code in one region."""
        key = (code, region, subject, years)
        if key not in self._figures:
            indicator, name = self.indicators[code], self._names.get(subject, ALL_SECTORS)
            rows = self.printed.get(key[:3], ())
            self._figures[key] = [
                {
                    "label_de": f"{indicator.name_de}: {name}, {row['year']}",
                    "label_en": f"{indicator.name_en}: {name}, {row['year']}",
                    "indicator": code,
                    "trade": subject,
                    "region": region,
                    "year": int(row["year"]),
                    "age": str(row["age"]),
                    "value": float(row["value"]),
                    "unit": indicator.unit,
                    "status": str(row["status"]),
                    "source": str(row["source"]),
                }
                for row in rows
                if row["year"] > rows[-1]["year"] - years
            ]
        return self._figures[key]

    def entries(self, name: str, trade: Trade) -> list[dict[str, Any]]:
        """Return the entries of a parameter that apply to a trade: its own key, or the one for all others."""
        if (name, trade.code) not in self._entries:
            self._entries[name, trade.code] = _used(self.parameters.parameters[name], trade, self.codes)
        return self._entries[name, trade.code]


def printed_inputs(
    indicator: str, trade: Trade, regions: Sequence[str], evidence: Evidence, years: int
) -> list[dict[str, Any]]:
    """The printed figures behind an item: the newest `years` years of every code and region concerned."""
    found: list[dict[str, Any]] = []
    for region in sorted(set(regions)):
        for subject in sorted(set(_subjects(indicator, trade, evidence.codes))):
            found.extend(evidence.figures(indicator, region, subject, years))
    return found


def _used(parameter: Parameter, trade: Trade, codes: CodeList) -> list[dict[str, Any]]:
    """The entries of a parameter that apply to a trade, as readers see them."""
    keys = {"trade": {trade.code, "*"}, "group": {trade.group, "*"}, "sector": {trade.sector, "*"}}
    keys["occupation_group"] = {link.occupation_group for link in codes.links_of(trade.code)} | {"*"}
    rows: list[dict[str, Any]] = []
    for entry in parameter.entries:
        named = dict(zip(parameter.keyed_by, entry.key, strict=True))
        if all(value in keys[part] for part, value in named.items() if part in keys):
            rows.append(
                {
                    "name": parameter.name,
                    "key": named,
                    "value": entry.value,
                    "low": entry.low,
                    "high": entry.high,
                    "source": entry.source,
                }
            )
    return _specific(rows)


def _specific(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Drop «all others» entries where an entry of the trade itself exists."""
    own = {
        (row["name"], part)
        for row in rows
        for part, value in row["key"].items()
        if part in _SUBJECT_KEYS and value != "*"
    }
    return [
        row
        for row in rows
        if not any(value == "*" and (row["name"], part) in own for part, value in row["key"].items())
    ]


_SUBJECT_KEYS = frozenset({"trade", "group", "occupation_group"})


def _with_land(region: str, codes: CodeList) -> list[str]:
    """A region and, where it is a district, the Land it lies in."""
    home = codes.regions[region]
    if home.level == LAND:
        return [region]
    return [region, *[parent for parent in home.parents if codes.regions[parent].level == LAND]]


def _places(
    indicator: str, region: str, regions: list[str], codes: CodeList, divided: Sequence[str]
) -> list[str]:
    """Regions whose figures of an indicator stand behind a cell."""
    if divided and indicator in GROUP_INDICATORS:
        return list(divided)
    if indicator == AGES and codes.regions[region].level != LAND and not divided:
        return list(codes.children(region))
    return [region] if indicator in GROUP_INDICATORS or indicator == FIRMS else regions


def _concerns(trade: Trade, item: str, recipe: Recipe) -> bool:
    """Firms are counted for crafts alone, industrial masters for industry alone."""
    return FIRMS not in recipe.indicators if trade.sector == "industry" else item not in INDUSTRIAL_MEASURES


def derivation(
    trade: Trade,
    region: str,
    *,
    evidence: Evidence,
    groups: Sequence[Mapping[str, Any]],
    shares: Sequence[Mapping[str, Any]],
    divided: Sequence[str] = (),
) -> dict[str, Any]:
    """Formula, printed inputs, parameters and estimates of every item of one cell (trade × region).

    Args:
        trade: Trade of the cell.
        region: Region of the cell; where it is a district the Land's figures are inputs as well.
        evidence: Printed figures, codes, indicators and parameters.
        groups: Estimates made on the way: the trade's shares in its occupation groups.
        shares: Estimates made on the way: the district's share in the Land; empty for a Land.
        divided: Regions from whose figures by occupation group the region was divided; empty if it has own.
    """
    codes, known = evidence.codes, evidence.parameters.parameters
    regions = _with_land(region, codes)
    windows = {**WINDOWS, APPRENTICES: int(evidence.parameters.value(RECENT))}
    result: dict[str, Any] = {}
    behind: dict[str, list[dict[str, Any]]] = {}
    inputs: dict[tuple[str, ...], list[dict[str, Any]]] = {}  # many formulas rest on the same figures
    for item, recipe in RECIPES.items():
        if not _concerns(trade, item, recipe):
            continue
        for indicator in recipe.indicators:
            if indicator not in behind:
                window = windows.get(indicator, ALL_YEARS)
                if divided and indicator in GROUP_INDICATORS:
                    window = 1  # their years stand with the regions they were counted for
                places = _places(indicator, region, regions, codes, divided)
                behind[indicator] = printed_inputs(indicator, trade, places, evidence, window)
        if recipe.indicators not in inputs:
            inputs[recipe.indicators] = [row for indicator in recipe.indicators for row in behind[indicator]]
        used = [evidence.entries(name, trade) for name in recipe.parameters if name in known]
        result[item] = {
            "formula_de": recipe.formula_de,
            "formula_en": recipe.formula_en,
            "inputs": inputs[recipe.indicators],
            "parameters": [entry for entries in used for entry in entries],
            "estimates": [
                *(groups if GROUP_INDICATORS.intersection(recipe.indicators) else ()),
                *(shares if CONTRACTS in recipe.indicators else ()),
            ],
        }
    return result
