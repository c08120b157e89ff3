"""Where Chromium is, or how it gets here: the browser tests never leave themselves out.

python -m tests.browser.chromium        installs it where that is possible, says where it is
"""

from __future__ import annotations

import sys
from typing import Final

from tests.debian import MissingProgramError, Programs

NAMES: Final = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
#: The fonts belong to it: the pictures under goldens/ are drawn with them (see pictures.py).
CHROMIUM: Final = Programs(
    "Chromium", "Die Prüfungen der Seiten brauchen", (NAMES,), ("chromium", "fonts-dejavu-core"),
    'make test ARGS="--ignore=tests/browser"',
)  # fmt: skip
NoChromiumError = MissingProgramError


def provided() -> str:
    """Return the program; install Debian's package first where it is missing and this process may.

    Raises:
        MissingProgramError: If there is none and none can be installed.
    """
    return CHROMIUM.provided()[NAMES[0]]


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{provided()}\n")
    except MissingProgramError as error:
        sys.exit(str(error))
