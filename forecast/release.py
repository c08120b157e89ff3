"""The documents of a release: axes, what run it is, catalogue, derivations and printed figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from forecast.assemble import Assembled
from forecast.backtest_report import card
from forecast.catalogue import catalogue_document, observations_document
from forecast.cells import MEASURES
from forecast.derivations import derivation
from forecast.fit import DISTRICT, DistrictShare, Fitted
from forecast.inputs import Inputs, Settings, code_version
from forecast.notes import NoteBook
from forecast.scoring import BacktestResult
from forecast.snapshot import STATISTICS, Axes

HORIZON = 2035
FIRST_YEAR = 2010
PUBLISHED_LEVELS = ("chamber_district", "kreis")


def axes_of(inputs: Inputs) -> Axes:
    """Trades of Anlage A and industrial occupations of the cluster, regions of Brandenburg, years."""
    codes = inputs.definitions.codes
    trades = tuple(
        code for code, trade in codes.trades.items() if trade.hwo_annex == "A" or trade.sector == "industry"
    )
    regions = tuple(
        code
        for code, region in codes.regions.items()
        if code in {"DE", "BB"} or (region.level in PUBLISHED_LEVELS and "BB" in region.parents)
    )
    return Axes(regions, trades, MEASURES, tuple(range(FIRST_YEAR, HORIZON + 1)), STATISTICS)


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
    """A district share as a reader can follow it: median, spread, what was observed and the proxy."""
    return {
        "median": round(float(np.exp(share.log_mean)), 4),
        "log_sd": round(share.log_sd, 4),
        "observed": None if share.observed is None else round(share.observed, 4),
        "proxy": round(share.proxy, 4),
    }


def series_card(inputs: Inputs, settings: Settings, fitted: Fitted) -> dict[str, bytes]:
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
        "district_shares": {trade: share_entry(share) for trade, share in fitted.shares.items()},
    }
    lines = [f"# {card['title_de']}", "", f"Lauf {card['run']}, Datenstand {card['as_of']}.", ""]
    lines += ["| Gewerk | Anteil | log-Streuung | veröffentlicht | Hilfsgröße |", "|---|---|---|---|---|"]
    lines += [
        f"| {trade} | {entry['median']} | {entry['log_sd']} | {entry['observed'] or '–'} | {entry['proxy']} |"
        for trade, entry in ((trade, share_entry(share)) for trade, share in fitted.shares.items())
    ]
    text = yaml.safe_dump(card, allow_unicode=True, sort_keys=False)
    return {"card.yaml": text.encode(), "CARD.md": ("\n".join(lines) + "\n").encode()}


def stored_run(folder: Path, run_key: str) -> Path | None:
    """Folder of the artefact whose card names this run, or None."""
    cards = sorted(folder.glob("*/card.yaml")) if folder.is_dir() else []
    for path in cards:
        if yaml.safe_load(path.read_text(encoding="utf-8")).get("run") == run_key:
            return path.parent
    return None


def release_documents(
    inputs: Inputs,
    settings: Settings,
    assembled: Assembled,
    fitted: Fitted,
    evaluated: BacktestResult,
    notes: NoteBook,
    axes: Axes,
) -> dict[str, Any]:
    """Catalogue, derivations of every explained cell, and the printed figures."""
    definitions = inputs.definitions
    preferred = inputs.printed.preferred().frame
    derivations = {}
    for (region, trade), state in assembled.states.items():
        share = fitted.shares.get(trade)
        estimated: dict[str, Any] = {
            "group_shares": {group: round(value, 4) for group, value in state.groups.items()}
        }
        if region == DISTRICT and share is not None:
            estimated["district_share"] = share_entry(share)
        derivations[f"{region}|{trade}"] = derivation(
            definitions.codes.trades[trade], region, preferred=preferred, codes=definitions.codes,
            parameters=definitions.parameters, estimated=estimated,
        )  # fmt: skip
    settings_document = {
        "as_of": inputs.as_of.isoformat(), "base_year": assembled.base_year, "scenario": settings.scenario,
        "default_region": DISTRICT, "default_year": HORIZON, "horizon": HORIZON,
    }  # fmt: skip
    catalogue = catalogue_document(
        definitions, trades=axes.trades, regions=axes.regions, measures=axes.measures,
        notes=notes.documents(),
        cards=[card(evaluated)], settings=settings_document,
    )  # fmt: skip
    public = inputs.figures[pd.to_datetime(inputs.figures["published"]).dt.date <= inputs.as_of]
    return {"catalogue": catalogue, "derivations": derivations, "observations": observations_document(public)}
