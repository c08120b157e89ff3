"""Tables in the manner of statistical offices, kept releases, whole downloads, catalogue for data portals."""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
import zipfile
from dataclasses import replace

import orjson
import pandas as pd
import pyarrow.parquet as pq
import pytest
from jsonstat_validator import validate_jsonstat
from python_calamine import CalamineWorkbook

from api.columns import COLUMNS, INFO
from api.routes import matrix as matrix_route
from forecast.domain.indicators import TOPICS as KNOWN_TOPICS
from forecast.snapshot import STATISTICS, write_snapshot
from tests.api import duckdb_reader
from tests.api.rich_toy import rich_content
from tests.toy_snapshot import MEASURES, REGIONS, TRADES, YEARS, toy_content, write_toy

TEXTS = {name: str for name in COLUMNS if INFO[name].kind == "text"}


# --- topics -----------------------------------------------------------------------------------------------


def test_every_measure_is_on_the_list_of_each_of_its_topics_and_on_no_other(own_root, serve) -> None:
    """Also those that came later: nothing but the catalogue says what belongs to a topic."""
    write_snapshot(own_root, rich_content())
    client = serve(own_root)
    entries = {one["code"]: one for one in client.data("/api/v1/measures")["data"]}
    assert all(entry["topics"] for entry in entries.values())
    for name, _, _ in matrix_route.TOPICS:
        shown = {row["measure"] for row in client.data(f"/api/v1/{name}?year=2030&trade=A-24")["data"]}
        assert shown == {code for code, entry in entries.items() if name in entry["topics"]}
    of_topics = {name for name, _, _ in matrix_route.TOPICS}
    assert {topic for entry in entries.values() for topic in entry["topics"]} <= of_topics | {"matrix"}
    assert of_topics | {"matrix"} == set(KNOWN_TOPICS)
    late = {"craft_handovers", "craft_closures", "foundings", "training_places_lost"}
    assert late <= {row["measure"] for row in client.data("/api/v1/succession?year=2030")["data"]}
    assert {table["id"] for table in client.data("/api/v1/tables")["tables"]} == {
        "matrix", "training-need", "succession", "courses", "further-training",
    }  # fmt: skip


# --- tables -----------------------------------------------------------------------------------------------


def test_tables_name_their_dimensions(client) -> None:
    tables = client.data("/api/v1/tables")["tables"]
    assert [table["id"] for table in tables] == ["matrix", "training-need", "succession"]
    for table in tables:
        assert all(client.get(link["href"]).status_code == 200 for link in table["links"])
        metadata = client.data(f"/api/v1/tables/{table['id']}/metadata")
        assert metadata["id"] == ["region", "trade", "measure", "year", "statistic"]
        assert "value" not in metadata
    whole = client.data("/api/v1/tables/matrix/metadata")
    assert whole["size"] == [len(REGIONS), len(TRADES), len(MEASURES), len(YEARS), len(STATISTICS)]
    assert client.get("/api/v1/tables/matrices").json()["near"] == ["matrix"]


def test_table_data_are_the_cells_of_the_matrix(client) -> None:
    query = "valueCodes[year]=RANGE(2029,2030)&valueCodes[measure]=gap&valueCodes[statistic]=value,upper_80"
    document = client.data(f"/api/v1/tables/matrix/data?{query}")
    assert validate_jsonstat(document)
    assert document["size"] == [1, len(TRADES), 1, 2, 2]
    rows = client.data("/api/v1/matrix?region=HWK-FF&year=2029..2030&measure=gap")["data"]
    assert document["value"] == [row[name] for row in rows for name in ("value", "upper_80")]
    flat = client.get(f"/api/v1/tables/matrix/data?{query}&outputFormat=csv")
    assert len(pd.read_csv(io.BytesIO(flat.content))) == len(rows)


@pytest.mark.parametrize(
    ("expression", "years"),
    [("TOP(2)", ["2034", "2035"]), ("bottom(1)", ["2010"]), ("FROM(2034)", ["2034", "2035"]),
     ("TO(2011)", ["2010", "2011"]), ("2012,RANGE(2030,2031)", ["2012", "2030", "2031"]), ("203*", None)],
)  # fmt: skip
def test_selection_expressions(client, expression: str, years: list[str] | None) -> None:
    found = client.data(f"/api/v1/tables/matrix/data?valueCodes[year]={expression}&valueCodes[trade]=A-24")
    expected = years or [str(year) for year in YEARS if year >= 2030]
    assert found["dimension"]["year"]["category"]["index"] == expected


