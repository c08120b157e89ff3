"""The documents of a release: axes, what run it is, catalogue, derivations and printed figures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from scipy.special import ndtri

from forecast.assemble import Assembled, apprentices_in, staff_per_apprentice
from forecast.backtest_report import card
from forecast.catalogue import catalogue_document, observations_document
from forecast.cells import MEASURES
from forecast.derivations import Evidence, derivation, printed_rows
from forecast.district_estimates import split_estimates
from forecast.district_split import OTHERS
from forecast.domain.codes import CodeList
from forecast.estimators.drivers import Choice
from forecast.fit import DISTRICT, LAND, DistrictShare, Fitted
from forecast.group_rows import GROUP_CODES, group_entries
from forecast.inputs import Inputs, Settings, code_version
from forecast.notes import NoteBook
from forecast.scoring import BacktestResult
from forecast.snapshot import STATISTICS, Axes

HORIZON = 2035
FIRST_YEAR = 2010
PUBLISHED_LEVELS = ("chamber_district", "kreis")


def axes_of(inputs: Inputs) -> Axes:
    """Trades of Anlage A, industrial occupations, group rows; regions of Brandenburg; years."""
    codes = inputs.definitions.codes
    trades = tuple(
        code for code, trade in codes.trades.items() if trade.hwo_annex == "A" or trade.sector == "industry"
    )
    regions = tuple(
        code
        for code, region in codes.regions.items()
        if code in {"DE", "BB"} or (region.level in PUBLISHED_LEVELS and "BB" in region.parents)
    )
    return Axes(regions, (*trades, *GROUP_CODES), MEASURES, tuple(range(FIRST_YEAR, HORIZON + 1)), STATISTICS)


def release_meta(inputs: Inputs, settings: Settings, base_year: int) -> dict[str, Any]:
    """Which run a release is; no clock, so that the same run has the same id."""
    return {
        "title": "Fachkräftematrix",
        "as_of": inputs.as_of.isoformat(),
        "base_year": base_year,
        "scenario": settings.scenario,
        "seed": settings.seed,
        "draws": settings.draws,
        "code_version": code_version(),
        "inputs_sha256": inputs.hashes["figures"],
        "parameters_sha256": inputs.hashes["definitions"],
    }


def share_entry(share: DistrictShare) -> dict[str, float | None]:
    """A district share as a reader can follow it: median, spread, what was observed and the proxy.

    ``left_out_…`` is the estimate as if this trade had no published figure of its own, with the 80 % range in
    which that figure should have been.
    """
    mean, spread = (np.nan, np.nan) if share.left_out is None else share.left_out
    apart = np.exp(mean + spread * ndtri([0.1, 0.5, 0.9]))
    return {
        "median": round(float(np.exp(share.log_mean)), 4),
        "log_sd": round(share.log_sd, 4),
        "observed": None if share.observed is None else round(share.observed, 4),
        "proxy": round(share.proxy, 4),
        **{
            f"left_out_{name}": None if np.isnan(value) else round(float(value), 4)
            for name, value in zip(("lower_80", "median", "upper_80"), apart, strict=True)
        },
    }


def group_estimates(
    shares: Mapping[str, float],
    codes: CodeList,
    stocks: Mapping[str, Mapping[int, float]],
    recent: int,
    staff: Mapping[str, float],
) -> list[dict[str, Any]]:
    """Shares of the trade in its occupation groups with what they are made of, so that they can be redone.

    Args:
        shares: Share of the trade in each of its occupation groups.
        codes: Code lists.
        stocks: Apprentices by trade and year in the region.
        recent: Number of last years whose mean counts.
        staff: Weight of a trade's apprentices against those of the other trades of the group.
    """
    found = []
    for group, share in shares.items():
        found.append(
            {
                "label_de": "Anteil des Gewerks an den Fachkräften der Berufsgruppe",
                "label_en": "Share of the trade in the skilled workers of the occupation group",
                "key": group,
                "value": round(share, 4),
                "how_de": "Auszubildende des Gewerks mal Gewicht, geteilt durch die Summe der Gruppe",
                "how_en": "Apprentices of the trade times weight, divided by the sum of the group",
            }
        )
        for link in codes.links:
            years = list(stocks.get(link.trade, {}).values())[-recent:]
            if link.occupation_group == group and years and sum(years) * link.weight > 0:
                trade, weight = codes.trades[link.trade], link.weight * staff[link.trade]
                found.append(
                    {
                        "label_de": f"Auszubildende mal Gewicht: {trade.name_de}",
                        "label_en": f"Apprentices times weight: {trade.name_en}",
                        "key": f"{group}|{link.trade}",
                        "value": round(float(np.mean(years)) * weight, 2),
                        "how_de": f"Mittel der letzten {len(years)} Jahre mal Gewicht {weight:g}; im "
                        "Bezirk Landeswert mal Anteil des Bezirks",
                        "how_en": f"Mean of the last {len(years)} years times weight {weight:g}; in the "
                        "district the figure of the Land times the district's share",
                    }
                )
    return found


def share_estimates(share: DistrictShare) -> list[dict[str, Any]]:
    """The district's share in the Land and what it rests on, as a reader can follow it."""
    how = {
        "median": ("Mittlerer Schätzwert aus Hilfsgröße und veröffentlichten Werten", "Median estimate"),
        "log_sd": ("Streuung auf der Log-Skala", "Spread on the log scale"),
        "observed": (
            "Veröffentlichte Neuabschlüsse Bezirk durch Land",
            "Published new contracts, district by Land",
        ),
        "proxy": (
            "Beschäftigte der Berufsgruppen Bezirk durch Land",
            "Employees of the groups, district by Land",
        ),
        "left_out_median": (
            "Geschätzt, als gäbe es den veröffentlichten Wert nicht",
            "Estimated as if the published figure did not exist",
        ),
        "left_out_lower_80": (
            "Unteres Ende, in 8 von 10 Fällen läge der veröffentlichte Wert darüber und unter dem oberen",
            "Lower end; in 8 of 10 cases the published figure would lie between it and the upper one",
        ),
        "left_out_upper_80": ("Oberes Ende dazu", "Upper end to it"),
    }
    return [
        {
            "label_de": "Anteil des Bezirks an den Neuabschlüssen des Landes",
            "label_en": "Share of the district in the new contracts of the Land",
            "key": name,
            "value": value,
            "how_de": how[name][0],
            "how_en": how[name][1],
        }
        for name, value in share_entry(share).items()
        if value is not None
    ]


