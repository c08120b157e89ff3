"""The cores compute and do nothing else: no file, no clock, no dice of their own, no fact typed into code."""

from __future__ import annotations

import ast

import pytest

PURE = ("forecast/domain/", "forecast/stats/", "forecast/estimators/", "forecast/projection.py")
WITHOUT_FACTS = ("forecast/domain/", "forecast/estimators/")

FORBIDDEN_CALLS = {"open", "print", "input", "exec", "eval", "breakpoint", "__import__"}
CLOCK = (".now", ".utcnow", ".today", ".fromtimestamp", "os.urandom", "uuid4")
TABLES = tuple(
    f".{verb}_{form}"
    for verb in ("read", "to")
    for form in ("csv", "parquet", "json", "excel", "pickle", "sql")
)
FILES = (".tofile", ".write_text", ".read_text", ".write_bytes", ".read_bytes")
ARRAYS = tuple(
    f"np.{name}" for name in ("load", "save", "savez", "loadtxt", "savetxt", "genfromtxt", "fromfile")
)
FORBIDDEN_ENDINGS = (*CLOCK, *TABLES, *FILES, *ARRAYS, "np.memmap")
FORBIDDEN_IMPORTS = {"random", "secrets", "time", "logging", "warnings"}
SEEDED = {"Generator", "SeedSequence", "PCG64", "Philox", "BitGenerator", "default_rng"}

LARGEST_PLAIN_INTEGER = 12  # months of a year
PLAIN_FLOATS = {0.0, 0.5, 1.0, 2.0}
# (module, number) → why it is not a fact about the world
ALLOWED_NUMBERS: dict[tuple[str, float], str] = {
    ("forecast/estimators/drivers.py", 200): "draws of the proof: how exactly it is computed",
    ("forecast/estimators/series.py", 500): "series drawn at once: bounds memory, changes no result",
}


def _inside(modules, prefixes):
    found = [module for module in modules if module.name.startswith(prefixes)]
    assert found, f"no module below {prefixes}"
    return found


def test_pure_modules_call_nothing_impure(modules) -> None:
    findings = []
    for module in _inside(modules, PURE):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                if called in FORBIDDEN_CALLS or called.endswith(FORBIDDEN_ENDINGS):
                    findings.append(f"{module.at(node)} {called}()")
                if called.endswith("default_rng") and not (node.args or node.keywords):
                    findings.append(f"{module.at(node)} generator without a seed")
    assert not findings, "\n".join(findings)


def test_pure_modules_use_no_global_randomness(modules) -> None:
    findings = []
    for module in _inside(modules, PURE):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) in {"np.random", "numpy.random"}:
                if node.attr not in SEEDED:
                    findings.append(f"{module.at(node)} np.random.{node.attr}")
            elif isinstance(node, ast.Import):
                findings += [
                    f"{module.at(node)} import {alias.name}"
                    for alias in node.names
                    if alias.name in FORBIDDEN_IMPORTS
                ]
            elif isinstance(node, ast.ImportFrom) and node.module in FORBIDDEN_IMPORTS:
                findings.append(f"{module.at(node)} from {node.module} import …")
    assert not findings, "\n".join(findings)


def is_plain(number: float) -> bool:
    """Small integers count and index; 0.0, 0.5, 1.0 and 2.0 are algebra. Everything else needs a reason."""
    return number <= LARGEST_PLAIN_INTEGER if isinstance(number, int) else number in PLAIN_FLOATS


def _numbers(modules):
    """Every number typed into the rooms without facts, with its module and place."""
    return [
        (module.name, node.value, module.at(node))
        for module in _inside(modules, WITHOUT_FACTS)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, int | float)
        and not isinstance(node.value, bool)
    ]


def test_no_fact_is_typed_into_domain_or_estimators(modules) -> None:
    findings = [
        f"{place} {number}"
        for name, number, place in _numbers(modules)
        if not is_plain(number) and (name, number) not in ALLOWED_NUMBERS
    ]
    assert not findings, "belongs into data/parameters with a source:\n" + "\n".join(findings)


def test_every_allowed_number_is_still_there(modules) -> None:
    present = {(name, number) for name, number, _ in _numbers(modules)}
    assert not [key for key in ALLOWED_NUMBERS if key not in present]


@pytest.mark.parametrize(
    ("number", "plain"), [(12, True), (13, False), (67, False), (0.5, True), (0.3, False)]
)
def test_the_rule_for_numbers_itself(number: float, plain: bool) -> None:
    assert is_plain(number) is plain
