"""Shapes of the answers to questions «what if»."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field

from api.schemas import Meta, Record, Shape


class LeverShown(Shape):
    """Ein Hebel, wie er gerechnet wurde; seine Zahlen stehen als weitere Schlüssel mit value, low, high."""

    model_config = ConfigDict(extra="allow", strict=True)

    lever: int
    label: str
    text: str
    from_scenario: bool
    kind: str
    cause: str
    trades: list[str]
    regions: list[str]
    from_year: int
    ramp_years: int


class OverrideShown(Shape):
    """Eine überschriebene Annahme, wie sie gerechnet wurde."""

    model_config = ConfigDict(extra="allow", strict=True)

    override: int
    text: str
    from_scenario: bool
    name: str
    value: float


class WhatIfHead(Shape):
    """Was gefragt wurde und was die Antwort enthält."""

    id: str = Field(description="Kennung der Frage: gleiche Frage, gleicher Stand, gleiche Kennung.")
    name: str
    question: dict[str, Any] = Field(description="Rumpf, der dieselbe Frage noch einmal stellt.")
    levers: list[LeverShown]
    overrides: list[OverrideShown] = Field(default=[], description="Fehlt, wo keine Annahme geändert ist.")
    draws: int
    published_to: int = Field(description="Letztes Jahr des Standes; spätere sind gedämpft fortgeführt.")
    contains: list[str]


class WhatIfMeta(Meta):
    """Was über der Antwort auf eine Frage «Was wäre, wenn» steht."""

    what_if: WhatIfHead


class LeverPart(Shape):
    """Beitrag eines Hebels allein, in ganzen Personen."""

    lever: int
    value: int


class OverridePart(Shape):
    """Beitrag einer überschriebenen Annahme allein, in ganzen Personen."""

    override: int
    value: int


class Contribution(Shape):
    """Woher der Unterschied der Lücke kommt: Beiträge und Zusammenwirken ergeben `difference`."""

    measure: str
    trade_code: str
    trade_label: str
    region_code: str
    year: int
    difference: int
    levers: list[LeverPart]
    overrides: list[OverridePart] = Field(default=[], description="Fehlt, wo keine Annahme geändert ist.")
    interaction: int


class WhatIfAnswer(Shape):
    """Basis, Szenario und Unterschied als flache Datensätze, dazu die Beiträge der Hebel."""

    meta: WhatIfMeta
    data: list[Record]
    contributions: list[Contribution]
    links: dict[str, str]
