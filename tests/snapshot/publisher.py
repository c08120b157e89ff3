"""A publisher to be killed: reads one JSON command a line, forks, publishes in the child, reports its end.

Forking from a small process that has numpy loaded already makes a kill cost milliseconds, not an interpreter.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
from pathlib import Path
from typing import Any

from forecast.errors import OperationError
from forecast.snapshot import open_snapshot, read_pointer, write_snapshot
from tests.toy_snapshot import toy_content

REFUSED, TORN = 5, 7


def publish(command: dict[str, Any], shift: int) -> int:
    """Publish toys as the child; return its exit code."""
    root = Path(command["root"])
    content = toy_content(shift)

    def on_step(step: str) -> None:
        if step == command.get("kill_at"):
            os.kill(os.getpid(), signal.SIGKILL)

    for name, limit in command.get("limits", {}).items():
        resource.setrlimit(getattr(resource, name), (limit, limit))
    try:
        for _ in range(command.get("times", 1)):
            write_snapshot(root, content, on_step)
            if open_snapshot(root).id != read_pointer(root) and command.get("alone"):
                return TORN
    except OperationError as error:
        sys.stderr.write(str(error))
        return REFUSED
    return 0


def main() -> None:
    """Answer each command with the exit codes of its children (negative: the signal that ended them)."""
    for line in sys.stdin:
        command = json.loads(line)
        children = []
        for shift in command["shifts"]:
            child = os.fork()
            if child == 0:
                os._exit(publish(command, shift))
            children.append(child)
        if "kill_after" in command:
            time.sleep(command["kill_after"])
            os.kill(children[0], signal.SIGKILL)
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        sys.stdout.write(json.dumps(codes) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
