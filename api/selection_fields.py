"""Parameters of the resources that show cells: how they are checked and how they are documented."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from api.columns import RANGE_LEVELS
from api.query import LANG, REGION, TRADE, YEAR_EXAMPLE, Field

PAGE_ROWS: Final = 100_000
WHOLE_ROWS: Final = 250_000
LEVELS: Final = ("country", "land", "chamber_district", "kreis", "other")
LAYOUTS: Final = ("records", "columns", "long")
SHAPES: Final = ("envelope", "array")
LABELS: Final = ("both", "code", "label")
FORMATS: Final = ("json", "ndjson", "csv", "csv-de", "json-stat", "sdmx-csv", "plotly", "xlsx", "parquet")
PAGED: Final = frozenset({"json", "ndjson", "csv", "csv-de", "sdmx-csv"})

REGIONS_FIELD: Final = replace(
    REGION,
    many=True,
    unless=("region_level",),
    description="Regionen: wiederholt, mit Komma oder mit * (12*); Codes aus /api/v1/regions.",
)
TRADES_FIELD: Final = Field(
    "trade",
    "code",
    "Nur diese Gewerke, auch mit * (A-*); ohne Angabe alle, die es im Jahr gibt.",
    "A-24",
    many=True,
)
YEARS_FIELD: Final = Field(
    "year",
    "years",
    "Jahre der Achse: 2030, 2026..2035, 2030.. oder *.",
    YEAR_EXAMPLE,
    required=True,
    many=True,
)
MEASURES_FIELD: Final = Field(
    "measure", "code", "Nur diese Messgrößen aus /api/v1/measures, auch mit *.", "gap", many=True
)
SHOWN_FIELDS: Final = (
    Field("group", "code", "Nur Gewerke dieser Gruppen.", "metal", many=True),
    Field(
        "region_level", "choice", "Nur Regionen dieser Ebenen.", "chamber_district", many=True, choices=LEVELS
    ),
    Field("scenario", "code", "Szenario des Standes aus /api/v1/scenarios.", "base"),
    Field(
        "quantiles",
        "choice",
        "Welche Bandbreiten mitkommen (Anteil in Prozent); none = keine.",
        "80",
        many=True,
        choices=(*RANGE_LEVELS, "none"),
    ),
    Field("layout", "choice", "Zeilen, Spalten oder eine Zeile je Kennwert.", "records", choices=LAYOUTS),
    Field(
        "shape", "choice", "Mit Umschlag (meta, data, links) oder nur die Daten.", "envelope", choices=SHAPES
    ),
    Field("labels", "choice", "Codes, Bezeichnungen oder beides.", "both", choices=LABELS),
    Field("columns", "code", "Nur diese Spalten in dieser Reihenfolge; * = alle.", None, many=True),
    Field(
        "format",
        "choice",
        "Format; sonst entscheidet Accept, ohne beides JSON.",
        None,
        choices=FORMATS,
        default=False,
    ),
    Field("limit", "number", "Höchstens so viele Zeilen je Seite.", None, most=PAGE_ROWS),
    Field("cursor", "cursor", "Nächste Seite: der Wert aus «links.next».", None),
    LANG,
)
MATRIX_FIELDS: Final = (REGIONS_FIELD, YEARS_FIELD, TRADES_FIELD, MEASURES_FIELD, *SHOWN_FIELDS)
SERIES_FIELDS: Final = (
    replace(TRADE, many=True, unless=("group",)),
    REGIONS_FIELD,
    Field("measure", "code", "Messgrößen aus /api/v1/measures.", "new_contracts", required=True, many=True),
    replace(YEARS_FIELD, required=False, description="Nur diese Jahre; ohne Angabe Verlauf und Vorausschau."),
    *SHOWN_FIELDS,
)
TOPIC_FIELDS: Final = (
    replace(
        REGIONS_FIELD,
        required=False,
        unless=(),
        description="Regionen; ohne Angabe die der Veröffentlichung.",
    ),
    replace(YEARS_FIELD, required=False, description="Jahre; ohne Angabe vom Ausgangsjahr bis zum Horizont."),
    TRADES_FIELD,
    MEASURES_FIELD,
    *SHOWN_FIELDS,
)
OUTLOOK_FIELDS: Final = (
    Field(
        "start_year",
        "years",
        "Nur für Menschen, die in diesen Jahren eine Ausbildung beginnen: der Satz des Jahres ihrer Prüfung.",
        None,
        many=True,
    ),
    *TOPIC_FIELDS,
)
