"""Commands of the product under the meter: seconds, CPU seconds, peak memory, and why it failed if it did."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.bench.table import written

_CORES: Final = 2
_GIGABYTE: Final = 1e9


@dataclass(frozen=True, slots=True)
class Metered:
    """What a command took.

    Args:
        seconds: On the clock.
        cpu_seconds: Of the command and all its children.
        gigabytes: Peak of all of them together.
        failure: German or last line of the command; empty if it ended well.
    """

    seconds: float
    cpu_seconds: float
    gigabytes: float
    failure: str

    @property
    def remark(self) -> str:
        """CPU seconds, to tell a slow program from a busy machine."""
        return f"CPU {written(self.cpu_seconds, 'seconds')} s"


def metered(folder: Path, root: Path, command: Sequence[str], limit: float) -> Metered:
    """Run ``python -m forecast`` with a command on two cores, as a user would.

    Args:
        folder: For the report of the meter.
        root: The checkout.
        command: What follows ``forecast``.
        limit: Seconds after which it is stopped.
    """
    report = folder / "meter.json"
    meter = [sys.executable, str(Path(__file__).with_name("child_meter.py")), str(report), str(limit)]
    free = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    product = [sys.executable, "-m", "forecast", *command]
    subprocess.run([*meter, *product], cwd=root, env=free, check=True, preexec_fn=_on_two_cores)
    found = json.loads(report.read_text(encoding="utf-8"))
    failure = ""
    if found["stopped"]:
        failure = f"nach {limit:.0f} s abgebrochen"
    elif found["returncode"] != 0:
        failure = (found["said"].strip().splitlines() or ["Abbruch"])[-1]
    return Metered(found["seconds"], found["cpu_seconds"], found["peak_bytes"] / _GIGABYTE, failure)


def busy() -> str:
    """Say how busy the machine is besides; empty where the system does not tell."""
    if not hasattr(os, "getloadavg"):
        return ""
    return written(os.getloadavg()[0], "times")


def _on_two_cores() -> None:
    """Bind the child to two of the cores it may use, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:_CORES])
