"""Ctrl+C in a terminal, which all processes of a command hear at once: one sentence, and nobody is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from forecast import __main__ as command_line
from forecast.compute import run_tasks
from forecast.interrupts import INTERRUPTED, deaf, interruptible

COMMAND = """
import os, time
from forecast import __main__ as command_line
from forecast.compute import begin_tasks

def command(**_):
    begun = begin_tasks(time.sleep, [(str(at), 60) for at in range(4)], 2)
    print("begun", flush=True)
    begun.outcomes()

command_line.app = command
command_line.main()
"""


@pytest.mark.skipif(os.name == "nt", reason="a group of processes is signalled in another way there")
def test_ctrl_c_says_one_sentence_and_leaves_no_process(repo_root: Path) -> None:
    running = subprocess.Popen(
        [sys.executable, "-c", COMMAND], cwd=repo_root, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, start_new_session=True,
    )  # fmt: skip
    assert running.stdout is not None
    assert running.stdout.readline() == "begun\n"  # the others are about to load their libraries
    os.killpg(running.pid, signal.SIGINT)
    said, complained = running.communicate(timeout=180)  # ends when nobody holds the pipes any more
    assert (said, complained) == ("", "Abgebrochen.\n")
    assert running.returncode == INTERRUPTED


def hears(_: str) -> bool:
    return signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="signals cannot be blocked there")
def test_only_this_process_hears_ctrl_c(repo_root: Path) -> None:
    assert hears("")
    fresh = [sys.executable, "-c", "from tests.pipeline.test_interrupts import ask; ask()"]
    asked = subprocess.run(fresh, cwd=repo_root, capture_output=True, text=True, timeout=120, check=True)
    assert asked.stdout == "[False, False, False, False]\n"


def ask() -> None:
    heard = [one.value for one in run_tasks(hears, [(str(at), "") for at in range(4)], 2)]
    sys.stdout.write(f"{heard}\n")


def test_what_typer_makes_of_ctrl_c_is_said_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command_line, "app", lambda **_: INTERRUPTED)
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    assert ended.value.code == INTERRUPTED
    assert capsys.readouterr().err == "Abgebrochen.\n"


def test_a_command_that_ends_well_leaves_signals_as_they_were() -> None:
    before = signal.getsignal(signal.SIGINT), threading.excepthook
    with interruptible():
        assert signal.getsignal(signal.SIGINT) is not before[0]
    assert (signal.getsignal(signal.SIGINT), threading.excepthook) == before


def test_ctrl_c_while_processes_begin_is_heard_afterwards() -> None:
    begun = []

    def begin() -> None:
        with deaf():
            signal.raise_signal(signal.SIGINT)
            begun.append("all of them")

    with pytest.raises(KeyboardInterrupt):
        begin()
    assert begun == ["all of them"]
