"""The pages on methods name parameters and measures that exist, and never type a parameter's value."""

from __future__ import annotations

import importlib
import re

import pytest

from forecast.cells import MEASURES

PAGES = (
    "apprentices",
    "workforce",
    "net_inflow",
    "demand",
    "succession",
    "training_need",
    "knowledge",
    "masters",
    "courses",
    "matrix",
    "working_time",
    "scenarios",
    "shortage",
    "drivers",
    "estimates",
    "backtest",
    "model_report",
)
SECTIONS = ("Identity", "Assumptions", "Source", "Limits")


@pytest.fixture(params=PAGES)
def page(request, repo_root):
    return (repo_root / "docs" / "methods" / f"{request.param}.md").read_text(encoding="utf-8")


def test_every_page_says_identity_assumptions_source_and_limits(page):
    headings = re.findall(r"^## (.*)$", page, flags=re.MULTILINE)
    assert set(SECTIONS) <= set(headings)
    source = page.split("\n## Source\n")[1].split("\n## ")[0]
    assert len(source.split()) > 10


def test_parameters_named_as_assumptions_exist(page, data_root):
    assumptions = page.split("## Assumptions")[1].split("\n## ")[0]
    named = set(re.findall(r"`([a-z][a-z0-9_]+)`", assumptions))
    known = {path.stem for path in (data_root / "parameters").rglob("*.yaml")}
    assert named <= known, f"no such parameter: {sorted(named - known)}"


def test_values_of_parameters_are_not_typed(page):
    assert not re.findall(r"\d+(?:[.,]\d+)? ?(?:%|per cent)", page)
    assert not re.findall(r"= ?0\.\d+", page)


def test_modules_named_exist(page):
    for name in re.findall(r"`(forecast\.[a-z_.]+)`", page):
        assert importlib.import_module(name)


def test_every_published_measure_stands_on_a_page(repo_root):
    """A planner who meets a number finds how it is made: its code in a formula, a table or a sentence."""
    pages = [path.read_text(encoding="utf-8") for path in (repo_root / "docs" / "methods").glob("*.md")]
    told = set(re.findall(r"[a-z][a-z0-9_]+", "\n".join(pages)))
    assert len(MEASURES) > 60
    assert sorted(set(MEASURES) - told) == []