@pytest.mark.parametrize(
    "query",
    ["valueCodes[years]=2030", "valueCodes[year]=2099", "valueCodes[year]=TOP(x)", "valueCodes[trade]=",
     "valueCodes[year]=RANGE(2031,2030)", "outputFormat=xls", "lang=fr", "valueCodes[year]=TOP(99999999999)",
     "valueCodes[statistic]=median", "valueCodes[trade]==cmd", "format=pdf"],
)  # fmt: skip
def test_wrong_selections_are_refused(client, query: str) -> None:
    answer = client.get(f"/api/v1/tables/matrix/data?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["expected"]


def test_codelists_hold_codes_labels_and_members(client) -> None:
    listed = [one["id"] for one in client.data("/api/v1/codelists")["codelists"]]
    assert listed == ["regions", "trades", "measures", "groups", "region_levels", "statuses", "grades"]
    groups = {one["code"]: one["valueMap"] for one in client.data("/api/v1/codelists/groups")["values"]}
    assert groups["shk"] == ["A-24"]
    english = client.data("/api/v1/codelists/trades?lang=en")["values"]
    assert english[0] == {"code": "A-13", "label": "Metal builders", "valueMap": ["A-13"]}


def test_the_published_limits_are_the_real_ones(client) -> None:
    from api.selection_fields import PAGE_ROWS, WHOLE_ROWS

    limits = client.data("/api/v1/config")
    assert limits["maxDataCells"] == limits["limits"]["rows_in_one_piece"] == WHOLE_ROWS
    assert client.get(f"/api/v1/matrix?region=BB&year=2030&limit={PAGE_ROWS}").status_code == 200
    assert client.get(f"/api/v1/matrix?region=BB&year=2030&limit={PAGE_ROWS + 1}").status_code == 422


def test_a_selection_too_large_for_one_piece_is_refused_before_any_work(client, monkeypatch) -> None:
    monkeypatch.setattr("api.selection.WHOLE_ROWS", 100)
    for form in ("xlsx", "parquet", "json-stat"):
        answer = client.get(f"/api/v1/matrix?region=*&year=*&format={form}")
        assert (answer.status_code, answer.json()["type"]) == (413, "/hilfe/fehler/auswahl-zu-gross")
    assert client.get("/api/v1/matrix?region=*&year=*&format=ndjson").status_code == 200


# --- kept releases ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """A service that keeps two releases: 13 persons more vacancies in the later one."""
    from api.app import create_app
    from api.service import Settings
    from tests.api.conftest import Client

    root = tmp_path_factory.mktemp("two")
    first = write_toy(root)
    second = write_toy(root, shift=13)
    return Client(create_app(Settings(root, refresh_seconds=0))), first, second


def test_pinned_answers_never_change(two) -> None:
    client, first, second = two
    url = "matrix?region=BB&year=2030&measure=gap"
    old = client.get(f"/api/v1/snapshots/{first}/{url}")
    assert "immutable" in old.headers["cache-control"]
    assert old.json()["meta"]["snapshot_id"] == first
    assert client.data(f"/api/v1/{url}")["meta"]["snapshot_id"] == second
    assert client.data(f"/api/v1/snapshots/{second}/{url}")["data"] == client.data(f"/api/v1/{url}")["data"]
    csv = client.get(f"/api/v1/snapshots/{first}/matrix.csv?region=BB&year=2030&measure=gap")
    assert first in csv.text
    assert client.data(f"/api/v1/snapshots/{first}/training-need")["meta"]["snapshot_id"] == first


def test_codes_assumptions_and_explanations_are_pinned_too(two) -> None:
    client, first, _ = two
    here = f"/api/v1/snapshots/{first}"
    explained = client.get(f"{here}/explain?trade=A-24&region=BB&year=2030")
    assert explained.json()["meta"]["snapshot_id"] == first
    assert "immutable" in explained.headers["cache-control"]
    assert client.data(explained.json()["links"]["series"])["meta"]["snapshot_id"] == first
    listed = client.data(f"{here}/parameters")
    assert listed["links"]["self"] == f"{here}/parameters"
    assert client.data(f"{here}/trades/A-24")["links"]["collection"] == f"{here}/trades"
    assert client.get(f"{here}/trades/A-99").status_code == 404


def test_one_release_shows_its_run_and_its_files(two) -> None:
    client, first, second = two
    data = client.data(f"/api/v1/snapshots/{first}")["data"]
    assert (data["id"], data["is_current"]) == (first, False)
    assert client.data(f"/api/v1/snapshots/{second}")["data"]["is_current"]
    assert {"cube.npy", "catalogue.json"} <= {file["name"] for file in data["files"]}
    assert client.get("/api/v1/snapshots/0123456789abcdef").status_code == 404
    assert client.get("/api/v1/snapshots/..%2fx/matrix?region=BB&year=2030").status_code == 404


def test_the_difference_between_two_releases_is_the_difference_of_their_cells(two) -> None:
    client, first, second = two
    body = client.data(f"/api/v1/snapshots/{first}/difference?region=BB&year=2030&measure=gap,supply,demand")
    assert (body["meta"]["compared_with"], body["meta"]["snapshot_id"]) == (first, second)
    assert body["meta"]["compared"] == 3 * len(TRADES)
    found = {(one["trade_code"], one["measure"]): one for one in body["data"]}
    # 13 vacancies more in each of the four trades with data: demand and gap change, supply does not
    assert set(found) == {(t, m) for t in TRADES if t != "A-27" for m in ("gap", "demand")}
    assert {one["change"] for one in found.values()} == {13}
    for one in found.values():
        assert one["value_after"] - one["value_before"] == one["change"]
    before = client.data(f"/api/v1/snapshots/{first}/matrix?region=BB&year=2030&measure=gap&trade=A-24")[
        "data"
    ][0]
    cell = found["A-24", "gap"]
    assert cell["value_before"] == before["value"]
    assert cell["inside_80"] == (before["lower_80"] <= cell["value_after"] <= before["upper_80"])
    same = client.data(f"/api/v1/snapshots/{second}/difference?region=BB&year=2030")
    assert same["data"] == []


# --- tables beside the cube -------------------------------------------------------------------------------


def test_backtests_are_the_scores_of_the_cards(client) -> None:
    rows = client.data("/api/v1/backtests")["data"]
    assert [(row["quantity"], row["model"], row["mae"]) for row in rows] == [
        ("contracts", "gate", 3.25), ("contracts", "last", 4.5)
    ]  # fmt: skip
    assert client.data("/api/v1/backtests?model=ga*")["meta"]["total"] == 1
    assert client.get("/api/v1/backtests?indicator=x").status_code == 422  # these cards have no such column
    frame = pd.read_csv(io.BytesIO(client.get("/api/v1/backtests?format=csv").content))
    assert frame["mae"].tolist() == [3.25, 4.5]
    assert (
        client.data("/api/v1/backtests")["more"]["judgements"][0]["summary_de"] == "Schlägt den letzten Wert."
    )


def test_printed_figures_come_as_csv_too(client) -> None:
    url = "/api/v1/observations?region=BB&year=2020"
    rows = client.data(url)["data"]
    frame = pd.read_csv(io.BytesIO(client.get(f"{url}&format=csv").content), dtype={"age": str})
    assert frame["value"].tolist() == [row["value"] for row in rows]
    assert client.get(url, headers={"Accept": "text/csv"}).content == client.get(f"{url}&format=csv").content
    assert client.get(f"{url}&format=sdmx-csv").status_code == 422
    assert [orjson.loads(line) for line in client.get(f"{url}&format=ndjson").content.splitlines()] == rows
    assert pd.read_parquet(io.BytesIO(client.get(f"{url}&format=parquet").content)).to_dict("records") == rows
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get(f"{url}&format=xlsx").content))
    head, *lines = book.get_sheet_by_index(0).to_python()
    assert [dict(zip(head, line, strict=True)) for line in lines] == rows
    here = f"/api/v1/snapshots/{client.service.release.id}/observations?region=BB&year=2020"
    assert client.data(here)["data"] == rows


