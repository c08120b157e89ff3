"""ARCHITECTURE.md shows the tree that is there: nothing missing, nothing that no longer exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

WHOLE = ("forecast", "api")  # every module and folder is named
FIRST_LEVEL = ("data",)  # every folder directly below is named
MADE_BY_A_RUN = {"data/snapshots/"}  # shown in the tree, absent in a fresh clone
INDENT = 2


def parse_tree(document: str) -> set[str]:
    """Paths in the first fenced block below the heading «The tree»; folders end in a slash.

    One entry a line, two spaces per level, the name first, then free text.
    """
    block = re.search(r"^## The tree$.*?^```\n(.*?)^```", document, flags=re.DOTALL | re.MULTILINE)
    assert block, "ARCHITECTURE.md has no «## The tree» with a fenced block"
    paths: set[str] = set()
    parents: list[str] = []
    for line in block.group(1).splitlines():
        if not line.strip():
            continue
        depth, rest = divmod(len(line) - len(line.lstrip(" ")), INDENT)
        assert rest == 0, f"indent by {INDENT} spaces: {line!r}"
        assert depth <= len(parents), f"too deep: {line!r}"
        name = line.split()[0]
        del parents[depth:]
        path = "".join(parents) + name
        assert path not in paths, f"named twice: {path}"
        paths.add(path)
        if name.endswith("/"):
            parents.append(name)
    return paths


def tree_on_disk(root: Path) -> set[str]:
    """The modules and folders the document has to name."""
    paths = set()
    for top in (*WHOLE, *FIRST_LEVEL):
        paths.add(f"{top}/")
    for top in WHOLE:
        for path in (root / top).rglob("*"):
            name = path.relative_to(root).as_posix()
            if "__pycache__" in name or path.name == "__init__.py":
                continue
            if path.is_dir() and any(child.is_file() for child in path.rglob("*") if child.suffix != ".pyc"):
                paths.add(f"{name}/")
            elif path.suffix == ".py":
                paths.add(name)
    for top in FIRST_LEVEL:
        paths |= {f"{top}/{path.name}/" for path in (root / top).iterdir() if path.is_dir()}
    return paths


def test_the_tree_in_the_document_is_the_tree_on_disk(repo_root: Path) -> None:
    shown = parse_tree((repo_root / "ARCHITECTURE.md").read_text(encoding="utf-8"))
    there = tree_on_disk(repo_root)
    checked = {path for path in shown if path.startswith(tuple(f"{top}/" for top in (*WHOLE, *FIRST_LEVEL)))}
    missing = sorted(there - shown)
    superfluous = sorted(checked - there - MADE_BY_A_RUN)
    assert not missing, "not in ARCHITECTURE.md: " + ", ".join(missing)
    assert not superfluous, "in ARCHITECTURE.md, but not on disk: " + ", ".join(superfluous)


def test_every_folder_named_at_the_top_exists(repo_root: Path) -> None:
    shown = parse_tree((repo_root / "ARCHITECTURE.md").read_text(encoding="utf-8"))
    absent = [
        path
        for path in shown
        if path.count("/") == 1 and path.endswith("/") and not (repo_root / path).is_dir()
    ]
    assert not absent


def test_the_parser_reads_levels_and_ignores_descriptions() -> None:
    text = "## The tree\n\n```\na/\n  b.py    first\n  c/      second\n    d.py  third\ne/\n  f.py\n```\n"
    assert parse_tree(text) == {"a/", "a/b.py", "a/c/", "a/c/d.py", "e/", "e/f.py"}


@pytest.mark.parametrize("broken", ["a/\n   b.py\n", "a/\n    b.py\n", "a/\n  b.py\n  b.py\n"])
def test_the_parser_refuses_a_crooked_tree(broken: str) -> None:
    with pytest.raises(AssertionError):
        parse_tree(f"## The tree\n\n```\n{broken}```\n")