def series_card(inputs: Inputs, settings: Settings, fitted: Fitted, choice: Choice) -> dict[str, bytes]:
    """Card of the fitted series, for machines (YAML) and for people (Markdown)."""
    card = {
        "quantity": "series",
        "title_de": "Vorausschätzung der veröffentlichten Reihen und Anteil des Bezirks am Land",
        "title_en": "Forecast of the published series and share of the district in the Land",
        "run": inputs.run_key(settings),
        "as_of": inputs.as_of.isoformat(),
        "seed": settings.seed,
        "draws": settings.draws,
        "series_of_new_contracts": len(fitted.contracts),
        "series_of_employees": len(fitted.employees),
        "refused": [list(pair) for pair in fitted.refused],
        "drivers": [
            {"indicator": v.indicator, "level": v.level, "form": v.form, "on": v.on, "reason": v.reason_de}
            for v in choice.verdicts
        ],
        "district_shares": {trade: share_entry(share) for trade, share in fitted.shares.items()},
    }
    lines = [f"# {card['title_de']}", "", f"Lauf {card['run']}, Datenstand {card['as_of']}.", ""]
    lines += [
        "Die letzte Spalte schätzt jeden veröffentlichten Anteil, als gäbe es ihn nicht (80-%-Bereich).", "",
        "| Gewerk | Anteil | log-Streuung | veröffentlicht | Hilfsgröße | ohne den veröffentlichten |",
        "|---|---|---|---|---|---|",
    ]  # fmt: skip
    lines += [
        f"| {trade} | {entry['median']} | {entry['log_sd']} | {entry['observed'] or '–'} | {entry['proxy']} "
        f"| {_apart(entry)} |"
        for trade, entry in ((trade, share_entry(share)) for trade, share in fitted.shares.items())
    ]
    lines += [
        "",
        "## Treiber",
        "",
        "Was erprobt wurde, ob es verwendet wird, und warum.",
    ]
    lines += ["", "| Größe | Ebene | Treiber | verwendet | Grund |", "|---|---|---|---|---|"]
    lines += [
        f"| {v.indicator} | {v.level} | {v.form} | {'ja' if v.on else 'nein'} | {v.reason_de} |"
        for v in choice.verdicts
    ]
    text = yaml.safe_dump(card, allow_unicode=True, sort_keys=False)
    return {"card.yaml": text.encode(), "CARD.md": ("\n".join(lines) + "\n").encode()}


