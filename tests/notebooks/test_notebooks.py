"""Every notebook runs as a program on a small release; its own assertions hold it to what its text says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

BOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("[0-9]*.py"))
PICTURES = {"00": 0, "01": 1, "02": 3, "03": 2, "04": 2, "05": 2, "06": 2}
SCRIPTS = re.compile(r"<script[^>]*>.*?</script>", flags=re.DOTALL)


def test_the_notebooks_are_numbered_without_a_gap() -> None:
    numbers = [book.name[:2] for book in BOOKS]
    assert numbers == sorted(PICTURES) == [f"{place:02d}" for place in range(len(BOOKS))]


@pytest.mark.slow
@pytest.mark.parametrize("book", BOOKS, ids=[book.name for book in BOOKS])
def test_a_notebook_runs_and_leaves_its_pictures(
    book: Path, snapshots: Path, tmp_path: Path, repo_root: Path, run
) -> None:
    before = _listing(repo_root)
    places = {"FACHKRAEFTEMATRIX_SNAPSHOTS": str(snapshots), "TMPDIR": str(tmp_path)}
    done = run([book], PYTHONWARNINGS="error", **places)
    assert done.returncode == 0, done.stderr[-2000:]
    assert _listing(repo_root) == before, "a notebook writes to its temporary folder only"
    pages, figures = sorted(tmp_path.rglob("*.html")), sorted(tmp_path.rglob("*.json"))
    assert [page.stem for page in pages] == [figure.stem for figure in figures]
    assert len(pages) == PICTURES[book.name[:2]]
    for page, figure in zip(pages, figures, strict=True):
        assert (page.parent / "plotly.min.js").exists(), "a page opens without a network"
        assert "https://" not in SCRIPTS.sub("", page.read_text(encoding="utf-8"))
        drawn = json.loads(figure.read_text(encoding="utf-8"))
        assert drawn["data"]
        assert drawn["layout"]["title"]["text"]


def _listing(root: Path) -> set[str]:
    return {path.name for top in ("data", "notebooks", "docs") for path in (root / top).iterdir()}


@pytest.mark.parametrize("book", BOOKS, ids=[book.name for book in BOOKS])
def test_a_notebook_can_be_read(book: Path) -> None:
    text = book.read_text(encoding="utf-8")
    cells = re.split(r"^# %%", text, flags=re.MULTILINE)[1:]
    assert cells[0].startswith(" [markdown]")
    assert re.search(rf"^# # {book.name[:2]} \S", cells[0], flags=re.MULTILINE), "title with its number"
    assert "*In English:" in cells[0]
    assert sum(cell.startswith(" [markdown]") for cell in cells) >= 4, "prose between the cells"
    assert re.search(r"^\s*assert ", text, flags=re.MULTILINE), "what the text says is pinned"


@pytest.mark.parametrize("book", BOOKS, ids=[book.name for book in BOOKS])
def test_links_and_make_targets_of_a_notebook_exist(book: Path, repo_root: Path) -> None:
    text = book.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        assert (book.parent / target).exists(), target
    makefile = (repo_root / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`make ([a-z-]+)", text):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target
