"""The source tree as parsed modules and the files under version control, read once for all rules."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

NOT_OURS = {
    ".git",
    ".venv",
    ".venv-bench",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".hypothesis",
    ".import_linter_cache",
}


@dataclass(frozen=True, slots=True)
class Module:
    """One Python file with its syntax tree and its path as seen from the checkout."""

    name: str  # forecast/domain/panel.py
    text: str
    tree: ast.Module

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node

    def at(self, node: ast.AST) -> str:
        """File and line, as an editor understands it."""
        return f"{self.name}:{getattr(node, 'lineno', 1)}"


def parse(root: Path, *folders: str) -> tuple[Module, ...]:
    """All Python files below the folders, sorted by path."""
    paths = sorted(path for folder in folders for path in (root / folder).rglob("*.py"))
    return tuple(
        Module(path.relative_to(root).as_posix(), text, ast.parse(text))
        for path in paths
        for text in (path.read_text(encoding="utf-8"),)
    )


@pytest.fixture(scope="session")
def modules(repo_root: Path) -> tuple[Module, ...]:
    """Every module of the two packages."""
    return parse(repo_root, "forecast", "api")


@pytest.fixture(scope="session")
def modules_of_tests(repo_root: Path) -> tuple[Module, ...]:
    """Every test module."""
    return parse(repo_root, "tests")


@pytest.fixture(scope="session")
def repository_files(repo_root: Path) -> tuple[Path, ...]:
    """Files under version control or about to be; in an unpacked archive every file but the caches."""
    try:
        listing = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=repo_root,
            capture_output=True,
            check=True,
        ).stdout.decode()
        names = [name for name in listing.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        names = [
            path.relative_to(repo_root).as_posix()
            for path in repo_root.rglob("*")
            if not NOT_OURS & set(path.relative_to(repo_root).parts) and "__pycache__" not in path.parts
        ]
    return tuple(path for name in sorted(names) if (path := repo_root / name).is_file())
