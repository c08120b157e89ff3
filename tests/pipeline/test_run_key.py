"""The name of a run: what is stored under it was made from the same inputs by the same code."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from forecast import inputs as inputs_module
from forecast.inputs import Inputs, Settings, code_digest
from forecast.release import stored_run


def test_code_is_told_apart_by_its_bytes(tmp_path: Path) -> None:
    for name, text in (("one", "SIDE = 1\n"), ("same", "SIDE = 1\n"), ("other", "SIDE = 2\n")):
        (tmp_path / name / "deep").mkdir(parents=True)
        (tmp_path / name / "deep" / "module.py").write_text(text)
        (tmp_path / name / "deep" / "notes.txt").write_text(name)  # what computes nothing does not count
    found = {name: code_digest(tmp_path / name) for name in ("one", "same", "other")}
    assert found["one"] == found["same"] != found["other"]


def test_what_other_code_has_stored_is_not_found(
    inputs: Inputs, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = inputs.run_key(settings)
    (tmp_path / "0123").mkdir()
    (tmp_path / "0123" / "card.yaml").write_text(f"run: {key}\n")
    assert stored_run(tmp_path, inputs.run_key(settings)) == tmp_path / "0123"
    assert inputs.run_key(replace(settings, workers=7)) == key
    assert inputs.run_key(replace(settings, seed=2)) != key
    monkeypatch.setattr(inputs_module, "code_digest", lambda: "changed, under the same version")
    assert stored_run(tmp_path, inputs.run_key(settings)) is None
