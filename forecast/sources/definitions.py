"""Reads everything a person edits under data/ and names, with file and line, what breaks its rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from forecast.domain.codes import CodeList
from forecast.domain.indicators import Indicator
from forecast.domain.parameters import ParameterSet, Scenario
from forecast.domain.provenance import Event, Source
from forecast.errors import DefinitionError
from forecast.sources.codelists import read_codes, read_sources
from forecast.sources.definition_entries import EntryReader
from forecast.sources.documents import Complaints, Document, read_table, read_yaml
from forecast.sources.planning import Planning, read_planning
from forecast.sources.scenarios import settled_scenarios

T = TypeVar("T")
Skills = Mapping[str, list[dict[str, str]]]


@dataclass(frozen=True, slots=True)
class Definitions:
    """Everything that is known and assumed, read once and checked.

    Args:
        codes: Trades, occupations, regions and their crosswalks.
        indicators: What is counted, by code.
        parameters: What is assumed, without any scenario.
        sources: Publications by id.
        events: Dated events, sorted by id.
        scenarios: Overrides and levers by name.
        skills: Tables of data/skills by file name, every cell as text.
        planning: Perishable modules and inter-company courses, typed.
    """

    codes: CodeList
    indicators: Mapping[str, Indicator]
    parameters: ParameterSet
    sources: Mapping[str, Source]
    events: tuple[Event, ...]
    scenarios: Mapping[str, Scenario]
    skills: Skills
    planning: Planning


def read_definitions(data_root: Path) -> Definitions:
    """Read and check all definitions.

    Args:
        data_root: The folder data/.

    Raises:
        DefinitionError: A file breaks a rule; up to five places are shown, the rest is counted.
    """
    complaints = Complaints()
    sources = read_sources(data_root, complaints)
    codes = read_codes(data_root, sources, complaints)
    reader = EntryReader(codes, frozenset(sources), complaints)
    indicators = _named(data_root, "indicators/*.yaml", "code", reader.indicator, complaints)
    parameters = _named(data_root, "parameters/*/*.yaml", "name", reader.parameter, complaints)
    events = _named(data_root, "events/*.yaml", "id", reader.event, complaints)
    drafts = _named(data_root, "scenarios/*.yaml", "name", reader.scenario, complaints)
    skills = _skills(data_root, frozenset(sources), complaints)
    planning = read_planning(data_root, codes, sources, complaints)
    complaints.raise_any()
    values = ParameterSet(parameters)
    scenarios = settled_scenarios(drafts, values, codes, sources)
    return Definitions(
        codes, indicators, values, sources, tuple(events.values()), scenarios, skills, planning
    )


def _named(
    root: Path, pattern: str, key: str, convert: Callable[[Document], T], complaints: Complaints
) -> dict[str, T]:
    """Read all documents of a folder; the name inside is the name of the file and stands once."""
    found: dict[str, T] = {}
    for path in sorted(root.glob(pattern), key=lambda item: item.stem):
        document = read_yaml(path, path.relative_to(root.parent).as_posix())
        if document.data.get(key) != path.stem:
            text = f"{key} «{document.data.get(key)}» ist nicht der Name der Datei"
            complaints.add(document.where(key), text, path.stem)
        if path.stem in found:
            complaints.add(document.where(key), f"{key} «{path.stem}» gibt es schon in einer anderen Datei")
        before = len(complaints.found)
        try:
            found[path.stem] = convert(document)
        except DefinitionError:
            if len(complaints.found) == before:
                raise
    return found


def _skills(root: Path, sources: frozenset[str], complaints: Complaints) -> dict[str, list[dict[str, str]]]:
    """Read data/skills/*.csv; columns `source…` name known sources, judgements have reason and review."""
    tables: dict[str, list[dict[str, str]]] = {}
    for path in sorted((root / "skills").glob("*.csv")):
        rows = read_table(path, path.relative_to(root.parent).as_posix())
        for row in rows:
            for name, text in row.cells.items():
                if name.startswith("source") and text and text not in sources:
                    complaints.add(
                        row.where, f"{name}: die Quelle «{text}» steht in keiner Datei unter data/sources"
                    )
            judged = row.cells.get("kind") == "judgement" and {"reason", "review"} <= set(row.cells)
            if judged and not (row.cells["reason"] and row.cells["review"]):
                complaints.add(row.where, "eine Setzung (kind: judgement) braucht reason und review")
        tables[path.stem] = [dict(row.cells) for row in rows]
    return tables
