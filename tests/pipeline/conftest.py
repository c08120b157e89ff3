"""One small release of the bundled figures, made once and read by every test of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from forecast import pipeline
from forecast.inputs import Inputs, Settings
from forecast.snapshot import Snapshot, open_snapshot


class Silent:
    """A report that keeps the lines of the steps instead of printing them."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    @contextmanager
    def step(self, name: str) -> Iterator[Silent]:
        yield self

    def reached(self, done: int, total: int) -> None:
        assert 0 <= done <= total

    def done(self, message: str) -> None:
        self.lines.append(message)

    def warn(self, message: str) -> None:
        self.lines.append(message)


@pytest.fixture(scope="session")
def settings(data_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    root = tmp_path_factory.mktemp("release")
    return Settings(data_root, root / "models", root / "snapshots", seed=1, draws=60, workers=1)


@pytest.fixture(scope="session")
def inputs(settings: Settings) -> Inputs:
    return pipeline.load(settings, Silent())


@pytest.fixture(scope="session")
def trained(inputs: Inputs, settings: Settings) -> pipeline.Models:
    return pipeline.train(inputs, settings, Silent())


@pytest.fixture(scope="session")
def release(inputs: Inputs, trained: pipeline.Models, settings: Settings) -> Snapshot:
    return open_snapshot(settings.snapshot_root, pipeline.publish(inputs, trained, settings, Silent()))
