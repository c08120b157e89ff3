"""The model held against the world: published facts and past years, as one page and as plain numbers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import yaml

from forecast import artefacts
from forecast.assemble import assemble
from forecast.back_cast import NO_INFLOW, BackCast, back_cast
from forecast.back_cast_scores import findings, score_rows
from forecast.fit import DISTRICT, LAND, employee_years, fit
from forecast.inputs import Inputs, Settings
from forecast.model_report_page import ReportParts, report_page
from forecast.sources.checks import read_checks
from forecast.training_plan import with_plans
from forecast.world_checks import CheckedFact, World, check_world

QUANTITY: Final = "model_report"
_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class ModelReport:
    """What was found.

    Args:
        checked: Facts with the model's value and verdict.
        cast: The back-cast.
        parts: What the page shows.
    """

    checked: tuple[CheckedFact, ...]
    cast: BackCast
    parts: ReportParts


def make_model_report(
    inputs: Inputs,
    settings: Settings,
    on_progress: Callable[[int, int], None] | None = None,
    origins: list[int] | None = None,
) -> ModelReport:
    """Hold the model against published facts and against past years.

    Args:
        inputs: Validated inputs of today.
        settings: Seed, draws, workers and folders.
        on_progress: Called with (finished, total) origins.
        origins: Years to ask; without them every year with stocks but the last.

    Raises:
        DefinitionError: A fact is broken or has no computation.
        ModelError: No origin could be computed.
    """
    definitions = replace(inputs.definitions, parameters=inputs.definitions.parameters.apart())
    inputs = replace(inputs, definitions=definitions)  # what the report reads is not what a release reads
    facts = read_checks(settings.data_root, definitions.codes, definitions.sources)
    parameters = inputs.draws(settings)
    base = int(employee_years(inputs.panel, DISTRICT)[-1])
    fitted = fit(inputs.panel, definitions.codes, definitions.events, parameters, base + 1)
    assembled = assemble(
        fitted, inputs.panel, definitions.codes, definitions.events, parameters, base + 1,
        inputs.as_of.year + 1,
    )  # fmt: skip
    planned = with_plans(assembled, definitions.planning, definitions.codes, parameters)
    checked = check_world(World(inputs, parameters, planned), facts)
    cast = back_cast(inputs, settings, assembled, fitted, on_progress, origins)
    alone = {year for year, lent in cast.borrowed.items() if NO_INFLOW in lent}
    scores = score_rows(cast.rows, alone)
    regions = {
        code: (
            _short(definitions.codes.regions[code].name_de),
            _short(definitions.codes.regions[code].name_en),
        )
        for code in (DISTRICT, LAND)
    }
    values = definitions.parameters
    years = [int(entry.key[0]) for entry in values.parameters["dissolution_rate_check"].entries]
    parts = ReportParts(
        checked=checked,
        cast=cast,
        alone=frozenset(alone),
        scores=scores,
        findings=findings(scores, regions),
        regions=regions,
        sources={item.fact.source: definitions.sources[item.fact.source] for item in checked},
        recomputed={year: values.value("dissolution_rate_check", year=year) for year in years},
        official={
            item.fact.year: (item.fact.low + item.fact.high) / 2
            for item in checked
            if item.fact.code.startswith("dissolution-2")
        },
        as_of=inputs.as_of,
        draws=settings.draws,
    )
    return ModelReport(checked, cast, parts)


def write_model_report(report: ModelReport, root: Path) -> Path:
    """Write page and numbers as one verified folder.

    Args:
        report: What was found.
        root: Usually ``models``.

    Returns:
        ``<root>/model_report/<run id>`` with report.html, checks.yaml, scores.json, back_cast.csv and
        manifest.json.

    Raises:
        OperationError: The disk refuses.
    """
    rows = report.cast.rows.round(_DIGITS).to_csv(index=False, lineterminator="\n")
    numbers = {
        "scores": _plain(report.parts.scores.to_dict("records")),
        "findings": [asdict(item) for item in report.parts.findings],
        "lent": {str(year): list(texts) for year, texts in sorted(report.cast.borrowed.items())},
        "refused": [list(pair) for pair in report.cast.refused],
    }
    texts = {
        "report.html": report_page(report.parts),
        "checks.yaml": yaml.safe_dump(
            [check_numbers(item) for item in report.checked], allow_unicode=True, sort_keys=False, width=110
        ),
        "scores.json": json.dumps(numbers, ensure_ascii=False, indent=1, sort_keys=True) + "\n",
        "back_cast.csv": rows,
    }
    return artefacts.save_folder(root, QUANTITY, {name: text.encode() for name, text in texts.items()})


def check_numbers(item: CheckedFact) -> dict[str, Any]:
    """Return a checked fact as plain fields."""
    fact = item.fact
    return {
        "code": fact.code, "name_de": fact.name_de, "name_en": fact.name_en, "unit": fact.unit,
        "region": fact.region, "year": fact.year, "source": fact.source, "independent": fact.independent,
        "relation": fact.relation, "published": {"low": fact.low, "high": fact.high},
        "model": {
            "value": round(item.value, _DIGITS), "lower_80": round(item.lower, _DIGITS),
            "upper_80": round(item.upper, _DIGITS),
        },
        "inside": item.verdict.inside, "missed_by": round(item.verdict.missed_by, _DIGITS),
        "reason_de": "" if item.verdict.exact else fact.reason_de.strip(),
        "reason_en": "" if item.verdict.exact else fact.reason_en.strip(),
    }  # fmt: skip


def _short(name: str) -> str:
    """Return what stands after the last dash of a region's name.

    Example:
        >>> _short("Kammer – Region Ostbrandenburg")
        'Region Ostbrandenburg'
    """
    return name.rpartition(" – ")[2]


def _plain(records: list[dict[Any, Any]]) -> list[dict[str, Any]]:
    """Numbers that JSON can hold: rounded, and null where there is none."""

    def plain(value: object) -> object:
        if isinstance(value, float | np.floating):
            return round(float(value), _DIGITS) if np.isfinite(value) else None
        return int(value) if isinstance(value, np.integer) else value

    return [{str(name): plain(value) for name, value in record.items()} for record in records]
