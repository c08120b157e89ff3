"""What every test shares: where the checkout is, fixed seeds, and how Hypothesis searches.

pytest-randomly shuffles the order and reseeds the global generators before each test; pytest-socket bars the
network except this machine. Both come from pyproject.toml and requirements/dev.lock, nothing is set up here.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

SEED = 15230  # the postcode of the first chamber: any fixed number would do

# Files that compute whole releases or kill publishers by the dozen: in `make test`, not in `make check`.
SLOW_FILES = {"test_command_line.py", "test_release.py", "test_snapshot_crashes.py"}

# A property may be slow on a busy machine without being wrong, so no deadline and no "too slow" verdict.
settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# The build server must give the same answer twice: examples follow from the test's source alone.
settings.register_profile(
    "ci", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True, database=None
)
settings.load_profile("ci" if os.environ.get("CI") else "local")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of the slow files, so that a new test there needs no mark of its own."""
    for item in items:
        if item.path.name in SLOW_FILES:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def repo_root() -> Path:
    """The checkout: the folder that holds pyproject.toml."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def data_root(repo_root: Path) -> Path:
    """The bundled data. Read only: a test that writes copies what it needs into `tmp_path`."""
    return repo_root / "data"


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator with a fixed seed, fresh for every test."""
    return np.random.default_rng(SEED)
