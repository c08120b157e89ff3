"""A machine without Chromium gets it or is told how; the tests are never left out in silence."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable

import pytest

from tests.browser import chromium


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Pretend a machine: what is installed, who asks, does an installation work; list what is run."""

    def pretend(*programs: str, root: bool = True, works: bool = True) -> list[str]:
        there, commands = set(programs), []

        def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
            commands.append(" ".join(command[:2]))
            if works and "install" in command:
                there.add("chromium")
            return subprocess.CompletedProcess(command, 0 if works else 100, "", "E: kein Netz\n")

        monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}" if name in there else None)
        monkeypatch.setattr(os, "geteuid", lambda: 0 if root else 1000)
        monkeypatch.setattr(subprocess, "run", run)
        return commands

    return pretend


def test_what_is_there_is_taken_and_nothing_is_installed(machine: Callable[..., list[str]]) -> None:
    commands = machine("google-chrome", "apt-get")
    assert chromium.provided() == "/usr/bin/google-chrome"
    assert commands == []


def test_it_is_installed_where_that_is_allowed(machine: Callable[..., list[str]]) -> None:
    commands = machine("apt-get")
    assert chromium.provided() == "/usr/bin/chromium"
    assert commands == ["apt-get update", "apt-get install"]


@pytest.mark.parametrize(
    ("programs", "root", "works", "said"),
    [
        (("apt-get",), False, True, "Systemverwaltung"),
        ((), True, True, "kein apt-get"),
        (("apt-get",), True, False, "E: kein Netz"),
    ],
)
def test_else_the_message_says_what_to_do(
    machine: Callable[..., list[str]], programs: tuple[str, ...], root: bool, works: bool, said: str
) -> None:
    machine(*programs, root=root, works=works)
    with pytest.raises(chromium.NoChromiumError, match=said) as caught:
        chromium.provided()
    text = str(caught.value)
    assert text.startswith("Fehler: ")
    assert "Erwartet:" in text
    assert "sudo apt-get install --no-install-recommends chromium" in text
