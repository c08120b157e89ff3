"""`make setup`: what it says when Python is not as needed, and which environment it trusts."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

CLEAN = {
    name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "PYTHON"))
}


@pytest.fixture
def checkout(tmp_path: Path, repo_root: Path) -> Path:
    """A checkout in a folder with a space in its name, as far as `make setup` needs one."""
    folder = tmp_path / "mein Ordner"
    (folder / "requirements").mkdir(parents=True)
    for name in ("Makefile", "pyproject.toml", "requirements/run.lock", "requirements/dev.lock"):
        shutil.copy(repo_root / name, folder / name)
    return folder


@pytest.fixture
def pretended_python(tmp_path: Path):
    """A program that answers like some Python without being one, and notes what it was asked."""

    def write(body: str) -> Path:
        program = tmp_path / "python im Pfad"
        program.write_text(f'#!/bin/sh\necho "$*" >> "{tmp_path}/asked"\n{body}\n', encoding="utf-8")
        program.chmod(0o755)
        return program

    return write


def make_setup(folder: Path, python: str | Path) -> subprocess.CompletedProcess[str]:
    command = ["make", "setup", f"PYTHON={python}"]
    return subprocess.run(command, cwd=folder, env=CLEAN, capture_output=True, text=True, check=False)


def test_an_old_python_is_named_with_its_version(checkout: Path, pretended_python) -> None:
    old = pretended_python('[ "$1" = --version ] && echo "Python 3.9.2" && exit 0\nexit 1')
    result = make_setup(checkout, old)
    assert result.returncode != 0
    assert "zu alt: Python 3.9.2" in result.stderr
    assert "Python 3.11 oder neuer" in result.stderr
    assert not (checkout / ".venv").exists()


def test_a_missing_python_is_named(checkout: Path) -> None:
    result = make_setup(checkout, "python-das-es-nicht-gibt")
    assert result.returncode != 0
    assert "»python-das-es-nicht-gibt« ist nicht installiert" in result.stderr


def test_a_python_without_venv_is_told_what_to_install(checkout: Path, pretended_python) -> None:
    crippled = pretended_python('case "$2" in *ensurepip*) exit 1;; esac\nexit 0')
    result = make_setup(checkout, crippled)
    assert result.returncode != 0
    assert "python3-venv" in result.stderr


def _pretended_environment(folder: Path, *, lines: str) -> None:
    """An environment whose Python only writes down what it was asked."""
    program = folder / ".venv/bin/python"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\necho "$*" >> "{folder}/asked"\n{lines}\n', encoding="utf-8")
    program.chmod(0o755)


def _stamp(folder: Path) -> None:
    """Write the stamps as a finished setup would."""
    for stamp, content in (
        ("run", "{ cat requirements/run.lock; pwd -P; } | cksum"),
        ("project", "cksum < pyproject.toml"),
    ):
        subprocess.run(["/bin/sh", "-c", f"{content} > .venv/{stamp}.done"], cwd=folder, check=True)


def test_a_finished_environment_is_left_alone(checkout: Path) -> None:
    _pretended_environment(checkout, lines="exit 0")
    _stamp(checkout)
    result = make_setup(checkout, "python-das-es-nicht-gibt")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert (checkout / "asked").read_text(encoding="utf-8").split() == ["-c"], "no pip, no network"


@pytest.mark.parametrize("change", ["no stamp", "other lock", "moved", "broken python"])
def test_an_environment_that_is_not_ours_as_it_stands_is_built_again(checkout: Path, change: str) -> None:
    _pretended_environment(checkout, lines="exit 1" if change == "broken python" else "exit 0")
    _stamp(checkout)
    if change == "no stamp":  # pip was interrupted: the stamp is written last
        (checkout / ".venv/run.done").unlink()
    elif change == "other lock":
        with (checkout / "requirements/run.lock").open("a", encoding="utf-8") as lock:
            lock.write("# newer\n")
    elif change == "moved":
        checkout = checkout.rename(checkout.with_name("anderer Ordner"))
    result = make_setup(checkout, "python-das-es-nicht-gibt")
    assert result.returncode != 0
    assert "ist nicht installiert" in result.stderr, "the stamp must not be believed"


def test_a_changed_project_file_installs_the_project_only(checkout: Path) -> None:
    _pretended_environment(checkout, lines="exit 0")
    _stamp(checkout)
    (checkout / ".venv/project.done").unlink()
    assert make_setup(checkout, "python-das-es-nicht-gibt").returncode == 0
    asked = (checkout / "asked").read_text(encoding="utf-8").splitlines()
    assert [line for line in asked if "pip" in line] == [
        "-m pip --disable-pip-version-check install "
        "--quiet --no-deps --no-build-isolation --no-index --editable ."
    ]
    assert (checkout / ".venv/project.done").exists()
