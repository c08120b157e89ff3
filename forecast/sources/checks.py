"""Reads data/checks: published facts the model report holds the model against."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, Final

from forecast.domain.codes import CodeList
from forecast.domain.facts import RELATIONS, Fact
from forecast.domain.lookup import UNITS
from forecast.sources.definition_entries import is_number
from forecast.sources.documents import Complaints, Document, read_yaml

FOLDER: Final = "checks"
NEEDED: Final = tuple(field.name for field in fields(Fact) if field.default is MISSING)
ALLOWED: Final = tuple(field.name for field in fields(Fact))
TEXTS: Final = ("name_de", "name_en", "computed_de", "computed_en")


def read_checks(data_root: Path, codes: CodeList, sources: Collection[str]) -> dict[str, Fact]:
    """Read and check all facts, by code in alphabetical order; a missing folder holds none.

    Args:
        data_root: The folder data/.
        codes: Code lists, for the regions.
        sources: Ids of all sources.

    Raises:
        DefinitionError: A file breaks a rule; file, line and field are named.
    """
    complaints = Complaints()
    found: dict[str, Fact] = {}
    for path in sorted((data_root / FOLDER).glob("*.yaml")):
        document = read_yaml(path, path.relative_to(data_root.parent).as_posix())
        if document.data.get("code") != path.stem:
            text = f"code «{document.data.get('code')}» ist nicht der Name der Datei"
            complaints.add(document.where("code"), text, path.stem)
        before = len(complaints.found)
        _check(document, codes, sources, complaints)
        if len(complaints.found) == before:
            found[path.stem] = Fact(**document.data)
    complaints.raise_any()
    return found


def _check(document: Document, codes: CodeList, sources: Collection[str], complaints: Complaints) -> None:
    data: dict[str, Any] = document.data
    for name in NEEDED:
        if data.get(name) is None:
            complaints.add(document.where(name), f"das Feld «{name}» fehlt", ", ".join(NEEDED))
    for name in data:
        if name not in ALLOWED:
            complaints.add(document.where(name), f"das Feld «{name}» ist unbekannt", ", ".join(ALLOWED))
    for name in TEXTS:
        if not str(data.get(name) or "").strip():
            complaints.add(document.where(name), f"das Feld «{name}» ist leer", "ein Satz")
    for name, allowed in (("relation", RELATIONS), ("unit", UNITS)):
        if data.get(name) not in allowed:
            complaints.add(
                document.where(name), f"{name} «{data.get(name)}» ist unbekannt", ", ".join(allowed)
            )
    for name, known in (("region", codes.regions), ("source", sources)):
        if data.get(name) not in known:
            complaints.add(document.where(name), f"{name} «{data.get(name)}» ist nirgends erklärt")
    numbers = [data.get("low"), data.get("high")]
    if not all(map(is_number, numbers)):
        complaints.add(document.where("low"), "low und high sind keine Zahlen", "zwei Zahlen")
    elif numbers[0] > numbers[1]:  # type: ignore[operator]
        complaints.add(
            document.where("low"), f"low {numbers[0]} ist größer als high {numbers[1]}", "low ≤ high"
        )
    if not isinstance(data.get("year"), int) or isinstance(data.get("year"), bool):
        complaints.add(document.where("year"), "year ist kein Jahr", "eine ganze Zahl")
    if not isinstance(data.get("independent"), bool):
        complaints.add(document.where("independent"), "independent ist kein Wahrheitswert", "true | false")
    if data.get("base") is not None and not (is_number(data["base"]) and data["base"] > 0):
        complaints.add(document.where("base"), "base ist keine Zahl über 0", "zum Beispiel 11500")
