"""Toy releases on disk, a way to tamper with them, and a publisher process that may be killed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from forecast.snapshot import write_snapshot
from forecast.snapshot_format import canonical_json, identity_of
from tests.toy_snapshot import toy_content

OLD, NEW = 0, 1  # the shift of the toy: two releases with different ids


@pytest.fixture(scope="session")
def contents() -> dict[int, Any]:
    """The two toy releases, not yet written."""
    return {OLD: toy_content(OLD), NEW: toy_content(NEW)}


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, contents) -> tuple[Path, dict[int, str]]:
    """A root with the old release in force, and the ids of both."""
    root = tmp_path_factory.mktemp("template") / "snapshots"
    new = write_snapshot(root, contents[NEW])
    shutil.rmtree(root)
    return root, {OLD: write_snapshot(root, contents[OLD]), NEW: new}


@pytest.fixture
def ids(template) -> dict[int, str]:
    """Ids of the old and of the new release."""
    return template[1]


@pytest.fixture
def fresh_root(template, tmp_path: Path) -> Callable[[], Path]:
    """Make another root with the old release in force."""
    made = []

    def make() -> Path:
        target = tmp_path / f"root-{len(made)}"
        made.append(shutil.copytree(template[0], target))
        return target

    return make


@pytest.fixture
def root(fresh_root) -> Path:
    """A root with the old release in force."""
    return fresh_root()


def overwrite(path: Path, data: bytes) -> None:
    """Change a published file, which nobody should."""
    path.chmod(0o644)
    path.write_bytes(data)


def _forge(root: Path, identity: str, change: Callable[[Path, dict[str, Any]], None]) -> str:
    """Tamper with a release and make hashes, manifest, id and pointer fit again; return the new id.

    `change` gets the directory and the manifest. Listed files are fingerprinted anew, unless `change` touched
    their entries in the manifest or left no plain file behind.
    """
    directory = root / identity
    manifest = json.loads((directory / "manifest.json").read_bytes())
    before = json.loads(json.dumps(manifest["files"]))
    change(directory, manifest)
    listed = manifest["files"] if isinstance(manifest["files"], dict) else {}
    for name, entry in listed.items():
        path = directory / name
        if before.get(name) == entry and path.is_file() and not path.is_symlink():
            data = path.read_bytes()
            manifest["files"][name] = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    overwrite(directory / "manifest.json", canonical_json(manifest))
    forged = identity_of((directory / "manifest.json").read_bytes())
    os.rename(directory, root / forged)
    (root / "current").unlink()
    (root / "current").write_text(f"{forged}\n")
    return forged


class Publisher:
    """Talks to tests/snapshot/publisher.py."""

    def __init__(self, repo_root: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.snapshot.publisher"],
            cwd=repo_root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __call__(self, root: Path, *shifts: int, **command: Any) -> list[int]:
        """Publish the toys with these shifts at once, one process each; return their exit codes."""
        line = json.dumps({"root": str(root), "shifts": shifts, **command})
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self) -> str:
        """Let the process end; return what it wrote to stderr."""
        return self.process.communicate(timeout=10)[1]


@pytest.fixture
def publisher(repo_root: Path) -> Iterator[Publisher]:
    """A process that publishes in forked children."""
    running = Publisher(repo_root)
    yield running
    running.close()


@pytest.fixture
def forge() -> Callable[[Path, str, Callable[[Path, dict[str, Any]], None]], str]:
    """Tamper with a release so that all hashes fit."""
    return _forge
