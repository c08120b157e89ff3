"""The locks: complete, hashed, without a host, and in step with pyproject.toml."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCKS = ("run", "dev")


def _pins(root: Path, lock: str) -> dict[str, str]:
    text = (root / f"requirements/{lock}.lock").read_text(encoding="utf-8")
    return {
        canonicalize_name(name): version
        for name, version in re.findall(r"^([A-Za-z0-9_.-]+)==(\S+)", text, flags=re.MULTILINE)
    }


@pytest.fixture(scope="module")
def project(repo_root: Path) -> dict:
    return tomllib.loads((repo_root / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_is_a_pin_with_hashes(repo_root: Path, lock: str) -> None:
    text = (repo_root / f"requirements/{lock}.lock").read_text(encoding="utf-8")
    for entry in re.split(r"\n(?=[A-Za-z0-9])", text.strip()):
        assert re.match(r"[A-Za-z0-9_.-]+==\S+", entry), entry[:80]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), f"no hash: {entry[:80]}"
    assert "://" not in text
    assert not re.search(r"^\s*-[^-]|^--", text, flags=re.MULTILINE), (
        "options such as an index do not belong here"
    )


def test_the_two_locks_agree(repo_root: Path) -> None:
    """make test tests what make run runs."""
    run, dev = _pins(repo_root, "run"), _pins(repo_root, "dev")
    assert {name: (version, dev.get(name)) for name, version in run.items() if dev.get(name) != version} == {}


def test_the_locks_satisfy_pyproject(repo_root: Path, project: dict) -> None:
    run, dev = _pins(repo_root, "run"), _pins(repo_root, "dev")
    wanted = [(run, line) for line in project["project"]["dependencies"]]
    wanted += [(dev, line) for line in project["project"]["optional-dependencies"]["dev"]]
    wanted += [(run, line) for line in project["build-system"]["requires"]]
    stale = [
        line
        for pins, line in wanted
        if (need := Requirement(line)).specifier.contains(pins.get(canonicalize_name(need.name), "0"))
        is False
    ]
    assert not stale, f"make lock: {stale}"


def test_the_build_requirement_is_locked_as_declared(repo_root: Path, project: dict) -> None:
    build = (repo_root / "requirements/build.in").read_text(encoding="utf-8").splitlines()
    assert set(project["build-system"]["requires"]) <= set(build)
