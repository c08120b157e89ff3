"""Run a command and report seconds and peak memory of it and all its children; standard library only.

    python tests/bench/child_meter.py REPORT.json SECONDS COMMAND …

A process of its own between the benchmark and the command: on Linux a child inherits the peak of the process
that started it, and this one is small. The peak of the whole family is the largest sum of proportional set
sizes seen ten times a second; the peak of the largest single process comes from the kernel. Where there is no
/proc only the latter is known.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

_EVERY_SECONDS = 0.1


def main(report: str, limit: str, *command: str) -> None:
    """Run the command for at most ``limit`` seconds and write the report."""
    started = time.perf_counter()
    with subprocess.Popen(
        command, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as child:
        family_peak, stopped = 0, False
        os.set_blocking(child.stdout.fileno(), False)
        said = b""
        while child.poll() is None:
            family_peak = max(family_peak, family_bytes(child.pid))
            said = (said + (child.stdout.read() or b""))[-2000:]
            if time.perf_counter() - started > float(limit):
                stopped = True
                os.killpg(child.pid, signal.SIGKILL)  # its own session: nothing else is in this group
                child.wait()
            time.sleep(_EVERY_SECONDS / 5)
        seconds = time.perf_counter() - started
        said = (said + (child.stdout.read() or b""))[-2000:]
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    unit = 1 if sys.platform == "darwin" else 1024
    result = {
        "seconds": seconds,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "returncode": child.returncode,
        "stopped": stopped,
        "peak_bytes": max(family_peak, usage.ru_maxrss * unit),
        "largest_process_bytes": usage.ru_maxrss * unit,
        "said": said.decode("utf-8", errors="replace"),
    }
    Path(report).write_text(json.dumps(result), encoding="utf-8")


def family_bytes(pid: int) -> int:
    """Return the memory of a process and all below it, shared pages counted once; 0 if unknown."""
    total = 0
    for member in _family(pid):
        try:
            text = Path(f"/proc/{member}/smaps_rollup").read_text(encoding="ascii")
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")) * 1024
    return total


def _family(pid: int) -> list[int]:
    members = [pid]
    for parent in members:
        try:
            text = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii")
        except OSError:
            continue
        members += [int(child) for child in text.split()]
    return members


if __name__ == "__main__":
    main(*sys.argv[1:])
