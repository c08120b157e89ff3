"""The dependency rule of ARCHITECTURE.md, as import-linter checks it."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path


def test_the_layers_hold(repo_root: Path) -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run(
        [linter, "--no-logo", "--no-cache"], cwd=repo_root, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_no_contract_has_an_exception(repo_root: Path) -> None:
    """An exception to the architecture needs an ADR with an end date, and then this test changes with it."""
    contracts = tomllib.loads((repo_root / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "importlinter"
    ]["contracts"]
    excused = {
        contract["name"]: contract["ignore_imports"]
        for contract in contracts
        if contract.get("ignore_imports")
    }
    assert not excused


def test_the_layer_contract_names_every_room(repo_root: Path) -> None:
    """Layers without `exhaustive` would let a new `utils.py` in."""
    contracts = tomllib.loads((repo_root / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "importlinter"
    ]["contracts"]
    layers = [contract for contract in contracts if contract["type"] == "layers"]
    assert layers
    assert all(contract.get("exhaustive") for contract in layers)