def test_tables_a_release_lacks_are_empty_with_a_reason(client) -> None:
    body = client.data("/api/v1/error-record")
    assert body["data"] == []
    assert "liegt noch kein Fehlerprotokoll" in body["meta"]["reason"]


def test_a_training_plan_is_shown_as_it_stands(client) -> None:
    """Documents of later releases: columns and rows, whatever they are called."""
    from api.routes.documents import RESOURCES, Page, chosen_rows

    plan = {
        "columns": ["trade", "region", "year", "kind", "code", "measure", "value"],
        "rows": [["A-24", "HWK-FF", 2027, "course", "G-1", "course_places", 48],
                 ["A-25", "HWK-FF", 2028, "course", "G-2", "course_places", 2.5]],
        "courses": [{"code": "G-1", "name_de": "Grundlehrgang", "name_en": "Basic course"}],
    }  # fmt: skip
    resource = next(one for one in RESOURCES if one.name == "training-plan")
    assert chosen_rows(plan, {"year": ("2028",)}, resource) == plan["rows"][1:]
    release = replace(client.service.release.snapshot, documents={**client.service.release.snapshot.documents,
                                                                  "training_plan": plan})  # fmt: skip
    from api.release import Release

    asked = {"code": ("G-*",), "lang": ("en",), "with": ("side",)}
    body = orjson.loads(Page(Release(release), resource, plan, asked).body("json"))
    assert [row["label"] for row in body["data"]] == ["Basic course", "G-2"]
    assert [row["value"] for row in body["data"]] == [48, 2.5]
    assert body["more"]["courses"][0]["label"] == "Basic course"
    german = Page(Release(release), resource, plan, {}).body("csv-de").decode("utf-8-sig")
    assert german.splitlines()[2].endswith(";2,5;G-2")


