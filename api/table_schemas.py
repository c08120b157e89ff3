"""Shapes of the answers that follow PxWebApi 2 and JSON-stat, for OpenAPI and its contract test."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class _Open(BaseModel):
    """Eine Form, deren übrige Glieder ein Standard festlegt."""

    model_config = ConfigDict(extra="allow", strict=True)


class PxLink(_Open):
    """Verweis nach PxWebApi 2."""

    rel: str
    hreflang: str
    href: str


class TableDescription(_Open):
    """Eine Tabelle nach PxWebApi 2."""

    type: Literal["Table"]
    id: str
    label: str
    updated: str
    firstPeriod: str  # noqa: N815  (der Standard schreibt so)
    lastPeriod: str  # noqa: N815
    variableNames: list[str]  # noqa: N815
    links: list[PxLink]


class TableEntry(TableDescription):
    """Eine Tabelle mit der Sprache ihrer Bezeichnungen."""

    language: Literal["de", "en"]


class TableList(_Open):
    """Liste der Tabellen nach PxWebApi 2."""

    language: Literal["de", "en"]
    tables: list[TableDescription]
    page: dict[str, int]
    links: list[PxLink]


class JsonStat(_Open):
    """Ein Datensatz nach JSON-stat 2.0; ohne `value` sind es die Metadaten einer Tabelle."""

    version: Literal["2.0"]
    label: str
    id: list[str]
    size: list[int]
    dimension: dict[str, Any]


class CodeValue(_Open):
    """Ein Code mit Bezeichnung und den Codes, für die er steht."""

    code: str
    label: str
    valueMap: list[str]  # noqa: N815


class Codelist(_Open):
    """Eine Codeliste nach PxWebApi 2."""

    id: str
    label: str
    language: Literal["de", "en"]
    type: Literal["Valueset", "Aggregation"]
    values: list[CodeValue]
    links: list[PxLink]


class Codelists(_Open):
    """Alle Codelisten in Kürze."""

    language: Literal["de", "en"]
    codelists: list[dict[str, Any]]


class Config(_Open):
    """Grenzen und Formate."""

    apiVersion: str  # noqa: N815
    languages: list[dict[str, str]]
    defaultLanguage: str  # noqa: N815
    maxDataCells: int  # noqa: N815
    maxCallsPerTimeWindow: int | None  # noqa: N815
    timeWindow: int  # noqa: N815
    dataFormats: list[str]  # noqa: N815
    limits: dict[str, int]
    whatIf: dict[str, Any]  # noqa: N815


class JsonObject(_Open):
    """Ein Dokument, dessen Form ein fremder Standard festlegt."""
