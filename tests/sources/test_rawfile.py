"""Raw files: verified against their sidecar, imported whole or not at all, never overwritten."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

from forecast.errors import InputError, OperationError
from forecast.sources.rawfile import import_raw, list_raw, read_raw

META = {
    "publisher": "Bundesinstitut für Berufsbildung (BIBB)",
    "title": "Datenbank Auszubildende",
    "edition": "DAZUBI 2023",
    "published": "2024-09-30",
    "retrieved": "2026-11-05",
    "url": "https://example.org/dazubi",
    "licence": "Quelle nennen",
    "attribution": "Quelle: BIBB",
}
CONTENT = "a,b\n1,ä\n2,ö\n".encode()


@pytest.fixture
def received(tmp_path):
    path = tmp_path / "new_contracts.csv"
    path.write_bytes(CONTENT)
    return path


def everything(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_import_copies_the_bytes_and_writes_the_sidecar(received, tmp_path):
    target = import_raw(received, META, tmp_path / "raw")
    folder = tmp_path / "raw" / "bundesinstitut-fuer-berufsbildung-bibb" / "dazubi-2023"
    assert target == folder / "new_contracts.csv"
    raw = read_raw(target)
    assert raw.content == CONTENT
    assert raw.meta.rows == 2
    assert raw.meta.publisher == META["publisher"]
    assert raw.meta.retrieved == "2026-11-05"
    assert raw.meta.notes == ""
    assert sorted(everything(folder)) == ["new_contracts.csv", "new_contracts.csv.meta.yaml"]
    assert list_raw(tmp_path / "raw") == (target,)


def test_the_same_content_twice_changes_nothing(received, tmp_path):
    target = import_raw(received, META, tmp_path / "raw")
    before = {path: (os.stat(path).st_mtime_ns, path.read_bytes()) for path in target.parent.iterdir()}
    assert import_raw(received, META | {"title": "another title"}, tmp_path / "raw") == target
    after = {path: (os.stat(path).st_mtime_ns, path.read_bytes()) for path in target.parent.iterdir()}
    assert after == before


def test_another_content_under_the_same_name_is_refused(received, tmp_path):
    target = import_raw(received, META, tmp_path / "raw")
    before = everything(target.parent)
    received.write_bytes(CONTENT + b"3,x\n")
    with pytest.raises(InputError, match="anderem Inhalt"):
        import_raw(received, META, tmp_path / "raw")
    assert everything(target.parent) == before
    other = import_raw(received, META | {"edition": "DAZUBI 2023, zweite Fassung"}, tmp_path / "raw")
    assert read_raw(other).meta.rows == 3


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"publisher": ""}, "«publisher» ist leer"),
        ({"colour": "red"}, "«colour» ist unbekannt"),
        ({"retrieved": "gestern"}, "retrieved «gestern» ist kein Datum"),
        ({"edition": "///"}, "keinen Namen für einen Ordner"),
    ],
)
def test_import_refuses_incomplete_descriptions(received, tmp_path, changes, text):
    with pytest.raises(InputError, match=text):
        import_raw(received, META | changes, tmp_path / "raw")
    assert not (tmp_path / "raw").exists()


def test_import_refuses_missing_fields_files_and_strange_names(received, tmp_path):
    with pytest.raises(InputError, match="«url» fehlt"):
        import_raw(received, {name: text for name, text in META.items() if name != "url"}, tmp_path / "raw")
    with pytest.raises(InputError, match="fehlt"):
        import_raw(tmp_path / "nothing.csv", META, tmp_path / "raw")
    odd = received.rename(tmp_path / "Verträge 2023.csv")
    with pytest.raises(InputError, match="nicht erlaubt"):
        import_raw(odd, META, tmp_path / "raw")


def test_a_folder_name_cannot_lead_out_of_the_raw_folder(received, tmp_path):
    target = import_raw(received, META | {"publisher": "../../etc", "edition": "..\\x"}, tmp_path / "raw")
    assert target.is_relative_to(tmp_path / "raw")
    assert ".." not in target.parts


@pytest.mark.parametrize("step", ["replace", "fsync"])
def test_a_failing_disk_leaves_no_half_file(received, tmp_path, monkeypatch, step):
    def refuse(*_args, **_more):
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(os if step == "fsync" else Path, step, refuse)
        with pytest.raises(OperationError, match="nicht geschrieben"):
            import_raw(received, META, tmp_path / "raw")
    assert everything(tmp_path / "raw") == {}
    assert read_raw(import_raw(received, META, tmp_path / "raw")).content == CONTENT


def test_after_a_crash_between_sidecar_and_file_the_import_can_be_repeated(received, tmp_path):
    target = import_raw(received, META, tmp_path / "raw")
    target.unlink()
    with pytest.raises(InputError, match="fehlt"):
        list_raw(tmp_path / "raw")
    assert read_raw(import_raw(received, META, tmp_path / "raw")).content == CONTENT


def test_a_changed_file_is_found_by_its_checksum(put_figures):
    path = put_figures()
    path.write_bytes(path.read_bytes().replace(b"303", b"304"))
    with pytest.raises(InputError, match="Prüfsumme") as error:
        read_raw(path)
    assert error.value.where == "bibb/2023/new_contracts.csv"


def test_file_or_sidecar_missing(put_figures):
    path = put_figures()
    sidecar = path.with_name(path.name + ".meta.yaml")
    kept = sidecar.read_bytes()
    sidecar.unlink()
    with pytest.raises(InputError, match="Begleitdatei fehlt") as error:
        read_raw(path)
    assert error.value.where.endswith("new_contracts.csv.meta.yaml")
    sidecar.write_bytes(kept)
    path.unlink()
    with pytest.raises(InputError, match="Begleitdatei fehlt"):
        read_raw(path)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"colour": "red"}, "«colour» ist unbekannt"),
        ({"title": ""}, "«title» ist leer"),
        ({"rows": "viele"}, "rows ist keine ganze Zahl"),
        ({"sha256": "abc"}, "sha256 ist keine Prüfsumme"),
        ({"retrieved": "bald"}, "kein Datum"),
    ],
)
def test_a_sidecar_that_breaks_its_rules_is_refused(put_figures, changes, text):
    with pytest.raises(InputError, match=text) as error:
        read_raw(put_figures(**changes))
    assert "meta.yaml, Zeile " in error.value.where


def test_a_sidecar_without_a_field_or_with_a_field_twice_is_refused(put_figures):
    path = put_figures()
    sidecar = path.with_name(path.name + ".meta.yaml")
    text = sidecar.read_text(encoding="utf-8")
    fields = yaml.safe_load(text)
    del fields["licence"]
    sidecar.write_text(yaml.safe_dump(fields), encoding="utf-8")
    with pytest.raises(InputError, match="«licence» fehlt"):
        read_raw(path)
    sidecar.write_text(text + "rows: 4\n", encoding="utf-8")
    with pytest.raises(InputError, match="«rows» steht doppelt"):
        read_raw(path)


def test_no_raw_folder_means_no_files(tmp_path):
    assert list_raw(tmp_path / "nowhere") == ()