def test_rows_of_the_training_plan_are_named_and_their_lists_come_when_asked_for(client) -> None:
    body = client.data("/api/v1/training-plan")
    assert [row["label"] for row in body["data"]] == [
        "Wärmepumpe", "1. Ausbildungsjahr", "1. Ausbildungsjahr", "Kfz-Elektrik", "gut",
    ]  # fmt: skip
    assert [row["note"] for row in body["data"]] == [None, None, None, None, "Abschluss 2030"]
    assert "more" not in body
    english = client.data("/api/v1/training-plan?lang=en&limit=2&offset=3")
    assert [(row["label"], row["note"]) for row in english["data"]] == [
        ("Kfz-Elektrik", None), ("good", "Examination 2030"),
    ]  # fmt: skip
    with_lists = client.data(english["links"]["side"])
    assert with_lists["data"] == english["data"]
    assert with_lists["more"]["modules"][0]["label"] == "Heat pump"
    assert len(with_lists["more"]["notes"]) == 2
    assert "side" not in with_lists["links"]
    assert with_lists["links"]["self"] == english["links"]["side"]


def test_the_training_plan_as_a_table_has_the_same_names(client) -> None:
    lines = client.get("/api/v1/training-plan?format=csv-de").content.decode("utf-8-sig").splitlines()
    assert lines[0].endswith(";note;label")
    assert lines[1].endswith(";half_life;;Wärmepumpe")
    assert lines[-1].endswith(";Abschluss 2030;gut")
    refused = client.get("/api/v1/training-plan?with=side&format=csv")
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"].endswith("with")


# --- whole downloads --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def every(client) -> list[dict]:
    """All cells that say anything, as the API shows them."""
    rows = client.data("/api/v1/matrix?region=*&year=*&measure=*&trade=*")["data"]
    return [row for row in rows if row["status"] != "no_data"]


def by_code(rows) -> list[tuple]:
    return sorted(
        (r["region_code"], r["trade_code"], r["measure"], r["year"], r["value"], r["status"]) for r in rows
    )


def test_downloads_hold_every_cell(client, every, tmp_path) -> None:
    expected = by_code(every)
    frame = pd.read_csv(
        io.BytesIO(client.get("/api/v1/downloads/fachkraeftematrix.csv").content), dtype=TEXTS
    )
    assert list(frame.columns) == list(COLUMNS)
    assert by_code(frame.astype(object).where(frame.notna(), None).to_dict("records")) == expected
    table = pq.read_table(io.BytesIO(client.get("/api/v1/downloads/fachkraeftematrix.parquet").content))
    assert by_code(table.to_pylist()) == expected
    path = tmp_path / "x.parquet"
    path.write_bytes(client.get("/api/v1/downloads/fachkraeftematrix.parquet").content)
    assert duckdb_reader.rows("SELECT count(*) FROM read_parquet(?)", str(path)) == [[len(every)]]
    book = CalamineWorkbook.from_filelike(
        io.BytesIO(client.get("/api/v1/downloads/fachkraeftematrix.xlsx").content)
    )
    head, *lines = book.get_sheet_by_name("Daten").to_python()
    found = [dict(zip(head, line, strict=True)) for line in lines]
    assert (
        by_code([{**row, "value": None if row["value"] == "" else row["value"]} for row in found]) == expected
    )


