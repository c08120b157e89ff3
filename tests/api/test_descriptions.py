"""What the service says about its data in standard vocabularies: read as their readers read it.

The package is checked cell by cell against its Table Schema, the catalogue as triples: every term has a known
prefix, every address resolves, every mandatory property of DCAT-AP.de is there.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from api.formats import media
from api.packages import _FILE_TYPES

#: Table Schema 2.0, section «Field types»: what a cell may look like. Missing values are empty cells.
SHAPES = {
    "string": r"(?s).+",
    "integer": r"[+-]?\d+",
    "number": r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?",
    "boolean": r"true|True|TRUE|1|false|False|FALSE|0",
    "datetime": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "date": r"\d{4}-\d\d-\d\d",
    "year": r"-?\d{4}",
}
DATASET = {
    "dct:title", "dct:description", "dct:publisher", "dct:identifier", "dct:modified", "dct:language",
    "dct:temporal", "dcat:theme", "dcat:keyword", "dcat:distribution", "dct:accrualPeriodicity",
    "dcatde:politicalGeocodingURI",
}  # fmt: skip
DISTRIBUTION = {"dcat:accessURL", "dcat:downloadURL", "dct:format", "dcat:mediaType", "dct:title",
                "dcatde:licenseAttributionByText"}  # fmt: skip


@pytest.fixture(scope="module")
def package(client) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(client.get("/api/v1/downloads/fachkraeftematrix.zip").content))


def test_every_cell_of_the_package_has_the_type_its_schema_says(package) -> None:
    described = json.loads(package.read("datapackage.json"))
    assert {one["path"] for one in described["resources"]} <= set(package.namelist())
    for resource in described["resources"]:
        lines = csv.reader(
            io.StringIO(package.read(resource["path"]).decode("utf-8"), newline=""), strict=True
        )
        fields = resource["schema"]["fields"]
        assert next(lines) == [field["name"] for field in fields]
        shapes = [re.compile(SHAPES[field["type"]]) for field in fields]
        keys = {field["name"] for field in fields} & set(resource["schema"]["primaryKey"])
        for line in lines:
            assert len(line) == len(fields)
            for cell, field, shape in zip(line, fields, shapes, strict=True):
                assert cell or field["name"] not in keys, field["name"]
                assert not cell or shape.fullmatch(cell), (resource["name"], field["name"], cell)


def test_the_package_names_its_sources_and_its_release(package, client) -> None:
    described = json.loads(package.read("datapackage.json"))
    assert re.fullmatch(r"[a-z0-9._/-]+", described["name"])
    assert described["$schema"].startswith("https://datapackage.org/")
    assert client.service.release.id in json.dumps(described)
    assert described["sources"]
    for resource in described["resources"]:
        assert resource["encoding"].lower().replace("-", "") == "utf8" if "encoding" in resource else True
        assert re.fullmatch(r"[a-z0-9._/-]+", resource["name"])


def nodes(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every object of a document."""
    if isinstance(value, Mapping):
        yield value
        for part in value.values():
            yield from nodes(part)
    elif isinstance(value, list):
        for part in value:
            yield from nodes(part)


def test_every_term_of_the_catalogue_has_a_known_vocabulary(client) -> None:
    document = client.data("/api/v1/catalog.jsonld")
    prefixes = set(document.pop("@context"))
    for node in nodes(document):
        for name, value in node.items():
            assert name.startswith("@") or name.partition(":")[0] in prefixes, name
            if name == "@type":
                assert value.partition(":")[0] in prefixes, value
            if name == "@id":
                assert re.match(r"https?://|/api/v1", value), value


def test_the_catalogue_has_what_portals_ask_for(client) -> None:
    document = client.data("/api/v1/catalog.jsonld")
    (dataset,) = document["dcat:dataset"]
    assert dataset.keys() >= DATASET
    files = dataset["dcat:distribution"]
    for one in files:
        assert one.keys() >= DISTRIBUTION
        assert all(one[name] for name in DISTRIBUTION)
    shown = [one["dcat:downloadURL"]["@id"] for one in files]
    assert len(set(shown)) == len(shown)
    for name in _FILE_TYPES:
        assert any(f"matrix.{media.FORMATS[name].suffix}?" in url for url in shown), name
    (service,) = document["dcat:service"]
    assert service["dcat:servesDataset"]["@id"] == dataset["@id"]
    assert client.get(service["dcat:endpointDescription"]["@id"]).status_code == 200


def test_files_have_the_media_type_the_catalogue_says(client) -> None:
    """A harvester stores what is announced; a file of another type is thrown away."""
    (dataset,) = client.data("/api/v1/catalog.jsonld")["dcat:dataset"]
    for one in dataset["dcat:distribution"]:
        answer = client.get(one["dcat:downloadURL"]["@id"])
        announced = one["dcat:mediaType"]["@id"].rpartition("media-types/")[2]
        assert answer.headers["content-type"].partition(";")[0] == announced, one["dct:title"]
