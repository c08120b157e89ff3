"""Artefacts: content-addressed, complete or absent, and nothing changed is ever unpickled."""

from __future__ import annotations

import os
from pathlib import Path

import joblib
import numpy as np
import pytest

from forecast.artefacts import load_object, read_folder, run_id, save_folder, save_object
from forecast.errors import OperationError

CARD = {"card.yaml": b"quantity: new_contracts\n", "CARD.md": "# Größe\n".encode()}


class Exploding:
    """An object that does harm when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (pytest.fail, ("unpickled before it was verified",))


def test_what_was_saved_comes_back(tmp_path: Path) -> None:
    folder = save_object(tmp_path, "new_contracts", {"weights": np.arange(3.0)}, CARD)
    assert folder.parent == tmp_path / "new_contracts"
    assert load_object(folder)["weights"].tolist() == [0.0, 1.0, 2.0]
    assert read_folder(folder)["CARD.md"] == CARD["CARD.md"]


def test_the_id_follows_from_the_content_alone(tmp_path: Path) -> None:
    first = save_object(tmp_path / "a", "q", [1, 2], CARD)
    second = save_object(tmp_path / "b", "q", [1, 2], dict(reversed(CARD.items())))
    assert first.name == second.name
    assert save_object(tmp_path / "b", "q", [1, 3], CARD).name != first.name
    assert run_id({"a": b"b"}) != run_id({"b": b"a"})


def test_saving_twice_writes_once(tmp_path: Path) -> None:
    folder = save_folder(tmp_path, "q", CARD)
    before = (folder / "CARD.md").stat().st_mtime_ns
    assert save_folder(tmp_path, "q", CARD) == folder
    assert (folder / "CARD.md").stat().st_mtime_ns == before
    assert [entry.name for entry in folder.parent.iterdir()] == [folder.name]


def test_every_kind_of_tampering_is_refused(tmp_path: Path) -> None:
    def fresh(name: str) -> Path:
        return save_object(tmp_path / name, "q", {"x": 1}, CARD)

    folder = fresh("changed")
    (folder / "fitted.joblib").write_bytes((folder / "fitted.joblib").read_bytes()[:-1] + b"!")
    folders = [folder]
    folder = fresh("missing")
    (folder / "CARD.md").unlink()
    folders.append(folder)
    folder = fresh("added")
    (folder / "extra.joblib").write_bytes(b"")
    folders.append(folder)
    folder = fresh("linked")
    (tmp_path / "copy").write_bytes((folder / "card.yaml").read_bytes())
    (folder / "card.yaml").unlink()
    (folder / "card.yaml").symlink_to(tmp_path / "copy")
    folders.append(folder)
    folder = fresh("manifest")
    (folder / "manifest.json").write_text(
        (folder / "manifest.json").read_text().replace("CARD.md", "CARE.md")
    )
    folders.append(folder)
    folder = fresh("broken")
    (folder / "manifest.json").write_text("{")
    folders.append(folder)
    folders.append(tmp_path / "nowhere")
    for folder in folders:
        with pytest.raises(OperationError, match="beschädigt oder verändert"):
            load_object(folder)


def test_a_planted_object_is_never_unpickled(tmp_path: Path) -> None:
    folder = save_object(tmp_path, "q", {"x": 1}, {})
    joblib.dump(Exploding(), folder / "fitted.joblib")
    with pytest.raises(OperationError, match=r"fitted\.joblib"):
        load_object(folder)


def test_a_folder_without_object_cannot_be_loaded(tmp_path: Path) -> None:
    with pytest.raises(OperationError, match="fehlt"):
        load_object(save_folder(tmp_path, "q", CARD))


@pytest.mark.parametrize("name", ["../evil", "a/b", "", ".hidden", "manifest.json"])
def test_unsafe_names_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(OperationError, match="nicht erlaubt"):
        save_folder(tmp_path, "q", {name: b""})


def test_a_failing_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OperationError, match="No space left"):
        save_folder(tmp_path, "q", CARD)
    assert list((tmp_path / "q").iterdir()) == []
