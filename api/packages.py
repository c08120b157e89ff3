"""What a release says about itself in other vocabularies: Data Package 2.0 and DCAT-AP.de.

Sources: datapackage.org, "Data Package" and "Table Schema" 2.0; DCAT-AP.de 3.0 with the authority tables of
the EU Publications Office.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from api import licences, year_sum_files
from api.columns import COLUMNS, INFO
from api.documentation import TITLE
from api.formats import media
from api.language import Lang, label
from api.records import meta
from api.release import Release
from api.schemas import API

#: kinds of our columns → types of Table Schema
TYPES: Final = {
    "text": "string",
    "integer": "integer",
    "boolean": "boolean",
    "number": "number",
    "time": "datetime",
}
CODE_TABLES: Final[dict[str, tuple[str, ...]]] = {
    "trades": ("code", "name_de", "name_en", "group", "sector", "hwo_annex", "hwo_number", "training_years",
               "valid_from", "valid_to"),
    "regions": ("code", "name_de", "name_en", "level", "official_key", "nuts", "valid_from", "valid_to"),
    "measures": ("code", "name_de", "name_en", "unit", "kind", "role", "definition", "definition_en"),
    "sources": ("id", "publisher", "title", "url", "terms", "attribution", "retrieved"),
}  # fmt: skip
#: Names outside the data package, where others could be called so too.
WHOLE_FILES: Final = {"matrix": "fachkraeftematrix.csv", "year_sums": "fachkraeftematrix-year-sums.csv"}
_EU: Final = "http://publications.europa.eu/resource/authority"
_FILE_TYPES: Final = {
    "json": "JSON", "ndjson": "JSON", "csv": "CSV", "csv-de": "CSV", "json-stat": "JSON", "sdmx-csv": "CSV",
    "xlsx": "XLSX", "parquet": "PARQUET",
}  # fmt: skip
_CONTEXT: Final = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "dcatde": "http://dcat-ap.de/def/dcatde/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
}
PUBLISHER: Final = {"@type": "foaf:Organization", "foaf:name": TITLE}
_LEVEL: Final = "http://dcat-ap.de/def/politicalGeocoding/Level/"
#: Our levels that have one of the list of DCAT-AP.de; a chamber district has none.
_LEVELS: Final = {"country": "federal", "land": "state", "kreis": "administrativeDistrict"}
_LAND: Final = "http://dcat-ap.de/def/politicalGeocoding/stateKey/"


def schema() -> dict[str, Any]:
    """Return the Table Schema of the matrix."""
    fields = [
        {
            "name": name,
            "type": TYPES[INFO[name].kind],
            "title": INFO[name].title.de,
            "description": INFO[name].meaning.de,
        }
        for name in COLUMNS
    ]
    return {
        "fields": fields,
        "missingValues": [""],
        "primaryKey": ["region_code", "trade_code", "measure", "year", "scenario"],
        "foreignKeys": [
            {"fields": ["trade_code"], "reference": {"resource": "trades", "fields": ["code"]}},
            {"fields": ["region_code"], "reference": {"resource": "regions", "fields": ["code"]}},
            {"fields": ["measure"], "reference": {"resource": "measures", "fields": ["code"]}},
        ],
    }


def datapackage(release: Release, lang: Lang, folder: str) -> dict[str, Any]:
    """Return the descriptor of a release.

    Args:
        release: The release.
        lang: Language of title and description.
        folder: Where the files are, relative to the descriptor; empty = beside it.
    """
    about = meta(release, lang)
    tables = [
        {
            **_resource(kind, folder),
            "schema": {
                "fields": [{"name": name, "type": "string"} for name in names],
                "missingValues": [""],
                "primaryKey": [names[0]],
            },
        }
        for kind, names in CODE_TABLES.items()
    ]
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "fachkraeftematrix",
        "id": release.id,
        "title": TITLE,
        "description": f"{about['sign_convention']} {about['ranges']}",
        "version": f"{about['as_of']}+{release.id}",
        "created": f"{about['as_of']}T00:00:00Z",
        "keywords": ["Fachkräfte", "Handwerk", "Ausbildung", "Vorausschau"],
        "sources": [
            {"title": str(entry.get("title") or entry["id"]), "path": str(entry.get("url") or "")}
            if str(entry.get("url") or "").startswith(("http://", "https://"))
            else {"title": str(entry.get("title") or entry["id"])}
            for entry in release.used_sources()
        ],
        **({"licenses": stated} if (stated := licences.of_package(release.used_sources())) else {}),
        "resources": [{**_resource("matrix", folder), "schema": schema()}, *_sums(release, folder), *tables],
    }


def _sums(release: Release, folder: str) -> list[dict[str, Any]]:
    """The sums over several years, if the release holds some."""
    if not year_sum_files.has(release):
        return []
    return [{**_resource("year_sums", folder), "schema": year_sum_files.schema()}]


def _resource(name: str, folder: str) -> dict[str, Any]:
    file = WHOLE_FILES[name] if folder and name in WHOLE_FILES else f"{name}.csv"
    return {
        "name": name, "path": f"{folder}{file}", "type": "table", "format": "csv", "mediatype": "text/csv",
        "encoding": "utf-8",
    }  # fmt: skip


def catalogue(
    release: Release, lang: Lang, downloads: Sequence[dict[str, Any]], here: str = API
) -> dict[str, Any]:
    """Return the DCAT-AP.de catalogue: one data set, a distribution per format, the service itself.

    Themes, file types, languages and frequencies are URIs of the authority tables, not words.

    Args:
        release: The release.
        lang: Language of title and description.
        downloads: Entries with url, media_type, format and title.
        here: Address of the interface, or of one release of it.
    """
    about = meta(release, lang)
    title = {"@language": lang, "@value": TITLE}
    dataset = _dataset(release, lang, _distributions(release, lang, downloads, here), here)
    service = {
        "@id": API,
        "@type": "dcat:DataService",
        "dct:title": title,
        "dcat:endpointURL": {"@id": API},
        "dcat:endpointDescription": {"@id": f"{API}/openapi.json"},
        "dcat:servesDataset": {"@id": dataset["@id"]},
    }
    return {
        "@context": _CONTEXT,
        "@id": f"{here}/catalog.jsonld",
        "@type": "dcat:Catalog",
        "dct:title": title,
        "dct:description": {"@language": lang, "@value": label(release.entries["scenarios"].get(
            str(about["scenario"]), {}), lang) or TITLE},
        "dct:publisher": PUBLISHER,
        "dcat:dataset": [dataset],
        "dcat:service": [service],
    }  # fmt: skip


def _distributions(
    release: Release, lang: Lang, downloads: Sequence[dict[str, Any]], here: str
) -> list[dict[str, Any]]:
    """One distribution per format of the interface, one per whole download."""
    place = f"region={release.catalogue['default_region']}&year={release.catalogue['default_year']}"
    credit = "; ".join(release.attribution())
    allowed = licences.rights(release.used_sources(), lang)
    files = [
        _distribution(
            f"{here}/matrix.{form.suffix}?{place}",
            form.media_type,
            _FILE_TYPES[form.name],
            form.title.of(lang),
            credit,
            allowed,
        )
        for form in media.FORMATS.values()
        if form.name in _FILE_TYPES  # a figure is a drawing of the data, not a distribution of them
    ]
    return files + [
        _distribution(one["url"], one["media_type"], one["file_type"], one["title"], credit, allowed)
        for one in downloads
    ]


def _dataset(release: Release, lang: Lang, files: Sequence[dict[str, Any]], here: str) -> dict[str, Any]:
    """The matrix as a data set."""
    about = meta(release, lang)
    keys = [str(entry.get("official_key") or "") for entry in release.entries["regions"].values()
            if entry["level"] == "land"]  # fmt: skip
    lands = [{"@id": f"{_LAND}{key}"} for key in keys if len(key) == 2]
    found = {str(entry["level"]) for entry in release.entries["regions"].values()}
    levels = [level for level in _LEVELS if level in found]
    return {
        "@id": f"{here}/tables/matrix",
        "@type": "dcat:Dataset",
        "dct:title": {"@language": lang, "@value": TITLE},
        "dct:description": {"@language": lang, "@value": f"{about['sign_convention']} {about['ranges']}"},
        "dct:identifier": release.id,
        "dct:publisher": PUBLISHER,
        "dct:modified": {"@type": "xsd:date", "@value": about["as_of"]},
        "dct:language": [{"@id": f"{_EU}/language/DEU"}, {"@id": f"{_EU}/language/ENG"}],
        "dct:accrualPeriodicity": {"@id": f"{_EU}/frequency/ANNUAL"},
        "dcat:theme": [{"@id": f"{_EU}/data-theme/{theme}"} for theme in ("ECON", "EDUC", "SOCI")],
        "dcat:keyword": [
            {"@language": "de", "@value": word} for word in ("Fachkräfte", "Handwerk", "Ausbildung")
        ],
        "dcatde:politicalGeocodingURI": lands,
        "dcatde:politicalGeocodingLevelURI": [{"@id": f"{_LEVEL}{_LEVELS[level]}"} for level in levels],
        "dct:spatial": lands,
        "dct:temporal": {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": {"@type": "xsd:gYear", "@value": str(release.years[0])},
            "dcat:endDate": {"@type": "xsd:gYear", "@value": str(release.years[-1])},
        },
        "dct:provenance": {
            "@type": "dct:ProvenanceStatement",
            "dct:description": "; ".join(about["attribution"]),
        },
        "dcat:distribution": list(files),
    }


def _distribution(
    url: str, media_type: str, file_type: str, title: str, credit: str, allowed: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "@type": "dcat:Distribution",
        "dct:title": title,
        "dcat:accessURL": {"@id": url},
        "dcat:downloadURL": {"@id": url},
        "dcat:mediaType": {"@id": f"https://www.iana.org/assignments/media-types/{media_type.split(';')[0]}"},
        "dct:format": {"@id": f"{_EU}/file-type/{file_type}"},
        "dcatde:licenseAttributionByText": credit,
        **allowed,
    }