def test_the_database_opens_read_only_with_views(client, every, tmp_path) -> None:
    path = tmp_path / "x.sqlite"
    path.write_bytes(client.get("/api/v1/downloads/fachkraeftematrix.sqlite").content)
    base = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    base.row_factory = sqlite3.Row
    found = base.execute("SELECT * FROM matrix").fetchall()
    assert found[0].keys() == list(COLUMNS)
    assert by_code([dict(row) for row in found]) == by_code(every)
    (row,) = base.execute(
        "SELECT * FROM matrix WHERE region_code='BB' AND trade_code='A-24' AND measure='gap' AND year=2030"
    ).fetchall()
    expected = next(
        r for r in every
        if (r["region_code"], r["trade_code"], r["measure"], r["year"]) == ("BB", "A-24", "gap", 2030)
    )  # fmt: skip
    assert dict(row) == {**expected, "is_forecast": 1}
    assert base.execute("SELECT count(*) FROM gaps").fetchone()[0] > 0
    assert base.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert base.execute("PRAGMA foreign_key_check").fetchall() == []
    assert (
        base.execute("SELECT value FROM meta WHERE key='snapshot_id'").fetchone()[0]
        == expected["snapshot_id"]
    )
    base.close()


def test_the_package_describes_its_files(client, every) -> None:
    book = zipfile.ZipFile(io.BytesIO(client.get("/api/v1/downloads/fachkraeftematrix.zip").content))
    described = json.loads(book.read("datapackage.json"))
    names = set()
    for resource in described["resources"]:
        frame = pd.read_csv(io.BytesIO(book.read(resource["path"])), dtype=str)
        fields = [field["name"] for field in resource["schema"]["fields"]]
        assert list(frame.columns) == fields
        key = resource["schema"]["primaryKey"]
        assert not frame.duplicated(subset=key).any()
        names.add(resource["name"])
        for link in resource["schema"].get("foreignKeys", ()):
            codes = pd.read_csv(io.BytesIO(book.read(f"{link['reference']['resource']}.csv")), dtype=str)
            assert set(frame[link["fields"][0]]) <= set(codes[link["reference"]["fields"][0]])
    assert names == {"matrix", "trades", "regions", "measures", "sources"}
    assert "BIBB" in book.read("QUELLEN.txt").decode()
    assert len(every) == len(book.read("matrix.csv").splitlines()) - 1


