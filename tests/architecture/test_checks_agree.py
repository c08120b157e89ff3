"""One list of checks: `make check`, the commit hooks and the build server do the same."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml


@pytest.fixture(scope="module")
def makefile(repo_root: Path) -> str:
    return (repo_root / "Makefile").read_text(encoding="utf-8")


def _prerequisites(makefile: str, target: str) -> list[str]:
    line = re.search(rf"^{target}:([^#\n]*)", makefile, flags=re.MULTILINE)
    assert line, f"no target {target}"
    return line.group(1).split()


def test_the_commit_hooks_are_the_steps_of_make_check(repo_root: Path, makefile: str) -> None:
    repos = yaml.safe_load((repo_root / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    assert [repo["repo"] for repo in repos] == ["local"]
    hooks = repos[0]["hooks"]
    assert [hook["entry"] for hook in hooks] == [f"make {step}" for step in _prerequisites(makefile, "check")]
    for hook in hooks:
        assert hook["id"] == hook["entry"].removeprefix("make ")
        assert hook["language"] == "system"
        assert hook["pass_filenames"] is False, "a hook that sees only the changed files is not make check"
        assert hook["always_run"] is True


def test_the_build_server_runs_the_test_command_of_the_readme(repo_root: Path) -> None:
    script = (repo_root / ".ci/run").read_text(encoding="utf-8")
    readme = (repo_root / "README.md").read_text(encoding="utf-8")
    assert "set -euo pipefail" in script
    assert "rm -rf .venv" in script
    assert re.search(r"^\s*(CI=1 )?make test\b", script, flags=re.MULTILINE)
    assert re.search(r"^make run$", readme, flags=re.MULTILINE)
    assert re.search(r"^make test$", readme, flags=re.MULTILINE)
    assert (repo_root / ".ci/run").stat().st_mode & 0o111, ".ci/run must be executable"


def test_make_without_a_target_explains_every_target(repo_root: Path, makefile: str) -> None:
    shown = subprocess.run(["make"], cwd=repo_root, capture_output=True, text=True, check=True).stdout
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, flags=re.MULTILINE))
    inner = {"setup-dev", *_prerequisites(makefile, "check")}  # steps of a target that is explained
    assert inner <= targets
    for target in targets - inner:
        assert re.search(rf"^  {target}\s+\S", shown, flags=re.MULTILINE), (
            f"make help does not explain {target}"
        )
    for variable in re.findall(r"^([A-Z]+) \?=", makefile, flags=re.MULTILINE):
        assert re.search(rf"^  {variable}=", shown, flags=re.MULTILINE), (
            f"make help does not explain {variable}"
        )


def test_every_target_is_phony(makefile: str) -> None:
    """A folder called `check` must not make a target silently up to date."""
    phony = set(
        re.search(r"^\.PHONY:((?:.*\\\n)*.*)$", makefile, flags=re.MULTILINE)
        .group(1)
        .replace("\\", "")
        .split()
    )
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, flags=re.MULTILINE))
    assert targets == phony
