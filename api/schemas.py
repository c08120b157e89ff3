"""Shapes of the answers for the OpenAPI document and its test; answers are not built through them."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

API: Final = "/api/v1"
Level = Literal["country", "land", "chamber_district", "kreis", "other"]
Status = Literal[
    "no_data", "observed", "rounded", "provisional", "estimated", "forecast", "suppressed", "not_reachable"
]
Grade = Literal["A", "B", "C", "D"]
Number = int | float | None

RECORD_EXAMPLE: Final[dict[str, Any]] = {
    "snapshot_id": "0f3a9c1b7d24e865",
    "measure": "gap",
    "unit": "persons",
    "trade_code": "A-24",
    "trade_label": "Installateur und Heizungsbauer",
    "region_code": "HWK-FF",
    "region_label": "Kammerbezirk Frankfurt (Oder)",
    "region_level": "chamber_district",
    "year": 2030,
    "scenario": "base",
    "is_forecast": True,
    "value": 112,
    "lower_50": 97,
    "upper_50": 128,
    "lower_80": 81,
    "upper_80": 144,
    "lower_95": 60,
    "upper_95": 167,
    "status": "forecast",
    "grade": "B",
    "note": "Aus dem Landeswert und den Berufsgruppen des Bezirks geschätzt.",
}


class Shape(BaseModel):
    """What all shapes share: no unknown members, no conversion."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Record(Shape):
    """Eine Zahl der Matrix mit ihrer Bandbreite; `value` ist null, wenn der Status keine Zahl erlaubt."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [RECORD_EXAMPLE]})

    snapshot_id: str = Field(description="Kennung der Veröffentlichung.")
    measure: str = Field(description="Code der Messgröße.")
    unit: str = Field(description="Einheit, zum Beispiel persons, contracts oder firms.")
    trade_code: str
    trade_label: str
    region_code: str
    region_label: str
    region_level: Level
    year: int
    scenario: str
    is_forecast: bool
    value: Number = Field(description="Mittelwert der Ziehungen oder veröffentlichte Zahl.")
    lower_50: Number
    upper_50: Number
    lower_80: Number
    upper_80: Number
    lower_95: Number
    upper_95: Number
    status: Status
    grade: Grade | None = Field(description="Güte von A (belastbar) bis D (Anhaltspunkt).")
    note: str | None


class Place(Shape):
    """Eine Region in Kürze."""

    code: str
    label: str
    level: Level


class TradeHead(Shape):
    """Ein Gewerk in Kürze."""

    code: str
    label: str
    group: str


class Meta(Shape):
    """Was über jeder Antwort steht."""

    snapshot_id: str
    as_of: str = Field(description="Tag, bis zu dem Veröffentlichungen berücksichtigt sind.")
    base_year: int
    scenario: str
    lang: Literal["de", "en"]
    sign_convention: str
    ranges: str
    attribution: list[str] = Field(description="Quellenvermerke zum Übernehmen.")
    region: Place | None = None
    trade: TradeHead | None = None
    measure: str | None = None
    year: int | None = None
    total: int | None = Field(default=None, description="Zahl aller passenden Zeilen.")
    returned: int | None = Field(default=None, description="Zahl der Zeilen in dieser Antwort.")
    limit: int | None = None
    offset: int | None = None
    units: dict[str, str] | None = Field(default=None, description="Messgröße → Einheit.")
    sources: list[str] | None = Field(default=None, description="Kennungen der Quellen der Messgrößen.")
    next_cursor: str | None = Field(
        default=None, description="Zeiger auf die nächste Seite; sonst weggelassen."
    )
    reason: str | None = Field(default=None, description="Warum die Antwort leer ist.")


class Records(Shape):
    """Umschlag um flache Datensätze."""

    meta: Meta
    data: list[Record]
    links: dict[str, str]


class Selected(Shape):
    """Umschlag um gewählte Spalten: als Zeilen (`columns`, `labels`, `layout=long`) oder `layout=columns`."""

    meta: Meta
    data: list[dict[str, Any]] | dict[str, list[Any]]
    links: dict[str, str]


Answers = Records | Selected | list[dict[str, Any]]
"""What a selection may give; the bare list comes with `shape=array`."""


class Input(Shape):
    """Eine Zahl, auf der ein Posten ruht."""

    label: str
    indicator: str
    trade: str
    region: str
    year: int | None
    value: Number
    unit: str
    status: str
    source: str
    age: str = Field(default="", description="Altersgruppe; leer heißt alle.")


class EstimateUse(Shape):
    """Ein Schätzwert auf dem Weg von der gedruckten Zahl zum Posten."""

    label: str
    key: str
    value: Number
    how: str = Field(description="Wie er gewonnen wurde.")


class ParameterUse(Shape):
    """Eine Annahme, auf der ein Posten ruht."""

    model_config = ConfigDict(extra="allow")

    label: str
    name: str
    value: Number
    low: Number
    high: Number
    source: str


class _Derived(Shape):
    """Eine Zahl mit Bandbreite und Herleitung."""

    item: str
    label: str
    unit: str
    lower_50: Number
    upper_50: Number
    lower_80: Number
    upper_80: Number
    lower_95: Number
    upper_95: Number
    status: Status
    grade: Grade | None
    note: str | None
    formula: str | None
    inputs: list[Input]
    parameters: list[ParameterUse]
    estimates: list[EstimateUse]
    source: str = Field(description="Die Quellen als ein Text, durch Strichpunkt getrennt.")
    sources: list[str]


class Item(_Derived):
    """Ein Posten der Erklärung; positive Posten vergrößern die Lücke."""

    value: int


class Related(_Derived):
    """Eine weitere Größe der Zelle; `value` ist null, wenn der Status keine Zahl erlaubt."""

    value: Number


class Explanation(Shape):
    """Die Lücke eines Gewerks und die Posten, deren Summe sie ist."""

    meta: Meta
    gap: Record
    demand: Record
    supply: Record
    items: list[Item]
    sum: int | None = Field(description="Summe der Posten; gleich gap.value.")
    related: list[Related] = Field(description="Wie die übrigen Größen der Zelle entstanden sind.")
    status: Status
    reason: str | None = Field(default=None, description="Warum es keine Lücke zu erklären gibt.")
    links: dict[str, str]


class Entries(Shape):
    """Umschlag um Einträge des Katalogs."""

    meta: Meta
    data: list[dict[str, Any]]
    more: dict[str, Any] | None = Field(default=None, description="Was neben den Zeilen steht.")
    links: dict[str, str]


class Change(Shape):
    """Eine Zelle, die in zwei Ständen nicht gleich ist."""

    measure: str
    unit: str
    trade_code: str
    trade_label: str
    region_code: str
    region_label: str
    year: int
    value_before: Number
    value_after: Number
    change: Number
    inside_80: bool | None = Field(description="Lag der neue Wert im früheren 80-%-Bereich?")
    status_before: Status
    status_after: Status


class DifferenceMeta(Meta):
    """Womit verglichen wurde."""

    compared_with: str
    compared_as_of: str
    compared: int
    changed: int


class Difference(Shape):
    """Die Zellen, die sich zwischen zwei Ständen unterscheiden."""

    meta: DifferenceMeta
    data: list[Change]
    links: dict[str, str]


class Reason(Shape):
    """Ein Teil der Änderung einer Lücke; die Teile einer Art ergeben zusammen die Änderung."""

    kind: Literal["item", "component"]
    code: str
    label: str
    unit: str
    value_before: Number = Field(
        default=None, description="Bei Posten; ein Bestandteil hat keinen eigenen Wert."
    )
    value_after: Number = None
    change: int


class ReasonsMeta(Meta):
    """Welche Zelle welcher Stände verglichen wird."""

    compared_with: str
    compared_as_of: str
    gap_before: Number
    gap_after: Number
    change: int | None
    components: bool = Field(
        description="Ob sich die Änderung nach Bestandteilen der Konten aufteilen lässt."
    )
    accounts_before: int | None = Field(
        description="Lücke nach den früheren Konten: was die Bestandteile verändern; weicht von gap_before "
        "höchstens um Rundung ab."
    )
    accounts_after: int | None


class Reasons(Shape):
    """Woher die Änderung einer Lücke zwischen zwei Ständen kommt."""

    meta: ReasonsMeta
    data: list[Reason]
    links: dict[str, str]


class Entry(Shape):
    """Umschlag um einen Eintrag des Katalogs."""

    meta: Meta
    data: dict[str, Any]
    links: dict[str, str]


class Snapshots(Shape):
    """Welche Veröffentlichungen aufbewahrt sind."""

    meta: dict[str, Any]
    data: list[dict[str, Any]]
    links: dict[str, str]


class Health(Shape):
    """Zustand des Dienstes."""

    status: Literal["alive", "ready"]
    snapshot_id: str | None = None
    as_of: str | None = None
    last_error: str | None = None


class Landing(Shape):
    """Einstieg: wohin es von hier geht."""

    title: str
    description: str
    meta: Meta | None
    links: dict[str, str]


class Fault(Shape):
    """Ein falscher Parameter."""

    parameter: str
    pointer: str
    detail: str
    expected: str


class ProblemDetails(Shape):
    """Fehler nach RFC 9457; `type` führt auf eine Hilfeseite dieses Servers."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={
            "examples": [
                {
                    "type": "/hilfe/fehler/unbekannter-code",
                    "title": "Unbekannter Code",
                    "status": 404,
                    "detail": "Ein Gewerk «A-99» gibt es in dieser Veröffentlichung nicht. Ähnlich: A-09.",
                    "instance": "/api/v1/matrix",
                    "request_id": "5f0c2d7e9b1a4c38",
                    "near": ["A-09"],
                }
            ]
        },
    )

    type: str
    title: str
    status: int
    detail: str
    instance: str
    request_id: str
    near: list[str] | None = None
    errors: list[Fault] | None = None
