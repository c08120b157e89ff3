"""One small release of the bundled figures, made as a user makes one, for the notebooks and the handbook."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def run(repo_root: Path) -> Run:
    """Start Python with arguments in a process of its own, as the documents say."""

    def start(
        arguments: list[object], *, folder: Path = repo_root, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        settings = {"PYTHONPATH": str(repo_root), "OMP_NUM_THREADS": "1", "COLUMNS": "200"}
        return subprocess.run(
            [sys.executable, *map(str, arguments)],
            cwd=folder, capture_output=True, text=True, check=False, timeout=300,
            env={**os.environ, **settings, **environment},
        )  # fmt: skip

    return start


@pytest.fixture(scope="session")
def snapshots(tmp_path_factory: pytest.TempPathFactory, run: Run) -> Path:
    """The folder of the release."""
    folder = tmp_path_factory.mktemp("small")
    places = ["--models", folder / "models", "--snapshots", folder / "snapshots"]
    done = run(["-m", "forecast", "run", "--draws", 60, *places])
    assert done.returncode == 0, done.stderr
    return folder / "snapshots"