def test_downloads_are_made_once_and_have_the_hash_as_validator(client, snapshot) -> None:
    url = "/api/v1/downloads/fachkraeftematrix.csv"
    answer = client.get(url)
    digest = hashlib.sha256(answer.content).hexdigest()
    assert answer.headers["etag"] == f'"{digest[:32]}"'
    assert snapshot.id in answer.headers["content-disposition"]
    assert client.get(url, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    part = client.get(url, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, answer.content[10:20])
    listed = {one["name"]: one for one in client.data("/api/v1/downloads")["data"]}
    assert listed["fachkraeftematrix.csv"]["sha256"] == digest
    assert listed["fachkraeftematrix.csv"]["bytes"] == len(answer.content)
    assert client.get("/api/v1/downloads/..%2fcurrent").status_code == 404
    pinned = client.get(f"/api/v1/snapshots/{snapshot.id}/downloads/fachkraeftematrix.csv")
    assert pinned.content == answer.content


def test_downloads_are_the_same_bytes_wherever_they_are_made(toy_root, tmp_path) -> None:
    from api.downloads import Downloads, offered
    from api.release import Release
    from forecast.snapshot import open_snapshot

    release = Release(open_snapshot(toy_root))
    blocked = tmp_path / "file"
    blocked.write_text("in the way")  # the directory cannot be made: a temporary one is used
    for file in offered(release).values():
        one = Downloads(tmp_path / "a", "x").make(release, file)
        other = Downloads(blocked, "x").make(release, file)
        assert (one.sha256, one.size) == (other.sha256, other.size), file.name
        assert one.path.parent != other.path.parent


def test_files_of_a_draft_are_made_beside_the_others(toy_root, tmp_path) -> None:
    """A draft lies in another directory than the releases that are kept."""
    from api.downloads import Downloads, files
    from api.release import Release
    from forecast.snapshot import open_snapshot

    write_snapshot(tmp_path, toy_content(shift=5))
    made = Downloads(tmp_path, "x").make(Release(open_snapshot(toy_root)), files()["trades.csv"])
    assert made.path.exists()


def test_files_of_releases_no_longer_kept_are_removed(tmp_path) -> None:
    from api.downloads import Downloads, files
    from api.release import Release
    from forecast.snapshot import open_snapshot

    write_snapshot(tmp_path, toy_content())
    old = tmp_path / "downloads" / "0123456789abcdef-x"
    old.mkdir(parents=True)
    made = Downloads(tmp_path, "x").make(Release(open_snapshot(tmp_path)), files()["trades.csv"])
    assert made.path.exists()
    assert not old.exists()


# --- open data --------------------------------------------------------------------------------------------


def test_the_catalogue_uses_authority_codes_and_working_addresses(client) -> None:
    answer = client.get("/api/v1/catalog.jsonld")
    assert answer.headers["content-type"] == "application/ld+json"
    (dataset,) = answer.json()["dcat:dataset"]
    for one in dataset["dcat:distribution"]:
        assert one["dct:format"]["@id"].startswith(
            "http://publications.europa.eu/resource/authority/file-type/"
        )
        assert client.get(one["dcat:downloadURL"]["@id"]).status_code == 200
    assert all(theme["@id"].startswith("http://publications") for theme in dataset["dcat:theme"])
    lands = [{"@id": "http://dcat-ap.de/def/politicalGeocoding/stateKey/12"}]
    assert dataset["dcatde:politicalGeocodingURI"] == dataset["dct:spatial"] == lands
    shown = {one["@id"].rpartition("/")[2] for one in dataset["dcatde:politicalGeocodingLevelURI"]}
    words = {"country": "federal", "land": "state", "kreis": "administrativeDistrict"}
    levels = {one["level"] for one in client.data("/api/v1/regions")["data"]}
    assert shown == {words[level] for level in levels if level in words}


def test_every_distribution_names_the_licence_its_sources_state_or_says_that_there_is_none(
    own_root, serve
) -> None:
    toy = toy_content()
    catalogue = dict(toy.documents["catalogue"])

    def distributions(terms: tuple[str, str], lang: str = "de") -> tuple[list[dict], dict]:
        sources = [
            {**one, "terms": said, "publisher": name}
            for one, said, name in zip(catalogue["sources"], terms, ("Amt", "Kammer"), strict=True)
        ]
        content = {**toy.documents, "catalogue": {**catalogue, "sources": sources, "attribution": [
            one["id"] for one in sources]}}  # fmt: skip
        write_snapshot(own_root, replace(toy, documents=content))
        client = serve(own_root)
        (dataset,) = client.data(f"/api/v1/catalog.jsonld?lang={lang}")["dcat:dataset"]
        return dataset["dcat:distribution"], client.data("/api/v1/datapackage.json")

    by = "Datenlizenz Deutschland – Namensnennung – Version 2.0 (dl-de/by-2-0)"
    shown, package = distributions((by, "einzelne Zahl, mit Quelle zitiert"))
    assert len(shown) > 10
    for one in shown:
        assert one["dct:license"] == {"@id": "http://dcat-ap.de/def/licenses/dl-by-de/2.0"}
        text = one["dct:rights"]["rdfs:label"]["@value"]
        assert "gilt für Zahlen von: Amt." in text
        assert "Keine Lizenz nennen: Kammer" in text
    assert [one["name"] for one in package["licenses"]] == ["dl-de-by-2.0"]
    both, package = distributions(("amtliches Werk (§ 5 UrhG), frei", by), "en")
    assert {one["dct:license"]["@id"] for one in both} == {"http://dcat-ap.de/def/licenses/dl-by-de/2.0"}
    assert "officialWork" in {one["name"] for one in package["licenses"]}
    assert "holds for figures of: Kammer" in both[0]["dct:rights"]["rdfs:label"]["@value"]
    none, package = distributions(("Quelle nennen", "Tatsache, mit Quelle genannt"))
    for one in none:
        assert "dct:license" not in one
        assert one["dct:rights"]["rdfs:label"]["@value"].startswith("Keine der Quellen nennt eine Lizenz")
    assert "licenses" not in package


def test_the_served_package_points_to_working_files(client) -> None:
    package = client.data("/api/v1/datapackage.json")
    for resource in package["resources"]:
        assert client.get(f"/api/v1/{resource['path']}").status_code == 200
    assert package["version"].endswith(package["id"])


def test_the_landing_document_leads_everywhere(client) -> None:
    links = client.data("/api/v1")["links"]
    assert {"tables", "downloads", "connections", "config", "backtests", "datapackage.json"} <= set(links)
    for name, link in links.items():
        if name not in {"matrix", "series", "explain"}:
            assert client.get(link).status_code == 200, link
