"""Where Chromium is, or how it gets here: the browser tests never leave themselves out.

python -m tests.browser.chromium        installs it where that is possible, says where it is
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import Final

NAMES: Final = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
#: The fonts belong to it: the pictures under goldens/ are drawn with them (see pictures.py).
PACKAGES: Final = ("chromium", "fonts-dejavu-core")
INSTALL: Final = f"apt-get install --no-install-recommends {' '.join(PACKAGES)}"
PATIENCE_SECONDS: Final = 600


class NoChromiumError(Exception):
    """Chromium is missing and cannot be installed here."""


def found() -> str | None:
    """Return the program; None if there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def missing(reason: str) -> NoChromiumError:
    """Return what to tell somebody whose machine has no Chromium."""
    return NoChromiumError(
        f"Fehler: Die Prüfungen der Seiten brauchen Chromium; {reason}.\n"
        f"  Erwartet: eines der Programme {', '.join(NAMES)} im Suchpfad\n"
        f"  Abhilfe:  unter Debian und Ubuntu: sudo {INSTALL}; danach derselbe Befehl noch einmal.\n"
        '            Ohne diese Prüfungen: make test ARGS="--ignore=tests/browser".'
    )


def provided() -> str:
    """Return the program; install Debian's package first where it is missing and this process may.

    Raises:
        NoChromiumError: If there is none and none can be installed.
    """
    program = found()
    if program is not None:
        return program
    if shutil.which("apt-get") is None:
        raise missing("es fehlt, und dieses System hat kein apt-get")
    if os.geteuid() != 0:
        raise missing("es fehlt, und nur die Systemverwaltung (root) darf es einrichten")
    for command in ("apt-get update", f"{INSTALL} --yes"):
        done = subprocess.run(
            command.split(), capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        )  # fmt: skip
        if done.returncode != 0:
            last = (done.stderr.strip().splitlines() or ["ohne Meldung"])[-1]
            raise missing(f"«{command}» ist gescheitert: {last}")
    program = found()
    if program is None:
        raise missing("es ließ sich einrichten, ist aber nicht im Suchpfad")
    return program


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{provided()}\n")
    except NoChromiumError as error:
        sys.exit(str(error))