def _apart(entry: Mapping[str, float | None]) -> str:
    """The estimate without the published share, with its range."""
    if entry["left_out_median"] is None:
        return "–"
    return f"{entry['left_out_median']} [{entry['left_out_lower_80']}–{entry['left_out_upper_80']}]"


def stored_run(folder: Path, run_key: str) -> Path | None:
    """Folder of the artefact whose card names this run, or None."""
    cards = sorted(folder.glob("*/card.yaml")) if folder.is_dir() else []
    for path in cards:
        if yaml.safe_load(path.read_text(encoding="utf-8")).get("run") == run_key:
            return path.parent
    return None


def attribution(derivations: Mapping[str, Any]) -> list[str]:
    """Ids of the sources of every printed figure the matrix rests on, in alphabetical order."""
    behind = {id(made["inputs"]): made["inputs"] for cell in derivations.values() for made in cell.values()}
    return sorted({figure["source"] for figures in behind.values() for figure in figures})


def derivations_of(inputs: Inputs, assembled: Assembled, fitted: Fitted) -> dict[str, Any]:
    """How the items of every explained cell were made; needs no draw of the projection."""
    definitions = inputs.definitions
    codes, recent = definitions.codes, int(definitions.parameters.value("recent_years"))
    stocks = {
        region: apprentices_in(LAND if region in OTHERS else region, fitted, inputs.panel, codes)
        for region in dict.fromkeys(region for region, _ in assembled.states)
    }
    evidence = Evidence(
        printed_rows(inputs.printed.preferred().frame), codes, definitions.indicators, definitions.parameters
    )
    derivations = {}
    for (region, trade), state in assembled.states.items():
        share = fitted.shares.get(trade)
        derivations[f"{region}|{trade}"] = derivation(
            codes.trades[trade], region, evidence=evidence,
            groups=group_estimates(
                state.groups, codes, stocks[region], recent,
                staff_per_apprentice(stocks[region], definitions.parameters),
            ),
            shares=share_estimates(share) if region == DISTRICT and share is not None
            else split_estimates(assembled.split, region, trade),
            divided=(LAND, DISTRICT) if region in OTHERS else (),
        )  # fmt: skip
    return derivations


def release_documents(
    inputs: Inputs,
    settings: Settings,
    base_year: int,
    evaluated: BacktestResult,
    notes: NoteBook,
    axes: Axes,
    derivations: Mapping[str, Any],
) -> dict[str, Any]:
    """Catalogue, derivations of every explained cell, and the printed figures."""
    definitions, codes = inputs.definitions, inputs.definitions.codes
    settings_document = {
        "as_of": inputs.as_of.isoformat(), "base_year": base_year, "scenario": settings.scenario,
        "default_region": DISTRICT, "default_year": HORIZON, "horizon": HORIZON,
    }  # fmt: skip
    catalogue = catalogue_document(
        definitions, trades=[code for code in axes.trades if code in codes.trades],
        regions=axes.regions, measures=axes.measures, notes=notes.documents(),
        cards=[card(evaluated)], settings=settings_document,
    )  # fmt: skip
    catalogue["trade_groups"] = group_entries(codes.trades[one["code"]] for one in catalogue["trades"])
    catalogue["attribution"] = attribution(derivations)
    public = inputs.figures[pd.to_datetime(inputs.figures["published"]).dt.date <= inputs.as_of]
    return {"catalogue": catalogue, "derivations": derivations, "observations": observations_document(public)}
